//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// A value in a report.
package enum ReportValue: Sendable, Equatable {
    case text(String)
    case number(Int64)
    case real(Double)
    case time(WallTime)
    case list([String])
    case none

    package init(_ text: String?) { self = text.map { .text($0) } ?? .none }

    package init(_ number: Int64?) { self = number.map { .number($0) } ?? .none }

    package init(_ number: Int) { self = .number(Int64(number)) }

    package init(_ number: Double?) { self = number.map { .real($0) } ?? .none }

    package init(_ time: WallTime?) { self = time.map { .time($0) } ?? .none }

    /// For comparing rows: nothing comes before all else.
    var magnitude: Double {
        switch self {
        case .number(let number): Double(number)
        case .real(let number): number
        case .time(let time): Double(time.microseconds)
        case .text, .list, .none: -.infinity
        }
    }
}

/// A value with its name.
package struct ReportFact: Sendable, Equatable {
    package let name: String
    package let unit: ReportUnit
    package let value: ReportValue

    package init(_ name: String, _ unit: ReportUnit, _ value: ReportValue) {
        self.name = name
        self.unit = unit
        self.value = value
    }
}

/// What a number is, which tells how people read it, and what it is called in metrics.
package enum ReportUnit: Sendable {
    case text, count, bytes, bytesPerDay, ratio, days, time
}
