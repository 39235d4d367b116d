# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""What observing costs, and whether broken observers slow the registry down. See README.md.

Plimsoll against itself, with everything that observes off. Needs root, for a journal in a namespace of its own and a
small file system for the log.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time

import callcost
import table
from content import Content
from http1 import BenchError
from rows import Target, all_rows
from runner import find, load_average, run_row
from servers import Server, free_ports

OFF, ON, BROKEN = "off", "on", "broken"
JOURNALD = "/lib/systemd/systemd-journald"

ROOT = pathlib.Path(__file__).resolve().parents[2]

CONFIG = """\
version: 0.1
log:
  level: info
  accesslog: {{disabled: {quiet}}}
  sinks:
    stdout: {{enabled: false}}
    journald: {{enabled: {journald}, socket: {socket}}}
    {file}
tracing: {{enabled: {tracing}, sampleratio: 0.01}}
storage:
  filesystem: {{rootdirectory: {root}}}
  cache: {{blobdescriptor: inmemory}}
  delete: {{enabled: true}}
http:
  addr: 127.0.0.1:{port}
  debug: {{addr: "127.0.0.1:{debug}", prometheus: {{enabled: {metrics}, path: /metrics}}}}
"""


class Journal:
    """A systemd-journald of our own, in a namespace of its own and in memory."""

    def __init__(self, name):
        self.name = f"plimsoll-bench-{os.getpid()}-{name}"
        self.folder = pathlib.Path(f"/run/systemd/journal.{self.name}")
        self.settings = pathlib.Path(f"/run/systemd/journald@{self.name}.conf.d")
        self.socket = self.folder / "socket"
        machine = pathlib.Path("/etc/machine-id").read_text().strip()
        self.entries = pathlib.Path(f"/run/log/journal/{machine}.{self.name}")

    def __enter__(self):
        # What was begun is undone also when the journal does not start: a file system would stay mounted.
        with contextlib.ExitStack() as undo:
            for folder in (self.folder, self.settings, self.entries):
                folder.mkdir(parents=True)
                undo.callback(shutil.rmtree, folder, ignore_errors=True)
            # /run itself is not in memory everywhere.
            mount_memory(self.entries, "640m")
            undo.callback(subprocess.run, ["umount", str(self.entries)], check=False)
            self._start(undo)
            self.undo = undo.pop_all()
        return self

    def _start(self, undo):
        # As operators are given it, with files as large as theirs, but in memory.
        shipped = (ROOT / "config/systemd/journald@plimsoll.conf").read_text()
        volatile = "Storage=volatile\nRuntimeMaxUse=512M\nRuntimeMaxFileSize=128M\n"
        (self.settings / "bench.conf").write_text(f"{shipped}\n{volatile}")
        self.process = subprocess.Popen(
            [JOURNALD, self.name],
            env={"RUNTIME_DIRECTORY": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        undo.callback(self.process.wait)
        undo.callback(self.process.kill)
        if "CPUSchedulingPolicy=batch" in (ROOT / "config/systemd/journald@plimsoll.service.conf").read_text():
            os.sched_setscheduler(self.process.pid, os.SCHED_BATCH, os.sched_param(0))
        deadline = time.monotonic() + 30
        while not self.socket.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BenchError("systemd-journald does not start")
            time.sleep(0.05)
        # Without an open stream a journal of a namespace ends when it has been idle for a while.
        stream = undo.enter_context(socket.socket(socket.AF_UNIX))
        stream.connect(str(self.folder / "stdout"))

    def __exit__(self, *_):
        self.undo.close()


def mount_memory(folder, size):
    """Mounts a file system in memory."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)


@contextlib.contextmanager
def small_disk(directory):
    """A file system for the log that is full."""
    path = pathlib.Path(directory) / "full"
    path.mkdir()
    mount_memory(path, "1m")
    try:
        with open(path / "ballast", "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=False)


class Collector:
    """Takes connections. One that answers is a collector of traces; one that hangs reads nothing and never answers."""

    def __init__(self, hangs):
        self.hangs = hangs
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections.append(connection)
                if not self.hangs:
                    threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with contextlib.suppress(OSError, ValueError):
            file = connection.makefile("rb")
            while line := file.readline():
                length = 0
                while line not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                    line = file.readline()
                file.read(length)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def close(self):
        self.listener.close()
        for connection in self.connections:
            connection.close()


class Observed(Server):
    """Plimsoll with its observers off, on, or on and broken."""

    def __init__(self, label, binary, directory, socket_path="", log=None, collector=None):
        super().__init__(label, binary, directory)
        self.socket_path, self.log, self.collector = socket_path, log, collector
        self.scrapers = []

    def _configure(self):
        self.port, self.debug = free_ports(2)
        observes = self.label != OFF
        log = self.log or self.directory / "access.jsonl"
        config = self.directory / "config.yml"
        config.write_text(
            CONFIG.format(
                quiet=str(not observes).lower(),
                journald=str(observes).lower(),
                socket=json.dumps(str(self.socket_path or "/run/systemd/journal/socket")),
                file="file: {path: %s, maxsize: 64MiB, minfree: 0}" % json.dumps(str(log)) if observes else "",
                tracing=str(observes).lower(),
                metrics=str(observes).lower(),
                root=json.dumps(str(self.directory / "root")),
                port=self.port,
                debug=self.debug,
            )
        )
        # Through env(1), as the base class passes no variables that begin with OTEL_.
        variables = [f"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{self.collector.port}"] if self.collector else []
        return ["env", *variables, self.binary, "serve", str(config)]

    def start(self):
        super().start()
        if self.label == BROKEN:
            # Scrapers that ask and never read.
            for _ in range(4):
                scraper = socket.create_connection(("127.0.0.1", self.debug))
                scraper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                scraper.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 50)
                self.scrapers.append(scraper)

    def stop(self):
        for scraper in self.scrapers:
            scraper.close()
        self.scrapers = []
        super().stop()


def run(arguments, directory):
    """Measures the rows, prints their tables, and returns the exit code."""
    if os.geteuid() != 0 or not find(JOURNALD):
        print("\nobservers: not measured, that needs root and systemd-journald (apt-get install systemd)")
        return 1
    content, binary = Content(), find(arguments.plimsoll)
    rows = {row.key: row for row in all_rows(content, False)}
    cheap = Target("cpu_us", "CPU ratio", 1.15)
    quick = Target("p99_ms", "p99 ratio", 1.25)
    costs = [
        *(
            dataclasses.replace(
                rows[key],
                title=f"manifest GET, 16 connections that rest {pause} ms on average, observers on to off",
                # What a process costs a request depends on where its memory happens to lie, for as long as it lives.
                fresh=True,
                turns=10,
                targets=targets,
            )
            for key, pause, targets in (("manifest-calm", 3, (cheap,)), ("manifest-quiet", 12, (cheap, quick)))
        ),
        dataclasses.replace(
            rows["manifest-get"], title="manifest GET, 16 connections at full speed, observers on to off", targets=()
        ),
    ]
    slower = [
        dataclasses.replace(
            rows[key],
            title=f"{title}, all observers broken to on",
            targets=(Target("rate", "throughput ratio", 0.9, at_most=False),),
        )
        for key, title in (("manifest-get", "manifest GET"), ("blob-1m", "blob GET 1 MiB"))
    ]
    with contextlib.ExitStack() as stack:
        good, bad = stack.enter_context(Journal("good")), stack.enter_context(Journal("bad"))
        full = stack.enter_context(small_disk(directory))
        collectors = [Collector(hangs=False), Collector(hangs=True)]
        for collector in collectors:
            stack.callback(collector.close)
        off = Observed(OFF, binary, directory)
        on = Observed(ON, binary, directory, good.socket, collector=collectors[0])
        broken = Observed(BROKEN, binary, directory, bad.socket, full / "access.jsonl", collectors[1])
        for server in (off, on, broken):
            stack.callback(server.stop)
            server.start()
        bad.process.send_signal(signal.SIGSTOP)
        stack.callback(bad.process.send_signal, signal.SIGCONT)
        print("# Observers: Plimsoll against itself\n", flush=True)
        print("- off: no log, no metrics, no traces; on: journald, file, metrics, 1 % of traces exported")
        print("- broken: journald stopped, the log's disk full, a collector that hangs, four scrapers that never read")
        print(f"- load average at the start: {load_average()}", flush=True)
        missed = entry_cost(binary, good.socket, arguments)
        outcomes = [run_row(row, (on, off), arguments, content) for row in costs]
        failed = table.report(outcomes, ON, OFF, arguments)
        outcomes = [run_row(row, (broken, on), arguments, content) for row in slower]
        return table.report(outcomes, BROKEN, ON, arguments) or failed or missed


def entry_cost(plimsoll, journal, arguments):
    """Prints what a journal entry costs the thread of its request, and returns the exit code."""
    missed = 0
    for title, batch, pause in (("one each 2 ms", 1, 2), ("32 each 8 ms, as under load", 32, 8)):
        words = ("journal", str(journal), str(batch), str(pause), str(arguments.seconds))
        cost, code = callcost.measure(f"journal entry, {title}", 3000, plimsoll, words, arguments)
        if cost["written"] != cost["entries"]:
            raise BenchError(f"CallCost: of {cost['entries']} entries {cost['written']} reached the journal")
        missed = missed or code
    return missed
