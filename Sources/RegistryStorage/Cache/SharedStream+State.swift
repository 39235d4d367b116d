//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

extension SharedStream {
    /// Who reads a stream, what has come of it, and what a reader has to do next.
    struct State {
        var pieces: SharedPieces
        var readers: [Reader: Place] = [:]
        private var lastReader = 0
        /// Where the bytes come from; nil until the first is fetched.
        var base: (any StoredContent)?
        var isFetching = false
        var isOver = false
        var failure: StorageError?
        private var patience = Patience.none
        var waiting: [CheckedContinuation<Void, Never>] = []

        struct Place {
            /// Of the next byte.
            var position: Int64
            /// Where reading will end.
            var end: Int64
        }

        /// Whether those who have read all that is there wait for the slowest.
        private enum Patience {
            case none, lasting, over
        }

        enum Step {
            case bytes(ByteBuffer, woken: [CheckedContinuation<Void, Never>])
            case fetch(from: Int64, upTo: Int64)
            /// Somebody fetches, or others are slower.
            case wait
            /// Others are slower; whoever gets this sees to it that the waiting ends.
            case beginWaiting
            case elsewhere
            case failed(StorageError)
        }

        init(at position: Int64, base: (any StoredContent)?) {
            self.pieces = SharedPieces(at: position)
            self.base = base
        }

        /// Whether those who wait will be woken.
        var isAwaited: Bool { failure == nil && (isFetching || patience == .lasting) }

        /// Whether somebody has still to read from the oldest piece.
        private var isFirstNeeded: Bool {
            guard let first = pieces.first else { return false }
            return readers.values.contains { first.contains($0.position) }
        }

        mutating func join(at position: Int64, upTo end: Int64, window: Int) -> Reader? {
            guard !isOver, failure == nil, pieces.reaches(position, window) else { return nil }
            lastReader += 1
            readers[lastReader] = Place(position: position, end: end)
            return lastReader
        }

        /// What a reader who has read up to a byte does next.
        mutating func step(_ reader: Reader, _ position: Int64, _ count: Int, window: Int) -> Step {
            readers[reader]?.position = position
            if let bytes = pieces.bytes(at: position, count: count) { return .bytes(bytes, woken: freed()) }
            if let failure { return .failed(failure) }
            // The first reader may begin anywhere.
            if readers.count == 1, pieces.isFresh, !isFetching { pieces = SharedPieces(at: position) }
            guard pieces.reaches(position, window) else { return .elsewhere }
            guard !isFetching else { return .wait }
            if pieces.count >= window, isFirstNeeded {
                switch patience {
                case .none:
                    patience = .lasting
                    return .beginWaiting
                case .lasting: return .wait
                // Half of it, so that they do not wait again at once.
                case .over: pieces.drop(downTo: window / 2)
                }
            }
            patience = .none
            isFetching = true
            return .fetch(from: pieces.end, upTo: readers.values.reduce(position + 1) { max($0, $1.end) })
        }

        /// Takes a piece that was fetched.
        mutating func took(_ bytes: ByteBuffer, window: Int) {
            isFetching = false
            pieces.append(bytes)
            while pieces.count > window, !isFirstNeeded { pieces.dropFirst() }
            // Nobody can begin at the beginning any more, and there is nobody else.
            guard !pieces.hasBeginning, readers.count == 1, let only = readers.values.first else { return }
            pieces.drop(before: only.position)
        }

        /// The slowest has been waited for long enough.
        mutating func losePatience() { if patience == .lasting { patience = .over } }

        /// Those who wait for the slowest, once it has gone on.
        mutating func freed() -> [CheckedContinuation<Void, Never>] {
            guard patience != .none, !isFirstNeeded else { return [] }
            patience = .none
            defer { waiting = [] }
            return waiting
        }
    }
}
