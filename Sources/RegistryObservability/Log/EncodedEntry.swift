//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// An entry as bytes, made once and shared by all sinks: the line without its number, which each sink gives itself, and
/// the fields for the journal if there is a journal.
///
/// Unchecked: nothing changes after it is made.
struct EncodedEntry: @unchecked Sendable {
    /// One allocation for all of it.
    private let storage: ManagedBuffer<Facts, UInt8>

    struct Facts {
        let kinds: LogKinds
        let severity: Severity
        /// Bytes of the line before the number.
        let headLength: Int
        /// Bytes of the line, without the number.
        let lineLength: Int
        /// Bytes of the journal's fields, which follow the line.
        let fieldsLength: Int
        /// Bytes of the line in combined format, which follow the fields.
        let combinedLength: Int
    }

    /// What of an entry a sink writes.
    enum Section {
        /// The JSON line.
        case line
        /// The fields of the journal, which go with the line.
        case fields
        /// The line in combined format, which only requests have.
        case combined
    }

    /// Copies what was written.
    /// - Parameters:
    ///   - line: up to and including `"seq":`, then from behind the number, line feed included.
    ///   - headLength: where the number belongs.
    ///   - fields: for the journal, each ended by a line feed.
    ///   - combined: the line in combined format, line feed included.
    init(
        _ kinds: LogKinds,
        _ severity: Severity,
        line: UnsafeBufferPointer<UInt8>,
        headLength: Int,
        fields: UnsafeBufferPointer<UInt8>,
        combined: UnsafeBufferPointer<UInt8> = UnsafeBufferPointer(start: nil, count: 0)
    ) {
        let facts = Facts(
            kinds: kinds,
            severity: severity,
            headLength: headLength,
            lineLength: line.count,
            fieldsLength: fields.count,
            combinedLength: combined.count
        )
        storage = .create(minimumCapacity: line.count + fields.count + combined.count) { _ in facts }
        storage.withUnsafeMutablePointerToElements { bytes in
            if let start = line.baseAddress { bytes.initialize(from: start, count: line.count) }
            if let start = fields.baseAddress { (bytes + line.count).initialize(from: start, count: fields.count) }
            if let start = combined.baseAddress {
                (bytes + line.count + fields.count).initialize(from: start, count: combined.count)
            }
        }
    }

    var facts: Facts { storage.header }

    /// What it takes of a queue's bytes.
    var size: Int { storage.header.lineLength + storage.header.fieldsLength + storage.header.combinedLength }

    /// Appends the whole line with its number.
    func appendLine(_ sequence: Int64, to buffer: inout TextBuffer) {
        let facts = facts
        storage.withUnsafeMutablePointerToElements { bytes in
            buffer.append(UnsafeBufferPointer(start: bytes, count: facts.headLength))
            buffer.append(sequence)
            buffer.append(
                UnsafeBufferPointer(start: bytes + facts.headLength, count: facts.lineLength - facts.headLength)
            )
        }
    }

    /// Appends the fields for the journal.
    func appendFields(to buffer: inout TextBuffer) {
        let facts = facts
        storage.withUnsafeMutablePointerToElements { bytes in
            buffer.append(UnsafeBufferPointer(start: bytes + facts.lineLength, count: facts.fieldsLength))
        }
    }

    /// Appends the line in combined format; nothing for what is no request.
    func appendCombined(to buffer: inout TextBuffer) {
        let facts = facts
        storage.withUnsafeMutablePointerToElements { bytes in
            let start = bytes + facts.lineLength + facts.fieldsLength
            buffer.append(UnsafeBufferPointer(start: start, count: facts.combinedLength))
        }
    }
}
