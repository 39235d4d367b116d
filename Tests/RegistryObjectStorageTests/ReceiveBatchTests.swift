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

@Suite("Answers that are read in batches", .timeLimit(.minutes(5)))
struct ReceiveBatchTests {
    /// Reads a body in pieces that come one after the other in a time each.
    private func reads(of length: Int64, pieces: Int, bytes: Int, every time: TimeAmount) -> [ReceiveBatch.Read] {
        var batch = ReceiveBatch()
        var now = NIODeadline.now()
        batch.begin(length: length)
        return (0..<pieces).map { _ in
            batch.take(bytes)
            defer { now = now + time }
            return batch.next(at: now)
        }
    }

    /// What comes again and again, in what time in microseconds, and what is waited for then.
    private static let paces: [(bytes: Int, time: Int64, wanted: Int)] = [
        (65_536, 100, 2_097_152), (65_536, 1000, 262_144), (2_097_152, 10_000, 1_048_576),
        (65_536, 6000, 1), (2_097_152, 1_000_000, 1), (65_536, 1_000_000, 1), (1, 1, 1),
    ]

    @Test("as much is read together as comes in a few milliseconds", arguments: paces)
    func pace(bytes: Int, time: Int64, wanted: Int) {
        let reads = reads(of: 1 << 40, pieces: 3, bytes: bytes, every: .microseconds(time))
        // Of the first nobody knows how long it took.
        #expect(reads[0] == .init())
        let steady = ReceiveBatch.Read(lowWater: wanted, room: max(wanted, 65_536))
        #expect(reads[1] == steady && reads[2] == steady)
    }

    @Test("never more is waited for than is to come")
    func end() {
        let length = Int64(10_000_000)
        var left = length
        for read in reads(of: length, pieces: 16, bytes: 625_000, every: .microseconds(10)) {
            left -= 625_000
            #expect(read.lowWater == 1 || Int64(read.lowWater + ReceiveBatch.margin) <= left)
        }
        #expect(left == 0)
        var batch = ReceiveBatch()
        batch.take(100)
        #expect(batch.next(at: .now()) == .init(), "an answer of no known length")
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
