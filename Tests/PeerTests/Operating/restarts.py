#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#

"""Restarts a server again and again as systemd does that holds its socket, while clients ask.

usage: restarts.py RESTARTS COMMAND...

Half of the clients make a connection for each request, half keep theirs. Prints a JSON object: how many requests were
served, how many connections were closed between two requests (as every client has to expect), and what went wrong.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

restarts, command = int(sys.argv[1]), sys.argv[2:]
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
port = listener.getsockname()[1]
lock = threading.Lock()
result = {"served": 0, "closed_idle": 0, "failures": []}
over = threading.Event()


def count(key):
    with lock:
        result[key] += 1


def fail(what):
    with lock:
        result["failures"].append(what)


def ask(connection):
    connection.request("GET", "/v2/")
    answer = connection.getresponse()
    answer.read()
    if answer.status == 200:
        count("served")
    else:
        fail(f"status {answer.status}")
    return not answer.will_close


def client(keeps):
    while not over.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        asked = 0
        try:
            while ask(connection) and keeps and asked < 200:
                asked += 1
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            if asked > 0:
                count("closed_idle")
            else:
                fail(f"on a new connection: {error!r}")
        except Exception as error:  # noqa: BLE001: whatever it is, the test is to see it
            fail(repr(error))
        finally:
            connection.close()


def start():
    # The number of the process is known to the shell that becomes the server.
    shell = ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=registry exec "$@" 3<&0 </dev/null', "sh"]
    return subprocess.Popen(shell + command, stdin=listener.fileno(), stdout=subprocess.DEVNULL)


def served():
    with lock:
        return result["served"]


def wait_for(more):
    goal, end = served() + more, time.monotonic() + 60
    while served() < goal:
        if time.monotonic() > end:
            fail("nobody is served any more")
            return
        time.sleep(0.01)


clients = [threading.Thread(target=client, args=(number % 2 == 1,), daemon=True) for number in range(8)]
server = start()
for thread in clients:
    thread.start()
for _ in range(restarts):
    wait_for(200)
    server.send_signal(signal.SIGTERM)
    if server.wait(timeout=60) != 0:
        fail(f"the server ended with {server.returncode}")
    server = start()
wait_for(200)
over.set()
for thread in clients:
    thread.join(timeout=60)
server.send_signal(signal.SIGTERM)
server.wait(timeout=60)
print(json.dumps(result))
