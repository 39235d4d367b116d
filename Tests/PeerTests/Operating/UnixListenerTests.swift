//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Clients on a Unix socket", .timeLimit(.minutes(5)))
struct UnixListenerTests {
    @Test("A push and a pull go over http.net: unix; the socket is taken over from a killed server only, and goes")
    func serves() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/registry.sock"
        let yaml = """
            version: 0.1
            storage: {filesystem: {rootdirectory: "\(folder.path)/root"}}
            http: {net: unix, addr: "\(path)"}
            """
        try folder.write(Array(yaml.utf8), to: "config.yml")
        func start() async throws -> ChildProcess {
            let process = try ChildProcess.server(in: folder)
            let line = await process.output.line { $0.contains("\"event\":\"server_started\"") }
            let event = try JSONValue(text: try #require(line))
            #expect(event["address"]?.string == path)
            return process
        }
        func curl(_ arguments: [String]) async throws -> String {
            try await Tool.output("curl", ["-sS", "--fail", "--unix-socket", path] + arguments)
        }
        let first = try await start()
        let digest = Digest.of(Array("hello".utf8))
        try await Tool.output(
            "curl",
            [
                "-sS", "--fail", "--unix-socket", path, "--data-binary", "hello", "-H",
                "Content-Type: application/octet-stream", "http://registry/v2/a/blobs/uploads/?digest=\(digest)",
            ]
        )
        #expect(try await curl(["http://registry/v2/a/blobs/\(digest)"]) == "hello")

        let second = try await ChildProcess.server(in: folder).finished()
        #expect(second.status == .code(1) && second.errors.contains("another server listens there"), "\(second)")
        #expect(try await curl(["http://registry/v2/"]) == "{}")

        first.send(SIGKILL)
        _ = await first.exit()
        #expect(access(path, F_OK) == 0)
        let third = try await start()
        #expect(try await curl(["http://registry/v2/a/blobs/\(digest)"]) == "hello")
        third.send(SIGTERM)
        #expect(await third.exit() == .code(0))
        #expect(access(path, F_OK) != 0)
    }
}
