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
import Synchronization
import Testing

@Suite(
    "The drivers over servers of Azure, Google Cloud Storage, OpenStack Swift and OSS that fail",
    .timeLimit(.minutes(10))
)
struct CloudFaultTests {
    enum Vendor: String, CaseIterable, Sendable {
        case azure, gcs, swift, oss
    }

    private static let faults = ["500", "503-SlowDown", "reset", "429", "cut", "long"]

    private static func path(_ components: String) -> StoragePath { .root.appending(components) }

    private static var policy: RequestGovernor.Policy {
        var policy = RequestGovernor.Policy()
        policy.firstPause = .milliseconds(1)
        policy.longestPause = .milliseconds(4)
        policy.tries = 30
        policy.budget = RetryBudget(most: 1_000_000)
        return policy
    }

    private typealias Configure = (inout ObjectStorageDriver.Settings) -> Void
    private typealias Made = (driver: ObjectStorageDriver, instruments: BackendInstruments)
    private typealias Make = (_ root: String, RequestGovernor.Policy, Configure) throws -> Made

    /// A server behind one that spoils requests, and what makes drivers for it.
    private static func with(
        _ vendor: Vendor,
        every: Int,
        _ faults: [String],
        _ body: (Make) async throws -> Void
    ) async throws {
        switch vendor {
        case .azure:
            try await AzureProcess.with { server in
                try await FaultyServer.with(server.port, every: every, faults) { proxy in
                    try await body { root, policy, configure in
                        let test = try AzureTestDriver(
                            server,
                            root: root,
                            .client(secret: AzureProcess.clientSecret),
                            port: proxy.port,
                            policy: policy,
                            configure
                        )
                        return (test.driver, test.instruments)
                    }
                }
            }
        case .gcs:
            try await GCSProcess.with { server in
                try await FaultyServer.with(server.port, every: every, faults) { proxy in
                    try await body { root, policy, configure in
                        let test = GCSTestDriver(
                            authority: "127.0.0.1:\(proxy.port)",
                            root: root,
                            identity: NumberedTokens(),
                            policy: policy,
                            configure
                        )
                        return (test.driver, test.instruments)
                    }
                }
            }
        case .swift:
            try await SwiftStoreProcess.with { server in
                try await FaultyServer.with(server.port, every: every, faults) { proxy in
                    try await body { root, policy, configure in
                        let test = SwiftTestDriver(
                            server,
                            prefix: root,
                            port: proxy.port,
                            policy: policy,
                            configure
                        )
                        return (test.driver, test.instruments)
                    }
                }
            }
        case .oss:
            try await OSSProcess.with { server in
                try await FaultyServer.with(server.port, every: every, faults) { proxy in
                    try await body { root, policy, configure in
                        let test = OSSTestDriver(
                            authority: "127.0.0.1:\(proxy.port)",
                            root: root,
                            policy: policy,
                            configure
                        )
                        return (test.driver, test.instruments)
                    }
                }
            }
        }
    }

    @Test("The contract is kept while one request of four is spoilt", arguments: Vendor.allCases)
    func conforms(_ vendor: Vendor) async throws {
        // Those that make thousands of requests to show that readers see no part would take minutes here.
        let rules = DriverConformance.cases.filter { rule in
            ![
                "a backslash", "readers never", "a thousand names", "of writers to one path", "of many that would",
                "content is put while", "lists are whole", "writers to many",
            ].contains { rule.name.hasPrefix($0) }
        }
        try await Self.with(vendor, every: 4, Self.faults) { make in
            for (number, rule) in rules.enumerated() {
                let test = try make("case-\(number)", Self.policy) { _ in }
                do {
                    try await rule.check { test.driver }
                } catch {
                    Issue.record("\(rule): \(error)")
                }
                await test.driver.shutDown()
            }
        }
    }

    @Test(
        "Large content is written, published and read while every third request is spoilt",
        arguments: Vendor.allCases
    )
    func large(_ vendor: Vendor) async throws {
        try await Self.with(vendor, every: 3, Self.faults) { make in
            let test = try make("large", Self.policy) { settings in
                settings.chunkBytes = 5 << 20
                settings.copyChunkBytes = 8 << 20
                settings.copyThresholdBytes = 0
            }
            let driver = test.driver
            try await driver.put([1], at: Self.path("a/started"))
            let whole = PseudorandomBytes.bytes(22_000_000, seed: 5)
            let batches = stride(from: 0, to: whole.count, by: 1_000_000).map { Array(whole[$0..<$0 + 1_000_000]) }
            #expect(try await driver.extend(Self.path("a/data"), by: batches).digest == Digest.of(whole))
            _ = try await driver.publish(Self.path("a/data"), as: Self.path("b/data"))
            let content = try await driver.open(Self.path("b/data"))
            #expect(try await content.hash(ContentHasher(.sha256), upTo: content.size).digest == Digest.of(whole))
            content.close()
            #expect(BackendTrouble.allCases.map { test.instruments.retries[$0].value }.reduce(0, +) > 3)
            await driver.shutDown()
        }
    }

    @Test("When nothing helps, it is given up in bounded time, and said why", arguments: Vendor.allCases)
    func hopeless(_ vendor: Vendor) async throws {
        try await Self.with(vendor, every: 1, ["503-SlowDown"]) { make in
            var policy = Self.policy
            policy.tries = 4
            let test = try make("", policy) { _ in }
            do {
                _ = try await test.driver.read(Self.path("a"), limit: 10)
                Issue.record("was read")
            } catch let error as StorageError {
                #expect(error.code == .failed && error.cause.contains("503"), "\(error)")
            }
            // What each vendor takes the answer for is its own matter.
            let (retries, failures) = (test.instruments.retries, test.instruments.failures)
            #expect(BackendTrouble.allCases.map { retries[$0].value }.reduce(0, +) == 3)
            #expect(BackendTrouble.allCases.map { failures[$0].value }.reduce(0, +) == 1)
            await test.driver.shutDown()
        }
    }

    @Test("A token that is refused is replaced by another", arguments: Vendor.allCases)
    func expired(_ vendor: Vendor) async throws {
        // The proxy counts requests for tokens where they go through it.
        try await Self.with(vendor, every: 3, [vendor == .oss ? "403-SecurityTokenExpired" : "401"]) { make in
            let test = try make("", RequestGovernor.Policy()) { _ in }
            for number in 0..<8 {
                let path = Self.path("a/\(number)")
                try await test.driver.put([UInt8(number)], at: path)
                #expect(try await test.driver.stat(path).size == 1)
                #expect(try await test.driver.bytes(path) == [UInt8(number)])
            }
            #expect(test.instruments.retries[.credentials].value >= 2)
            #expect(test.instruments.failures[.credentials].value == 0)
            await test.driver.shutDown()
        }
    }

    @Test("A token is replaced while large content is under way, and amid other faults", arguments: Vendor.allCases)
    func expiredWithin(_ vendor: Vendor) async throws {
        let faults = [vendor == .oss ? "403-SecurityTokenExpired" : "401", "500", "cut"]
        try await Self.with(vendor, every: 5, faults) { make in
            let test = try make("large", Self.policy) { settings in
                settings.chunkBytes = 1 << 20
                settings.segmentBytes = 4 << 20
                settings.copyChunkBytes = 2 << 20
                settings.copyThresholdBytes = 0
                // Side by side, two tries of one request may be those that the proxy spoils.
                settings.chunksInFlight = 1
                settings.copiesInFlight = 1
            }
            let driver = test.driver
            try await driver.put([1], at: Self.path("a/started"))
            let whole = PseudorandomBytes.bytes(9_000_000, seed: 6)
            let batches = stride(from: 0, to: whole.count, by: 1_000_000).map { Array(whole[$0..<$0 + 1_000_000]) }
            #expect(try await driver.extend(Self.path("a/data"), by: batches).digest == Digest.of(whole))
            _ = try await driver.publish(Self.path("a/data"), as: Self.path("b/data"))
            #expect(try await driver.bytes(Self.path("b/data")) == whole)
            #expect(test.instruments.retries[.credentials].value >= 1)
            #expect(test.instruments.failures[.credentials].value == 0)
            await driver.shutDown()
        }
    }

    @Test("What is forbidden fails at once, and what is allowed goes on", arguments: [Vendor.gcs, .oss])
    func forbidden(_ vendor: Vendor) async throws {
        try await Self.with(vendor, every: 3, ["403-AccessDenied"]) { make in
            let test = try make("", Self.policy) { _ in }
            var refusals = 0
            for number in 0..<12 {
                do {
                    try await test.driver.put([UInt8(number)], at: Self.path("a/\(number)"))
                } catch let error as StorageError {
                    #expect(error.code == .failed && error.cause.contains("AccessDenied"), "\(error)")
                    refusals += 1
                }
            }
            #expect((1..<12).contains(refusals))
            #expect(BackendTrouble.allCases.allSatisfy { test.instruments.retries[$0].value == 0 })
            await test.driver.shutDown()
        }
    }
}

/// Gives out another token each time.
private final class NumberedTokens: GCSIdentity {
    private let count = Atomic(0)

    func token(_ clock: StoreClock) async throws(ObjectStoreError) -> GCSToken {
        let number = count.add(1, ordering: .relaxed).newValue
        return GCSToken("token-\(number)", expiry: WallTime(microseconds: clock.now.microseconds + 3_600_000_000))
    }

    func account() async throws(ObjectStoreError) -> String? { nil }

    func sign(_ text: String, _ token: String) async throws(ObjectStoreError) -> [UInt8] {
        throw ObjectStoreError(.denied, "signs nothing")
    }
}
