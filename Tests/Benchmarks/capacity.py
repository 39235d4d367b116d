#!/usr/bin/env python3
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""The budgets of the ledger, of reports and of collection, on a large store. See README.md."""

import argparse
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sqlite3
import sys
import tempfile
import threading
import time

import synthetic
import tree
from http1 import BenchError, Connection
from runner import find, load_average, progress, refuse
from servers import Server, free_ports

GIB = 1 << 30


class StoreServer(Server):
    """A server on a store that is there."""

    def __init__(self, binary, store, directory):
        super().__init__("plimsoll", binary, directory)
        self.store = pathlib.Path(store)

    def _configure(self):
        self.port, self.side_port = free_ports(2)
        text = (self.store / "config.yml").read_text()
        text = text.replace("127.0.0.1:0", f"127.0.0.1:{self.port}", 1)
        text = text.replace("127.0.0.1:0", f"127.0.0.1:{self.side_port}", 1)
        path = self.directory / "config.yml"
        path.write_text(text)
        return [self.binary, "serve", str(path)]

    def spent(self, handler):
        """Seconds that requests have taken, and how many there were."""
        with Connection(("127.0.0.1", self.side_port)) as connection:
            text = connection.call("GET", "/metrics", 200).body.decode()
        sums = {"sum": 0.0, "count": 0.0}
        for line in text.splitlines():
            name, _, value = line.rpartition(" ")
            for part in sums:
                if name.startswith(f"registry_http_request_duration_seconds_{part}{{") and f'handler="{handler}"' in name:
                    sums[part] += float(value)
        return tuple(sums.values())

    def state(self):
        with Connection(("127.0.0.1", self.side_port)) as connection:
            return json.loads(connection.call("GET", "/readyz", 200).body)["ledger"]


class Figure:
    """One measured number and what it may be."""

    def __init__(self, title, value, unit, limit, at_most=True, note=""):
        self.title, self.value, self.unit, self.limit, self.at_most = title, value, unit, limit, at_most
        self.note = note

    @property
    def met(self):
        return self.value <= self.limit if self.at_most else self.value >= self.limit


class Bench:
    def __init__(self, arguments, directory):
        self.arguments, self.directory = arguments, pathlib.Path(directory)
        self.binary = find(arguments.plimsoll)
        self.store = None

    # The rows, in the order in which they are measured; each gives figures.

    def start(self):
        """From exec to the first answer, and the ledger must be current by then."""
        times = []
        for _ in range(self.arguments.repeat):
            with self.server() as (server, seconds):
                times.append(seconds)
        yield Figure("start", statistics.median(times), "s", 1)

    def scrape(self):
        with self.server() as (server, _), Connection(("127.0.0.1", server.side_port)) as connection:
            times = timed(30, lambda _: connection.call("GET", "/metrics", 200))
        yield Figure("scrape", statistics.median(times) * 1000, "ms", 50)

    def scrape_beside(self):
        """The greatest while two reports at a time are made without a pause, as pages and as JSON."""
        with self.server() as (server, _), Connection(("127.0.0.1", server.side_port)) as connection:
            made, times, failures = [], [], []
            ended = threading.Event()

            def ask(first):
                kinds = ["capacity?format=html", "usage?since=90d", "stale?days=30"]
                targets = itertools.islice(itertools.cycle(kinds), first, None)
                try:
                    while not ended.is_set():
                        with Connection(("127.0.0.1", server.side_port)) as other:
                            target = next(targets)
                            other.call("GET", f"/reports/{target}", 200)
                        made.append(target)
                except (BenchError, OSError) as error:
                    failures.append(error)

            threads = [threading.Thread(target=ask, args=(first,)) for first in range(2)]
            for thread in threads:
                thread.start()
            try:
                # Until each kind was made.
                while not failures and (len(set(made)) < 3 or len(times) < 100):
                    times += timed(1, lambda _: connection.call("GET", "/metrics", 200))
                    time.sleep(0.02)
            finally:
                ended.set()
                for thread in threads:
                    thread.join()
        if failures:
            raise BenchError(f"a report failed: {failures[0]}")
        note = f"{len(times)} scrapes, median {statistics.median(times) * 1000:.1f} ms"
        yield Figure("scrape beside reports, the slowest", max(times) * 1000, "ms", 50, note=note)

    def catalog(self):
        """Pages begun anywhere; what counts is the server's own time."""
        names = self.names()
        chance = random.Random(1)
        with self.server() as (server, _), Connection(server.address) as connection:

            def page(count):
                def call(_):
                    answer = connection.call("GET", f"/v2/_catalog?n={count}&last={chance.choice(names)}", 200)
                    if not json.loads(answer.body)["repositories"]:
                        raise BenchError("an empty page")

                return call

            timed(50, page(100))
            for count in (100, 1000):
                before = server.spent("catalog")
                times = timed(300, page(count))
                seconds, requests = (after - earlier for after, earlier in zip(server.spent("catalog"), before))
                note = f"{statistics.median(times) * 1000:.2f} ms as the client sees it"
                yield Figure(f"catalog page of {count:,} names", seconds / requests * 1000, "ms", 2, note=note)

    def capacity(self):
        seconds, peak, output = self.report("capacity", "--depth", "100", "--format", "jsonl")
        rows = output.count(b"\n")
        yield Figure("report capacity, every node", seconds, "s", 10, note=f"{rows:,} lines")
        yield Figure("report capacity, peak RSS", peak / GIB, "GiB", 1)

    def stale(self):
        seconds, _, _ = self.report("stale", "--days", "90", "--format", "json")
        yield Figure("report stale", seconds, "s", 3)

    def top(self):
        seconds, _, _ = self.report("top", "--by", "exclusive", "--top", "50", "--format", "json")
        yield Figure("report top", seconds, "s", 3)

    def usage(self):
        seconds, _, _ = self.report("usage", "--since", "90d", "--format", "json")
        yield Figure("report usage over 90 days", seconds, "s", 3)

    def html(self):
        seconds, _, output = self.report("capacity", "--format", "html")
        yield Figure("report capacity as HTML", seconds, "s", 10)
        yield Figure("its size", len(output) / 1e6, "MB", 3)

    def mark(self):
        seconds, peak, _ = self.run("garbage-collect", "--dry-run", "--quiet", self.config())
        yield Figure("garbage-collect --dry-run", seconds, "s", 60, note=f"{peak / GIB:.2f} GiB")

    def rebuild(self):
        root, _ = self.tree()
        copy = self.copied(root, "rebuilt")
        seconds, peak, _ = self.run("ledger", "rebuild", self.config_of(copy))
        rate = self.arguments.tree_blobs / seconds
        self.adopted = copy
        yield Figure("ledger rebuild", rate, "blobs/s", 5000, at_most=False, note=f"{seconds:.1f} s, {peak / GIB:.2f} GiB")

    def collection(self):
        """Both on copies of one tree; Plimsoll has its ledger, as it would where it serves."""
        root, live = self.tree()
        ours = getattr(self, "adopted", None)
        if ours is None:
            ours = self.copied(root, "rebuilt")
            self.run("ledger", "rebuild", self.config_of(ours))
        peer = self.copied(root, "peer")
        for path in (ours, peer):
            age(path)
        os.sync()
        peer_seconds, _, _ = self.run("garbage-collect", self.config_of(peer), binary=find(self.arguments.peer))
        seconds, _, _ = self.run("garbage-collect", "--quiet", self.config_of(ours))
        left, peer_left = tree.digests(ours), tree.digests(peer)
        if left != peer_left or left != live:
            raise BenchError(f"{len(left):,} blobs are left, {len(peer_left):,} of the peer's, not {len(live):,}")
        note = f"{seconds:.2f} s against {peer_seconds:.1f} s"
        yield Figure("garbage-collect, times as fast as the peer", peer_seconds / seconds, "", 10, at_most=False, note=note)

    ROWS = [start, scrape, scrape_beside, catalog, capacity, stale, top, usage, html, mark, rebuild, collection]

    # What they are made of.

    def measure(self):
        """The figures, and the failures of rows that gave none."""
        rows = {row.__name__: row for row in self.ROWS}
        wanted = [word.strip() for word in self.arguments.only.split(",")] if self.arguments.only else list(rows)
        if unknown := set(wanted) - set(rows):
            refuse(f"no row {', '.join(sorted(unknown))}; rows: {', '.join(rows)}")
        figures, failures = [], {}
        for name in wanted:
            progress(name)
            try:
                for figure in rows[name](self):
                    progress(f"{figure.title}: {figure.value:.3g} {figure.unit}")
                    figures.append(figure)
            except BenchError as error:
                progress(f"{name}: failed: {error}")
                failures[name] = str(error)
        return figures, failures

    def config(self):
        return str(self.synthetic() / "config.yml")

    def synthetic(self):
        if self.store is None:
            shape = synthetic.shape_of(self.arguments)
            self.store = synthetic.store(self.binary, shape, self.arguments.cache, progress)
        return self.store

    def names(self):
        with sqlite3.connect(f"file:{self.synthetic()}/root/.plimsoll/ledger.db?mode=ro", uri=True) as database:
            return [name for (name,) in database.execute("SELECT name FROM repositories ORDER BY name LIMIT -1 OFFSET 1")][:-1000]

    def server(self):
        return Serving(StoreServer(self.binary, self.synthetic(), self.directory))

    def tree(self):
        """The folder of the real store, and the digests that a collection leaves."""
        folder = self.directory / "tree"
        if not folder.exists():
            progress(f"a tree of {self.arguments.tree_blobs:,} blobs")
            self.live, _ = tree.make(folder, self.arguments.tree_blobs)
        return folder, self.live

    def copied(self, root, name):
        copy = self.directory / name
        shutil.rmtree(copy, ignore_errors=True)
        subprocess.run(["cp", "-a", str(root), str(copy)], check=True)
        os.sync()
        return copy

    def config_of(self, root):
        path = self.directory / f"{root.name}.yml"
        storage = f"{{filesystem: {{rootdirectory: {json.dumps(str(root))}}}, delete: {{enabled: true}}}}"
        path.write_text(f'version: 0.1\nstorage: {storage}\nhttp: {{addr: "127.0.0.1:0"}}\n')
        return str(path)

    def report(self, kind, *options):
        return self.run("report", kind, "--offline", "--config", self.config(), *options)

    def run(self, *arguments, binary=None):
        """Runs a command to its end: seconds, peak of RSS, output. What fails is a failure of the row."""
        output, errors = self.directory / "stdout", self.directory / "stderr"
        with open(output, "wb") as out, open(errors, "wb") as err:
            began = time.monotonic()
            process = subprocess.Popen([binary or self.binary, *arguments], stdout=out, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            text = errors.read_text(errors="replace").strip()[-600:]
            raise BenchError(f"{' '.join(arguments)}: exit code {process.returncode}: {text}")
        return seconds, usage.ru_maxrss * 1024, output.read_bytes()


class Serving:
    """A server while the body runs, with how long it took until it answered."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        began = time.monotonic()
        self.server.start()
        seconds = time.monotonic() - began
        try:
            if self.server.state() != "current":
                raise BenchError(f"the ledger is {self.server.state()}")
        except BaseException:
            self.server.stop()
            raise
        return self.server, seconds

    def __exit__(self, *_):
        self.server.stop()


def timed(count, call):
    times = []
    for number in range(count):
        began = time.perf_counter()
        call(number)
        times.append(time.perf_counter() - began)
    return times


def age(root):
    """Content that is old enough to be collected."""
    old = time.time() - 30 * 86_400
    for folder, _, files in os.walk(root / "docker"):
        for name in files:
            os.utime(os.path.join(folder, name), (old, old))


def table(figures):
    rows = [["figure", "measured", "budget", "", "note"]]
    for figure in figures:
        sign = "≤" if figure.at_most else "≥"
        unit = f" {figure.unit}" if figure.unit else ""
        rows.append([figure.title, f"{number(figure.value)}{unit}", f"{sign} {figure.limit:,}{unit}"])
        rows[-1] += ["met" if figure.met else "MISSED", figure.note]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def main():
    parser = argparse.ArgumentParser(prog="capacity.py", description=__doc__)
    parser.add_argument("--plimsoll", metavar="PATH", required=True, help="Plimsoll's release build")
    parser.add_argument("--peer", metavar="PATH", default="docker-registry", help="whose collection is compared with")
    parser.add_argument("--only", metavar="ROWS", help="some of: " + ", ".join(row.__name__ for row in Bench.ROWS))
    parser.add_argument("--repeat", type=int, default=3, help="starts that are measured")
    parser.add_argument("--root", metavar="DIR", help="where the real store goes, about 1 GB (default: TMPDIR)")
    parser.add_argument("--tree-blobs", type=int, default=50_000, help="blobs of the real store")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a budget is missed")
    synthetic.add_shape(parser)
    arguments = parser.parse_args()
    for tool in (arguments.plimsoll, arguments.peer):
        if not find(tool):
            refuse(f"{tool} not found")
    # SIGTERM ends as Ctrl-C does, through every `finally`.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    directory = tempfile.mkdtemp(prefix="plimsoll-bench-", dir=arguments.root)
    try:
        bench = Bench(arguments, directory)
        figures, failures = bench.measure()
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        sys.exit(130)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if bench.store:
        facts = json.loads((bench.store / "facts.json").read_text())
        print(f"- made-up store: " + ", ".join(f"{facts[name]:,} {name}" for name in ("repositories", "blobs", "references")))
    print(f"- real store: {arguments.tree_blobs:,} blobs; load average at the end: {load_average()}\n")
    print(table(figures))
    for name, text in failures.items():
        print(f"\n{name} FAILED: {text}")
    missed = [figure for figure in figures if not figure.met]
    sys.exit(1 if failures or (arguments.check and missed) else 0)


if __name__ == "__main__":
    main()
