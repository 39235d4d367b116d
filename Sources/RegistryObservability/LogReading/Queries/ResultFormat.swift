//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// How a table is written.
package enum ResultFormat: String, Sendable, CaseIterable {
    /// For people: columns in line, numbers with units.
    case table
    /// An array of objects, numbers exact.
    case json
    /// RFC 4180 with a header, numbers exact.
    case csv

    /// The whole table as text.
    package func text(of table: ResultTable) -> String {
        switch self {
        case .table: Self.aligned(table)
        case .json: Self.json(table)
        case .csv: Self.csv(table)
        }
    }

    // MARK: Table

    private static func aligned(_ table: ResultTable) -> String {
        let cells = [table.columns.map(\.name)] + table.rows.map { row in zip(row, table.columns).map(forPeople) }
        let widths = table.columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            var line = ""
            for (position, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[position] - cell.count)
                let isNumber = table.columns[position].unit != .text
                line += (position > 0 ? "  " : "") + (isNumber ? padding + cell : cell + padding)
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    private static func forPeople(_ value: ResultTable.Value, _ column: ResultTable.Column) -> String {
        switch (value, column.unit) {
        case (.none, _): return "-"
        case (.text(let text), _): return text.visible
        case (.number(let number), .bytes):
            let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
            var value = Double(number)
            var unit = 0
            while abs(value) >= 1024, unit < units.count - 1 {
                value /= 1024
                unit += 1
            }
            return unit == 0 ? "\(number) B" : "\(oneDecimal(value)) \(units[unit])"
        case (.number(let number), .microseconds):
            return number < 1000
                ? "\(number) µs"
                : number < 1_000_000
                    ? "\(oneDecimal(Double(number) / 1e3)) ms" : "\(oneDecimal(Double(number) / 1e6)) s"
        case (.number(let number), _): return "\(number)"
        }
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    // MARK: JSON

    private static func json(_ table: ResultTable) -> String {
        let rows = table.rows.map { row in
            let members = zip(table.columns, row).map { column, value in
                switch value {
                case .none: "\(column.name.jsonQuoted):null"
                case .number(let number): "\(column.name.jsonQuoted):\(number)"
                case .text(let text): "\(column.name.jsonQuoted):\(text.jsonQuoted)"
                }
            }
            return "{" + members.joined(separator: ",") + "}"
        }
        return rows.isEmpty ? "[]\n" : "[\n" + rows.joined(separator: ",\n") + "\n]\n"
    }

    // MARK: CSV

    private static func csv(_ table: ResultTable) -> String {
        let header = table.columns.map(\.name.csvField)
        let rows = table.rows.map { row in
            row.map { value in
                switch value {
                case .none: ""
                case .number(let number): "\(number)"
                case .text(let text): text.csvField
                }
            }
        }
        return ([header] + rows).map { $0.joined(separator: ",") + "\r\n" }.joined()
    }
}
