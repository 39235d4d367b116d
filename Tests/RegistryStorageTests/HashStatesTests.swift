//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTestKit
import Testing

@testable import RegistryStorage

@Suite("Hash states of an upload", .timeLimit(.minutes(5)))
struct HashStatesTests {
    private static let content = StoragePath.root.appending("upload/data")
    private static let folder = StoragePath.root.appending("upload/hashstates/sha256")
    private static let bytes = HashSamples.bytes(1000)

    /// Stores content, with states after some of its bytes.
    private static func upload(states offsets: [Int], _ algorithm: DigestAlgorithm = .sha256) async throws -> HashStates
    {
        let driver = InMemoryDriver()
        try await driver.put(bytes, at: content)
        let states = HashStates(driver: driver, folder: folder)
        for offset in offsets { try await states.save(hasher(over: offset, algorithm)) }
        return states
    }

    private static func hasher(over count: Int, _ algorithm: DigestAlgorithm = .sha256) -> ContentHasher {
        var hasher = ContentHasher(algorithm)
        bytes.prefix(count).withUnsafeBytes { hasher.update($0) }
        return hasher
    }

    @Test("are files named by the number of bytes")
    func names() async throws {
        let states = try await Self.upload(states: [7, 100, 1000])
        let names = try await states.driver.list(Self.folder, after: nil, limit: .max).map(\.name)
        #expect(names == ["100", "1000", "7"])
        let stored = try await states.driver.bytes(Self.folder.appending("100"))
        #expect(stored == Self.hasher(over: 100).stored)
    }

    @Test("are not needed: without any, the content is read", arguments: DigestAlgorithm.allCases)
    func none(algorithm: DigestAlgorithm) async throws {
        let states = try await Self.upload(states: [])
        let hasher = try await states.hasher(algorithm, over: Self.content, upTo: 1000)
        #expect(hasher.digest == Digest.of(Self.bytes, algorithm))
    }

    @Test("of nothing are not looked for")
    func empty() async throws {
        let driver = FaultyDriver(InMemoryDriver(), failing: Set(FaultyDriver.Verb.allCases), with: .failed)
        let states = HashStates(driver: driver, folder: Self.folder)
        #expect(try await states.hasher(.sha256, over: Self.content, upTo: 0).count == 0)
    }

    @Test(
        "save reading: only what comes after the last one is read",
        arguments: [[1000], [64, 640], [7, 999], [100, 1000]]
    )
    func lastOne(offsets: [Int]) async throws {
        let states = try await Self.upload(states: offsets)
        // What the states stand for is spoiled, so that reading it would show.
        let last = offsets.max() ?? 0
        try await states.driver.put([UInt8](repeating: 0, count: last) + Self.bytes.dropFirst(last), at: Self.content)
        let hasher = try await states.hasher(.sha256, over: Self.content, upTo: 1000)
        #expect(hasher.digest == Digest.of(Self.bytes))
    }

    @Test("of the very end make reading the content needless")
    func exact() async throws {
        let states = try await Self.upload(states: [1000])
        try await states.driver.remove(Self.content)
        #expect(try await states.hasher(.sha256, over: Self.content, upTo: 1000).digest == Digest.of(Self.bytes))
    }

    @Test("beyond the end of the content are not used")
    func beyond() async throws {
        let states = try await Self.upload(states: [100, 500, 1000])
        let hasher = try await states.hasher(.sha256, over: Self.content, upTo: 300)
        #expect(hasher.count == 300)
        #expect(hasher.digest == Digest.of(Array(Self.bytes.prefix(300))))
    }

    @Test(
        "that are broken are passed over",
        arguments: [
            [], [0], [UInt8](repeating: 0, count: 108), [UInt8](repeating: 0xff, count: 108),
            Array(hasher(over: 900).stored.dropLast()), hasher(over: 900).stored + [0], hasher(over: 901).stored,
            hasher(over: 0).stored, hasher(over: 900, .sha512).stored, [UInt8](repeating: 1, count: 5000),
        ] as [[UInt8]]
    )
    func broken(state: [UInt8]) async throws {
        let states = try await Self.upload(states: [100])
        try await states.driver.put(state, at: Self.folder.appending("900"))
        #expect(try await states.hasher(.sha256, over: Self.content, upTo: 1000).digest == Digest.of(Self.bytes))
    }

    @Test(
        "of other names than numbers of bytes are none",
        arguments: ["", "x", "-5", "0", "1e2", "9223372036854775808", "٩"]
    )
    func otherNames(name: String) async throws {
        let states = try await Self.upload(states: [100])
        if !name.isEmpty { try await states.driver.put(Self.hasher(over: 5).stored, at: Self.folder.appending(name)) }
        try await states.driver.put([1], at: Self.folder.appending("500/a folder"))
        #expect(try await states.hasher(.sha256, over: Self.content, upTo: 1000).digest == Digest.of(Self.bytes))
    }

    @Test("fail when neither they nor the content lead to the end")
    func tooShort() async throws {
        let states = try await Self.upload(states: [])
        let code = await failure { () throws(StorageError) in
            try await states.hasher(.sha256, over: Self.content, upTo: 1001)
        }
        #expect(code == .truncated)
    }
}
