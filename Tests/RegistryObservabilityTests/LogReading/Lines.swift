//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit

@testable import RegistryObservability

/// Lines of a log, to be asked about.
enum Lines {
    static let start = WallTime(microseconds: 1_700_000_000_000_000)

    /// A request's line as the log writes it.
    static func request(_ sequence: Int, _ change: (inout RequestRecord) throws -> Void) throws -> String {
        var record = Sample.emptyRecord()
        record.status = 200
        record.remoteAddress = "192.0.2.7:5\(sequence)"
        try change(&record)
        return numbered(try Sample.line(of: .request(.init(record))), sequence)
    }

    static func event(_ sequence: Int, _ event: ServerEvent) throws -> String {
        numbered(try Sample.line(of: .event(event)), sequence)
    }

    private static func numbered(_ line: String, _ sequence: Int) -> String {
        line.replacing("\"seq\":1,", with: "\"seq\":\(sequence),")
    }

    /// Has a query look at lines.
    static func ask<Query: LogQuery>(_ query: Query, _ lines: [String]) -> Query {
        var query = query
        for line in lines {
            Array(line.utf8.filter { $0 != .lineFeed }).withUnsafeBufferPointer { query.take(LogLine($0)) }
        }
        return query
    }
}
