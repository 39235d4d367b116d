//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// Why there is no new certificate.
struct ACMEFailure: Error, Equatable {
    /// What was being done.
    enum Step: String, Sendable {
        case directory, account, order, challenge, finalization, certificate
    }

    /// As it is counted.
    let result: CertificateOrderResult
    let step: Step
    /// For the operator.
    let cause: String
    /// How long the server wants to be left alone.
    var retryAfter: Duration?

    init(_ result: CertificateOrderResult, _ step: Step, _ cause: String, retryAfter: Duration? = nil) {
        self.result = result
        self.step = step
        self.cause = cause
        self.retryAfter = retryAfter
    }

    init(_ fault: KeyFault, _ step: Step) { self.init(.failed, step, fault.cause) }
}

/// What an ACME server says is wrong (RFC 8555 §6.7, RFC 9457).
struct ACMEProblem: Sendable, Equatable {
    /// Without the prefix of ACME's own: `badNonce`.
    let type: String
    let detail: String

    private static let prefix = "urn:ietf:params:acme:error:"
    /// What is shown of a server's words.
    private static let longestDetail = 500

    /// - Returns: nil for what is no problem document.
    init?(_ json: StrictJSON?) {
        guard let json, json.isObject else { return nil }
        let type = json["type"]?.string ?? "about:blank"
        self.type = type.hasPrefix(Self.prefix) ? String(type.dropFirst(Self.prefix.count)) : type
        // Where several names are wrong the words are in each of them.
        let parts = [json] + (json["subproblems"]?.array ?? [])
        let words = parts.compactMap { $0["detail"]?.string }.joined(separator: "; ")
        self.detail = String(words.prefix(Self.longestDetail))
    }

    /// `type: detail`.
    var words: String { detail.isEmpty ? type : "\(type): \(detail)" }

    /// As it is counted.
    var result: CertificateOrderResult { type == "rateLimited" ? .rateLimited : .refused }
}
