//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Where a container is.
package struct AzureEndpoint: Sendable, Equatable {
    /// `https`.
    package let scheme: String
    /// `account.blob.core.windows.net`, with a port if it is not the scheme's.
    package let host: String
    /// What stands in the path before the container: empty, or `/account` where the host is not the account's own.
    package let prefix: String
    package let account: String
    package let container: String

    /// The account's own host, in one of Azure's clouds.
    /// - Parameter realm: `core.windows.net`.
    package init(account: String, container: String, realm: String = "core.windows.net") {
        self.scheme = "https"
        self.host = "\(account).blob.\(realm)"
        self.prefix = ""
        self.account = account
        self.container = container
    }

    /// An address that is told.
    /// - Parameter serviceURL: `https://account.blob.core.windows.net`, `http://127.0.0.1:10000/account`.
    /// - Returns: nil for what is no such address.
    package init?(serviceURL: String, account: String, container: String) {
        let parts = serviceURL.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0] == "https:" || parts[0] == "http:", parts[1].isEmpty, !parts[2].isEmpty,
            !serviceURL.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "?") })
        else { return nil }
        self.scheme = String(parts[0].dropLast())
        self.host = String(parts[2])
        let folders = parts.dropFirst(3).filter { !$0.isEmpty }
        self.prefix = folders.isEmpty ? "" : "/" + folders.joined(separator: "/")
        self.account = account
        self.container = container
    }

    /// `https://account.blob.core.windows.net`.
    var base: String { "\(scheme)://\(host)" }

    /// Encoded.
    /// - Parameter key: nil for the container itself.
    func path(_ key: String?) -> String {
        let key = key.map { "/" + PercentCoding.encode($0, keepsSlashes: true) } ?? ""
        return "\(prefix)/\(container)\(key)"
    }

    func url(_ key: String) -> String { base + path(key) }
}
