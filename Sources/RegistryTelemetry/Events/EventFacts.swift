//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What is known of an event before it happens; the log, the journal's catalogue and the documents are made from it.
package struct EventFacts: Sendable {
    /// 32 lower-case hexadecimal characters, drawn by chance once and never changed: the journal's `MESSAGE_ID`.
    package let messageID: String
    /// How grave it is; nil when that differs from one time to the next.
    package let severity: Severity?
    /// A constant sentence, as the log has it in `msg`.
    package let message: String
    /// The fields it may have, in the order of the log line.
    package let fields: [EventField]
    /// The metric that counts it beside `registry_events_total`, if there is one.
    package let metric: String?
    /// What it means.
    package let meaning: String
    /// What to do about it.
    package let action: String

    init(
        _ messageID: String,
        _ severity: Severity?,
        _ message: String,
        _ fields: [EventField] = [],
        metric: String? = nil,
        meaning: String,
        action: String
    ) {
        self.messageID = messageID
        self.severity = severity
        self.message = message
        self.fields = fields
        self.metric = metric
        self.meaning = meaning
        self.action = action
    }
}

/// A field of events, by its name in the log.
package enum EventField: String, Sendable, CaseIterable {
    case address
    case version
    case connections
    case cause
    case path
    case export
    case took = "took_us"
    case digest
    case repository
    case tag
    case requestID = "request_id"
    case route
    case method
    case status
    case suppressed
    case resource
    case free
    case total
    case size
    case previousSize = "previous_size"
    case limit
    case client
    case user
    case check
    case uploads
    case inUse = "in_use"
    case failures
    case run
    case blobs
    case manifests
    case spared
    case damaged
    case sink
    case lost
    case reason
    case firstSequence = "first_seq"
    case lastSequence = "last_seq"
    case written
    case droppedPipelineFull = "dropped_pipeline_full"
    case droppedQueueFull = "dropped_queue_full"
    case droppedWriteFailed = "dropped_write_failed"
    case droppedAuditLost = "dropped_audit_lost"
    case spilled
    case file
    case line
    case entries
    case step
    case bytes
    case compressedBytes = "compressed_bytes"
    case lines
    case firstEpoch = "first_epoch"
    case lastEpoch = "last_epoch"
    case variable
    case waitingFor = "waiting_for"
    case waited = "waited_us"
    case endpoint
    case rejected
    case notAfter = "not_after"
    case host
    case attempts
    case nextAttempt = "next_attempt"
    case terms
    case by
    case applied
    case pending
    case problems
    case threshold
    case lasting = "lasting_s"
    case command
    case parameters
    case callerUID = "caller_uid"
    case callerPID = "caller_pid"
    case logger
    case source
    case error

    /// Whether the value is a number; else it is text.
    package var isNumber: Bool {
        switch self {
        case .connections, .status, .suppressed, .free, .total, .size, .previousSize, .uploads, .inUse, .failures,
            .lost, .firstSequence, .lastSequence, .written, .droppedPipelineFull,
            .droppedQueueFull, .droppedWriteFailed, .droppedAuditLost, .spilled, .bytes, .compressedBytes, .lines,
            .waited, .took,
            .rejected, .line, .entries, .lasting, .callerUID, .callerPID, .attempts, .blobs, .manifests, .spared,
            .damaged:
            true
        case .by, .applied, .pending, .problems, .threshold, .command, .parameters, .limit, .client, .user, .check,
            .file, .step, .firstEpoch, .lastEpoch, .variable, .waitingFor, .endpoint,
            .notAfter, .host, .nextAttempt, .terms, .address,
            .version,
            .cause,
            .path, .export, .digest, .repository, .tag, .requestID, .route, .method, .resource, .sink, .reason, .logger,
            .source, .error, .run:
            false
        }
    }

    /// Whether an event that has it may come without it.
    package var isOptional: Bool {
        switch self {
        case .applied, .error, .firstEpoch, .firstSequence, .lastEpoch, .lastSequence, .line, .lasting, .lines,
            .notAfter, .pending, .repository, .terms, .user:
            true
        default: false
        }
    }

    /// What it says, with its unit.
    package var meaning: String {
        switch self {
        case .address: "where connections are accepted: host and port, or the path of a socket"
        case .version: "the version of Plimsoll"
        case .connections: "connections"
        case .cause: "what went wrong, for the operator: paths and system errors"
        case .path: "a path below the root of the storage, or of the file at hand"
        case .export: "the export, by the name of its schedule and the moment at which it was due"
        case .took: "how long it took, in microseconds"
        case .digest: "the content"
        case .repository: "the repository"
        case .tag: "the tag"
        case .requestID: "the request_id of the request"
        case .route: "its route"
        case .method: "its method"
        case .status: "the status of its answer"
        case .suppressed: "how many events of this kind were left out since the last one"
        case .resource: "what is scarce: bytes or inodes"
        case .free: "how much of it the registry can still use"
        case .total: "how much of it there is"
        case .size: "bytes now"
        case .previousSize: "bytes before"
        case .limit: "which limit, as in registry_limit_refusals_total"
        case .client: "the address of one that asked for it"
        case .user: "who it was, where that was proved"
        case .check: "the health check, as /debug/health names it"
        case .uploads: "uploads"
        case .inUse: "uploads that are old enough too, but were being written to"
        case .failures: "what failed: folders and uploads"
        case .run: "the run in the trash, or the digest that was asked for"
        case .blobs: "blobs"
        case .manifests: "manifests that were unlinked, or linked again"
        case .spared: "what was planned and left"
        case .damaged: "blobs that are not what their digests say"
        case .sink: "the log sink: stdout, journald or file"
        case .lost: "how many are lost: entries of the log, spans, or events for an endpoint"
        case .reason:
            """
            why; of lost entries: pipeline_full, queue_full, write_failed, spilled or audit_lost; of events: as in \
            registry_notifications_dropped_total
            """
        case .firstSequence: "seq of the first entry"
        case .lastSequence: "seq of the last entry"
        case .written: "entries that this sink has written in this run"
        case .droppedPipelineFull: "entries that found the queue before all sinks full, in this run"
        case .droppedQueueFull: "entries that found this sink's queue full, in this run"
        case .droppedWriteFailed: "entries lost to failed writes of this sink, in this run"
        case .droppedAuditLost: "audit entries that could not be spilled either, in this run"
        case .spilled: "audit entries that went to the spill file, in this run"
        case .file: "path of the file"
        case .line: "number of the line in the file, from 1"
        case .entries: "users, keys, rules or audit entries in the file"
        case .step: "what was being done"
        case .bytes: "bytes of the file"
        case .compressedBytes: "bytes of the compressed file"
        case .lines: "lines in the file"
        case .firstEpoch: "epoch of the first line in the file"
        case .lastEpoch: "epoch of the last line in the file"
        case .variable: "name of the environment variable"
        case .waitingFor: "the part that gives no sign of life"
        case .waited: "for how long, in microseconds"
        case .endpoint: "where traces are sent to, the directory of an ACME server, or the name of one of notifications"
        case .rejected: "spans that were not taken"
        case .notAfter: "when the certificate in use ends, in UTC"
        case .host: "the name that the certificate is for"
        case .attempts: "attempts in a row that failed"
        case .nextAttempt: "when it is tried again, in UTC"
        case .terms: "where the terms of service are that were agreed to"
        case .by: "who asked for it: the configuration, a signal, or a process at the control socket by uid and pid"
        case .applied: "keys of the configuration that changed and are in force now"
        case .pending: "keys of the configuration that changed and need a restart"
        case .problems: "everything that is wrong, a line each"
        case .threshold: "the least important level of events that is written; configured for that of the configuration"
        case .lasting: "seconds until it ends by itself"
        case .command: "what plimsoll ctl was to have done"
        case .parameters: "with which parameters"
        case .callerUID: "number of the user at the other end of the control socket"
        case .callerPID: "number of the process there"
        case .logger: "label of the library's logger"
        case .source: "module that spoke"
        case .error: "the error that it tells of"
        }
    }
}
