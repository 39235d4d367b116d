//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Testing

@testable import RegistryHTTP

@Suite("A request's target has two halves")
struct RequestTargetTests {
    private func request(_ path: String?) -> HTTPRequest {
        HTTPRequest(method: .get, scheme: "http", authority: "a", path: path)
    }

    @Test(
        "The path ends at the first question mark, also at one that an accent follows",
        arguments: [
            ("/v2/", "/v2/", []), ("/v2/_catalog?n=1&last=b?c", "/v2/_catalog", ["n", "last"]), ("/v2/?", "/v2/", []),
            ("/v2/a?\u{301}secret=1", "/v2/a", ["\u{301}secret"]), ("?n=1", "", ["n"]), ("", "", []),
        ] as [(String, String, [String])]
    )
    func halves(target: String, path: String, names: [String]) {
        #expect(request(target).targetPath == path)
        #expect(request(target).query.names == names)
    }

    @Test("A request without a target asks for the root")
    func none() {
        #expect(request(nil).targetPath == "/")
        #expect(request(nil).query.names.isEmpty)
    }

    @Test("What follows the question mark is the query's, to the end")
    func value() { #expect(request("/v2/_catalog?last=b?c").query["last"] == "b?c") }
}
