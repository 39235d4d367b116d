//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A form of compression that is not read, known by the first bytes of a file.
enum ForeignCompression: String, CaseIterable {
    case zstd, xz, bzip2, lz4, zip

    /// - Returns: nil if the bytes begin none of them.
    init?(beginning bytes: UnsafeBufferPointer<UInt8>) {
        guard let form = Self.allCases.first(where: { bytes.starts(with: $0.magic) }) else { return nil }
        self = form
    }

    private var magic: [UInt8] {
        switch self {
        case .zstd: [0x28, 0xb5, 0x2f, 0xfd]
        case .xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]
        case .bzip2: Array("BZh".utf8)
        case .lz4: [0x04, 0x22, 0x4d, 0x18]
        case .zip: [0x50, 0x4b, 0x03, 0x04]
        }
    }

    /// The command that prints what is in a file.
    private var command: String {
        switch self {
        case .zstd: "zstd -dc"
        case .xz: "xz -dc"
        case .bzip2: "bzip2 -dc"
        case .lz4: "lz4 -dc"
        case .zip: "unzip -p"
        }
    }

    /// Why a file is refused, and what to do.
    var refusal: String {
        "it is compressed by \(rawValue), and only gzip is read here: \(command) FILE | plimsoll logs … --path -"
    }
}
