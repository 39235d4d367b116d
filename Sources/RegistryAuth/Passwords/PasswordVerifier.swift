//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
import RegistryTelemetry
import Synchronization

/// Verifies passwords on threads of its own, since each takes tens of milliseconds of a processor.
///
/// Those who send the same credentials at the same time wait for one answer, so that a cluster that signs in at once costs
/// as much as one machine of it. When too many wait, further ones are turned away at once.
final class PasswordVerifier: Sendable {
    typealias Key = CredentialCache<Principal>.Key

    private let threads: NIOThreadPool
    private let instruments: AuthInstruments
    private let maximumPending: Int
    private let pending = Mutex([Key: [UnsafeContinuation<Bool, Never>]]())

    /// Starts the threads.
    /// - Parameter maximumPending: different credentials that may wait.
    init(threads: Int, maximumPending: Int, instruments: AuthInstruments) {
        self.threads = NIOThreadPool(numberOfThreads: threads)
        self.maximumPending = maximumPending
        self.instruments = instruments
        self.threads.start()
    }

    deinit {
        threads.shutdownGracefully { _ in }
    }

    private enum Turn { case first, joined, refused }

    /// Whether a password is that of a hash.
    /// - Parameters:
    ///   - key: of the credentials.
    ///   - remember: called once, with the answer, before anybody has it.
    /// - Returns: nil if too many wait.
    func verify(
        _ password: [UInt8],
        _ hash: BcryptHash,
        key: Key,
        remember: @escaping @Sendable (Bool) -> Void
    ) async -> Bool? {
        var isRefused = false
        let isRight = await withUnsafeContinuation { continuation in
            switch enter(key, continuation) {
            case .first: start(password, hash, key, remember)
            case .joined: instruments.cache[.joined].add()
            case .refused:
                isRefused = true
                continuation.resume(returning: false)
            }
        }
        return isRefused ? nil : isRight
    }

    private func enter(_ key: Key, _ continuation: UnsafeContinuation<Bool, Never>) -> Turn {
        pending.withLock { pending in
            if pending[key] != nil {
                pending[key]?.append(continuation)
                return .joined
            }
            guard pending.count < maximumPending else { return .refused }
            pending[key] = [continuation]
            return .first
        }
    }

    private func start(
        _ password: [UInt8],
        _ hash: BcryptHash,
        _ key: Key,
        _ remember: @escaping @Sendable (Bool) -> Void
    ) {
        instruments.passwordQueue.add(1)
        threads.submit { [self] _ in
            let start = MonotonicTime.now
            let isRight = hash.matches(password)
            instruments.passwordChecks.record(.now - start)
            instruments.passwordQueue.add(-1)
            remember(isRight)
            for waiter in pending.withLock({ $0.removeValue(forKey: key) }) ?? [] { waiter.resume(returning: isRight) }
        }
    }
}
