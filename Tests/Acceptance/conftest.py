# SPDX-License-Identifier: Apache-2.0
"""Fixtures of all folders: one set of certificates for the session, one server for each module."""

import json
import signal

import pytest

from administrator import Administrator
from clients import Clients
from disks import mounted
from images import Image, require_root
from parties import ResourceServer
from pki import PKI
from schedule import Schedule
from server import BINARY, Server
from spire import TrustDomain
from trees import copied


def pytest_sessionstart(session):
    # The end that `script/test` asks for: fixtures end what they have started.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("ended by SIGTERM", 143))
    if not session.config.option.collectonly and not BINARY.exists():
        pytest.exit(f"no program at {BINARY}: run script/build, or set HANDFAST_BINARY", 2)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Schedule(config, log) if config.option.dist == "loadfile" else None


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    return PKI(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data directory that does not exist yet."""
    return tmp_path_factory.mktemp("data") / "handfast"


@pytest.fixture(scope="module")
def server(data):
    """The module's server, on a fresh directory; checked to be alive at the end."""
    with Server(data) as running:
        yield running
        assert running.running, running.log
        assert running.stop() == 0, running.log


@pytest.fixture
def fresh(tmp_path):
    """Makes servers for one test, each on a data directory of its own unless one is given."""
    made = []

    def make(data=None, **options):
        one = Server(data or tmp_path / f"data-{len(made)}", **options)
        made.append(one)
        return one

    yield make
    for one in made:
        one.kill()


@pytest.fixture(scope="module")
def clients(server, pki):
    """One client for every authentication method, registered while the server runs."""
    return Clients(server, pki)


@pytest.fixture(scope="module")
def api(server, pki):
    """A client of the module's server that may introspect the tokens of all."""
    return ResourceServer(server, pki)


@pytest.fixture(scope="module")
def trusted(server, tmp_path_factory):
    """The certificate of the module's server, for clients that check it."""
    file = tmp_path_factory.mktemp("trusted") / "server.pem"
    server.handfast("certificate", "export", "--out", file)
    return str(file)


@pytest.fixture(scope="module")
def domain(tmp_path_factory):
    """A trust domain with a CA of its own (SPIFFE)."""
    return TrustDomain(tmp_path_factory.mktemp("spire"))


@pytest.fixture(scope="module")
def admin(server):
    return Administrator(server)


@pytest.fixture
def small_disk(tmp_path):
    """A disk that is soon full."""
    with mounted(tmp_path / "small") as disk:
        yield disk


@pytest.fixture
def tree(tmp_path_factory):
    """The scripts, in a tree where `script/build` finds the program under test built already.

    Its path has no test's name in it: the scripts put Unix sockets there, whose paths are short.
    """
    return copied(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    """The image that `script/image` makes of the program under test; no test changes it."""
    return Image.made(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def unpacked(image, tmp_path_factory):
    """The image as umoci unpacks it, with a configuration for runtimes; no test changes it."""
    require_root()
    folder = tmp_path_factory.mktemp("unpacked") / "bundle"
    image.unpack(folder)
    return folder


@pytest.fixture
def bundle(unpacked, tmp_path):
    """A bundle of the test's own, on the root that all share."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    configuration = json.loads((unpacked / "config.json").read_text())
    configuration["root"]["path"] = str(unpacked / "rootfs")
    (folder / "config.json").write_text(json.dumps(configuration))
    return folder
