//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// What one request says: the events in the endpoint's form, and the headers that belong to it.
struct EventMessage {
    var body: [UInt8]
    var headers: [(name: String, value: String)]

    /// - Parameters:
    ///   - items: at least one; of the binary form of CloudEvents, one.
    ///   - source: what tells of events, as CloudEvents have it: a URI reference.
    init(_ entries: [OutboxEntry], _ form: EventForm, from source: String) {
        switch form {
        case .distribution:
            let size = entries.reduce(32) { $0 + $1.body.utf8.count + 1 }
            body = Self.joined(entries.map(\.body), "{\"events\":[", "]}", capacity: size)
            headers = [("Content-Type", Self.distributionType)]
        case .cloudEvents where entries.count == 1:
            body = Array(CloudEvent(entries[0], from: source).text.utf8)
            headers = [("Content-Type", "application/cloudevents+json; charset=UTF-8")]
        case .cloudEvents:
            let texts = entries.map { CloudEvent($0, from: source).text }
            body = Self.joined(texts, "[", "]", capacity: texts.reduce(2) { $0 + $1.utf8.count + 1 })
            headers = [("Content-Type", "application/cloudevents-batch+json; charset=UTF-8")]
        case .cloudEventsBinary:
            body = entries.first.map { Array($0.body.utf8) } ?? []
            headers = [("Content-Type", "application/json")]
            if let entry = entries.first { headers += CloudEvent(entry, from: source).headers }
        }
    }

    /// Source: distribution 3, `notifications/event.go`; version 2.8 says v1 of the same.
    static let distributionType = "application/vnd.docker.distribution.events.v2+json"

    private static func joined(_ texts: [String], _ begin: String, _ end: String, capacity: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(capacity)
        bytes += begin.utf8
        for (place, text) in texts.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += text.utf8
        }
        bytes += end.utf8
        return bytes
    }
}

/// An event by the attributes of CloudEvents.
///
/// Source: CloudEvents 1.0.2, "Context Attributes", JSON event format, HTTP protocol binding, and the extension
/// "Distributed Tracing".
struct CloudEvent {
    let entry: OutboxEntry
    let source: String

    init(_ entry: OutboxEntry, from source: String) {
        self.entry = entry
        self.source = source
    }

    private var attributes: [(name: String, value: String)] {
        var attributes = [
            ("specversion", "1.0"), ("id", entry.id), ("source", source),
            ("type", "plimsoll.registry.\(entry.action.rawValue)"),
            ("subject", entry.repository), ("time", WallTime(microseconds: entry.time).nanosecondText),
        ]
        if let cause = TraceContext.Link(entry.trace) {
            attributes.append(("traceparent", cause.traceparent))
            if let state = cause.state { attributes.append(("tracestate", state)) }
        }
        return attributes
    }

    /// Structured: all in one object.
    var text: String {
        var text = "{"
        for (name, value) in attributes { text += "\"\(name)\":\(value.jsonQuoted)," }
        return text + "\"datacontenttype\":\"application/json\",\"data\":\(entry.body)}"
    }

    /// Binary: attributes beside the data.
    var headers: [(name: String, value: String)] { attributes.map { ("ce-\($0.name)", Self.encoded($0.value)) } }

    /// Percent-encodes what a header's value must not have in it: all but printable ASCII, spaces, quotes and `%`.
    ///
    /// Source: CloudEvents 1.0.2, HTTP protocol binding, "HTTP Header Values".
    private static func encoded(_ text: String) -> String {
        let isPlain = { (byte: UInt8) in (0x21...0x7e).contains(byte) && byte != 0x22 && byte != 0x25 }
        guard !text.utf8.allSatisfy(isPlain) else { return text }
        return text.utf8.reduce(into: "") { encoded, byte in
            if isPlain(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += (byte < 0x10 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
