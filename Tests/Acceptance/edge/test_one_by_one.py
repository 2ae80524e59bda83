# SPDX-License-Identifier: Apache-2.0
"""Nodes are upgraded one after the other, and the first that is not ready ends that."""

import os
import signal
import subprocess

import pytest

import expect
from server import BINARY, ROOT, environment, free_port
from wire import Connection, Refused

SCRIPT = ROOT / "Examples/edge/one-by-one"
NAMES = ["node-1", "node-2", "node-3"]
# Stops a node and starts it again with the configuration that is there, as a package does.
RESTART = """#!/bin/bash
set -eu
cd "$(dirname "$0")"
echo "$1" >>order
[ ! -e "$1.broken" ] || exit 3
kill "$(cat "$1.pid")"
# Ended, and perhaps not yet waited for by the test.
until ! grep -qs ') [^Z]' "/proc/$(cat "$1.pid")/stat"; do sleep 0.1; done
setsid HANDFAST serve --config "$1.yaml" --data "$1.data" >>"$1.log" 2>&1 &
echo $! >"$1.pid"
"""


class Nodes:
    """Three nodes of this machine, each with a configuration of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.ports = {name: free_port() for name in NAMES}
        for name, port in self.ports.items():
            self.configure(name, f"listeners: {{main: {{address: '127.0.0.1:{port}'}}}}\n")
            self.start(name)
        lines = [f"{name} localhost:{port}" for name, port in self.ports.items()]
        (folder / "nodes").write_text("# name and address\n\n" + "\n".join(lines) + "\n")
        (folder / "restart").write_text(RESTART.replace("HANDFAST", str(BINARY)))
        (folder / "restart").chmod(0o755)
        for name in NAMES:
            expect.eventually(lambda one=name: self.ready(one), within=10)
        pems = [(folder / f"{name}.data/server.pem").read_text() for name in NAMES]
        (folder / "trusted.pem").write_text("".join(pems))

    def configure(self, name, text):
        (self.folder / f"{name}.yaml").write_text(text)

    def start(self, name):
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [BINARY, "serve", "--config", f"{name}.yaml", "--data", f"{name}.data"],
                cwd=self.folder, env=environment(), stdout=log, stderr=log,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        (self.folder / f"{name}.pid").write_text(str(process.pid))

    def ready(self, name):
        try:
            with Connection(("127.0.0.1", self.ports[name])) as connection:
                return connection.get("/ready").status == 200
        except (Refused, OSError):
            return False

    def run(self, *options, nodes="nodes", trusted="trusted.pem"):
        return subprocess.run(
            [SCRIPT, "--wait", "15", "--settle", "1", "--cacert", trusted, *options, nodes,
             "./restart"],
            cwd=self.folder, env=environment(), capture_output=True, text=True, timeout=90,
        )  # fmt: skip

    @property
    def order(self):
        file = self.folder / "order"
        return file.read_text().split() if file.exists() else []

    def end(self):
        for name in NAMES:
            try:
                os.kill(int((self.folder / f"{name}.pid").read_text()), signal.SIGKILL)
            except ProcessLookupError:
                pass


@pytest.fixture
def nodes(tmp_path):
    made = Nodes(tmp_path)
    yield made
    made.end()


def test_all_are_done_when_each_is_ready_again(nodes):
    before = [(nodes.folder / f"{name}.pid").read_text() for name in NAMES]
    done = nodes.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert nodes.order == NAMES and "all 3 are done" in done.stdout
    assert all(nodes.ready(name) for name in NAMES)
    assert [(nodes.folder / f"{name}.pid").read_text() for name in NAMES] != before


def test_a_node_that_does_not_come_back_ends_it(nodes):
    nodes.configure("node-2", "listeners: {main: {address: nonsense}}\n")
    done = nodes.run("--wait", "3")
    assert done.returncode == 1, done.stdout
    assert nodes.order == ["node-1", "node-2"]
    assert "stopped at node-2: not ready within 3 s" in done.stdout
    assert "done: node-1\n" in done.stdout and "left alone: node-3\n" in done.stdout
    assert nodes.ready("node-1") and not nodes.ready("node-2") and nodes.ready("node-3")
    # Nothing is begun while a node is down.
    again = nodes.run()
    assert again.returncode == 1 and "not ready before anything was done" in again.stdout
    assert "left alone: node-1 node-2 node-3\n" in again.stdout
    assert nodes.order == ["node-1", "node-2"]


def test_a_command_that_fails_ends_it_and_leaves_the_node(nodes):
    (nodes.folder / "node-1.broken").touch()
    done = nodes.run()
    assert done.returncode == 1 and "stopped at node-1: the command failed" in done.stdout
    assert "done: none\n" in done.stdout and "left alone: node-2 node-3\n" in done.stdout
    assert nodes.order == ["node-1"] and all(nodes.ready(name) for name in NAMES)


def test_an_answer_of_somebody_else_is_not_ready(nodes, pki):
    """Who cannot show a trusted certificate says nothing of the node."""
    done = nodes.run(trusted=str(pki.self_signed("impostor", "p256").certificate))
    assert done.returncode == 1 and nodes.order == []
    (nodes.folder / "bad").write_text("node-1\n")
    assert nodes.run(nodes="bad").returncode == 2
    (nodes.folder / "bad").write_text("# none\n")
    assert nodes.run(nodes="bad").returncode == 2 and nodes.order == []
