#!/usr/bin/env python3
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""A ledger of a large store that is not there: metadata only, made from a size and a seed. See README.md."""

import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from array import array
from collections import Counter
from itertools import accumulate, chain

# Another form of the store is another one in the cache.
FORM = 2
DAY = 86_400_000_000
# Of the newest push, in microseconds since 1970: the beginning of the day on which the store is made.
NOW = int(time.time()) // 86_400 * DAY
MANIFEST, INDEX = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"
CONFIGURATION, LAYER, CHILD = 0, 1, 3
USAGE_DAYS, GROWTH_DAYS = 90, 400


class Shape:
    """How large, and which: the same shape is the same store."""

    def __init__(self, repositories=100_000, blobs=2_000_000, references=16_000_000, seed=1):
        self.repositories, self.blobs, self.references, self.seed = repositories, blobs, references, seed

    def key(self, schema):
        text = f"{FORM} {schema}"
        return "-".join(
            [f"{self.repositories}", f"{self.blobs}", f"{self.references}", f"{self.seed}"]
            + [hashlib.sha256(text.encode()).hexdigest()[:8]]
        )


class Plan:
    """Who pushed what: images on shared bases, in namespaces of one to four parts, copied between repositories.

    A repository has images of its own, and copies of images of others: of its neighbours, as in promotion from one stage
    to the next, and of some that everybody copies. How often a base or a repository is chosen falls by Zipf's law.
    """

    def __init__(self, shape):
        self.shape = shape
        self.random = random.Random(shape.seed)
        self.names = self._names()
        # Ids of blobs: manifests, then configurations, then layers; the last are in no image.
        self.manifests = max(shape.blobs // 5, shape.repositories)
        self.first_layer = 2 * self.manifests + 1
        self.lost = shape.blobs // 50
        self.last_layer = shape.blobs - self.lost
        if self.first_layer > self.last_layer:
            sys.exit("there must be more than two blobs for each repository")
        self._bases()
        self._images()

    def _names(self):
        """Distinct; some are namespaces of others."""
        names, number = set(), 0
        teams = max(self.shape.repositories // 400, 1)
        while len(names) < self.shape.repositories:
            number += 1
            team = f"team-{min(int(self.random.paretovariate(1.1)), teams):03}"
            parts = [team, f"group-{number % 7}", f"app-{number % 1009}", f"service-{number}"]
            depth = self.random.choices((1, 2, 3, 4), (1, 5, 8, 6))[0]
            names.add("/".join(parts[: depth - 1] + parts[3:]))
        names = sorted(names)
        self.random.shuffle(names)
        return names

    def _zipf(self, count):
        """Places from 0, the first ones most often."""
        weights = list(accumulate(1 / (place + 1) for place in range(count)))
        return lambda number: self.random.choices(range(count), cum_weights=weights, k=number)

    def _bases(self):
        """Stacks of layers that images stand on; a tenth of all layers, of which some are in many stacks."""
        count = max(self.shape.repositories // 100, 4)
        end = self.first_layer + max((self.last_layer - self.first_layer) // 10, 8)
        self.first_own_layer = end
        lowest = [range(self.first_layer + 3 * i, self.first_layer + 3 * i + 3) for i in range(max(count // 20, 1))]
        free = self.first_layer + 3 * len(lowest)
        self.stacks = []
        for _ in range(count):
            upper = [self.random.randrange(free, end) for _ in range(self.random.randint(3, 8))] if free < end else []
            self.stacks.append(sorted({*self.random.choice(lowest), *upper}))

    def _images(self):
        """`targets[m]` is what manifest m names, `own[r]` the manifests of repository r, `children` those of indexes."""
        repositories = self.shape.repositories
        # At least one each, the rest by the size of projects, which differ widely.
        sizes = [1 + int(self.random.paretovariate(1.2)) for _ in range(repositories)]
        scale = self.manifests / sum(sizes)
        sizes = [max(1, int(size * scale)) for size in sizes]
        short = self.manifests - sum(sizes)
        for place in range(abs(short)):
            step = 1 if short > 0 else -1
            place = place % repositories
            while sizes[place] + step < 1:
                place = self.random.randrange(repositories)
            sizes[place] += step
        base = self._zipf(len(self.stacks))(repositories)
        self.targets, self.own, self.children = [()], [()], {}
        layer, spare = self.first_own_layer, self.last_layer + 1 - self.first_own_layer
        share, due = spare / self.manifests, 0.0
        for repository in range(repositories):
            manifests = range(len(self.targets), len(self.targets) + sizes[repository])
            stack, before = self.stacks[base[repository]], ()
            for manifest in manifests:
                if manifest - manifests.start >= 2 and self.random.random() < 0.06:
                    self.children[manifest] = (manifest - 1, manifest - 2)
                    self.targets.append(())
                    continue
                due += share
                fresh = range(layer, min(layer + int(due), self.last_layer + 1))
                layer, due = fresh.stop, due - len(fresh)
                # A build keeps some of the layers of the one before.
                kept = [each for each in before if self.random.random() < 0.5]
                before = [*kept, *fresh][-12:]
                self.targets.append((self.manifests + manifest, *stack, *before))
            self.own.append(manifests)
        # What chance has left over becomes part of the last image that is none of indexes.
        last = max(number for number in range(1, len(self.targets)) if number not in self.children)
        self.targets[last] = (*self.targets[last], *range(layer, self.last_layer + 1))

    def repositories(self):
        """For each: its number, its manifests, and how many of these are or name each blob."""
        count = self.shape.repositories
        mean = self.shape.references / count
        popular = [number + 1 for number in self._zipf(count)(count * 2)]
        reached = 0
        for number in range(1, count + 1):
            # What is left is shared by what is left, so that the sum comes out.
            mean = max((self.shape.references - reached) / (count - number + 1), 1)
            wanted = mean * min(self.random.lognormvariate(-0.5, 1), 40)
            manifests, counts, tries = {}, Counter(), 0
            source = number
            while True:
                for manifest in self.own[source]:
                    if manifest in manifests:
                        continue
                    manifests[manifest] = source
                    counts[manifest] += 1
                    counts.update(self.targets[manifest])
                    counts.update(self.children.get(manifest, ()))
                    # A few have thousands of images, and copies take the newest.
                    if source != number and len(counts) >= wanted:
                        break
                tries += 1
                if len(counts) >= wanted or tries > 400:
                    break
                if self.random.random() < 0.5:
                    source = self.random.choice(popular)
                else:
                    source = (number - 1 + self.random.randint(1, 40)) % count + 1
            for manifest in list(manifests):
                for child in self.children.get(manifest, ()):
                    if child not in manifests:
                        manifests[child] = manifests[manifest]
                        counts[child] += 1
                        counts.update(self.targets[child])
            reached += len(counts)
            yield number, manifests, counts


class Ledger:
    """The file as the server makes it, filled."""

    def __init__(self, path, plan, tell):
        self.plan, self.shape, self.tell = plan, plan.shape, tell
        self.random = random.Random(plan.shape.seed + 1)
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1500000;"
            "PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE;"
        )

    def fill(self):
        indexes = self.database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        indexes = indexes.fetchall()
        for name, _ in indexes:
            self.database.execute(f"DROP INDEX {name}")
        self.database.execute("BEGIN")
        self._sizes()
        self._manifests()
        self._repositories()
        self._blobs()
        self._usage()
        self._days()
        self.database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('complete', '1')")
        self.database.execute("DELETE FROM meta WHERE name IN ('position', 'fingerprint', 'next_epoch')")
        for name, sql in indexes:
            self.tell(f"index {name}")
            self.database.execute(sql)
        self.database.execute("COMMIT")
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.close()

    def _insert(self, table, columns, rows):
        self.tell(table)
        marks = ", ".join("?" * len(columns.split(", ")))
        self.database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)

    def _sizes(self):
        """Layers from some bytes to some GB, most of them some MB."""
        plan, draw = self.plan, self.random.lognormvariate
        self.sizes = array("q", [0])
        self.sizes.extend(self.random.randint(400, 4000) for _ in range(plan.manifests))
        self.sizes.extend(self.random.randint(500, 12_000) for _ in range(plan.manifests))
        self.sizes.extend(min(int(draw(14.5, 2.2)) + 32, 20 << 30) for _ in range(plan.first_layer, self.shape.blobs + 1))
        hashes = random.Random(self.shape.seed + 2)
        self.digests = [b"", *(hashes.randbytes(32) for _ in range(self.shape.blobs))]

    def digest_text(self, blob):
        return "sha256:" + self.digests[blob].hex()

    def _manifests(self):
        plan, sizes = self.plan, self.sizes
        self.logical = array("q", [0])
        for manifest in range(1, plan.manifests + 1):
            self.logical.append(sizes[manifest] + sum(sizes[target] for target in plan.targets[manifest]))

        def rows():
            for manifest in range(1, plan.manifests + 1):
                kind = INDEX if manifest in plan.children else MANIFEST
                yield manifest, kind, sizes[manifest], self.logical[manifest]

        def references():
            for manifest in range(1, plan.manifests + 1):
                children, targets = plan.children.get(manifest, ()), sorted(plan.targets[manifest])
                for child in sorted(children):
                    yield manifest, child, CHILD, sizes[child]
                for target in targets:
                    yield manifest, target, CONFIGURATION if target < plan.first_layer else LAYER, sizes[target]

        self._insert("manifests", "id, media_type, size, logical_bytes", rows())
        self._insert("manifest_references", "manifest, target, kind, size", references())

    def _repositories(self):
        """One after the other, each with its links, tags and sums."""
        plan, sizes = self.plan, self.sizes
        self.counts, self.combined = array("q", bytes(8 * (self.shape.blobs + 1))), array("q", bytes(8 * (self.shape.blobs + 1)))
        self.rows, self.tagged, self.reached = [], [None], 0
        tables = {
            "repository_blobs": "repository, blob, reference_count",
            "manifest_links": "repository, manifest, linked_at",
            "layer_links": "repository, blob, target, linked_at",
            "tags": "repository, name, manifest, changed_at",
            "tag_history": "repository, tag, to_digest, changed_at, actor, request",
        }
        # Some thousand at a time, so that each table is written in long runs.
        waiting = {table: [] for table in tables}
        self.tell("repositories")
        for number, manifests, counts in plan.repositories():
            self._repository(number, manifests, counts, waiting)
            if number % 1000 == 0 or number == self.shape.repositories:
                for table, columns in tables.items():
                    marks = ", ".join("?" * len(columns.split(", ")))
                    self.database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", waiting[table])
                    waiting[table].clear()
        # Content that was pushed and got into no image.
        lost = range(plan.last_layer + 1, self.shape.blobs + 1)
        links = sorted((self.random.randint(1, self.shape.repositories), blob) for blob in lost)
        self._insert("layer_links", tables["layer_links"], ((r, b, b, self._time()) for r, b in links))
        exclusive = array("q", bytes(8 * (self.shape.repositories + 1)))
        for blob in range(1, self.shape.blobs + 1):
            if self.counts[blob] == 1:
                exclusive[self.combined[blob]] += sizes[blob]
        self._insert(
            "repositories",
            "id, name, is_listed, logical_bytes, deduplicated_bytes, blob_count, manifest_count, tag_count, last_push, "
            "exclusive_bytes",
            ((*row, exclusive[row[0]]) for row in self.rows),
        )

    def _time(self):
        """Two years back, the more the newer."""
        return NOW - int(730 * DAY * self.random.random() ** 2)

    def _repository(self, number, manifests, counts, waiting):
        plan, sizes, kept, combined = self.plan, self.sizes, self.counts, self.combined
        pushed = self._time()
        blobs = sorted(counts)
        waiting["repository_blobs"] += [(number, blob, counts[blob]) for blob in blobs]
        waiting["layer_links"] += [(number, blob, blob, pushed) for blob in blobs if blob > plan.manifests]
        waiting["manifest_links"] += [(number, manifest, pushed) for manifest in sorted(manifests)]
        for blob in blobs:
            kept[blob] += 1
            combined[blob] ^= number
        # Four of five images have a tag, and what was copied has the one of its source.
        tags = {}
        for manifest in manifests:
            if manifest % 5:
                tags[f"{manifest % 9}.{manifest % 97}.{manifest}"] = manifest
        tags["latest"] = plan.own[number][-1]
        for tag in sorted(tags):
            waiting["tags"].append((number, tag, tags[tag], pushed))
        actor = f"ci-{number % 211}"
        newest = tags["latest"]
        for tag in ["latest", max(tags)]:
            digest = b"\0" + self.digests[tags[tag]]
            waiting["tag_history"].append((number, tag, digest, pushed, actor, f"{number:032x}"))
        self.tagged.append((max(tags), newest))
        self.reached += len(blobs)
        self.rows.append(
            (number, plan.names[number - 1], 1)
            + (sum(self.logical[manifest] for manifest in manifests), sum(sizes[blob] for blob in blobs))
            + (len(blobs), len(manifests), len(tags), pushed)
        )

    def _blobs(self):
        digests, sizes = self.digests, self.sizes
        rows = zip(range(1, self.shape.blobs + 1), digests[1:], sizes[1:], self.counts[1:], self.combined[1:])
        self._insert(
            "blobs",
            "id, digest, size, repository_count, repository_xor",
            ((number, b"\0" + digest, size, count, xor) for number, digest, size, count, xor in rows),
        )

    def _usage(self):
        """A third is pulled by nobody, a few every day."""
        today = NOW // DAY

        def rows():
            for number in range(1, self.shape.repositories + 1):
                if self.random.random() < 0.35:
                    continue
                days = min(int(self.random.paretovariate(0.7) * 2), USAGE_DAYS)
                tag, newest = self.tagged[number]
                days = sorted(self.random.sample(range(today - USAGE_DAYS + 1, today + 1), days))
                for kind, reference in [(0, ""), (1, tag), (2, self.digest_text(newest))]:
                    for day in days:
                        pulls = int(self.random.paretovariate(0.9))
                        clients = sorted(self.random.getrandbits(64) for _ in range(min(pulls, 5)))
                        clients = b"".join(client.to_bytes(8, "big") for client in clients)
                        who = f"cluster-{(number + day) % 53}"
                        time = day * DAY + self.random.randrange(DAY)
                        yield day, number, kind, reference, pulls, pulls // 3, pulls << 24, clients, time, who

        columns = "day, repository, kind, reference, pulls, heads, sent_bytes, clients, last_pull, last_pull_by"
        self._insert("usage_daily", columns, rows())

    def _days(self):
        """What the server has kept of each day: sums of use, use by client, and how much there was."""
        self.tell("days")
        self.database.execute(
            """INSERT INTO usage_totals (kind, repository, reference, pulls, heads, pushes, sent_bytes, received_bytes,
                last_pull, last_pull_by, last_day)
            SELECT kind, repository, reference, sum(pulls), sum(heads), sum(pushes), sum(sent_bytes),
                sum(received_bytes), max(last_pull), last_pull_by, max(last_pull) / 86400000000
            FROM usage_daily GROUP BY kind, repository, reference"""
        )
        self.database.execute(
            """INSERT INTO client_daily (day, client, pulls, heads, pushes, sent_bytes, received_bytes, last_seen)
            SELECT day, last_pull_by, sum(pulls), sum(heads), sum(pushes), sum(sent_bytes), sum(received_bytes),
                max(last_pull)
            FROM usage_daily WHERE kind = 0 GROUP BY day, last_pull_by"""
        )
        since = NOW - (USAGE_DAYS - 1) * DAY
        self.database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('usage_since', ?)", (str(since),))
        query = "SELECT sum(iif(repository_count > 0, size, 0)), sum(iif(repository_count = 0, size, 0)), count(*) FROM blobs"
        referenced, unreferenced, blobs = self.database.execute(query).fetchone()
        query = "SELECT sum(logical_bytes), count(*), sum(manifest_count), sum(tag_count) FROM repositories"
        now = (*self.database.execute(query).fetchone(), referenced, unreferenced, blobs)

        def rows():
            for back in range(GROWTH_DAYS, 0, -1):
                share = 1 - 0.7 * back / GROWTH_DAYS + self.random.uniform(-0.01, 0.01)
                day = NOW // DAY - back
                yield day, day * DAY, *(int(value * share) for value in now), 0, 4 * referenced, 3 * referenced

        columns = "day, taken_at, logical_bytes, repositories, manifests, tags, referenced_bytes, unreferenced_bytes, blobs"
        self._insert("capacity_daily", columns + ", uploading_bytes, total_bytes, free_bytes", rows())
        self.database.execute(
            """INSERT INTO repository_capacity_daily (repository, day, logical_bytes, deduplicated_bytes, exclusive_bytes)
            SELECT id, ?, logical_bytes, deduplicated_bytes, exclusive_bytes FROM repositories""",
            (NOW // DAY - GROWTH_DAYS,),
        )


def check(path):
    """Computes all that follows from the links, and stops at a difference; for small stores."""
    database = sqlite3.connect(path)
    reach = """SELECT repository, blob, count(*) AS n FROM (
        SELECT repository, manifest AS blob FROM manifest_links
        UNION ALL SELECT repository, target FROM manifest_links JOIN manifest_references USING (manifest)
    ) GROUP BY repository, blob"""
    sums = {
        "reach": f"SELECT * FROM ({reach}) EXCEPT SELECT repository, blob, reference_count FROM repository_blobs",
        "no reach": f"SELECT repository, blob, reference_count FROM repository_blobs EXCEPT SELECT * FROM ({reach})",
        "counts": """SELECT id FROM blobs WHERE repository_count !=
            (SELECT count(*) FROM repository_blobs WHERE blob = blobs.id)""",
        "sole repository": """SELECT blobs.id FROM blobs JOIN repository_blobs ON blob = blobs.id
            WHERE repository_count = 1 AND repository_xor != repository""",
        "sizes": """SELECT id FROM repositories WHERE (deduplicated_bytes, exclusive_bytes, blob_count) != (SELECT
            sum(size), sum(iif(repository_count = 1, size, 0)), count(*)
            FROM repository_blobs JOIN blobs ON blob = blobs.id WHERE repository = repositories.id)""",
        "manifests": """SELECT id FROM repositories WHERE (logical_bytes, manifest_count) != (SELECT
            sum(manifests.logical_bytes), count(*) FROM manifest_links JOIN manifests ON manifest = manifests.id
            WHERE repository = repositories.id)""",
        "tags": "SELECT id FROM repositories WHERE tag_count != (SELECT count(*) FROM tags WHERE repository = repositories.id)",
        "links of manifests without content": "SELECT manifest FROM manifest_links EXCEPT SELECT id FROM manifests",
        "what manifests name": "SELECT target FROM manifest_references EXCEPT SELECT id FROM blobs",
    }
    for what, query in sums.items():
        wrong = database.execute(query).fetchmany(3)
        if wrong:
            sys.exit(f"{path}: {what}: {wrong}")


def schema_of(binary, directory):
    """What an empty store's ledger says of itself, and its configuration."""
    root = pathlib.Path(directory) / "root"
    root.mkdir(parents=True)
    config = configuration(directory)
    run = subprocess.run([binary, "ledger", "status", str(config)], capture_output=True, text=True)
    path = root / ".plimsoll" / "ledger.db"
    if run.returncode or not path.exists():
        sys.exit(f"{binary} ledger status: exit code {run.returncode}: {run.stderr.strip()}")
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
        return "\n".join(chain.from_iterable(rows))


def configuration(directory):
    """Written anew each time, since the store may have been moved."""
    directory = pathlib.Path(directory)
    path = directory / "config.yml"
    root = json.dumps(str(directory / "root"))
    path.write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {root}}}, delete: {{enabled: true}}}}\n"
        f'http: {{addr: "127.0.0.1:0", debug: {{addr: "127.0.0.1:0", prometheus: {{enabled: true, path: /metrics}}}}}}\n'
    )
    return path


def store(binary, shape, cache=None, tell=lambda text: None):
    """The folder of a store of that shape, out of the cache if it is there: `config.yml`, `root`, `facts.json`."""
    cache = pathlib.Path(cache or pathlib.Path(tempfile.gettempdir()) / "plimsoll-synthetic")
    cache.mkdir(parents=True, exist_ok=True)
    making = pathlib.Path(tempfile.mkdtemp(prefix="making-", dir=cache))
    try:
        schema = schema_of(binary, making)
        place = cache / shape.key(schema)
        if not place.exists():
            began = time.monotonic()

            def telling(text):
                tell(f"{time.monotonic() - began:6.1f} s  {text}")

            telling("plan")
            ledger = Ledger(making / "root" / ".plimsoll" / "ledger.db", Plan(shape), telling)
            ledger.fill()
            facts = {"repositories": shape.repositories, "blobs": shape.blobs, "references": ledger.reached}
            facts |= {"manifests": ledger.plan.manifests, "seconds": round(time.monotonic() - began, 1)}
            (making / "facts.json").write_text(json.dumps(facts) + "\n")
            os.rename(making, place)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    configuration(place)
    return place


def add_shape(parser):
    shape = Shape()
    parser.add_argument("--repositories", type=int, default=shape.repositories, help="repositories of the made-up store")
    parser.add_argument("--blobs", type=int, default=shape.blobs, help="blobs of it")
    parser.add_argument("--references", type=int, default=shape.references, help="about how many blobs repositories reach, in sum")
    parser.add_argument("--seed", type=int, default=shape.seed, help="another one makes another store")
    parser.add_argument("--cache", metavar="DIR", help="where made-up stores are kept (default: in TMPDIR)")


def shape_of(arguments):
    return Shape(arguments.repositories, arguments.blobs, arguments.references, arguments.seed)


def main():
    parser = argparse.ArgumentParser(prog="synthetic.py", description="Makes the ledger of a large store, and prints its folder.")
    parser.add_argument("--plimsoll", metavar="PATH", required=True, help="the build whose tables it gets")
    parser.add_argument("--check", action="store_true", help="computes all sums once more and compares")
    add_shape(parser)
    arguments = parser.parse_args()
    place = store(arguments.plimsoll, shape_of(arguments), arguments.cache, lambda text: print(text, file=sys.stderr))
    if arguments.check:
        check(place / "root" / ".plimsoll" / "ledger.db")
    print(place)


if __name__ == "__main__":
    main()
