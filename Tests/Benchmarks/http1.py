# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""A small HTTP/1.1 client on raw sockets.

http.client spends 100 µs and more on a request, on the same two cores as the
server under test. This one reads a status, a few headers and a length.
"""

import socket
import urllib.parse

PIECE = 1 << 20
CHUNK = 32 << 10


class BenchError(Exception):
    """Something that spoils one row: a wrong status, a lost connection, a short body."""


class Answer:
    def __init__(self, status, headers):
        self.status = status
        self.headers = headers
        self.body = b""

    @property
    def length(self):
        return int(self.headers.get("content-length", 0))


class Connection:
    """One keep-alive connection. Not shared between threads."""

    def __init__(self, address, timeout=60):
        """An address is a host, a port, and a context of TLS where that is spoken."""
        context = address[2] if len(address) > 2 else None
        self.base = f"{'https' if context else 'http'}://{address[0]}:{address[1]}"
        self._host = f"{address[0]}:{address[1]}"
        self._held = bytearray()  # received, not yet consumed
        try:
            self._socket = socket.create_connection(address[:2], timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context:
                self._socket = context.wrap_socket(self._socket, server_hostname=address[0])
        except OSError as error:
            raise BenchError(f"cannot connect to {self._host}: {error}") from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def call(self, method, target, expect, headers=(), body=(), chunked=False):
        """Sends a request, reads the whole answer, insists on its status."""
        self._send(method, target, headers, body, chunked)
        answer = self._read_head()
        answer.body = self._read_body(method, answer)
        if answer.status != expect:
            text = answer.body[:400].decode("utf-8", "replace").strip()
            raise BenchError(f"{method} {target}: status {answer.status} instead of {expect}: {text}")
        return answer

    def follow(self, answer):
        """The target of an answer's Location, absolute or relative, with its query as given."""
        location = answer.headers.get("location")
        if not location:
            raise BenchError("an upload's answer has no Location")
        url = urllib.parse.urlsplit(urllib.parse.urljoin(self.base + "/", location))
        if url.netloc != self._host:
            raise BenchError(f"Location leads away from {self._host}: {location}")
        return url.path + ("?" + url.query if url.query else "")

    def pull(self, target, size, buffer, hasher=None, stop=None):
        """GETs a body of `size` bytes into one reused buffer and returns the bytes received.

        That is less than `size` only when `stop()` said so; the connection is then of no more use.
        """
        self._send("GET", target, (), (), False)
        answer = self._read_head()
        if answer.status != 200:
            text = self._read_body("GET", answer)[:400].decode("utf-8", "replace").strip()
            raise BenchError(f"GET {target}: status {answer.status} instead of 200: {text}")
        if answer.headers.get("content-length") != str(size):
            raise BenchError(f"GET {target}: Content-Length {answer.headers.get('content-length')}, not {size}")
        received = len(self._held)
        if hasher:
            hasher.update(self._held)
        self._held.clear()
        view = memoryview(buffer)
        while received < size:
            if stop and stop():
                return received
            count = self._receive(self._socket.recv_into, view[: min(len(view), size - received)])
            if count == 0:
                raise BenchError(f"GET {target}: closed after {received} of {size} bytes")
            if hasher:
                hasher.update(view[:count])
            received += count
        if received > size:
            raise BenchError(f"GET {target}: {received - size} bytes beyond Content-Length")
        return received

    def _send(self, method, target, headers, body, chunked):
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._host}", *headers]
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        elif method in ("POST", "PUT", "PATCH"):
            lines.append(f"Content-Length: {sum(len(piece) for piece in body)}")
        try:
            self._socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
            # In pieces, because a socket's timeout holds for one sendall as a whole.
            step = CHUNK if chunked else PIECE
            for part in body:
                view = memoryview(part)
                for start in range(0, len(view), step):
                    piece = view[start : start + step]
                    if chunked:
                        piece = b"%x\r\n%b\r\n" % (len(piece), piece)
                    self._socket.sendall(piece)
            if chunked:
                self._socket.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # An early refusal closes the connection: its status is read next.
        except OSError as error:
            raise BenchError(f"{method} {target}: {error}") from error

    def _read_head(self):
        while True:
            end = self._held.find(b"\r\n\r\n")
            if end < 0:
                self._fill()
                continue
            lines = self._held[:end].decode("latin-1").split("\r\n")
            del self._held[: end + 4]
            headers = {}
            for line in lines[1:]:
                name, _, value = line.partition(":")
                headers[name.strip().lower()] = value.strip()
            try:
                status = int(lines[0].split(" ", 2)[1])
            except (IndexError, ValueError) as error:
                raise BenchError(f"not an HTTP answer: {lines[0][:80]!r}") from error
            if status >= 200:
                return Answer(status, headers)

    def _read_body(self, method, answer):
        if method == "HEAD" or answer.status in (204, 304):
            return b""
        if answer.headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while True:
                size = int(self._take_line().split(b";")[0], 16)
                body += self._take(size)
                self._take_line()
                if size == 0:
                    return body
        return self._take(answer.length)

    def _take_line(self):
        while (end := self._held.find(b"\r\n")) < 0:
            self._fill()
        return self._take(end + 2)[:-2]

    def _take(self, count):
        while len(self._held) < count:
            self._fill()
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken

    def _fill(self):
        data = self._receive(self._socket.recv, 65536)
        if not data:
            raise BenchError("the server closed the connection")
        self._held += data

    @staticmethod
    def _receive(receive, argument):
        try:
            return receive(argument)
        except OSError as error:
            raise BenchError(f"while receiving: {error}") from error
