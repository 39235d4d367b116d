//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// One table of a report as CSV (RFC 4180), with a header; nothing for what is not known.
enum CSVReport {
    static func pieces(_ table: ReportTable) -> [ReportText.Piece] {
        [
            .text(line(table.columns.map(\.name))),
            .rows(table.rows.count) { row in line(table.rows[row].map(text)) },
        ]
    }

    static func line(_ fields: [String]) -> String { fields.map(\.csvField).joined(separator: ",") + "\r\n" }

    static func text(_ value: ReportValue) -> String {
        switch value {
        case .text(let text): text
        case .number(let number): String(number)
        case .real(let number): number.isFinite ? number.description : ""
        case .time(let time): time.description
        case .list(let texts): texts.joined(separator: " ")
        case .none: ""
        }
    }
}
