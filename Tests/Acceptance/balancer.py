# SPDX-License-Identifier: Apache-2.0
"""HAProxy before the nodes of a fleet, as Documentation/fleet.md configures both."""

import os
import re
import shutil
import socket
import subprocess
import threading
import time

import expect
from postgres import Node
from proxies import account, replaced
from server import ROOT, free_port
from wire import Connection, Refused, client_context

PAGE = (ROOT / "Documentation/fleet.md").read_text()


def snippet(name):
    """A configuration out of the page."""
    (found,) = re.findall(rf"<!-- {name} -->\n```\w+\n(.*?)```", PAGE, re.S)
    return found


class BalancedNode(Node):
    """A node with a listener behind the balancer, and one that the test reaches by itself."""

    def __init__(self, fleet, data):
        super().__init__(fleet, data, flags=False)
        self.balanced = free_port()
        text = replaced(
            snippet("node behind the balancer"),
            [("10.0.0.11:9443", f"127.0.0.1:{self.balanced}"), ("10.0.0.10", "127.0.0.1"),
             ("main:", "balanced:")],
        )  # fmt: skip
        direct = f"listeners:\n  main: {{address: '127.0.0.1:{self.port}'}}\n"
        settings = data.with_suffix(".yaml")
        settings.write_text(replaced(text, [("listeners:\n", direct)]))
        self.options = ["--config", str(settings), "--reactors", "2"]
        self.env = {**fleet.settings}
        fleet.nodes.append(self)

    @property
    def drain_delay(self):
        return int(re.search(r"drain_delay_seconds: (\d+)", PAGE)[1])


class Balancer:
    """HAProxy in the foreground; a context manager, ended by its process id."""

    def __init__(self, folder, nodes):
        """`folder` is one that its unprivileged user can enter."""
        self.port, self.folder, self.process = free_port(), folder, None
        changes = [("bind :443", f"bind 127.0.0.1:{self.port}")]
        changes += [
            (f"10.0.0.1{number}:9443", f"127.0.0.1:{node.balanced}")
            for number, node in enumerate(nodes, 1)
        ]
        self.settings = folder / "haproxy.cfg"
        self.settings.write_text(replaced(snippet("balancer"), changes))
        self.settings.chmod(0o644)

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def __enter__(self):
        program = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin")
        self.log = open(self.folder / "haproxy.log", "wb")
        self.process = subprocess.Popen(
            [program, "-db", "-f", self.settings], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, cwd=self.folder, **account(),
        )  # fmt: skip

        def answers():
            assert self.process.poll() is None, (self.folder / "haproxy.log").read_text()
            with socket.socket() as probe:
                return probe.connect_ex(self.address) == 0

        expect.eventually(answers, within=10)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class NewConnections(threading.Thread):
    """A client that opens a connection for every request, and goes on."""

    def __init__(self, address, caller, done):
        super().__init__()
        self.address, self.caller, self.done = address, caller, done
        self.context = client_context(caller.credential)
        self.answered, self.failed = [], []

    def run(self):
        while not self.done.is_set():
            began = time.monotonic()
            try:
                with Connection(self.address, context=self.context) as line:
                    status = line.token(self.caller.body).status
            except (OSError, Refused) as error:
                self.failed.append((began, time.monotonic(), repr(error)))
                continue
            if status == 200:
                self.answered.append((began, time.monotonic() - began))
            else:
                self.failed.append((began, time.monotonic(), status))


class Clients:
    """Some of them at once; a context manager, which waits for their ends."""

    def __init__(self, address, caller, count):
        self.done = threading.Event()
        self.all = [NewConnections(address, caller, self.done) for _ in range(count)]

    def __enter__(self):
        for one in self.all:
            one.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        for one in self.all:
            one.join(30)
            assert not one.is_alive()

    @property
    def answered(self):
        return [one for client in self.all for one in client.answered]

    @property
    def failed(self):
        return [one for client in self.all for one in client.failed]
