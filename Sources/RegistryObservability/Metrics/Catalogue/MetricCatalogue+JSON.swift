//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

extension MetricCatalogue {
    /// The catalogue as one JSON array of objects, a metric a line.
    package static var json: String {
        var buffer = TextBuffer(capacity: 64 * 1024)
        buffer.append("[\n")
        for (number, metric) in all.enumerated() {
            if number > 0 { buffer.append(",\n") }
            append(metric, to: &buffer)
        }
        buffer.append("\n]\n")
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    private static func append(_ metric: MetricDescription, to buffer: inout TextBuffer) {
        buffer.append("{\"name\":")
        buffer.append(quoted: metric.name)
        buffer.append(",\"type\":")
        buffer.append(quoted: metric.kind.rawValue)
        buffer.append(",\"unit\":")
        buffer.append(quoted: metric.unit)
        buffer.append(",\"help\":")
        buffer.append(quoted: metric.help)
        buffer.append(",\"labels\":")
        buffer.append(list: metric.labels) { label, buffer in append(label, to: &buffer) }
        buffer.append(",\"buckets\":")
        if let buckets = metric.buckets {
            buffer.append(list: bounds(of: buckets)) { bound, buffer in buffer.append(bound) }
        } else {
            buffer.append("null")
        }
        buffer.append(",\"origin\":")
        buffer.append(quoted: metric.origin.rawValue)
        buffer.append(",\"since\":")
        buffer.append(quoted: metric.since)
        buffer.append(",\"diagnostic\":")
        buffer.append(metric.isDiagnostic ? "true" : "false")
        buffer.append(",\"zero\":")
        buffer.append(metric.isZeroInitialised ? "true" : "false")
        buffer.append(",\"zero_series\":")
        buffer.append(quoted: metric.zeroSeries)
        buffer.append(",\"exemplars\":")
        buffer.append(metric.hasExemplars ? "true" : "false")
        buffer.append(",\"lint\":")
        buffer.append(quoted: metric.lint)
        buffer.append(",\"page\":")
        buffer.append(quoted: usage.metrics.contains(metric) ? "/metrics/usage" : "/metrics")
        buffer.append("}")
    }

    private static func append(_ label: MetricDescription.Label, to buffer: inout TextBuffer) {
        buffer.append("{\"name\":")
        buffer.append(quoted: label.name)
        switch label.values {
        case .closed(let values):
            buffer.append(",\"values\":")
            buffer.append(list: values) { value, buffer in buffer.append(quoted: value) }
        case .open(let sentence):
            buffer.append(",\"values\":null,\"meaning\":")
            buffer.append(quoted: sentence)
        }
        buffer.append("}")
    }
}

extension TextBuffer {
    /// Appends a JSON string, or null.
    mutating func append(quoted text: String?) {
        if let text { append(json: text, limit: .max) } else { append("null") }
    }

    /// Appends a JSON array.
    mutating func append<Item>(list: [Item], _ item: (Item, inout TextBuffer) -> Void) {
        append("[")
        for (number, element) in list.enumerated() {
            if number > 0 { append(",") }
            item(element, &self)
        }
        append("]")
    }
}
