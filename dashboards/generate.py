#!/usr/bin/env python3
#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""Writes the dashboards and their README: dashboards/generate.py [FOLDER].

What is in them stands in content.py. The same input gives the same bytes, and a test compares them with what is
committed.
"""

import json
import pathlib
import re
import sys

# The metrics whose buckets name requests, as the manual of metrics has them.
MANUAL = pathlib.Path(__file__).parent.parent / "docs" / "metrics.md"
EXEMPLARS = re.findall(r"^\| `(\w+)` \| histogram \|.*\bexemplars\b[^|]*\|$", MANUAL.read_text("utf-8"), re.M)

from content import DASHBOARDS

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Grafana's grid is 24 wide.
WIDTHS = {"stat": 6, "timeseries": 12}
HEIGHTS = {"stat": 4, "timeseries": 8}


def variable(name, label, query):
    """A choice of label values that are in the metrics; all of them at first.

    Without a value of its own "All" is the list of what can be chosen: a pattern for everything would take in whatever
    else the Prometheus scrapes, of which `up` and `process_…` tell too.
    """
    return {
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "datasource": DATASOURCE,
        "definition": query,
        "includeAll": True,
        "label": label,
        "multi": True,
        "name": name,
        "query": {"query": query, "refId": "StandardVariableQuery"},
        # On each change of the time range.
        "refresh": 2,
        "sort": 1,
        "type": "query",
    }


def variables():
    source = {
        "current": {"selected": False, "text": "default", "value": "default"},
        "label": "Data source",
        "name": "datasource",
        "query": "prometheus",
        "refresh": 1,
        "type": "datasource",
    }
    metric = "registry_build_info"
    return [
        source,
        variable("job", "Job", f"label_values({metric}, job)"),
        variable("instance", "Instance", f'label_values({metric}{{job=~"$job"}}, instance)'),
    ]


def target(position, panel, expression, legend):
    return {
        "datasource": DATASOURCE,
        "editorMode": "code",
        "exemplar": any(f"{name}_bucket{{" in expression for name in EXEMPLARS),
        "expr": expression,
        "legendFormat": legend,
        "instant": panel.get("instant", False),
        "range": not panel.get("instant", False),
        "refId": chr(ord("A") + position),
    }


def field_config(panel):
    custom = {"fillOpacity": 10, "lineWidth": 1, "showPoints": "never"}
    if panel.get("stacked"):
        custom |= {"fillOpacity": 40, "stacking": {"group": "A", "mode": "normal"}}
    defaults = {"unit": panel["unit"]}
    if panel["type"] == "timeseries":
        defaults["custom"] = custom
        if not panel.get("signed"):
            defaults["min"] = 0
    if "red" in panel:
        steps = [{"color": "green", "value": None}, {"color": "red", "value": panel["red"]}]
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    return {"defaults": defaults, "overrides": []}


def options(panel):
    if panel["type"] == "stat":
        reduce = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        # An instant has no history to draw.
        graph = "none" if panel.get("instant") else "area"
        return {"colorMode": "value", "graphMode": graph, "reduceOptions": reduce, "textMode": "auto"}
    legend = {"calcs": ["mean", "max"], "displayMode": "table", "placement": "bottom", "showLegend": True}
    return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}


def panels(content):
    """Puts panels side by side, row by row."""
    x = y = height = 0
    made = []
    for number, panel in enumerate(content, start=1):
        width = WIDTHS[panel["type"]]
        if x + width > 24 or (made and HEIGHTS[panel["type"]] != height):
            x, y = 0, y + height
        height = HEIGHTS[panel["type"]]
        made.append(
            {
                "datasource": DATASOURCE,
                "description": panel["description"],
                "fieldConfig": field_config(panel),
                "gridPos": {"h": height, "w": width, "x": x, "y": y},
                "id": number,
                "options": options(panel),
                "targets": [target(i, panel, *words) for i, words in enumerate(panel["targets"])],
                "title": panel["title"],
                "type": panel["type"],
            }
        )
        x += width
    return made


def dashboard(name, content):
    links = {
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
        "tags": ["plimsoll"],
        "title": "Plimsoll",
        "type": "dashboards",
    }
    return {
        "annotations": {"list": []},
        "description": content["description"],
        "editable": False,
        "graphTooltip": 1,
        "links": [links],
        "panels": panels(content["panels"]),
        "refresh": "30s",
        "schemaVersion": 38,
        "tags": ["plimsoll"],
        "templating": {"list": variables()},
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "title": f"Plimsoll / {content['title']}",
        "uid": f"plimsoll-{name}",
        "version": 1,
    }


README = """# Dashboards

For Grafana 10 and newer: *Dashboards › New › Import*, or the folder as a provider of provisioned dashboards. Choose the
data source at the top, then jobs and instances; *All* means all that expose `registry_build_info`, and nothing else that
is scraped. They are made by `python3 dashboards/generate.py` from `content.py`; change them there, since they are not
editable in Grafana.

The tests run every expression in a real Prometheus that scrapes a real Plimsoll.
"""


def metrics(expression):
    names = re.findall(r"\b(?:registry|process|scrape)_[a-z0-9_]+|\bup\b", expression)
    return sorted({re.sub(r"_(bucket|count|sum)$", "", name) for name in names})


def readme():
    parts = [README]
    for name, content in DASHBOARDS.items():
        parts.append(f"\n## {content['title']}\n\n[`{name}.json`]({name}.json): {content['description']}\n\n")
        parts.append("| panel | unit | metrics |\n|---|---|---|\n")
        for panel in content["panels"]:
            used = sorted({metric for expression, _ in panel["targets"] for metric in metrics(expression)})
            listed = ", ".join(f"`{metric}`" for metric in used)
            parts.append(f"| {panel['title']} | {panel['unit']} | {listed} |\n")
    return "".join(parts)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    for name, content in DASHBOARDS.items():
        text = json.dumps(dashboard(name, content), ensure_ascii=False, indent=2, sort_keys=True)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    (folder / "README.md").write_text(readme(), encoding="utf-8")


main()
