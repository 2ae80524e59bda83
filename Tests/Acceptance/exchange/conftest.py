# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of token exchange: a user, and clients that send tokens to each other."""

import pytest

from exchanges import Gateway, Web, server_with_user
from oauth import WELL_KNOWN


@pytest.fixture(scope="module")
def server(data):
    with server_with_user(data) as running:
        yield running


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
