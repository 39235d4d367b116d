#!/usr/bin/env python3
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
"""Collects garbage on two copies of one storage: with Plimsoll, and with docker-registry.

Half of the blobs are garbage: those of manifests that were unlinked. The ratio is that of the commands as they are by
default: Plimsoll moves into its trash, which is deleted later; what deleting at once takes is told too. Nothing is
pushed: the tree is written directly, in distribution's form, which both read. `capacity.py` has the ratio alone.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time

OCI = "application/vnd.oci.image."


class Tree:
    """A storage in distribution's form."""

    def __init__(self, root):
        self.base = os.path.join(root, "docker/registry/v2")

    def write(self, path, content):
        path = os.path.join(self.base, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)

    def blob(self, content):
        name = hashlib.sha256(content).hexdigest()
        self.write(f"blobs/sha256/{name[:2]}/{name}/data", content)
        return name

    def link(self, path, name):
        self.write(f"repositories/{path}/link", f"sha256:{name}".encode())


def fill(root, blobs, layers=8):
    """Writes a storage with about so many blobs, of which half are garbage."""
    tree = Tree(root)
    config = tree.blob(b"{}")
    images = blobs // (layers + 1)
    for number in range(images):
        repository = f"group{number % 20}/app{number % 500}"
        names = [tree.blob(f"layer {number} {layer}".encode() * 20) for layer in range(layers)]
        for name in names + [config]:
            tree.link(f"{repository}/_layers/sha256/{name}", name)
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI + "manifest.v1+json",
            "config": {"mediaType": OCI + "config.v1+json", "digest": f"sha256:{config}", "size": 2},
            "layers": [
                {"mediaType": OCI + "layer.v1.tar", "digest": f"sha256:{name}", "size": 20} for name in names
            ],
        }
        name = tree.blob(json.dumps(manifest).encode())
        if number % 2:
            tree.link(f"{repository}/_manifests/revisions/sha256/{name}", name)
            tree.link(f"{repository}/_manifests/tags/v{number}/current", name)
            tree.link(f"{repository}/_manifests/tags/v{number}/index/sha256/{name}", name)
        else:
            os.makedirs(os.path.join(tree.base, f"repositories/{repository}/_manifests/tags"), exist_ok=True)
            os.makedirs(os.path.join(tree.base, f"repositories/{repository}/_manifests/revisions"), exist_ok=True)


def left(root):
    """The digests of all content that is there."""
    found = set()
    for folder, _, files in os.walk(os.path.join(root, "docker/registry/v2/blobs")):
        if "data" in files:
            found.add(os.path.basename(folder))
    return found


def run(command, config):
    start = time.monotonic()
    subprocess.run([*command, config], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def configuration(folder, root):
    path = os.path.join(folder, os.path.basename(root) + ".yml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'version: 0.1\nstorage: {{filesystem: {{rootdirectory: "{root}"}}}}\nhttp: {{addr: "127.0.0.1:0"}}\n')
    return path


def measure(binary, blobs, folder=None):
    """Seconds of both, and whether they leave the same."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        ours, theirs, bare, deleted = (os.path.join(place, name) for name in ("ours", "theirs", "bare", "deleted"))
        fill(ours, blobs)
        for copy in (theirs, bare, deleted):
            subprocess.run(["cp", "-a", ours, copy], check=True)
        before = len(left(ours))
        configs = {root: configuration(place, root) for root in (ours, theirs, bare, deleted)}
        # As a server keeps it.
        rebuild = run([binary, "ledger", "rebuild"], configs[ours])
        run([binary, "ledger", "rebuild"], configs[deleted])
        os.sync()
        results = {
            "rebuild": rebuild,
            "plan": run([binary, "garbage-collect", "-q", "-d"], configs[ours]),
        }
        os.sync()
        results["docker-registry"] = run(["docker-registry", "garbage-collect"], configs[theirs])
        os.sync()
        results["plimsoll"] = run([binary, "garbage-collect", "-q"], configs[ours])
        os.sync()
        # The file system deletes some hundred folders a second, whoever asks it, and here also those of links.
        results["plimsoll-no-trash"] = run([binary, "garbage-collect", "-q", "--no-trash"], configs[deleted])
        os.sync()
        # Without a ledger.
        os.environ["REGISTRY_LEDGER_ENABLED"] = "false"
        results["plimsoll-tree"] = run([binary, "garbage-collect", "-q"], configs[bare])
        del os.environ["REGISTRY_LEDGER_ENABLED"]
        remaining = [left(root) for root in (ours, theirs, bare, deleted)]
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place, exist_ok=True)
    return {
        "blobs": before,
        "left": len(remaining[0]),
        "same": all(other == remaining[0] for other in remaining),
        "seconds": {name: round(value, 3) for name, value in results.items()},
        "ratio": round(results["docker-registry"] / results["plimsoll"], 1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plimsoll", required=True)
    parser.add_argument("--blobs", type=int, default=50_000)
    parser.add_argument("--folder", help="where the storages are made")
    options = parser.parse_args()
    print(json.dumps(measure(options.plimsoll, options.blobs, options.folder), indent=2))


if __name__ == "__main__":
    main()
