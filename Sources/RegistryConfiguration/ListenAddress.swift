//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A TCP address to listen on.
package struct ListenAddress: Sendable, Equatable {
    /// A name or an address, IPv6 without its brackets; empty for every address of the machine.
    package var host: String
    /// The port; 0 lets the system choose one.
    package var port: Int

    /// Creates an address.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

extension ListenAddress: CustomStringConvertible {
    /// The form of the file, such as `:5000` or `[::1]:5000`.
    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension ListenAddress {
    /// Parses `:5000`, `127.0.0.1:5000`, `localhost:5000` or `[::1]:5000`.
    static func parse(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> ListenAddress {
        let text = scalar.text
        guard let colon = text.lastIndex(of: ":") else {
            throw InvalidValue("needs a port, as in \":5000\", not \(text.quoted)")
        }
        let digits = text[text.index(after: colon)...]
        guard let port = Port.parse(digits) else {
            throw InvalidValue("the port must be a number from 0 to 65535, not \(String(digits).quoted)")
        }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            guard HostName.isIPv6(address) else { throw InvalidValue("\(String(host).quoted) is no IPv6 address") }
            return ListenAddress(host: String(address), port: port)
        }
        guard !host.contains(":") else { throw InvalidValue("an IPv6 address needs brackets, as in \"[::1]:5000\"") }
        guard host.isEmpty || HostName.isName(host) else {
            throw InvalidValue("\(String(host).quoted) is no host name or address")
        }
        return ListenAddress(host: String(host), port: port)
    }
}
