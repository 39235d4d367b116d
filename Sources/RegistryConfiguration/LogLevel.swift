//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How much is logged beside the record of each request.
package enum LogLevel: String, Sendable, CaseIterable {
    /// Only what failed.
    case error
    /// Also what may fail soon.
    case warn
    /// Also what an operator wants to know of.
    case info
    /// Also what helps to find a fault.
    case debug
}

extension LogLevel {
    /// Parses the name of a level, in any case.
    static func parse(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> LogLevel {
        guard let level = LogLevel(rawValue: scalar.text.lowercased()) else {
            throw InvalidValue("must be error, warn, info or debug, not \(scalar.text.quoted)")
        }
        return level
    }
}
