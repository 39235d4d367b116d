//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryStorage

@Suite("Uploads", .timeLimit(.minutes(5)))
struct UploadTests {
    private static let first = HashSamples.bytes(100_000)
    private static let second = Array(HashSamples.bytes(70_001).reversed())

    /// Appends bytes in some batches and leaves the upload for later.
    private func append(
        _ bytes: [UInt8],
        to id: UploadID,
        _ stores: Stores,
        _ algorithm: DigestAlgorithm = .sha256
    ) async throws -> Int64 {
        var session = try await stores.uploads.resume(id, in: stores.name, algorithm)
        for start in stride(from: 0, to: bytes.count, by: 30_000) {
            try await session.append(ByteBuffer(bytes: bytes[start..<min(start + 30_000, bytes.count)]))
        }
        return try await session.suspend()
    }

    private func commit(
        _ id: UploadID,
        as digest: Digest,
        _ stores: Stores
    ) async throws(RegistryError) -> Descriptor {
        let session = try await stores.uploads.resume(id, in: stores.name, digest.algorithm)
        return try await session.commit(expecting: digest)
    }

    @Test("begin with the time at which they began, and with no bytes")
    func begin() async throws {
        let stores = try Stores()
        let id = try await stores.uploads.begin(in: stores.name, at: WallTime(microseconds: 1_700_000_000_123_456))
        let text = try await stores.driver.bytes(DiskLayout.uploadStart(stores.name, id))
        #expect(String(decoding: text, as: UTF8.self) == "2023-11-14T22:13:20Z")
        #expect(try await stores.uploads.offset(of: id, in: stores.name) == 0)
        #expect(try await append([], to: id, stores) == 0)
        #expect(try await stores.uploads.offset(of: id, in: stores.name) == 0)
    }

    @Test("become blobs of their repository, and leave nothing else", arguments: DigestAlgorithm.allCases)
    func commit(algorithm: DigestAlgorithm) async throws {
        let folder = try TemporaryFolder()
        let stores = try Stores(FilesystemDriver(root: folder.path, pool: .forTests))
        let digest = try await stores.push(Self.first, algorithm)
        let content = try await stores.blobs.open(digest, in: stores.name)
        #expect(Array(try await content.read(at: 0, count: 1 << 20).readableBytesView) == Self.first)
        content.close()
        let files = try folder.files()
        #expect(files.count == 2)
        #expect(files[String(DiskLayout.blob(digest).description.dropFirst())] == Self.first)
        let link = DiskLayout.layerLink(stores.name, digest).description.dropFirst()
        #expect(files[String(link)] == Array(digest.description.utf8))
        #expect(stores.instruments.uploadsInProgress.value == 0)
        #expect(stores.events.isEmpty)
    }

    @Test("of no bytes at all become the empty blob")
    func empty() async throws {
        let stores = try Stores()
        let digest = try await stores.push([])
        #expect(try await stores.blobs.size(of: digest, in: stores.name) == 0)
    }

    @Test("go on after a restart, from the saved state", arguments: DigestAlgorithm.allCases)
    func restart(algorithm: DigestAlgorithm) async throws {
        let folder = try TemporaryFolder()
        func restarted() throws -> Stores { try Stores(FilesystemDriver(root: folder.path, pool: .forTests)) }
        let before = try restarted()
        let id = try await before.uploads.begin(in: before.name, at: .now)
        #expect(try await append(Self.first, to: id, before, algorithm) == 100_000)
        let states = DiskLayout.hashStates(before.name, id, algorithm)
        #expect(try await before.driver.list(states, after: nil, limit: .max).map(\.name) == ["100000"])

        let middle = try restarted()
        #expect(try await middle.uploads.offset(of: id, in: middle.name) == 100_000)
        #expect(try await append(Self.second, to: id, middle, algorithm) == 170_001)

        let after = try restarted()
        let digest = Digest.of(Self.first + Self.second, algorithm)
        let descriptor = try await commit(id, as: digest, after)
        #expect(descriptor == Descriptor(mediaType: .octetStream, digest: digest, size: 170_001))
        #expect(try await after.driver.bytes(DiskLayout.blob(digest)) == Self.first + Self.second)
        #expect(try await !after.driver.holds(DiskLayout.upload(after.name, id)))
    }

    @Test("go on without a state, and with another algorithm than they began with")
    func otherAlgorithm() async throws {
        let stores = try Stores()
        let id = try await stores.uploads.begin(in: stores.name, at: .now)
        _ = try await append(Self.first, to: id, stores, .sha256)
        let digest = Digest.of(Self.first, .sha512)
        #expect(try await commit(id, as: digest, stores).digest == digest)
    }

    @Test("whose content is not what was said are refused and gone")
    func mismatch() async throws {
        let stores = try Stores()
        let id = try await stores.uploads.begin(in: stores.name, at: .now)
        _ = try await append(Self.first, to: id, stores)
        let wrong = Digest.of(Self.second)
        let error = await refusal { () throws(RegistryError) in try await commit(id, as: wrong, stores) }
        #expect(error?.code == .digestInvalid)
        #expect(try await !stores.driver.holds(DiskLayout.upload(stores.name, id)))
        #expect(try await !stores.driver.holds(DiskLayout.blob(wrong)))
        #expect(try await !stores.driver.holds(DiskLayout.blob(Digest.of(Self.first))))
        #expect(try await !stores.blobs.exists(wrong, in: stores.name))
        let gone = await refusal { () throws(RegistryError) in try await stores.uploads.offset(of: id, in: stores.name)
        }
        #expect(gone?.code == .blobUploadUnknown)
        #expect(stores.instruments.uploadsInProgress.value == 0)
    }

    @Test("that nobody began are unknown, and so are those of another repository")
    func unknown() async throws {
        let stores = try Stores()
        let other = try RepositoryName("other")
        let id = try await stores.uploads.begin(in: stores.name, at: .now)
        for (id, name) in [(UploadID(), stores.name), (id, other)] {
            let offset = await refusal { () throws(RegistryError) in try await stores.uploads.offset(of: id, in: name) }
            let resumed = await refusal { () throws(RegistryError) in
                try await stores.uploads.resume(id, in: name, .sha256).suspend()
            }
            let cancelled = await refusal { () throws(RegistryError) in try await stores.uploads.cancel(id, in: name) }
            #expect(
                [offset, resumed, cancelled].map { $0?.code } == [
                    .blobUploadUnknown, .blobUploadUnknown, .blobUploadUnknown,
                ]
            )
        }
    }

    @Test("are gone when they are cancelled")
    func cancel() async throws {
        let stores = try Stores()
        let id = try await stores.uploads.begin(in: stores.name, at: .now)
        _ = try await append(Self.first, to: id, stores)
        try await stores.uploads.cancel(id, in: stores.name)
        #expect(try await !stores.driver.holds(DiskLayout.upload(stores.name, id)))
        let again = await refusal { () throws(RegistryError) in try await stores.uploads.cancel(id, in: stores.name) }
        #expect(again?.code == .blobUploadUnknown)
    }

    @Test("that are cancelled while a request writes to them stay gone")
    func cancelledMeanwhile() async throws {
        let stores = try Stores()
        let id = try await stores.uploads.begin(in: stores.name, at: .now)
        var session = try await stores.uploads.resume(id, in: stores.name, .sha256)
        try await session.append(ByteBuffer(bytes: Self.first))
        try await stores.uploads.cancel(id, in: stores.name)
        let writer = try await suspension(session)
        #expect(writer?.code == .blobUploadUnknown)
        #expect(try await !stores.driver.holds(DiskLayout.upload(stores.name, id)))
    }

    /// What the end of a session is refused for.
    private func suspension(_ session: consuming UploadSession) async throws -> RegistryError? {
        do throws(RegistryError) {
            _ = try await session.suspend()
            return nil
        } catch {
            return error
        }
    }

    @Test("are written to by one request at a time; the other gets 409")
    func conflict() async throws {
        let stores = try Stores()
        let id = try await stores.uploads.begin(in: stores.name, at: .now)
        var session = try await stores.uploads.resume(id, in: stores.name, .sha256)
        #expect(stores.instruments.uploadsInProgress.value == 1)
        let error = await refusal { () throws(RegistryError) in
            try await stores.uploads.resume(id, in: stores.name, .sha256).suspend()
        }
        #expect(error?.status == 409)
        #expect(error?.code == .blobUploadInvalid)
        try await session.append(ByteBuffer(bytes: [1]))
        #expect(try await session.suspend() == 1)
        #expect(stores.instruments.uploadsInProgress.value == 0)
        #expect(try await append([2], to: id, stores) == 2)
    }

    @Test("keep the bytes of a session that was dropped")
    func dropped() async throws {
        let stores = try Stores()
        let id = try await stores.uploads.begin(in: stores.name, at: .now)
        func drop() async throws {
            var session = try await stores.uploads.resume(id, in: stores.name, .sha256)
            try await session.append(ByteBuffer(bytes: Self.first))
            #expect(session.offset == 100_000)
            #expect(session.id == id)
        }
        try await drop()
        #expect(stores.instruments.uploadsInProgress.value == 0)
        #expect(try await append(Self.second, to: id, stores) == 170_001)
        _ = try await commit(id, as: Digest.of(Self.first + Self.second), stores)
    }
}
