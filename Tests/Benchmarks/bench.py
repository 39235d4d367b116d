#!/usr/bin/env python3
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""Plimsoll and docker-registry side by side on one machine. See README.md."""

import argparse
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile

import access
import objects
import observers
import table
from content import MIB, Content
from http1 import BenchError
from rows import all_rows
from runner import find, load_average, refuse, run_row
from servers import Encryption, Nginx, Server

OURS = "plimsoll"
# The rows of modules of their own, which start what they need: in some Plimsoll runs against itself.
ALONE = {"access": access, "objects": objects, "observers": observers}


def main():
    arguments = parse()
    tools = {"wrk": "wrk", "openssl": "openssl", arguments.peer: "docker-registry"}
    if arguments.nginx:
        tools[arguments.nginx] = "nginx-light"
    for tool, package in tools.items():
        if not find(tool):
            refuse(f"{tool} not found: apt-get install {package}")
    if not find(arguments.plimsoll):
        refuse(f"{arguments.plimsoll} not found: make build")

    # SIGTERM ends as Ctrl-C does, through every `finally`.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    directory = tempfile.mkdtemp(prefix="plimsoll-bench-", dir=arguments.root)
    servers = []
    try:
        code = 0
        if not set(words(arguments.only)) <= set(ALONE):
            code = bench(arguments, directory, servers)
        for name, module in ALONE.items():
            if not arguments.only or name in words(arguments.only):
                for server in servers:
                    server.stop()
                code = module.run(arguments, directory) or code
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        code = 130
    except BenchError as error:
        print(error, file=sys.stderr)
        code = 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave servers behind
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for server in servers:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)
    sys.exit(code)


def parse():
    parser = argparse.ArgumentParser(
        prog="bench.py",
        description="Runs the same load against Plimsoll and docker-registry, one after the other, and prints a table.",
    )
    parser.add_argument("--plimsoll", metavar="PATH", required=True, help="Plimsoll's release build")
    parser.add_argument("--peer", metavar="PATH", default="docker-registry", help="what to compare with")
    parser.add_argument("--seconds", type=positive, default=5, help="length of a run; prolonged for CPU ticks enough")
    parser.add_argument("--repeat", type=positive, default=3, help="runs of each row and server")
    parser.add_argument("--only", metavar="ROWS", help="keys or beginnings of keys, with commas: manifest,blob-256m,access")
    parser.add_argument("--json", metavar="FILE", help="writes every run's figures as JSON")
    parser.add_argument("--root", metavar="DIR", help="where the temporary storage goes, about 6 GB (default: TMPDIR)")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    parser.add_argument("--nginx", metavar="PATH", nargs="?", const="nginx", help="also measure nginx sendfile")
    parser.add_argument("--chunked", action="store_true", help="push with Transfer-Encoding: chunked, as docker does")
    return parser.parse_args()


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def bench(arguments, directory, servers):
    peer_label = pathlib.Path(arguments.peer).name
    if peer_label in (OURS, "nginx"):
        peer_label = "peer"
    content = Content()
    rows = choose(all_rows(content, arguments.chunked), arguments.only)

    encryption = Encryption(directory)
    servers.append(Server(OURS, find(arguments.plimsoll), directory, encryption))
    servers.append(Server(peer_label, find(arguments.peer), directory, encryption))
    pair = tuple(servers)
    nginx = None
    if arguments.nginx and any(row.nginx for row in rows):
        nginx = Nginx("nginx", find(arguments.nginx), directory, encryption)
        servers.append(nginx)
    for server in servers:
        server.start()
    if nginx:
        nginx.add_file("blob", content.blobs[256 * MIB])

    heading = header(arguments, directory, servers)
    print("\n".join(heading), flush=True)
    outcomes = []
    for row in rows:
        taking_part = [*pair, nginx] if nginx and row.nginx else pair
        outcomes.append(run_row(row, taking_part, arguments, content))
    heading.append(f"- load average at the end: {load_average()}")

    with_nginx = nginx is not None
    print(heading[-1])
    print("\n" + table.table(outcomes, OURS, peer_label, with_nginx))
    for outcome in outcomes:
        for label, text in outcome.failures.items():
            print(f"\n{outcome.row.key} on {label} failed: {text}")
    if arguments.json:
        result = {"header": heading, "rows": table.as_json(outcomes, OURS, peer_label, with_nginx)}
        pathlib.Path(arguments.json).write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")

    failed = any(outcome.failures for outcome in outcomes)
    missed = [v for outcome in outcomes for v in outcome.verdicts(OURS, peer_label, with_nginx) if not v[2]]
    return 1 if failed or (arguments.check and missed) else 0


def words(only):
    return [word.strip() for word in (only or "").split(",")]


def choose(rows, only):
    if not only:
        return rows
    wanted = words(only)
    for word in wanted:
        if word not in ALONE and not any(row.key.startswith(word) for row in rows):
            refuse(f"no row {word!r}; rows: {', '.join([*(row.key for row in rows), *ALONE])}")
    return [row for row in rows if any(row.key.startswith(word) for word in wanted)]


def header(arguments, directory, servers):
    lines = ["# Benchmark, side by side", ""]
    kernel, storage = os.uname().release, file_system(directory)
    lines.append(f"- machine: {cpu_model()}, {os.cpu_count()} CPUs, kernel {kernel}; storage on {storage}")
    lines += [f"- {server.label}: {server.version()}" for server in servers]
    lines.append(
        f"- {arguments.repeat} runs a row of {arguments.seconds} s or more, servers in turn, medians; "
        "ratio: median of the runs' ratios, Plimsoll to peer"
    )
    lines.append(
        "- op: one request, in push rows one whole push of three requests; GB: 10^9 bytes; "
        "CPU: the server's, user and system; ~: too few clock ticks for 2 %"
    )
    lines.append(
        "- Debian's docker-registry 2.8.2 is built with Go 1.19, whose SHA-256 lacks the processor's SHA "
        "instructions: a current build pushes with less CPU, so push ratios flatter"
    )
    lines.append(f"- load average at the start: {load_average()}")
    return lines


def cpu_model():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith(("model name", "Model")):
                return line.split(":", 1)[1].strip()
    return os.uname().machine


def file_system(directory):
    path = os.path.realpath(directory) + "/"
    best = ("/", "unknown")
    with open("/proc/self/mounts") as file:
        for line in file:
            _, mount, kind = line.split()[:3]
            if path.startswith(mount.rstrip("/") + "/") and len(mount) >= len(best[0]):
                best = (mount, kind)
    return best[1]


if __name__ == "__main__":
    main()
