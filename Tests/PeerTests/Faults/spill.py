#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#

"""Has a journal that takes nothing spill audit entries, and kills the server again and again while they are delivered.

usage: spill.py FOLDER REQUESTS KILLS COMMAND...

The journal is the socket FOLDER/journal, the spill file FOLDER/audit-spill-journald.log. Prints a JSON object: how many entries
were spilled, how many of them never arrived, how many arrived twice, whether they came in their order, whether the file is
gone in the end, and the events that tell of it.
"""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

folder, requests, kills, command = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
journal_path, spill_path = f"{folder}/journal", f"{folder}/audit-spill-journald.log"


def journal():
    if os.path.exists(journal_path):
        os.remove(journal_path)
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(journal_path)
    return receiver


class Server:
    def __init__(self):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.lines = []
        self.started = threading.Event()
        threading.Thread(target=self.read, daemon=True).start()
        assert self.started.wait(60), self.lines

    def read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))
            if self.lines[-1].get("event") == "server_started":
                self.port = int(self.lines[-1]["address"].rpartition(":")[2])
                self.started.set()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def flood(self, count):
        request = b"GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            sender = threading.Thread(target=connection.sendall, args=(request * count,))
            sender.start()
            answers, rest = 0, b""
            while answers < count:
                piece = rest + connection.recv(1 << 18)
                answers += piece.count(b"HTTP/1.1 401 ")
                # What may be the beginning of the next one.
                rest = piece[-12:] if not piece.endswith(b"HTTP/1.1 401 ") else b""
            sender.join()


def lines_of(path):
    try:
        with open(path, "rb") as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []


def wait_until(condition):
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


stuck = journal()
server = Server()
server.flood(requests)
# What the sink's queue has no room for; the rest of the requests are in the queue.
count = -1
while count != len(lines_of(spill_path)) or count == 0:
    count = len(lines_of(spill_path))
    time.sleep(1)
server.kill()
stuck.close()
spilled = [(entry["epoch"], entry["seq"]) for entry in map(json.loads, lines_of(spill_path))]

arrived = []
events = []


def receive(receiver, limit, server):
    """Receives until so many have come and the server is killed, or, without a limit, until all was delivered."""
    receiver.settimeout(0.2)
    before = len(arrived)
    while True:
        try:
            entry = receiver.recv(1 << 20)
        except TimeoutError:
            if server.process.poll() is not None or limit is None and not os.path.exists(spill_path):
                return
            continue
        epoch, sequence = re.search(rb"LOG_EPOCH=(\w+)\n", entry), re.search(rb"LOG_SEQ=(\d+)\n", entry)
        arrived.append((epoch[1].decode(), int(sequence[1])))
        if limit is not None and len(arrived) - before == limit:
            server.kill()


for limit in [len(spilled) // (kills + 1)] * kills + [None]:
    receiver = journal()
    server = Server()
    receive(receiver, limit, server)
    receiver.close()
wait_until(lambda: any(line.get("event") == "audit_spill_delivered" for line in server.lines))
server.kill()

wanted = set(spilled)
found = [entry for entry in arrived if entry in wanted]
print(
    json.dumps(
        {
            "spilled": len(spilled),
            "missing": len(wanted - set(found)),
            "doubled": len(found) - len(set(found)),
            "in_order": found == sorted(found),
            "is_gone": not os.path.exists(spill_path),
        }
    )
)
