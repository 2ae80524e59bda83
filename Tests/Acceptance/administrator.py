# SPDX-License-Identifier: Apache-2.0
"""An administrator, who reads metrics and switches clients off: curl, or bytes on the socket."""

import json
import socket
import subprocess
import time

from prometheus_client.parser import text_string_to_metric_families

import expect
from oauth import CC


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
    def families(self):
        return list(text_string_to_metric_families(self.metrics_text))

    @property
    def samples(self):
        return [sample for family in self.families for sample in family.samples]

    @property
    def metrics(self):
        """The value of each series without labels."""
        return {sample.name: sample.value for sample in self.samples if not sample.labels}

    def series(self, name, **labels):
        """The value of one sample; 0 where it is not told."""
        for sample in self.samples:
            if sample.name == f"handfast_{name}" and sample.labels == labels:
                return sample.value
        return 0

    def connect(self, timeout=15):
        if self.port:
            return socket.create_connection(("127.0.0.1", self.port), timeout)
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(timeout)
        one.connect(str(self.path))
        return one

    def request(self, target="/health", method="GET", more=""):
        """The bytes of a good request."""
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{self.bearer}\r\n"
        return f"{head}{more}\r\n".encode()


class Switched:
    """A client of a server, its requests, and its record in the store."""

    def __init__(self, server, pki, name):
        self.server, self.admin = server, Administrator(server)
        self.credential = pki.self_signed(name)
        made = server.add_client(name, "--certificate", self.credential.certificate)
        self.id = made["client_id"]
        self.body = {**CC, "client_id": self.id}
        expect.eventually(lambda: self.status == 200)

    @property
    def status(self):
        return self.server.token(self.body, self.credential).status

    @property
    def enabled_in_the_store(self):
        shown = self.server.handfast("client", "show", self.id, "--json")
        return json.loads(shown.stdout)["enabled"]

    def request(self, change, more="Connection: close\r\n"):
        return self.admin.request(f"/clients/{self.id}/{change}", "POST", more)

    def asking(self, change):
        """A connection on which the switch was asked for, and its answer is still to come."""
        one = self.admin.connect()
        one.sendall(self.request(change))
        return one


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
