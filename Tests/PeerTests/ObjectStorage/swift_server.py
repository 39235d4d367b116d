#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""OpenStack Swift in one process: Debian's account, container, object and proxy servers, with tempauth.

Arguments: folder (on a file system with extended attributes), then users as ACCOUNT:NAME:KEY. Prints the proxy's port.
"""

import os
import sys

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

FOLDER, USERS = sys.argv[1], [user.split(":", 2) for user in sys.argv[2:]]
PIPELINE = "catch_errors gatekeeper bulk tempurl tempauth copy slo dlo proxy-server"


class Cache:
    """What the proxy would keep in memcached."""

    def __init__(self):
        self.values = {}

    def get(self, key, **_):
        return self.values.get(key)

    def set(self, key, value, **_):
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


def listener():
    return eventlet.listen(("127.0.0.1", 0), backlog=512)


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

proxy = listener()
port = proxy.getsockname()[1]
accounts = "\n".join(
    f"user_{account}_{name} = {key} .admin" for account, name, key in USERS
)
filters = "".join(f"[filter:{name}]\nuse = egg:swift#{name}\n" for name in PIPELINE.split()[:-1] if name != "tempauth")
app = loadapp(
    written(
        "proxy-server.conf",
        f"[DEFAULT]\nswift_dir = {FOLDER}\n[pipeline:main]\npipeline = {PIPELINE}\n"
        f"[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n"
        f"conn_timeout = 60\nnode_timeout = 60\nerror_suppression_limit = 1000000\n"
        f"{filters}[filter:tempauth]\nuse = egg:swift#tempauth\n{accounts}\n",
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
