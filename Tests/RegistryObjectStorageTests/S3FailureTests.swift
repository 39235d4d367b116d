//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP1
import RegistryObjectStorage
import RegistryTelemetry
import Testing

@Suite("What answers of S3 mean")
struct S3FailureTests {
    private func error(_ status: Int, _ code: String, _ headers: HTTPHeaders = [:]) -> ObjectStoreError? {
        let body = code.isEmpty ? "" : "<Error><Code>\(code)</Code><Message>words</Message></Error>"
        let answer = BackendAnswer(status: status, fields: headers, body: ByteBuffer(string: body))
        return S3Failure.error(answer, now: WallTime(microseconds: 784_111_777_000_000))
    }

    @Test("is told by their words, and else by their status")
    func codes() {
        #expect(error(404, "NoSuchKey")?.code == .notFound)
        #expect(error(404, "")?.code == .notFound)
        #expect(error(404, "NoSuchBucket")?.code == .failed)
        #expect(error(412, "PreconditionFailed")?.code == .preconditionFailed)
        #expect(error(416, "InvalidRange")?.code == .invalidRange)
        #expect(error(403, "AccessDenied")?.code == .denied)
        #expect(error(403, "RequestTimeTooSkewed")?.code == .transient(.clockSkew))
        #expect(error(400, "ExpiredToken")?.code == .transient(.credentials))
        #expect(error(503, "SlowDown")?.code == .transient(.slowDown))
        #expect(error(429, "")?.code == .transient(.tooManyRequests))
        #expect(error(500, "InternalError")?.code == .transient(.serverError))
        #expect(error(400, "RequestTimeout")?.code == .transient(.timeout))
        #expect(error(507, "")?.code == .noSpace)
        #expect(error(403, "QuotaExceeded")?.code == .noSpace)
        #expect(error(204, "") == nil)
    }

    @Test("may stand behind a good status")
    func embedded() {
        #expect(error(200, "InternalError")?.code == .transient(.serverError))
        #expect(error(200, "SlowDown")?.code == .transient(.slowDown))
    }

    @Test("of a refusal without words is the clock, if that is far off")
    func clock() {
        #expect(error(403, "", ["Date": "Sun, 06 Nov 1994 08:49:37 GMT"])?.code == .denied)
        #expect(error(403, "", ["Date": "Sun, 06 Nov 1994 09:49:37 GMT"])?.code == .transient(.clockSkew))
    }

    @Test("of HEAD is told by the status, or by OSS in a field")
    func head() {
        #expect(error(400, "")?.code == .transient(.credentials))
        let words = Digesting.base64(Array("<Error><Code>SecurityTokenExpired</Code></Error>".utf8))
        #expect(error(403, "", ["x-oss-err": words])?.code == .transient(.credentials))
        for other in ["", "%", Digesting.base64(Array("<Error".utf8))] {
            #expect(error(403, "", ["x-oss-err": other])?.code == .denied)
        }
    }

    @Test("includes how long to wait, and where a bucket is")
    func headers() {
        #expect(error(503, "SlowDown", ["Retry-After": "7"])?.retryAfter == .seconds(7))
        #expect(error(503, "SlowDown", ["Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"])?.retryAfter == .zero)
        #expect(
            error(301, "PermanentRedirect", ["x-amz-bucket-region": "eu-west-1"])?.cause.contains("eu-west-1") == true
        )
    }

    @Test("Addresses are encoded as signatures want it")
    func encoding() {
        #expect(PercentCoding.encode("a/b c+d~é") == "a%2Fb%20c%2Bd~%C3%A9")
        #expect(PercentCoding.encode("a/b%", keepsSlashes: true) == "a/b%25")
        #expect(PercentCoding.decode("a%2Fb+c%zz%") == "a/b c%zz%")
    }

    @Test("A budget of retries is used up, and earned again")
    func budget() {
        var budget = RetryBudget(most: 2, share: 0.5)
        var taken: [Bool] = (0..<3).map { _ in budget.withdraw() }
        #expect(taken == [true, true, false])
        budget.deposit()
        taken = [budget.withdraw()]
        #expect(taken == [false])
        budget.deposit()
        taken = (0..<2).map { _ in budget.withdraw() }
        #expect(taken == [true, false])
    }
}
