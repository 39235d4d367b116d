//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryObjectStorage
import RegistryTelemetry
import Testing

@Suite("When requests are made again", .timeLimit(.minutes(5)))
struct RequestGovernorTests {
    private let instruments = BackendInstruments()

    /// Makes a request that fails in one way after the other, and then succeeds.
    /// - Returns: how often it was made.
    private func run(_ troubles: [BackendTrouble]) async throws -> Int {
        var policy = RequestGovernor.Policy()
        policy.tries = 4
        policy.firstPause = .zero
        var tries = 0
        try await RequestGovernor(policy, driver: "s3aws", instruments).run(.put) { this throws(ObjectStoreError) in
            tries += 1
            if this.number < troubles.count { throw ObjectStoreError(.transient(troubles[this.number])) }
        }
        return tries
    }

    @Test("secrets and clock are put right once each, whatever went wrong before")
    func amended() async throws {
        #expect(try await run([.credentials]) == 2)
        #expect(try await run([.serverError, .slowDown, .credentials]) == 4)
        #expect(try await run([.connection, .clockSkew, .timeout]) == 4)
        #expect(instruments.failures[.credentials].value == 0)
        await #expect(throws: ObjectStoreError.self) { try await run([.credentials, .credentials]) }
        await #expect(throws: ObjectStoreError.self) { try await run([.credentials, .serverError, .credentials]) }
        #expect(instruments.failures[.credentials].value == 2)
    }

    @Test("what may pass by itself is tried as often as the policy says")
    func tries() async throws {
        #expect(try await run([.serverError, .slowDown, .connection]) == 4)
        await #expect(throws: ObjectStoreError.self) {
            try await run([.serverError, .slowDown, .connection, .timeout])
        }
        #expect(instruments.failures[.timeout].value == 1)
    }

    @Test("GitLab's names count every try again, and every answer that there were too many")
    func gitlab() async throws {
        #expect(try await run([.tooManyRequests, .serverError, .tooManyRequests]) == 4)
        #expect(instruments.retryTypes[.custom].value == 3 && instruments.retryTypes[.native].value == 0)
        #expect(instruments.rateLimited.value == 2)
    }
}
