//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryStorage

@Suite("Uploads that meet trouble", .timeLimit(.minutes(5)))
struct UploadFaultTests {
    /// Fails a verb from its n-th call on, until it is told to stop.
    private final class Trouble: Sendable {
        private let state: Mutex<Int?>
        private let verb: FaultyDriver.Verb
        private let code: StorageError.Code

        init(_ verb: FaultyDriver.Verb, _ code: StorageError.Code, after calls: Int = 0) {
            self.verb = verb
            self.code = code
            self.state = Mutex(calls)
        }

        func stop() { state.withLock { $0 = nil } }

        func fault(_ verb: FaultyDriver.Verb, _ path: StoragePath) -> StorageError? {
            guard verb == self.verb else { return nil }
            let fails = state.withLock { left in
                guard let calls = left else { return false }
                left = max(0, calls - 1)
                return calls == 0
            }
            return fails ? StorageError(code, "fault", path, cause: "made up") : nil
        }
    }

    private static let batches = (0..<5).map { number in [UInt8](repeating: UInt8(number), count: 1000 + number) }

    /// Appends all batches; a failure leaves the upload.
    private func append(_ batches: some Sequence<[UInt8]>, to id: UploadID, _ stores: Stores)
        async throws(RegistryError) -> Int64
    {
        var session = try await stores.uploads.resume(id, in: stores.name, .sha256)
        for batch in batches { try await session.append(ByteBuffer(bytes: batch)) }
        return try await session.suspend()
    }

    @Test("keep what was whole when the storage is full, and go on from there when it is not", arguments: 0..<5)
    func noSpace(fitting: Int) async throws {
        let trouble = Trouble(.write, .noSpace, after: fitting)
        let stores = try Stores(FaultyDriver(InMemoryDriver(), trouble.fault))
        let id = try await stores.uploads.begin(in: stores.name, at: .now)
        let error = await refusal { () throws(RegistryError) in try await append(Self.batches, to: id, stores) }
        #expect(error?.code == .storageFull)
        #expect(error?.status == 507)
        #expect(error?.cause?.contains("made up") == true)
        #expect(stores.events == ["storage_full"])
        #expect(stores.instruments.writesRefused.value == 1)
        #expect(stores.instruments.uploadsInProgress.value == 0)

        let kept = Int64(Self.batches.prefix(fitting).map(\.count).reduce(0, +))
        #expect(try await stores.uploads.offset(of: id, in: stores.name) == kept)
        trouble.stop()
        let size = try await append(Self.batches.dropFirst(fitting), to: id, stores)
        let whole = Self.batches.flatMap { $0 }
        #expect(size == Int64(whole.count))
        let session = try await stores.uploads.resume(id, in: stores.name, .sha256)
        #expect(try await session.commit(expecting: Digest.of(whole)).size == Int64(whole.count))
    }

    @Test(
        "answer with what it means for the client",
        arguments: [
            (StorageError.Code.noSpace, ErrorCode.storageFull, 507), (.readOnly, .unavailable, 503),
            (.failed, .unknown, 500),
            (.busy, .blobUploadInvalid, 409),
        ],
        [FaultyDriver.Verb.replace, .append, .write, .flush, .publish]
    )
    func answers(fault: (StorageError.Code, ErrorCode, Int), verb: FaultyDriver.Verb) async throws {
        let stores = try Stores(FaultyDriver(InMemoryDriver(), failing: [verb], with: fault.0))
        let error = await refusal { () throws(RegistryError) in try await stores.push([1, 2, 3]) }
        #expect(error?.code == fault.1)
        #expect(error?.status == fault.2)
        #expect(stores.instruments.uploadsInProgress.value == 0)
        #expect(stores.events == (fault.0 == .noSpace ? ["storage_full"] : []))
        // The client is told no path and no system error.
        #expect(error?.detail?.contains("/docker") == false)
        #expect(error?.detail?.contains("made up") == false)
    }

    @Test(
        "are kept when they cannot be published, and can be committed again",
        arguments: [FaultyDriver.Verb.publish, .flush]
    )
    func again(verb: FaultyDriver.Verb) async throws {
        let trouble = Trouble(verb, .failed)
        let stores = try Stores(FaultyDriver(InMemoryDriver(), trouble.fault))
        let id = try await stores.uploads.begin(in: stores.name, at: .now)
        let digest = Digest.of([1, 2, 3])
        func commit(_ bytes: [UInt8]) async throws(RegistryError) -> Descriptor {
            var session = try await stores.uploads.resume(id, in: stores.name, .sha256)
            if !bytes.isEmpty { try await session.append(ByteBuffer(bytes: bytes)) }
            return try await session.commit(expecting: digest)
        }
        #expect(await refusal { () throws(RegistryError) in try await commit([1, 2, 3]) }?.code == .unknown)
        #expect(try await !stores.blobs.exists(digest, in: stores.name))
        trouble.stop()
        #expect(try await commit([]).digest == digest)
        #expect(try await stores.blobs.exists(digest, in: stores.name))
    }

    @Test("succeed when only the cleaning up fails")
    func cleaning() async throws {
        let stores = try Stores(FaultyDriver(InMemoryDriver(), failing: [.remove], with: .failed))
        let digest = try await stores.push([1, 2, 3])
        #expect(try await stores.blobs.exists(digest, in: stores.name))
    }

    @Test("are left without a state when it cannot be saved, and go on all the same")
    func noState() async throws {
        let driver = FaultyDriver(InMemoryDriver()) { verb, path in
            verb == .replace && path.description.contains("hashstates") ? StorageError(.noSpace, "fault", path) : nil
        }
        let stores = try Stores(driver)
        let id = try await stores.uploads.begin(in: stores.name, at: .now)
        #expect(try await append([[1, 2]], to: id, stores) == 2)
        #expect(try await append([[3]], to: id, stores) == 3)
        let session = try await stores.uploads.resume(id, in: stores.name, .sha256)
        #expect(try await session.commit(expecting: Digest.of([1, 2, 3])).size == 3)
    }

    @Test("repair a blob of the wrong size, tell of it and count it", arguments: [0, 2, 4])
    func repair(previous: Int) async throws {
        let stores = try Stores()
        let digest = Digest.of([1, 2, 3])
        try await stores.driver.put([UInt8](repeating: 9, count: previous), at: DiskLayout.blob(digest))
        try await stores.push([1, 2, 3])
        #expect(try await stores.driver.bytes(DiskLayout.blob(digest)) == [1, 2, 3])
        #expect(stores.instruments.blobsRepaired.value == 1)
        let event = try #require(stores.observer.events.first)
        #expect(stores.events == ["blob_repaired"])
        #expect(event.severity == .warn)
        let fields = Dictionary(uniqueKeysWithValues: event.fields.map { ($0.key, "\($0.value)") })
        #expect(fields["digest"]?.contains(digest.description) == true)
        #expect(fields["size"]?.contains("3") == true)
        #expect(fields["previous_size"]?.contains("\(previous)") == true)
        // Once more, now of the right size: nothing to tell.
        try await stores.push([1, 2, 3])
        #expect(stores.instruments.blobsRepaired.value == 1)
    }
}
