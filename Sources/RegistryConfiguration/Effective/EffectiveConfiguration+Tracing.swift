//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EffectiveConfiguration.Node {
    /// Puts in what the `OTEL_` variables changed.
    mutating func overlay(_ before: TracingSettings, _ after: TracingSettings, _ environment: [String: String]) {
        let endpoint = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_EXPORTER"]
        func set(_ name: String, _ old: String?, _ new: String?, _ variables: [String]) {
            guard old != new, let variable = variables.first(where: { environment[$0]?.isEmpty == false }) else {
                return
            }
            let value = EffectiveConfiguration.Value(
                text: new,
                isPlain: true,
                origin: .environment(variable: variable)
            )
            replace(["tracing", name], .value(value))
        }
        set(
            "enabled",
            "\(before.enabled)",
            "\(after.enabled)",
            ["OTEL_SDK_DISABLED"] + endpoint + ["OTEL_TRACES_SAMPLER"]
        )
        set(
            "sampleratio",
            "\(before.sampling.ratio)",
            "\(after.sampling.ratio)",
            ["OTEL_TRACES_SAMPLER_ARG", "OTEL_TRACES_SAMPLER"]
        )
        set("endpoint", before.collector.map(Self.base), after.collector.map(Self.base), endpoint)
        set(
            "protocol",
            before.collector?.form.rawValue,
            after.collector?.form.rawValue,
            ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]
        )
        let headers = after.collector?.headers ?? []
        // An endpoint of another server has those of the file left out.
        let names = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"] + endpoint
        if headers != before.collector?.headers ?? [],
            let name = names.first(where: { environment[$0]?.isEmpty == false })
        {
            let origin = EffectiveConfiguration.Origin.environment(variable: name)
            let entries = headers.map { header in
                EffectiveConfiguration.Entry(
                    name: header.name,
                    node: .value(.init(text: EffectiveReader.redacted, isPlain: false, origin: origin))
                )
            }
            replace(["tracing", "headers"], .map(entries, origin))
        }
    }

    /// What `tracing.endpoint` would have to be.
    private static func base(_ collector: CollectorSettings) -> String {
        let suffix = "/v1/traces"
        return collector.address.hasSuffix(suffix)
            ? String(collector.address.dropLast(suffix.count)) : collector.address
    }

    private mutating func replace(_ path: ArraySlice<String>, _ node: Self) {
        guard let name = path.first else {
            self = node
            return
        }
        guard case .map(var entries, let origin) = self, let place = entries.firstIndex(where: { $0.name == name })
        else { return }
        entries[place].node.replace(path.dropFirst(), node)
        self = .map(entries, origin)
    }
}
