//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit

/// An ACME server for tests: Let's Encrypt's pebble, which finds every name at 127.0.0.1 and refuses one good nonce in five.
struct PebbleProcess: Sendable {
    /// Where it and what it looks at are to be found; outlives it, so that it can start again.
    struct Place: Sendable {
        let port: ReservedPort
        fileprivate let managementPort: ReservedPort
        /// Of the server whose names it certifies.
        let registryPort: ReservedPort
        /// Of the certificate that it shows itself.
        let authority: TestAuthority
        fileprivate let identity: TestAuthority.Identity
        fileprivate let names: TestNameServer
        /// Of what it issues, in seconds.
        var validity = 3600
        /// The port that it looks for answers at; nil for that of the server.
        var challengePort: Int?
        /// Seconds that it may take before it looks for an answer.
        var delay = 0

        init() async throws {
            port = try ReservedPort()
            managementPort = try ReservedPort()
            registryPort = try ReservedPort()
            authority = try await TestAuthority()
            identity = try await authority.issue("pebble")
            names = try TestNameServer()
        }

        var directory: String { "https://127.0.0.1:\(port.number)/dir" }

        fileprivate var configuration: String {
            """
            {"pebble": {
                "listenAddress": "127.0.0.1:\(port.number)",
                "managementListenAddress": "127.0.0.1:\(managementPort.number)",
                "certificate": "\(identity.certificate)", "privateKey": "\(identity.key)",
                "httpPort": \(registryPort.number), "tlsPort": \(challengePort ?? registryPort.number),
                "domainBlocklist": ["blocked.example"], "certificateValidityPeriod": \(validity)
            }}
            """
        }
    }

    let process: ChildProcess
    /// Path of the certificate that what it issues comes from.
    let root: String
    private let folder: TemporaryFolder

    static func with<Output>(_ place: Place, _ body: (PebbleProcess) async throws -> Output) async throws -> Output {
        let pebble = try await PebbleProcess(place)
        let result: Result<Output, any Error>
        do { result = .success(try await body(pebble)) } catch { result = .failure(error) }
        await pebble.end()
        return try result.get()
    }

    private init(_ place: Place) async throws {
        folder = try TemporaryFolder()
        try folder.write(Array(place.configuration.utf8), to: "pebble.json")
        process = try ChildProcess(
            "pebble",
            ["-config", folder.path + "/pebble.json", "-dnsserver", "127.0.0.1:\(place.names.port)"],
            environment: [
                "PEBBLE_VA_ALWAYS_VALID": "0", "PEBBLE_VA_NOSLEEP": place.delay == 0 ? "1" : "0",
                "PEBBLE_VA_SLEEPTIME": "\(max(place.delay, 1))", "PEBBLE_WFE_NONCEREJECT": "20",
                "PEBBLE_AUTHZREUSE": "0",
            ]
        )
        root = folder.path + "/root.pem"
        let address = "https://127.0.0.1:\(place.managementPort.number)/roots/0"
        let curl = ["-sS", "--cacert", place.authority.certificate, "-o", root, address]
        do {
            try await eventually("pebble listens") {
                let isThere = try await Tool.run("curl", curl).succeeded
                let directory = ["-sS", "--cacert", place.authority.certificate, place.directory]
                let answers = try await Tool.run("curl", directory).succeeded
                return isThere && answers
            }
        } catch {
            await end()
            throw error
        }
    }

    private func end() async {
        process.send(SIGKILL)
        _ = await process.exit()
    }
}
