//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryStorage

@Suite("Streams that are shared", .timeLimit(.minutes(5)))
struct SharedReadTests {
    private static let whole = CachedStore.sample(3_500_000)
    /// A seventh of the content in memory, in small pieces.
    private static let tight = SharedReads.Settings(
        allBytes: 512 << 10,
        streamBytes: 512 << 10,
        pieceBytes: 32 << 10,
        patience: .milliseconds(5)
    )
    /// What one reader asks the store for: the beginning, and the rest.
    private static let requests = 2

    private func open(_ test: CachedStore, _ digest: Digest) async throws -> any StoredContent {
        try await test.driver.open(DiskLayout.blob(digest))
    }

    @Test("Many who read at the same time make the requests of one")
    func together() async throws {
        let test = await CachedStore()
        let digest = try await test.put(Self.whole)
        // All open before the first reads, so that none comes too late.
        var contents: [any StoredContent] = []
        for _ in 0..<100 { contents.append(try await open(test, digest)) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for content in contents {
                group.addTask {
                    defer { content.close() }
                    return try await CachedStore.read(content, from: 0, Self.whole)
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(test.gets == Self.requests)
        #expect(test.instruments.shared[.content].value == 99)
        // Nothing of it stays.
        #expect(try await test.pull(digest, Self.whole))
        #expect(test.gets == 2 * Self.requests)
    }

    @Test("Who falls behind waits for nobody, nor is waited for, and reads on from the store")
    func slow() async throws {
        let test = await CachedStore(streams: Self.tight)
        let digest = try await test.put(Self.whole)
        let (slow, fast) = (try await open(test, digest), try await open(test, digest))
        let start = try await slow.readPiece(at: 0, count: 1000)
        #expect(start == Self.whole.getSlice(at: 0, length: 1000))
        #expect(try await CachedStore.read(fast, from: 0, Self.whole))
        fast.close()
        #expect(test.gets == Self.requests)
        #expect(try await CachedStore.read(slow, from: 1000, Self.whole))
        slow.close()
        #expect(test.gets == 2 * Self.requests)
    }

    @Test("Readers of one speed stay together, however small the window")
    func pace() async throws {
        var settings = Self.tight
        settings.patience = .seconds(60)
        let test = await CachedStore(streams: settings)
        let digest = try await test.put(Self.whole)
        var contents: [any StoredContent] = []
        for _ in 0..<10 { contents.append(try await open(test, digest)) }
        // All have a place in the stream before one runs ahead.
        for content in contents { _ = try await content.readPiece(at: 0, count: 1) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for (number, content) in contents.enumerated() {
                group.addTask {
                    defer { content.close() }
                    return try await CachedStore.read(content, from: 1, Self.whole, piece: 10_000 + number * 1000)
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(test.gets == Self.requests)
    }

    @Test("Ranges are read in a stream that is there, or in one of their own")
    func ranges() async throws {
        let test = await CachedStore(streams: Self.tight)
        let digest = try await test.put(Self.whole)
        let first = try await open(test, digest)
        #expect(try await first.read(at: 2 << 20, count: 1000) == Self.whole.getSlice(at: 2 << 20, length: 1000))
        let before = test.gets
        // In it, a bit ahead of it, and elsewhere.
        for (position, requests) in [((2 << 20) + 100, 0), ((2 << 20) + 100_000, 0), (3 << 20, 2), (1 << 20, 2)] {
            let gets = test.gets
            let content = try await open(test, digest)
            content.expect(upTo: Int64(position + 1000))
            let bytes = try await content.read(at: Int64(position), count: 1000)
            #expect(bytes == Self.whole.getSlice(at: position, length: 1000))
            content.close()
            #expect(test.gets == gets + requests, "at \(position)")
        }
        #expect(try await CachedStore.read(first, from: 5 << 19, Self.whole))
        first.close()
        #expect(test.gets > before)
    }

    @Test("One that is cancelled while it fetches hands over to the next")
    func cancelled() async throws {
        let turns = Atomic(0)
        let test = await CachedStore { verb, path in
            guard verb == .stream, turns.wrappingAdd(1, ordering: .relaxed).newValue == 2 else { return nil }
            withUnsafeCurrentTask { $0?.cancel() }
            return StorageError(.failed, "read", path, cause: "the task has ended")
        }
        let digest = try await test.put(Self.whole)
        let (first, second) = (try await open(test, digest), try await open(test, digest))
        #expect(try await second.read(at: 0, count: 1) == Self.whole.getSlice(at: 0, length: 1))
        await #expect(throws: StorageError.self) {
            try await Task { try await CachedStore.read(first, from: 0, Self.whole) }.value
        }
        first.close()
        #expect(try await CachedStore.read(second, from: 1, Self.whole))
        second.close()
    }

    @Test("A storage that fails half way fails all who read, and nobody who comes later")
    func failsHalfWay() async throws {
        let fails = Atomic(true)
        let reads = Atomic(0)
        let test = await CachedStore { verb, path in
            guard verb == .stream, reads.wrappingAdd(1, ordering: .relaxed).newValue > 1,
                fails.load(ordering: .relaxed)
            else { return nil }
            return StorageError(.failed, "read", path, cause: "made up")
        }
        let digest = try await test.put(Self.whole)
        var contents: [any StoredContent] = []
        for _ in 0..<20 { contents.append(try await open(test, digest)) }
        for content in contents { _ = try await content.readPiece(at: 0, count: 1) }
        for content in contents {
            let code = await failure { () async throws(StorageError) in
                _ = try await content.read(at: 1, count: Int(content.size))
            }
            #expect(code == .failed)
        }
        fails.store(false, ordering: .relaxed)
        // While those who were failed are still there.
        #expect(try await test.pull(digest, Self.whole))
        for content in contents { content.close() }
    }

    @Test("What is removed is joined by nobody")
    func removed() async throws {
        let test = await CachedStore()
        let digest = try await test.put(Self.whole)
        let reading = try await open(test, digest)
        _ = try await reading.readPiece(at: 0, count: 1)
        try await test.quiet.remove(DiskLayout.blob(digest))
        let code = await failure { () async throws(StorageError) in
            try await test.driver.open(DiskLayout.blob(digest))
        }
        #expect(code == .notFound)
        reading.close()
    }

    @Test("Sends to a socket what it takes, and no more than was asked for")
    func sends() async throws {
        let test = await CachedStore(streams: Self.tight)
        let digest = try await test.put(Self.whole)
        let content = try await open(test, digest)
        defer { content.close() }
        var ends: [CInt] = [0, 0]
        #expect(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let (ours, theirs) = (ends[0], ends[1])
        defer {
            close(ours)
            close(theirs)
        }
        let wanted = 2_000_000
        var (position, received, buffer) = (0, [UInt8](), [UInt8](repeating: 0, count: 100_000))
        while received.count < wanted {
            if position < wanted {
                let taken = try #require(
                    try await content.send(at: Int64(position), count: wanted - position, to: ours)
                )
                position += taken
                // It is full, or all is sent.
                #expect(taken > 0 || position > received.count)
            }
            let count = recv(theirs, &buffer, buffer.count, CInt(MSG_DONTWAIT))
            if count > 0 { received += buffer[..<count] }
        }
        #expect(position == wanted)
        #expect(received == Array(Self.whole.readableBytesView.prefix(wanted)))
    }

    @Test("Keeps a window of what has come, and of one reader no more than the beginning")
    func window() {
        var state = SharedStream.State(at: 0, base: nil)
        let piece = ByteBuffer(repeating: 0, count: 100)
        let only = state.join(at: 0, upTo: 10_000, window: 400)
        func read(_ reader: SharedStream.Reader?, upTo end: Int) -> String {
            var position: Int64 = state.readers[reader ?? 0]?.position ?? 0
            while position < end {
                switch state.step(reader ?? 0, position, 100, window: 400) {
                case .bytes(let bytes, _): position += Int64(bytes.readableBytes)
                case .fetch: state.took(piece, window: 400)
                case .wait, .beginWaiting: return "waits at \(position)"
                case .elsewhere: return "elsewhere at \(position)"
                case .failed: return "failed"
                }
            }
            state.readers[reader ?? 0]?.position = position
            return "at \(position)"
        }
        #expect(read(only, upTo: 400) == "at 400")
        #expect(state.pieces.count == 400)
        #expect(state.pieces.hasBeginning)
        #expect(read(only, upTo: 1000) == "at 1000")
        #expect(state.pieces.count == 100)
        #expect(state.join(at: 0, upTo: 10_000, window: 400) == nil)
        let second = state.join(at: 900, upTo: 10_000, window: 400)
        #expect(second != nil)
        // It waits for the other one when the window is full.
        #expect(read(only, upTo: 2000) == "waits at 1300")
        #expect(state.pieces.count == 400)
        #expect(read(second, upTo: 1200) == "at 1200")
        #expect(read(only, upTo: 1400) == "at 1400")
        #expect(state.pieces.count <= 400)
        // It does not wait for long: then half of what is there goes, and the other one has to look elsewhere.
        #expect(read(only, upTo: 3000) == "waits at 1600")
        state.losePatience()
        #expect(read(only, upTo: 1700) == "at 1700")
        #expect(state.pieces.count == 300)
        #expect(read(second, upTo: 3000) == "elsewhere at 1200")
    }
}
