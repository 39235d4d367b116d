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
            } else if let sample = SampleLine(line), sample.name != "registry_build_info" {
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
        let contract = Self.contract(of: Sample.render(Sample.usedInstruments(), .text))
        if ProcessInfo.processInfo.environment["PLIMSOLL_UPDATE_GOLDEN"] == "1" {
            try contract.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(contract == (try String(contentsOf: file, encoding: .utf8)))
    }

    private static let promtool = "/usr/bin/promtool"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: promtool)))
    func promtoolHasNothingToSay() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "plimsoll-\(UUID().uuidString).metrics")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(Sample.render(Sample.usedInstruments(), .text).utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: Self.promtool)
        process.arguments = ["check", "metrics"]
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let complaints = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(String(decoding: complaints, as: UTF8.self) == "")
        #expect(process.terminationStatus == 0)
    }
}
