//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// A digest as the ledger keeps it: one byte for the algorithm, then the hash.
///
/// The order is that of the texts.
enum DigestKey {
    static func bytes(of digest: Digest) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1 + digest.algorithm.hexLength / 2)
        bytes.append(mark(of: digest.algorithm))
        var high: UInt8?
        for character in digest.hex.utf8 {
            let nibble =
                character < UInt8(ascii: "a") ? character - UInt8(ascii: "0") : character - UInt8(ascii: "a") + 10
            if let first = high {
                bytes.append(first << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        return bytes
    }

    static func mark(of algorithm: DigestAlgorithm) -> UInt8 {
        switch algorithm {
        case .sha256: 0
        case .sha512: 1
        }
    }

    static func firstByte(of digest: Digest) -> UInt8 { UInt8(digest.hex.prefix(2), radix: 16) ?? 0 }

    /// Nil for what is none.
    static func digest(_ bytes: [UInt8]) -> Digest? {
        guard let algorithm = DigestAlgorithm.allCases.first(where: { mark(of: $0) == bytes.first }),
            (bytes.count - 1) * 2 == algorithm.hexLength
        else { return nil }
        return Digest(algorithm: algorithm, bytes: bytes.dropFirst())
    }
}

extension SQLiteValue {
    static func digest(_ digest: Digest) -> SQLiteValue { .blob(DigestKey.bytes(of: digest)) }

    static func optional(_ digest: Digest?) -> SQLiteValue { digest.map { .digest($0) } ?? .null }
}

extension SQLiteRow {
    func digest(_ column: Int32) -> Digest? { DigestKey.digest(blob(column)) }
}
