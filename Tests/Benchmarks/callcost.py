# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""What a piece of work costs the thread of its request, by the program CallCost. See README.md."""

import json
import pathlib
import subprocess

from http1 import BenchError


def measure(title, budget, plimsoll, words, arguments):
    """Prints the cost beside its budget in nanoseconds of CPU, and returns the facts and the exit code."""
    program = pathlib.Path(plimsoll).resolve().parent / "CallCost"
    if not program.exists():
        raise BenchError(f"{program} not found: make bench builds it")
    run = subprocess.run([str(program), *words], capture_output=True, text=True, timeout=120)
    if run.returncode != 0:
        raise BenchError(f"CallCost ended with {run.returncode}\n{run.stderr}")
    cost = json.loads(run.stdout)
    met = cost["ns"] <= budget
    print(
        f"- {title}, on the request's own thread: {cost['ns']} ns of CPU (p90 {cost['p90_ns']}), "
        f"{cost['ns'] / budget:.2f} of {budget} ns, {'met' if met else 'MISSED'}",
        flush=True,
    )
    return cost, 1 if arguments.check and not met else 0
