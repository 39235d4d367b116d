//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RegistryTestKit
import Testing

@testable import RegistryObjectStorage

@Suite("Answers that are read in batches", .timeLimit(.minutes(1)))
struct ReceiveBatchTests {
    /// Reads a body in pieces that come one after the other in a time each.
    /// - Returns: what each read waits for, of the first at the end.
    private func waits(of length: Int64, pieces: Int, bytes: Int, every time: TimeAmount) -> [Int] {
        var batch = ReceiveBatch()
        var now = NIODeadline.now()
        batch.begin(length: length)
        return (0..<pieces).map { _ in
            batch.take(bytes)
            defer { now = now + time }
            return batch.next(at: now)
        }
    }

    @Test("as much is waited for as comes in a few milliseconds")
    func pace() {
        // 64 KiB in 100 µs, so 3.2 MiB in 5 ms.
        #expect(waits(of: 1 << 30, pieces: 3, bytes: 64 << 10, every: .microseconds(100)) == [1, 512 << 10, 512 << 10])
        // 320 KiB in 5 ms.
        #expect(waits(of: 1 << 30, pieces: 3, bytes: 64 << 10, every: .milliseconds(1)) == [1, 256 << 10, 256 << 10])
        // Little in a long time.
        #expect(waits(of: 1 << 30, pieces: 3, bytes: 64 << 10, every: .seconds(1)) == [1, 1, 1])
        #expect(waits(of: 1 << 30, pieces: 3, bytes: 1, every: .microseconds(1)) == [1, 1, 1])
    }

    @Test("never more is waited for than is to come")
    func end() {
        let length = Int64(1_000_000)
        var left = length
        for wait in waits(of: length, pieces: 16, bytes: 62_500, every: .microseconds(10)) {
            left -= 62_500
            #expect(wait == 1 || Int64(wait + ReceiveBatch.margin) <= left)
        }
        #expect(left == 0)
        var batch = ReceiveBatch()
        batch.take(100)
        #expect(batch.next(at: .now()) == 1, "an answer of no known length")
    }

    @Test("a connection brings long and short answers one after the other, each whole")
    func answers() async throws {
        let lengths = [8 << 20, 100, 700_001, 0, 3 << 20, 1 << 16, 1]
        try await ScriptedServer.with { request in
            ScriptedServer.Answer(200, String(repeating: "x", count: Int(request.uri.dropFirst()) ?? 0))
        } _: { server in
            var settings = BackendHTTP.Settings()
            settings.connections = 1
            let http = BackendHTTP(settings, on: MultiThreadedEventLoopGroup.singleton)
            for length in lengths + lengths.reversed() {
                let url = "http://\(server.authority)/\(length)"
                let answer = try await http.stream(BackendMessage("GET", url))
                #expect(try await answer.stream?.collect().readableBytes == length)
                #expect(try await http.send(BackendMessage("GET", url)).body.readableBytes == length)
            }
            await http.shutDown()
        }
    }
}
