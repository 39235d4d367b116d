#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""A collector of traces for tests: it tells what arrives, decoded by OpenTelemetry's own package.

usage: collector.py [ANSWER...]

Answers are given in this order, and the last one from then on; without any, all is well:

    STATUS                     an empty answer with this status
    STATUS:SECONDS             with Retry-After
    partial:COUNT              200, and so many spans are rejected
    garbage                    200, and a body that is nothing at all
    stall                      the head of an answer alone, while the connection stays open
    hang                       no answer, while the connection stays open
    close                      the connection is closed without an answer

With COLLECTOR_MARK it tells of each request whether that text stands anywhere in its body.
With COLLECTOR_CERTIFICATE and COLLECTOR_KEY it speaks TLS alone; with COLLECTOR_CLIENT_AUTHORITY clients must show a
certificate of that authority.

The first line of the output is the port; then a JSON object for each request, before it is answered.
"""

import base64
import gzip
import json
import os
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict, ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

answers = sys.argv[1:] or ["200"]
lock = threading.Lock()
requests = 0


def next_answer():
    global requests
    with lock:
        answer = answers[min(requests, len(answers) - 1)]
        requests += 1
        return answer


def bytes_from_hexadecimal(value):
    """OTLP writes identifiers in hexadecimal, where Protocol Buffers' JSON has base64."""
    if isinstance(value, list):
        for item in value:
            bytes_from_hexadecimal(item)
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("traceId", "spanId", "parentSpanId"):
                assert item == item.lower(), f"{key} is not lower case: {item}"
                value[key] = base64.b64encode(bytes.fromhex(item)).decode()
            else:
                bytes_from_hexadecimal(item)


def decode(body, content_type):
    message = ExportTraceServiceRequest()
    if content_type == "application/json":
        tree = json.loads(body)
        bytes_from_hexadecimal(tree)
        # What the package does not know is an error here.
        ParseDict(tree, message)
    elif content_type == "application/x-protobuf":
        message.ParseFromString(body)
        known = ExportTraceServiceRequest()
        known.CopyFrom(message)
        known.DiscardUnknownFields()
        assert known.ByteSize() == len(body), f"{len(body)} bytes, of which {known.ByteSize()} mean something"
    else:
        raise ValueError(f"content type {content_type}")
    return message


def value_of(value):
    kind = value.WhichOneof("value")
    return None if kind is None else getattr(value, kind)


def attributes_of(message):
    names = [pair.key for pair in message.attributes]
    assert len(names) == len(set(names)), f"an attribute stands there twice: {names}"
    return {pair.key: value_of(pair.value) for pair in message.attributes}


def describe(span):
    return {
        "trace_id": span.trace_id.hex(),
        "span_id": span.span_id.hex(),
        "parent_span_id": span.parent_span_id.hex(),
        "trace_state": span.trace_state,
        "flags": span.flags,
        "name": span.name,
        "kind": span.kind,
        "start": span.start_time_unix_nano,
        "duration": span.end_time_unix_nano - span.start_time_unix_nano,
        "status": span.status.code,
        "status_message": span.status.message,
        "attributes": attributes_of(span),
    }


def client_of(connection):
    """The common name of the certificate that a client has shown, or None."""
    certificate = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
    names = {key: value for part in (certificate or {}).get("subject", ()) for key, value in part}
    return names.get("commonName")


class Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        told = {
            "path": self.path,
            "client": client_of(self.connection),
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "bytes": len(body),
        }
        try:
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if "COLLECTOR_MARK" in os.environ:
                told["marked"] = os.environ["COLLECTOR_MARK"].encode() in body
            message = decode(body, self.headers.get("Content-Type"))
            told["resources"] = [
                {
                    "attributes": attributes_of(resource_spans.resource),
                    "schema_url": resource_spans.schema_url,
                    "scopes": [
                        {"name": scope.scope.name, "version": scope.scope.version, "schema_url": scope.schema_url}
                        for scope in resource_spans.scope_spans
                    ],
                }
                for resource_spans in message.resource_spans
            ]
            told["spans"] = [
                describe(span)
                for resource_spans in message.resource_spans
                for scope in resource_spans.scope_spans
                for span in scope.spans
            ]
        except Exception as error:  # noqa: BLE001: whatever it is, the test is to see it
            told["error"] = f"{type(error).__name__}: {error}"
        answer = next_answer()
        told["answer"] = answer
        with lock:
            print(json.dumps(told), flush=True)
        self.reply(answer)

    def reply(self, answer):
        word, _, detail = answer.partition(":")
        content_type = self.headers.get("Content-Type")
        body, status, headers = b"", 200, {}
        if word == "hang":
            hanging.wait()
        if word == "stall":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            hanging.wait()
            return
        if word == "close":
            self.close_connection = True
            return
        if word == "garbage":
            body = b"\xff\x00<html>what?"
        elif word == "partial":
            response = ExportTraceServiceResponse()
            response.partial_success.rejected_spans = int(detail)
            response.partial_success.error_message = "too many"
            if content_type == "application/json":
                body = json.dumps(MessageToDict(response)).encode()
            else:
                body = response.SerializeToString()
        else:
            status = int(word)
            if detail:
                headers["Retry-After"] = detail
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


hanging = threading.Event()
server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
server.daemon_threads = True
if "COLLECTOR_CERTIFICATE" in os.environ:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.environ["COLLECTOR_CERTIFICATE"], os.environ["COLLECTOR_KEY"])
    if "COLLECTOR_CLIENT_AUTHORITY" in os.environ:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(os.environ["COLLECTOR_CLIENT_AUTHORITY"])
    # The handshake is the business of the thread that a connection gets, not of the one that accepts.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    # A client that does not like what it sees, or is not liked, is what the tests are about.
    server.handle_error = lambda *_: None
print(server.server_address[1], flush=True)
server.serve_forever()
