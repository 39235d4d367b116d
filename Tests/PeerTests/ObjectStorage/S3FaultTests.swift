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

@Suite("The driver over an S3 server that fails", .timeLimit(.minutes(10)))
struct S3FaultTests {
    private static let faults = ["500", "503-SlowDown", "reset", "429", "cut", "long"]

    private static func path(_ components: String) -> StoragePath { .root.appending(components) }

    @Test("keeps the contract while one request of four is spoilt")
    func conforms() async throws {
        try await SeaweedProcess.with { server in
            try await FaultyServer.with(server.port, every: 4, Self.faults) { proxy in
                var policy = RequestGovernor.Policy()
                policy.firstPause = .milliseconds(1)
                policy.longestPause = .milliseconds(4)
                policy.tries = 20
                policy.budget = RetryBudget(most: 1_000_000)
                // Those that make thousands of requests to show that readers see no part would take minutes here.
                let rules = DriverConformance.cases.filter { rule in
                    !["a backslash", "readers never", "a thousand names", "of writers to one path"].contains {
                        rule.name.hasPrefix($0)
                    }
                }
                for (number, rule) in rules.enumerated() {
                    let test = S3TestDriver(port: proxy.port, root: "case-\(number)", policy: policy)
                    do {
                        try await rule.check { test.driver }
                    } catch {
                        Issue.record("\(rule): \(error)")
                    }
                    await test.driver.shutDown()
                }
            }
        }
    }

    @Test("reads and writes large content while every second request is spoilt")
    func large() async throws {
        try await SeaweedProcess.with { server in
            try await FaultyServer.with(server.port, every: 2, Self.faults) { proxy in
                var policy = RequestGovernor.Policy()
                policy.firstPause = .milliseconds(1)
                policy.tries = 30
                let test = S3TestDriver(port: proxy.port, root: "large", policy: policy) { settings in
                    settings.chunkBytes = 5 << 20
                    settings.copyChunkBytes = 8 << 20
                    settings.copyThresholdBytes = 0
                }
                let driver = test.driver
                try await driver.put([1], at: Self.path("a/started"))
                let whole = PseudorandomBytes.bytes(33_000_000, seed: 5)
                let batches = stride(from: 0, to: whole.count, by: 1_000_000).map { Array(whole[$0..<$0 + 1_000_000]) }
                #expect(try await driver.extend(Self.path("a/data"), by: batches).digest == Digest.of(whole))
                _ = try await driver.publish(Self.path("a/data"), as: Self.path("b/data"))
                let content = try await driver.open(Self.path("b/data"))
                #expect(try await content.hash(ContentHasher(.sha256), upTo: content.size).digest == Digest.of(whole))
                content.close()
                #expect(BackendTrouble.allCases.map { test.instruments.retries[$0].value }.reduce(0, +) > 5)
                await driver.shutDown()
            }
        }
    }

    @Test("replaces credentials that have expired, which HEAD is not told")
    func expired() async throws {
        try await SeaweedProcess.with { server in
            try await FaultyServer.with(server.port, every: 3, ["400-ExpiredToken"]) { proxy in
                let test = S3TestDriver(port: proxy.port, root: "")
                for number in 0..<8 {
                    let path = Self.path("a/\(number)")
                    try await test.driver.put([UInt8(number)], at: path)
                    #expect(try await test.driver.stat(path).size == 1)
                    #expect(try await test.driver.bytes(path) == [UInt8(number)])
                }
                #expect(test.instruments.retries[.credentials].value >= 4)
                #expect(test.instruments.failures[.credentials].value == 0)
                await test.driver.shutDown()
            }
        }
    }

    @Test("gives up when nothing helps, in bounded time, and says why")
    func hopeless() async throws {
        try await SeaweedProcess.with { server in
            try await FaultyServer.with(server.port, every: 1, ["503-SlowDown"]) { proxy in
                var policy = RequestGovernor.Policy()
                policy.firstPause = .milliseconds(1)
                policy.tries = 4
                let test = S3TestDriver(port: proxy.port, root: "", policy: policy)
                do {
                    _ = try await test.driver.read(Self.path("a"), limit: 10)
                    Issue.record("was read")
                } catch let error as StorageError {
                    #expect(error.code == .failed)
                    #expect(error.cause.contains("SlowDown"))
                }
                #expect(test.instruments.retries[.slowDown].value == 3)
                #expect(test.instruments.failures[.slowDown].value == 1)
                await test.driver.shutDown()
            }
        }
    }
}
