//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CoreMetrics
import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite(.timeLimit(.minutes(5))) struct LibraryMetricsTests {
    private let metrics = LibraryMetrics()
    private var factory: LibraryMetricsFactory { LibraryMetricsFactory(metrics) }

    private func lines(_ format: ExpositionFormat = .text) -> [String] {
        var writer = ExpositionWriter(format: format, capacity: 1000)
        metrics.collect(into: &writer)
        return String(decoding: writer.finish().text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func samples(_ name: String) -> [String] { lines().filter { $0.hasPrefix("registry_library_\(name)") } }

    @Test func whatLibrariesMeasureIsExposed() {
        CoreMetrics.Counter(
            label: "http.client.requests",
            dimensions: [("host", "a\"b"), ("status-code", "200")],
            factory: factory
        )
        .increment(by: 3)
        CoreMetrics.Gauge(label: "pool.size", dimensions: [], factory: factory).record(2.5)
        CoreMetrics.Meter(label: "queue", dimensions: [], factory: factory).increment(by: 4)
        CoreMetrics.Recorder(label: "rows", dimensions: [], aggregate: true, factory: factory).record(12)
        CoreMetrics.Timer(label: "connect", dimensions: [], factory: factory).recordMilliseconds(2)
        CoreMetrics.FloatingPointCounter(label: "cost", dimensions: [], factory: factory).increment(by: 1.75)
        #expect(
            samples("http_client_requests") == [
                #"registry_library_http_client_requests_total{host="a\"b",status_code="200"} 3"#
            ]
        )
        #expect(samples("pool_size") == ["registry_library_pool_size 2.5"])
        #expect(samples("queue") == ["registry_library_queue 4"])
        #expect(samples("rows").contains(#"registry_library_rows_distribution_bucket{le="100"} 1"#))
        #expect(samples("rows").contains("registry_library_rows_distribution_sum 12"))
        #expect(samples("connect").contains(#"registry_library_connect_seconds_bucket{le="0.003"} 1"#))
        #expect(samples("cost") == ["registry_library_cost_total 1"])
    }

    @Test func theSameNamesAreTheSameSeries() {
        for _ in 0..<3 {
            CoreMetrics.Counter(label: "a", dimensions: [("y", "1"), ("x", "2")], factory: factory).increment()
            CoreMetrics.Counter(label: "a", dimensions: [("x", "2"), ("y", "1")], factory: factory).increment()
        }
        #expect(samples("a") == [#"registry_library_a_total{x="2",y="1"} 6"#])
    }

    @Test func countersOnlyGrow() {
        let counter = CoreMetrics.Counter(label: "a", dimensions: [], factory: factory)
        counter.increment(by: 5)
        counter.increment(by: -3)
        #expect(samples("a") == ["registry_library_a_total 5"])
        counter.reset()
        #expect(samples("a") == ["registry_library_a_total 0"])
        counter.destroy()
        #expect(samples("a") == ["registry_library_a_total 0"])
    }

    /// Names of different types, or that differ in what Prometheus does not know.
    @Test func clashesAreFatalToNobody() {
        for label in ["x", "x.", "x-y", "x.y", "x_total", "x_count", "x_seconds", "", "_", "é", "le", "x\n\"\\"] {
            CoreMetrics.Counter(label: label, dimensions: [], factory: factory).increment()
            CoreMetrics.Gauge(label: label, dimensions: [], factory: factory).record(1)
            CoreMetrics.Timer(label: label, dimensions: [], factory: factory).recordNanoseconds(1)
            CoreMetrics.Recorder(label: label, dimensions: [], aggregate: true, factory: factory).record(1)
        }
        let families = metrics.families
        #expect(families.count == 48)
        var taken: Set<String> = []
        for family in families {
            #expect(taken.isDisjoint(with: family.description.reservedNames), "\(family.description.name)")
            taken.formUnion(family.description.reservedNames)
            #expect(family.description.name.wholeMatch(of: /registry_library[a-zA-Z0-9_]+/) != nil)
            #expect(family.description.help.allSatisfy { $0.isASCII && !"\\\"\n".contains($0) })
        }
    }

    @Test func labelNamesAreMadeFit() {
        for (name, fit) in [
            ("status-code", "status_code"), ("le", "label_le"), ("__name__", "label___name__"), ("", "label_"),
            ("9x", "label_9x"), ("quantile", "label_quantile"), ("ok", "ok"),
        ] { #expect(LibraryNames.label(name) == fit) }
        CoreMetrics.Counter(label: "a", dimensions: [("x.", "1"), ("x-", "2")], factory: factory).increment()
        #expect(samples("a").count == 1)
    }

    @Test func aFamilyHasSoManySeriesAndNoMore() {
        for number in 0..<1000 {
            CoreMetrics.Counter(label: "a", dimensions: [("id", "\(number)")], factory: factory).increment()
        }
        CoreMetrics.Counter(label: "a", dimensions: [("other", "x")], factory: factory).increment()
        #expect(samples("a").count == LibraryMetrics.maximumSeries + 1)
        #expect(samples("a").contains(#"registry_library_a_total{id="_other"} 901"#))
        #expect(lines().contains(#"registry_metrics_series_overflow_total{metric="registry_library_a_total"} 901"#))
        #expect(lines().contains(#"registry_metrics_series_overflow_total{metric="_families"} 0"#))
    }

    @Test func thereAreSoManyFamiliesAndNoMore() {
        for number in 0..<250 { CoreMetrics.Counter(label: "f\(number)", dimensions: [], factory: factory).increment() }
        #expect(metrics.families.count == LibraryMetrics.maximumFamilies)
        #expect(lines().contains(#"registry_metrics_series_overflow_total{metric="_families"} 50"#))
    }

    @Test func numbersOfAnySizeAreTaken() {
        let recorder = CoreMetrics.Recorder(label: "r", dimensions: [], aggregate: true, factory: factory)
        for value in [Double.infinity, -.infinity, .nan, 1e300, -1e300, 0.5] { recorder.record(value) }
        recorder.record(Int64.max)
        #expect(samples("r_distribution_count") == ["registry_library_r_distribution_count 6"])
    }

    @Test func gaugesAddUpFromManyTasks() async {
        let meter = CoreMetrics.Meter(label: "m", dimensions: [], factory: factory)
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<8 { tasks.addTask { for _ in 0..<1000 { meter.increment(by: 1.5) } } }
        }
        meter.decrement(by: 2000)
        #expect(samples("m") == ["registry_library_m 10000"])
    }
}
