# SPDX-License-Identifier: Apache-2.0
"""The protocol of sd_notify(3), as a supervisor hears it, and quotas of control groups."""

import os
import signal
import socket
import time
from pathlib import Path

import expect
import pytest
from pairs import pair, pair_yaml

MICROSECONDS = 1_000_000


class Supervisor:
    """A socket for what a service tells."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(10)

    def hears(self):
        """The members of the next message."""
        message = self.socket.recv(4096).decode()
        return dict(line.split("=", 1) for line in message.split("\n"))

    def hears_of(self, member):
        while member not in (members := self.hears()):
            pass
        return members

    def is_silent(self, seconds):
        self.socket.settimeout(seconds)
        try:
            return not self.socket.recv(4096)
        except TimeoutError:
            return True


@pytest.fixture(params=["path", "abstract"])
def supervisor(request, tmp_path):
    name = str(tmp_path / "notify") if request.param == "path" else f"\0handfast-{os.getpid()}"
    one = Supervisor(name)
    one.address = name.replace("\0", "@")
    yield one
    one.socket.close()


def test_each_state_is_told(fresh, supervisor, tmp_path):
    path = tmp_path / "server.yaml"
    text = pair_yaml(own=pair(tmp_path, "own")) + "limits:\n  drain_delay_seconds: 2\n"
    path.write_text(text)
    server = fresh(
        options=["--config", path],
        env={"NOTIFY_SOCKET": supervisor.address, "WATCHDOG_USEC": str(4 * MICROSECONDS)},
    )
    server.start()
    ready = supervisor.hears()
    assert ready["READY"] == "1" and server.url.split(":")[-1] in ready["STATUS"]
    assert supervisor.hears() == {"WATCHDOG": "1"}
    assert supervisor.hears() == {"WATCHDOG": "1"}

    before = time.clock_gettime(time.CLOCK_MONOTONIC)
    server.signal(signal.SIGHUP)
    reloading = supervisor.hears_of("RELOADING")
    now = time.clock_gettime(time.CLOCK_MONOTONIC)
    assert before <= int(reloading["MONOTONIC_USEC"]) / MICROSECONDS <= now
    assert supervisor.hears()["READY"] == "1"
    # A configuration that is refused ends the reload as well.
    path.write_text("no_such_key: 1\n")
    server.signal(signal.SIGHUP)
    supervisor.hears_of("RELOADING")
    assert supervisor.hears()["READY"] == "1"
    expect.logged(server, "not reloaded")

    server.signal(signal.SIGTERM)
    stopping = supervisor.hears_of("STOPPING")
    # The delay, and the time that requests have.
    assert int(stopping["EXTEND_TIMEOUT_USEC"]) > 2 * MICROSECONDS
    assert stopping["WATCHDOG_USEC"] == stopping["EXTEND_TIMEOUT_USEC"]
    assert server.wait() == 0


OTHERS = [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}]
UNREACHED = ["/nowhere/notify", "notify", "", "@no-socket-has-this-name", "/" + 200 * "x"]


@pytest.mark.parametrize("more", OTHERS)
def test_a_watchdog_of_others_hears_nothing(fresh, tmp_path, more):
    supervisor = Supervisor(str(tmp_path / "notify"))
    server = fresh(env={"NOTIFY_SOCKET": str(tmp_path / "notify"), **more}).start()
    assert supervisor.hears()["READY"] == "1"
    assert supervisor.is_silent(2.5)
    assert server.stop() == 0
    supervisor.socket.close()


def test_a_start_that_fails_is_never_ready(fresh, supervisor, tmp_path):
    path = tmp_path / "server.yaml"
    path.write_text("reactors: many\n")
    server = fresh(options=["--config", path], env={"NOTIFY_SOCKET": supervisor.address})
    server.launch()
    assert server.wait() != 0
    assert supervisor.is_silent(0.2)


@pytest.mark.parametrize("address", UNREACHED)
def test_a_supervisor_that_cannot_be_reached_is_none(fresh, address):
    server = fresh(env={"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000000"}).start()
    expect.eventually(lambda: server.get("/health").status == 200)
    assert server.stop() == 0


class Group:
    """A control group with a quota of processors, of version 1 or 2."""

    def __init__(self, name, quota):
        first = Path("/sys/fs/cgroup/cpu")
        self.folder = (first if first.is_dir() else Path("/sys/fs/cgroup")) / name
        try:
            self.folder.mkdir()
        except OSError as error:
            pytest.skip(f"no control group can be made here: {error}")
        files = {"cpu.max": f"{quota} 100000", "cpu.cfs_quota_us": f"{quota}"}
        there = [name for name in files if (self.folder / name).exists()]
        if not there:
            self.folder.rmdir()
            pytest.skip("control groups have no quotas of processors here")
        (self.folder / there[0]).write_text(files[there[0]])


@pytest.fixture
def group():
    made = []

    def make(quota):
        made.append(Group(f"handfast-{os.getpid()}-{quota}", quota))
        return made[-1]

    yield make
    for one in made:
        expect.eventually(lambda folder=one.folder: not (folder / "cgroup.procs").read_text(), 10)
        one.folder.rmdir()


def reactors(server):
    return next(int(line["reactors"]) for line in server.records if line["message"] == "serving")


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor is the least")
@pytest.mark.parametrize(("quota", "wanted"), [(50_000, 1), (100_000, 1), (150_000, 2)])
def test_the_quota_of_a_container_bounds_the_reactors(fresh, group, quota, wanted):
    one = group(quota)
    enter = ["sh", "-c", f'echo $$ >{one.folder}/cgroup.procs; exec "$@"', "sh"]
    server = fresh(options=["--listen", "127.0.0.1:0"], flags=False)
    server.prefix = [*enter, *server.prefix]
    server.start()
    assert reactors(server) == min(wanted, len(os.sched_getaffinity(0)))
    assert server.stop() == 0
    # Its twin: a number that was chosen stays.
    server.options += ["--reactors", "3"]
    server.start()
    assert reactors(server) == 3
    assert server.stop() == 0
