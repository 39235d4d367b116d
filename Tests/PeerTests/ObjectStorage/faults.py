#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""Passes HTTP requests on to another port of the loopback address, and spoils every so many of them.

faults.py PORT EVERY FAULT... ; prints its own port. The faults take turns: a status, which is answered in place of the
server (`503-SlowDown` with an S3 error of that name); after 401 the token that came is refused for good; `reset`, after the server has answered; `cut`, in the middle of a body; `long`, which
announces more than comes; `stall` never answers.
"""

import base64
import http.client
import http.server
import itertools
import socket
import struct
import sys
import threading

TARGET, EVERY, FAULTS = int(sys.argv[1]), int(sys.argv[2]), itertools.cycle(sys.argv[3:])
LOCK = threading.Lock()
COUNT = itertools.count(1)
REFUSED = set()


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fault(self):
        token = self.headers.get("Authorization", "")
        with LOCK:
            fault = next(FAULTS) if next(COUNT) % EVERY == 0 else "401" if token in REFUSED else None
            if fault == "401" and token.startswith("Bearer "):
                REFUSED.add(token)
            return fault

    def reset(self):
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def pass_on(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        fault = self.fault()
        if fault and fault[0].isdigit():
            code, _, word = fault.partition("-")
            code = int(code)
            words = f"<Error><Code>{word}</Code><Message>of a test</Message></Error>".encode() if word else b""
            self.send_response(code)
            if word and self.command == "HEAD":
                self.send_header("x-oss-err", base64.b64encode(words).decode())
            self.send_header("Content-Length", str(len(words)))
            if code == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(words)
            return
        server = http.client.HTTPConnection("127.0.0.1", TARGET)
        server.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            server.putheader(name, value)
        server.endheaders(body if length else None)
        answer = server.getresponse()
        if fault == "stall":
            threading.Event().wait()
        if fault == "reset":
            return self.reset()
        self.send_response_only(answer.status, answer.reason)
        size = answer.getheader("Content-Length")
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        if self.command == "HEAD":
            if size is not None:
                self.send_header("Content-Length", size)
            self.end_headers()
            return
        body = answer.read() if size is None or fault else None
        size = len(body) if body is not None else int(size)
        if answer.status != 204:
            self.send_header("Content-Length", str(size + (7 if fault == "long" else 0)))
        self.end_headers()
        if fault == "cut":
            self.wfile.write(body[: size // 2])
            return self.reset()
        if body is not None:
            self.wfile.write(body)
        else:
            while piece := answer.read(1 << 18):
                self.wfile.write(piece)
        if fault == "long":
            self.close_connection = True
        server.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, address):
        pass


server = Server(("127.0.0.1", 0), Proxy)
print(server.server_address[1], flush=True)
server.serve_forever()
