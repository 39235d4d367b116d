//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How clients reach the registry from outside: the beginning of every URL that it hands out.
package struct ExternalHost: Sendable, Equatable {
    /// `http` or `https`.
    package var scheme: String
    /// The host and, if it was given, the port: `registry.example.com:5000`.
    package var authority: String
    /// What comes before the registry's own paths: empty, or text that begins with `/` and doesn't end with it.
    package var path: String

    /// Creates a host from its parts.
    package init(scheme: String, authority: String, path: String = "") {
        self.scheme = scheme
        self.authority = authority
        self.path = path
    }
}

extension ExternalHost: CustomStringConvertible {
    /// The URL, without a slash at its end.
    package var description: String {
        "\(scheme)://\(authority)\(path)"
    }
}

extension ExternalHost {
    /// Parses a URL of scheme, host, perhaps a port, and perhaps a path.
    ///
    /// Gives nil for empty text.
    static func parse(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> ExternalHost? {
        let text = scalar.text
        guard !text.isEmpty else { return nil }
        let schemeEnd = text.firstRange(of: "://")
        let scheme = schemeEnd.map { text[..<$0.lowerBound].lowercased() }
        guard let schemeEnd, let scheme, scheme == "http" || scheme == "https" else {
            throw InvalidValue("must be a URL such as https://registry.example.com")
        }
        let rest = text[schemeEnd.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        guard isAuthority(authority) else {
            throw InvalidValue("must name a host, and nothing beside host, port and path")
        }
        var path = rest.dropFirst(authority.count)
        if !path.isEmpty {
            try URLPath.check(String(path))
        }
        if path.hasSuffix("/") {
            path.removeLast()
        }
        return ExternalHost(scheme: scheme, authority: String(authority), path: String(path))
    }

    private static func isAuthority(_ text: Substring) -> Bool {
        let port: Substring
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            guard HostName.isIPv6(text[..<end].dropFirst()) else { return false }
            port = text[end...].dropFirst()
        } else {
            let name = text.prefix { $0 != ":" }
            guard HostName.isName(name) else { return false }
            port = text.dropFirst(name.count)
        }
        guard !port.isEmpty else { return true }
        return port.hasPrefix(":") && (Port.parse(port.dropFirst()) ?? 0) > 0
    }
}
