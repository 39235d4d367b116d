#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""Debian's Keystone, with a project, users, a trust and an application's credential.

Arguments: folder, port of the object store, password of all. Prints a line of JSON that tells the port and the ids.
POST /revoke revokes all tokens that the users of the project have been given, and tells how many.
"""

import base64
import http.client
import json
import os
import sqlite3
import subprocess
import sys
import threading
import wsgiref.simple_server

FOLDER, STORE, PASSWORD = sys.argv[1:4]
os.makedirs(FOLDER, exist_ok=True)
CONF = f"{FOLDER}/keystone.conf"
with open(CONF, "w", encoding="ascii") as file:
    file.write(f"[DEFAULT]\nlog_file = {FOLDER}/keystone.log\n[database]\nconnection = sqlite:///{FOLDER}/keystone.db\n")
    # The fewest there can be: these passwords are worth nothing.
    file.write("[identity]\npassword_hash_rounds = 4\n")
    for section in "fernet_tokens", "fernet_receipts", "credential":
        file.write(f"[{section}]\nkey_repository = {FOLDER}/{section}\n")
        os.makedirs(f"{FOLDER}/{section}")
        # What `keystone-manage fernet_setup` would make, in much more time: the key in waiting, and the one in use.
        for name in "0", "1":
            with open(f"{FOLDER}/{section}/{name}", "wb") as key:
                key.write(base64.urlsafe_b64encode(os.urandom(32)))


def manage(*arguments):
    command = ["/usr/bin/python3", "-W", "ignore", "/usr/bin/keystone-manage", "--config-file", CONF]
    subprocess.run(command + list(arguments), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Server(wsgiref.simple_server.WSGIServer):
    request_queue_size = 128


class Handler(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


server = Server(("127.0.0.1", 0), Handler)
port = server.server_address[1]
manage("db_sync")
# Readers that have not ended keep nobody from writing.
sqlite3.connect(f"{FOLDER}/keystone.db").execute("PRAGMA journal_mode = WAL").fetchall()
manage(
    "bootstrap", "--bootstrap-password", PASSWORD, "--bootstrap-region-id", "one", "--bootstrap-public-url",
    f"http://127.0.0.1:{port}/v3"
)

os.environ["OS_KEYSTONE_CONFIG_FILES"] = CONF
sys.argv = [sys.argv[0], "--config-file", CONF]
# pylint: disable=wrong-import-position
import webob
from keystone.server.wsgi import initialize_public_application

keystone = initialize_public_application()
given, administrator = [], []


def revoked():
    count = 0
    while given:
        headers = {"X-Auth-Token": administrator[0], "X-Subject-Token": given.pop()}
        request = webob.Request.blank("/v3/auth/tokens", method="DELETE", headers=headers)
        count += request.get_response(keystone).status_code == 204
    return webob.Response(str(count))


def answered(environment, start_response):
    """As Keystone answers, and notes the tokens."""
    request = webob.Request(environment)
    if request.path == "/revoke":
        return revoked()(environment, start_response)
    response = request.get_response(keystone)
    if response.status_code == 201 and request.path == "/v3/auth/tokens":
        name = response.json["token"]["user"]["name"]
        if name not in ("admin", "swift"):
            given.append(response.headers["X-Subject-Token"])
    return response(environment, start_response)


server.set_app(answered)
threading.Thread(target=server.serve_forever, daemon=True).start()


def ask(method, path, body, token=None):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Content-Type": "application/json"} | ({"X-Auth-Token": token} if token else {})
    connection.request(method, "/v3" + path, json.dumps(body) if body else None, headers)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status < 300, (method, path, answer.status, content)
    return answer.getheader("X-Subject-Token"), json.loads(content) if content else {}


def token(name):
    user = {"name": name, "domain": {"id": "default"}, "password": PASSWORD}
    project = {"name": "images" if name != "admin" else "admin", "domain": {"id": "default"}}
    identity = {"methods": ["password"], "password": {"user": user}}
    return ask("POST", "/auth/tokens", {"auth": {"identity": identity, "scope": {"project": project}}})[0]


def made(kind, path, token, **fields):
    return ask("POST", path, {kind: fields}, token)[1][kind]["id"]


admin = token("admin")
administrator.append(admin)
roles = {role["name"]: role["id"] for role in ask("GET", "/roles", None, admin)[1]["roles"]}
project = made("project", "/projects", admin, name="images", domain_id="default")
users = {
    name: made("user", "/users", admin, name=name, domain_id="default", password=PASSWORD)
    for name in ("registry", "guest", "swift")
}
ask("PUT", f"/projects/{project}/users/{users['registry']}/roles/{roles['admin']}", None, admin)
ask("PUT", f"/projects/{project}/users/{users['swift']}/roles/{roles['admin']}", None, admin)
service = made("service", "/services", admin, name="swift", type="object-store")
address = f"http://127.0.0.1:{STORE}/v1/AUTH_%(tenant_id)s"
for interface in "public", "internal":
    made("endpoint", "/endpoints", admin, service_id=service, region_id="one", interface=interface, url=address)

registry = token("registry")
trust = made(
    "trust", "/OS-TRUST/trusts", registry, trustor_user_id=users["registry"], trustee_user_id=users["guest"],
    impersonation=True, project_id=project, roles=[{"name": "admin"}],
)
application = made(
    "application_credential", f"/users/{users['registry']}/application_credentials", registry, name="registry",
    secret=PASSWORD,
)
given.clear()
print(json.dumps({"port": port, "project": project, "trust": trust, "application": application}), flush=True)
threading.Event().wait()
