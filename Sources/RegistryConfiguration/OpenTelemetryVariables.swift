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
        if let propagators = text("OTEL_PROPAGATORS") {
            // There is only one to be had; whoever lists others still gets it only by name.
            tracing.continuesTraces = Self.list(propagators).contains("tracecontext")
        }
        if text("OTEL_SDK_DISABLED")?.lowercased() == "true" { tracing.enabled = false }
        tracing.ignoredVariables = ignored
    }

    // MARK: Where to

    private mutating func applyCollector(to tracing: inout TracingSettings) {
        let exporter = word("OTEL_TRACES_EXPORTER", among: ["otlp", "none"])
        let address = collectorAddress()
        if let address {
            if tracing.collector == nil { tracing.collector = CollectorSettings(address: address) }
            tracing.collector?.address = address
            tracing.enabled = true
        } else if exporter == "otlp", tracing.collector == nil {
            tracing.collector = CollectorSettings(address: "http://localhost:4318/v1/traces")
            tracing.enabled = true
        }
        if exporter == "none" { tracing.collector = nil }
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
        if let (_, path) = signal("CERTIFICATE") { collector.tls.certificate = path }
        if let (_, path) = signal("CLIENT_KEY") { collector.tls.clientKey = path }
        if let (_, path) = signal("CLIENT_CERTIFICATE") { collector.tls.clientCertificate = path }
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
        guard
            let sampler = word(
                "OTEL_TRACES_SAMPLER",
                among: [
                    "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off",
                    "parentbased_traceidratio",
                ]
            )
        else { return }
        let followsParent = sampler.hasPrefix("parentbased_")
        switch followsParent ? String(sampler.dropFirst("parentbased_".count)) : sampler {
        case "always_on": tracing.sampling = TraceSampling(ratio: 1, followsParent: followsParent)
        case "always_off":
            tracing.sampling = TraceSampling(ratio: 0, followsParent: followsParent)
            if !followsParent { tracing.enabled = false }
        default: tracing.sampling = TraceSampling(ratio: ratio(), followsParent: followsParent)
        }
    }

    private mutating func ratio() -> Double {
        guard let (name, text) = first("OTEL_TRACES_SAMPLER_ARG") else { return 1 }
        if let ratio = TracingSettings.share(text) { return ratio }
        ignore(name, "must be a number from 0 to 1, not \(text.quoted)")
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
}

// MARK: Values

extension OpenTelemetryVariables {
    fileprivate func text(_ name: String) -> String? {
        guard let value = environment[name], !value.isEmpty else { return nil }
        return value
    }

    fileprivate func first(_ name: String) -> (name: String, text: String)? {
        text(name).map { (name, $0) }
    }

    /// A variable of the exporter: the one for traces, or else the one for all signals.
    fileprivate func signal(_ suffix: String) -> (name: String, text: String)? {
        first("OTEL_EXPORTER_OTLP_TRACES_\(suffix)") ?? first("OTEL_EXPORTER_OTLP_\(suffix)")
    }

    fileprivate mutating func word(_ name: String, among words: [String]) -> String? {
        guard let text = text(name) else { return nil }
        if words.contains(text.lowercased()) { return text.lowercased() }
        ignore(name, "must be one of \(words.joined(separator: ", ")), not \(text.quoted)")
        return nil
    }

    fileprivate mutating func milliseconds(_ text: String, _ name: String) -> Duration? {
        number(text, name).map { .milliseconds($0) }
    }

    fileprivate mutating func number(_ text: String, _ name: String) -> Int? {
        if let number = Int(text), number > 0, number <= Int(Int32.max) { return number }
        ignore(name, "must be a whole number above 0, not \(text.quoted)")
        return nil
    }

    /// `key=value,key=value` in the form of W3C Baggage: values are percent-encoded.
    fileprivate mutating func pairs(_ text: String, _ name: String) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for member in Self.list(text) where !member.isEmpty {
            guard let sign = member.firstIndex(of: "="), sign != member.startIndex,
                let value = Self.percentDecoded(Self.trimmed(member[member.index(after: sign)...]))
            else {
                // What is there may be a secret.
                ignore(name, "must be key=value pairs with commas between")
                return []
            }
            pairs.append((Self.trimmed(member[..<sign]), value))
        }
        return pairs
    }

    fileprivate static func list(_ text: String) -> [String] {
        text.split(separator: ",").map(trimmed)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let rest = text.drop { $0 == " " || $0 == "\t" }
        guard let last = rest.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(rest[...last])
    }

    private static func percentDecoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    fileprivate mutating func ignore(_ name: String, _ reason: String) {
        ignored.append(.init(name: name, reason: reason))
    }
}
