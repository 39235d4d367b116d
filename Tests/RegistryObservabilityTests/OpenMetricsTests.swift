//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CoreMetrics
import Foundation
import RegistryTelemetry
import Testing

@testable import RegistryObservability

/// The rules of OpenMetrics 1.0, as the parser of Prometheus' Python client holds them.
@Suite struct OpenMetricsTests {
    /// Reads an exposition from standard input with the strict parser, and prints what it found as JSON.
    private static let script = """
        import json, sys
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
        found = []
        for family in text_string_to_metric_families(sys.stdin.read()):
            for sample in family.samples:
                example = sample.exemplar
                found.append({
                    "family": family.name, "type": family.type, "unit": family.unit, "name": sample.name,
                    "labels": sample.labels, "value": float(sample.value),
                    "exemplar": example and {
                        "labels": example.labels, "value": float(example.value), "time": float(example.timestamp)},
                })
        json.dump(found, sys.stdout)
        """

    private struct Found: Decodable {
        struct Example: Decodable {
            let labels: [String: String]
            let value: Double
            let time: Double
        }

        let family: String
        let type: String
        let unit: String
        let name: String
        let labels: [String: String]
        let value: Double
        let exemplar: Example?
    }

    private func parse(_ text: String) throws -> [Found] {
        let output = try Program.run("/usr/bin/python3", ["-c", Self.script], input: text)
        try #require(output.status == 0, "\(output.text)")
        return try JSONDecoder().decode([Found].self, from: Data(output.text.utf8))
    }

    private func instruments() throws -> Instruments {
        let instruments = Sample.usedInstruments()
        let observer = MetricsObserver(instruments)
        for milliseconds in [1, 30, 7_000, 90_000] {
            var record = try Sample.fullRecord()
            record.duration = .milliseconds(milliseconds)
            record.timeToFirstByte = .microseconds(milliseconds)
            record.bytesIn = Int64(milliseconds) * 100
            observer.conclude(record)
        }
        return instruments
    }

    @Test func theStrictParserReadsEverything() throws {
        let libraries = LibraryMetrics()
        for label in ["a.b", "a-b", "x_count", "x"] {
            let factory = LibraryMetricsFactory(libraries)
            CoreMetrics.Counter(label: label, dimensions: [("k", "a\"\\\nb")], factory: factory).increment()
            CoreMetrics.Timer(label: label, dimensions: [], factory: factory).recordNanoseconds(5)
            CoreMetrics.Recorder(label: label, dimensions: [], aggregate: true, factory: factory).record(-2.5)
        }
        let collectors = Sample.serverCollectors.dropLast() + [libraries]
        let text = Sample.render(try instruments(), .openMetrics, collectors: Array(collectors))
        let found = try parse(text)
        let samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(found.count == samples.count)
        #expect(found.contains { $0.family == "registry_build" && $0.type == "info" })
        #expect(found.first?.family == "target")
        #expect(found.contains { $0.family == "registry_http_request_duration_seconds" && $0.unit == "seconds" })
        #expect(found.contains { $0.name == "registry_library_a_b_total" && $0.labels == ["k": "a\"\\\nb"] })
    }

    @Test func examplesLeadToTheRequest() throws {
        let found = try parse(Sample.render(try instruments(), .openMetrics))
        let trace = "0123456789abcdef0123456789abcdef"
        let examples = found.filter { $0.exemplar != nil }
        let families = Set(examples.map(\.family))
        #expect(
            families == [
                "registry_http_request_duration_seconds", "registry_http_request_size_bytes",
                "registry_http_response_size_bytes", "registry_http_time_to_first_byte_seconds",
            ]
        )
        let durations = examples.filter { $0.family == "registry_http_request_duration_seconds" }
        #expect(durations.map { $0.labels["le"] } == ["0.005", "0.05", "10.0", "+Inf"])
        #expect(durations.compactMap { $0.exemplar?.value } == [0.001, 0.03, 7, 90])
        for example in examples {
            #expect(example.exemplar?.labels == ["trace_id": trace, "span_id": Sample.spanID])
            // The parser itself sees to the length of the labels; the value must not be above its bucket.
            let bound = try #require(example.labels["le"].flatMap { $0 == "+Inf" ? .infinity : Double($0) })
            #expect(try #require(example.exemplar?.value) <= bound)
        }
        #expect(abs((durations.first?.exemplar?.time ?? 0) - 1_700_000_000.124456) < 0.000_01)
        // The text format has none.
        #expect(!Sample.render(try instruments(), .text).contains(trace))
    }
}
