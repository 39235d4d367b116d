# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""Reads an export with DuckDB and compares it with a report of capacity: export.py FOLDER REPORT.json

Prints a line for each difference; nothing where they agree.
"""

import hashlib
import json
import os
import sys

import duckdb

SUMS = ["logical", "deduplicated", "exclusive", "shared", "attributed", "manifests", "tags"]


def one(query):
    return duckdb.sql(query).fetchall()[0][0]


def main():
    folder, path = sys.argv[1:]
    with open(path) as file:
        report = json.load(file)
    with open(f"{folder}/manifest.json") as file:
        manifest = json.load(file)
    wrong = []

    def expect(what, found, wanted):
        if found != wanted:
            wrong.append(f"{what}: {found}, not {wanted}")

    tables = {}
    for entry in manifest["files"]:
        name = f"{folder}/{entry['name']}"
        with open(name, "rb") as file:
            expect(f"SHA-256 of {entry['name']}", hashlib.sha256(file.read()).hexdigest(), entry["sha256"])
        expect(f"size of {entry['name']}", os.path.getsize(name), entry["size"])
        if entry["format"] == "csv":
            source = f"read_csv('{name}', header=true, all_varchar=true)"
        else:
            source = f"read_json('{name}', format='newline_delimited')"
        rows = one(f"SELECT count(*) FROM {source}") if entry["rows"] else 0
        expect(f"rows of {entry['name']}", rows, entry["rows"])
        tables[entry["table"], entry["format"]] = (source, entry["rows"])
    expect("files", sorted(os.listdir(folder)), sorted([e["name"] for e in manifest["files"]] + ["manifest.json"]))

    for kind in ("csv", "jsonl"):
        for table in ("repositories", "namespaces"):
            source, _ = tables[table, kind]
            for column in SUMS:
                found = one(f"SELECT sum({column}::BIGINT)::BIGINT FROM {source}")
                expect(f"{table}.{column} ({kind})", found, sum(row[column] for row in report[table]))
        source, _ = tables["repositories", kind]
        attributed = one(f"SELECT sum(attributed::BIGINT)::BIGINT FROM {source}")
        expect(f"attributed in sum ({kind})", attributed, report["totals"]["referenced"])
        source, _ = tables["blobs", kind]
        reached = one(f"SELECT sum(size::BIGINT)::BIGINT FROM {source} WHERE repositories::BIGINT > 0")
        expect(f"blobs that are reached ({kind})", reached, report["totals"]["referenced"])
        source, count = tables["tags", kind]
        expect(f"tags ({kind})", count, sum(row["tags"] for row in report["repositories"]))
        names = {row[0] for row in duckdb.sql(f"SELECT name FROM {tables['repositories', kind][0]}").fetchall()}
        expect(f"names ({kind})", names, {row["name"] for row in report["repositories"]})
        # An exact number of bytes, whatever the reader makes of times and lists.
        source, _ = tables["shared_blobs", kind]
        saved = one(f"SELECT sum(saved::BIGINT - size::BIGINT * (repositories::BIGINT - 1))::BIGINT FROM {source}")
        expect(f"saved bytes ({kind})", saved, 0)
    print("\n".join(wrong), end="")


if __name__ == "__main__":
    main()
