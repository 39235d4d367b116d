#!/usr/bin/env python3
#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""What notifications cost: a backlog that drains to a local receiver, and pushes with endpoints and without.

    python3 Tests/Benchmarks/notifications.py --plimsoll .build/release/plimsoll [--events 1000000]
"""

import argparse
import asyncio
import hashlib
import http.client
import json
import multiprocessing
import os
import pathlib
import signal
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
import uuid


class Receiver(asyncio.Protocol):
    """Answers each request with 200, on connections that stay."""

    def __init__(self, count):
        self.count, self.rest = count, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.rest += data
        while (end := self.rest.find(b"\r\n\r\n")) >= 0:
            head = self.rest[:end].lower()
            start = head.find(b"content-length:") + 15
            stop = head.find(b"\r\n", start)
            size = end + 4 + int(head[start : stop if stop > 0 else None])
            if len(self.rest) < size:
                return
            self.rest = self.rest[size:]
            self.count.value += 1
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")


def receive(listener, count):
    async def serve():
        server = await asyncio.get_running_loop().create_server(lambda: Receiver(count), sock=listener)
        await server.serve_forever()

    asyncio.run(serve())


class Receivers:
    def __init__(self, number):
        self.counts, self.ports, self.processes = [], [], []
        for _ in range(number):
            listener = socket.create_server(("127.0.0.1", 0))
            count = multiprocessing.Value("q", 0, lock=False)
            process = multiprocessing.Process(target=receive, args=(listener, count), daemon=True)
            process.start()
            self.counts.append(count)
            self.ports.append(listener.getsockname()[1])
            self.processes.append(process)
            listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.join()


class Server:
    """A Plimsoll on a port of its own."""

    def __init__(self, program, root, ports):
        endpoints = [{"name": f"e{n}", "url": f"http://127.0.0.1:{port}/", "parallel": 8} for n, port in enumerate(ports)]
        configuration = {
            "version": "0.1",
            "log": {"accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(root)}},
            "http": {"addr": "127.0.0.1:0"},
            "notifications": {"endpoints": endpoints},
        }
        path = pathlib.Path(f"{root}.yml")
        path.write_text(json.dumps(configuration), encoding="utf-8")
        environment = dict(os.environ, RUNTIME_DIRECTORY=str(root.parent))
        self.process = subprocess.Popen([program, "serve", path], stdout=subprocess.PIPE, env=environment)
        for line in self.process.stdout:
            event = json.loads(line)
            if event.get("event") == "server_started":
                self.port = int(event["address"].rpartition(":")[2])
                break
        # What it still has to say must not fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def memory(self, what="VmHWM"):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(text.split(what + ":")[1].split()[0]) << 10

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def fill(ledger, events):
    """A queue for e0, as if its receiver had been away for long."""
    database = sqlite3.connect(ledger)
    now = int(time.time() * 1e6)
    database.execute("INSERT OR IGNORE INTO outbox_endpoints (name) VALUES ('e0')")
    (endpoint,) = database.execute("SELECT id FROM outbox_endpoints WHERE name = 'e0'").fetchone()
    (first,) = database.execute("SELECT position FROM outbox_position").fetchone()
    total = 0
    for position in range(first + 1, first + 1 + events):
        name, repository = str(uuid.uuid4()), f"team{position % 50}/app"
        body = json.dumps({"id": name, "action": "push", "target": {"repository": repository}, "filler": "x" * 500})
        total += len(body)
        row = (position, name, repository, "push", now, now, body, "", 1)
        database.execute("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        database.execute("INSERT INTO outbox_queue VALUES (?, ?, ?, ?)", (endpoint, position, position, len(body)))
    database.execute("UPDATE outbox_endpoints SET waiting = ?, waiting_bytes = ? WHERE id = ?", (events, total, endpoint))
    database.execute("UPDATE outbox_position SET position = ?", (first + events,))
    database.commit()
    database.close()


def ping(port, until):
    """Times of GET /v2/, one after the other on one connection."""
    connection, times = http.client.HTTPConnection("127.0.0.1", port), []
    while not until():
        start = time.perf_counter()
        connection.request("GET", "/v2/")
        connection.getresponse().read()
        times.append(time.perf_counter() - start)
        time.sleep(0.005)
    return times


def push(port, repository, number):
    """Pushes small blobs one after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for index in range(number):
        body = f"{repository} {index} ".encode() * 4000
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        connection.request("POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", body)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201, answer.status


def drain(program, folder, events, seconds):
    root = folder / "drain"
    with Receivers(1) as receivers:
        with Server(program, root, receivers.ports):
            pass
        fill(root / ".plimsoll/ledger.db", events)
        with Server(program, root, receivers.ports) as server:
            idle = server.memory("VmRSS")
            start, before = time.monotonic(), receivers.counts[0].value
            end = start + seconds
            times = ping(server.port, lambda: time.monotonic() > end or receivers.counts[0].value >= events)
            rate = (receivers.counts[0].value - before) / (time.monotonic() - start)
            peak = server.memory()
    print(f"| deliveries a second, backlog of {events} | {rate:.0f} | ≥ 2000 |")
    print(f"| memory at most, then | {peak / 2**20:.1f} MiB ({idle / 2**20:.1f} MiB at its start) | ≤ 64 MiB more |")
    print(f"| `GET /v2/` meanwhile, half and 99 % | {statistics.median(times) * 1e3:.2f} ms, "
          f"{sorted(times)[int(len(times) * 0.99)] * 1e3:.2f} ms | no pause |")


def pushes(program, folder, rounds):
    rates = {0: [], 3: []}
    for round_ in range(rounds):
        for number in rates:
            root = folder / f"push{round_}-{number}"
            with Receivers(number) as receivers, Server(program, root, receivers.ports) as server:
                push(server.port, "warm/up", 50)
                start = time.monotonic()
                threads = [threading.Thread(target=push, args=(server.port, f"team{n}/app", 150)) for n in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                rates[number].append(600 / (time.monotonic() - start))
    without, with_three = statistics.median(rates[0]), statistics.median(rates[3])
    print(f"| pushes a second without endpoints, with three | {without:.0f}, {with_three:.0f} "
          f"({with_three / without:.3f}) | ≥ 0.95 |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plimsoll", default=".build/release/plimsoll")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=30, help="how long the backlog is watched")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--root", help="a folder on a real disk")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.root) as folder:
        print("| what | measured | target |\n|---|---|---|", flush=True)
        drain(options.plimsoll, pathlib.Path(folder), options.events, options.seconds)
        pushes(options.plimsoll, pathlib.Path(folder), options.rounds)


if __name__ == "__main__":
    main()
