# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""What is stored in the servers, and how it is pushed."""

import hashlib
import json
import os
import urllib.parse

from http1 import BenchError, Connection

KIB, MIB = 1 << 10, 1 << 20
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
REPOSITORY = "bench/image"
TAG = "latest"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Payload:
    """Unlimited unique blobs of one size, whose digests cost next to nothing while the clock runs.

    All share a random body and differ in the last 64 bytes. The hash state after the body is kept, so that a new
    digest is one SHA-256 block. Registries look at whole blobs, so to them each is a new one.
    """

    TAIL = 64

    def __init__(self, size):
        self.size = size
        self._body = os.urandom(size - self.TAIL)
        self._state = hashlib.sha256(self._body)

    def unique(self):
        """The pieces of a blob and its digest."""
        tail = os.urandom(self.TAIL)
        state = self._state.copy()
        state.update(tail)
        return (self._body, tail), "sha256:" + state.hexdigest()


class Content:
    """An image of three blobs and a 2 KiB manifest; made once, the same for each server."""

    def __init__(self):
        self.blobs = {size: os.urandom(size) for size in (4 * KIB, MIB, 256 * MIB)}
        self.digests = {size: digest_of(data) for size, data in self.blobs.items()}
        self._config = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
        self.manifest = self._make_manifest(2048)

    def _make_manifest(self, size):
        layer = "application/vnd.oci.image.layer.v1.tar"
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": digest_of(self._config),
                "size": len(self._config),
            },
            "layers": [{"mediaType": layer, "digest": d, "size": s} for s, d in self.digests.items()],
            "annotations": {"org.example.padding": ""},
        }
        missing = size - len(json.dumps(manifest))
        manifest["annotations"]["org.example.padding"] = "x" * missing
        return json.dumps(manifest).encode()

    def blob_path(self, size):
        return f"/v2/{REPOSITORY}/blobs/{self.digests[size]}"

    manifest_path = f"/v2/{REPOSITORY}/manifests/{TAG}"

    def seed(self, server):
        if server.seeded:
            return
        with Connection(server.address) as connection:
            for data in (self._config, *self.blobs.values()):
                push(connection, REPOSITORY, (data,), digest_of(data))
            connection.call(
                "PUT", self.manifest_path, 201, headers=[f"Content-Type: {MANIFEST_TYPE}"], body=(self.manifest,)
            )
            # The big download is verified once; the timed ones only count bytes.
            size, hasher = 256 * MIB, hashlib.sha256()
            connection.pull(self.blob_path(size), size, bytearray(MIB), hasher=hasher)
            if "sha256:" + hasher.hexdigest() != self.digests[size]:
                raise BenchError(f"{server.label} served other bytes than were pushed")
        server.seeded = True


def push(connection, repository, pieces, digest, chunked=False):
    """POST, PATCH with the whole body, PUT without one: the way of docker, podman and skopeo."""
    answer = connection.call("POST", f"/v2/{repository}/blobs/uploads/", 202)
    answer = connection.call(
        "PATCH",
        connection.follow(answer),
        202,
        headers=["Content-Type: application/octet-stream"],
        body=pieces,
        chunked=chunked,
    )
    target = connection.follow(answer)
    target += ("&" if "?" in target else "?") + "digest=" + urllib.parse.quote(digest, safe="")
    answer = connection.call("PUT", target, 201)
    told = answer.headers.get("docker-content-digest", digest)
    if told != digest:
        raise BenchError(f"pushed {digest}, told {told}")
