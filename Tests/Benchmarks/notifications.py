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
import hashlib
import http.client
import json
import multiprocessing
import os
import pathlib
import select
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
import uuid


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


def receive(listener, count):
    """Answers each request with 200, on connections that stay; with as little work as can be.

    It gives way to the server: elsewhere a receiver has processors of its own.
    """
    os.nice(10)
    poll, connections = select.epoll(), {}
    poll.register(listener, select.EPOLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == listener.fileno():
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[connection.fileno()] = (connection, bytearray())
                poll.register(connection, select.EPOLLIN)
                continue
            connection, rest = connections[descriptor]
            try:
                data = connection.recv(1 << 18)
            except ConnectionError:
                data = b""
            if not data:
                del connections[descriptor]
                connection.close()
                continue
            rest += data
            answers = 0
            while (end := rest.find(b"\r\n\r\n")) >= 0:
                # Headers come as the server writes them.
                start = rest.lower().find(b"content-length:", 0, end) + 15
                size = end + 4 + int(rest[start : rest.find(b"\r", start)])
                if len(rest) < size:
                    break
                del rest[:size]
                answers += 1
            if answers:
                count.value += answers
                connection.sendall(OK * answers)


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

    def processor_time(self):
        """Seconds of all of them."""
        return sum(processor_time(process.pid) for process in self.processes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.join()


def processor_time(process):
    """Seconds in user mode and in the kernel."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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


def upload(connection, repository, body):
    """Pushes a blob in one request."""
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    connection.request("POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", body)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 201, answer.status
    return {"digest": digest, "size": len(body), "mediaType": "application/vnd.oci.image.layer.v1.tar"}


def push(port, repository, numbers, times=None):
    """Pushes small blobs one after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for index in numbers:
        body = f"{repository} {index} ".encode() * 4000
        start = time.perf_counter()
        upload(connection, repository, body)
        if times is not None:
            times.append(time.perf_counter() - start)


LAYERS = 3
FILLER = os.urandom(1 << 20)


def push_images(port, repository, numbers):
    """Pushes images of three layers of 1 MiB, a configuration and a manifest with a tag."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for index in numbers:
        layers = [upload(connection, repository, f"{repository} {index} {n}".encode() + FILLER) for n in range(LAYERS)]
        config = upload(connection, repository, json.dumps({"image": f"{repository}:{index}"}).encode())
        config["mediaType"] = "application/vnd.oci.image.config.v1+json"
        kind = "application/vnd.oci.image.manifest.v1+json"
        manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": layers})
        connection.request("PUT", f"/v2/{repository}/manifests/{index}", manifest, {"Content-Type": kind})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201, answer.status


def spread(times):
    """Half, 99 % and all of them took no longer than this."""
    times = sorted(times)
    parts = (times[len(times) // 2], times[int(len(times) * 0.99)], times[-1])
    return ", ".join(f"{part * 1e3:.2f} ms" for part in parts)


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

            def is_over():
                return time.monotonic() > end or receivers.counts[0].value >= events

            def indices():
                index = 0
                while not is_over():
                    yield index
                    index += 1
                    time.sleep(0.1)

            pushes_ = []
            pusher = threading.Thread(target=push, args=(server.port, "meanwhile/app", indices(), pushes_))
            pusher.start()
            times = ping(server.port, is_over)
            took, done = time.monotonic() - start, receivers.counts[0].value - before
            pusher.join()
            peak = server.memory()
    print(f"| deliveries a second, {done} of a backlog of {events}, in {took:.0f} s | {done / took:.0f} | ≥ 2000 |")
    print(f"| memory at most, then | {peak / 2**20:.1f} MiB ({idle / 2**20:.1f} MiB at its start) | ≤ 64 MiB more |")
    print(f"| `GET /v2/` meanwhile: half, 99 %, longest of {len(times)} | {spread(times)} | no pause |")
    print(f"| pushes meanwhile: half, 99 %, longest of {len(pushes_)} | {spread(pushes_)} | no pause |", flush=True)


def pushes(program, folder, rounds, what, body, number, events):
    """The same on four connections, with endpoints and without, in turn; `events` of each."""
    rates, own, others, lags = {0: [], 3: []}, {0: [], 3: []}, [], []
    for round_ in range(rounds):
        # Whoever comes first finds the disk in another state, so each does now and then.
        for endpoints in list(rates)[:: 1 if round_ % 2 == 0 else -1]:
            root = folder / f"{body.__name__}{round_}-{endpoints}"
            with Receivers(endpoints) as receivers, Server(program, root, receivers.ports) as server:
                push(server.port, "warm/up", range(50))
                before = processor_time(server.process.pid), receivers.processor_time()
                start = time.monotonic()
                threads = [
                    threading.Thread(target=body, args=(server.port, f"team{n}/app", range(number // 4)))
                    for n in range(4)
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                end = time.monotonic()
                rates[endpoints].append(number / (end - start))
                while any(count.value < number * events + 50 for count in receivers.counts):
                    time.sleep(0.01)
                if endpoints:
                    lags.append(time.monotonic() - end)
                    others.append((receivers.processor_time() - before[1]) / number)
                own[endpoints].append((processor_time(server.process.pid) - before[0]) / number)
            shutil.rmtree(root)
    without, with_three = statistics.median(rates[0]), statistics.median(rates[3])
    ratios = sorted(after / before for before, after in zip(rates[0], rates[3]))
    print(f"| {what} a second without endpoints, with three | {without:.0f}, {with_three:.0f} "
          f"({with_three / without:.3f}; by rounds {ratios[0]:.3f} to {ratios[-1]:.3f}, "
          f"half {statistics.median(ratios):.3f}) | ≥ 0.95 |")
    print(f"| the server's processor time for each, without and with | {statistics.median(own[0]) * 1e3:.2f} ms, "
          f"{statistics.median(own[3]) * 1e3:.2f} ms | |")
    print(f"| that of the three receivers, on the same processors | {statistics.median(others) * 1e3:.2f} ms | |")
    print(f"| until the last event has arrived, after the last push | {max(lags):.2f} s at most | |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plimsoll", default=".build/release/plimsoll")
    parser.add_argument("--events", type=int, default=1_000_000, help="of the backlog; 0 for none of it")
    parser.add_argument("--seconds", type=float, default=600, help="how long the backlog is watched at most")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--root", help="a folder on a real disk")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.root) as folder:
        print("| what | measured | target |\n|---|---|---|", flush=True)
        if options.events:
            drain(options.plimsoll, pathlib.Path(folder), options.events, options.seconds)
        place = pathlib.Path(folder)
        pushes(options.plimsoll, place, options.rounds, "blobs of some 50 KB pushed", push, 2400, 1)
        pushes(options.plimsoll, place, options.rounds, "images of three layers of 1 MiB pushed", push_images, 240, LAYERS + 2)


if __name__ == "__main__":
    main()
