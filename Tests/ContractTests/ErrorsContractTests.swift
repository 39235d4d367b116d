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

@Suite("Contract: errors")
struct ErrorsContractTests {
    @Test("The status and the body of every code, with and without detail")
    func bodies() throws {
        var lines: [String] = []
        for code in ErrorCode.allCases.sorted(by: { $0.rawValue < $1.rawValue }) {
            for detail in [nil, "what is \"wrong\""] {
                let reply = ErrorEnvelope.reply(RegistryError(code, detail: detail, cause: "/a/path"))
                guard case .buffer(let body) = reply.body else {
                    Issue.record("\(code) has no body")
                    continue
                }
                let headers = reply.headers.map { "\($0.name.rawName): \($0.value)" }.joined(separator: ", ")
                lines += ["\(reply.status) \(headers)", String(buffer: body)]
            }
        }
        try Golden.expect(lines.joined(separator: "\n") + "\n", "errors.txt")
    }
}
