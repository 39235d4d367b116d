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
    package func appending(_ components: String) -> StoragePath {
        assert(!components.isEmpty && !components.split(separator: "/").contains(".."), "not a path below")
        return StoragePath(description: description + "/" + components)
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
