//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryObjectStorage
import RegistryStorage
import RegistryTestKit
import Testing

@Suite("The driver over real S3 servers", .timeLimit(.minutes(20)))
struct S3DriverTests {
    private static func path(_ components: String) -> StoragePath { .root.appending(components) }

    @Test("keeps the contract", arguments: S3TestServer.Program.allCases)
    func conforms(_ program: S3TestServer.Program) async throws {
        try await S3TestServer.with(program) { server in
            // SeaweedFS takes a backslash for a slash.
            let rules = DriverConformance.cases.filter {
                program != .seaweed || $0.name != "a backslash is a character of a name"
            }
            #expect(rules.count == DriverConformance.cases.count - (program == .seaweed ? 1 : 0))
            for (number, rule) in rules.enumerated() {
                let test = S3TestDriver(port: server.port, root: "case-\(number)")
                do {
                    try await rule.check { test.driver }
                } catch {
                    Issue.record("\(rule): \(error)")
                }
                await test.driver.shutDown()
            }
        }
    }

    @Test("puts large content in parts side by side, and copies it by parts", arguments: S3TestServer.Program.allCases)
    func large(_ program: S3TestServer.Program) async throws {
        try await S3TestServer.with(program) { server in
            let test = S3TestDriver(port: server.port, root: "large") { settings in
                settings.chunkBytes = 5 << 20
                settings.segmentBytes = 20 << 20
                settings.copyChunkBytes = 16 << 20
            }
            let driver = test.driver
            try await driver.put([1], at: Self.path("a/started"))
            let whole = (0..<(53 << 20) / 4).flatMap { number -> [UInt8] in
                let word = UInt32(truncatingIfNeeded: number &* 2_654_435_761)
                return [UInt8(word & 255), UInt8(word >> 8 & 255), UInt8(word >> 16 & 255), UInt8(word >> 24)]
            }
            let batches = stride(from: 0, to: whole.count, by: 1 << 20).map {
                Array(whole[$0..<min($0 + 1 << 20, whole.count)])
            }
            let end = try await driver.extend(Self.path("a/data"), by: batches)
            #expect(end.size == Int64(whole.count))
            #expect(end.digest == Digest.of(whole))
            _ = try await driver.publish(Self.path("a/data"), as: Self.path("b/data"))
            let content = try await driver.open(Self.path("b/data"))
            let hashed = try await content.hash(ContentHasher(.sha256), upTo: content.size)
            #expect(hashed.digest == end.digest)
            let part = try await content.read(at: 30_000_001, count: 100)
            #expect(Array(part.readableBytesView) == Array(whole[30_000_001..<30_000_101]))
            content.close()
            #expect(try await driver.list(Self.path("a"), after: nil, limit: .max).map(\.name) == ["started"])
            await driver.shutDown()
        }
    }

    @Test("is refused with another key, and says so without it", arguments: S3TestServer.Program.allCases)
    func refused(_ program: S3TestServer.Program) async throws {
        try await S3TestServer.with(program) { server in
            let credentials = S3Credentials(S3TestServer.accessKey, "another secret")
            let test = S3TestDriver(port: server.port, root: "", credentials: credentials)
            do {
                try await test.driver.put([1], at: Self.path("a"))
                Issue.record("was taken")
            } catch let error as StorageError {
                #expect(error.code == .failed)
                #expect(error.cause.contains("SignatureDoesNotMatch"))
                #expect(!error.description.contains("another secret"))
            }
            await test.driver.shutDown()
        }
    }
}
