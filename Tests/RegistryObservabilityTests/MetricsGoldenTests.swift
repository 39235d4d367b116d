//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry
import Testing

@testable import RegistryObservability

/// Dashboards and alerts hold on to names, labels and buckets: none may change unnoticed.
@Suite struct MetricsGoldenTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    /// One line a family: name, type, and each label with its values.
    private static func contract(of exposition: String) -> String {
        var lines: [String] = []
        var labels: [(key: String, values: [String])] = []
        func endFamily() {
            for label in labels { lines[lines.count - 1] += " \(label.key)=\(label.values.joined(separator: "|"))" }
            labels = []
        }
        for line in exposition.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                endFamily()
                lines.append(String(line.dropFirst(7)))
            } else if let sample = SampleLine(line), !["registry_build_info", "target_info"].contains(sample.name) {
                for (key, value) in sample.labels {
                    let position = labels.firstIndex { $0.key == key } ?? labels.endIndex
                    if position == labels.endIndex { labels.append((key, [])) }
                    if !labels[position].values.contains(value) { labels[position].values.append(value) }
                }
            }
        }
        endFamily()
        return lines.joined(separator: "\n") + "\n"
    }

    @Test func namesTypesLabelsAndBuckets() throws {
        let file = Self.folder.appending(path: "metrics.txt")
        let text = Sample.render(Sample.usedInstruments(), .text, collectors: Sample.serverCollectors)
        let contract = Self.contract(of: text)
        if ProcessInfo.processInfo.environment["PLIMSOLL_UPDATE_GOLDEN"] == "1" {
            try contract.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(contract == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test func promtoolSaysWhatTheCatalogueSays() throws {
        let text = Sample.render(Sample.usedInstruments(), .text, collectors: Sample.serverCollectors)
        let result = try Program.run("/usr/bin/promtool", ["check", "metrics"], input: text)
        let known = MetricCatalogue.all.compactMap(\.lint)
        #expect(result.text.split(separator: "\n").map(String.init).sorted() == known.sorted())
    }
}
