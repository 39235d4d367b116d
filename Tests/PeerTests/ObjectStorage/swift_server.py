#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""OpenStack Swift in one process: Debian's account, container, object and proxy servers, with tempauth or Keystone.

Prints the proxy's port.
"""

import argparse
import os

import eventlet
import eventlet.wsgi

eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

# Nothing of this is to outlive the tests, which would mostly wait for the disk.
os.fsync = os.fdatasync = lambda descriptor: None

# pylint: disable=wrong-import-position
from swift.account.server import AccountController
from swift.common import utils
from swift.common.ring import RingBuilder
from swift.common.wsgi import SwiftHttpProtocol, loadapp
from swift.container.server import ContainerController
from swift.obj.server import ObjectController

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("folder", help="on a file system with extended attributes")
parser.add_argument("--port", type=int, default=0, help="of the proxy, on the loopback address; any if 0")
parser.add_argument("--user", action="append", default=[], metavar="ACCOUNT:NAME:KEY", help="for tempauth")
parser.add_argument("--keystone", metavar="URL", help="in place of tempauth; its user `swift` is the proxy")
parser.add_argument("--password", help="of that user")
parser.add_argument("--remember", type=int, default=300, help="seconds for which a token counts as good; -1 for none")
ARGUMENTS = parser.parse_args()
FOLDER, USERS = ARGUMENTS.folder, [user.split(":", 2) for user in ARGUMENTS.user]
AUTH = "authtoken keystoneauth" if ARGUMENTS.keystone else "tempauth"
PIPELINE = f"catch_errors gatekeeper bulk tempurl {AUTH} copy slo dlo proxy-server"


class Cache:
    """What the proxy would keep in memcached."""

    def __init__(self):
        self.values = {}

    def get(self, key, **_):
        return self.values.get(key)

    def set(self, key, value, time=0, **_):
        # As memcached has it, less than 0 is over at once; nothing here lives as long as more.
        if time >= 0:
            self.values[key] = value

    def delete(self, key, **_):
        self.values.pop(key, None)

    def incr(self, key, delta=1, **_):
        self.values[key] = int(self.values.get(key, 0)) + delta
        return self.values[key]


def written(name, content):
    with open(f"{FOLDER}/{name}", "w", encoding="ascii") as file:
        file.write(content)
    return f"{FOLDER}/{name}"


def listener(port=0):
    return eventlet.listen(("127.0.0.1", port), backlog=512)


def ring(name, port, copies):
    """So many devices, each of which has all."""
    builder = RingBuilder(2, copies, 0)
    for number in range(copies):
        place = {"id": number, "region": 1, "zone": number, "ip": "127.0.0.1", "port": port, "device": f"disk{number}"}
        place |= {"replication_ip": "127.0.0.1", "replication_port": port, "weight": 1, "meta": ""}
        builder.add_dev(place)
        os.makedirs(f"{FOLDER}/devices/{place['device']}", exist_ok=True)
    builder.rebalance()
    builder.get_ring().save(f"{FOLDER}/{name}.ring.gz")


def serve(socket, app):
    eventlet.spawn(eventlet.wsgi.server, socket, app, utils.NullLogger(), protocol=SwiftHttpProtocol, max_size=512)


conf = "[swift-hash]\nswift_hash_path_suffix = test\n[storage-policy:0]\nname = all\ndefault = yes\n"
utils.SWIFT_CONF_FILE = written("swift.conf", conf)
utils.HASH_PATH_SUFFIX = b"test"

# On a busy machine nobody is to give up on the others: what they leave for later shows in lists later.
settings = {"devices": f"{FOLDER}/devices", "mount_check": "false", "swift_dir": FOLDER, "fallocate_reserve": "0"}
settings |= {"conn_timeout": "60", "node_timeout": "60", "container_update_timeout": "60"}
for kind, controller in ("account", AccountController), ("container", ContainerController), ("object", ObjectController):
    socket = listener()
    # Who reads while the only copy is replaced may find none.
    ring(kind, socket.getsockname()[1], 3 if kind == "object" else 1)
    serve(socket, controller(settings))

proxy = listener(ARGUMENTS.port)
port = proxy.getsockname()[1]
filters = "".join(
    f"[filter:{name}]\nuse = egg:swift#{name}\n" for name in PIPELINE.split()[:-1] if name not in AUTH.split()
)
if ARGUMENTS.keystone:
    filters += (
        "[filter:authtoken]\npaste.filter_factory = keystonemiddleware.auth_token:filter_factory\n"
        f"auth_type = password\nauth_url = {ARGUMENTS.keystone}\nwww_authenticate_uri = {ARGUMENTS.keystone}\n"
        f"username = swift\npassword = {ARGUMENTS.password}\nuser_domain_id = default\n"
        "project_name = images\nproject_domain_id = default\ninclude_service_catalog = false\ninterface = public\n"
        f"delay_auth_decision = true\ncache = swift.cache\ntoken_cache_time = {ARGUMENTS.remember}\n"
        "[filter:keystoneauth]\nuse = egg:swift#keystoneauth\noperator_roles = admin\n"
    )
else:
    accounts = "\n".join(f"user_{account}_{name} = {key} .admin" for account, name, key in USERS)
    filters += f"[filter:tempauth]\nuse = egg:swift#tempauth\n{accounts}\n"
app = loadapp(
    written(
        "proxy-server.conf",
        f"[DEFAULT]\nswift_dir = {FOLDER}\n[pipeline:main]\npipeline = {PIPELINE}\n"
        f"[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n"
        f"conn_timeout = 60\nnode_timeout = 60\nerror_suppression_limit = 1000000\n{filters}",
    )
)
cache = Cache()


def cached(environment, start_response):
    environment["swift.cache"] = cache
    return app(environment, start_response)


serve(proxy, cached)
print(port, flush=True)
while True:
    eventlet.sleep(3600)
