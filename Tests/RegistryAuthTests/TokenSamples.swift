//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryAuth

/// What tokens of the tests say, and who reads them.
enum TokenSamples {
    static let now = 1_800_000_000.0

    static let settings = TokenVerifier.Settings(realm: "https://auth/token", service: "registry", issuer: "issuer")

    /// The claims of a good token, with some replaced.
    static func claims(_ changes: [String: String?] = [:]) -> String {
        var members: [String: String] = [
            "iss": #""issuer""#, "sub": #""alice""#, "aud": #""registry""#, "exp": "1800000300", "nbf": "1799999900",
            "iat": "1799999900",
            "access": #"[{"type":"repository","name":"team/app","actions":["pull","push"]}]"#,
        ]
        for (name, value) in changes { members[name] = value }
        return "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    /// What is wrong with a token; nil if nothing is.
    static func refusal(_ token: String, _ verifier: TokenVerifier, now: Double = now) -> Refusal? {
        do throws(Refusal) {
            _ = try verifier.verify(token[...], now: now)
            return nil
        } catch {
            return error
        }
    }
}
