//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The samples of an exposition, read without the code under test.
package struct MetricSamples: Sendable {
    /// A line: a name, labels and a value.
    package struct Sample: Sendable {
        package let name: String
        package let labels: [String: String]
        package let value: Double
    }

    package let samples: [Sample]

    /// - Throws: ``MalformedMetrics`` for a line that is neither a comment nor a sample.
    package init(text: String) throws {
        samples = try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(Self.sample)
    }

    private static func sample(_ line: Substring) throws -> Sample {
        let expression = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)$/
        // OpenMetrics may have an example behind a value.
        let sample = line.firstRange(of: " # {").map { line[..<$0.lowerBound] } ?? line
        guard let match = sample.wholeMatch(of: expression), let value = Double(match.3) else {
            throw MalformedMetrics(line: String(line))
        }
        var labels: [String: String] = [:]
        // No value of ours has a quote or a comma in it.
        for label in (match.2 ?? "").split(separator: ",") {
            guard let pair = label.wholeMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="([^"]*)"/) else {
                throw MalformedMetrics(line: String(line))
            }
            labels[String(pair.1)] = String(pair.2)
        }
        return Sample(name: String(match.1), labels: labels, value: value)
    }

    /// The samples of a name that have some labels, added up.
    package func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
        samples.filter { sample in sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value } }
            .reduce(0) { $0 + $1.value }
    }
}

/// A line of an exposition that cannot be read.
package struct MalformedMetrics: Error { package let line: String }
