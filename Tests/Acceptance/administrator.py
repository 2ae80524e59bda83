# SPDX-License-Identifier: Apache-2.0
"""Whoever looks at a server and switches clients off: curl, or bytes on the socket."""

import json
import socket
import subprocess
import time

from prometheus_client.parser import text_string_to_metric_families


class Administrator:
    """Speaks over the administrative listener of `server`, with the token of its directory."""

    def __init__(self, server, port=None):
        self.server = server
        self.port = port

    @property
    def path(self):
        return self.server.data / "admin.sock"

    @property
    def token(self):
        return (self.server.data / "admin.token").read_text().strip()

    @property
    def bearer(self):
        return f"Authorization: Bearer {self.token}"

    def curl(self, target, *options, fields=None):
        """One request by curl: status, header fields, body. `fields` replaces the credential."""
        headers = [self.bearer] if fields is None else fields
        where = ["--unix-socket", self.path] if not self.port else []
        done = subprocess.run(
            [
                "curl", "-sS", "-i", "--max-time", "10", *where, *options,
                *[part for field in headers for part in ("-H", field)],
                f"http://localhost:{self.port or 80}{target}",
            ],
            capture_output=True,
            check=True,
        )  # fmt: skip
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        start, *lines = head.decode().split("\r\n")
        fields = {}
        for line in lines:
            name, value = line.split(": ", 1)
            assert name.lower() not in fields
            fields[name.lower()] = value
        return int(start.split()[1]), fields, body

    def json(self, target):
        status, fields, body = self.curl(target)
        assert (status, fields["content-type"]) == (200, "application/json"), (status, body)
        return json.loads(body)

    def post(self, target, *options):
        return self.curl(target, "-X", "POST", *options)

    @property
    def metrics_text(self):
        status, fields, body = self.curl("/metrics")
        assert status == 200
        assert fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return body.decode()

    @property
    def metrics(self):
        """The value of each series without labels."""
        families = text_string_to_metric_families(self.metrics_text)
        return {s.name: s.value for family in families for s in family.samples if not s.labels}

    def connect(self, timeout=15):
        if self.port:
            return socket.create_connection(("127.0.0.1", self.port), timeout)
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(timeout)
        one.connect(str(self.path))
        return one

    def request(self, target="/health", method="GET", more=""):
        """The bytes of a good request."""
        return f"{method} {target} HTTP/1.1\r\nHost: a\r\n{self.bearer}\r\n{more}\r\n".encode()


def everything(connection):
    """All that the peer sends until it closes."""
    data = b""
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionError:
            return data
        if not part:
            return data
        data += part


def seconds_until_closed(connection):
    began = time.monotonic()
    everything(connection)
    return time.monotonic() - began
