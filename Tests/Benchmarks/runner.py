# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""Running rows, and what the programs of the benchmark share."""

import os
import shutil
import sys

import table
from http1 import BenchError
from rows import measure


def refuse(text):
    """Ends like a wrong argument does, apart from the 1 of a missed target."""
    print(text, file=sys.stderr)
    sys.exit(2)


def find(tool):
    # Debian keeps nginx where a user's PATH may not look.
    return shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin")


def run_row(row, servers, arguments, content):
    """A B, B A, A B …, so that a machine that gets slower or faster favours nobody."""
    outcome = table.Outcome(row)
    turns = arguments.repeat * row.turns
    for turn in range(turns):
        for server in servers if turn % 2 == 0 else reversed(servers):
            if server.label in outcome.failures:
                continue
            progress(f"{row.key}, {server.label}, {turn + 1} of {turns}")
            try:
                if server.process is None or server.process.poll() is not None:
                    server.start()  # ended in an earlier row, which has been reported there
                metrics = measure(server, row, arguments.seconds, content)
                outcome.runs.setdefault(server.label, []).append(metrics)
            except BenchError as error:
                text = server.how_it_ended(str(error))
                outcome.failures[server.label] = text
                progress(f"{row.key}, {server.label}: failed: {text}")
    return outcome


def progress(text):
    print(text, file=sys.stderr, flush=True)


def load_average():
    return " ".join(f"{value:.2f}" for value in os.getloadavg())
