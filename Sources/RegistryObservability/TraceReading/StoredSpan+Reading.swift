//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials

extension StoredSpan {
    /// Reads a line of a file of traces.
    /// - Returns: nil for a line that is none, such as half a line that a crash has left.
    static func read(_ line: UnsafeBufferPointer<UInt8>) -> [StoredSpan]? {
        guard let tree = try? JSONDecoder().decode(Line.self, from: Data(line)) else { return nil }
        return tree.resourceSpans.flatMap { $0.scopeSpans ?? [] }.flatMap { $0.spans ?? [] }.map(StoredSpan.init)
    }

    private init(_ span: Line.Span) {
        let start = span.startTimeUnixNano.value
        self.init(
            traceID: span.traceId.lowercased(),
            id: span.spanId.lowercased(),
            parentID: span.parentSpanId.flatMap { $0.isEmpty ? nil : $0.lowercased() },
            name: span.name,
            start: start,
            end: max(start, span.endTimeUnixNano.value),
            attributes: Dictionary((span.attributes ?? []).map { ($0.key, $0.value?.text ?? "") }) { first, _ in first
            },
            isError: span.status?.code == 2,
            message: span.status?.message ?? ""
        )
    }
}

/// An `ExportTraceServiceRequest` in JSON, as far as it is shown; whoever wrote it.
private struct Line: Decodable {
    let resourceSpans: [ResourceSpans]

    struct ResourceSpans: Decodable { let scopeSpans: [ScopeSpans]? }

    struct ScopeSpans: Decodable { let spans: [Span]? }

    struct Span: Decodable {
        let traceId: String
        let spanId: String
        let parentSpanId: String?
        let name: String
        let startTimeUnixNano: Number
        let endTimeUnixNano: Number
        let attributes: [Attribute]?
        let status: Status?
    }

    struct Status: Decodable {
        let code: Int?
        let message: String?
    }

    struct Attribute: Decodable {
        let key: String
        let value: Value?
    }

    struct Value: Decodable {
        let stringValue: String?
        let intValue: Number?
        let doubleValue: Double?
        let boolValue: Bool?

        var text: String {
            stringValue ?? intValue?.text ?? doubleValue.map { "\($0)" } ?? boolValue.map { "\($0)" } ?? ""
        }
    }

    /// A number of 64 bits, which is text in this encoding; not all writers know.
    struct Number: Decodable {
        let text: String
        var value: UInt64 { UInt64(text) ?? 0 }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            text = try (try? container.decode(String.self)) ?? "\(try container.decode(Int64.self))"
        }
    }
}
