//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// A report as JSON: numbers are exact, sizes bytes, times RFC 3339 in UTC.
enum JSONReport {
    /// Of what the members are and mean.
    static let schemaVersion: Int64 = 1

    static func pieces(_ report: Report) -> [ReportText.Piece] {
        var head = "{" + members(report)
        for group in report.groups { head += ",\n\(group.name.jsonQuoted):" + object(group.facts) }
        var pieces: [ReportText.Piece] = [.text(head)]
        for table in report.tables {
            pieces.append(.text(",\n\(table.name.jsonQuoted):["))
            pieces.append(
                .rows(table.rows.count) { row in (row > 0 ? ",\n" : "\n") + object(table.columns, table.rows[row]) }
            )
            pieces.append(.text("]"))
            if table.omitted > 0 { pieces.append(.text(",\n\((table.name + "_omitted").jsonQuoted):\(table.omitted)")) }
        }
        let notes = report.notes.map(\.jsonQuoted).joined(separator: ",")
        let definitions = report.definitions.map { "\($0.term.jsonQuoted):\($0.meaning.jsonQuoted)" }
        pieces.append(.text(",\n\"notes\":[\(notes)],\n\"definitions\":{\(definitions.joined(separator: ",\n"))}}\n"))
        return pieces
    }

    static func lines(_ report: Report) -> [ReportText.Piece] {
        var head = "{\"record\":\"report\"," + members(report)
        for group in report.groups { head += ",\(group.name.jsonQuoted):" + object(group.facts) }
        var pieces: [ReportText.Piece] = [.text(head + "}\n")]
        for table in report.tables {
            let kind = "{\"record\":\(singular(table.name).jsonQuoted),"
            pieces.append(
                .rows(table.rows.count) { row in kind + object(table.columns, table.rows[row]).dropFirst() + "\n" }
            )
        }
        return pieces
    }

    private static func singular(_ name: String) -> String {
        name.hasSuffix("ies") ? name.dropLast(3) + "y" : String(name.dropLast())
    }

    private static func members(_ report: Report) -> String {
        """
        "report":\(report.name.rawValue.jsonQuoted),"schema_version":\(schemaVersion),\
        "as_of":\(report.asOf.description.jsonQuoted),"source":\(report.source.rawValue.jsonQuoted),\
        "duration_s":\(seconds(report.duration)),"scope":\(report.scope?.jsonQuoted ?? "null")
        """
    }

    private static func seconds(_ duration: Duration) -> String {
        let micros = duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
        let fraction = String(micros % 1_000_000)
        return "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
    }

    private static func object(_ facts: [ReportFact]?) -> String {
        guard let facts else { return "null" }
        return "{" + facts.map { "\($0.name.jsonQuoted):\(text($0.value))" }.joined(separator: ",") + "}"
    }

    static func object(_ columns: [ReportTable.Column], _ row: [ReportValue]) -> String {
        var object = "{"
        for (position, column) in columns.enumerated() {
            if position > 0 { object += "," }
            object += "\"\(column.name)\":" + text(row[position])
        }
        return object + "}"
    }

    private static func text(_ value: ReportValue) -> String {
        switch value {
        case .text(let text): text.jsonQuoted
        case .number(let number): String(number)
        case .real(let number): number.isFinite ? number.description : "null"
        case .time(let time): "\"\(time.description)\""
        case .list(let texts): "[" + texts.map(\.jsonQuoted).joined(separator: ",") + "]"
        case .none: "null"
        }
    }
}
