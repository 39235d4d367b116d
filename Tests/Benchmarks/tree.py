# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""A real store of many small blobs, in distribution's tree, as docker-registry would have left it."""

import hashlib
import json
import pathlib
import random

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def make(root, blobs=50_000, repositories=1_000, seed=1):
    """Writes it below `root`, and returns (digests that images reach, all digests).

    Of all blobs, every tenth is a manifest and a sixth is in no image.
    """
    return Tree(pathlib.Path(root), seed).fill(blobs, repositories)


class Tree:
    def __init__(self, root, seed):
        self.root = root / "docker" / "registry" / "v2"
        self.random = random.Random(seed)
        self.all, self.live = set(), set()

    def fill(self, blobs, repositories):
        images = blobs // 10
        layers = [self.blob(self.random.randbytes(self.random.randint(100, 3000))) for _ in range(blobs - 2 * images)]
        lost = blobs // 6
        own = iter(layers[lost:])
        bases = [next(own) for _ in range(50)]
        fresh = (len(layers) - lost - len(bases)) // images
        for number in range(images):
            repository = f"team-{number % repositories % 37}/app-{number % repositories}"
            parts = [self.random.choice(bases), *(next(own) for _ in range(fresh))]
            config = self.blob(json.dumps({"architecture": "amd64", "os": "linux", "number": number}).encode())
            manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": self.descriptor(CONFIG, config)}
            manifest["layers"] = [self.descriptor(LAYER, each) for each in parts]
            content = self.blob(json.dumps(manifest).encode())
            self.live |= {content[0], config[0], *(part[0] for part in parts)}
            folder = self.root / "repositories" / repository
            for digest, _ in [config, *parts]:
                self.link(folder / "_layers" / "sha256" / digest, digest)
            self.link(folder / "_manifests" / "revisions" / "sha256" / content[0], content[0])
            tag = folder / "_manifests" / "tags" / f"{number}"
            self.link(tag / "current", content[0])
            self.link(tag / "index" / "sha256" / content[0], content[0])
        return self.live, self.all

    def blob(self, content):
        digest = hashlib.sha256(content).hexdigest()
        self.write(self.root / "blobs" / "sha256" / digest[:2] / digest / "data", content)
        self.all.add(digest)
        return digest, len(content)

    @staticmethod
    def descriptor(kind, blob):
        return {"mediaType": kind, "digest": f"sha256:{blob[0]}", "size": blob[1]}

    def link(self, folder, digest):
        self.write(folder / "link", f"sha256:{digest}".encode())

    @staticmethod
    def write(path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def digests(root):
    """Those whose content is there."""
    folder = pathlib.Path(root) / "docker" / "registry" / "v2" / "blobs" / "sha256"
    return {path.parent.name for path in folder.glob("*/*/data")}
