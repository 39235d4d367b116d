//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import RegistryCalls

/// Fails while another server does not answer as it should.
package struct HTTPProbe: Sendable {
    private let url: String
    private let headers: [(name: String, value: String)]
    private let status: Int
    private let timeout: Duration

    /// - Parameters:
    ///   - headers: of the request, which may be secrets.
    ///   - status: the one that is right.
    ///   - timeout: for the whole of it.
    package init(url: String, headers: [(name: String, value: String)], status: Int, timeout: Duration) {
        self.url = url
        self.headers = headers
        self.status = status
        self.timeout = timeout
    }

    /// The address without what may be a password.
    package var name: String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        guard let at = authority.lastIndex(of: "@") else { return url }
        return String(url[..<scheme.upperBound]) + rest[rest.index(after: at)...]
    }

    /// Asks once, with HEAD.
    /// - Returns: what is wrong; nil if nothing is.
    package func check() async -> String? {
        var request = HTTPClientRequest(url: url)
        request.method = .HEAD
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: TimeAmount(timeout))
            let answer = Int(response.status.code)
            return answer == status ? nil : "answered with status \(answer) instead of \(status)"
        } catch {
            return CallFailure.words(for: error)
        }
    }
}
