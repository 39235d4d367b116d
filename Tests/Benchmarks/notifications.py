# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""What telling others costs: pushes with three endpoints, events a second, and a backlog of a million. See README.md.

Plimsoll against itself. The receiver is nginx, which costs little; a backlog is written into the ledger's tables, as if
an endpoint had been away.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import sqlite3
import statistics
import subprocess
import time

import table
from content import Content
from http1 import BenchError, Connection
from rows import Target, all_rows
from runner import find, load_average, progress, run_row
from servers import CONFIG, Server, free_ports

QUIET, TELLING, BACKLOG = "quiet", "telling", "backlog"
EVENTS = 1_000_000
SECONDS = 30  # of the backlog that are measured
MIB = 1 << 20

RECEIVER = """\
daemon off;
master_process off;
{user}
pid {root}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {root}/body;
  proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi;
  uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 204; }}
  }}
}}
"""


class Receiver:
    """Takes every event and says so."""

    def __init__(self, directory):
        root = pathlib.Path(directory) / "receiver"
        root.mkdir()
        (self.port,) = free_ports(1)
        user = "user root;" if os.geteuid() == 0 else ""
        (root / "nginx.conf").write_text(RECEIVER.format(root=root, port=self.port, user=user))
        self.process = subprocess.Popen(
            [find("nginx"), "-c", str(root / "nginx.conf"), "-p", str(root)], start_new_session=True
        )

    def close(self):
        self.process.terminate()
        self.process.wait()


class Telling(Server):
    """Plimsoll with endpoints."""

    def __init__(self, label, binary, directory, receiver, names):
        super().__init__(label, binary, directory)
        self.receiver, self.names = receiver, names

    def _configure(self):
        self.port, self.side_port = free_ports(2)
        root = json.dumps(str(self.directory / "root"))
        text = CONFIG.format(root=root, port=self.port, debug=self.side_port)
        url = f"http://127.0.0.1:{self.receiver.port}"
        endpoints = [f'    - {{name: {name}, url: "{url}/{name}", timeout: 5s}}\n' for name in self.names]
        if endpoints:
            text += "notifications:\n  endpoints:\n" + "".join(endpoints)
        config = self.directory / "config.yml"
        config.write_text(text)
        return [self.binary, "serve", str(config)]

    def metric(self, name):
        """The sum of a metric's series."""
        with Connection(("127.0.0.1", self.side_port)) as connection:
            text = connection.call("GET", "/metrics", 200).body.decode()
        lines = [line for line in text.splitlines() if line.startswith((name + "{", name + " "))]
        return sum(float(line.rpartition(" ")[2]) for line in lines)


class Behind(Telling):
    """Plimsoll that begins with events which wait since an earlier run."""

    def _configure(self):
        command = super()._configure()
        # A first run makes the tables.
        first = Telling(self.label + "-first", self.binary, self.directory, self.receiver, self.names)
        first.start()
        first.stop()
        place = "root/.plimsoll"
        os.rename(first.directory / place, self.directory / place)
        fill(self.directory / place / "ledger.db", self.names[0])
        return command


def fill(path, endpoint):
    """Writes events that wait for one endpoint."""
    progress(f"writing {EVENTS:,} events")
    body = json.dumps({"id": "0" * 36, "action": "push", "target": {"repository": "r", "url": "x" * 200}})
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT OR IGNORE INTO outbox_endpoints (name) VALUES (?)", (endpoint,))
        (number,) = database.execute("SELECT id FROM outbox_endpoints WHERE name = ?", (endpoint,)).fetchone()
        now = int(time.time() * 1e6)
        database.executemany(
            "INSERT INTO outbox VALUES (?, ?, ?, 'push', ?, ?, ?, '', 1)",
            ((i, f"e{i}", f"group/app{i % 1000}", now, now, body) for i in range(1, EVENTS + 1)),
        )
        size = len(body)
        database.executemany(
            "INSERT INTO outbox_queue VALUES (?, ?, ?, ?)", ((number, i, i, size) for i in range(1, EVENTS + 1))
        )
        database.execute(
            "UPDATE outbox_endpoints SET waiting = ?, waiting_bytes = ? WHERE id = ?", (EVENTS, EVENTS * size, number)
        )
        database.execute("UPDATE outbox_position SET position = ?", (EVENTS,))


def run(arguments, directory):
    """Measures the rows, prints what came out, and returns the exit code."""
    if not find("nginx"):
        print("\nnotifications: not measured, nginx not found: apt-get install nginx-light")
        return 1
    content, binary = Content(), find(arguments.plimsoll)
    rows = {row.key: row for row in all_rows(content, False)}
    pushing = dataclasses.replace(
        rows["push-1m"],
        title="push 1 MiB, three endpoints to none",
        targets=(Target("rate", "throughput ratio", 0.95, at_most=False),),
    )
    with contextlib.ExitStack() as stack:
        receiver = Receiver(directory)
        stack.callback(receiver.close)
        quiet = Telling(QUIET, binary, directory, receiver, [])
        telling = Telling(TELLING, binary, directory, receiver, ["one", "two", "three"])
        print("# Notifications: Plimsoll against itself\n", flush=True)
        print(f"- load average at the start: {load_average()}", flush=True)
        for server in (quiet, telling):
            stack.callback(server.stop)
            server.start()
        missed = table.report([run_row(pushing, (telling, quiet), arguments, content)], TELLING, QUIET, arguments)
        for server in (quiet, telling):
            server.stop()
        behind = Behind(BACKLOG, binary, directory, receiver, ["one"])
        stack.callback(behind.stop)
        behind.start()
        return backlog(behind, arguments) or missed


def backlog(server, arguments):
    """Watches a backlog go down, and how the registry answers meanwhile."""
    server.reset_peak()
    before = server.metric("registry_notifications_pending_total")
    start = time.perf_counter()
    waits = []
    with Connection(server.address) as connection:
        while time.perf_counter() - start < SECONDS:
            asked = time.perf_counter()
            connection.call("GET", "/v2/", 200)
            waits.append(time.perf_counter() - asked)
            time.sleep(0.005)
    left = server.metric("registry_notifications_pending_total")
    rate = (before - left) / (time.perf_counter() - start)
    if before < EVENTS / 2:
        raise BenchError(f"of {EVENTS} events only {before:.0f} wait")
    waits.sort()
    figures = [
        ("deliveries a second", rate, ">=", 2000, rate >= 2000),
        ("peak of RSS, MiB", server.peak_rss() / MIB, "", None, True),
        ("GET /v2/ meanwhile, p50 ms", statistics.median(waits) * 1000, "", None, True),
        ("GET /v2/ meanwhile, longest ms", waits[-1] * 1000, "", None, True),
    ]
    print(f"\n| a backlog of {EVENTS:,}, {SECONDS} s of it | measured | target |\n|---|---|---|")
    for name, value, sign, limit, met in figures:
        target = f"{sign} {limit}, {'met' if met else 'MISSED'}" if limit else "-"
        print(f"| {name} | {value:.1f} | {target} |")
    return 1 if arguments.check and not all(met for *_, met in figures) else 0
