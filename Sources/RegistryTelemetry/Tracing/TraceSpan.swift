//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A piece of work that was done for a request: when it began and ended, and what came of it.
///
/// The request's own span is not among these; it is made from the request's record.
package struct TraceSpan: Sendable {
    package let id: UInt64
    /// The span within which this one happened.
    package let parentID: UInt64
    package let work: SpanWork
    package let outcome: SpanOutcome
    /// Since the start of the request.
    package let start: Duration
    /// Since the start of the request; not before ``start``.
    package let end: Duration

    package init(
        id: UInt64,
        parentID: UInt64,
        work: SpanWork,
        outcome: SpanOutcome = .ok,
        start: Duration,
        end: Duration
    ) {
        self.id = id
        self.parentID = parentID
        self.work = work
        self.outcome = outcome
        self.start = start
        self.end = max(start, end)
    }
}

/// What a span was about.
package enum SpanWork: Sendable {
    /// A call of the storage driver.
    /// - `path`: where; only a hash of it leaves the process.
    /// - `bytes`: content read or written, where the call moves any.
    case storage(StorageAction, driver: String, path: String, bytes: Int64?)
    /// Finding out who a client is, and whether they may.
    case authorize(AuthResult, AuthReason)
    /// A question to the cache of manifests.
    case cache(CacheOutcome)
    /// A question to the local cache of content.
    case localCache(ContentCacheResult)
    /// A stage of an upload.
    /// - `bytes`: content that went through it, where that is known.
    case upload(UploadStage, bytes: Int64?)
    /// Computing the digest of content in memory.
    case digest(bytes: Int64)
    /// Sending content that does not fit in one write.
    case send(bytes: Int64)
    /// Waiting for the ledger.
    /// - `events`: for others, that were written with it; nil where it is about none.
    case ledger(LedgerWork, events: Int?)
    /// A try of a request to an object store.
    case backend(BackendCall)
    /// What a library does, in its own words.
    case library(LibrarySpan)

    /// Whether it is a stage of a request, of which one has a few; the others come by the call.
    var isStage: Bool {
        switch self {
        case .authorize, .upload, .send, .ledger: true
        case .storage, .cache, .localCache, .digest, .backend, .library: false
        }
    }
}

/// What the ledger does for a request while this waits for it, as attribute `registry.ledger.work` of spans.
package enum LedgerWork: String, Sendable, CaseIterable {
    /// Noting, durably, that a change is about to be made, with the events that it promises.
    case intent
    /// Noting what a crash may forget.
    case note
    /// Answering a listing.
    case listing
}

/// What came of a piece of work.
package enum SpanOutcome: Sendable, Equatable {
    case ok
    /// It came to nothing for a reason that is no fault of the server, such as that nothing is there.
    case refused(code: String)
    /// It failed.
    case failed(code: String)
}

/// An error that knows what it means for the span in which it came up.
package protocol SpanOutcomeProviding: Error {
    var spanOutcome: SpanOutcome { get }
}
