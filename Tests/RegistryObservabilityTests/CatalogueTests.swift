//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite struct CatalogueTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func theManualIsWhatTheSourceSays() throws {
        let file = Self.root.appending(path: "docs/metrics.md")
        if ProcessInfo.processInfo.environment["PLIMSOLL_UPDATE_GOLDEN"] == "1" {
            try MetricCatalogue.markdown.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(MetricCatalogue.markdown == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test func everyNameStandsForOneThing() {
        var taken: Set<String> = []
        for metric in MetricCatalogue.all {
            #expect(taken.isDisjoint(with: metric.reservedNames), "\(metric.name)")
            taken.formUnion(metric.reservedNames)
            #expect(metric.help.hasSuffix("."))
            #expect(!metric.help.contains { "\\\"\n|".contains($0) })
            #expect(metric.kind != .counter || metric.name.hasSuffix("_total"), "\(metric.name)")
            #expect(metric.lint == nil || metric.origin != .plimsoll, "\(metric.name)")
            #expect((metric.kind == .histogram) == (metric.buckets != nil), "\(metric.name)")
            #expect(!metric.hasExemplars || metric.kind == .histogram)
        }
    }

    @Test func theNamesOfDistributionAreAllThere() {
        let names = MetricCatalogue.all.filter { $0.origin == .distribution }.map(\.name)
        #expect(
            Set(names) == [
                "registry_http_requests_total", "registry_http_request_duration_seconds",
                "registry_http_request_size_bytes", "registry_http_response_size_bytes",
                "registry_http_in_flight_requests", "registry_storage_action_seconds",
                "registry_storage_cache_requests_total", "registry_storage_cache_hits_total",
                "registry_storage_cache_errors_total", "registry_storage_cache_total",
                "registry_notifications_events_total", "registry_notifications_pending_total",
                "registry_notifications_status_total", "registry_proxy_requests_total", "registry_proxy_hits_total",
                "registry_proxy_misses_total", "registry_proxy_pulled_bytes_total", "registry_proxy_pushed_bytes_total",
            ]
        )
    }

    /// As distribution has it without `proxy`.
    @Test func whatThereIsNoCacheForIsThereWithNothingInIt() {
        let text = Sample.render(Instruments(driverName: "filesystem"), .text)
        for name in ["requests", "hits", "misses", "pulled_bytes", "pushed_bytes"] {
            for type in ["blob", "manifest"] {
                #expect(text.contains("registry_proxy_\(name)_total{type=\"\(type)\"} 0\n"))
            }
        }
    }

    @Test func theJSONSaysTheSame() throws {
        let value = try JSONSerialization.jsonObject(with: Data(MetricCatalogue.json.utf8))
        let metrics = try #require(value as? [[String: Any]])
        #expect(metrics.compactMap { $0["name"] as? String } == MetricCatalogue.all.map(\.name))
        let duration = try #require(
            metrics.first { $0["name"] as? String == "registry_http_request_duration_seconds" }
        )
        #expect(duration["type"] as? String == "histogram")
        #expect(duration["unit"] as? String == "seconds")
        #expect(duration["origin"] as? String == "distribution")
        #expect(duration["exemplars"] as? Bool == true)
        #expect((duration["buckets"] as? [Double])?.last == 60)
        let labels = try #require(duration["labels"] as? [[String: Any]])
        #expect(labels.map { $0["name"] as? String } == ["handler", "method"])
        #expect(labels.last?["values"] as? [String] == MethodName.allCases.map(\.rawValue))
        #expect(metrics.last?["page"] as? String == "/metrics/usage")
        #expect(metrics.compactMap { $0["lint"] as? String } == MetricCatalogue.all.compactMap(\.lint))
    }

    /// What is exposed is in the catalogue with its type and labels, and what is in the catalogue is exposed.
    @Test func everythingExposedIsDescribed() throws {
        let text = Sample.render(Sample.usedInstruments(), .text, collectors: Sample.serverCollectors)
        let catalogue = Dictionary(uniqueKeysWithValues: MetricCatalogue.all.map { ($0.name, $0) })
        var exposed: Set<String> = []
        var current: MetricDescription?
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let name = String(line.split(separator: " ")[2])
                let known = try #require(catalogue[name], "\(name)")
                current = known
                exposed.insert(name)
            }
            guard let sample = SampleLine(line) else { continue }
            let labels = sample.labels.filter { $0.key != "le" }
            #expect(labels.map(\.key) == current?.labels.map(\.name))
            for (label, description) in zip(labels, current?.labels ?? []) {
                guard case .closed(let values) = description.values else { continue }
                #expect(values.contains(label.value))
            }
        }
        let expected = Set(MetricCatalogue.topics.flatMap(\.metrics).map(\.name))
        #expect(expected.subtracting(exposed) == [])
    }

    @Test func cardinalityIsWhatTheExpositionHas() throws {
        let exposition = Sample.exposition(Sample.usedInstruments(), collectors: Sample.serverCollectors)
        let page = try #require(MetricsPages(exposition).page(MetricsRequest(path: "/cardinality")))
        #expect(page.contentType == "application/json")
        let value = try JSONSerialization.jsonObject(with: Data(page.body)) as? [String: Any]
        let families = try #require(value?["families"] as? [[String: Any]])
        let text = String(decoding: exposition.render(format: .text), as: UTF8.self)
        let samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(value?["series"] as? Int == samples.count)
        let bytes = try #require(value?["bytes"] as? Int)
        // Some values, such as the time of rendering, have another length each time.
        #expect(abs(bytes - text.utf8.count) < 200)
        #expect(families.first?["name"] as? String == "registry_http_requests_total")
        let most = RouteName.allCases.count * StatusLabel.allCases.count * MethodName.allCases.count
        #expect(families.first?["series"] as? Int == most)
        #expect(families.first?["limit"] as? Int == most)
        let counts = families.compactMap { $0["series"] as? Int }
        #expect(counts == counts.sorted(by: >))
        for family in families {
            guard let limit = family["limit"] as? Int else { continue }
            #expect(try #require(family["series"] as? Int) <= limit)
        }
    }
}
