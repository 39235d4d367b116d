//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What is kept at hand of an object store.
package struct ReadCacheSettings: Sendable, Equatable {
    /// Of content, on a disk of this machine; nil for none.
    package var local: Local?
    /// How long what a tag points to is taken for granted.
    package var tagTime = Duration.seconds(3)
    /// How long it is taken for granted that content which is named by its digest is still there.
    package var digestTime = Duration.seconds(60)

    package init() {}

    package struct Local: Sendable, Equatable {
        package var path: String
        /// Bytes.
        package var size: Int64

        package init(path: String, size: Int64) {
            self.path = path
            self.size = size
        }
    }

    private static let leastSize: Int64 = 1 << 20
}

extension ReadCacheSettings {
    /// Reads the keys of `storage.cache` that are of object stores.
    /// - Parameter refusal: why there is no use of a local cache; nil where there is one.
    init(reading cache: SectionReader, refusal: String?) {
        self.init()
        local = cache.choice("local") { section in
            let path = section.requiredText("path")
            let size = section.required("size", default: Self.leastSize, message: "missing; how much may it take?") {
                scalar throws(InvalidValue) in
                try scalar.bytes(from: Self.leastSize, to: .max, "at least 1MiB")
            }
            if let refusal { section.report(refusal) }
            return Local(path: path, size: size)
        }
        (tagTime, digestTime) = cache.section("freshness") { section in
            (section.duration("tags", default: tagTime), section.duration("digests", default: digestTime))
        }
    }
}
