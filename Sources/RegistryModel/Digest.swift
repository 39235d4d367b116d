//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The name of content by its hash: `sha256:<64 hex>` or `sha512:<128 hex>`, lower case.
///
/// Source: OCI image specification, "Digests". Only registered algorithms are accepted; the encoded portion of both is
/// lower-case hexadecimal of fixed length, so a digest in the wrong case is not a digest.
package struct Digest: Sendable, Hashable, CustomStringConvertible {
    package let algorithm: DigestAlgorithm

    /// The whole text, algorithm and colon included.
    package let description: String

    /// Parses a digest.
    /// - Throws: `DIGEST_INVALID` that says what is wrong with the text.
    package init(_ text: some StringProtocol) throws(RegistryError) { try self.init(validating: String(text)) }

    /// Not generic, since other targets run generic code of this one slowly.
    private init(validating text: String) throws(RegistryError) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw .digestInvalid("a digest is algorithm:hex, and there is no colon")
        }
        guard let algorithm = DigestAlgorithm(rawValue: String(text[..<colon])) else {
            throw .digestInvalid("unsupported digest algorithm; supported: sha256, sha512")
        }
        let hex = text.utf8[text.utf8.index(after: colon)...]
        guard hex.count == algorithm.hexLength else {
            throw .digestInvalid("a \(algorithm.rawValue) digest has \(algorithm.hexLength) hex characters")
        }
        guard hex.allSatisfy(\.isLowerHex) else {
            throw .digestInvalid("the encoded part of a digest is lower-case hexadecimal")
        }
        self.algorithm = algorithm
        self.description = text
    }

    /// Makes a digest from the output of a hash function.
    ///
    /// The number of bytes must be the algorithm's own; this is the caller's contract, not input.
    package init(algorithm: DigestAlgorithm, bytes: some Collection<UInt8>) {
        precondition(bytes.count * 2 == algorithm.hexLength, "hash output of the wrong length")
        self.algorithm = algorithm
        self.description = "\(algorithm.rawValue):" + hexadecimal(bytes)
    }

    /// The encoded portion: lower-case hexadecimal.
    package var hex: Substring { Substring(description.utf8.suffix(algorithm.hexLength)) }
}

/// Lower-case hexadecimal of bytes, two characters each.
package func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    bytes.withContiguousStorageIfAvailable(hexDigits) ?? Array(bytes).withUnsafeBufferPointer(hexDigits)
}

/// Not generic, since other targets run generic code of this one slowly.
private func hexDigits(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
        var position = 0
        for byte in bytes {
            buffer[position] = hexDigit(byte >> 4)
            buffer[position + 1] = hexDigit(byte & 0x0f)
            position += 2
        }
        return position
    }
}

private func hexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
}
