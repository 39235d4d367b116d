//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryObjectStorage
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("The driver over OpenStack Swift", .timeLimit(.minutes(20)))
struct SwiftDriverTests {
    private static func path(_ components: String) -> StoragePath { .root.appending(components) }

    private static func sample(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    @Test("keeps the contract")
    func conforms() async throws {
        try await SwiftStoreProcess.with { server in
            for (number, rule) in DriverConformance.cases.enumerated() {
                let test = SwiftTestDriver(server, prefix: "case-\(number)")
                do { try await rule.check { test.driver } } catch { Issue.record("\(rule): \(error)") }
            }
        }
    }

    @Test("puts large content as segments and a manifest, and removes both")
    func large() async throws {
        try await SwiftStoreProcess.with { server in
            let test = SwiftTestDriver(server, prefix: "large") { settings in
                settings.chunkBytes = 1 << 20
                settings.segmentBytes = 3 << 20
                settings.copyThresholdBytes = 1 << 20
                settings.copyChunkBytes = 2 << 20
            }
            let whole = Self.sample(7_500_000)
            let batches = stride(from: 0, to: whole.count, by: 1 << 20).map {
                Array(whole[$0..<min($0 + 1 << 20, whole.count)])
            }
            try await test.driver.put([1], at: Self.path("a/started"))
            let end = try await test.driver.extend(Self.path("a/data"), by: batches)
            #expect(end.digest == Digest.of(whole))
            _ = try await test.driver.publish(Self.path("a/data"), as: Self.path("b/data"))
            #expect(try await test.driver.bytes(Self.path("b/data")) == whole)
            #expect(try await test.driver.stat(Self.path("b/data")).size == Int64(whole.count))
            // The segments of what was published are not taken for those of an upload, and others are gone.
            #expect(try await test.store.uploads(under: "large/", after: nil).uploads.isEmpty)
            let segments = ObjectListing("large/segments/")
            #expect(try await !test.store.list(segments).objects.isEmpty)
            let url = try #require(try await test.driver.redirectURL(Self.path("b/data"), for: RedirectRequest()))
            let answer = try await server.client().send(BackendMessage("GET", url))
            #expect(answer.status == 200 && answer.body.readableBytes == whole.count)
            let tampered = try await server.client().send(
                BackendMessage("GET", url.replacing("b/data", with: "b/other"))
            )
            #expect(tampered.status == 401)
            try await test.driver.remove(Self.path("b/data"))
            #expect(try await test.store.list(segments).objects.isEmpty)
        }
    }

    @Test("reads and continues the dynamic large objects that distribution has written, and removes all of them")
    func dynamic() async throws {
        try await SwiftStoreProcess.with { server in
            let test = SwiftTestDriver(server, prefix: "old")
            let whole = Self.sample(3_000_000)
            let name = try RepositoryName("some/repository")
            let id = UploadID()
            let data = DiskLayout.uploadData(name, id)
            try await test.driver.put([1], at: DiskLayout.uploadStart(name, id))
            let blob = Self.path("docker/registry/v2/blobs/data")
            for (path, segments) in [(data, "old/segments/abc/def"), (blob, "old/segments/0ab/cde")] {
                for number in 0..<2 {
                    let part = Array(whole[number * 1_000_000..<(number + 1) * 1_000_000])
                    let key = "\(segments)/000000000000000\(number + 1)"
                    try await test.store.put(key, ObjectBytes([ByteBuffer(bytes: part)]), .none)
                }
                try await Self.putManifest(server, path, segments)
            }
            #expect(try await test.driver.bytes(blob) == Array(whole[..<2_000_000]))
            #expect(try await test.driver.stat(data).size == 2_000_000)
            let appender = try await test.driver.append(data)
            #expect(appender.initialSize == 2_000_000)
            try await appender.append(ByteBuffer(bytes: whole[2_000_000...]), hashing: ContentHasher(.sha256))
            _ = try await appender.flush()
            appender.close()
            #expect(try await test.driver.bytes(data) == whole)
            #expect(try await test.store.list(ObjectListing("old/segments/abc")).objects.isEmpty)
            try await test.driver.remove(blob)
            #expect(try await test.store.list(ObjectListing("old/segments/0ab")).objects.isEmpty)
        }
    }

    /// A manifest as distribution puts it.
    private static func putManifest(_ server: SwiftStoreProcess, _ path: StoragePath, _ segments: String) async throws {
        let http = server.client()
        let account = [(name: "x-auth-user", value: SwiftStoreProcess.user), ("x-auth-key", SwiftStoreProcess.key)]
        let granted = try await http.send(BackendMessage("GET", server.authURL, headers: account))
        let (token, url) = (try #require(granted["X-Auth-Token"]), try #require(granted["X-Storage-Url"]))
        let headers = [
            (name: "x-auth-token", value: token),
            ("x-object-manifest", "\(SwiftStoreProcess.container)/\(segments)"),
        ]
        let address = "\(url)/\(SwiftStoreProcess.container)/old/files\(path)"
        #expect(try await http.send(BackendMessage("PUT", address, headers: headers)).status == 201)
    }

    @Test("finds uploads that nobody ended by their age, and is refused with another key")
    func unfinished() async throws {
        try await SwiftStoreProcess.with { server in
            let test = SwiftTestDriver(server, prefix: "u")
            try await test.driver.put([1], at: Self.path("a"))
            let key = "u/files/docker/registry/v2/repositories/a/_uploads/x/data"
            let upload = try await test.store.begin(key, .appended)
            _ = try await test.store.putPart(1, of: upload, ObjectBytes([ByteBuffer(string: "some bytes")]))
            #expect(try await test.store.parts(of: upload).map(\.size) == [10])
            let later = WallTime(microseconds: WallTime.now.microseconds + 60_000_000)
            #expect(try await test.driver.removeUnfinished(begunBefore: later, isDryRun: true).removed == 1)
            #expect(try await test.driver.removeUnfinished(begunBefore: later, isDryRun: false).removed == 1)
            #expect(try await test.driver.removeUnfinished(begunBefore: later, isDryRun: false).removed == 0)
            let wrong = SwiftTestDriver(server, prefix: "u", key: "another key")
            do {
                try await wrong.driver.put([1], at: Self.path("a"))
                Issue.record("was taken")
            } catch let error as StorageError {
                #expect(error.code == .failed && error.cause.contains("401"))
                #expect(!error.description.contains("another key"))
            }
        }
    }
}
