//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage

/// Decides what is kept of an event for others, and for whom.
package protocol EventRouter: Sendable {
    /// Whether anybody wants to hear of anything at present.
    var wantsEvents: Bool { get }

    /// Whether anybody wants to hear of pulls at present.
    var wantsPulls: Bool { get }

    /// - Returns: nil if nobody wants to hear of it.
    func route(_ event: StorageEvent, by origin: MutationOrigin) -> OutboxEntry?
}

/// An event as it is kept until all that it is for have it.
package struct OutboxEntry: Sendable, Equatable {
    /// Never the same for two events, and the same each time that one is sent.
    package var id: String
    package var repository: String
    package var action: StorageEvent.Action
    /// Microseconds since 1970.
    package var time: Int64
    /// The event as a JSON object, without line breaks.
    package var body: String
    /// The span of the request that caused it, as a text that `TraceContext.Link` reads; empty if there was none.
    package var trace: String
    /// Names of those that it is for.
    package var endpoints: [String]

    package init(
        id: String,
        repository: String,
        action: StorageEvent.Action,
        time: Int64,
        body: String,
        trace: String,
        endpoints: [String]
    ) {
        self.id = id
        self.repository = repository
        self.action = action
        self.time = time
        self.body = body
        self.trace = trace
        self.endpoints = endpoints
    }
}

/// Events that are kept for endpoints, in the order in which what they tell of was made.
///
/// Each endpoint has a queue of its own. A place in it is told by a position, which grows; an event has the same
/// position in all queues.
package protocol Outbox: Sendable {
    /// Whether events outlive the process.
    var isDurable: Bool { get }

    /// The next events of a queue, in order.
    /// - Parameters:
    ///   - position: only those behind it.
    ///   - bytes: of bodies, after which no further one is read.
    func pending(for endpoint: String, after position: Int64, limit: Int, bytes: Int) async throws(LedgerError)
        -> [OutboxItem]

    /// Takes events out of a queue: they have arrived, or are given up.
    ///
    /// What cannot be recorded now is recorded later; events may be sent once more after a crash in between.
    func settle(_ outcomes: [OutboxOutcome], of endpoint: String) async

    /// How full a queue is.
    func depth(of endpoint: String) async throws(LedgerError) -> OutboxDepth

    /// Gives up the oldest events of a queue, which go to the dead letters, and of these takes the oldest away for good.
    func trim(_ endpoint: String, to bounds: OutboxBounds) async throws(LedgerError) -> OutboxTrim

    /// Is called when events have come, from any thread; it must not block.
    func onArrival(_ body: @escaping @Sendable () -> Void)
}

/// An event in a queue.
package struct OutboxItem: Sendable, Equatable {
    package var position: Int64
    package var entry: OutboxEntry

    package init(position: Int64, entry: OutboxEntry) {
        self.position = position
        self.entry = entry
    }
}

/// What has become of an event in a queue.
package struct OutboxOutcome: Sendable, Equatable {
    package enum Result: Sendable, Equatable {
        case delivered
        /// It goes to the dead letters.
        /// - Parameters:
        ///   - reason: one word for the kind, as metrics have it.
        ///   - detail: what the endpoint said last; no secrets.
        case dead(reason: String, detail: String, attempts: Int)
    }

    package var position: Int64
    package var result: Result

    package init(_ position: Int64, _ result: Result) {
        self.position = position
        self.result = result
    }
}

/// What a queue, and the dead letters beside it, may hold at most.
package struct OutboxBounds: Sendable {
    package var count: Int64
    /// Of bodies.
    package var bytes: Int64
    /// When the oldest may have come, in microseconds since 1970.
    package var time: Int64
    package var deadLetters: Int64
    /// When the oldest dead letter may have become one, in microseconds since 1970.
    package var deathTime: Int64

    /// Creates bounds; what is left out has none.
    package init(
        count: Int64 = .max,
        bytes: Int64 = .max,
        time: Int64 = .min,
        deadLetters: Int64 = .max,
        deathTime: Int64 = .min
    ) {
        self.count = count
        self.bytes = bytes
        self.time = time
        self.deadLetters = deadLetters
        self.deathTime = deathTime
    }
}

/// How many events were given up, by what they were too many or too old for; their reasons have the same names.
package struct OutboxTrim: Sendable, Equatable {
    package var count: Int64 = 0
    package var bytes: Int64 = 0
    package var age: Int64 = 0
    /// The last position that was given up; nil if none was.
    package var last: Int64?
    /// Dead letters that were taken away.
    package var deadByCount: Int64 = 0
    package var deadByAge: Int64 = 0

    package init() {}

    /// How many rows were looked at and changed.
    var total: Int64 { count + bytes + age + deadByCount + deadByAge }

    /// Adds what was done next.
    mutating func add(_ next: OutboxTrim) {
        count += next.count
        bytes += next.bytes
        age += next.age
        last = next.last ?? last
        deadByCount += next.deadByCount
        deadByAge += next.deadByAge
    }
}

package struct OutboxDepth: Sendable, Equatable {
    package var count: Int64 = 0
    /// Of bodies.
    package var bytes: Int64 = 0
    /// When the oldest event came, in microseconds since 1970; nil if there is none.
    package var oldest: Int64?
    package var deadLetters: Int64 = 0

    package init(count: Int64 = 0, bytes: Int64 = 0, oldest: Int64? = nil, deadLetters: Int64 = 0) {
        self.count = count
        self.bytes = bytes
        self.oldest = oldest
        self.deadLetters = deadLetters
    }
}
