//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// The key of an account, which signs requests and shared access signatures.
///
/// Source: Azure Storage REST API, "Authorize with Shared Key", version 2015-02-21 and later.
package struct AzureSharedKey: Sendable, CustomStringConvertible {
    package let account: String
    private let key: [UInt8]

    /// - Parameter key: in base64.
    /// - Returns: nil for what is not base64.
    package init?(account: String, key: String) {
        guard let bytes = Base64.decode(key.utf8, .standard), !bytes.isEmpty else { return nil }
        self.account = account
        self.key = bytes
    }

    /// A request as it is signed.
    package struct Request: Sendable {
        package var method: String
        /// Encoded.
        package var path: String
        /// Not encoded, in any order.
        package var query: [(name: String, value: String)]
        /// All that are sent, but for what the client adds: the host, and the length.
        package var headers: [(name: String, value: String)]
        /// Bytes of the body.
        package var length: Int64

        package init(
            _ method: String,
            path: String,
            query: [(name: String, value: String)] = [],
            headers: [(name: String, value: String)] = [],
            length: Int64 = 0
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.length = length
        }
    }

    /// The value of the field `Authorization`.
    package func authorization(_ request: Request) -> String {
        "SharedKey \(account):\(sign(Self.text(request, account)))"
    }

    /// HMAC-SHA256 in base64.
    func sign(_ text: String) -> String { Digesting.base64(Digesting.hmac(key, text)) }

    private static let fields = [
        "content-encoding", "content-language", "content-length", "content-md5", "content-type", "date",
        "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range",
    ]

    private static func text(_ request: Request, _ account: String) -> String {
        let headers = request.headers.map { (name: $0.name.lowercased(), value: $0.value) }
        let values = fields.map { field in
            if field == "content-length" { return request.length == 0 ? "" : "\(request.length)" }
            return headers.first { $0.name == field }?.value ?? ""
        }
        let vendor = headers.filter { $0.name.hasPrefix("x-ms-") }.sorted { $0.name < $1.name }
            .map { "\($0.name):\($0.value)\n" }
        let query = request.query.map { (name: $0.name.lowercased(), value: $0.value) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { "\n\($0.name):\($0.value)" }
        return ([request.method] + values).joined(separator: "\n") + "\n" + vendor.joined()
            + "/\(account)\(request.path)"
            + query.joined()
    }

    /// Tells nothing of the key.
    package var description: String { "key of account \(account)" }
}
