//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Glibc
import RegistryTestKit
import Testing

@Suite("Certificates by ACME", .timeLimit(.minutes(5)))
struct ACMETests {
    @Test("A certificate is ordered at the start, kept for its owner alone, and clients that come early wait for it")
    func first() async throws {
        var place = try await PebbleProcess.Place()
        place.delay = 3
        let registry = try ACMERegistry(place)
        try await PebbleProcess.with(place) { pebble in
            try await registry.serve { server in
                // The authority has not even looked yet.
                let early = try await registry.curl("/v2/", root: pebble.root)
                #expect(early.output == "{}", "\(early)")
                let event = try #require(await server.event("certificate_obtained"))
                #expect(event["host"]?.string == "registry.test")
                #expect(event["path"]?.string == registry.cache + "/registry.test")
                #expect(try await server.event("acme_account_created")?["endpoint"]?.string == place.directory)
                #expect(try registry.mode(of: registry.cache) == "700")
                for name in ["registry.test", "acme_account+key"] {
                    #expect(try registry.mode(of: registry.cache + "/" + name) == "600")
                }
                #expect(try await registry.isWhole("registry.test"))
                let http2 = try await registry.curl("/v2/", root: pebble.root, ["--http2", "-w", " %{http_version}"])
                #expect(http2.output == "{} 2", "\(http2)")

                let samples = try await registry.samples(server)
                #expect(samples.sum("registry_tls_certificate_orders_total", ["result": "issued"]) == 1)
                #expect(samples.sum("registry_tls_certificate_orders_total") == 1)
                let end = samples.sum("registry_tls_certificate_not_after_timestamp_seconds")
                let lifetime = end - samples.sum("registry_tls_certificate_not_before_timestamp_seconds")
                #expect(abs(lifetime - 3600) <= 1)
                #expect(abs(end - Date().timeIntervalSince1970 - 3600) < 120)
            }
        }
    }

    @Test("Each name has a certificate of its own; clients that ask for another, or for none, are refused and counted")
    func names() async throws {
        let place = try await PebbleProcess.Place()
        let registry = try ACMERegistry(place)
        try await PebbleProcess.with(place) { pebble in
            try await registry.serve(["one.test", "two.test"]) { server in
                for host in ["one.test", "two.test"] {
                    #expect(try await registry.curl("/v2/", host, root: pebble.root).output == "{}")
                    #expect(try await registry.isWhole(host))
                }
                #expect(try await registry.serial("one.test") != registry.serial("TWO.test"))
                for options in [["-servername", "three.test"], ["-noservername"]] {
                    let refused = try await Tool.run(
                        "openssl",
                        ["s_client", "-connect", "127.0.0.1:\(place.registryPort.number)"] + options
                    )
                    #expect(refused.errors.contains("unrecognized name"), "\(refused)")
                }
                let failures = try await registry.samples(server)
                #expect(failures.sum("registry_tls_handshake_failures_total", ["reason": "unknown_name"]) == 2)
                // Nobody asks for an answer now, so there is none.
                let challenge = try await registry.handshake("-servername", "one.test", "-alpn", "acme-tls/1")
                #expect(challenge.output.contains("no peer certificate available"), "\(challenge)")
                let clear = try await Tool.run("curl", ["-sS", "http://\(server.address)/v2/"])
                #expect(clear.output == "This port speaks HTTPS only.\n")
            }
        }
    }

    @Test("After a restart, or a kill, what was kept serves at once, without the authority")
    func restart() async throws {
        let place = try await PebbleProcess.Place()
        let registry = try ACMERegistry(place)
        let root = try TemporaryFolder()
        try await registry.serve { server in
            let serial = try await PebbleProcess.with(place) { pebble in
                _ = try await server.event("certificate_obtained")
                try FileManager.default.copyItem(atPath: pebble.root, toPath: root.path + "/root.pem")
                return try await registry.serial()
            }
            await server.kill()
            try await server.restart()
            #expect(try await registry.curl("/v2/", root: root.path + "/root.pem").output == "{}")
            #expect(try await registry.serial() == serial)
            #expect(await server.terminate() == .code(0))
            let events = try server.log().compactMap { $0["event"]?.string }
            #expect(!events.contains { $0.hasPrefix("certificate_") || $0.hasPrefix("acme_") }, "\(events)")
        }
    }

    @Test("A certificate is renewed before it ends, by the account that there is")
    func renewal() async throws {
        var place = try await PebbleProcess.Place()
        place.validity = 15
        let registry = try ACMERegistry(place)
        try await PebbleProcess.with(place) { pebble in
            try await registry.serve { server in
                _ = try await server.event("certificate_obtained")
                let first = try await registry.serial()
                let renewed = try #require(await server.event("certificate_renewed"))
                #expect(renewed["host"]?.string == "registry.test")
                #expect(try await registry.serial() != first)
                #expect(try await registry.curl("/v2/", root: pebble.root).output == "{}")
                #expect(try await registry.isWhole("registry.test"))
                let samples = try await registry.samples(server)
                #expect(samples.sum("registry_tls_certificate_orders_total", ["result": "renewed"]) >= 1)
                // The account is the one of the start.
                let accounts = try server.log().filter { $0["event"]?.string == "acme_account_created" }
                #expect(accounts.count == 1)
            }
        }
    }

    @Test("An authority that cannot be reached is asked again, and until then clients are refused at once")
    func unreachable() async throws {
        let place = try await PebbleProcess.Place()
        let registry = try ACMERegistry(place)
        try await registry.serve { server in
            let event = try #require(await server.event("certificate_order_failed"))
            #expect(event["reason"]?.string == "unreachable" && event["step"]?.string == "directory")
            #expect(event["cause"]?.string?.contains("Connection refused") == true, "\(event)")
            #expect(event["attempts"] == .number(1))
            #expect(event["not_after"] == nil)
            let refused = try await registry.handshake("-servername", "registry.test")
            #expect(refused.errors.contains("internal error"), "\(refused)")
            try await expectFailing(1, registry, server)
            try await PebbleProcess.with(place) { pebble in
                _ = try await server.event("certificate_obtained")
                #expect(try await registry.curl("/v2/", root: pebble.root).output == "{}")
            }
            let samples = try await registry.samples(server)
            #expect(samples.sum("registry_tls_certificate_orders_total", ["result": "unreachable"]) >= 1)
            #expect(samples.sum("registry_tls_certificate_not_after_timestamp_seconds") > 0)
            try await expectFailing(0, registry, server)
        }
    }

    /// Waits until as many hosts fail, which is known when their events have been told.
    private func expectFailing(_ count: Double, _ registry: ACMERegistry, _ server: ServerProcess) async throws {
        try await eventually("\(count) hosts fail") {
            try await registry.samples(server).sum("registry_tls_certificate_orders_failing") == count
        }
    }

    @Test("An authority whose certificate nobody vouches for is not talked to")
    func distrust() async throws {
        let place = try await PebbleProcess.Place()
        let registry = try ACMERegistry(place)
        let other = try await TestAuthority()
        try await PebbleProcess.with(place) { _ in
            try await registry.serve(["registry.test"], { $0.environment["SSL_CERT_FILE"] = other.certificate }) {
                server in
                let event = try #require(await server.event("certificate_order_failed"))
                #expect(event["reason"]?.string == "unreachable")
                #expect(event["cause"]?.string?.contains("CERTIFICATE_VERIFY_FAILED") == true, "\(event)")
            }
        }
    }

    @Test("An authority that does not find the server, or will not certify a name, says so in the log")
    func refused() async throws {
        var place = try await PebbleProcess.Place()
        let nobody = try ReservedPort()
        place.challengePort = nobody.number
        let registry = try ACMERegistry(place)
        try await PebbleProcess.with(place) { _ in
            try await registry.serve(["registry.test", "blocked.example", "nowhere.invalid"]) { server in
                var reasons: [String: String] = [:]
                for host in ["registry.test", "blocked.example", "nowhere.invalid"] {
                    let line = await server.process.output.line {
                        $0.contains("certificate_order_failed") && $0.contains("\"host\":\"\(host)\"")
                    }
                    let event = try JSONValue(text: try #require(line))
                    reasons[host] = event["reason"]?.string
                    #expect(event["cause"]?.string?.isEmpty == false)
                }
                #expect(
                    reasons == [
                        "registry.test": "challenge_failed", "blocked.example": "refused",
                        "nowhere.invalid": "challenge_failed",
                    ]
                )
                try await expectFailing(3, registry, server)
            }
        }
    }
}
