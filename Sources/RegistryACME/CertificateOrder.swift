//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// One order of a certificate, from the request to the chain (RFC 8555 §7.4, RFC 8737).
struct CertificateOrder {
    let host: String
    let accountKey: SigningKey
    /// Answers the challenge.
    let target: any CertificateTarget

    /// For all of it; what takes longer has gone wrong.
    static let timeout = Duration.seconds(240)
    /// Between two looks at something that the server works on, where it does not say.
    private static let pauses = (first: Duration.milliseconds(250), longest: Duration.seconds(5))
    private static let longestRetryAfter = Duration.seconds(30)
    private static let challengeType = "tls-alpn-01"

    /// Orders, and waits for the certificate.
    func run(_ session: inout ACMESession) async throws(ACMEFailure) -> IssuedCertificate {
        let deadline = ContinuousClock.now + Self.timeout
        var (url, order) = try await session.order(host)
        for address in order["authorizations"]?.array?.compactMap(\.string) ?? [] {
            try await prove(at: address, &session, deadline)
        }
        order = try await poll(url, until: { $0 != "pending" }, &session, .order, deadline)
        let key = try making(.finalization, SigningKey.init)
        if order["status"]?.string == "ready" {
            guard let finalize = order["finalize"]?.string else {
                throw ACMEFailure(.failed, .finalization, "the order has no address to finalize it at")
            }
            let request = try making(.finalization) { () throws(KeyFault) in try key.certificateRequest(for: host) }
            let payload = JSONText.object([("csr", .string(Base64URL.encode(request, isPadded: false)))])
            _ = try await session.send(payload, to: finalize, .finalization)
            order = try await poll(url, until: { $0 != "processing" }, &session, .finalization, deadline)
        }
        guard order["status"]?.string == "valid", let address = order["certificate"]?.string else {
            throw Self.failure(of: order, .finalization)
        }
        let chain = try await session.download(address)
        return try making(.certificate) { () throws(KeyFault) in
            try IssuedCertificate(host: host, chain: chain, key: key)
        }
    }

    /// Proves that the host is ours (RFC 8555 §7.5.1).
    private func prove(
        at url: String,
        _ session: inout ACMESession,
        _ deadline: ContinuousClock.Instant
    ) async throws(ACMEFailure) {
        let authorization = try await session.read(url, .challenge).json
        // The authority may remember that it was proved.
        guard authorization["status"]?.string != "valid" else { return }
        let challenges = authorization["challenges"]?.array ?? []
        let challenge = challenges.first { $0["type"]?.string == Self.challengeType }
        guard let challenge, let address = challenge["url"]?.string, let token = challenge["token"]?.string else {
            let types = challenges.compactMap { $0["type"]?.string }.joined(separator: ", ")
            let words = "the authority asks for none of the challenges \(Self.challengeType), but for: \(types)"
            throw ACMEFailure(.refused, .challenge, words)
        }
        try answer(token)
        defer { target.endChallenge(of: host) }
        _ = try await session.send(.object([]), to: address, .challenge)
        let result = try await poll(url, until: { $0 != "pending" }, &session, .challenge, deadline)
        guard result["status"]?.string == "valid" else {
            let errors = result["challenges"]?.array?.compactMap { ACMEProblem($0["error"])?.words } ?? []
            let words = errors.first ?? "the authorization is \(result["status"]?.string ?? "nothing")"
            throw ACMEFailure(.challengeFailed, .challenge, words)
        }
    }

    private func answer(_ token: String) throws(ACMEFailure) {
        let pem = try making(.challenge) { () throws(KeyFault) in
            let key = try SigningKey()
            let authorization = "\(token).\(accountKey.thumbprint)"
            return key.pem + (try key.challengeCertificate(for: host, authorization: authorization))
        }
        do {
            try target.answerChallenge(of: host, with: pem)
        } catch {
            throw ACMEFailure(.failed, .challenge, "\(error)")
        }
    }

    /// Reads what is at an address until it has a state.
    private func poll(
        _ url: String,
        until isDone: (String) -> Bool,
        _ session: inout ACMESession,
        _ step: ACMEFailure.Step,
        _ deadline: ContinuousClock.Instant
    ) async throws(ACMEFailure) -> StrictJSON {
        var pause = Self.pauses.first
        while true {
            let (json, retryAfter) = try await session.read(url, step)
            guard let status = json["status"]?.string else {
                throw ACMEFailure(.failed, step, "the server's answer has no status")
            }
            if isDone(status) { return json }
            let wait = min(retryAfter ?? pause, Self.longestRetryAfter)
            guard ContinuousClock.now + wait < deadline else {
                throw ACMEFailure(.unreachable, step, "still \(status) after \(Self.timeout.components.seconds) s")
            }
            do {
                try await Task.sleep(for: wait)
            } catch {
                throw ACMEFailure(.unreachable, step, "the server is ending")
            }
            pause = min(pause * 2, Self.pauses.longest)
        }
    }

    private static func failure(of order: StrictJSON, _ step: ACMEFailure.Step) -> ACMEFailure {
        guard let problem = ACMEProblem(order["error"]) else {
            return ACMEFailure(.refused, step, "the order is \(order["status"]?.string ?? "nothing")")
        }
        return ACMEFailure(problem.result, step, problem.words)
    }

    private func making<Output>(
        _ step: ACMEFailure.Step,
        _ make: () throws(KeyFault) -> Output
    ) throws(ACMEFailure) -> Output {
        do { return try make() } catch { throw ACMEFailure(error, step) }
    }
}
