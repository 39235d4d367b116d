//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryObjectStorage
import RegistryTelemetry
import Synchronization
import Testing

@Suite("Secrets that are renewed", .timeLimit(.minutes(5)))
struct RenewedSecretTests {
    /// Gives out `1`, `2` and so on, each good for ten minutes, or fails.
    private final class Source: Sendable {
        private let state = Mutex<(count: Int, failure: ObjectStoreError?)>((0, nil))

        var count: Int { state.withLock { $0.count } }

        func fail(_ error: ObjectStoreError) { state.withLock { $0.failure = error } }

        func grant(_ time: WallTime) throws(ObjectStoreError) -> RenewedSecret<String>.Grant {
            let (count, failure) = state.withLock { state in
                state.count += 1
                return (state.count, state.failure)
            }
            if let failure { throw failure }
            return .init("\(count)", expiry: WallTime(microseconds: time.microseconds + 600_000_000))
        }
    }

    private static func minutes(_ count: Int64) -> WallTime { WallTime(microseconds: count * 60_000_000) }

    private static func make() -> (RenewedSecret<String>, Source) {
        let source = Source()
        return (RenewedSecret { time throws(ObjectStoreError) in try source.grant(time) }, source)
    }

    @Test("It is asked for once for all who need it, and again five minutes before it expires")
    func once() async throws {
        let (secret, source) = Self.make()
        let found = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await secret.secret(at: Self.minutes(0)) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(found == ["1"])
        #expect(try await secret.secret(at: Self.minutes(4)) == "1")
        #expect(try await secret.secret(at: Self.minutes(5)) == "2")
        #expect(source.count == 2)
    }

    @Test("One that was refused is dropped, and the one that came in its place is kept")
    func expired() async throws {
        let (secret, source) = Self.make()
        let used = try await secret.secret(at: Self.minutes(0))
        await secret.expire(used)
        #expect(try await secret.secret(at: Self.minutes(0)) == "2")
        // A second request was refused with the first secret, and tells of it late.
        await secret.expire(used)
        #expect(try await secret.secret(at: Self.minutes(0)) == "2")
        #expect(source.count == 2)
    }

    @Test("Where no other can be had, the one at hand is used to its end")
    func last() async throws {
        let (secret, source) = Self.make()
        _ = try await secret.secret(at: Self.minutes(0))
        source.fail(ObjectStoreError(.transient(.serverError), status: 500, "down"))
        #expect(try await secret.secret(at: Self.minutes(9)) == "1")
        // Who asks was told as often as is of use, so nobody tries again.
        let error = await #expect(throws: ObjectStoreError.self) { try await secret.secret(at: Self.minutes(10)) }
        #expect(error?.code == .failed && error?.status == 500)
    }

    @Test("A clock that was wrong, and has been set, is worth another try")
    func skew() async throws {
        let (secret, source) = Self.make()
        source.fail(ObjectStoreError(.transient(.clockSkew)))
        let error = await #expect(throws: ObjectStoreError.self) { try await secret.secret(at: Self.minutes(0)) }
        #expect(error?.trouble == .clockSkew)
    }
}
