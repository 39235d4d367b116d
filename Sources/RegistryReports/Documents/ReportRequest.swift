//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// What somebody asks for: by options of the command, or by the parameters of a request.
package struct ReportRequest: Sendable, Equatable {
    package var name: ReportName
    package var format = ReportFormat.table
    /// A namespace, or a repository: only what is in it.
    package var scope: String?
    /// Only namespaces of at most so many parts.
    package var depth: Int?
    /// From when on use and growth count.
    package var since: WallTime?
    /// The column to sort by, the greatest first.
    package var sort: String?
    /// The most rows in each table; 0 for all.
    package var top: Int?
    /// Without a pull for so many days.
    package var days: Int?
    /// What `top` ranks by.
    package var by: String?
    /// The table to write where a format takes one alone.
    package var table: String?
    package var isMeasured = false
    /// What a gigabyte (10⁹ bytes) costs an hour, and in what currency, for cost rows.
    package var price = CostPrice()
    package var hasColour = false
    /// Columns of the terminal.
    package var width = 100

    package init(_ name: ReportName) { self.name = name }

    /// The parameters that there are.
    package static let parameters = [
        "format", "scope", "depth", "since", "sort", "top", "days", "by", "table", "measured", "price", "currency",
        "colour", "width",
    ]

    /// Reads what was given as text.
    /// - Parameters:
    ///   - values: by the names in `parameters`; other names are refused.
    ///   - now: what times are counted from.
    package init(_ name: String, _ values: [String: String], now: WallTime) throws(ReportFailure) {
        guard let report = ReportName(rawValue: name), report.isAskedFor else {
            let names = ReportName.allCases.filter(\.isAskedFor).map(\.rawValue).joined(separator: ", ")
            throw ReportFailure(.unknown, "there is no report \(name); there are \(names)")
        }
        self.init(report)
        let taken = Self.taken(by: report)
        for parameter in values.keys.sorted() where !taken.contains(parameter) {
            throw ReportFailure(
                .invalid,
                Self.parameters.contains(parameter)
                    ? "the report \(name) takes no \(parameter)" : "there is no parameter \(parameter)"
            )
        }
        if let text = values["format"] {
            guard let format = ReportFormat(rawValue: text) else {
                let names = ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw ReportFailure(.invalid, "format: \(text) is none of \(names)")
            }
            self.format = format
        }
        guard format != .focus || report == .capacity else {
            throw ReportFailure(.invalid, "format: cost rows (focus) are made from the report capacity only")
        }
        guard format != .html || report == .capacity else {
            throw ReportFailure(.invalid, "format: the page (html) is made from the report capacity only")
        }
        scope = values["scope"].flatMap { $0.isEmpty ? nil : $0 }
        depth = try Self.number("depth", values)
        top = try Self.number("top", values)
        days = try Self.number("days", values)
        width = try Self.number("width", values) ?? width
        sort = values["sort"]
        by = values["by"]
        table = values["table"]
        isMeasured = try Self.truth("measured", values)
        hasColour = try Self.truth("colour", values)
        price = try CostPrice(values["price"], currency: values["currency"])
        if let text = values["since"] {
            guard let time = WallTime(given: text, now: now) else {
                throw ReportFailure(.invalid, "since: \(text) is no time; such are 30d, 2026-11-24 and yesterday")
            }
            since = time
        }
        guard report != .explain || scope != nil else {
            throw ReportFailure(.invalid, "the report explain needs a repository as scope")
        }
    }

    private static func taken(by report: ReportName) -> Set<String> {
        let always: Set = ["format", "top", "table", "colour", "width"]
        return switch report {
        case .capacity: always.union(["scope", "depth", "sort", "measured", "price", "currency"])
        case .usage, .growth: always.union(["scope", "since", "sort"])
        case .stale: always.union(["scope", "days", "sort"])
        case .top: always.union(["scope", "by"])
        case .clients: always.union(["since", "sort"])
        case .explain: always.union(["scope"])
        case .diff, .simulate: always
        }
    }

    private static func number(_ name: String, _ values: [String: String]) throws(ReportFailure) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), (0...100_000_000).contains(number) else {
            throw ReportFailure(.invalid, "\(name): \(text) is not a whole number from 0")
        }
        return number
    }

    private static func truth(_ name: String, _ values: [String: String]) throws(ReportFailure) -> Bool {
        guard let text = values[name] else { return false }
        guard let truth = Bool(text) else {
            throw ReportFailure(.invalid, "\(name): \(text) is neither true nor false")
        }
        return truth
    }

    /// Whether something of a name is in the scope.
    package func covers(_ name: String) -> Bool {
        guard let scope else { return true }
        return name == scope
            || (name.hasPrefix(scope) && name.utf8.dropFirst(scope.utf8.count).first == UInt8(ascii: "/"))
    }

    /// The most rows of a table, nil for all: people get the first 20 unless they ask for more.
    package var rowLimit: Int? { top.map { $0 == 0 ? nil : $0 } ?? (format == .table ? 20 : nil) }
}
