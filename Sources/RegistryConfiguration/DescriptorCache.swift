//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Where the facts about blobs (size, media type) are kept at hand.
package enum DescriptorCache: Sendable, Equatable {
    /// Nowhere: every request asks the storage.
    case none
    /// In memory, for up to `size` blobs; 0 is without limit.
    case inMemory(size: Int)
}

extension DescriptorCache {
    /// Reads the section `storage.cache`, with `layerinfo` for an old name of `blobdescriptor`.
    init(reading cache: SectionReader) {
        let size = cache.integer("blobdescriptorsize", default: 10_000)
        let parse = { (scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> DescriptorCache in
            switch scalar.text {
            case "": .none
            case "inmemory": .inMemory(size: size)
            case "redis": throw InvalidValue("redis is not supported yet; use inmemory")
            default: throw InvalidValue("must be inmemory, not \(scalar.text.quoted)")
            }
        }
        let old = cache.value("layerinfo", default: .none, parse)
        self = cache.value("blobdescriptor", default: old, parse)
    }
}
