//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What a pull-through cache was asked for, as distribution's metric label `type`.
package enum ProxyContent: String, Sendable, CaseIterable {
    case blob, manifest
}

/// Distribution's metrics of a pull-through cache, which Plimsoll is not: they stay 0, as there without `proxy`.
///
/// Source: distribution 3, `registry/proxy/proxymetrics.go`.
package struct ProxyInstruments: Sendable {
    package let requests = Labelled(ProxyContent.self) { _ in Counter() }
    package let hits = Labelled(ProxyContent.self) { _ in Counter() }
    package let misses = Labelled(ProxyContent.self) { _ in Counter() }
    package let pulledBytes = Labelled(ProxyContent.self) { _ in Counter() }
    package let pushedBytes = Labelled(ProxyContent.self) { _ in Counter() }

    package init() {}

    var families: [MetricFamily] {
        [
            family("requests", "Requests to a pull-through cache", requests),
            family("hits", "Requests that a pull-through cache answered by itself", hits),
            family("misses", "Requests that a pull-through cache passed on", misses),
            family("pulled_bytes", "Bytes that a pull-through cache got from the other registry", pulledBytes),
            family("pushed_bytes", "Bytes that a pull-through cache sent to clients", pushedBytes),
        ]
    }

    private func family(_ name: String, _ help: String, _ counters: Labelled<ProxyContent, Counter>) -> MetricFamily {
        MetricFamily(
            "registry_proxy_\(name)_total",
            "\(help); always 0: Plimsoll is none.",
            labels: ["type"],
            counters,
            origin: .distribution,
            isDiagnostic: true,
            isZeroInitialised: true
        )
    }
}
