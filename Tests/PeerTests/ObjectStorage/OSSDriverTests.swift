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
import RegistryTestKit
import Testing

@Suite("The driver over a server of Aliyun OSS", .timeLimit(.minutes(20)))
struct OSSDriverTests {
    private static func path(_ components: String) -> StoragePath { .root.appending(components) }

    private static func sample(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
    }

    @Test("keeps the contract, with either signature", arguments: [true, false])
    func conforms(_ hasVersion4: Bool) async throws {
        try await OSSProcess.with { server in
            for (number, rule) in DriverConformance.cases.enumerated() {
                let test = OSSTestDriver(authority: server.authority, root: "case-\(number)", hasVersion4: hasVersion4)
                do {
                    try await rule.check { test.driver }
                } catch {
                    Issue.record("\(rule): \(error)")
                }
                await test.driver.shutDown()
            }
        }
    }

    @Test("puts large content in parts side by side, and copies it by parts", arguments: [true, false])
    func large(_ hasVersion4: Bool) async throws {
        try await OSSProcess.with { server in
            let test = OSSTestDriver(authority: server.authority, root: "large", hasVersion4: hasVersion4) { settings in
                settings.chunkBytes = 1 << 20
                settings.segmentBytes = 4 << 20
                settings.copyChunkBytes = 3 << 20
                settings.copyThresholdBytes = 1 << 20
            }
            let driver = test.driver
            try await driver.put([1], at: Self.path("a/started"))
            let whole = Self.sample(21 << 20)
            let batches = stride(from: 0, to: whole.count, by: 1 << 20).map { Array(whole[$0..<$0 + 1 << 20]) }
            let end = try await driver.extend(Self.path("a/data"), by: batches)
            #expect(end.size == Int64(whole.count))
            _ = try await driver.publish(Self.path("a/data"), as: Self.path("b/data"))
            let content = try await driver.open(Self.path("b/data"))
            let hashed = try await content.hash(ContentHasher(.sha256), upTo: content.size)
            #expect(hashed.digest == Digest.of(whole))
            content.close()
            #expect(try await driver.list(Self.path("a"), after: nil, limit: .max).map(\.name) == ["started"])
            await driver.shutDown()
        }
    }

    @Test("gives out addresses that anybody may use for a time, and nobody may change", arguments: [true, false])
    func addresses(_ hasVersion4: Bool) async throws {
        try await OSSProcess.with { server in
            let test = OSSTestDriver(authority: server.authority, hasVersion4: hasVersion4)
            try await test.driver.put(Array("content".utf8), at: Self.path("a/ü +&b"))
            let http = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
            for method in SignedMethod.allCases {
                let url = try #require(
                    try await test.store.signedURL("a/ü +&b", method, validFor: .seconds(1200))
                )
                let answer = try await http.send(BackendMessage(method.rawValue, url))
                #expect(answer.status == 200 && answer.length == 7)
                #expect(method == .head || String(buffer: answer.body) == "content")
                let other = url.replacing("/a/", with: "/b/")
                #expect(try await http.send(BackendMessage(method.rawValue, other)).status == 403)
                #expect(
                    !url.contains(OSSProcess.keySecret) && !url.contains(PercentCoding.encode(OSSProcess.keySecret))
                )
            }
            let past = try #require(try await test.store.signedURL("a/ü +&b", .get, validFor: .seconds(-10)))
            #expect(try await http.send(BackendMessage("GET", past)).status == 403)
            await http.shutDown()
            await test.driver.shutDown()
        }
    }

    @Test("is refused with another key, and says so without it", arguments: [true, false])
    func refused(_ hasVersion4: Bool) async throws {
        try await OSSProcess.with { server in
            let credentials = S3Credentials(OSSProcess.keyID, "another secret")
            let test = OSSTestDriver(authority: server.authority, credentials: credentials, hasVersion4: hasVersion4)
            do {
                try await test.driver.put([1], at: Self.path("a"))
                Issue.record("was taken")
            } catch let error as StorageError {
                #expect(error.code == .failed && error.cause.contains("SignatureDoesNotMatch"))
                #expect(!error.description.contains("another secret"))
            }
            await test.driver.shutDown()
        }
    }
}
