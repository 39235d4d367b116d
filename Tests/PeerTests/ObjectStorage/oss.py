#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""A server of Aliyun OSS for tests, written from Aliyun's API reference; it keeps objects in memory.

usage: oss.py BUCKET ACCESS_KEY_ID ACCESS_KEY_SECRET

Signatures of versions 1 and 4, in the header and in addresses, are computed by Aliyun's own library (alibabacloud-oss-v2)
and compared with what came. The bucket stands in the path, as it does where a server is known by its address.

The first line of the output is the port.
"""

import base64
import datetime
import hashlib
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from email.utils import formatdate, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from alibabacloud_oss_v2.credentials import Credentials
from alibabacloud_oss_v2.signer import SignerV1, SignerV4
from alibabacloud_oss_v2.types import HttpRequest, SigningContext

BUCKET, KEY_ID, KEY_SECRET = sys.argv[1:4]
REGION = "cn-hangzhou"
SMALLEST_PART = 100 << 10
LARGEST_COPY = 1 << 30
LONGEST_SKEW = 15 * 60

lock = threading.Lock()
objects = {}
uploads = {}
numbers = iter(range(1, 1 << 62))


class Refusal(Exception):
    def __init__(self, status, code, message=""):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


class Object:
    def __init__(self, content, headers, etag=None):
        self.content = content
        self.etag = etag or '"%s"' % hashlib.md5(content).hexdigest().upper()
        self.modified = time.time()
        self.meta = {name: value for name, value in headers.items() if name.startswith("x-oss-meta-")}
        self.type = headers.get("content-type", "application/octet-stream")


class Upload:
    def __init__(self, key, headers):
        self.key, self.headers, self.parts, self.begun = key, headers, {}, time.time()


def timestamp(moment):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(moment))


# Signatures


def recomputed(signer, method, url, headers, key, moment, expiry=None):
    """The request as Aliyun's library signs it."""
    request = HttpRequest(method, url, headers=dict(headers))
    context = SigningContext(
        product="oss",
        region=REGION,
        bucket=BUCKET,
        key=key,
        request=request,
        credentials=Credentials(KEY_ID, KEY_SECRET),
        signing_time=moment,
    )
    if expiry is not None:
        context.auth_method_query = True
        context.expiration_time = expiry
    signer.sign(context)
    return request


def check_skew(moment):
    now = datetime.datetime.now(datetime.timezone.utc)
    if abs((now - moment).total_seconds()) > LONGEST_SKEW:
        raise Refusal(403, "RequestTimeTooSkewed", "The difference between the request time and the server time is too large.")


def iso(text):
    moment = datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ")
    return moment.replace(tzinfo=datetime.timezone.utc)


def check_key(key_id):
    if key_id != KEY_ID:
        raise Refusal(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.")


def check_equal(mine, theirs):
    if mine != theirs:
        raise Refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")


def fields_of(authorization):
    return dict(part.strip().split("=", 1) for part in authorization.split(" ", 1)[1].split(","))


def check_signature(method, target, headers, key):
    parts = urlsplit(target)
    pairs = [pair for pair in parts.query.split("&") if pair]
    query = dict(parse_qsl(parts.query, keep_blank_values=True))

    def url_without(*names):
        kept = [pair for pair in pairs if pair.partition("=")[0] not in names]
        return "http://host" + parts.path + ("?" + "&".join(kept) if kept else "")

    authorization = headers.get("authorization", "")
    signed = {name: value for name, value in headers.items() if name != "authorization"}
    if authorization.startswith("OSS4-HMAC-SHA256 "):
        fields = fields_of(authorization)
        check_key(fields["Credential"].split("/")[0])
        moment = iso(headers["x-oss-date"])
        check_skew(moment)
        request = recomputed(SignerV4(), method, url_without(), signed, key, moment)
        check_equal(fields_of(request.headers["Authorization"]), fields)
    elif authorization.startswith("OSS "):
        check_key(authorization[4:].split(":")[0])
        moment = parsedate_to_datetime(headers.get("x-oss-date") or headers["date"])
        check_skew(moment)
        request = recomputed(SignerV1(), method, url_without(), signed, key, moment)
        check_equal(request.headers["Authorization"], authorization)
    elif "x-oss-signature" in query:
        check_key(query["x-oss-credential"].split("/")[0])
        moment = iso(query["x-oss-date"])
        expiry = moment + datetime.timedelta(seconds=int(query["x-oss-expires"]))
        if expiry < datetime.datetime.now(datetime.timezone.utc):
            raise Refusal(403, "AccessDenied", "Request has expired.")
        names = ("x-oss-signature", "x-oss-date", "x-oss-expires", "x-oss-credential", "x-oss-signature-version")
        request = recomputed(SignerV4(), method, url_without(*names), {}, key, moment, expiry)
        check_equal(dict(parse_qsl(urlsplit(request.url).query))["x-oss-signature"], query["x-oss-signature"])
    elif "Signature" in query:
        check_key(query["OSSAccessKeyId"])
        expiry = datetime.datetime.fromtimestamp(int(query["Expires"]), datetime.timezone.utc)
        if expiry < datetime.datetime.now(datetime.timezone.utc):
            raise Refusal(403, "AccessDenied", "Request has expired.")
        url = url_without("Signature", "Expires", "OSSAccessKeyId")
        request = recomputed(SignerV1(), method, url, {}, key, None, expiry)
        check_equal(dict(parse_qsl(urlsplit(request.url).query))["Signature"], query["Signature"])
    else:
        raise Refusal(403, "AccessDenied", "You have no right to access this object.")
    return query


# Operations; each is called with the lock held.


def found(key):
    if key not in objects:
        raise Refusal(404, "NoSuchKey", "The specified key does not exist.")
    return objects[key]


def upload_of(query, key):
    upload = uploads.get(query["uploadId"])
    if upload is None or upload.key != key:
        raise Refusal(404, "NoSuchUpload", "The specified upload does not exist.")
    return upload


def byte_range(text, size):
    """Of `bytes=0-9`; None for a range that nothing is in."""
    first, _, last = text.removeprefix("bytes=").partition("-")
    start, end = int(first), min(int(last) if last else size - 1, size - 1)
    return (start, end + 1) if start <= end else None


def source_of(headers):
    bucket, _, key = unquote(headers["x-oss-copy-source"]).lstrip("/").partition("/")
    if bucket != BUCKET:
        raise Refusal(404, "NoSuchBucket")
    return found(key)


def put(key, query, headers, body):
    if "uploadId" in query:
        upload = upload_of(query, key)
        if "x-oss-copy-source" in headers:
            body = source_of(headers).content
            if "x-oss-copy-source-range" in headers:
                start, end = byte_range(headers["x-oss-copy-source-range"], len(body))
                body = body[start:end]
        part = Object(body, {})
        upload.parts[int(query["partNumber"])] = part
        if "x-oss-copy-source" in headers:
            return 200, {}, document("CopyPartResult", f"<ETag>{escape(part.etag)}</ETag>")
        return 200, {"ETag": part.etag}, b""
    if "x-oss-copy-source" in headers:
        source = source_of(headers)
        if len(source.content) > LARGEST_COPY:
            raise Refusal(400, "EntityTooLarge")
        replaces = headers.get("x-oss-metadata-directive", "COPY") == "REPLACE"
        kept = headers if replaces else {**source.meta, "content-type": source.type}
        objects[key] = Object(source.content, kept)
        return 200, {}, document("CopyObjectResult", f"<ETag>{escape(objects[key].etag)}</ETag>")
    objects[key] = Object(body, headers)
    return 200, {"ETag": objects[key].etag}, b""


def get(key, query, headers):
    if "uploadId" in query:
        return parts(key, query)
    item = found(key)
    answer = {"ETag": item.etag, "Content-Type": item.type, "Last-Modified": formatdate(item.modified, usegmt=True), **item.meta}
    if headers.get("if-match", item.etag) != item.etag:
        raise Refusal(412, "PreconditionFailed")
    if "range" not in headers:
        return 200, answer, item.content
    given = byte_range(headers["range"], len(item.content))
    if given is None:
        if headers.get("x-oss-range-behavior") == "standard":
            raise Refusal(416, "InvalidRange")
        return 200, answer, item.content
    answer["Content-Range"] = f"bytes {given[0]}-{given[1] - 1}/{len(item.content)}"
    return 206, answer, item.content[given[0] : given[1]]


def post(key, query, headers, body):
    if key is None and "delete" in query:
        if base64.b64encode(hashlib.md5(body).digest()).decode() != headers.get("content-md5"):
            raise Refusal(400, "InvalidDigest")
        names = [item.text for item in ElementTree.fromstring(body).iter() if item.tag.endswith("Key")]
        if len(names) > 1000:
            raise Refusal(400, "MalformedXML")
        for name in names:
            objects.pop(name, None)
        told = "" if b"<Quiet>true</Quiet>" in body else "".join(f"<Deleted><Key>{escape(name)}</Key></Deleted>" for name in names)
        return 200, {}, document("DeleteResult", told)
    if "uploads" in query:
        number = f"{next(numbers):032X}"
        uploads[number] = Upload(key, headers)
        return 200, {}, document("InitiateMultipartUploadResult", f"<UploadId>{number}</UploadId>")
    if "uploadId" in query:
        return complete(key, query, body)
    raise Refusal(501, "NotImplemented")


def complete(key, query, body):
    upload = upload_of(query, key)
    wanted = []
    for part in ElementTree.fromstring(body):
        fields = {item.tag.rpartition("}")[2]: item.text for item in part}
        wanted.append((int(fields["PartNumber"]), fields["ETag"]))
    if not wanted or wanted != sorted(wanted):
        raise Refusal(400, "InvalidPartOrder")
    chosen = []
    for number, etag in wanted:
        part = upload.parts.get(number)
        if part is None or part.etag.strip('"') != etag.strip('"'):
            raise Refusal(400, "InvalidPart", "One or more of the specified parts could not be found.")
        chosen.append(part.content)
    if any(len(content) < SMALLEST_PART for content in chosen[:-1]):
        raise Refusal(400, "EntityTooSmall", "Your proposed upload smaller than the minimum allowed size.")
    whole = b"".join(chosen)
    objects[key] = Object(whole, upload.headers, f'"{next(numbers):032X}-{len(chosen)}"')
    del uploads[query["uploadId"]]
    return 200, {}, document("CompleteMultipartUploadResult", f"<ETag>{escape(objects[key].etag)}</ETag>")


def delete(key, query):
    if "uploadId" in query:
        upload_of(query, key)
        del uploads[query["uploadId"]]
    else:
        objects.pop(key, None)
    return 204, {}, b""


def parts(key, query):
    upload = upload_of(query, key)
    after = int(query.get("part-number-marker") or 0)
    limit = int(query.get("max-parts") or 1000)
    numbers = sorted(number for number in upload.parts if number > after)
    items = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(upload.parts[number].etag)}</ETag>"
        f"<LastModified>{timestamp(upload.parts[number].modified)}</LastModified>"
        f"<Size>{len(upload.parts[number].content)}</Size></Part>"
        for number in numbers[:limit]
    )
    rest = f"<IsTruncated>{str(len(numbers) > limit).lower()}</IsTruncated>"
    rest += f"<NextPartNumberMarker>{numbers[:limit][-1] if numbers else 0}</NextPartNumberMarker>"
    return 200, {}, document("ListPartsResult", items + rest)


def listed(query):
    """ListObjectsV2."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after = query.get("start-after", "")
    if "continuation-token" in query:
        after = base64.b64decode(query["continuation-token"]).decode()
    limit = int(query.get("max-keys") or 100)
    contents, folders, last, is_truncated = [], [], None, False
    for key in sorted(objects, key=str.encode):
        if not key.startswith(prefix) or key.encode() <= after.encode() or (folders and key.startswith(folders[-1])):
            continue
        place = key.find(delimiter, len(prefix)) if delimiter else -1
        folder = key[: place + len(delimiter)] if place >= 0 else None
        # A folder that the page before has told is not told again.
        if folder is not None and after.startswith(folder):
            continue
        if len(contents) + len(folders) >= limit:
            is_truncated = True
            break
        if folder is not None:
            folders.append(folder)
            last = folder
        else:
            contents.append(key)
            last = key
    encode = (lambda text: quote(text, safe="")) if query.get("encoding-type") == "url" else escape
    body = "".join(
        f"<Contents><Key>{encode(key)}</Key><LastModified>{timestamp(objects[key].modified)}</LastModified>"
        f"<ETag>{escape(objects[key].etag)}</ETag><Type>Normal</Type><Size>{len(objects[key].content)}</Size>"
        "<StorageClass>Standard</StorageClass></Contents>"
        for key in contents
    )
    body += "".join(f"<CommonPrefixes><Prefix>{encode(folder)}</Prefix></CommonPrefixes>" for folder in folders)
    if query.get("encoding-type") == "url":
        body += "<EncodingType>url</EncodingType>"
    body += f"<IsTruncated>{str(is_truncated).lower()}</IsTruncated>"
    if is_truncated:
        # Behind all of a folder, where one is last.
        mark = last + "\U0010ffff" if last.endswith(delimiter) and delimiter else last
        body += f"<NextContinuationToken>{base64.b64encode(mark.encode()).decode()}</NextContinuationToken>"
    return 200, {}, document("ListBucketResult", body)


def listed_uploads(query):
    """ListMultipartUploads."""
    after = (query.get("key-marker", ""), query.get("upload-id-marker", ""))
    limit = int(query.get("max-uploads") or 1000)
    found = sorted((upload.key, number) for number, upload in uploads.items() if upload.key.startswith(query.get("prefix", "")))
    found = [place for place in found if place > after]
    encode = (lambda text: quote(text, safe="")) if query.get("encoding-type") == "url" else escape
    body = "".join(
        f"<Upload><Key>{encode(key)}</Key><UploadId>{number}</UploadId>"
        f"<Initiated>{timestamp(uploads[number].begun)}</Initiated></Upload>"
        for key, number in found[:limit]
    )
    if query.get("encoding-type") == "url":
        body += "<EncodingType>url</EncodingType>"
    body += f"<IsTruncated>{str(len(found) > limit).lower()}</IsTruncated>"
    if found[:limit]:
        key, number = found[:limit][-1]
        body += f"<NextKeyMarker>{encode(key)}</NextKeyMarker><NextUploadIdMarker>{number}</NextUploadIdMarker>"
    return 200, {}, document("ListMultipartUploadsResult", body)


def document(name, content):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}>{content}</{name}>'.encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        bucket, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        try:
            if bucket != BUCKET:
                raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist.")
            query = check_signature(self.command, self.path, headers, key or None)
            with lock:
                status, fields, answer = self.answer(key or None, query, headers, body)
        except Refusal as refusal:
            words = f"<Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message>"
            status, fields, answer = refusal.status, {"Content-Type": "application/xml"}, document("Error", words)
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def answer(self, key, query, headers, body):
        if key is None and self.command == "GET":
            return listed_uploads(query) if "uploads" in query else listed(query)
        if self.command == "POST":
            return post(key, query, headers, body)
        if key is not None and self.command == "PUT":
            return put(key, query, headers, body)
        if key is not None and self.command in ("GET", "HEAD"):
            return get(key, query, headers)
        if key is not None and self.command == "DELETE":
            return delete(key, query)
        raise Refusal(405, "MethodNotAllowed")

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
