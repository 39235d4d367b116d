//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@testable import RegistryACME

@Suite("What an ACME server says")
struct ACMEProblemTests {
    @Test("A problem is told by its type and words, those of its parts too")
    func words() throws {
        let json = try StrictJSON(
            Array(
                """
                {"type": "urn:ietf:params:acme:error:rejectedIdentifier", "detail": "no", "status": 403,
                 "subproblems": [{"type": "x", "detail": "not a.test"}, {"detail": "not b.test"}]}
                """.utf8
            )
        )
        let problem = try #require(ACMEProblem(json))
        #expect(problem.words == "rejectedIdentifier: no; not a.test; not b.test")
        #expect(problem.result == .refused)
    }

    @Test("Being asked too often is told apart; what is no problem is none")
    func types() throws {
        let limited = try StrictJSON(Array(#"{"type": "urn:ietf:params:acme:error:rateLimited"}"#.utf8))
        #expect(ACMEProblem(limited)?.result == .rateLimited)
        #expect(ACMEProblem(limited)?.words == "rateLimited")
        #expect(ACMEProblem(.string("x")) == nil && ACMEProblem(nil) == nil)
    }

    @Test("Words without end are cut")
    func length() {
        let problem = ACMEProblem(.object(["detail": .string(String(repeating: "x", count: 5000))]))
        #expect(problem?.detail.count == 500)
    }

    @Test(
        "Retry-After counts in seconds, and not without end",
        arguments: [
            ("0", Duration.zero), ("7", .seconds(7)), ("9999999", .seconds(86_400)), ("-1", nil), ("soon", nil),
        ]
    )
    func retryAfter(text: String, duration: Duration?) {
        #expect(RetryAfter.duration(text) == duration)
    }
}
