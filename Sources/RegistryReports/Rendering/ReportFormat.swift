//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How a report is written.
package enum ReportFormat: String, Sendable, CaseIterable {
    /// For people: columns in line, numbers with units, bars.
    case table
    /// One object.
    case json
    /// JSON Lines: one object a row, the first of which is about the report.
    case jsonl
    /// RFC 4180 with a header: one table.
    case csv
    /// OpenMetrics 1.0: a gauge for each column of numbers.
    case openmetrics
    /// Cost rows by the columns of FOCUS, as CSV.
    case focus
    /// A page for a browser, which needs nothing else: capacity only.
    case html

    package var contentType: String {
        switch self {
        case .table: "text/plain; charset=utf-8"
        case .json: "application/json"
        case .jsonl: "application/jsonl"
        case .csv, .focus: "text/csv; charset=utf-8; header=present"
        case .html: "text/html; charset=utf-8"
        case .openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}
