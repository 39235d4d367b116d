//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing

@testable import RegistryObservability

@Suite struct LogManualTests {
    private struct Row {
        let key: String
        let type: String
        let isNullable: Bool

        /// Reads a row of the tables of fields in the manual; nil if it is none.
        init?(_ line: Substring) {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard line.hasPrefix("| `"), cells.count >= 3, ["text", "number"].contains(cells[1]) else { return nil }
            key = cells[0].trimmingCharacters(in: CharacterSet(charactersIn: "`"))
            type = cells[1]
            // The table of what every request has tells when a field is null; the others are in a line or are not.
            isNullable = cells.count >= 5 && cells[4] != "never"
        }
    }

    /// The tables are written by hand, since they tell more than the schema.
    @Test func everyFieldIsToldOfWithItsTypeAndWhetherItCanBeNull() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let manual = root.deletingLastPathComponent().appending(path: "docs/observability.md")
        let rows = try String(contentsOf: manual, encoding: .utf8).split(separator: "\n").compactMap(Row.init)
        let told = Dictionary(grouping: rows, by: \.key)
        for field in LogSchema.fields where field.key.name != LogKey.event.name {
            let row = try #require(told[field.key.name]?.first, "\(field.key.name)")
            var isNumber = false
            if case .number = field.type { isNumber = true }
            #expect(row.type == (isNumber ? "number" : "text"), "\(row)")
            #expect(row.isNullable == (field.presence == .nullable), "\(row)")
        }
        let requests = LogSchema.fields.filter { [.requests, .nullable].contains($0.presence) }.map(\.key.name)
        #expect(rows.map(\.key).filter(requests.contains) == requests)
    }
}
