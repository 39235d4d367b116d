//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The example of docs/notifications.md, as it stands there.
@Suite("The deploy hook", .timeLimit(.minutes(5)))
struct DeployHookTests {
    private let folder: TemporaryFolder
    private let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(Array(secret.utf8), to: "secret")
        // A deployment that fails as long as there is such a file.
        let script = """
            #!/bin/sh
            test ! -e \(folder.path)/broken || exit 1
            echo "$@" >> \(folder.path)/deployed
            """
        try folder.write(Array(script.utf8), to: "deploy")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path + "/deploy")
    }

    private var deployed: [String] {
        let text = (try? String(contentsOfFile: folder.path + "/deployed", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Runs the hook while something is done.
    private func with(_ body: (Int) async throws -> Void) async throws {
        let hook = try ChildProcess(
            "python3",
            [
                "-B", ProjectFolder.path + "/docs/examples/deploy_hook.py", "--port", "0",
                "--secret-file", folder.path + "/secret", "--state", folder.path + "/seen.db",
                "--repository", "team/app", "--tag", "production", folder.path + "/deploy",
            ]
        )
        let line = await hook.output.line { $0.hasPrefix("listening on port ") }
        do {
            try await body(try #require(line.flatMap { Int($0.split(separator: " ").last ?? "") }))
        } catch {
            hook.send(SIGKILL)
            _ = await hook.exit()
            throw error
        }
        hook.send(SIGKILL)
        _ = await hook.exit()
    }

    @Test("deploys what is pushed, once, and again where that has failed")
    func deploys() async throws {
        try await with { port in
            let endpoint = """
                {name: deploy, url: 'http://127.0.0.1:\(port)/', secretfile: '\(folder.path)/secret', timeout: 10s, \
                backoff: 20ms}
                """
            try await HookedServer.with("{endpoints: [\(endpoint)]}") { hooked in
                let client = hooked.server.client
                try await client.pushImage(to: "team/app", reference: "testing")
                try await client.pushImage(to: "other/app", reference: "production")
                let first = try await client.pushImage(to: "team/app", reference: "production").digest
                try await eventually("it is deployed") { deployed == ["team/app production \(first)"] }
                // What comes twice is done once.
                #expect(try await hooked.json("replay", "deploy", "--since", "1h")["events"]?.int ?? 0 > 0)
                try await eventually("all have come again") { try await hooked.metric("pending_total") == 0 }
                #expect(deployed.count == 1)
                // What fails comes again.
                try folder.write([], to: "broken")
                let second = try await client.pushImage(
                    to: "team/app",
                    reference: "production",
                    extra: #","annotations":{"a":"b"}"#
                ).digest
                try await eventually("it fails") {
                    try await hooked.metric("status_total", ["code": "500 Internal Server Error"]) > 1
                }
                try FileManager.default.removeItem(atPath: folder.path + "/broken")
                try await eventually("it is deployed after all") {
                    deployed == ["team/app production \(first)", "team/app production \(second)"]
                }
            }
        }
    }

    @Test("takes nothing that is not signed, is signed with another secret, or was recorded long ago")
    func forged() async throws {
        try await with { port in
            let body = Array(
                #"{"events":[{"id":"1","action":"push","target":{"repository":"team/app","tag":"production","digest":"d"}}]}"#
                    .utf8
            )
            let now = Int(Date().timeIntervalSince1970)
            func status(_ headers: [(String, String)]) async throws -> Int {
                try await WireClient(port: port).send("POST", "/", headers: headers, body: body).status
            }
            func signed(_ time: Int, secret: String) async throws -> [(String, String)] {
                let program = """
                    import base64, hashlib, hmac, sys
                    key = base64.b64decode(sys.argv[1].removeprefix("whsec_"))
                    code = hmac.new(key, f"1.{sys.argv[2]}.{sys.argv[3]}".encode(), hashlib.sha256).digest()
                    print(base64.b64encode(code).decode())
                    """
                let code = try await Tool.output(
                    "python3",
                    ["-c", program, secret, "\(time)", String(decoding: body, as: UTF8.self)]
                )
                return [
                    ("webhook-id", "1"), ("webhook-timestamp", "\(time)"),
                    ("webhook-signature", "v1,AAAA v1,\(code.split(separator: "\n")[0])"),
                ]
            }
            var refused: [Int] = [try await status([])]
            for (time, secret) in [(now, "whsec_b3RoZXI="), (now - 3600, secret), (now + 3600, secret)] {
                refused.append(try await status(try await signed(time, secret: secret)))
            }
            #expect(refused == [401, 401, 401, 401] && deployed.isEmpty)
            let genuine = try await signed(now, secret: secret)
            let first = try await status(genuine)
            #expect(first == 200 && deployed == ["team/app production d"])
            // A recording of what was done.
            let second = try await status(genuine)
            #expect(second == 200 && deployed.count == 1)
        }
    }
}
