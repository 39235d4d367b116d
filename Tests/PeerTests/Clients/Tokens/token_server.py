#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""A server of tokens, as Distribution's token authentication wants one.

Arguments: key and certificate (PEM files), then users as NAME:PASSWORD. Prints its port. The user `builder` is granted what it
asks for in `team/`; everybody else, also without a name, may pull there. Signed by openssl with RS256.
"""

import base64
import http.server
import json
import subprocess
import sys
import time
import urllib.parse

KEY, CERTIFICATE, USERS = sys.argv[1], sys.argv[2], dict(user.split(":", 1) for user in sys.argv[3:])


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def granted(scope, user):
    kind, name, actions = scope.split(":", 2)
    allowed = set()
    if kind == "repository" and name.startswith("team/"):
        allowed = {"pull", "push"} if user == "builder" else {"pull"}
    return {"type": kind, "name": name, "actions": sorted(set(actions.split(",")) & allowed)}


def token(user, service, scopes):
    with open(CERTIFICATE, encoding="ascii") as file:
        chain = ["".join(line.strip() for line in file if not line.startswith("-----"))]
    now = int(time.time())
    claims = {"iss": "tests", "sub": user, "aud": service, "exp": now + 300, "nbf": now - 5, "iat": now, "jti": "1"}
    claims["access"] = [granted(scope, user) for scope in scopes]
    parts = [{"typ": "JWT", "alg": "RS256", "x5c": chain}, claims]
    message = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    command = ["openssl", "dgst", "-sha256", "-sign", KEY]
    signature = subprocess.run(command, input=message.encode(), capture_output=True, check=True).stdout
    return message + "." + encoded(signature)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        user = ""
        kind, _, words = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            user, _, password = base64.b64decode(words).decode().partition(":")
            if USERS.get(user) != password:
                self.answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "wrong"}]})
                return
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        scopes = [scope for words in query.get("scope", []) for scope in words.split()]
        value = token(user, query["service"][0], scopes)
        self.answer(200, {"token": value, "access_token": value, "expires_in": 300})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


SERVER = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(SERVER.server_port, flush=True)
SERVER.serve_forever()
