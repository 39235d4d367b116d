//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit

/// A server whose certificates come from a pebble.
struct ACMERegistry {
    /// A folder that is not there yet.
    let cache: String
    let place: PebbleProcess.Place
    private let folder: TemporaryFolder

    init(_ place: PebbleProcess.Place) throws {
        self.place = place
        folder = try TemporaryFolder()
        cache = folder.path + "/made/acme"
    }

    /// Serves names while the body runs.
    func serve<Output>(
        _ hosts: [String] = ["registry.test"],
        _ configure: (inout ServerProcess.Setup) -> Void = { _ in },
        _ body: (ServerProcess) async throws -> Output
    ) async throws -> Output {
        try await ServerProcess.with(
            root: folder.path + "/root",
            { setup in
                setup.http = "tls: \(tls(hosts))"
                setup.environment = [
                    "REGISTRY_HTTP_ADDR": "127.0.0.1:\(place.registryPort.number)",
                    "SSL_CERT_FILE": place.authority.certificate,
                ]
                configure(&setup)
            },
            body
        )
    }

    /// The section `http.tls` for names.
    func tls(_ hosts: [String]) -> String {
        let keys = "cachefile: \"\(cache)\", email: a@b.example, hosts: [\(hosts.joined(separator: ", "))]"
        return "{letsencrypt: {\(keys), directoryurl: \"\(place.directory)\"}}"
    }

    /// Asks by curl.
    /// - Parameter root: the certificate that the server's must come from.
    func curl(_ path: String, _ host: String = "registry.test", root: String, _ more: [String] = []) async throws
        -> Tool.Result
    {
        let port = place.registryPort.number
        return try await Tool.run(
            "curl",
            ["-sS", "--cacert", root, "--resolve", "\(host):\(port):127.0.0.1", "https://\(host):\(port)\(path)"] + more
        )
    }

    /// Shakes hands by openssl, which says nothing after that.
    func handshake(_ more: String...) async throws -> Tool.Result {
        try await Tool.run("openssl", ["s_client", "-connect", "127.0.0.1:\(place.registryPort.number)"] + more)
    }

    /// The number of the certificate that clients of a host get.
    func serial(_ host: String = "registry.test") async throws -> String {
        let result = try await handshake("-servername", host)
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try folder.write(Array(result.output.utf8), to: "shown.pem")
        return try await Tool.output("openssl", ["x509", "-noout", "-serial", "-in", folder.path + "/shown.pem"])
    }

    /// Permissions of a file or folder, in octal.
    func mode(of path: String) throws -> String {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return String((attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0, radix: 8)
    }

    /// Whether the file of a host has a key and certificates that belong together.
    func isWhole(_ host: String) async throws -> Bool {
        let path = "\(cache)/\(host)"
        let key = try await Tool.run("openssl", ["pkey", "-in", path, "-pubout"])
        let certificate = try await Tool.run("openssl", ["x509", "-in", path, "-noout", "-pubkey"])
        return key.succeeded && certificate.succeeded && key.output == certificate.output
    }

    func samples(_ server: ServerProcess) async throws -> MetricSamples {
        try MetricSamples(text: try await WireClient(port: server.sidePort).get("/metrics").text)
    }
}
