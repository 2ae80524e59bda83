# SPDX-License-Identifier: Apache-2.0
"""`script/load-target` makes its folders, serves, and prints three lines that work."""

import json
import shutil
import signal
import subprocess

import pytest

import expect
from administrator import Administrator
from benchmarks import PROGRAM
from seeds import client_id
from server import Server, environment, free_port


class Script(Server):
    """A load target that the script has started in a copy of the tree."""

    def __init__(self, tree):
        super().__init__(tree / "load-target-data", port=free_port())
        self.tree = tree

    def command(self):
        return [self.tree / "script/load-target", "--listen", f"127.0.0.1:{self.port}"]

    @property
    def lines(self):
        """The lines to try: a token, a fault, a load."""
        return [line.strip() for line in self.stdout if line.startswith("    ")]

    def run(self, line):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line], env=environment(), cwd=self.tree,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout


@pytest.fixture
def script(tree):
    """The script, where Benchmarks is built too."""
    assert PROGRAM.exists(), f"no program at {PROGRAM}: script/test builds it"
    (tree / ".build/release/Benchmarks").symlink_to(PROGRAM)
    one = Script(tree)
    yield one
    one.kill()


def test_folders_are_made_once_and_the_three_lines_work(script):
    script.data.mkdir()
    (script.data / "letters.txt").write_text("mine")
    script.launch()
    assert script.wait() == 1 and "is no load target: remove it" in script.log
    assert [file.name for file in script.data.iterdir()] == ["letters.txt"]
    shutil.rmtree(script.data)

    # Parts of an interrupted start are made again.
    (script.tree / "load-target-data.new").mkdir()
    (script.tree / "load-target-clients.new").mkdir()
    script.start(60)
    expect.logged(script, "Seeding 1,000 clients")
    three_lines_work(script)
    assert script.stop() == 0

    # The folders of the first start are used again.
    kept = [script.data / "load-target.json", script.tree / "load-target-clients/ca.pem"]
    times = [file.stat().st_mtime_ns for file in kept]
    script.start()
    assert "Seeding" not in script.log and "Writing" not in script.log
    assert times == [file.stat().st_mtime_ns for file in kept]
    script.run(script.lines[0])
    script.signal(signal.SIGINT)
    expect.eventually(lambda: not script.running)


def three_lines_work(script):
    """A token, a fault, and a load of all clients, by the lines that the script prints."""
    token, fault, load = script.lines
    answer = json.loads(script.run(token))
    assert answer["token_type"] == "Bearer" and answer["access_token"]
    admin = Administrator(script)
    assert admin.json("/load-target/counters?client=load-000001")["tokens"] == 1

    made = json.loads(script.run(fault))["id"]
    (rule,) = admin.json("/load-target/faults")["rules"]
    assert (rule["id"], rule["fault"], rule["client"]) == (made, "delay", "load-0000*")

    script.run(load)
    assert admin.json("/load-target/counters")["tokens"] > 1000
    for number in (1, 500, 1000):
        assert admin.json(f"/load-target/counters?client={client_id(number)}")["tokens"] > 0
    assert admin.json("/load-target/counters")["faults"]["delay"] > 0
