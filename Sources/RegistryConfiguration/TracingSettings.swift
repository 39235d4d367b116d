//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Whether requests are traced, which of them are kept, and where their spans go.
package struct TracingSettings: Sendable, Equatable {
    /// Whether spans are recorded at all.
    package var enabled: Bool
    /// Which traces are kept, before anything is known of what becomes of their requests.
    package var sampling: TraceSampling
    /// A request that keeps its client waiting for longer is kept whatever the sampling says; 0 for none.
    package var slow: Duration
    /// The collector; nil for none.
    package var collector: CollectorSettings?
    /// The path of a file that takes all that is kept; nil for none.
    package var file: String?
    /// What the traces are of.
    package var resource: TraceResource
    /// Whether the traces of callers are continued.
    package var continuesTraces: Bool
    /// What is wrong with `OTEL_` variables that therefore are ignored.
    package var ignoredVariables: [IgnoredVariable]

    /// Creates settings; what is left out has its default.
    package init(
        enabled: Bool = false,
        sampling: TraceSampling = TraceSampling(),
        slow: Duration = .seconds(1),
        collector: CollectorSettings? = nil,
        file: String? = nil,
        resource: TraceResource = TraceResource(),
        continuesTraces: Bool = true,
        ignoredVariables: [IgnoredVariable] = []
    ) {
        self.enabled = enabled
        self.sampling = sampling
        self.slow = slow
        self.collector = collector
        self.file = file
        self.resource = resource
        self.continuesTraces = continuesTraces
        self.ignoredVariables = ignoredVariables
    }

    /// Whether there is anything to do: without it no span is recorded and nobody is called.
    package var isActive: Bool { enabled && (collector != nil || file != nil) }

    /// A variable that was not followed, or has something of the file that is not.
    package struct IgnoredVariable: Sendable, Equatable {
        package let name: String
        package let reason: String

        package init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }
    }
}

/// Which traces are kept.
package struct TraceSampling: Sendable, Equatable {
    /// The share of traces, 0 to 1.
    package var ratio: Double
    /// Whether a caller that has decided already is followed.
    package var followsParent: Bool

    /// Creates a sampling; what is left out has its default.
    package init(ratio: Double = 0.01, followsParent: Bool = true) {
        self.ratio = ratio
        self.followsParent = followsParent
    }
}

/// What traces are of: the service, as everybody else's tools name it.
package struct TraceResource: Sendable, Equatable {
    package var serviceName: String
    /// Further attributes by name.
    package var attributes: [String: String]

    /// Creates a resource; what is left out has its default.
    package init(serviceName: String = "plimsoll", attributes: [String: String] = [:]) {
        self.serviceName = serviceName
        self.attributes = attributes
    }
}

extension TracingSettings {
    /// Reads the section `tracing`.
    init(reading tracing: SectionReader) {
        let defaults = TracingSettings()
        let address = tracing.value("endpoint", default: nil, ExternalHost.parse)
        let headers = tracing.freeEntries("headers").compactMap { CollectorHeader(reading: $0, in: tracing) }
        let form = tracing.value("protocol", default: CollectorProtocol.protobuf, CollectorProtocol.parse)
        self.init(
            enabled: tracing.boolean("enabled", default: defaults.enabled),
            sampling: TraceSampling(ratio: tracing.value("sampleratio", default: 0.01, Self.ratio)),
            slow: tracing.duration("slow", default: defaults.slow),
            collector: address.map { CollectorSettings(base: $0, headers: headers, form: form) },
            file: tracing.value("file", default: nil) { $0.text.isEmpty ? nil : $0.text }
        )
    }

    private static func ratio(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> Double {
        guard let ratio = share(scalar.text) else {
            throw InvalidValue("must be a number from 0 to 1, not \(scalar.text.quoted)")
        }
        return ratio
    }

    /// A number from 0 to 1.
    static func share(_ text: String) -> Double? {
        Double(decimal: text).flatMap { (0...1).contains($0) ? $0 : nil }
    }

    /// Refuses tracing that leads nowhere, once the environment has had its say.
    func check(_ root: ConfigurationNode, _ record: ReadingRecord) {
        guard enabled, collector == nil, file == nil,
            let section = root.entries?.first(where: { $0.key == "tracing" })?.node,
            let entry = section.entries?.first(where: { $0.key == "enabled" })
        else { return }
        record.add(
            "there is nowhere to send traces: set tracing.endpoint or tracing.file",
            at: "tracing.enabled",
            origin: entry.keyOrigin
        )
    }
}
