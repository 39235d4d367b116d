//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryStorage

@Suite("The probe of the storage", .timeLimit(.minutes(5)))
struct StorageProbeTests {
    @Test("writes, reads and removes, and leaves nothing", arguments: TestStorage.allCases)
    func ok(_ storage: TestStorage) async throws {
        try await storage.with { driver in
            let verbs = Mutex<[FaultyDriver.Verb]>([])
            let watched = FaultyDriver(driver) { verb, _ in
                verbs.withLock { $0.append(verb) }
                return nil
            }
            // Beside tests that compute, the answer of a storage that works can take a while.
            #expect(await StorageProbe(watched, timeout: .seconds(60)).check() == .ok)
            #expect(verbs.withLock(\.self) == [.stat, .replace, .read, .remove])
            let left = try await driver.list(StoragePath.root.appending(".plimsoll", "tmp"), after: nil, limit: 10)
            #expect(left.isEmpty)
        }
    }

    @Test("only asks for facts where nothing may be written")
    func readOnly() async throws {
        let driver = FaultyDriver(InMemoryDriver(), failing: [.replace], with: .readOnly)
        #expect(await StorageProbe(driver, isReadOnly: { true }).check() == .ok)
        #expect(await StorageProbe(driver).check().failure != nil)
    }

    @Test(
        "fails with the storage's words, whichever call fails",
        arguments: [
            FaultyDriver.Verb.stat, .replace, .read, .remove,
        ]
    )
    func failed(_ verb: FaultyDriver.Verb) async throws {
        let probe = StorageProbe(FaultyDriver(InMemoryDriver(), failing: [verb], with: .failed))
        let outcome = await probe.check()
        #expect(outcome.state == .failed && outcome.failure?.contains("made up") == true)
    }

    @Test("is no failure on a storage without room, from which pulls go on")
    func full() async throws {
        let probe = StorageProbe(FaultyDriver(InMemoryDriver(), failing: [.replace], with: .noSpace))
        let outcome = await probe.check()
        #expect(outcome == .full && outcome.failure == nil && outcome.state == .full)
    }

    @Test("tells of a storage that hangs, and asks it nothing more until it has answered")
    func hung() async throws {
        let (holds, release) = AsyncStream.makeStream(of: Void.self)
        let driver = HangingDriver(base: InMemoryDriver(), holds: holds)
        let probe = StorageProbe(driver, timeout: .milliseconds(20))
        #expect(await probe.check().state == .hung)
        #expect(await probe.check().state == .hung)
        #expect(driver.calls.withLock(\.self) == 1)
        release.finish()
        try await eventually { await probe.check() == .ok }
    }
}

/// Answers `stat` only when it is let.
private final class HangingDriver: StorageDriver {
    let base: InMemoryDriver
    let holds: AsyncStream<Void>
    let calls = Mutex(0)

    init(base: InMemoryDriver, holds: AsyncStream<Void>) {
        self.base = base
        self.holds = holds
    }

    var name: String { base.name }

    func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts {
        calls.withLock { $0 += 1 }
        for await _ in holds {}
        return try await base.stat(path)
    }

    func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        try await base.read(path, limit: limit)
    }

    func replace(_ path: StoragePath, with bytes: ByteBuffer, _ durability: Durability) async throws(StorageError)
        -> Int64?
    {
        try await base.replace(path, with: bytes, durability)
    }

    func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent { try await base.open(path) }

    func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender { try await base.append(path) }

    func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
        try await base.publish(source, as: path)
    }

    func list(_ path: StoragePath, after last: String?, limit: Int) async throws(StorageError) -> [FolderEntry] {
        try await base.list(path, after: last, limit: limit)
    }

    func remove(_ path: StoragePath) async throws(StorageError) { try await base.remove(path) }

    func capacity() async throws(StorageError) -> StorageCapacity? { nil }
}
