//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

@Suite("A server that has no file descriptor left", .timeLimit(.minutes(3)))
struct DescriptorTests {
    /// More than there are descriptors.
    private static let clients = 128

    @Test("It tells of connections that it cannot accept, serves those it has, and accepts again when others end")
    func exhausted() async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with(root: folder.path + "/root") {
            $0.wrapper = ["prlimit", "--nofile=96"]
        } _: { server in
            let port = server.port
            try await WireConnection.with(port: port) { early in
                try await withThrowingTaskGroup { group in
                    for _ in 0..<Self.clients {
                        group.addTask { try await WireConnection.with(port: port) { _ in await untilCancelled() } }
                    }
                    let event = try await server.event("accept_failed")
                    #expect(event?["cause"]?.string == "Too many open files")
                    #expect(event?["suppressed"]?.int == 0)
                    #expect(try await ping(on: early) == 200)
                    group.cancelAll()
                    while (try? await group.next()) != nil {}
                }
            }
            #expect(try await server.client.get("/v2/").status == 200)
            #expect(await server.terminate() == .code(0))
        }
    }

    private func ping(on connection: WireConnection) async throws -> Int {
        try await connection.send("GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
        return try await connection.response().status
    }
}
