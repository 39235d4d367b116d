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

    /// Every outcome is timed, failures too.
    private func measure<Output: Sendable>(
        _ action: StorageAction,
        _ call: () async throws(StorageError) -> Output
    ) async throws(StorageError) -> Output {
        let start = ContinuousClock.now
        defer {
            let time = ContinuousClock.now - start
            instruments.storageActions[action].record(time)
            StorageMeter.current?.add(time)
        }
        return try await call()
    }

    package func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        try await measure(.getContent) { () async throws(StorageError) in try await base.read(path, limit: limit) }
    }

    package func replace(
        _ path: StoragePath,
        with bytes: ByteBuffer,
        _ durability: Durability
    ) async throws(StorageError) -> Int64? {
        try await measure(.putContent) { () async throws(StorageError) in
            try await base.replace(path, with: bytes, durability)
        }
    }

    package func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent {
        try await measure(.reader) { () async throws(StorageError) in try await base.open(path) }
    }

    package func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender {
        try await measure(.writer) { () async throws(StorageError) in try await base.append(path) }
    }

    package func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
        try await measure(.move) { () async throws(StorageError) in try await base.publish(source, as: path) }
    }

    package func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts {
        try await measure(.stat) { () async throws(StorageError) in try await base.stat(path) }
    }

    package func list(
        _ path: StoragePath,
        after last: String?,
        limit: Int
    ) async throws(StorageError) -> [FolderEntry] {
        try await measure(.list) { () async throws(StorageError) in
            try await base.list(path, after: last, limit: limit)
        }
    }

    package func remove(_ path: StoragePath) async throws(StorageError) {
        try await measure(.delete) { () async throws(StorageError) in try await base.remove(path) }
    }

    package func discard(_ path: StoragePath) async throws(StorageError) {
        try await measure(.delete) { () async throws(StorageError) in try await base.discard(path) }
    }

    /// Not an action on content, so not measured.
    package func capacity() async throws(StorageError) -> StorageCapacity? { try await base.capacity() }
}
