//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// An address of CloudFront that is signed with a canned policy.
package struct CloudFrontAddress: Sendable {
    package let resource: String
    /// Seconds since 1970.
    package let end: Int64
    package let keyPairID: String
    private let signature: [UInt8]

    /// - Returns: nil for what is none.
    package init?(_ address: String) {
        let parts = address.split(separator: "?", maxSplits: 1).map { String($0) }
        guard parts.count == 2 else { return nil }
        let names = ["Expires=", "Signature=", "Key-Pair-Id="]
        let fields = parts[1].split(separator: "&").map { String($0) }
        guard fields.count == names.count, zip(fields, names).allSatisfy({ $0.hasPrefix($1) }) else { return nil }
        let values = zip(fields, names).map { String($0.dropFirst($1.count)) }
        guard values[1].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_~".contains($0)) }) else {
            return nil
        }
        let base64 = String(values[1].map { ["-": "+", "_": "=", "~": "/"][$0] ?? $0 })
        guard let end = Int64(values[0]), let signature = Data(base64Encoded: base64) else { return nil }
        (resource, self.end, keyPairID) = (parts[0], end, values[2])
        self.signature = Array(signature)
    }

    /// The policy that is signed: as CloudFront's guide has it, without a space.
    package var policy: String {
        #"{"Statement":[{"Resource":"\#(resource)","Condition":{"DateLessThan":{"AWS:EpochTime":\#(end)}}}]}"#
    }

    /// Whether openssl says that the signature is that of a policy.
    /// - Parameter publicKey: path of the key in PEM form.
    package func signs(_ policy: String, _ publicKey: String) async throws -> Bool {
        let folder = try TemporaryFolder()
        try folder.write(signature, to: "signature")
        try folder.write(Array(policy.utf8), to: "policy")
        let arguments = [
            "dgst", "-sha1", "-verify", publicKey, "-signature", folder.path + "/signature", folder.path + "/policy",
        ]
        return try await Tool.run("openssl", arguments).succeeded
    }
}
