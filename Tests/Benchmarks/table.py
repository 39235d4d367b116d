# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""From metrics to medians, ratios, verdicts and a Markdown table."""

import statistics

COLUMNS = [
    ("rate", "op/s"),
    ("cpu_us", "CPU µs/op"),
    ("gb_s", "GB/s"),
    ("cpu_gb", "CPU s/GB"),
    ("p50_ms", "p50 ms"),
    ("p99_ms", "p99 ms"),
    ("rss_mib", "peak RSS MiB"),
]

MANY = 20


class Outcome:
    """One row's runs: label -> one set of metrics a repeat; failures: label -> text."""

    def __init__(self, row):
        self.row = row
        self.runs = {}
        self.failures = {}

    def median(self, label, metric):
        values = [run[metric] for run in self.runs.get(label, []) if metric in run]
        return statistics.median(values) if values else None

    def ratios(self, label, other, metric):
        """Repeat by repeat: what slows the machine for a while slows both sides of a pair."""
        if not self.complete(label) or not self.complete(other):
            return []
        pairs = zip(self.runs[label], self.runs[other])
        return [a[metric] / b[metric] for a, b in pairs if metric in a and b.get(metric)]

    def ratio(self, label, other, metric):
        values = self.ratios(label, other, metric)
        return statistics.median(values) if values else None

    def coarse(self, label):
        return any(run["coarse"] for run in self.runs.get(label, []))

    def complete(self, label):
        return label in self.runs and label not in self.failures

    def verdicts(self, ours, peer, with_nginx):
        """For each target (text, value, met); the value is None when there was nothing to compare with."""
        found = []
        for target in self.row.targets:
            if target.against == "nginx" and not with_nginx:
                continue
            other = {"peer": peer, "nginx": "nginx", "": None}[target.against]
            if other:
                values = self.ratios(ours, other, target.metric)
            else:
                values = [run[target.metric] for run in self.runs[ours]] if self.complete(ours) else []
            value = statistics.median(values) if values else None
            sign = "≤" if target.at_most else "≥"
            shown = "no figure" if value is None else number(value)
            if len(values) > 1:  # so that a near miss can be told from a miss
                low, high = spread(values)
                shown += f" ({number(low)}–{number(high)})"
            met = value is not None and target.met(value)
            found.append((f"{target.text} {sign} {target.limit:g}: {shown}, {'met' if met else 'MISSED'}", value, met))
        return found


def spread(values):
    """Lowest and highest of a few values, quartiles of many."""
    if len(values) < MANY:
        return min(values), max(values)
    low, _, high = statistics.quantiles(values, n=4)
    return low, high


def number(value):
    """Three significant digits, thousands apart."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def table(outcomes, ours, peer, with_nginx):
    rows = [["row", "server", *(title for _, title in COLUMNS), "target"]]
    for outcome in outcomes:
        name = outcome.row.title
        for label in [ours, peer, "nginx"]:
            if label in outcome.failures:
                rows.append([name, label, *["–"] * len(COLUMNS), "failed, see below"])
            elif label in outcome.runs:
                mark = "~" if outcome.coarse(label) else ""
                cells = []
                for metric, _ in COLUMNS:
                    value = outcome.median(label, metric)
                    cpu = metric.startswith("cpu") and value is not None
                    cells.append((mark if cpu else "") + number(value))
                rows.append([name, label, *cells, ""])
            else:
                continue
            name = ""
        ratios = [number(outcome.ratio(ours, peer, metric)) for metric, _ in COLUMNS]
        verdicts = "; ".join(text for text, _, _ in outcome.verdicts(ours, peer, with_nginx))
        rows.append([name, "ratio", *ratios, verdicts])
    return align(rows)


def report(outcomes, ours, peer, arguments):
    """Prints a table and returns the exit code."""
    print("\n" + table(outcomes, ours, peer, False), flush=True)
    for outcome in outcomes:
        for label, text in outcome.failures.items():
            print(f"\n{outcome.row.key} on {label} failed: {text}")
    failed = any(outcome.failures for outcome in outcomes)
    missed = any(not met for outcome in outcomes for _, _, met in outcome.verdicts(ours, peer, False))
    return 1 if failed or (arguments.check and missed) else 0


def align(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    right = range(2, 2 + len(COLUMNS))

    def line(cells):
        padded = [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(cells, widths))]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * (w - 1) + ":" if i in right else "-" * w for i, w in enumerate(widths)]
    return "\n".join([line(rows[0]), line(rule), *(line(row) for row in rows[1:])])


def as_json(outcomes, ours, peer, with_nginx):
    """Every run, so that the spread can be seen, and the medians."""
    rows = []
    for outcome in outcomes:
        verdicts = outcome.verdicts(ours, peer, with_nginx)
        metrics = [metric for metric, _ in COLUMNS]
        rows.append(
            {
                "key": outcome.row.key,
                "title": outcome.row.title,
                "runs": outcome.runs,
                "failures": outcome.failures,
                "medians": {label: {m: outcome.median(label, m) for m in metrics} for label in outcome.runs},
                "ratios": {m: outcome.ratio(ours, peer, m) for m in metrics},
                "targets": [{"text": text, "value": value, "met": met} for text, value, met in verdicts],
            }
        )
    return rows
