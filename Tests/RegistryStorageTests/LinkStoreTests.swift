//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryStorage

@Suite("Links", .timeLimit(.minutes(5)))
struct LinkStoreTests {
    private static let path = StoragePath.root.appending("a/link")
    private static let digest = Digest.of([1])
    private static let long = Digest.of([1], .sha512)

    @Test("lead to the digest that they hold, as text without a line end")
    func follow() async throws {
        let stores = try Stores()
        for digest in [Self.digest, Self.long] {
            try await stores.links.set(Self.path, to: digest)
            #expect(try await stores.driver.bytes(Self.path) == Array(digest.description.utf8))
            #expect(try await stores.links.target(of: Self.path) == digest)
            #expect(try await stores.links.target(of: Self.path, named: digest) == digest)
        }
        #expect(stores.events.isEmpty)
        #expect(stores.instruments.linksMalformed.value == 0)
        #expect(stores.instruments.linksHealed.value == 0)
    }

    @Test("that are not there lead nowhere, and nothing is told of it")
    func missing() async throws {
        let stores = try Stores()
        #expect(try await stores.links.target(of: Self.path) == nil)
        #expect(stores.events.isEmpty)
        #expect(stores.instruments.linksMalformed.value == 0)
    }

    @Test(
        "that are empty or malformed lead nowhere, are counted and told of, and healed by the next push",
        arguments: [
            "", "\0", "x", "sha256:", "\(digest.description.dropLast())", "\(digest)0", "\(digest)\n", " \(digest)",
            "\(digest)\0",
            "\(digest.description.uppercased())", "md5:00000000000000000000000000000000", "../../etc/passwd",
            String(repeating: "x", count: 1024), String(repeating: "x", count: 1025),
            String(repeating: "x", count: 1_000_000),
        ]
    )
    func malformed(text: String) async throws {
        let stores = try Stores()
        try await stores.driver.put(Array(text.utf8), at: Self.path)
        #expect(try await stores.links.target(of: Self.path) == nil)
        #expect(stores.events == ["link_malformed"])
        #expect(stores.observer.events.first?.severity == .warn)
        #expect(stores.instruments.linksMalformed.value == 1)

        try await stores.links.set(Self.path, to: Self.digest)
        #expect(try await stores.links.target(of: Self.path) == Self.digest)
        // By its size alone a link of 71 bytes cannot be told from a good one.
        let isTold = text.utf8.count != 71 && text.utf8.count != 135
        #expect(stores.events == ["link_malformed"] + (isTold ? ["link_healed"] : []))
        #expect(stores.instruments.linksHealed.value == (isTold ? 1 : 0))
        #expect(stores.instruments.linksMalformed.value == 1)
    }

    @Test("that are not UTF-8 lead nowhere")
    func binary() async throws {
        let stores = try Stores()
        try await stores.driver.put([UInt8](repeating: 0xff, count: 71), at: Self.path)
        #expect(try await stores.links.target(of: Self.path) == nil)
        #expect(stores.instruments.linksMalformed.value == 1)
    }

    @Test("lead to their own digest, or to one of another algorithm")
    func otherDigest() async throws {
        let stores = try Stores()
        try await stores.links.set(Self.path, to: Self.digest)
        #expect(try await stores.links.target(of: Self.path, named: Digest.of([2])) == nil)
        #expect(stores.instruments.linksMalformed.value == 1)
        // Distribution names content pushed by sha512 by its sha256.
        #expect(try await stores.links.target(of: Self.path, named: Self.long) == Self.digest)
        #expect(stores.instruments.linksMalformed.value == 1)
    }

    @Test(
        "that the storage cannot tell of are not taken for absent",
        arguments: [StorageError.Code.failed, .busy, .noSpace, .readOnly]
    )
    func failures(code: StorageError.Code) async throws {
        let stores = try Stores(FaultyDriver(InMemoryDriver(), failing: [.read], with: code))
        let error = await refusal { () throws(RegistryError) in try await stores.links.target(of: Self.path) }
        #expect(error != nil)
        #expect((error?.status ?? 0) != 404)
        #expect(stores.instruments.linksMalformed.value == 0)
    }
}
