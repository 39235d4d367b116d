//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite struct ExpositionTests {
    private let instruments = Instruments(driverName: "filesystem")

    /// The lines about a family, or about all that begin with its name.
    private func lines(_ format: ExpositionFormat, of family: String) -> [Substring] {
        Sample.render(instruments, format).split(separator: "\n").filter {
            $0.contains(" \(family) ") || $0.hasPrefix(family)
        }
    }

    @Test func histogramIsCumulated() {
        let histogram = instruments.storageActions[.stat]
        for milliseconds in [1, 7, 7, 2000, 60_000] { histogram.record(.milliseconds(milliseconds)) }
        let series = #"driver="filesystem",action="Stat""#
        let name = "registry_storage_action_seconds"
        let counts = [1, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 5]
        let bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"]
        let lines = lines(.text, of: name).map(String.init)
        #expect(
            lines.prefix(2) == ["# HELP \(name) Time of storage driver calls by action.", "# TYPE \(name) histogram"]
        )
        #expect(lines[2..<14] == zip(bounds, counts).map { "\(name)_bucket{\(series),le=\"\($0)\"} \($1)" }[...])
        #expect(lines[14...] == ["\(name)_sum{\(series)} 62.015000000", "\(name)_count{\(series)} 5"])
    }

    @Test func sizesHaveTheBoundsOfGo() {
        instruments.requestSize[.blobUpload].record(3_000_000_000)
        let bounds = lines(.text, of: "registry_http_request_size_bytes").compactMap { SampleLine($0) }
            .compactMap { $0.labels.first { $0.key == "le" }?.value }
        #expect(bounds.first == "1024")
        #expect(bounds[9...10] == ["524288", "1.048576e+06"])
        #expect(bounds.suffix(2) == ["2.147483648e+09", "+Inf"])
    }

    @Test func openMetricsKeepsItsRules() {
        instruments.requests[.manifest][.ok][.get].add(3)
        instruments.requestDuration[.manifest][.get].record(.seconds(2))
        let text = Sample.render(instruments, .openMetrics)
        #expect(text.hasSuffix("\n# EOF\n"))
        #expect(text.split(separator: "\n").count { $0.hasPrefix("# EOF") } == 1)
        #expect(
            lines(.openMetrics, of: "registry_http_requests").prefix(2) == [
                "# TYPE registry_http_requests counter",
                "# HELP registry_http_requests Requests that are over, by handler, status code and method.",
            ]
        )
        #expect(text.contains("\nregistry_http_requests_total{handler=\"manifest\",code=\"200\",method=\"get\"} 3\n"))
        let duration = "registry_http_request_duration_seconds"
        #expect(
            lines(.openMetrics, of: duration).prefix(3) == [
                "# TYPE \(duration) histogram",
                "# UNIT \(duration) seconds",
                "# HELP \(duration) Time from the end of a request's head to the last byte of its answer.",
            ]
        )
        #expect(text.contains(#"method="get",le="1.0"} 0"#))
        #expect(text.contains(#"method="get",le="2.5"} 1"#))
    }

    /// Of both formats: every family is described once and before its samples, and no series stands twice.
    @Test(arguments: ExpositionFormat.allCases)
    func familiesStandTogether(_ format: ExpositionFormat) {
        var types: [String] = []
        var current = ""
        var series: [Substring] = []
        for line in Sample.render(Sample.usedInstruments(), format).split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE") {
                types.append(String(words[2]))
            } else if line.hasPrefix("# ") {
                continue
            } else {
                current = types.last ?? ""
                #expect(line.hasPrefix(current))
                series.append(words[0])
            }
        }
        #expect(Set(types).count == types.count)
        #expect(Set(series).count == series.count)
    }

    @Test func seriesThatAlertsAskForAreThereFromTheStart() {
        let text = Sample.render(instruments, .text)
        for code in ErrorCode.allCases {
            #expect(text.contains("\nregistry_errors_total{code=\"\(code.rawValue)\"} 0\n"))
        }
        for route in RouteName.allCases {
            #expect(text.contains("\nregistry_http_requests_aborted_total{handler=\"\(route.rawValue)\"} 0\n"))
        }
        for direction in StreamDirection.allCases {
            let labels = "driver=\"filesystem\",direction=\"\(direction.rawValue)\""
            #expect(text.contains("\nregistry_storage_stream_bytes_total{\(labels)} 0\n"))
        }
    }

    /// A rate knows nothing of a series that appears with the first failure.
    @Test func failuresOfEachMethodOfARouteAreThereFromTheStart() {
        func codes(_ route: RouteName, _ method: MethodName) -> [String] {
            lines(.text, of: "registry_http_requests_total").compactMap { SampleLine($0) }
                .filter { $0.labels[0].value == route.rawValue && $0.labels[2].value == method.rawValue }
                .map { $0.labels[1].value }
        }
        for route in RouteName.allCases {
            for method in MethodName.allCases {
                guard route.methods.contains(method) else {
                    #expect(codes(route, method).isEmpty)
                    continue
                }
                let stores = [.post, .put, .patch].contains(method)
                #expect(codes(route, method) == ["500", "503"] + (stores ? ["507"] : []), "\(route) \(method)")
            }
        }
        instruments.requests[.manifest][.internalServerError][.get].add()
        #expect(codes(.manifest, .get) == ["500", "503"])
    }

    /// One that works must not hide another that fails.
    @Test func everyScheduleHasItsOwnLastExport() {
        let exports = ExportInstruments()
        func samples() -> [String] {
            Sample.render(instruments, .text, collectors: [ExportCollector(exports)]).split(separator: "\n")
                .filter { $0.hasPrefix("registry_report_export_last_success_timestamp_seconds") }
                .map { String($0.drop { $0 != "{" }) }
        }
        #expect(samples() == [])
        exports.follow(["nightly", "hourly"])
        exports.published(by: "hourly", at: 5)
        #expect(samples() == [#"{schedule="hourly"} 5"#, #"{schedule="nightly"} 0"#])
        // A reload keeps what is known of those that stay.
        exports.follow(["hourly", "weekly"])
        #expect(samples() == [#"{schedule="hourly"} 5"#, #"{schedule="weekly"} 0"#])
        exports.follow([])
        #expect(samples() == [])
    }

    @Test func onlyFamiliesThatAreAskedForAreThere() {
        instruments.storageActions[.stat].record(.seconds(1))
        let exposition = Sample.exposition(instruments)
        func families(_ names: [String], _ format: ExpositionFormat) -> [String] {
            String(decoding: exposition.render(format: format, names: names), as: UTF8.self).split(separator: "\n")
                .filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) }
        }
        let names = ["process_threads", "registry_errors_total", "registry_storage_action_seconds_bucket", "none"]
        #expect(
            families(names, .text) == ["registry_errors_total", "registry_storage_action_seconds", "process_threads"]
        )
        #expect(families(["registry_errors"], .openMetrics) == ["registry_errors"])
        #expect(String(decoding: exposition.render(format: .openMetrics, names: ["none"]), as: UTF8.self) == "# EOF\n")
        let none = String(decoding: exposition.render(format: .text, names: ["none"]), as: UTF8.self)
        #expect(none == "# there is none of the families that name[] asks for\n")
        #expect(families([], .text).count > 30)
        #expect(families([], .text).first == "target_info")
    }

    @Test func unusedSeriesAreLeftOutUnlessTheyHaveNoLabels() {
        let text = Sample.render(instruments, .text)
        #expect(!text.contains("registry_http_requests_total{handler=\"manifest\",code=\"200\""))
        #expect(!text.contains("registry_http_request_duration_seconds"))
        #expect(text.contains("\nregistry_storage_links_malformed_total 0\n"))
    }

    @Test func buildInfoEscapesItsLabels() {
        #expect(
            lines(.text, of: "registry_build_info").last
                == [
                    #"registry_build_info{version="1.2.3",revision="abc\"\\\ndef","#,
                    #"swift_version="6.3",os="linux",arch="amd64"} 1"#,
                ].joined()[...]
        )
    }

    @Test func processMetricsAreThereAndPlausible() throws {
        func value(_ name: String) throws -> Double {
            let line = try #require(lines(.text, of: name).compactMap { SampleLine($0) }.first { $0.name == name })
            return try #require(Double(line.value))
        }
        #expect(try value("process_cpu_seconds_total") >= 0)
        #expect(try value("process_open_fds") >= 3)
        #expect(try value("process_max_fds") >= value("process_open_fds"))
        #expect(try value("process_virtual_memory_bytes") >= value("process_resident_memory_bytes"))
        #expect(try value("process_virtual_memory_max_bytes") >= -1)
        #expect(try value("process_resident_memory_bytes") > 1_000_000)
        #expect(try value("process_threads") >= 1)
        let now = Double(WallTime.now.microseconds) / 1e6
        #expect(try (now - 3600...now + 1).contains(value("process_start_time_seconds")))
        #expect(try (now - 60...now + 60).contains(value("registry_clock_timestamp_seconds")))
    }

    @Test func processNamesMayHaveAnything() throws {
        let stat = "42 (a) b (c) S 1 1 1 0 -1 0 0 0 0 0 100 50 0 0 20 0 7 0 12345 1000000 200 18446744073709551615 0"
        let status = try #require(ProcessStatus(stat: stat))
        #expect(status.cpuTicks == 150)
        #expect(status.threads == 7)
        #expect(status.startTicks == 12345)
        #expect(status.virtualMemoryBytes == 1_000_000)
        #expect(ProcessStatus(stat: "") == nil)
        #expect(ProcessStatus(stat: "1 (x) S") == nil)
    }

    @Test func timesAreExact() {
        for (nanoseconds, text) in [
            (0, "0.000000000"), (1, "0.000000001"), (-500_000_000, "-0.500000000"), (.max, "9223372036.854775807"),
            (.min, "-9223372036.854775808"),
        ] as [(Int64, String)] {
            var buffer = TextBuffer(capacity: 1)
            buffer.append(nanoseconds: nanoseconds)
            #expect(String(decoding: buffer.bytes, as: UTF8.self) == text)
        }
    }

    @Test func gaugesAreReadAtTheScrape() {
        let collectors = [
            GaugeCollector(MetricDescription("a_bytes", .gauge, "Some.")) { 1_048_576 },
            GaugeCollector(MetricDescription("b", .gauge, "None.")) { nil },
            GaugeCollector(MetricDescription("c", .gauge, "Odd.")) { .nan },
        ]
        let text = Sample.render(instruments, .text, collectors: collectors)
        #expect(text.contains("\n# HELP a_bytes Some.\n# TYPE a_bytes gauge\na_bytes 1.048576e+06\n"))
        #expect(!text.contains("\nb "))
        #expect(text.contains("\nc NaN\n"))
    }

    @Test func renderTimeIsTheLastOne() {
        let exposition = Sample.exposition(instruments)
        func time() -> String? {
            String(decoding: exposition.render(format: .text), as: UTF8.self).split(separator: "\n")
                .compactMap { SampleLine($0) }.first { $0.name == "registry_metrics_render_seconds" }?.value
        }
        #expect(time() == "0.000000000")
        #expect(time().flatMap(Double.init) ?? 0 > 0)
    }
}
