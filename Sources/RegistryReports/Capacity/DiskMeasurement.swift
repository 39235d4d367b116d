//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
import RegistryModel

/// The files under a storage root, each looked at, by what they are.
package struct DiskMeasurement: Sendable, Equatable {
    /// Sizes of files, in bytes; a file with several names counts once.
    package var referenced: Int64 = 0
    package var unreferenced: Int64 = 0
    package var uploading: Int64 = 0
    package var orphan: Int64 = 0
    /// Of `unreferenced`, what is in the trash of garbage collections already.
    package var trashed: Int64 = 0
    /// What the file system has set aside for files and folders, in whole blocks; what `du --block-size=1` tells.
    package var allocated: Int64 = 0
    package var files: Int64 = 0
    /// Folders and files that could not be looked at.
    package var failures: Int64 = 0

    package init() {}

    /// Sizes of all files.
    package var physical: Int64 { referenced + unreferenced + uploading + orphan }

    /// What a file is, by where it is.
    enum Place: Equatable {
        /// The content of a blob, by its digest.
        case blob(UInt128)
        case trash
        case upload
        case other
    }
}

/// The digests of content that repositories reach, 16 bytes of each, which tell them apart.
package struct ReferencedDigests: Sendable {
    private var hashes: Set<UInt128> = []

    /// Reads them from the ledger.
    package init(_ tables: LedgerTables) throws(LedgerError) {
        var hashes: Set<UInt128> = []
        try tables.eachReferencedDigest { digest in
            if let hash = Self.hash(digest.hex.utf8) { hashes.insert(hash) }
        }
        self.hashes = hashes
    }

    func contains(_ hash: UInt128) -> Bool { hashes.contains(hash) }

    /// Of the hexadecimal text of a digest; nil for what is none.
    static func hash(_ text: some Collection<UInt8>) -> UInt128? {
        guard text.count >= 64 else { return nil }
        var value: UInt128 = 0
        for byte in text.prefix(32) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt128(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt128(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
