# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""Starting, watching and stopping the servers under test."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from http1 import BenchError, Connection

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

# Valid for both servers, so that both do the same: access log on, metrics on, descriptors cached.
CONFIG = """\
version: 0.1
log: {{level: info, fields: {{service: bench}}}}
storage:
  filesystem: {{rootdirectory: {root}}}
  cache: {{blobdescriptor: inmemory}}
  delete: {{enabled: true}}
http:
  addr: 127.0.0.1:{port}
  debug: {{addr: "127.0.0.1:{debug}", prometheus: {{enabled: true, path: /metrics}}}}
"""

# One process, so that /proc/PID/stat holds all its work. No access log: the least a server can do.
NGINX_CONFIG = """\
daemon off;
master_process off;
{user}
pid {root}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  client_body_temp_path {root}/body;
  proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi;
  uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {root}/files;
  }}
}}
"""


def free_ports(count):
    """Ports given by the kernel, all held open until all are known, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Server:
    """One registry with a root of its own below `directory`."""

    ready_path = "/v2/"
    headers = ()  # of requests of the rows that know of it

    def __init__(self, label, binary, directory):
        self.label = label
        self.binary = binary
        self.directory = pathlib.Path(directory) / label
        self.process = None
        self.seeded = False  # holds the images that the GET rows ask for

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def version(self):
        # docker-registry has no `version` command and says so with exit code 0 on stderr.
        for argument in ("version", "--version"):
            run = subprocess.run([self.binary, argument], capture_output=True, text=True, timeout=30)
            if run.returncode == 0 and run.stdout.strip():
                return run.stdout.strip().splitlines()[0]
        return "unknown"

    def start(self):
        """Starts on an empty root."""
        shutil.rmtree(self.directory, ignore_errors=True)
        (self.directory / "root").mkdir(parents=True)
        self.seeded = False
        self._log = self.directory / "log"
        command = self._configure()
        # Variables meant for another registry must not reach this one.
        drop = ("REGISTRY_", "OTEL_", "JOURNAL_STREAM", "NOTIFY_SOCKET", "LISTEN_")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(drop)}
        with open(self._log, "wb") as log:
            # Its own session: Ctrl-C is ours, the server gets its SIGTERM from stop().
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        deadline = time.monotonic() + 30
        while True:
            self.check_alive()
            try:
                with Connection(self.address, timeout=5) as connection:
                    connection.call("GET", self.ready_path, 200, self.headers)
                return
            except BenchError as error:
                if time.monotonic() > deadline:
                    raise BenchError(f"{self.label} is not ready after 30 s: {error}\n{self._log_tail()}") from error
            time.sleep(0.05)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)  # a drain may take 30 s
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def check_alive(self):
        if self.process is None:
            raise BenchError(f"{self.label} is not running")
        code = self.process.poll()
        if code is not None:
            raise BenchError(f"{self.label} ended with {code}\n{self._log_tail()}")

    def how_it_ended(self, text):
        """A lost connection often means that the server is gone: then its last words belong to the failure."""
        try:
            self.check_alive()
        except BenchError as error:
            if str(error) not in text:
                return f"{text}; {error}"
        return text

    def cpu_ticks(self):
        """User and system time of the whole process."""
        text = self._proc("stat")
        # The second field is the name in parentheses and may hold anything: count from its end.
        fields = text[text.rindex(")") + 2 :].split()
        return int(fields[11]) + int(fields[12])

    def reset_peak(self):
        try:
            with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
                file.write("5")
        except OSError:
            pass  # Kernels without it: the peak is then that since the start.

    def peak_rss(self):
        for line in self._proc("status").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0

    def _proc(self, name):
        self.check_alive()
        with open(f"/proc/{self.process.pid}/{name}") as file:
            return file.read()

    def _configure(self):
        self.port, debug = free_ports(2)
        config = self.directory / "config.yml"
        # A JSON string is a YAML string.
        root = json.dumps(str(self.directory / "root"))
        config.write_text(CONFIG.format(root=root, port=self.port, debug=debug))
        return [self.binary, "serve", str(config)]

    def _log_tail(self):
        if not self._log.exists():
            return ""
        with open(self._log, "rb") as log:
            log.seek(max(0, self._log.stat().st_size - 4096))
            lines = log.read().decode("utf-8", "replace").splitlines()[-5:]
        return "".join(f"  {line[:300]}\n" for line in lines)


class Nginx(Server):
    """One file by sendfile: the yardstick for blob downloads."""

    ready_path = "/ready"

    def version(self):
        run = subprocess.run([self.binary, "-v"], capture_output=True, text=True, timeout=30)
        return run.stderr.strip()

    def _configure(self):
        (self.port,) = free_ports(1)
        root = self.directory / "root"
        (root / "files").mkdir()
        (root / "files" / "ready").write_text("ok\n")
        config = self.directory / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""  # the temporary directory is closed to others
        config.write_text(NGINX_CONFIG.format(root=root, port=self.port, user=user))
        return [self.binary, "-c", str(config), "-p", str(root)]

    def add_file(self, name, content):
        (self.directory / "root" / "files" / name).write_bytes(content)
