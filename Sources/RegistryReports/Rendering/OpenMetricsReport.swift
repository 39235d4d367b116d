//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// A report as OpenMetrics 1.0, for those who keep it in a system of metrics: `promtool` can read it in.
///
/// Each column of numbers is a gauge, whose labels are what rows are known by. Times are seconds since 1970.
enum OpenMetricsReport {
    static func pieces(_ report: Report) -> [ReportText.Piece] {
        var pieces: [ReportText.Piece] = []
        for group in report.groups {
            for fact in group.facts ?? [] {
                guard let number = number(fact.value) else { continue }
                let name = family(report, group.name, fact.name, fact.unit)
                pieces.append(.text(head(name, fact.unit) + "\(name) \(number)\n"))
            }
        }
        for table in report.tables {
            for (index, column) in table.columns.enumerated() where column.unit != .text && !column.isKey {
                let name = family(report, table.name, column.name, column.unit)
                pieces.append(.text(head(name, column.unit)))
                pieces.append(
                    .rows(table.rows.count) { row in
                        let row = table.rows[row]
                        guard let number = number(row[index]) else { return "" }
                        return "\(name){\(labels(table.columns, row))} \(number)\n"
                    }
                )
            }
        }
        return pieces + [.text("# EOF\n")]
    }

    private static func family(_ report: Report, _ part: String, _ name: String, _ unit: ReportUnit) -> String {
        let middle = part == "totals" ? "" : part + "_"
        let ending =
            switch unit {
            case .bytes: "_bytes"
            case .bytesPerDay: "_bytes_per_day"
            case .time: "_timestamp_seconds"
            case .text, .count, .ratio, .days: ""
            }
        let base = "registry_report_\(report.name.rawValue)_\(middle)\(name)"
        return base.hasSuffix(ending) ? base : base + ending
    }

    private static func head(_ name: String, _ unit: ReportUnit) -> String {
        let unit = unit == .bytes ? "# UNIT \(name) bytes\n" : unit == .time ? "# UNIT \(name) seconds\n" : ""
        return "# TYPE \(name) gauge\n\(unit)"
    }

    private static func number(_ value: ReportValue) -> String? {
        switch value {
        case .number(let number): String(number)
        case .real(let number): number.isFinite ? number.description : nil
        case .time(let time): "\(time.microseconds / 1_000_000)"
        case .text, .list, .none: nil
        }
    }

    private static func labels(_ columns: [ReportTable.Column], _ row: [ReportValue]) -> String {
        zip(columns, row).compactMap { column, value in
            guard column.isKey, case .text(let text) = value else { return nil }
            return "\(column.name)=\"\(escaped(text))\""
        }.joined(separator: ",")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
