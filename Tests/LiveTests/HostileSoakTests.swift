//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryHTTP
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Many hostile clients at once", .timeLimit(.minutes(10)))
struct HostileSoakTests {
    private static let rounds = 10
    private static let clients = 30
    /// Other tests of the process run beside this one and have memory of their own.
    private static let growthBytes = 512 << 20

    @Test("Three hundred hostile connections leave the server as it was")
    func soak() async throws {
        let timeouts = HostileRegistry.patient {
            $0.header = .milliseconds(200)
            $0.body = .milliseconds(200)
            $0.write = .milliseconds(200)
            $0.linger = .milliseconds(200)
        }
        try await HostileRegistry.with(timeouts) { hostile in
            let content = [UInt8](repeating: 3, count: 16 << 20)
            let digest = Digest.of(content)
            // On a busy machine the limits that are short for the others are too short for this one as well.
            try await eventually { (try? await hostile.client.push(content, to: "a")) != nil }
            try await Self.round(against: hostile, digest)
            try await hostile.isIdle()
            let before = try OpenFiles.residentBytes()
            for _ in 1..<Self.rounds {
                try await Self.round(against: hostile, digest)
                try await hostile.isIdle()
                try await eventually {
                    try await hostile.client.send("HEAD", "/v2/a/blobs/\(digest)").status == 200
                }
            }
            let growth = try OpenFiles.residentBytes() - before
            #expect(growth < Self.growthBytes, "\(growth >> 20) MiB")
            #expect(hostile.records.filter { $0.status >= 500 }.isEmpty)
        }
    }

    private static func round(against hostile: HostileRegistry, _ digest: Digest) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<clients {
                let upload = number % 10 == 0 ? try await hostile.begin() : ""
                group.addTask {
                    try await WireConnection.with(port: hostile.port, receiveBytes: 4096) { connection in
                        // Whatever the server does with these, it may end the connection under the client's hands.
                        try? await behave(number % 10, connection, upload, digest, mayReset: number.isMultiple(of: 2))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// One of ten ways to be a nuisance.
    private static func behave(
        _ kind: Int,
        _ connection: WireConnection,
        _ upload: String,
        _ digest: Digest,
        mayReset: Bool
    ) async throws {
        switch kind {
        case 0:
            try await connection.send(head("PATCH", upload, "Content-Length: 1000000"))
            try await connection.send(bytes(300_000))
        case 1:
            try await connection.send(head("GET", "/v2/a/blobs/\(digest)"))
            _ = try await connection.read(100_000)
        case 2:
            try await connection.send("GET /v2/ HTTP/1.1\r\nHos")
            _ = await connection.readToEnd()
        case 3:
            try await connection.send([UInt8](repeating: UInt8(ascii: "A"), count: 200_000))
        case 4:
            try await connection.send(head("PUT", "/v2/a/manifests/x", "Content-Length: 100") + "{")
            _ = await connection.readToEnd()
        case 5:
            try await connection.send(String(repeating: head("GET", "/v2/a/tags/list"), count: 100))
        case 6:
            try await connection.send(head("PATCH", "/v2/a/blobs/uploads/none", "Content-Length: 100000000"))
            for _ in 0..<8 { try await connection.send(bytes(1 << 16)) }
        case 7:
            try await connection.send(
                head("POST", "/v2/b/blobs/uploads/?digest=\(digest)", "Transfer-Encoding: chunked")
            )
            try await connection.send("5\r\nabcde\r\nzz\r\n")
            _ = await connection.readToEnd()
        case 8:
            try await connection.send(
                head("GET", "/v2/../../etc/passwd") + head("GET", "/v2/", "X: y") + "garbage\r\n\r\n"
            )
            _ = await connection.readToEnd()
        default:
            try await connection.send(
                head("PATCH", "/v2/a/blobs/uploads/none", "Content-Length: 5", "Expect: 100-continue")
            )
            _ = try await connection.response()
        }
        if mayReset { try await connection.reset() } else { try await connection.close() }
    }
}
