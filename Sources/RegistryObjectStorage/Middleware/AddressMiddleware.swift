//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage

/// Sends clients to the same path at another address: distribution's `redirect`.
package struct RedirectToBase: RedirectMiddleware {
    private let base: String

    /// - Parameter base: without a slash at its end.
    package init(_ base: String) { self.base = base }

    package func address(
        of path: StoragePath,
        for request: RedirectRequest,
        _ next: () async throws(StorageError) -> String?
    ) async throws(StorageError) -> String? {
        base + PercentCoding.encode(path.description, keepsSlashes: true)
    }
}

/// Changes parts of the address that clients would be sent to: distribution's `rewrite`.
package struct RewriteAddress: RedirectMiddleware {
    private let scheme: String?
    private let host: String?
    private let prefix: String

    /// - Parameters:
    ///   - scheme: in place of the scheme; nil for none.
    ///   - host: in place of host and port; nil for none.
    ///   - prefix: taken off the path's beginning, where it stands there.
    package init(scheme: String?, host: String?, trimming prefix: String?) {
        self.scheme = scheme
        self.host = host
        self.prefix = prefix ?? ""
    }

    package func address(
        of path: StoragePath,
        for request: RedirectRequest,
        _ next: () async throws(StorageError) -> String?
    ) async throws(StorageError) -> String? {
        guard let address = try await next() else { return nil }
        return rewrite(address)
    }

    func rewrite(_ address: String) -> String {
        guard let end = address.firstRange(of: "://") else { return address }
        let rest = address[end.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        var path = rest.dropFirst(authority.count)
        for prefix in [prefix, PercentCoding.encode(prefix, keepsSlashes: true)] where !prefix.isEmpty {
            guard path.hasPrefix(prefix) else { continue }
            path = path.dropFirst(prefix.count)
            break
        }
        // Behind a host a path has a slash.
        let slash = path.isEmpty || path.hasPrefix("/") || path.hasPrefix("?") ? "" : "/"
        return "\(scheme ?? String(address[..<end.lowerBound]))://\(host ?? String(authority))\(slash)\(path)"
    }
}
