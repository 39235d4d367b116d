//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

@testable import RegistryObservability

extension Sample {
    static let buildInfo = BuildInfo(
        version: "1.2.3",
        revision: "abc\"\\\ndef",
        swiftVersion: "6.3",
        os: "linux",
        arch: "amd64"
    )

    /// Collectors as the server has them.
    static var serverCollectors: [any Collector] {
        [
            GaugeCollector(ServerGauges.capacity) { 2e9 }, GaugeCollector(ServerGauges.free) { 1e9 },
            GaugeCollector(ServerGauges.inodes) { 1000 }, GaugeCollector(ServerGauges.freeInodes) { 900 },
            GaugeCollector(ServerGauges.connections) { 3 },
            GaugeCollector(ServerGauges.certificateEnd) { 1_900_000_000 },
            GaugeCollector(ServerGauges.certificateBeginning) { 1_890_000_000 },
            CapacityCollector { Self.stored }, NotificationCollector(Self.notifications),
            ExportCollector(Self.exports), LibraryMetrics(),
        ]
    }

    static let exports: ExportInstruments = {
        let instruments = ExportInstruments()
        instruments.follow(["hourly", "nightly"])
        instruments.published(by: "hourly", at: 1_900_000_000)
        return instruments
    }()

    static let notifications: NotificationInstruments = {
        let instruments = NotificationInstruments()
        let endpoint = instruments.endpoint("ci")
        endpoint.events[.events].add(3)
        endpoint.events[.successes].add(2)
        endpoint.count(status: 200)
        endpoint.deliveries[.delivered].add(2)
        endpoint.retries.record(0)
        endpoint.httpLatency.record(.milliseconds(4))
        endpoint.totalLatency.record(.milliseconds(20))
        endpoint.pending.set(1)
        endpoint.bytes.set(700)
        return instruments
    }()

    static let stored: CapacityNumbers = {
        var numbers = CapacityNumbers(computedAt: WallTime(microseconds: 5_000_000), duration: .milliseconds(20))
        numbers.logical = 4000
        numbers.referenced = 1000
        numbers.unreferenced = 20
        numbers.uploading = 3
        numbers.repositories = 2
        numbers.largest = [
            .init(name: "b", deduplicated: 900, exclusive: 1), .init(name: "a", deduplicated: 800, exclusive: 700),
        ]
        return numbers
    }()

    static func exposition(_ instruments: Instruments, collectors: [any Collector] = []) -> Exposition {
        let target = TargetInfo(version: "1.2.3", instance: "i")
        return Exposition(instruments: instruments, target: target, buildInfo: buildInfo, collectors: collectors)
    }

    static func render(
        _ instruments: Instruments,
        _ format: ExpositionFormat,
        collectors: [any Collector] = []
    ) -> String {
        let exposition = exposition(instruments, collectors: collectors)
        return String(decoding: exposition.render(format: format), as: UTF8.self)
    }

    /// Instruments of which every series was used once.
    static func usedInstruments() -> Instruments {
        let instruments = Instruments(driverName: "filesystem")
        for series in instruments.families.flatMap(\.series) {
            switch series.instrument {
            case .counter(let counter): counter.add()
            case .gauge(let gauge): gauge.set(1)
            case .histogram(let histogram): histogram.record(1)
            }
        }
        return instruments
    }
}

/// A line of an exposition that is not a comment.
struct SampleLine {
    let name: String
    let labels: [(key: String, value: String)]
    let value: String

    /// Takes apart `name{key="value",…} value`; label values of the tests have no commas, braces or escapes.
    init?(_ line: Substring) {
        guard !line.hasPrefix("#"), let space = line.lastIndex(of: " ") else { return nil }
        let series = line[..<space].split(separator: "{")
        guard let name = series.first else { return nil }
        self.name = String(name)
        self.value = String(line[line.index(after: space)...])
        self.labels = (series.dropFirst().first?.dropLast() ?? "").split(separator: ",").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1)
            return parts.count == 2 ? (String(parts[0]), String(parts[1].dropFirst().dropLast())) : nil
        }
    }
}
