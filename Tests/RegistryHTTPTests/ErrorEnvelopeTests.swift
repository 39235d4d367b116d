//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import NIOCore
import RegistryModel
import Testing

@testable import RegistryHTTP

@Suite("Errors as answers")
struct ErrorEnvelopeTests {
    private func text(_ reply: Reply) throws -> String {
        guard case .buffer(let buffer) = reply.body else { throw NoBody() }
        return String(buffer: buffer)
    }

    private struct NoBody: Error {}

    @Test("Each code has its status and the envelope of the specification", arguments: ErrorCode.allCases)
    func envelope(_ code: ErrorCode) throws {
        let reply = ErrorEnvelope.reply(RegistryError(code, detail: "why \"so\"", cause: "/secret/path"))
        #expect(reply.status == code.status)
        #expect(reply.headers[.contentType] == "application/json")
        let expected =
            #"{"errors":[{"code":"\#(code.rawValue)","message":"\#(code.message)","detail":"why \"so\""}]}"#
        #expect(try text(reply) == expected)
    }

    @Test("Without a detail there is no member for it, and the cause stays inside")
    func sparse() throws {
        let reply = ErrorEnvelope.reply(RegistryError(.unknown, cause: "/secret/path"))
        #expect(try text(reply) == #"{"errors":[{"code":"UNKNOWN","message":"unknown error"}]}"#)
        #expect(reply.headers[.connection] == nil)
        #expect(reply.headers[.retryAfter] == nil)
    }

    @Test("What an error knows stands in headers")
    func headers() {
        var error = RegistryError(.rangeInvalid)
        error.uploadOffset = 10
        error.contentSize = 7
        error.allowedMethods = "GET, HEAD"
        error.closesConnection = true
        let headers = ErrorEnvelope.reply(error).headers
        #expect(headers[.range] == "0-9")
        #expect(headers[.contentRange] == "bytes */7")
        #expect(headers[.allow] == "GET, HEAD")
        #expect(headers[.connection] == "close")
    }

    @Test("Passing states say when to come back", arguments: [ErrorCode.unavailable, .storageFull])
    func retry(_ code: ErrorCode) {
        #expect(ErrorEnvelope.reply(RegistryError(code)).headers[.retryAfter] == "30")
    }

    @Test(
        "The range of an upload is the same for no byte and for one",
        arguments: [(0, "0-0"), (1, "0-0"), (2, "0-1")]
    )
    func uploadRange(_ offset: Int64, _ expected: String) {
        #expect(UploadRange.text(offset) == expected)
    }
}
