//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The answer to a question: rows of values under named columns.
package struct ResultTable: Sendable, Equatable {
    package let columns: [Column]
    package private(set) var rows: [[Value]] = []
    /// Rows that were left out, as no more were asked for.
    package var omitted = 0

    /// Creates a table without rows.
    package init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row.
    /// - Parameter row: a value for each column.
    package mutating func add(_ row: [Value]) { rows.append(row) }

    /// A column: its name, and what its values are.
    package struct Column: Sendable, Equatable {
        package let name: String
        package let unit: Unit

        /// Creates a column.
        package init(_ name: String, _ unit: Unit = .text) {
            self.name = name
            self.unit = unit
        }
    }

    /// What the values of a column are, which tells how people read them.
    package enum Unit: Sendable {
        case text, count, bytes, microseconds
    }

    package enum Value: Sendable, Equatable {
        case text(String)
        case number(Int64)
        case none

        init(_ text: String?) { self = text.map { .text($0) } ?? .none }

        init(_ number: Int64?) { self = number.map { .number($0) } ?? .none }

        init(_ number: Int) { self = .number(Int64(number)) }
    }
}
