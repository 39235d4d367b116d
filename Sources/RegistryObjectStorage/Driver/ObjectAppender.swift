//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryStorage
import Synchronization

/// Content of an object store, opened for appending.
final class ObjectAppender: ContentAppender {
    let initialSize: Int64

    private let writer: SegmentWriter
    private let holds: AppenderHolds
    private let hold: AppenderHolds.Hold
    private let state = Mutex(State())

    private struct State {
        /// Whether anything has been taken that is not flushed.
        var isDirty = false
        var isClosed = false
    }

    init(_ writer: SegmentWriter, _ holds: AppenderHolds, _ hold: AppenderHolds.Hold) {
        self.writer = writer
        self.initialSize = writer.initialSize
        self.holds = holds
        self.hold = hold
    }

    deinit { close() }

    func append(_ batch: ByteBuffer, hashing hasher: ContentHasher) async throws(StorageError) {
        state.withLock { $0.isDirty = true }
        try await writer.append(batch, hashing: hasher)
    }

    func flush() async throws(StorageError) -> (size: Int64, hasher: ContentHasher)? {
        defer { state.withLock { $0.isDirty = false } }
        return try await writer.flush()
    }

    func close() {
        let (isFirst, isDirty) = state.withLock { state in
            defer { state.isClosed = true }
            return (!state.isClosed, state.isDirty)
        }
        guard isFirst else { return }
        guard isDirty else { return holds.release(hold) }
        // Of its own, since whoever closes cannot wait: what has been received stays, as the contract has it, and the hold
        // ends when it is there. Its requests are bounded in number and time, as all are.
        Task { [writer, holds, hold] in
            _ = try? await writer.flush()
            holds.release(hold)
        }
    }
}
