//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTestKit
import Testing

@Suite("Certificates in operation", .timeLimit(.minutes(3)))
struct CertificateTests {
    @Test("SIGHUP reads the certificate again, and the metric tells its end")
    func signal() async throws {
        let root = try TemporaryFolder()
        let authority = try await TestAuthority()
        let files = try await authority.issue("server", days: 20)
        let renewed = try await authority.issue("renewed", days: 90)
        let tls = "tls: {certificate: \"\(files.certificate)\", key: \"\(files.key)\"}"
        try await ServerProcess.with(root: root.path, { $0.http = tls }) { server in
            let curl = ["-sS", "--cacert", authority.certificate, "https://\(server.address)/v2/"]
            #expect(try await Tool.output("curl", curl) == "{}")
            #expect(try await server.event("certificate_ends_soon")?["path"]?.string == files.certificate)
            let before = try await notAfter(server)

            #expect(rename(renewed.certificate, files.certificate) == 0)
            #expect(rename(renewed.key, files.key) == 0)
            server.process.send(SIGHUP)
            #expect(try await server.event("certificate_reloaded")?["path"]?.string == files.certificate)
            // 70 days; both were made within the same hour.
            let longer = try await notAfter(server) - before
            #expect(abs(longer - 70 * 86_400) <= 3600)
            #expect(try await Tool.output("curl", curl) == "{}")

            #expect(unlink(files.key) == 0)
            server.process.send(SIGHUP)
            let cause = try await server.event("certificate_reload_failed")?["cause"]?.string
            #expect(cause == "http.tls.key: \(files.key): No such file or directory")
            #expect(try await Tool.output("curl", curl) == "{}")
        }
    }

    private func notAfter(_ server: ServerProcess) async throws -> Double {
        let page = try await WireClient(port: server.sidePort).get("/metrics").text
        let line = page.split(separator: "\n").first {
            $0.hasPrefix("registry_tls_certificate_not_after_timestamp_seconds ")
        }
        return Double(line?.split(separator: " ").last ?? "") ?? 0
    }

    @Test("A server does not start with what it cannot use, and says why")
    func start() async throws {
        let authority = try await TestAuthority()
        let (one, other) = (try await authority.issue("one"), try await authority.issue("other"))
        func errors(_ http: String) async throws -> String {
            try authority.folder.write(
                Array("{version: 0.1, storage: {inmemory: {}}, http: {addr: \"127.0.0.1:0\", \(http)}}\n".utf8),
                to: "config.yml"
            )
            let result = try await Tool.run(
                ProjectFolder.binary(),
                ["serve", authority.folder.path + "/config.yml"]
            )
            #expect(result.status == .code(1))
            return result.errors
        }
        #expect(
            try await errors("tls: {certificate: \"\(one.certificate)\", key: \"\(other.key)\"}")
                == "configuration error: http.tls.key: \(other.key): does not belong to the first certificate in "
                + "\(one.certificate)\n"
        )
    }
}
