//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// The id of a block, in which stands which upload it is of: Azure itself knows blocks of a blob, and no uploads.
///
/// All are of one length, as a blob's ids must be.
struct AzureBlockID: Sendable, Equatable {
    /// See ``UploadName``.
    let upload: String
    let number: Int

    init(_ upload: String, _ number: Int) {
        self.upload = upload
        self.number = number
    }

    /// - Parameter text: in base64.
    /// - Returns: nil for a block that somebody else has put.
    init?(encoded text: String) {
        guard let bytes = Base64.decode(text.utf8, .standard) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "plimsoll", let number = Int(parts[4]), number > 0 else { return nil }
        self.upload = parts[..<4].joined(separator: ".")
        self.number = number
    }

    var encoded: String { Digesting.base64(Array("\(upload).\(UploadName.padded(String(number), 5))".utf8)) }
}
