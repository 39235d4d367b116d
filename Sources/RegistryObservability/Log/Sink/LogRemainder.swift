//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// What a sink could not write when the log ended.
package struct LogRemainder: Sendable, Equatable, CustomStringConvertible {
    package let sink: LogSinkName
    /// Entries that are lost.
    package internal(set) var lost = 0
    /// The number of the first of these and those that are spilled.
    var first = Int64.max
    /// Audit entries that stand in the spill file, for the next run to deliver.
    package internal(set) var spilled = 0
    /// Of the spill file.
    package internal(set) var path = ""
    /// Why audit entries are among those that are lost; nil if none is.
    package internal(set) var failure: String?

    init(_ sink: LogSinkName) { self.sink = sink }

    package var isEmpty: Bool { lost == 0 && spilled == 0 }

    package var description: String {
        var parts: [String] = []
        if lost > 0 { parts.append("\(lost) entries could not be written, and are lost") }
        if let failure { parts.append("audit entries are among them (\(failure))") }
        if spilled > 0 { parts.append("\(spilled) audit entries are in \(path), and follow at the next start") }
        return "log sink \(sink.rawValue): " + parts.joined(separator: "; ")
    }
}
