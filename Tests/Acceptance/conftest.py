# SPDX-License-Identifier: Apache-2.0
"""Fixtures: one set of certificates for the session, one server for each module."""

import sqlite3

import pytest

from administrator import Administrator
from parties import ResourceServer
from pki import PKI
from server import BINARY, Server


def pytest_sessionstart(session):
    if not session.config.option.collectonly and not BINARY.exists():
        pytest.exit(f"no program at {BINARY}: run script/build, or set HANDFAST_BINARY", 2)


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    return PKI(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data directory that does not exist yet."""
    return tmp_path_factory.mktemp("data") / "handfast"


@pytest.fixture(scope="module")
def server(data):
    """The module's server, on a fresh directory; it must still be alive at the end."""
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
    return register(server, pki)


@pytest.fixture(scope="module")
def api(server, pki):
    """A client of the module's server that may introspect the tokens of all."""
    return ResourceServer(server, pki)


class Clients:
    """The usual registrations; each attribute is what `client add --json` said."""


def register(server, pki):
    made = Clients()
    made.certificate = pki.self_signed("playground2")
    made.other_certificate = pki.self_signed("other")
    made.self_signed = server.add_client(
        "playground2", "--certificate", made.certificate.certificate, "--scope", "read write"
    )
    made.other = server.add_client("other", "--certificate", made.other_certificate.certificate)
    made.basic = server.add_client(
        "basic", "--auth-method", "client_secret_basic", "--grant-types", "client_credentials"
    )
    made.post = server.add_client(
        "post", "--auth-method", "client_secret_post", "--grant-types", "client_credentials"
    )
    made.leaf = pki.issued("leaf", subject="/O=Handfast/CN=leaf")
    made.authority = server.add_client(
        "authority", "--ca-certificate", pki.root.certificate,
        "--subject-dn", "CN=leaf,O=Handfast", "--grant-types", "client_credentials",
    )  # fmt: skip
    wait_until_known(server, made)
    return made


def wait_until_known(server, made):
    import expect

    parameters = {"grant_type": "client_credentials", "client_id": made.authority["client_id"]}
    expect.eventually(lambda: server.token(parameters, made.leaf).status == 200)


@pytest.fixture(scope="module")
def admin(server):
    return Administrator(server)


@pytest.fixture
def other(fresh):
    """Makes servers with an administrative address of their own, started."""

    def make(address=None, **options):
        env = {"HANDFAST_ADMINISTRATION_ADDRESS": address} if address else {}
        return fresh(env=env, **options).start()

    return make


def contents(books):
    """What stands in a data directory's database, as SQL."""
    connection = sqlite3.connect(f"file:{books.data}/handfast.db?mode=ro", uri=True)
    return "\n".join(connection.iterdump())


@pytest.fixture
def refuse(books):
    """Runs a command that must fail, with these words in its error, and change nothing."""

    def refuse(*arguments, words=(), **more):
        before = contents(books)
        done = books.handfast(*arguments, check=False, **more)
        assert done.returncode in (1, 64), done
        assert not done.stdout.strip()
        for word in words:
            assert word in done.stderr, done.stderr
        assert contents(books) == before
        return done

    return refuse
