# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""The rows of the benchmark: what each one does, measures and has to reach."""

import dataclasses
import statistics
import time
from typing import Callable

import load
from content import KIB, MANIFEST_TYPE, MIB, Payload
from http1 import BenchError, Connection
from servers import TICKS_PER_SECOND

# A tick is 10 ms, and both ends of a measurement may be one off: 100 ticks keep that within 2 %.
ENOUGH_TICKS = 100
# A row is prolonged up to this many times its seconds to get there.
PROLONG = 4
# A turn of a row that has many in a run, in seconds.
TURN = 2
# Work put off until after the answer (logs, ledgers, garbage collection) is work too.
SETTLE = 0.3


@dataclasses.dataclass(frozen=True)
class Target:
    metric: str
    text: str
    limit: float
    at_most: bool = True
    against: str = "peer"  # "peer" and "nginx": a ratio; "": the value itself

    def met(self, value):
        return value <= self.limit if self.at_most else value >= self.limit


@dataclasses.dataclass(frozen=True)
class Row:
    key: str
    title: str
    load: Callable  # (server, seconds) -> Sample
    verify: Callable  # (server): one operation, checked closely; also the warm-up
    targets: tuple = ()
    transfer: bool = False  # GB/s and CPU s/GB say something
    fresh: bool = False  # on an empty root, so that no run meets the other's dirty pages or a full disk
    # Short ones, of which a run has this many, for ratios near their limits: a machine's noise is one of time.
    turns: int = 1
    seeded: bool = True  # needs the image
    nginx: bool = False  # nginx can do it too
    encrypted: bool = False  # over TLS 1.3


def all_rows(content, chunked):
    accept = f"Accept: {MANIFEST_TYPE}"
    small, medium, big = 4 * KIB, MIB, 256 * MIB
    push_target = Target("rate", "throughput ratio", 1.3, at_most=False)
    payloads = {}

    def big_path(server):
        return "/blob" if server.label == "nginx" else content.blob_path(big)

    def payload(size):  # made at first use: 256 MiB of random bytes take a moment
        if size not in payloads:
            payloads[size] = Payload(size)
        return payloads[size]

    def verify_get(path, expected, headers=()):
        def verify(server):
            with Connection(server.address) as connection:
                for _ in range(20):
                    answer = connection.call("GET", path, 200, (*headers, *server.headers))
                    if expected is not None and answer.body != expected:
                        raise BenchError(f"GET {path}: other bytes than were pushed")

        return verify

    def verify_head(server):
        with Connection(server.address) as connection:
            for _ in range(20):
                answer = connection.call("HEAD", content.manifest_path, 200, [accept])
                if answer.length != len(content.manifest):
                    raise BenchError(f"HEAD {content.manifest_path}: Content-Length {answer.length}")

    def verify_pull(server):
        with Connection(server.address) as connection:
            connection.pull(big_path(server), big, bytearray(MIB))

    def verify_encrypted_pull(server):
        if server.label in ("plimsoll", "nginx"):
            server.encryption.check(server)
        verify_pull(server)

    def get(key, title, path, size, expected, **more):
        headers, pause = more.pop("headers", ()), more.pop("pause", 0)
        return Row(
            key,
            title,
            lambda server, seconds: load.wrk(
                server, path, size, seconds, headers=(*headers, *server.headers), pause=pause
            ),
            verify_get(path, expected, headers),
            **more,
        )

    def put(key, title, size, connections):
        return Row(
            key,
            title,
            lambda server, seconds: load.pushes(server, payload(size), seconds, connections, chunked),
            lambda server: load.pushes(server, payload(size), 0, 1, chunked),
            (push_target,),
            transfer=True,
            fresh=True,
            seeded=False,
        )

    return [
        get(
            "manifest-get",
            "manifest GET by tag, 2 KiB, 16 connections",
            content.manifest_path,
            len(content.manifest),
            content.manifest,
            headers=(accept,),
            targets=(Target("cpu_us", "CPU ratio", 0.10),),
        ),
        *(
            get(
                key,
                f"manifest GET by tag, 2 KiB, 16 connections that rest {pause} ms on average",
                content.manifest_path,
                len(content.manifest),
                content.manifest,
                headers=(accept,),
                pause=pause,
            )
            for key, pause in (("manifest-calm", 3), ("manifest-quiet", 12))
        ),
        Row(
            "manifest-head",
            "manifest HEAD by tag, 16 connections",
            lambda server, seconds: load.heads(server, content.manifest_path, seconds, headers=(accept,)),
            verify_head,
        ),
        get("ping", "GET /v2/, 16 connections", "/v2/", 0, None, seeded=False),
        get("blob-4k", "blob GET 4 KiB, 16 connections", content.blob_path(small), small, content.blobs[small]),
        get(
            "blob-1m",
            "blob GET 1 MiB, 16 connections",
            content.blob_path(medium),
            medium,
            content.blobs[medium],
            transfer=True,
        ),
        Row(
            "blob-256m",
            "blob GET 256 MiB, 4 connections",
            lambda server, seconds: load.pulls(server, big_path(server), big, seconds),
            verify_pull,
            (Target("cpu_gb", "CPU/GB ratio", 0.333), Target("cpu_gb", "CPU/GB to nginx", 1.3, against="nginx")),
            transfer=True,
            nginx=True,
        ),
        Row(
            "blob-256m-tls",
            "blob GET 256 MiB over TLS 1.3, 4 connections",
            lambda server, seconds: load.pulls(server, big_path(server), big, seconds),
            verify_encrypted_pull,
            (Target("cpu_gb", "CPU/GB to nginx", 0.6, against="nginx"),),
            transfer=True,
            nginx=True,
            encrypted=True,
        ),
        Row(
            "fairness",
            "GET /v2/ on 1 connection beside 4 pulls of 256 MiB",
            lambda server, seconds: load.latency_beside_pulls(server, big_path(server), big, seconds),
            verify_pull,
            (Target("p50_ms", "p50 in ms", 1.0, against=""),),
            transfer=True,
        ),
        put("push-1m", "push 1 MiB (POST, PATCH, PUT), 8 connections", medium, 8),
        put("push-256m", "push 256 MiB (POST, PATCH, PUT), 2 connections", big, 2),
    ]


def measure(server, row, seconds, content):
    """Runs a row once on one server and returns its metrics."""
    if row.turns > 1:
        seconds = TURN
    server.encrypt(row.encrypted)
    if row.fresh:
        server.stop()
        server.start()
    server.check_alive()
    if row.seeded and server.label != "nginx":
        content.seed(server)
    row.verify(server)
    time.sleep(SETTLE)
    server.reset_peak()
    before = server.cpu_ticks()
    start = time.monotonic()
    total = load.Sample()
    while True:
        total.add(row.load(server, seconds))
        if server.cpu_ticks() - before >= ENOUGH_TICKS or time.monotonic() - start >= (PROLONG - 1) * seconds:
            break
    time.sleep(SETTLE)
    ticks = server.cpu_ticks() - before
    cpu = ticks / TICKS_PER_SECOND
    metrics = {
        "operations": total.operations,
        "seconds": total.seconds,
        "cpu_seconds": cpu,
        "coarse": ticks < ENOUGH_TICKS,
        "rate": total.operations / total.seconds,
        "rss_mib": server.peak_rss() / MIB,
    }
    if total.latencies:
        points = statistics.quantiles(total.latencies, n=100)
        # The CPU is that of the pulls beside: a figure by small request would say nothing.
        metrics |= {"p50_ms": points[49] * 1e3, "p99_ms": points[98] * 1e3}
    else:
        metrics["cpu_us"] = cpu * 1e6 / total.operations
        if total.percentiles:
            halves, mosts = zip(*total.percentiles)
            metrics |= {"p50_ms": statistics.median(halves) * 1e3, "p99_ms": statistics.median(mosts) * 1e3}
    if row.transfer:
        metrics |= {"gb_s": total.moved / 1e9 / total.moving, "cpu_gb": cpu * 1e9 / total.moved}
    return metrics
