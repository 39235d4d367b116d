//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The `OTEL_` variables of the environment, which win over the section `tracing`.
///
/// Other programs on the machine may be what they were set for, so one that can't be followed is told of and ignored, as
/// the specification asks for. An empty one counts as not set.
///
/// Source: OpenTelemetry specification, "OpenTelemetry Environment Variable Specification" and "OpenTelemetry Protocol
/// Exporter".
struct OpenTelemetryVariables {
    let environment: [String: String]
    private(set) var ignored: [TracingSettings.IgnoredVariable] = []
    /// Names of those that have had their say.
    var read: Set<String> = []

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    /// Lays the variables over the settings of the file.
    mutating func apply(to tracing: inout TracingSettings) {
        let isDisabled = word("OTEL_SDK_DISABLED", among: ["true", "false"]) == "true"
        applyCollector(to: &tracing)
        // Whoever switches tracing off needs not be told what that leaves without effect.
        let isActive = tracing.isActive || isDisabled
        let hasCollector = tracing.collector != nil && tracing.enabled
        if isActive {
            applySampler(to: &tracing)
            applyResource(to: &tracing.resource)
            applyPropagators(to: &tracing)
        }
        if isDisabled { tracing.enabled = false }
        ignoreUnread(isActive: isActive, hasCollector: hasCollector || isDisabled)
        tracing.ignoredVariables = ignored
    }

    private mutating func applyPropagators(to tracing: inout TracingSettings) {
        // Baggage stands in the specification's default; there is none here to hand on, and no need to tell of it.
        if let propagators = words("OTEL_PROPAGATORS", among: ["tracecontext", "baggage", "none"]) {
            tracing.continuesTraces = propagators.contains("tracecontext")
        }
    }

    /// Tells of every variable that nothing has come of, be it one of another signal, of another SDK, or misspelt.
    ///
    /// Save those that ask for nothing.
    private mutating func ignoreUnread(isActive: Bool, hasCollector: Bool) {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard name.hasPrefix("OTEL_"), !read.contains(name), !value.isEmpty, value.lowercased() != "none" else {
                continue
            }
            switch (Self.exporterNames.contains(name), Self.tracingNames.contains(name)) {
            case (true, _) where hasCollector, (_, true) where isActive: break
            case (true, _) where isActive: ignore(name, "has no effect without a collector")
            case (true, _), (_, true): ignore(name, "has no effect where nothing is traced")
            case (false, false): ignore(name, "is none that Plimsoll has a use for")
            }
        }
    }

    /// What says how to send to a collector.
    private static let exporterNames: Set<String> = {
        let suffixes = [
            "HEADERS", "PROTOCOL", "COMPRESSION", "TIMEOUT", "CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE",
        ]
        return Set(
            suffixes.flatMap { ["OTEL_EXPORTER_OTLP_\($0)", "OTEL_EXPORTER_OTLP_TRACES_\($0)"] } + [
                "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE",
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            ]
        )
    }()

    /// What says which requests are traced, and as what.
    private static let tracingNames: Set<String> = [
        "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_PROPAGATORS",
    ]

    // MARK: Where to

    private mutating func applyCollector(to tracing: inout TracingSettings) {
        let exporters = words("OTEL_TRACES_EXPORTER", among: ["otlp", "none"]) ?? []
        /// The variable that leads away from where the headers of the file are meant for.
        var diversion: String?
        if let (name, address) = collectorAddress() {
            var collector = tracing.collector ?? CollectorSettings(address: address)
            // A token for one server is no business of another.
            if Self.origin(collector.address) != Self.origin(address), !collector.headers.isEmpty {
                diversion = name
                collector.headers = []
            }
            collector.address = address
            tracing.collector = collector
            tracing.enabled = true
        } else if exporters.contains("otlp"), tracing.collector == nil {
            tracing.collector = CollectorSettings(address: "http://localhost:4318/v1/traces")
            tracing.enabled = true
        }
        if exporters == ["none"] { tracing.collector = nil }
        if tracing.enabled, var collector = tracing.collector {
            applyDetails(to: &collector)
            if let diversion, collector.headers.isEmpty {
                ignore(
                    diversion,
                    "leads elsewhere than tracing.endpoint, so tracing.headers are not sent; "
                        + "OTEL_EXPORTER_OTLP_HEADERS has those for it"
                )
            }
            tracing.collector = collector
        }
    }

    /// The address for traces as it is, or the one for all signals with the path of traces.
    private mutating func collectorAddress() -> (name: String, address: String)? {
        // As good as used where the one for traces wins over it.
        let common = first("OTEL_EXPORTER_OTLP_ENDPOINT")
        if let (name, text) = first("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), let address = url(text, name) {
            // Without a path it means the root, and a slash at its end is part of it.
            return (name, address.path.isEmpty || text.hasSuffix("/") ? "\(address)/" : "\(address)")
        }
        guard let (name, text) = common, let address = url(text, name) else { return nil }
        return (name, "\(address)/v1/traces")
    }

    /// Which server an address leads to (RFC 6454 §4).
    private static func origin(_ address: String) -> String {
        let parts = address.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        guard let scheme = parts.first?.lowercased(), let authority = parts.dropFirst().first?.lowercased() else {
            return address
        }
        let standard = scheme == "http:" ? ":80" : ":443"
        return "\(scheme)//\(authority.hasSuffix(standard) ? String(authority.dropLast(standard.count)) : authority)"
    }

    private mutating func url(_ text: String, _ name: String) -> ExternalHost? {
        do throws(InvalidValue) {
            return try ExternalHost.parse(.init(text: text, isPlain: true))
        } catch {
            ignore(name, "\(error.message)")
            return nil
        }
    }

    private mutating func applyDetails(to collector: inout CollectorSettings) {
        if let (name, text) = signal("HEADERS") {
            let headers = pairs(text, name).map { CollectorHeader(name: $0.key, value: Secret($0.value)) }
            if headers.allSatisfy(\.isValid) {
                // None of a text that cannot be read, of which is told already.
                if !headers.isEmpty { collector.headers = headers }
            } else {
                ignore(name, "has a header that HTTP can't carry")
            }
        }
        if let (name, text) = signal("PROTOCOL") {
            if let form = CollectorProtocol(rawValue: text.lowercased()) {
                collector.form = form
            } else {
                ignore(name, "must be http/protobuf or http/json, not \(text.quoted)")
            }
        }
        if let (name, text) = signal("COMPRESSION") {
            switch text.lowercased() {
            case "gzip": collector.compresses = true
            case "none": collector.compresses = false
            default: ignore(name, "must be gzip or none, not \(text.quoted)")
            }
        }
        if let (name, text) = signal("TIMEOUT"), let time = milliseconds(text, name) { collector.timeout = time }
        collector.tls = CollectorTLS(
            certificate: signal("CERTIFICATE").map { .init(variable: $0.name, path: $0.text) },
            clientKey: signal("CLIENT_KEY").map { .init(variable: $0.name, path: $0.text) },
            clientCertificate: signal("CLIENT_CERTIFICATE").map { .init(variable: $0.name, path: $0.text) }
        )
        applyBatching(to: &collector.batch)
    }

    private mutating func applyBatching(to batch: inout TraceBatching) {
        if let (name, text) = first("OTEL_BSP_SCHEDULE_DELAY"), let time = milliseconds(text, name) {
            batch.delay = time
        }
        if let (name, text) = first("OTEL_BSP_EXPORT_TIMEOUT"), let time = milliseconds(text, name) {
            batch.timeout = time
        }
        if let (name, text) = first("OTEL_BSP_MAX_QUEUE_SIZE"), let count = number(text, name) { batch.queue = count }
        if let (name, text) = first("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"), let count = number(text, name) {
            batch.size = count
        }
        if batch.size > batch.queue { batch.size = batch.queue }
    }

    // MARK: Which, and of what

    private mutating func applySampler(to tracing: inout TracingSettings) {
        let name = "OTEL_TRACES_SAMPLER"
        let configured = "the share is tracing.sampleratio, \(tracing.sampling.ratio)"
        guard text(name) != nil else {
            if text("OTEL_TRACES_SAMPLER_ARG") != nil {
                ignore("OTEL_TRACES_SAMPLER_ARG", "has no effect without \(name); \(configured)")
            }
            return
        }
        guard let sampler = word(name, among: Self.samplers, else: configured) else { return }
        if !sampler.hasSuffix("traceidratio"), text("OTEL_TRACES_SAMPLER_ARG") != nil {
            ignore("OTEL_TRACES_SAMPLER_ARG", "has no effect with \(sampler)")
        }
        let followsParent = sampler.hasPrefix("parentbased_")
        switch followsParent ? String(sampler.dropFirst("parentbased_".count)) : sampler {
        case "always_on": tracing.sampling = TraceSampling(ratio: 1, followsParent: followsParent)
        case "always_off":
            tracing.sampling = TraceSampling(ratio: 0, followsParent: followsParent)
            if !followsParent { tracing.enabled = false }
        default: tracing.sampling = TraceSampling(ratio: ratio(), followsParent: followsParent)
        }
    }

    private static let samplers = [
        "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off",
        "parentbased_traceidratio",
    ]

    private mutating func ratio() -> Double {
        guard let (name, text) = first("OTEL_TRACES_SAMPLER_ARG") else { return 1 }
        if let ratio = TracingSettings.share(text) { return ratio }
        ignore(name, "must be a number from 0 to 1, not \(text.quoted); all traces are kept")
        return 1
    }

    private mutating func applyResource(to resource: inout TraceResource) {
        if let (name, text) = first("OTEL_RESOURCE_ATTRIBUTES") {
            for (key, value) in pairs(text, name) {
                if key == "service.name" { resource.serviceName = value } else { resource.attributes[key] = value }
            }
        }
        if let service = text("OTEL_SERVICE_NAME") { resource.serviceName = service }
    }

    mutating func ignore(_ name: String, _ reason: String) {
        ignored.append(.init(name: name, reason: reason))
    }
}
