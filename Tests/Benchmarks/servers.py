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
import ssl
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
CONFIG_TLS = """  tls: {{certificate: {certificate}, key: {key}, minimumtls: tls1.3}}
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
  server {{
    listen 127.0.0.1:{tls_port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites {suite};
    ssl_buffer_size 16k;
    root {root}/files;
  }}
}}
"""


class Encryption:
    """One certificate for all servers, and TLS 1.3 with the suite that Plimsoll's library chooses of those of OpenSSL's clients.

    The peer is left alone: Go takes AES-128, which costs it a little less.
    """

    suite = "TLS_AES_256_GCM_SHA384"

    def __init__(self, directory):
        self.certificate = pathlib.Path(directory) / "certificate.pem"
        self.key = pathlib.Path(directory) / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "2"]
            + ["-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"]
            + ["-keyout", str(self.key), "-out", str(self.certificate)],
            check=True,
            capture_output=True,
        )
        self.context = ssl.create_default_context(cafile=str(self.certificate))
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3

    def check(self, server):
        """The two that are compared must do the same work."""
        with socket.create_connection(server.address[:2]) as plain:
            with self.context.wrap_socket(plain, server_hostname="127.0.0.1") as encrypted:
                if encrypted.cipher()[0] != self.suite:
                    raise BenchError(f"{server.label} speaks {encrypted.cipher()}, not {self.suite}")


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

    def __init__(self, label, binary, directory, encryption=None):
        self.encryption = encryption
        self.encrypted = False  # whether it speaks TLS at its address, from its next start on
        self.label = label
        self.binary = binary
        self.directory = pathlib.Path(directory) / label
        self.process = None
        self.seeded = False  # holds the images that the GET rows ask for

    @property
    def address(self):
        return ("127.0.0.1", self.port, self.encryption.context) if self.encrypted else ("127.0.0.1", self.port)

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
        drop = ("REGISTRY_", "OTEL_", "AWS_", "JOURNAL_STREAM", "NOTIFY_SOCKET", "LISTEN_")
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
        text = CONFIG.format(root=root, port=self.port, debug=debug)
        if self.encrypted:
            files = {"certificate": str(self.encryption.certificate), "key": str(self.encryption.key)}
            text += CONFIG_TLS.format(**{name: json.dumps(path) for name, path in files.items()})
        config.write_text(text)
        return [self.binary, "serve", str(config)]

    def encrypt(self, wanted):
        """Has the server speak TLS, or not; another start if that is another than before."""
        if self.encrypted != wanted:
            self.stop()
            self.encrypted = wanted
            self.start()

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

    @property
    def address(self):
        return ("127.0.0.1", self.tls_port, self.encryption.context) if self.encrypted else ("127.0.0.1", self.port)

    def encrypt(self, wanted):
        self.encrypted = wanted  # both at a time

    def _configure(self):
        self.port, self.tls_port = free_ports(2)
        root = self.directory / "root"
        (root / "files").mkdir()
        (root / "files" / "ready").write_text("ok\n")
        config = self.directory / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""  # the temporary directory is closed to others
        files = {"certificate": self.encryption.certificate, "key": self.encryption.key, "suite": self.encryption.suite}
        config.write_text(NGINX_CONFIG.format(root=root, port=self.port, tls_port=self.tls_port, user=user, **files))
        return [self.binary, "-c", str(config), "-p", str(root)]

    def add_file(self, name, content):
        (self.directory / "root" / "files" / name).write_bytes(content)
