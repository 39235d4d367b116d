//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryTelemetry

/// Measures every call of a driver: for the metrics, and for the request that the call is made for.
///
/// The names of actions are distribution's; bytes that stream are counted where they stream.
package struct InstrumentedDriver: StorageDriver {
    private let base: any StorageDriver
    private let instruments: Instruments

    package init(_ base: any StorageDriver, instruments: Instruments) {
        self.base = base
        self.instruments = instruments
    }

    package var name: String { base.name }

    package var redirects: Bool { base.redirects }

    package var changeTimesTellRemovals: Bool { base.changeTimesTellRemovals }

    package var asksOthers: Bool { base.asksOthers }

    /// Every outcome is timed, failures too.
    /// - Parameter bytes: content that the call has moved, for its span.
    private func measure<Output: Sendable>(
        _ action: StorageAction,
        _ path: StoragePath,
        bytes: (Output) -> Int64? = { _ in nil },
        _ call: () async throws(StorageError) -> Output
    ) async throws(StorageError) -> Output {
        let start = MonotonicTime.now
        let span = OpenSpan.begin()
        func note(_ outcome: SpanOutcome, _ bytes: Int64?) {
            let time = MonotonicTime.now - start
            instruments.storageActions[action].record(time, by: span?.exemplarOrigin)
            StorageMeter.current?.add(time)
            span?.end(.storage(action, driver: name, path: path.description, bytes: bytes), outcome)
        }
        do {
            // A scope of its own costs more than a call of a file system that is in the memory.
            let output = if let span, asksOthers { try await span.within(call) } else { try await call() }
            note(.ok, bytes(output))
            return output
        } catch {
            note(error.spanOutcome, nil)
            throw error
        }
    }

    package func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        try await measure(.getContent, path, bytes: { Int64($0.readableBytes) }) { () async throws(StorageError) in
            try await base.read(path, limit: limit)
        }
    }

    package func readRecent(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        try await measure(.getContent, path, bytes: { Int64($0.readableBytes) }) { () async throws(StorageError) in
            try await base.readRecent(path, limit: limit)
        }
    }

    package func replace(
        _ path: StoragePath,
        with bytes: ByteBuffer,
        _ durability: Durability
    ) async throws(StorageError) -> Int64? {
        try await measure(.putContent, path, bytes: { _ in Int64(bytes.readableBytes) }) {
            () async throws(StorageError) in
            try await base.replace(path, with: bytes, durability)
        }
    }

    package func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent {
        try await measure(.reader, path) { () async throws(StorageError) in try await base.open(path) }
    }

    package func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender {
        try await measure(.writer, path) { () async throws(StorageError) in try await base.append(path) }
    }

    package func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
        try await measure(.move, path) { () async throws(StorageError) in try await base.publish(source, as: path) }
    }

    package func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts {
        try await measure(.stat, path) { () async throws(StorageError) in try await base.stat(path) }
    }

    package func list(
        _ path: StoragePath,
        after last: String?,
        limit: Int
    ) async throws(StorageError) -> [FolderEntry] {
        try await measure(.list, path) { () async throws(StorageError) in
            try await base.list(path, after: last, limit: limit)
        }
    }

    package func remove(_ path: StoragePath) async throws(StorageError) {
        try await measure(.delete, path) { () async throws(StorageError) in try await base.remove(path) }
    }

    package func discard(_ path: StoragePath) async throws(StorageError) {
        try await measure(.delete, path) { () async throws(StorageError) in try await base.discard(path) }
    }

    package func erase(_ folders: [StoragePath]) async throws(StorageError) {
        guard let first = folders.first else { return }
        try await measure(.delete, first) { () async throws(StorageError) in try await base.erase(folders) }
    }

    package func move(all moves: [StorageMove]) async throws(StorageError) -> [Bool] {
        guard let first = moves.first else { return [] }
        return try await measure(.move, first.target) { () async throws(StorageError) in
            try await base.move(all: moves)
        }
    }

    package func redirectURL(_ path: StoragePath, for request: RedirectRequest) async throws(StorageError) -> String? {
        try await measure(.redirectURL, path) { () async throws(StorageError) in
            try await base.redirectURL(path, for: request)
        }
    }

    package func removeUnfinished(begunBefore limit: WallTime, isDryRun: Bool) async throws(StorageError)
        -> (removed: Int, left: Int)
    {
        try await base.removeUnfinished(begunBefore: limit, isDryRun: isDryRun)
    }

    /// Not actions on content, so not measured.
    package func changeTimes(_ folders: [StoragePath]) async throws(StorageError) -> [Int64]? {
        try await base.changeTimes(folders)
    }

    package func capacity() async throws(StorageError) -> StorageCapacity? { try await base.capacity() }
}
