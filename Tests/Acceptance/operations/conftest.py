# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that measure the program, of those of probes, and of those of owners."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from allocations import library
from probing import ProbedServer
from server import BINARY


@pytest.fixture(scope="module")
def release():
    """The release program; other builds have other code in them, and skip."""
    linked = subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout
    if "libjemalloc" not in linked:
        pytest.skip("the program is linked without jemalloc: a sanitizer brings its own allocator")
    if BINARY.resolve().parent.name == "debug":
        pytest.skip("a debug build allocates more and is larger: the bars are of the release")
    return BINARY


@pytest.fixture
def stuck(tmp_path):
    """A server with probes whose first reactor is stuck while a file is there, and the file."""
    file = tmp_path / "stuck"
    env = {
        "LD_PRELOAD": str(library("stuck_reactor.c", tmp_path)), "HANDFAST_STUCK": str(file),
    }  # fmt: skip
    with ProbedServer(tmp_path / "data", env=env) as server:
        yield server, file
        file.unlink(missing_ok=True)


@pytest.fixture
def probed(tmp_path):
    """Makes servers with a listener for probes, for one test."""
    made = []

    def make(credential=None, **options):
        one = ProbedServer(tmp_path / f"probed-{len(made)}", credential, **options)
        made.append(one)
        return one.start()

    yield make
    for one in made:
        one.kill()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The module's server, whose probes speak plain HTTP; checked to be alive at the end."""
    with ProbedServer(tmp_path_factory.mktemp("plain") / "data") as running:
        yield running
        assert running.running, running.log
        assert running.stop() == 0, running.log


@pytest.fixture(scope="module")
def credentials(pki):
    """Of the listener, of a collector, and of those who are none."""

    class Credentials:
        server = pki.self_signed("probe-server", "p256", "/CN=probe.test")
        collector = pki.self_signed("collector", "p256", "/CN=collector")
        namesake = pki.self_signed("collector-namesake", "p256", "/CN=collector")
        stranger = pki.self_signed("probe-stranger", "rsa2048", "/CN=stranger")

    return Credentials


@pytest.fixture(scope="module")
def secured(tmp_path_factory, credentials):
    """The module's server, whose probes speak TLS, with metrics for one collector."""
    probe = {"METRICS": "true", "METRICS_CLIENTS": credentials.collector.certificate}
    data = tmp_path_factory.mktemp("secured") / "data"
    with ProbedServer(data, credentials.server, probe=probe) as running:
        yield running
        assert running.running, running.log
        assert running.stop() == 0, running.log


@pytest.fixture
def place():
    """A folder that every user may enter, with the program."""
    folder = Path(tempfile.mkdtemp(prefix="handfast-owner-"))
    folder.chmod(0o755)
    shutil.copy(BINARY, folder / "handfast")
    yield folder
    shutil.rmtree(folder)
