#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""A blob service as Azure's REST API describes it, in memory, for one account and its containers.

Arguments: container. Prints its port. Signatures are checked with the code of the vendor's own SDK: what it would sign for
a request must be what the request has. Tokens come from the same port: of a client (/TENANT/oauth2/v2.0/token) and of a
managed identity (/metadata/identity/oauth2/token). A GET of /test/counts tells how many requests of each kind there were.
"""

import base64
import binascii
import datetime
import email.utils
import hashlib
import http.server
import json
import sys
import threading
import types
import urllib.parse
import uuid
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

from azure.storage.blob import _shared_access_signature as shared_access
from azure.storage.blob._shared.authentication import SharedKeyCredentialPolicy
from azure.storage.blob._shared.models import UserDelegationKey

ACCOUNT = "plimsolltest"
KEY = base64.b64encode(hashlib.sha256(b"the key of the account in tests").digest()).decode()
CLIENT_ID, CLIENT_SECRET, TENANT = "11111111-client", "a secret+of/the=client", "22222222-tenant"
MOST_BLOCKS = 50_000

policy = SharedKeyCredentialPolicy(ACCOUNT, KEY)
lock = threading.RLock()
containers = {sys.argv[1]: {}}
tokens, delegation_keys, counts = {}, {}, {}


class Failure(Exception):
    def __init__(self, status, code, message="The request is refused."):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


class Blob:
    """What a key has: an object, blocks that are no part of one yet, or both."""

    def __init__(self):
        self.content, self.kind, self.metadata, self.tag, self.modified = None, None, {}, None, None
        self.committed, self.uncommitted = {}, {}

    def put(self, content, kind, metadata, committed=None):
        self.content, self.kind, self.metadata = content, kind, metadata
        self.committed, self.uncommitted = committed or {}, {}
        self.tag = '"0x' + uuid.uuid4().hex[:16].upper() + '"'
        self.modified = email.utils.formatdate(usegmt=True)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def parsed(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def shared_access_query(query, container, key):
    """What the SDK makes of the fields of a signature."""
    first = {name: query.get(name) for name in query}
    delegation = None
    if "skoid" in first:
        delegation = delegation_keys.get(first["skoid"])
        if delegation is None:
            raise Failure(403, "AuthenticationFailed")
    maker = shared_access.BlobSharedAccessSignature(ACCOUNT, None if delegation else KEY, delegation)
    maker.x_ms_version = first["sv"]
    fields = {"permission": first["sp"], "expiry": first["se"], "start": first.get("st"), "protocol": first.get("spr")}
    if first["sr"] == "c":
        return maker.generate_container(container, **fields)
    return maker.generate_blob(container, key, **fields)


def check_shared_access(query, container, key, permission):
    made = dict(urllib.parse.parse_qsl(shared_access_query(query, container, key)))
    if made["sig"] != query["sig"] or any(query.get(name) != value for name, value in made.items()):
        raise Failure(403, "AuthenticationFailed", "Signature did not match.")
    if parsed(query["se"]) <= now():
        raise Failure(403, "AuthenticationFailed", "Signature not valid in the specified time frame")
    if permission not in query["sp"]:
        raise Failure(403, "AuthorizationPermissionMismatch")
    if "http" not in query.get("spr", "https,http").split(","):
        raise Failure(403, "AuthorizationProtocolMismatch")


def ranged(text, size):
    first, _, last = text.removeprefix("bytes=").partition("-")
    first, last = int(first), min(int(last), size - 1) if last else size - 1
    if first >= size:
        raise Failure(416, "InvalidRange")
    return first, last + 1


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_request(self):
        address = urllib.parse.urlsplit(self.path)
        self.raw_query = address.query
        self.query = dict(urllib.parse.parse_qsl(address.query, keep_blank_values=True))
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            with lock:
                self.route(address.path)
        except Failure as failure:
            document = f"<Error><Code>{failure.code}</Code><Message>{failure.message}\nRequestId:1</Message></Error>"
            self.answer(failure.status, document.encode(), {"x-ms-error-code": failure.code})

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_request

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", fields=None):
        self.send_response(status)
        fields = dict(fields or {})
        fields.setdefault("Content-Length", str(len(body)))
        if body.startswith(b"<"):
            fields.setdefault("Content-Type", "application/xml")
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def route(self, path):
        if path == "/test/counts":
            return self.answer(200, json.dumps(counts).encode())
        if path == f"/{TENANT}/oauth2/v2.0/token":
            return self.client_token()
        if path == "/metadata/identity/oauth2/token":
            return self.managed_token()
        parts = urllib.parse.unquote(path).split("/", 3)
        if len(parts) < 3 or parts[1] != ACCOUNT:
            raise Failure(400, "InvalidUri")
        key = parts[3] if len(parts) > 3 else ""
        self.authorize(parts[2], key)
        kind = f"{self.command} {self.query.get('comp', 'blob')}"
        counts[kind] = counts.get(kind, 0) + 1
        if self.query.get("comp") == "userdelegationkey":
            return self.delegation_key()
        if parts[2] not in containers:
            raise Failure(404, "ContainerNotFound")
        self.blobs = containers[parts[2]]
        if not key:
            return self.list()
        return getattr(self, f"blob_{self.command.lower()}_{self.query.get('comp', 'whole')}")(key)

    # Who may

    def authorize(self, container, key):
        words = self.headers.get("Authorization")
        if words is None:
            if "sig" not in self.query:
                raise Failure(401, "NoAuthenticationInformation")
            return check_shared_access(self.query, container, key, "r" if self.command in ("GET", "HEAD") else "w")
        if abs((email.utils.parsedate_to_datetime(self.headers["x-ms-date"]) - now()).total_seconds()) > 900:
            raise Failure(403, "AuthenticationFailed")
        if words.startswith("Bearer "):
            return self.check_token(words)
        query = dict(part.partition("=")[::2] for part in self.raw_query.split("&") if part)
        request = types.SimpleNamespace(
            method=self.command, url=f"http://{self.headers['Host']}{self.path}", query=query,
            headers={name: value for name, value in self.headers.items() if name.lower() != "authorization"},
        )
        policy.on_request(types.SimpleNamespace(http_request=request, context=types.SimpleNamespace(transport=None)))
        if request.headers["Authorization"] != words:
            raise Failure(403, "AuthenticationFailed")

    def check_token(self, words):
        end = tokens.get(words.removeprefix("Bearer "))
        if end is None or end <= now():
            raise Failure(401, "InvalidAuthenticationInfo")

    def client_token(self):
        form = dict(urllib.parse.parse_qsl(self.body.decode()))
        wanted = {"grant_type": "client_credentials", "scope": "https://storage.azure.com/.default", "client_id": CLIENT_ID}
        if {name: form.get(name) for name in wanted} != wanted or form.get("client_secret") != CLIENT_SECRET:
            return self.answer(401, b'{"error": "invalid_client"}')
        self.token(3600)

    def managed_token(self):
        if self.headers.get("Metadata") != "true" or self.query.get("resource") != "https://storage.azure.com":
            return self.answer(400, b'{"error": "invalid_request"}')
        self.token("3600")

    def token(self, lifetime):
        token = uuid.uuid4().hex
        tokens[token] = now() + datetime.timedelta(seconds=int(lifetime))
        document = {"access_token": token, "token_type": "Bearer", "expires_in": lifetime}
        self.answer(200, json.dumps(document).encode())

    def delegation_key(self):
        if not self.headers["Authorization"].startswith("Bearer "):
            raise Failure(403, "AuthenticationFailed")
        info = ElementTree.fromstring(self.body)
        key = UserDelegationKey()
        key.signed_oid, key.signed_tid, key.signed_service = uuid.uuid4().hex, TENANT, "b"
        key.signed_start, key.signed_expiry = info.findtext("Start"), info.findtext("Expiry")
        key.signed_version = self.headers["x-ms-version"]
        key.value = base64.b64encode(uuid.uuid4().bytes).decode()
        delegation_keys[key.signed_oid] = key
        fields = {
            "SignedOid": key.signed_oid, "SignedTid": key.signed_tid, "SignedStart": key.signed_start,
            "SignedExpiry": key.signed_expiry, "SignedService": key.signed_service, "SignedVersion": key.signed_version,
            "Value": key.value,
        }
        content = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
        self.answer(200, f"<UserDelegationKey>{content}</UserDelegationKey>".encode())

    # Containers

    def list(self):
        if self.query.get("restype") != "container" or self.query.get("comp") != "list":
            raise Failure(400, "InvalidQueryParameterValue")
        prefix, delimiter = self.query.get("prefix", ""), self.query.get("delimiter")
        marker = base64.b64decode(self.query.get("marker", "")).decode()
        with_blocks = "uncommittedblobs" in self.query.get("include", "").split(",")
        entries = {}
        for key, blob in self.blobs.items():
            if not key.startswith(prefix) or (blob.content is None and not with_blocks):
                continue
            rest = key[len(prefix):]
            if delimiter and delimiter in rest:
                name = prefix + rest.split(delimiter)[0] + delimiter
                entries[name] = f"<BlobPrefix><Name>{escape(name)}</Name></BlobPrefix>"
            else:
                facts = f"<Content-Length>{len(blob.content or b'')}</Content-Length><BlobType>{blob.kind}</BlobType>"
                if blob.content is not None:
                    facts += f"<Last-Modified>{blob.modified}</Last-Modified><Etag>{blob.tag[1:-1]}</Etag>"
                entries[key] = f"<Blob><Name>{escape(key)}</Name><Properties>{facts}</Properties></Blob>"
        names = sorted((name for name in entries if name >= marker), key=lambda name: name.encode())
        most = min(int(self.query.get("maxresults", "5000")), 5000)
        next_marker = base64.b64encode(names[most].encode()).decode() if len(names) > most else ""
        found = "".join(entries[name] for name in names[:most])
        self.answer(
            200,
            '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://test/">'
            f"<Blobs>{found}</Blobs><NextMarker>{next_marker}</NextMarker></EnumerationResults>".encode(),
        )

    # Blobs

    def found(self, key):
        blob = self.blobs.get(key)
        if blob is None or blob.content is None:
            raise Failure(404, "BlobNotFound")
        wanted = self.headers.get("If-Match")
        if wanted not in (None, "*", blob.tag):
            raise Failure(412, "ConditionNotMet")
        return blob

    def metadata(self):
        return {name.lower(): value for name, value in self.headers.items() if name.lower().startswith("x-ms-meta-")}

    def copied(self):
        """What the request has the service read, with the source's own signature or token."""
        address = urllib.parse.urlsplit(self.headers["x-ms-copy-source"])
        _, account, container, key = urllib.parse.unquote(address.path).split("/", 3)
        if account != ACCOUNT:
            raise Failure(404, "CannotVerifyCopySource")
        words = self.headers.get("x-ms-copy-source-authorization")
        if words:
            self.check_token(words)
        else:
            query = dict(urllib.parse.parse_qsl(address.query))
            if "sig" not in query:
                raise Failure(401, "CannotVerifyCopySource")
            check_shared_access(query, container, key, "r")
        blob = containers[container].get(key)
        if blob is None or blob.content is None:
            raise Failure(404, "CannotVerifyCopySource")
        wanted = self.headers.get("x-ms-source-range")
        if wanted is None:
            return blob.content
        first, end = ranged(wanted, len(blob.content))
        return blob.content[first:end]

    def blob_head_whole(self, key):
        blob = self.found(key)
        self.answer(200, b"", self.facts(blob) | {"Content-Length": str(len(blob.content))})

    def facts(self, blob):
        fields = {"ETag": blob.tag, "Last-Modified": blob.modified, "x-ms-blob-type": blob.kind}
        return fields | blob.metadata

    def blob_get_whole(self, key):
        blob = self.found(key)
        wanted = self.headers.get("x-ms-range") or self.headers.get("Range")
        if wanted is None:
            return self.answer(200, blob.content, self.facts(blob))
        first, end = ranged(wanted, len(blob.content))
        place = {"Content-Range": f"bytes {first}-{end - 1}/{len(blob.content)}"}
        self.answer(206, blob.content[first:end], self.facts(blob) | place)

    def blob_put_whole(self, key):
        kind = self.headers.get("x-ms-blob-type")
        if kind not in ("BlockBlob", "AppendBlob"):
            raise Failure(400, "InvalidHeaderValue")
        content = self.copied() if "x-ms-copy-source" in self.headers else self.body
        blob = self.blobs.get(key)
        if self.headers.get("If-None-Match") == "*" and blob is not None and blob.content is not None:
            raise Failure(409, "BlobAlreadyExists")
        blob = self.blobs.setdefault(key, Blob())
        blob.put(content, kind, self.metadata())
        self.answer(201, b"", {"ETag": blob.tag})

    def blob_put_appendblock(self, key):
        blob = self.found(key)
        if blob.kind != "AppendBlob":
            raise Failure(409, "InvalidBlobType")
        place = {"x-ms-blob-append-offset": str(len(blob.content)), "x-ms-blob-committed-block-count": "1"}
        blob.put(blob.content + self.body, "AppendBlob", blob.metadata)
        self.answer(201, b"", {"ETag": blob.tag} | place)

    def blob_put_block(self, key):
        content = self.copied() if "x-ms-copy-source" in self.headers else self.body
        if not content:
            raise Failure(400, "InvalidHeaderValue")
        try:
            identity = base64.b64decode(self.query["blockid"], validate=True)
        except binascii.Error as error:
            raise Failure(400, "InvalidQueryParameterValue") from error
        blob = self.blobs.setdefault(key, Blob())
        if blob.kind == "AppendBlob":
            raise Failure(409, "InvalidBlobType")
        if len(identity) > 64 or any(len(other) != len(self.query["blockid"]) for other in blob.committed | blob.uncommitted):
            raise Failure(400, "InvalidBlobOrBlock")
        blob.uncommitted[self.query["blockid"]] = content
        self.answer(201)

    def blob_put_blocklist(self, key):
        blob = self.blobs.get(key, Blob())
        chosen = {}
        for element in ElementTree.fromstring(self.body):
            places = {"Latest": (blob.uncommitted, blob.committed), "Committed": (blob.committed,)}
            for place in places.get(element.tag, (blob.uncommitted,)):
                if element.text in place:
                    chosen[element.text] = place[element.text]
                    break
            else:
                raise Failure(400, "InvalidBlockList")
        if len(chosen) > MOST_BLOCKS:
            raise Failure(400, "BlockListTooLong")
        self.blobs[key] = blob
        blob.put(b"".join(chosen.values()), "BlockBlob", self.metadata(), chosen)
        self.answer(201, b"", {"ETag": blob.tag})

    def blob_get_blocklist(self, key):
        blob = self.blobs.get(key)
        if blob is None or (blob.content is None and not blob.uncommitted):
            raise Failure(404, "BlobNotFound")
        if blob.kind == "AppendBlob":
            raise Failure(409, "InvalidBlobType")
        blocks = "".join(
            f"<Block><Name>{name}</Name><Size>{len(content)}</Size></Block>"
            for name, content in blob.uncommitted.items()
        )
        self.answer(200, f"<BlockList><UncommittedBlocks>{blocks}</UncommittedBlocks></BlockList>".encode())

    def blob_delete_whole(self, key):
        blob = self.found(key)
        blob.content, blob.kind, blob.committed = None, None, {}
        if not blob.uncommitted:
            del self.blobs[key]
        self.answer(202)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
