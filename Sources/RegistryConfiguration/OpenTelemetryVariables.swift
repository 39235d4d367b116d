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

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    /// Lays the variables over the settings of the file.
    mutating func apply(to tracing: inout TracingSettings) {
        applyCollector(to: &tracing)
        applySampler(to: &tracing)
        applyResource(to: &tracing.resource)
        // Baggage stands in the specification's default; there is none here to hand on, and no need to tell of it.
        if let propagators = words("OTEL_PROPAGATORS", among: ["tracecontext", "baggage", "none"]) {
            tracing.continuesTraces = propagators.contains("tracecontext")
        }
        if word("OTEL_SDK_DISABLED", among: ["true", "false"]) == "true" { tracing.enabled = false }
        tracing.ignoredVariables = ignored
    }

    // MARK: Where to

    private mutating func applyCollector(to tracing: inout TracingSettings) {
        let exporters = words("OTEL_TRACES_EXPORTER", among: ["otlp", "none"]) ?? []
        let address = collectorAddress()
        if let address {
            if tracing.collector == nil { tracing.collector = CollectorSettings(address: address) }
            tracing.collector?.address = address
            tracing.enabled = true
        } else if exporters.contains("otlp"), tracing.collector == nil {
            tracing.collector = CollectorSettings(address: "http://localhost:4318/v1/traces")
            tracing.enabled = true
        }
        if exporters == ["none"] { tracing.collector = nil }
        if var collector = tracing.collector {
            applyDetails(to: &collector)
            tracing.collector = collector
        }
    }

    /// The address for traces as it is, or the one for all signals with the path of traces.
    private mutating func collectorAddress() -> String? {
        if let (name, text) = first("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), let address = url(text, name) {
            // Without a path it means the root.
            return address.path.isEmpty ? "\(address)/" : "\(address)"
        }
        guard let (name, text) = first("OTEL_EXPORTER_OTLP_ENDPOINT"), let address = url(text, name) else { return nil }
        return "\(address)/v1/traces"
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
                collector.headers = headers
            } else {
                ignore(name, "has a header that HTTP can't carry")
            }
        }
        if let (name, text) = signal("PROTOCOL") {
            if let form = CollectorProtocol(rawValue: text) {
                collector.form = form
            } else {
                ignore(name, "must be http/protobuf or http/json, not \(text.quoted)")
            }
        }
        if let (name, text) = signal("COMPRESSION") {
            switch text {
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
