#!/usr/bin/env python3
#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""Deploys what is pushed: a receiver of Plimsoll's notifications that needs nothing but Python.

    deploy_hook.py --secret-file /etc/deploy/secret --state /var/lib/deploy/seen.db \\
        --repository team/app --tag production -- /usr/local/bin/deploy

For each push of the tag the command is run with repository, tag and digest. An event is done once, however often it
comes; one whose command fails is answered 500, so that it comes again.
"""

import argparse
import base64
import hashlib
import hmac
import http.server
import json
import sqlite3
import subprocess
import threading
import time

# Older messages may be recordings.
TOLERANCE = 300
# More than any batch has.
LONGEST = 8 << 20


def key(secret):
    """The key that a secret stands for (Standard Webhooks)."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"))
    return secret.encode()


def is_genuine(secret, headers, body, now):
    """Whether who sent this knows the secret, and has sent it just now."""
    identifier, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not moment.isdecimal() or abs(now - int(moment)) > TOLERANCE:
        return False
    signed = f"{identifier}.{moment}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key(secret), signed, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in given)


class Deployer:
    """Does what events ask for, each once."""

    def __init__(self, state, repository, tag, command):
        self.repository, self.tag, self.command = repository, tag, command
        self.lock = threading.Lock()
        self.database = sqlite3.connect(state, check_same_thread=False, isolation_level=None)
        self.database.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, at REAL) WITHOUT ROWID")

    def take(self, event):
        target = event.get("target", {})
        with self.lock:
            if self.database.execute("SELECT 1 FROM seen WHERE id = ?", (event["id"],)).fetchone():
                return
            is_wanted = (event["action"], target.get("repository"), target.get("tag")) == (
                "push",
                self.repository,
                self.tag,
            )
            if is_wanted and "digest" in target:
                subprocess.run([*self.command, self.repository, self.tag, target["digest"]], check=True)
            # Behind the command: should this machine fail in between, it is run again, with the same digest.
            self.database.execute("INSERT INTO seen VALUES (?, ?)", (event["id"], time.time()))
            self.database.execute("DELETE FROM seen WHERE at < ?", (time.time() - 30 * 86400,))


def handler(secret, deployer):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def do_POST(self):
            length = int(self.headers.get("content-length", "0"))
            if length > LONGEST:
                self.close_connection = True
                return self.answer(413)
            body = self.rfile.read(length)
            if not is_genuine(secret, self.headers, body, time.time()):
                return self.answer(401)
            try:
                events = json.loads(body)["events"]
            except (ValueError, KeyError, TypeError):
                return self.answer(400)
            try:
                for event in events:
                    deployer.take(event)
            except (subprocess.CalledProcessError, OSError, sqlite3.Error) as error:
                self.log_error("%s", error)
                return self.answer(500)
            return self.answer(200)

        def answer(self, status):
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--secret-file", required=True)
    parser.add_argument("--state", required=True, help="a file that remembers which events are done")
    parser.add_argument("--repository", required=True)
    parser.add_argument("--tag", required=True)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    with open(options.secret_file, encoding="utf-8") as file:
        secret = file.readline().strip()
    deployer = Deployer(options.state, options.repository, options.tag, options.command)
    server = http.server.ThreadingHTTPServer((options.address, options.port), handler(secret, deployer))
    print(f"listening on port {server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
