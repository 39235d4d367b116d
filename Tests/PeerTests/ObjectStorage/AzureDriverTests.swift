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

@Suite("The driver over a blob service of Azure, whose signatures the vendor's SDK checks", .timeLimit(.minutes(20)))
struct AzureDriverTests {
    private static func path(_ components: String) -> StoragePath { .root.appending(components) }

    @Test("keeps the contract")
    func conforms() async throws {
        try await AzureProcess.with { server in
            for (number, rule) in DriverConformance.cases.enumerated() {
                let test = try AzureTestDriver(server, root: "case-\(number)")
                do { try await rule.check { test.driver } } catch { Issue.record("\(rule): \(error)") }
            }
        }
    }

    @Test(
        "lets in a client, a managed identity and a shared access signature",
        arguments: ["client", "managed", "signature"]
    )
    func access(_ kind: String) async throws {
        try await AzureProcess.with { server in
            let access: AzureTestDriver.Access =
                switch kind {
                case "client": .client(secret: AzureProcess.clientSecret)
                case "managed": .managed
                default: .signature(try await Self.signature())
                }
            let test = try AzureTestDriver(server, root: "root", access) { $0.copyThresholdBytes = 1000 }
            let whole = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            try await test.driver.put(whole, at: Self.path("a/b"))
            _ = try await test.driver.publish(Self.path("a/b"), as: Self.path("c/d"))
            #expect(try await test.driver.bytes(Self.path("c/d")) == whole)
            let url = try await test.driver.redirectURL(Self.path("c/d"), for: RedirectRequest(isHead: false))
            if kind == "signature" {
                // It would let clients do more than read one blob.
                #expect(url == nil)
            } else {
                try await Self.expectRead(try #require(url), whole, server.client())
            }
        }
    }

    /// A signature for the whole container, made by the vendor's SDK.
    private static func signature() async throws -> String {
        let script = """
            from azure.storage.blob import generate_container_sas
            from datetime import datetime, timedelta
            print(generate_container_sas("\(AzureProcess.account)", "\(AzureProcess.container)", \
            "\(AzureProcess.key)", permission="rwdlac", expiry=datetime.utcnow() + timedelta(hours=1)))
            """
        let python = ProjectFolder.path + "/.build/python/bin/python"
        return try await Tool.output(python, ["-c", script]).filter { !$0.isNewline }
    }

    /// What anybody gets at an address, and with another signature.
    private static func expectRead(_ url: String, _ bytes: [UInt8], _ http: BackendHTTP) async throws {
        let answer = try await http.send(BackendMessage("GET", url))
        #expect(answer.status == 200 && Array(answer.body.readableBytesView) == bytes)
        let tampered = try await http.send(BackendMessage("GET", url.replacing("c/d", with: "c/e")))
        #expect(tampered.status == 403)
    }

    @Test("is refused with another key or secret, and says so without it")
    func refused() async throws {
        try await AzureProcess.with { server in
            for access in [AzureTestDriver.Access.key("YW5vdGhlciBrZXk="), .client(secret: "another secret")] {
                let test = try AzureTestDriver(server, root: "", access)
                do {
                    try await test.driver.put([1], at: Self.path("a"))
                    Issue.record("was taken")
                } catch let error as StorageError {
                    #expect(error.code == .failed)
                    #expect(error.cause.contains("AuthenticationFailed") || error.cause.contains("invalid_client"))
                    #expect(!error.description.contains("another") && !error.description.contains("YW5v"))
                }
            }
        }
    }

    @Test("replaces and continues what distribution has appended to")
    func appendBlobs() async throws {
        try await AzureProcess.with { server in
            let test = try AzureTestDriver(server, root: "") { settings in
                settings.chunkBytes = 64 << 10
                settings.copyThresholdBytes = 1000
                settings.copyChunkBytes = 64 << 10
            }
            let name = try RepositoryName("some/repository")
            let id = UploadID()
            let data = DiskLayout.uploadData(name, id)
            try await test.driver.put([1], at: DiskLayout.uploadStart(name, id))
            let whole = [UInt8]((0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
            try await Self.append(150_000, to: data, server)
            let appender = try await test.driver.append(data)
            #expect(appender.initialSize == 150_000)
            try await appender.append(ByteBuffer(bytes: whole[150_000...]), hashing: ContentHasher(.sha256))
            _ = try await appender.flush()
            appender.close()
            #expect(try await test.driver.bytes(data) == whole)
            try await Self.append(3, to: Self.path("published"), server)
            #expect(try await test.driver.publish(data, as: Self.path("published")) == 3)
            #expect(try await test.driver.bytes(Self.path("published")) == whole)
            try await Self.append(300, to: Self.path("small"), server)
            _ = try await test.driver.publish(Self.path("small"), as: Self.path("moved"))
            #expect(try await test.driver.bytes(Self.path("moved")) == Array(whole[..<300]))
            // And the vendor's SDK reads what was written.
            let read = "print(hashlib.sha256(client.download_blob().readall()).hexdigest())"
            let digest = try await Self.sdk(read, Self.path("published"), server)
            #expect(digest == Digest.of(whole).hex)
        }
    }

    /// Appends the first bytes of the test's content by the vendor's SDK, as distribution's driver does.
    private static func append(_ count: Int, to path: StoragePath, _ server: AzureProcess) async throws {
        let content = "bytes((i * 31 + (i >> 8)) & 255 for i in range(\(count)))"
        _ = try await sdk("client.upload_blob(\(content), blob_type='AppendBlob')", path, server)
    }

    private static func sdk(_ line: String, _ path: StoragePath, _ server: AzureProcess) async throws -> String {
        try await server.sdk("client = container.get_blob_client('\(path.description.dropFirst())')\n\(line)")
    }

    @Test("Two that put the same object in parts at once both succeed")
    func sameObject() async throws {
        try await AzureProcess.with { server in
            let test = try AzureTestDriver(server, root: "")
            let store = test.store
            let whole = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
            try await store.put("source", ObjectBytes([ByteBuffer(bytes: whole)]), .none)
            let uploads = [try await store.begin("target", .none), try await store.begin("target", .none)]
            var parts: [[UploadedPart]] = [[], []]
            for (place, upload) in uploads.enumerated() {
                for number in 0..<4 {
                    let range = Int64(number) * 25_000..<Int64(number + 1) * 25_000
                    parts[place].append(
                        try await store.copyPart(number + 1, of: upload, from: "source", range, size: 25_000)
                    )
                }
            }
            #expect(try await store.uploads(under: "", after: nil).uploads.count == 2)
            #expect(try await store.parts(of: uploads[0]).count == 4)
            // Blocks of another upload stay.
            try await store.abort(uploads[0])
            #expect(try await store.uploads(under: "", after: nil).uploads.count == 2)
            try await store.complete(uploads[0], parts[0])
            // By that the blocks of the other are gone.
            #expect(try await store.parts(of: uploads[1]).isEmpty)
            try await store.complete(uploads[1], parts[1])
            #expect(try await test.driver.bytes(Self.path("target")) == whole)
            let given = try await store.begin("gone", .appended)
            _ = try await store.putPart(1, of: given, ObjectBytes([ByteBuffer(string: "x")]))
            #expect(try await store.uploads(under: "gone", after: nil).uploads.map(\.id) == [given.id])
            try await store.abort(given)
            #expect(try await store.uploads(under: "gone", after: nil).uploads.isEmpty)
            await #expect(throws: ObjectStoreError.self) { try await store.head("gone") }
        }
    }
}
