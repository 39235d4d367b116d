# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""Plimsoll and docker-registry over one S3 server, SeaweedFS: what passes through them, what it costs, what they ask for."""

import collections
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.request
import uuid

import load
import table
from content import MANIFEST_TYPE, MIB, Content, digest_of, push
from http1 import BenchError, Connection
from rows import Target, all_rows
from runner import find, load_average, run_row
from servers import Server, free_ports

OURS, PEER = "plimsoll", "docker-registry"
WEED = pathlib.Path(__file__).resolve().parents[2] / ".build/python/bin/weed"
IMAGE = "push of the image"
KEY, SECRET, BUCKET = "bench", "bench-secret", "registry"

# Redirects would measure the store. Both cache what they know of blobs, as distribution's own example has it.
CONFIG = """\
version: 0.1
log: {{level: info}}
storage:
  s3:
    {{accesskey: {key}, secretkey: {secret}, region: us-east-1, bucket: {bucket}, rootdirectory: /{root},
     regionendpoint: "http://127.0.0.1:{s3}", secure: false}}
  redirect: {{disable: true}}
  cache: {{blobdescriptor: inmemory{local}}}
  delete: {{enabled: true}}
http:
  addr: 127.0.0.1:{port}
  debug: {{addr: "127.0.0.1:{debug}", prometheus: {{enabled: true, path: /metrics}}}}
"""


class Bucket:
    """SeaweedFS with one account and one bucket."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory) / "seaweed"
        (self.directory / "data").mkdir(parents=True)
        identity = {"name": "bench", "actions": ["Admin"], "credentials": [{"accessKey": KEY, "secretKey": SECRET}]}
        accounts = self.directory / "identities.json"
        accounts.write_text(json.dumps({"identities": [identity]}))
        names = "s3.port s3.port.grpc master.port master.port.grpc volume.port volume.port.grpc filer.port filer.port.grpc"
        ports = dict(zip([*names.split(), "metricsPort"], free_ports(9)))
        self.port, self.filer, self.metrics = ports["s3.port"], ports["filer.port"], ports["metricsPort"]
        command = [str(WEED), "server", f"-dir={self.directory}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        command += ["-master.telemetry=false", "-master.volumeSizeLimitMB=1024", "-volume.max=64", "-filer", "-s3"]
        command += [f"-s3.config={accounts}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        command += [f"-{name}={port}" for name, port in ports.items()]
        with open(self.directory / "log", "wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "HOME": str(self.directory), "TMPDIR": str(self.directory)},
                start_new_session=True,
            )

    def make(self):
        """The bucket is a folder of the file server behind it."""
        deadline = time.monotonic() + 60
        while True:
            try:
                request = urllib.request.Request(f"http://127.0.0.1:{self.filer}/buckets/{BUCKET}/", method="POST")
                urllib.request.urlopen(request, timeout=10).close()
                # It has a volume to write to only a moment later.
                file = urllib.request.Request(f"{request.full_url}ready", data=b"1", method="PUT")
                urllib.request.urlopen(file, timeout=10).close()
                self.requests()
                return
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise BenchError(f"SeaweedFS is not ready: {error}; see {self.directory}/log") from error
            time.sleep(0.2)

    def requests(self):
        """Requests of S3 so far, by kind."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found = {}
        for labels, value in re.findall(r"^SeaweedFS_s3_request_total\{([^}]*)\} (\S+)$", text, re.MULTILINE):
            kind = re.search(r'type="([^"]*)"', labels).group(1)
            found[kind] = found.get(kind, 0) + int(float(value))
        return found

    def stop(self):
        self.process.kill()
        self.process.wait()


class Stored(Server):
    """A registry in the bucket, in a folder of its own that is a new one at each start."""

    def __init__(self, label, binary, directory, bucket, has_local_cache=False):
        super().__init__(label, binary, directory)
        self.bucket = bucket
        self.has_local_cache = has_local_cache

    def _configure(self):
        self.port, debug = free_ports(2)
        config = self.directory / "config.yml"
        access = {"key": KEY, "secret": SECRET, "bucket": BUCKET, "root": f"{self.label}-{uuid.uuid4()}"}
        folder = self.directory / "cache"
        local = f", local: {{path: {folder}, size: 4GiB}}" if self.has_local_cache else ""
        config.write_text(CONFIG.format(**access, s3=self.bucket.port, port=self.port, debug=debug, local=local))
        return [self.binary, "serve", str(config)]


def run(arguments, directory):
    """Measures the rows, prints their tables, and returns the exit code."""
    if not WEED.exists():
        print("\nobjects: not measured, that needs SeaweedFS (scripts/install bench)")
        return 1
    content = Content()
    big = 256 * MIB
    rows = {row.key: row for row in all_rows(content, arguments.chunked)}
    through = Target("rate", "throughput ratio", 1.2, at_most=False)
    cost = Target("cpu_gb", "CPU/GB ratio", 0.5)
    chosen = [
        dataclasses.replace(rows["push-256m"], targets=(through, cost)),
        dataclasses.replace(rows["blob-256m"], targets=(through, cost), nginx=False),
        dataclasses.replace(
            rows["blob-256m"],
            key="blob-256m-one",
            title="blob GET 256 MiB, 1 connection",
            load=lambda server, seconds: load.pulls(server, content.blob_path(big), big, seconds, connections=1),
            targets=(),
            nginx=False,
        ),
        dataclasses.replace(rows["push-1m"], targets=(through,)),
        dataclasses.replace(rows["manifest-get"], targets=()),
    ]
    pulls = rows["blob-256m"]
    cached = dataclasses.replace(
        pulls, key="blob-256m-cached", title=f"{pulls.title}, {OURS} with a local cache", targets=(through, cost), nginx=False
    )
    bucket = Bucket(directory)
    servers = [Stored(OURS, find(arguments.plimsoll), directory, bucket)]
    servers.append(Stored(PEER, find(arguments.peer), directory, bucket))
    # docker-registry has no such cache.
    caching = Stored(OURS, servers[0].binary, pathlib.Path(directory) / "cached", bucket, has_local_cache=True)
    started = [*servers, caching]
    try:
        bucket.make()
        for server in started:
            server.start()
        print("# Object storage: over one SeaweedFS, without redirects\n", flush=True)
        print(f"- load average at the start: {load_average()}", flush=True)
        missed = count_calls(servers, bucket, arguments)
        outcomes = [run_row(row, servers, arguments, content) for row in chosen]
        outcomes.append(run_row(cached, [caching, servers[1]], arguments, content))
    finally:
        for server in started:
            server.stop()
        bucket.stop()
    return table.report(outcomes, OURS, PEER, arguments) or missed


def count_calls(servers, bucket, arguments):
    """Prints the calls to the store of each step of an image's life, and returns the exit code."""
    counts = {server.label: calls(server, bucket) for server in servers}
    missed = False
    for step in counts[OURS]:
        ours, peer = counts[OURS][step], counts[PEER][step]
        words = [f"{label} {sum(kinds.values())} ({kinds_of(kinds)})" for label, kinds in ((OURS, ours), (PEER, peer))]
        # A push is the whole image: one registry looks up at the end what the other asks for at each blob.
        limit = {"manifest again": 0, IMAGE: sum(peer.values())}.get(step)
        verdict = ""
        if limit is not None:
            met = sum(ours.values()) <= limit
            missed = missed or not met
            verdict = f", at most {limit}: {'met' if met else 'MISSED'}"
        print(f"- calls, {step}: {', '.join(words)}{verdict}", flush=True)
    return 1 if arguments.check and missed else 0


def kinds_of(kinds):
    return " ".join(f"{kind}×{count}" for kind, count in sorted(kinds.items())) or "none"


def calls(server, bucket):
    """What the store is asked in each step. Health checks are few and counted too, the same for both."""
    found = {}
    repository = f"calls/{uuid.uuid4().hex[:8]}"
    with Connection(server.address) as connection:
        blobs = [os.urandom(1000), os.urandom(MIB), os.urandom(24 * MIB)]
        layer = "application/vnd.oci.image.layer.v1.tar"
        layers = [{"mediaType": layer, "digest": digest_of(each), "size": len(each)} for each in blobs]
        config = {**layers[0], "mediaType": "application/vnd.oci.image.config.v1+json"}
        image = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": layers[1:]}
        manifest = json.dumps(image).encode()
        path = f"/v2/{repository}/manifests/1"

        def step(name, body):
            before = bucket.requests()
            body()
            after = bucket.requests()
            found[name] = {k: after[k] - before.get(k, 0) for k in after if after[k] > before.get(k, 0)}

        for blob, size in zip(blobs, ("1 kB", "1 MiB", "24 MiB")):
            step(f"push of {size}", lambda: push(connection, repository, (blob,), digest_of(blob)))
        headers = [f"Content-Type: {MANIFEST_TYPE}"]
        step("push of a manifest", lambda: connection.call("PUT", path, 201, headers=headers, body=(manifest,)))
        found[IMAGE] = dict(sum(map(collections.Counter, found.values()), collections.Counter()))
        accept = [f"Accept: {MANIFEST_TYPE}"]
        step("manifest", lambda: connection.call("GET", path, 200, accept))
        step("manifest again", lambda: connection.call("GET", path, 200, accept))
        blob = f"/v2/{repository}/blobs/{digest_of(blobs[2])}"
        step("pull of 24 MiB", lambda: connection.pull(blob, len(blobs[2]), bytearray(MIB)))
    return found
