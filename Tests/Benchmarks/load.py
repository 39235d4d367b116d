# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""Load generators: each runs for some seconds against one server and returns a Sample."""

import multiprocessing
import pathlib
import select
import signal
import socket
import subprocess
import threading
import time

from content import MIB, REPOSITORY, push
from http1 import BenchError, Connection

# wrk's own report is for people; this line is for us.
WRK_SCRIPT = """\
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("BENCH %d %d %d %d %d %d %d %d\\n", summary.requests, summary.duration, summary.bytes,
    e.connect + e.read + e.write, e.status, e.timeout, latency:percentile(50), latency:percentile(99)))
end
"""


class Sample:
    """What a load brought about; samples add up."""

    def __init__(self, operations=0, seconds=0.0, moved=0, latencies=(), moving=None):
        self.operations = operations
        self.seconds = seconds
        self.moved = moved  # bytes of blobs
        self.moving = seconds if moving is None else moving  # seconds in which they moved
        self.latencies = list(latencies)  # seconds
        self.percentiles = []  # (p50, p99) of loads that tell no more, in seconds

    def add(self, other):
        self.operations += other.operations
        self.seconds += other.seconds
        self.moved += other.moved
        self.moving += other.moving
        self.latencies += other.latencies
        self.percentiles += other.percentiles


def wrk(server, target, size, seconds, connections=16, headers=(), pause=0):
    """GET by wrk. The caller has verified one answer; wrk itself counts statuses above 399.

    pause: milliseconds that each connection rests on average between an answer and its next request.
    """
    script = pathlib.Path(server.directory) / "bench.lua"
    # By chance: connections that rest for the same time soon ask all at once, and then wait for each other.
    rest = f"function delay() return math.random(1, {2 * pause - 1}) end\n" if pause else ""
    script.write_text(WRK_SCRIPT + rest)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script)]
    for header in headers:
        command += ["-H", header]
    host, port = server.address
    command.append(f"http://{host}:{port}{target}")
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"wrk GET {target}: does not end") from error
    lines = [line for line in run.stdout.splitlines() if line.startswith("BENCH ")]
    if run.returncode != 0 or not lines:
        raise BenchError(f"wrk failed: {run.stderr.strip() or run.stdout.strip()}")
    requests, microseconds, received, broken, refused, late, half, most = map(int, lines[0].split()[1:])
    if refused or broken or late or requests == 0:
        raise BenchError(
            f"wrk GET {target}: {requests} answers, {refused} with a status above 399, "
            f"{broken} socket errors, {late} time-outs"
        )
    if received < requests * size:
        raise BenchError(f"wrk GET {target}: {requests} answers of {size} bytes, but only {received} bytes")
    sample = Sample(requests, microseconds / 1e6, requests * size)
    sample.percentiles.append((half / 1e6, most / 1e6))
    return sample


def heads(server, target, seconds, connections=16, headers=()):
    """HEAD by an epoll loop of our own: wrk waits for the body that a HEAD's Content-Length seems to promise."""
    host, port = server.address
    request = "\r\n".join([f"HEAD {target} HTTP/1.1", f"Host: {host}:{port}", *headers, "", ""]).encode()
    poll = select.epoll()
    sockets, answers = {}, {}
    count = 0
    start = time.perf_counter()
    try:
        for _ in range(connections):
            each = socket.create_connection(server.address, 30)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sockets[each.fileno()] = each
            answers[each.fileno()] = b""
            poll.register(each.fileno(), select.EPOLLIN)
            each.sendall(request)
        deadline = start + seconds
        while time.perf_counter() < deadline:
            ready = poll.poll(30)
            if not ready:
                raise BenchError(f"HEAD {target}: no answer for 30 s")
            for number, _ in ready:
                data = sockets[number].recv(65536)
                answer = answers[number] + data
                if not data:
                    raise BenchError(f"HEAD {target}: the server closed the connection")
                if not answer.endswith(b"\r\n\r\n"):
                    answers[number] = answer
                    continue
                if not answer.startswith(b"HTTP/1.1 200 "):
                    raise BenchError(f"HEAD {target}: {answer[:200].decode('latin-1')}")
                answers[number] = b""
                count += 1
                sockets[number].sendall(request)
    except OSError as error:
        raise BenchError(f"HEAD {target}: {error}") from error
    finally:
        poll.close()
        for each in sockets.values():
            each.close()
    return Sample(count, time.perf_counter() - start)


def pulls(server, target, size, seconds, connections=4):
    """Whole downloads, each checked for its length."""

    def work(failed):
        buffer = bytearray(MIB)
        with Connection(server.address) as connection:
            return until(seconds, failed, lambda: connection.pull(target, size, buffer))

    return together(connections, work, size)


def pushes(server, payload, seconds, connections, chunked=False):
    """Pushes of unique blobs; each worker asks for its last one afterwards."""

    def work(failed):
        digest = None

        def once():
            nonlocal digest
            pieces, digest = payload.unique()
            push(connection, REPOSITORY, pieces, digest, chunked)

        with Connection(server.address) as connection:
            done = until(seconds, failed, once)
            answer = connection.call("HEAD", f"/v2/{REPOSITORY}/blobs/{digest}", 200)
            if answer.length != payload.size:
                raise BenchError(f"{digest}: pushed {payload.size} bytes, the registry has {answer.length}")
        return done

    return together(connections, work, payload.size)


def until(seconds, failed, operation):
    """Repeats an operation for some seconds and finishes the last one: (count, seconds taken)."""
    start = time.perf_counter()
    count = 0
    while count == 0 or (time.perf_counter() - start < seconds and not failed.is_set()):
        operation()
        count += 1
    return count, time.perf_counter() - start


def together(count, work, size):
    """One thread per connection: the socket calls on big pieces let go of the interpreter's lock.

    Workers end at different times, and dividing by the last one's end would punish the slower server. So each worker
    has a rate of its own, and the rates are added.
    """
    results, errors = [], []
    failed = threading.Event()

    def guarded():
        try:
            results.append(work(failed))
        except Exception as error:  # also those that are bugs of ours: the row must not look complete
            errors.append(error)
            failed.set()

    threads = [threading.Thread(target=guarded, daemon=True) for _ in range(count)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        failed.set()  # on Ctrl-C the workers stop at their next operation
    if errors:
        raise errors[0]
    operations = sum(done for done, _ in results)
    rate = sum(done / taken for done, taken in results)
    return Sample(operations, operations / rate, operations * size)


def latency_beside_pulls(server, target, size, seconds, connections=4):
    """One connection asks GET /v2/ again and again, while another process pulls the big blob."""
    context = multiprocessing.get_context("fork")
    running, stop = context.Event(), context.Event()
    ours, theirs = context.Pipe()
    # A process, because threads of this one would add waits for the interpreter's lock to the latencies.
    puller = context.Process(
        target=_pull_until, args=(server.address, target, size, connections, running, stop, theirs), daemon=True
    )
    puller.start()
    latencies = []
    try:
        if not running.wait(20) and not ours.poll():
            raise BenchError("the pulls beside did not start")
        with Connection(server.address) as connection:
            deadline = time.perf_counter() + seconds
            while (start := time.perf_counter()) < deadline:
                connection.call("GET", "/v2/", 200)
                latencies.append(time.perf_counter() - start)
        stop.set()
        if not ours.poll(60):
            raise BenchError("the pulls beside did not end")
        moved, moving, error = ours.recv()
    finally:
        puller.terminate()
        puller.join()
    if error:
        raise BenchError(f"the pulls beside: {error}")
    # The pulls began earlier and ended later than the small requests: they have a time of their own.
    return Sample(len(latencies), sum(latencies), moved, latencies, moving)


def _pull_until(address, target, size, connections, running, stop, result):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def work(failed):
        buffer = bytearray(MIB)
        moved, start = 0, time.perf_counter()

        def enough():
            return stop.is_set() or failed.is_set()

        with Connection(address) as connection:
            while not enough():
                moved += connection.pull(target, size, buffer, stop=enough)
                running.set()
        return moved, time.perf_counter() - start

    try:
        done = together(connections, work, 1)
        result.send((done.moved, done.seconds, None))
    except Exception as error:
        running.set()
        result.send((0, 0, str(error)))
