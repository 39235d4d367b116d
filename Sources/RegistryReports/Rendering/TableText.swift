//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// A report for people: columns in line, numbers with units, bars.
struct TableText {
    var hasColour: Bool
    /// Columns of the terminal; bars take what tables leave, within bounds.
    var width: Int

    private static let longestBar = 24
    private static let shortestBar = 6

    func pieces(_ report: Report) -> [ReportText.Piece] {
        var head = bold("\(report.name.rawValue)")
        if let scope = report.scope { head += " of \(scope.visible)" }
        head +=
            ", as of \(report.asOf.secondsDescription), \(report.source.rawValue), in \(Self.seconds(report.duration))\n"
        var pieces: [ReportText.Piece] = [.text(head)]
        for group in report.groups { pieces.append(.text("\n" + text(group))) }
        for table in report.tables {
            pieces.append(.text("\n" + bold(table.name) + "\n"))
            pieces += rows(table)
            if table.omitted > 0 { pieces.append(.text("… and \(table.omitted) more; --top 0 prints all\n")) }
        }
        var foot = report.notes.map { "\n" + $0 }.joined()
        if !foot.isEmpty { foot = "\n" + foot.dropFirst() + "\n" }
        if !report.definitions.isEmpty {
            let length = report.definitions.map(\.term.utf8.count).max() ?? 0
            foot += "\n"
            for definition in report.definitions {
                foot += faint(Self.padded(definition.term, length) + "  " + definition.meaning) + "\n"
            }
        }
        return pieces + [.text(foot)]
    }

    private func text(_ group: Report.Group) -> String {
        guard let facts = group.facts else { return bold(group.name) + ": not known\n" }
        let length = facts.map(\.name.utf8.count).max() ?? 0
        let values = facts.map { Self.text($0.value, $0.unit) }
        let longest = values.map(\.count).max() ?? 0
        var text = bold(group.name) + "\n"
        for (fact, value) in zip(facts, values) {
            let padding = String(repeating: " ", count: longest - value.count)
            text += "  " + Self.padded(fact.name, length) + "  " + padding + value + "\n"
        }
        return text
    }

    private func rows(_ table: ReportTable) -> [ReportText.Piece] {
        guard !table.rows.isEmpty else { return [.text("  none\n")] }
        // The widths are those of the rows that are printed; of very many, the first tell enough.
        let sample = table.rows.prefix(1000).map { row in zip(row, table.columns).map { Self.text($0, $1.unit) } }
        let widths = table.columns.indices.map { column in
            sample.reduce(table.columns[column].name.count) { max($0, $1[column].count) }
        }
        let taken = widths.reduce(2) { $0 + $1 + 2 }
        let bar = table.bars == nil ? 0 : max(Self.shortestBar, min(Self.longestBar, width - taken))
        let greatest = table.bars.map { bars in
            table.rows.reduce(0.0) { max($0, $1[bars].magnitude.magnitude.isFinite ? $1[bars].magnitude.magnitude : 0) }
        }
        let header = table.columns.map { $0.name }
        return [
            .text(faint(Self.line(header, widths, table.columns)) + "\n"),
            .rows(table.rows.count) { index in
                let row = table.rows[index]
                var line = Self.line(zip(row, table.columns).map { Self.text($0, $1.unit) }, widths, table.columns)
                if let bars = table.bars, let greatest, greatest > 0, bar > 0 {
                    let drawn = Self.bar(row[bars].magnitude.magnitude / greatest, bar)
                    let missing = taken - line.count - 2
                    if !drawn.isEmpty { line += String(repeating: " ", count: max(missing, 0) + 2) + blue(drawn) }
                }
                return line + "\n"
            },
        ]
    }

    private static func line(_ cells: [String], _ widths: [Int], _ columns: [ReportTable.Column]) -> String {
        var line = ""
        for (position, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[position] - cell.count))
            let isText = columns[position].unit == .text
            line += "  " + (isText ? cell + padding : padding + cell)
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// In eighths of a column.
    static func bar(_ share: Double, _ length: Int) -> String {
        guard share.isFinite, share > 0 else { return "" }
        let eighths = max(1, Int((min(share, 1) * Double(length) * 8).rounded()))
        let rest = eighths % 8
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][rest]
        return String(repeating: "█", count: eighths / 8) + partial
    }

    // MARK: Values

    private static func text(_ value: ReportValue, _ unit: ReportUnit) -> String {
        switch value {
        case .none: "-"
        case .text(let text): text.isEmpty ? "(all)" : text.visible
        case .list(let texts): texts.isEmpty ? "-" : texts.map(\.visible).joined(separator: ", ")
        case .time(let time): String(time.description.prefix(16).replacing("T", with: " "))
        case .number(let number) where unit == .bytes: bytes(Double(number))
        case .number(let number): String(number)
        case .real(let number):
            switch unit {
            case .bytesPerDay: bytes(number) + "/day"
            case .bytes: bytes(number)
            default: decimal(number, unit == .ratio ? 100 : 10)
            }
        }
    }

    /// In units of 1024.
    static func bytes(_ value: Double) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var (value, unit) = (value, 0)
        while abs(value) >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(Int64(value)) B" : "\(decimal(value, 10)) \(units[unit])"
    }

    /// - Parameter parts: 10 for one digit behind the point, 100 for two.
    private static func decimal(_ value: Double, _ parts: Double) -> String {
        guard abs(value) < 1e15 else { return value.description }
        let scaled = Int64((value * parts).rounded())
        let (whole, rest) = scaled.magnitude.quotientAndRemainder(dividingBy: UInt64(parts))
        let digits = String(rest)
        let padding = String(repeating: "0", count: (parts == 100 ? 2 : 1) - digits.utf8.count)
        return (scaled < 0 ? "-" : "") + "\(whole).\(padding)\(digits)"
    }

    private static func seconds(_ duration: Duration) -> String {
        let seconds = duration / .milliseconds(1) / 1000
        return seconds < 1 ? "\(Int((seconds * 1000).rounded())) ms" : decimal(seconds, 10) + " s"
    }

    private static func padded(_ text: String, _ length: Int) -> String {
        text + String(repeating: " ", count: max(0, length - text.count))
    }

    // MARK: Terminal

    private func bold(_ text: String) -> String { hasColour ? "\u{1b}[1m\(text)\u{1b}[0m" : text }

    private func faint(_ text: String) -> String { hasColour ? "\u{1b}[2m\(text)\u{1b}[0m" : text }

    private func blue(_ text: String) -> String { hasColour ? "\u{1b}[34m\(text)\u{1b}[0m" : text }
}
