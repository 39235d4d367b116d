//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Rows of a report under named columns.
package struct ReportTable: Sendable, Equatable {
    /// In JSON the name of the member; in JSON Lines, without its last letter, the kind of a line.
    package let name: String
    package let columns: [Column]
    package var rows: [[ReportValue]]
    /// The column that bars are drawn for; nil for none.
    package var bars: Int?
    /// Rows that were left out for `top`.
    package var omitted = 0

    package init(_ name: String, _ columns: [Column], rows: [[ReportValue]] = [], bars: String? = nil) {
        self.name = name
        self.columns = columns
        self.rows = rows
        self.bars = bars.flatMap { bars in columns.firstIndex { $0.name == bars } }
    }

    package struct Column: Sendable, Equatable {
        package let name: String
        package let unit: ReportUnit
        /// Whether a row is known by it, so that it is a label in metrics.
        package let isKey: Bool

        package init(_ name: String, _ unit: ReportUnit = .text, isKey: Bool = false) {
            self.name = name
            self.unit = unit
            self.isKey = isKey
        }
    }

    /// Sorts by a column, the greatest first, and texts in byte order; rows that are equal stay in their order.
    mutating func sort(by column: String) throws(ReportFailure) {
        guard let index = columns.firstIndex(where: { $0.name == column }) else {
            let names = columns.map(\.name).joined(separator: ", ")
            throw ReportFailure(.invalid, "sort: there is no column \(column); there are \(names)")
        }
        let isText = columns[index].unit == .text
        let keys: [(offset: Int, row: [ReportValue])] = Array(rows.enumerated().map { ($0, $1) })
        rows = keys.sorted { left, right in
            if isText {
                guard case .text(let one) = left.row[index], case .text(let other) = right.row[index], one != other
                else { return left.offset < right.offset }
                return one.utf8.lexicographicallyPrecedes(other.utf8)
            }
            let (one, other) = (left.row[index].magnitude, right.row[index].magnitude)
            return one != other ? one > other : left.offset < right.offset
        }.map(\.row)
    }

    /// Leaves the first rows.
    mutating func keep(_ count: Int?) {
        guard let count, count < rows.count else { return }
        omitted += rows.count - count
        rows.removeLast(rows.count - count)
    }
}
