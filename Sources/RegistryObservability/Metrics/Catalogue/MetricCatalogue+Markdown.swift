//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

extension MetricCatalogue {
    /// The catalogue as `docs/metrics.md`.
    package static var markdown: String {
        var text = introduction
        for topic in topics { text += section(topic) }
        text += usageIntroduction + section(usage) + labelValues + buckets
        return text
    }

    private static let introduction = """
        # Metrics

        <!-- Made by `plimsoll metrics --describe` from the source; a test fails when it is not what that prints. -->

        Every metric of `GET /metrics` on `http.debug.addr`. How to scrape them, and what to ask, stands in
        [observability.md](observability.md). Metrics of libraries, should they have any, are called `registry_library_…`.

        - **type**: a histogram `x` has `x_bucket`, `x_sum` and `x_count`; an info is a gauge of value 1 in the text format.
        - **unit**: is part of the name; none for numbers of things.
        - **from**: whose name, labels and buckets it has: *distribution* (3, and 2.8 for `registry_storage_cache_total`),
          *gitlab* (GitLab's container registry), *prometheus* (the client libraries), or Plimsoll's own.
        - **notes**: *zero*: all its series are there from the start, or those that are named, since alerts ask how they
          grow; other label combinations that never occurred are left out. *exemplars*: in OpenMetrics its buckets name a
          request by trace and span. *diagnostic*: for finding out why, not for dashboards and alerts. *lint*: `promtool
          check metrics` finds fault with the name, which is another registry's, and so ends with status 3 where the metric
          is exposed.
        - All are there since version 0.1.0 where nothing else is said.

        """

    private static let usageIntroduction = """

        The following are on `GET /metrics/usage` and nowhere else, if `http.debug.prometheus.usage` is on. A repository is
        counted under its name while it is among the \(UsageMetrics.capacity) that are used most; what happens to one that is
        not counts as `_other`. Nothing that was counted is moved, so rates are right; [observability.md](observability.md#pages)
        says what sums are. `?topk=N` names the N largest only, and leaves out the rest.

        """

    private static func section(_ topic: Topic) -> String {
        var text = """

            ## \(topic.title)

            | name | type | unit | labels | from | meaning | notes |
            |---|---|---|---|---|---|---|

            """
        for metric in topic.metrics {
            let labels = metric.labels.map { "`\($0.name)`" }.joined(separator: ", ")
            let cells = [
                "`\(metric.name)`", metric.kind.rawValue, metric.unit ?? "", labels,
                metric.origin == .plimsoll ? "" : metric.origin.rawValue, metric.help,
                notes(metric).joined(separator: ", "),
            ]
            text += "| " + cells.joined(separator: " | ") + " |\n"
        }
        return text
    }

    private static func notes(_ metric: MetricDescription) -> [String] {
        [
            metric.isZeroInitialised ? "zero" : metric.zeroSeries.map { "zero for \($0)" },
            metric.hasExemplars ? "exemplars" : nil,
            metric.isDiagnostic ? "diagnostic" : nil,
            metric.lint == nil ? nil : "lint",
            metric.since == "0.1.0" ? nil : "since \(metric.since)",
        ].compactMap(\.self)
    }

    /// Each set of values once, with the metrics that have it.
    private static var labelValues: String {
        var sets: [(label: MetricDescription.Label, metrics: [String])] = []
        for metric in all {
            for label in metric.labels {
                if let position = sets.firstIndex(where: { $0.label == label }) {
                    sets[position].metrics.append(metric.name)
                } else {
                    sets.append((label, [metric.name]))
                }
            }
        }
        var text = "\n## Values of labels\n\nThese and no others, where they are listed.\n"
        for (label, metrics) in sets {
            let values: String =
                switch label.values {
                case .closed(let values): values.map { "`\($0)`" }.joined(separator: ", ")
                case .open(let sentence): sentence
                }
            let users = metrics.map { "`\($0)`" }.joined(separator: ", ")
            text += "\n- **`\(label.name)`** of \(users): \(values)\n"
        }
        return text
    }

    /// Each set of buckets once, with the metrics that have it.
    private static var buckets: String {
        var sets: [(buckets: HistogramBuckets, metrics: [String])] = []
        for metric in all {
            guard let buckets = metric.buckets else { continue }
            if let position = sets.firstIndex(where: { $0.buckets == buckets }) {
                sets[position].metrics.append(metric.name)
            } else {
                sets.append((buckets, [metric.name]))
            }
        }
        var text = "\n## Buckets\n\nUpper bounds; above the last there is `+Inf`.\n"
        for (buckets, metrics) in sets {
            let users = metrics.map { "`\($0)`" }.joined(separator: ", ")
            text += "\n- \(users): \(bounds(of: buckets).joined(separator: ", "))\n"
        }
        return text
    }

    /// As they stand in the text format.
    static func bounds(of buckets: HistogramBuckets) -> [String] {
        buckets.bounds.map { (Double($0) / Double(buckets.unitsPerBase)).expositionText(.text) }
    }
}
