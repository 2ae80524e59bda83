# SPDX-License-Identifier: Apache-2.0
"""A probe: curl, as an orchestrator or a collector of metrics asks."""

import json
import socket
import subprocess

from server import Server, free_port

class Probe:
    """The probes' listener of a server, which has one by its environment."""

    def __init__(self, port, secured=False):
        self.port = port
        self.secured = secured

    @property
    def url(self):
        return f"http{'s' if self.secured else ''}://127.0.0.1:{self.port}"

    def curl(self, target, *options, credential=None):
        """One request: the status, the header fields, the content."""
        shown = []
        if credential:
            shown = ["--cert", credential.certificate, "--key", credential.key]
        done = subprocess.run(
            [
                "curl", "-sS", "-i", "-k", "--max-time", "10", *shown, *options,
                f"{self.url}{target}",
            ],
            capture_output=True,
            check=True,
        )  # fmt: skip
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        start, *lines = head.decode().split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines)
        return int(start.split()[1]), {name.lower(): fields[name] for name in fields}, content

    def status(self, target, **more):
        return self.curl(target, **more)[0]

    def json(self, target):
        """The status, and the content of an answer in JSON."""
        status, fields, content = self.curl(target)
        assert fields["content-type"] == "application/json"
        return status, json.loads(content)


class ProbedServer(Server):
    """A server with a listener for probes; `probe` are more of its settings."""

    def __init__(self, data, credential=None, env=None, probe=(), **options):
        self.probe = Probe(free_port(), secured=credential is not None)
        settings = {"ADDRESS": f"127.0.0.1:{self.probe.port}", **dict(probe)}
        if credential:
            settings |= {"CERTIFICATE": credential.certificate, "KEY": credential.key}
        env = {f"HANDFAST_PROBE_{name}": str(value) for name, value in settings.items()} | (
            env or {}
        )
        super().__init__(data, env=env, **options)


def connected(server, source="127.0.0.1", timeout=10):
    return socket.create_connection(
        ("127.0.0.1", server.probe.port), timeout, source_address=(source, 0)
    )
