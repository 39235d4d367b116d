//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryTelemetry
import Synchronization

/// Finds out whether a storage takes, keeps and gives back content, within a time.
package final class StorageProbe: Sendable {
    private let driver: any StorageDriver
    private let timeout: Duration
    private let isReadOnly: @Sendable () -> Bool
    /// Among temporary files, so that what a crash leaves goes with them.
    private let path: StoragePath
    private let isUnderWay = Mutex(false)

    /// What came of it.
    package enum Outcome: Sendable, Equatable {
        case ok
        /// It answers, but has no room for a single file. Pulls go on, so this is not ill health.
        case full
        /// It fails.
        case failed(String)
        /// It does not answer in time.
        case hung(String)

        /// The word for it in metrics.
        package var state: StorageState {
            switch self {
            case .ok: .ok
            case .full: .full
            case .failed: .failed
            case .hung: .hung
            }
        }

        /// What is wrong, if the registry cannot serve.
        package var failure: String? {
            switch self {
            case .ok, .full: nil
            case .failed(let cause), .hung(let cause): cause
            }
        }
    }

    /// - Parameters:
    ///   - timeout: for all calls together.
    ///   - isReadOnly: whether nothing may be written, so that it only asks whether the storage answers.
    package init(
        _ driver: any StorageDriver,
        timeout: Duration = .seconds(5),
        isReadOnly: @escaping @Sendable () -> Bool = { false }
    ) {
        self.driver = driver
        self.timeout = timeout
        self.isReadOnly = isReadOnly
        let name = "health-" + String(UInt64.random(in: .min ... .max), radix: 36)
        self.path = StoragePath.root.appending(".plimsoll", "tmp", name)
    }

    /// Asks once.
    ///
    /// A storage that hangs is asked nothing further until it has answered, so that it does not take one thread after the
    /// other.
    package func check() async -> Outcome {
        let isFirst = isUnderWay.withLock { isUnderWay in
            defer { isUnderWay = true }
            return !isUnderWay
        }
        guard isFirst else { return .hung("still no answer to the check before") }
        let (answers, answer) = AsyncStream.makeStream(of: Outcome.self)
        // Of its own, since a call that hangs cannot be ended.
        Task {
            let outcome = await ask()
            isUnderWay.withLock { $0 = false }
            answer.yield(outcome)
            answer.finish()
        }
        return await withTaskGroup(of: Outcome?.self) { group in
            group.addTask { await answers.first { _ in true } }
            group.addTask { [timeout] in
                try? await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next().flatMap(\.self) ?? .hung("no answer within \(timeout)")
        }
    }

    private func ask() async -> Outcome {
        do throws(StorageError) {
            try await stat()
            guard !isReadOnly() else { return .ok }
            let bytes = ByteBuffer(string: "\(path.name) \(WallTime.now.description)\n")
            try await driver.replace(path, with: bytes, .durable)
            let back = try await driver.read(path, limit: 1024)
            try await driver.remove(path)
            return back == bytes ? .ok : .failed("what was written is not what is read")
        } catch {
            return error.code == .noSpace ? .full : .failed(error.description)
        }
    }

    /// An empty storage has no tree yet, and is healthy.
    private func stat() async throws(StorageError) {
        do {
            _ = try await driver.stat(DiskLayout.root)
        } catch {
            guard error.code == .notFound else { throw error }
        }
    }
}
