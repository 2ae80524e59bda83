# SPDX-License-Identifier: Apache-2.0
"""Each shortcut of handshakes (COpenSSL/Faster) switched off by itself in a server of its own."""

import re

import pytest

import expect
from server import ROOT, Server
from wire import Connection

CC = {"grant_type": "client_credentials"}
# The names that HANDFAST_WITHOUT may have.
SHORTCUTS = re.findall(
    r'^    case \w+ = "(.+)"$', (ROOT / "Sources/Cryptography/Shortcut.swift").read_text(), re.M
)


@pytest.fixture(scope="module")
def known(tmp_path_factory, pki):
    """A data directory with two clients, for one server after another."""
    books = Server(tmp_path_factory.mktemp("shortcuts") / "data")
    clients = []
    for algorithm in ["rsa2048", "p256"]:
        credential = pki.self_signed(f"shortcuts-{algorithm}", algorithm)
        client = books.add_client(algorithm, "--certificate", credential.certificate)
        clients.append((credential, {**CC, "client_id": client["client_id"]}))
    return books.data, clients


@pytest.mark.parametrize("without", [*SHORTCUTS, ",".join(SHORTCUTS)])
def test_without_a_shortcut_everyone_is_served_as_with_it(fresh, known, without):
    data, clients = known
    server = fresh(data, env={"HANDFAST_WITHOUT": without}).start()
    expect.logged(server, without)
    for version in ["1.2", "1.3"]:
        for credential, body in clients:
            # Caches take what comes again.
            for _ in range(3):
                first = server.connect(credential, version)
                claims = expect.verified(
                    expect.token(first.token(body))["access_token"], server.address
                )
                assert claims["cnf"]["x5t#S256"] == credential.thumbprint
            again = Connection(server.address, context=first.context, session=first.session)
            assert again.resumed
            expect.token(again.token(body))
        (rsa, _), (_, other) = clients
        expect.error(server.token(other, rsa, version), "invalid_client")
    assert server.stop() == 0


def test_a_name_that_is_no_shortcuts_is_refused(fresh, known):
    server = fresh(known[0], env={"HANDFAST_WITHOUT": f"{SHORTCUTS[0]},magic"}).launch()
    assert server.wait() == 64
    expect.logged(server, "HANDFAST_WITHOUT: “magic” is not known")
