//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A value of a column or a parameter.
enum SQLiteValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    /// Null for nil.
    static func optional(_ number: Int64?) -> SQLiteValue { number.map { .integer($0) } ?? .null }

    /// Null for nil.
    static func optional(_ text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }

    /// 1 and 0.
    static func truth(_ value: Bool) -> SQLiteValue { .integer(value ? 1 : 0) }
}
