//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// A conversation with an ACME server (RFC 8555) on behalf of one account: its directory, nonces, and signed requests.
struct ACMESession {
    private let transport: ACMETransport
    private let key: SigningKey
    private let directory: Directory
    /// What the last answer gave, for the next request.
    private var nonce: String?
    /// The address of the account, once it is known.
    private var account: String?

    /// Where a server has what (RFC 8555 §7.1.1).
    private struct Directory {
        let newNonce: String
        let newAccount: String
        let newOrder: String
        let termsOfService: String?
    }

    /// A nonce may have been used up, or forgotten, by the time it is sent.
    private static let mostNonces = 10

    /// Asks a server for its directory.
    init(_ transport: ACMETransport, directory url: String, key: SigningKey) async throws(ACMEFailure) {
        self.transport = transport
        self.key = key
        let answer: ACMETransport.Answer
        do {
            answer = try await transport.get(url)
        } catch {
            throw ACMEFailure(.unreachable, .directory, "\(url): \(error.cause)")
        }
        guard answer.status == 200 else { throw Self.failure(answer, .directory) }
        let json = answer.json
        guard let newNonce = json?["newNonce"]?.string, let newAccount = json?["newAccount"]?.string,
            let newOrder = json?["newOrder"]?.string
        else {
            throw ACMEFailure(.failed, .directory, "\(url): not the directory of an ACME server")
        }
        if json?["meta"]?["externalAccountRequired"]?.bool == true {
            throw ACMEFailure(
                .refused,
                .directory,
                "\(url): takes only accounts that it knows beforehand, which are not supported"
            )
        }
        self.directory = Directory(
            newNonce: newNonce,
            newAccount: newAccount,
            newOrder: newOrder,
            termsOfService: json?["meta"]?["termsOfService"]?.string
        )
    }

    /// Makes an account for the key, or finds the one that it has (RFC 8555 §7.3).
    /// - Parameter email: whom the server may write to.
    /// - Returns: whether it was made just now, and the terms of service that were agreed to.
    mutating func register(email: String?) async throws(ACMEFailure) -> (isNew: Bool, terms: String?) {
        let contact = email.map { JSONText.array([.string("mailto:\($0)")]) }
        let payload = JSONText.object([("termsOfServiceAgreed", .bool(true)), ("contact", contact)])
        let answer = try await post(directory.newAccount, .json(payload), .account)
        guard let address = answer.location else {
            throw ACMEFailure(.failed, .account, "the server does not say where the account is")
        }
        account = address
        return (answer.status == 201, directory.termsOfService)
    }

    /// Orders a certificate for a host (RFC 8555 §7.4).
    /// - Returns: the address of the order, and what it is.
    mutating func order(_ host: String) async throws(ACMEFailure) -> (url: String, order: StrictJSON) {
        let identifier = JSONText.object([("type", .string("dns")), ("value", .string(host))])
        let payload = JSONText.object([("identifiers", .array([identifier]))])
        let answer = try await post(directory.newOrder, .json(payload), .order)
        guard let address = answer.location else {
            throw ACMEFailure(.failed, .order, "the server does not say where the order is")
        }
        return (address, try Self.object(answer, .order))
    }

    /// Sends something to an address.
    mutating func send(_ json: JSONText, to url: String, _ step: ACMEFailure.Step) async throws(ACMEFailure)
        -> StrictJSON
    {
        try Self.object(try await post(url, .json(json), step), step)
    }

    /// Reads what is at an address.
    /// - Returns: it, and after what time the server wants to be asked again.
    mutating func read(_ url: String, _ step: ACMEFailure.Step) async throws(ACMEFailure) -> (
        json: StrictJSON, retryAfter: Duration?
    ) {
        let answer = try await post(url, .none, step)
        return (try Self.object(answer, step), answer.retryAfter)
    }

    /// Reads the bytes at an address.
    mutating func download(_ url: String) async throws(ACMEFailure) -> [UInt8] {
        try await post(url, .none, .certificate).body
    }

    // MARK: Requests

    private mutating func post(
        _ url: String,
        _ payload: SignedRequest.Payload,
        _ step: ACMEFailure.Step
    ) async throws(ACMEFailure) -> ACMETransport.Answer {
        var attempts = 1
        while true {
            let answer = try await postOnce(url, payload, step)
            if (200..<300).contains(answer.status) { return answer }
            guard ACMEProblem(answer.json)?.type == "badNonce", attempts < Self.mostNonces else {
                throw Self.failure(answer, step)
            }
            attempts += 1
        }
    }

    private mutating func postOnce(
        _ url: String,
        _ payload: SignedRequest.Payload,
        _ step: ACMEFailure.Step
    ) async throws(ACMEFailure) -> ACMETransport.Answer {
        let request = SignedRequest(
            identity: account.map { .account($0) } ?? .key,
            payload: payload,
            url: url,
            nonce: try await takeNonce(step)
        )
        let body: [UInt8]
        do { body = try request.body(signedBy: key) } catch { throw ACMEFailure(error, step) }
        do {
            let answer = try await transport.post(url, body)
            nonce = answer.nonce
            return answer
        } catch {
            throw ACMEFailure(.unreachable, step, "\(url): \(error.cause)")
        }
    }

    private mutating func takeNonce(_ step: ACMEFailure.Step) async throws(ACMEFailure) -> String {
        if let nonce {
            self.nonce = nil
            return nonce
        }
        do {
            let answer = try await transport.head(directory.newNonce)
            guard let nonce = answer.nonce else { throw Self.failure(answer, step) }
            return nonce
        } catch let error as ACMETrouble {
            throw ACMEFailure(.unreachable, step, "\(directory.newNonce): \(error.cause)")
        } catch let error as ACMEFailure {
            throw error
        } catch {
            throw ACMEFailure(.failed, step, "\(error)")
        }
    }

    private static func object(_ answer: ACMETransport.Answer, _ step: ACMEFailure.Step) throws(ACMEFailure)
        -> StrictJSON
    {
        guard let json = answer.json, json.isObject else {
            throw ACMEFailure(.failed, step, "the server's answer is no JSON object")
        }
        return json
    }

    private static func failure(_ answer: ACMETransport.Answer, _ step: ACMEFailure.Step) -> ACMEFailure {
        let problem = ACMEProblem(answer.json)
        let words = problem?.words ?? "answered with status \(answer.status)"
        // A server that has troubles of its own says nothing of what was asked of it.
        let result: CertificateOrderResult =
            switch answer.status {
            case 500...: .unreachable
            case 429: .rateLimited
            default: problem?.result ?? .failed
            }
        return ACMEFailure(result, step, words, retryAfter: answer.retryAfter)
    }
}
