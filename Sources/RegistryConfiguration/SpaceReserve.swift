//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The space on the disk that pushes must leave free.
package enum SpaceReserve: Sendable, Equatable {
    /// None: pushes may fill the disk.
    case none
    /// A number of bytes, above 0.
    case bytes(Int64)
    /// A share of the disk, above 0 and below 100.
    case percent(Double)
}

extension SpaceReserve {
    /// Parses `1%`, `512MiB`, `1073741824` (bytes) or `0`.
    static func parse(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> SpaceReserve {
        let text = scalar.text
        if text.hasSuffix("%") {
            return try percent(text.dropLast())
        }
        let bytes = try scalar.bytes("a share such as 1%, or a size in bytes, KiB, MiB, GiB or TiB")
        return bytes == 0 ? .none : .bytes(bytes)
    }

    private static func percent(_ text: Substring) throws(InvalidValue) -> SpaceReserve {
        guard let share = Double(decimal: text), share < 100 else {
            throw InvalidValue("must be a share from 0% to below 100%")
        }
        return share == 0 ? .none : .percent(share)
    }
}
