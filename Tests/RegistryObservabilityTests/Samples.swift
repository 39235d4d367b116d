//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@testable import RegistryObservability

/// Made-up values that the tests share.
enum Sample {
    /// A request to an endpoint of notifications.
    /// - Parameter trace: the link to the request that caused it, as text.
    static func delivery(in trace: String) throws -> DeliverySpan {
        DeliverySpan(
            cause: try #require(TraceContext.Link(trace)),
            id: 1,
            address: "http://a/",
            endpoint: "e",
            event: "i",
            repository: "r",
            attempt: 1,
            batch: 1,
            status: 200,
            failure: nil,
            start: 0,
            duration: .zero
        )
    }

    static let epoch = "00000000000000aa"
    static let digest = "sha256:" + String(repeating: "0f", count: 32)

    /// The span that the trace of every sample record gets, as the log has it.
    static let spanID = hexadecimal(
        (0..<8).map { UInt8(truncatingIfNeeded: emptyRecord().trace.spanID >> UInt64(56 - 8 * $0)) }
    )

    /// A record of which only what every request has is known.
    static func emptyRecord(method: String = "GET") -> RequestRecord {
        var generator = CountingGenerator()
        return RequestRecord(
            start: WallTime(microseconds: 1_700_000_000_123_456),
            startInstant: .now,
            requestID: WideID(high: 1, low: 2),
            trace: TraceContext(
                traceparent: "00-0123456789abcdef0123456789abcdef-00000000000000ff-01",
                using: &generator
            ),
            method: method
        )
    }

    /// A record of which everything is known.
    static func fullRecord() throws -> RequestRecord {
        var record = emptyRecord(method: "PUT")
        record.remoteAddress = "192.0.2.7"
        record.forwardedFor = "203.0.113.9"
        record.userAgent = "containerd/1.7.24"
        record.clientRequestID = "job-17"
        record.route = .manifest
        record.repository = try RepositoryName("team/app")
        record.reference = .tag(try Tag("v1"))
        record.uploadID = try UploadID("5a0b")
        record.digest = try Digest(digest)
        record.cache = .miss
        record.range = "bytes=0-99"
        record.user = "alice"
        record.authResult = "granted"
        record.authReason = .ruleDenies
        record.authDetail = "rule 3"
        record.error = RegistryError(.storageFull, detail: "no room", cause: "write: ENOSPC")
        record.status = 507
        record.bytesIn = 1234
        record.bytesOut = 56
        record.timeToFirstByte = .microseconds(700)
        record.duration = .milliseconds(2)
        record.storage.add(3, of: .microseconds(1500))
        return record
    }

    static func encoder(fields: [String: String] = [:], journal: JournalMessage? = nil) throws -> EntryEncoder {
        EntryEncoder(epoch: epoch, fields: try StaticFields(fields), journal: journal.map { JournalForm(message: $0) })
    }

    static func line(of entry: LogEntry, fields: [String: String] = [:]) throws -> String {
        var encoder = try encoder(fields: fields)
        var buffer = TextBuffer(capacity: 1)
        encoder.encode(entry).appendLine(1, to: &buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    static func event(_ number: Int) -> ServerEvent {
        .library(.info, "a sample", [.init(free: "number", .number(Int64(number)))])
    }
}

extension StorageMeter.Reading {
    mutating func add(_ calls: Int, of time: Duration) {
        self.calls += calls
        self.time += time
    }
}

/// Randomness that is always the same.
private struct CountingGenerator: RandomNumberGenerator {
    private var state: UInt64 = 0xfeed

    mutating func next() -> UInt64 {
        state += 1
        return state
    }
}
