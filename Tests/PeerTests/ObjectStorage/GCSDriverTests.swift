//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RegistryModel
import RegistryObjectStorage
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("The driver over a server of Google Cloud Storage", .timeLimit(.minutes(20)))
struct GCSDriverTests {
    private static func path(_ components: String) -> StoragePath { .root.appending(components) }

    private static func sample(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
    }

    @Test("keeps the contract")
    func conforms() async throws {
        try await GCSProcess.with { server in
            for (number, rule) in DriverConformance.cases.enumerated() {
                let test = GCSTestDriver(authority: server.address, root: "case-\(number)")
                do {
                    try await rule.check { test.driver }
                } catch {
                    Issue.record("\(rule): \(error)")
                }
                await test.driver.shutDown()
            }
        }
    }

    @Test("composes large content of many parts, and leaves none of them", arguments: [Int64(16 << 20), 300_000])
    func large(_ resumableBytes: Int64) async throws {
        try await GCSProcess.with { server in
            // 120 parts, and so two rounds.
            let test = GCSTestDriver(authority: server.address, root: "large", resumableBytes: resumableBytes) {
                settings in
                settings.chunkBytes = 256 << 10
                settings.segmentBytes = 25 << 20
            }
            let driver = test.driver
            try await driver.put([1], at: Self.path("a/started"))
            let whole = Self.sample(30 << 20)
            let batches = stride(from: 0, to: whole.count, by: 1 << 20).map { Array(whole[$0..<$0 + 1 << 20]) }
            let end = try await driver.extend(Self.path("a/data"), by: batches)
            #expect(end.size == Int64(whole.count))
            #expect(try await driver.stat(Self.path("a/data")).size == end.size)
            _ = try await driver.publish(Self.path("a/data"), as: Self.path("b/data"))
            let content = try await driver.open(Self.path("b/data"))
            let hashed = try await content.hash(ContentHasher(.sha256), upTo: content.size)
            #expect(hashed.digest == Digest.of(whole))
            let part = try await content.read(at: 20_000_001, count: 100)
            #expect(Array(part.readableBytesView) == Array(whole[20_000_001..<20_000_101]))
            content.close()
            let left = try await test.store.list(ObjectListing("large/"))
            #expect(left.objects.map(\.key) == ["large/a/started", "large/b/data"])
            await driver.shutDown()
        }
    }

    @Test("Parts that nobody composes are found by their age, and removed")
    func unfinished() async throws {
        try await GCSProcess.with { server in
            let test = GCSTestDriver(authority: server.address, root: "root")
            let keys = ["_uploads/x/data", "_uploads/y~1/data"].map { "root/docker/registry/v2/repositories/a/" + $0 }
            for key in keys {
                let upload = try await test.store.begin(key, .appended)
                for number in 1...3 {
                    let bytes = ObjectBytes([ByteBuffer(bytes: Self.sample(1000 * number))])
                    _ = try await test.store.putPart(number, of: upload, bytes)
                }
            }
            let page = try await test.store.uploads(under: "root/docker/registry/v2/", after: nil)
            #expect(page.uploads.map(\.key).sorted() == keys)
            for upload in page.uploads {
                #expect(try await test.store.parts(of: upload).map(\.size) == [1000, 2000, 3000])
            }
            #expect(try await test.store.uploads(under: "root/docker/registry/v3/", after: nil).uploads.isEmpty)
            let past = WallTime(microseconds: WallTime.now.microseconds - 3_600_000_000)
            let young = try await test.driver.removeUnfinished(begunBefore: past, isDryRun: false)
            #expect(young.removed == 0 && young.left == 2)
            let last = try await test.driver.removeUnfinished(begunBefore: .now, isDryRun: false)
            #expect(last.removed == 2 && last.left == 0)
            #expect(try await test.store.list(ObjectListing("")).objects.isEmpty)
            await test.driver.shutDown()
        }
    }

    @Test("An upload that distribution has begun goes on: the session's bytes, and those beside it")
    func adopted() async throws {
        try await GCSProcess.with { server in
            let test = GCSTestDriver(authority: server.address)
            let (name, id) = (try RepositoryName("some/repository"), UploadID())
            let (data, start) = (DiskLayout.uploadData(name, id), DiskLayout.uploadStart(name, id))
            try await test.driver.put([1], at: start)
            let whole = Self.sample(900_000)
            try await Foreign(server).begin(
                String(data.description.dropFirst()),
                whole[..<524_288],
                whole[524_288..<600_000]
            )
            #expect(try await test.driver.stat(data).size == 600_000)
            let code = await failure { () throws(StorageError) in try await test.driver.read(data, limit: 1 << 20) }
            #expect(code == .notFound)
            let appender = try await test.driver.append(data)
            #expect(appender.initialSize == 600_000)
            #expect(try await test.driver.bytes(data) == Array(whole[..<600_000]))
            try await appender.append(ByteBuffer(bytes: whole[600_000...]), hashing: ContentHasher(.sha256))
            _ = try await appender.flush()
            appender.close()
            #expect(try await test.driver.bytes(data) == whole)
            await test.driver.shutDown()
        }
    }

    @Test("An upload that distribution has begun goes with its folder, and by its own name")
    func foreignRemoved() async throws {
        try await GCSProcess.with { server in
            let test = GCSTestDriver(authority: server.address)
            let name = try RepositoryName("some/repository")
            for removesFolder in [true, false] {
                let data = DiskLayout.uploadData(name, UploadID())
                let bytes = Self.sample(300_000)
                try await Foreign(server).begin(
                    String(data.description.dropFirst()),
                    bytes[..<262_144],
                    bytes[262_144...]
                )
                try await test.driver.remove(removesFolder ? data.parent : data)
                #expect(try await !test.driver.holds(data))
                #expect(try await test.store.list(ObjectListing("docker/")).objects.isEmpty)
            }
            await test.driver.shutDown()
        }
    }

    /// What distribution's driver does for an upload that is not complete.
    private struct Foreign {
        private let base: String
        private let http = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)

        init(_ server: GCSProcess) { base = "http://\(server.address)/upload/storage/v1/b/\(GCSProcess.bucket)/o" }

        func begin(_ key: String, _ first: ArraySlice<UInt8>, _ rest: ArraySlice<UInt8>) async throws {
            let name = PercentCoding.encode(key)
            let opened = try await http.send(
                BackendMessage(
                    "POST",
                    "\(base)?uploadType=resumable&name=\(name)",
                    headers: [("x-upload-content-type", "application/octet-stream")]
                )
            )
            let address = try #require(opened["Location"])
            let range = "bytes 0-\(first.count - 1)/*"
            let sent = try await http.send(
                BackendMessage(
                    "PUT",
                    address,
                    headers: [("content-range", range), ("content-type", "application/octet-stream")],
                    body: ObjectBytes([ByteBuffer(bytes: first)])
                )
            )
            #expect(sent.status == 308)
            let resource = """
                {"contentType":"application/x-docker-upload-session",\
                "metadata":{"Session-URI":"\(address)","Offset":"\(first.count)"}}
                """
            var body = ByteBuffer(string: "--b\r\ncontent-type: application/json\r\n\r\n\(resource)\r\n")
            body.writeString("--b\r\ncontent-type: application/x-docker-upload-session\r\n\r\n")
            body.writeBytes(rest)
            body.writeString("\r\n--b--\r\n")
            let put = try await http.send(
                BackendMessage(
                    "POST",
                    "\(base)?uploadType=multipart&name=\(name)",
                    headers: [("content-type", "multipart/related; boundary=b")],
                    body: ObjectBytes([body])
                )
            )
            #expect(put.status == 200)
            await http.shutDown()
        }
    }
}
