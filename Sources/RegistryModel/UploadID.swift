//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The name of an upload session, unguessable when made here: a random (version 4) UUID.
///
/// Names made by other servers on the same storage are accepted by distribution's route grammar, `[a-zA-Z0-9-_.=]+`,
/// less `.` and `..`, which would leave the upload's folder.
package struct UploadID: Sendable, Hashable, CustomStringConvertible {
    package static let maximumLength = 128

    package let description: String

    /// Parses an id from a URL.
    /// - Throws: `BLOB_UPLOAD_UNKNOWN`: what is not an id cannot name an upload.
    package init(_ text: some StringProtocol) throws(RegistryError) { try self.init(validating: String(text)) }

    /// Not generic, since other targets run generic code of this one slowly.
    private init(validating text: String) throws(RegistryError) {
        let allowed = text.utf8.allSatisfy { $0.isAlphanumeric || "-_.=".utf8.contains($0) }
        guard allowed, (1...Self.maximumLength).contains(text.utf8.count), text != ".", text != ".." else {
            throw RegistryError(.blobUploadUnknown, detail: "not an upload id")
        }
        self.description = text
    }

    /// Makes a new id from 16 random bytes (RFC 9562, version 4).
    package init() {
        var generator = SystemRandomNumberGenerator()
        let high = (generator.next() as UInt64) & 0xffff_ffff_ffff_0fff | 0x4000
        let low = (generator.next() as UInt64) & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        let bytes = [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
        let groups = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { hexadecimal(bytes[$0]) }
        self.description = groups.joined(separator: "-")
    }
}
