# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of token exchange: a user, and clients that send tokens to each other."""

import pytest

from exchanges import PASSWORD, USER, Gateway, Web
from oauth import WELL_KNOWN
from server import Server


@pytest.fixture(scope="module")
def server(data):
    running = Server(data)
    running.add_user(USER, PASSWORD)
    with running:
        yield running
        assert running.running, running.log
        assert running.stop() == 0, running.log


@pytest.fixture(scope="module")
def web(server, pki):
    return Web(server, pki)


@pytest.fixture(scope="module")
def gateway(server, pki):
    return Gateway(server, pki)


@pytest.fixture(scope="module")
def impersonator(server, pki):
    return Gateway(server, pki, "impersonator", "--exchange", "impersonate")


@pytest.fixture(scope="module")
def issuer(server):
    return server.get(WELL_KNOWN).json["issuer"]
