//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A registered digest algorithm of the OCI image specification ("Digests").
package enum DigestAlgorithm: String, Sendable, CaseIterable {
    case sha256
    case sha512

    /// Length of the encoded portion, in lower-case hexadecimal characters.
    package var hexLength: Int {
        switch self {
        case .sha256: 64
        case .sha512: 128
        }
    }
}
