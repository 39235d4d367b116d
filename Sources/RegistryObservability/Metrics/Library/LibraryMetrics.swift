//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CoreMetrics
import RegistryTelemetry
import Synchronization

/// What libraries measure by swift-metrics, in the same exposition as everything else.
///
/// Nothing that a library does is fatal, and nothing grows without bound: names and labels are made fit, a family has at
/// most a hundred series and then one more for all the rest, with each label `_other`; there are at most two hundred
/// families. What did not fit is counted.
package final class LibraryMetrics: Sendable {
    static let maximumFamilies = 200
    static let maximumSeries = 100

    private let state = Mutex(State())

    package init() {}

    enum Kind: String, Sendable {
        case counter, gauge, timer, distribution
    }

    /// What a series writes into.
    enum Handler: Sendable {
        case counter(LibraryCounter)
        case gauge(LibraryGauge)
        case timer(LibraryTimer)
        case distribution(LibraryDistribution)

        init(_ kind: Kind) {
            self =
                switch kind {
                case .counter: .counter(LibraryCounter())
                case .gauge: .gauge(LibraryGauge())
                case .timer: .timer(LibraryTimer())
                case .distribution: .distribution(LibraryDistribution())
                }
        }
    }

    struct Family: Sendable {
        let description: MetricDescription
        let kind: Kind
        /// By their labels as they stand in the exposition.
        var series: [String: Handler] = [:]
        /// Label sets that were put under `_other`.
        var overflow: Int64 = 0
    }

    fileprivate struct State {
        /// By the label and type that a library gave.
        var families: [String: Family] = [:]
        /// Names that no other family may have.
        var taken: Set<String> = []
        /// Families that there was no room for.
        var overflow: Int64 = 0
    }

    /// The handler of a series; the same one for the same names.
    func handler(_ kind: Kind, _ label: String, _ dimensions: [(String, String)]) -> Handler {
        state.withLock { state in
            let key = "\(kind.rawValue) \(label)"
            guard var family = state.families[key] ?? state.makeFamily(kind, label) else {
                state.overflow += 1
                // Counts for nobody, but counts.
                return Handler(kind)
            }
            defer { state.families[key] = family }
            return family.handler(dimensions)
        }
    }

    /// All families as they are now, by name.
    var families: [Family] {
        state.withLock { Array($0.families.values) }.sorted { $0.description.name < $1.description.name }
    }

    var familyOverflow: Int64 { state.withLock { $0.overflow } }
}

extension LibraryMetrics.State {
    fileprivate mutating func makeFamily(_ kind: LibraryMetrics.Kind, _ label: String) -> LibraryMetrics.Family? {
        guard families.count < LibraryMetrics.maximumFamilies else { return nil }
        // Labels that differ in what Prometheus does not know, such as `a.b` and `a-b`, become metrics of their own.
        for attempt in 1...9 {
            let name = LibraryNames.metric(attempt == 1 ? label : "\(label)_\(attempt)", kind)
            let description = LibraryMetrics.Family.describe(name, kind, label)
            let names = description.reservedNames
            guard taken.isDisjoint(with: names) else { continue }
            taken.formUnion(names)
            return LibraryMetrics.Family(description: description, kind: kind)
        }
        return nil
    }
}

extension LibraryMetrics.Family {
    fileprivate static func describe(
        _ name: String,
        _ kind: LibraryMetrics.Kind,
        _ label: String
    ) -> MetricDescription {
        let printable = String(
            label.unicodeScalars.prefix(100).map { $0.isASCII && $0.value >= 0x20 ? Character($0) : "?" }
        )
        .split(whereSeparator: { $0 == "\\" || $0 == "\"" }).joined(separator: "?")
        let help = "A \(kind.rawValue) that a library calls \(printable)."
        switch kind {
        case .counter: return MetricDescription(name, .counter, help, isDiagnostic: true)
        case .gauge: return MetricDescription(name, .gauge, help, isDiagnostic: true)
        case .timer: return MetricDescription(name, .histogram, help, buckets: .stage, isDiagnostic: true)
        case .distribution: return MetricDescription(name, .histogram, help, buckets: .anything, isDiagnostic: true)
        }
    }

    fileprivate mutating func handler(_ dimensions: [(String, String)]) -> LibraryMetrics.Handler {
        var labels: [String: String] = [:]
        for (name, value) in dimensions { labels[LibraryNames.label(name)] = String(value.prefix(128)) }
        var key = Self.text(labels)
        if let known = series[key] { return known }
        if series.count >= LibraryMetrics.maximumSeries {
            overflow += 1
            key = Self.text(labels.mapValues { _ in "_other" })
            // Whatever label names come: one series more, not one a set of names.
            if let known = series[key] ?? series.first(where: { $0.key.contains("\"_other\"") })?.value { return known }
        }
        let handler = LibraryMetrics.Handler(kind)
        series[key] = handler
        return handler
    }

    private static func text(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { ExpositionWriter.label($0.key, $0.value) }.joined(separator: ",")
    }
}

extension MetricDescription {
    /// Names that no other family may have: of the family and of its samples.
    var reservedNames: Set<String> {
        let suffixes: [String] =
            switch kind {
            case .counter: ["", "_total", "_created"]
            case .gauge: [""]
            case .histogram: ["", "_bucket", "_count", "_sum", "_created"]
            case .info: ["", "_info"]
            }
        return Set(suffixes.map { familyName + $0 })
    }
}
