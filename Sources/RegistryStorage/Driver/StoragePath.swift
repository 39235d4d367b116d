//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A place in storage, from the driver's root: `/docker/registry/v2/blobs/…`, with `/` between components.
///
/// Paths are put together from validated values by ``DiskLayout`` and by nothing else; no text of a client becomes a
/// component before its grammar has been checked.
package struct StoragePath: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// The driver's root.
    package static let root = StoragePath(description: "")

    private init(description: String) { self.description = description }

    /// The place one or more components below.
    package func appending(_ components: String...) -> StoragePath {
        // In one piece: a request makes several of these.
        var path = ""
        path.reserveCapacity(components.reduce(description.utf8.count) { $0 + $1.utf8.count + 1 })
        path += description
        for component in components {
            assert(!component.isEmpty && !component.split(separator: "/").contains(".."), "not a path below")
            path += "/"
            path += component
        }
        return StoragePath(description: path)
    }

    /// The place that holds this one; the root holds itself.
    package var parent: StoragePath {
        guard let slash = description.lastIndex(of: "/") else { return self }
        return StoragePath(description: String(description[..<slash]))
    }

    /// The last component.
    package var name: Substring {
        description.lastIndex(of: "/").map { description[description.index(after: $0)...] } ?? ""
    }
}
