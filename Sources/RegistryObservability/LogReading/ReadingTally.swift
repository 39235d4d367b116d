//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How much of what was read is a log, whatever its time.
package struct ReadingTally: Sendable {
    /// Lines and entries of a log.
    package private(set) var lines: Int64 = 0
    /// The sources of lines that are none, save entries that others have in the journal; in their order.
    package private(set) var foreign: [(source: String, lines: Int64)] = []
    /// All lines that are none of a log.
    private var others: Int64 = 0
    /// Something was passed over because its time is of no interest.
    private var isPartial = false

    /// Whether there was something to read, and no line of it is of a log.
    package var isNoLog: Bool { lines == 0 && others > 0 && !isPartial }

    mutating func add(_ line: LogLine, of source: LogSource) {
        if line.isOfLog {
            lines += 1
        } else {
            addForeign(of: source, isCounted: !line.isFromJournal)
        }
    }

    mutating func addForeign(of source: LogSource, isCounted: Bool = true) {
        others += 1
        guard isCounted else { return }
        if foreign.last?.source == source.path {
            foreign[foreign.count - 1].lines += 1
        } else {
            foreign.append((source.path, 1))
        }
    }

    mutating func passOver() { isPartial = true }
}
