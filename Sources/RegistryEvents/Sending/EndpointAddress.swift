//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Where an endpoint is, as requests need it.
struct EndpointAddress: Sendable, Equatable {
    let isEncrypted: Bool
    /// A name or an address, which has no brackets here.
    let host: String
    let port: Int
    /// For the header `Host`: the port only where it is not the usual one.
    let authority: String
    /// Path and query, in ASCII.
    let target: String

    /// - Parameter url: of http or https, and without user and password.
    /// - Returns: nil if it is none.
    init?(_ url: String) {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        switch url[..<scheme.lowerBound].lowercased() {
        case "http": isEncrypted = false
        case "https": isEncrypted = true
        default: return nil
        }
        let rest = url[scheme.upperBound...].prefix { $0 != "#" }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let place = Self.place(rest[..<end]) else { return nil }
        let usual = isEncrypted ? 443 : 80
        host = place.host
        port = place.port ?? usual
        let name = host.contains(":") ? "[\(host)]" : host
        authority = port == usual ? name : "\(name):\(port)"
        let target = Self.ascii(rest[end...])
        self.target = target.hasPrefix("/") ? target : "/" + target
    }

    /// Whether the host is an address, which a server is not asked for by name.
    var isNumeric: Bool { (try? SocketAddress(ipAddress: host, port: port)) != nil }

    private static func place(_ text: Substring) -> (host: String, port: Int?)? {
        guard !text.contains("@") else { return nil }
        var rest = text
        let host: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<end]
            rest = text[end...]
        }
        guard !host.isEmpty else { return nil }
        guard !rest.isEmpty else { return (String(host), nil) }
        guard rest.first == ":" else { return nil }
        let digits = rest.dropFirst()
        if digits.isEmpty { return (String(host), nil) }
        guard let port = UInt16(digits), port > 0 else { return nil }
        return (String(host), Int(port))
    }

    /// What is not ASCII is percent-encoded (RFC 3986 §2.1).
    private static func ascii(_ text: Substring) -> String {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return String(text) }
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { result, byte in
            if byte < 0x80 {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += ["%", String(digits[Int(byte >> 4)]), String(digits[Int(byte & 15)])].joined()
            }
        }
    }
}
