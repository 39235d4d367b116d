# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""What it costs that requests bring a password that is known to be right. See README.md.

Plimsoll against itself on the same storage: open to everybody, and with users.
"""

import base64
import dataclasses
import json
import subprocess

import callcost
import table
from content import Content
from rows import all_rows
from runner import find, load_average, run_row
from servers import CONFIG, Server, free_ports

OPEN, GUARDED = "open", "guarded"
USER, PASSWORD = "bench", "a password for benchmarks"
AUTHORIZATION = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

AUTH = """\
auth:
  htpasswd: {{realm: bench, path: {users}}}
"""


class Guarded(Server):
    """Plimsoll that serves another one's storage to users alone; every request here brings the same password."""

    def __init__(self, label, binary, directory, other):
        super().__init__(label, binary, directory)
        self.other = other
        self.headers = ("Authorization: " + AUTHORIZATION,)

    def start(self):
        super().start()
        self.seeded = True  # by the other one

    def _configure(self):
        self.port, debug = free_ports(2)
        users, config = self.directory / "users", self.directory / "config.yml"
        command = [self.binary, "htpasswd", "--create", str(users), USER]
        subprocess.run(command, input=PASSWORD.encode(), stdout=subprocess.DEVNULL, check=True)
        root = json.dumps(str(self.other.directory / "root"))
        text = CONFIG.format(root=root, port=self.port, debug=debug) + AUTH.format(users=json.dumps(str(users)))
        config.write_text(text)
        return [self.binary, "serve", str(config)]


def run(arguments, directory):
    """Measures the row, prints its table, and returns the exit code."""
    content, binary = Content(), find(arguments.plimsoll)
    rows = {row.key: row for row in all_rows(content, False)}
    row = dataclasses.replace(
        rows["manifest-get"],
        title="manifest GET, 16 connections, with a known password to without",
        targets=(),
    )
    servers = [Server(OPEN, binary, directory)]
    servers.append(Guarded(GUARDED, binary, directory, servers[0]))
    try:
        for server in servers:
            server.start()
        content.seed(servers[0])
        print("# Access: Plimsoll against itself\n", flush=True)
        print("- open: no auth; guarded: htpasswd, and each request brings the same name and password")
        print(f"- load average at the start: {load_average()}", flush=True)
        words = ("credential", str(servers[1].directory / "users"), AUTHORIZATION, str(arguments.seconds))
        _, missed = callcost.measure("known password", 5000, binary, words, arguments)
        outcome = run_row(row, (servers[1], servers[0]), arguments, content)
    finally:
        for server in servers:
            server.stop()
    return table.report([outcome], GUARDED, OPEN, arguments) or missed
