//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

extension BackendCall {
    /// Those of the semantic conventions for HTTP clients, and which request of which driver it was.
    ///
    /// Source: OpenTelemetry semantic conventions, "HTTP client span".
    var attributes: [SpanAttribute] {
        var attributes: [SpanAttribute] = [
            .init(.storageDriver, driver), .init(.storageRequest, request.rawValue),
        ]
        if let target {
            attributes.append(.init(.method, target.method))
            attributes += SpanAttribute.server(of: target)
            if let path = target.path {
                attributes.append(.init(.url, "\(target.scheme)://\(target.authority)\(path)"))
            }
        }
        if let status { attributes.append(.init(.status, status)) }
        if resends > 0 { attributes.append(.init(.resendCount, resends)) }
        return attributes
    }
}

extension SpanAttribute {
    /// Where a request went; the port is told in any case, which is required of clients, other than of servers.
    static func server(of target: BackendCall.Target) -> [SpanAttribute] {
        let server = server(target.authority)
        return server.count > 1 ? server : server + [.init(.serverPort, target.scheme == "http" ? 80 : 443)]
    }

    /// `host:port` in its parts.
    static func server(_ authority: String) -> [SpanAttribute] {
        let digits = authority.utf8.reversed().prefix { (0x30...0x39).contains($0) }.count
        let host = authority.utf8.dropLast(digits)
        guard (1...5).contains(digits), host.last == UInt8(ascii: ":"), let port = Int(authority.suffix(digits)) else {
            return [.init(.serverAddress, authority)]
        }
        return [.init(.serverAddress, String(Substring(host.dropLast()))), .init(.serverPort, port)]
    }
}
