//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Everything known of a request: its lines, found by any of its ids.
package struct RequestByID: LogQuery {
    private let id: String
    private var table = ResultTable([.init("field"), .init("value")])

    /// - Parameter id: `request_id`, `client_request_id` or `trace_id`.
    package init(_ id: String) { self.id = id }

    /// Whether a line was found.
    package var isFound: Bool { !table.rows.isEmpty }

    package mutating func take(_ line: LogLine) {
        guard let object = line.object else { return }
        let ids: [LogLine.Key] = [.requestID, .clientRequestID, .traceID]
        guard ids.contains(where: { line.text($0) == id }) else { return }
        for (key, value) in object.all {
            table.add([.text(key), Self.value(value)])
        }
    }

    private static func value(_ raw: UnsafeBufferPointer<UInt8>) -> ResultTable.Value {
        if FlatObject.isNumber(raw), let number = FlatObject.number(raw) { return .number(number) }
        if let text = FlatObject.text(raw) { return .text(text) }
        return raw.first == UInt8(ascii: "n") ? .none : .text(String(decoding: raw, as: UTF8.self))
    }

    package func answer(top: Int?) -> ResultTable { table }
}
