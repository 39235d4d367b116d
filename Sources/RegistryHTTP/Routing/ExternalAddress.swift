//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import RegistryModel

/// The address by which clients reach the server, for `Location` and `Link`.
///
/// Source of the rules: distribution. `http.host` wins; else `Forwarded` (RFC 7239), else `X-Forwarded-Proto` and
/// `X-Forwarded-Host`, else the request's own `Host`. With `http.relativeurls`, and for a client that names no host,
/// addresses are paths.
package struct ExternalAddress: Sendable {
    /// `http.host`: `https://registry.example.com/path`, without a slash at the end.
    package var fixed: String?
    /// `http.prefix`: empty, or with a slash at both ends.
    package var prefix = ""
    /// `http.relativeurls`.
    package var isRelative = false
    /// Whether clients speak TLS to this server, as long as nobody in between says otherwise.
    package var isEncrypted = false

    package init() {}

    /// What to put before `/v2/…`.
    func base(for request: HTTPRequest) -> String {
        let path = prefix.isEmpty ? "" : String(prefix.dropLast())
        if isRelative { return path }
        if let fixed { return fixed + path }
        let forwarded = request.headerFields[.forwarded].map(Self.forwarded) ?? [:]
        let host = forwarded["host"] ?? Self.first(of: request.headerFields[.xForwardedHost]) ?? request.authority
        let scheme =
            forwarded["proto"] ?? Self.first(of: request.headerFields[.xForwardedProto])
            ?? (isEncrypted ? "https" : "http")
        guard let host, Self.isHost(host), ["http", "https"].contains(scheme.lowercased()) else { return path }
        return scheme.lowercased() + "://" + host + path
    }

    /// The parameters of the first element of a `Forwarded` header: the one nearest to the client.
    private static func forwarded(_ header: String) -> [String: String] {
        var parameters: [String: String] = [:]
        for pair in (header.split(separator: ",").first ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = trimmed(parts[1]).filter { $0 != "\"" }
            parameters[trimmed(parts[0]).lowercased()] = value
        }
        return parameters
    }

    private static func first(of header: String?) -> String? {
        header?.split(separator: ",").first.map(trimmed)
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    /// A registered name or address with an optional port; nothing that could lead a client elsewhere.
    private static func isHost(_ host: String) -> Bool {
        !host.isEmpty
            && host.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: ".-_:[]".utf8.contains(byte)
                }
            }
    }
}

/// The paths of the API that answers point to.
struct Links: Sendable {
    private let address: ExternalAddress
    private let head: HTTPRequest

    /// - Parameter head: of the request that is answered.
    init(_ address: ExternalAddress, for head: HTTPRequest) {
        self.address = address
        self.head = head
    }

    /// What comes before `/v2/…`; most answers have no link.
    var base: String { address.base(for: head) }

    /// The host that the client asked for; empty if it did not say.
    var host: String { head.authority ?? "" }

    func blob(_ name: RepositoryName, _ digest: Digest) -> String { "\(base)/v2/\(name)/blobs/\(digest)" }

    func manifest(_ name: RepositoryName, _ digest: Digest) -> String { "\(base)/v2/\(name)/manifests/\(digest)" }

    /// - Parameter state: the signed state that other servers on the same storage ask for.
    func upload(_ name: RepositoryName, _ id: UploadID, state: String) -> String {
        "\(base)/v2/\(name)/blobs/uploads/\(id)?_state=\(state)"
    }

    /// The next page of a listing, as a `Link` header (RFC 8288).
    /// - Parameter path: of the listing, from `/v2/`.
    func next(_ path: String, after last: String, limit: Int, filter: (name: String, value: String)? = nil) -> String {
        let filter = filter.map { "&\($0.name)=\(PercentEncoding.encode($0.value))" } ?? ""
        return "<\(base)\(path)?last=\(PercentEncoding.encode(last))&n=\(limit)\(filter)>; rel=\"next\""
    }
}
