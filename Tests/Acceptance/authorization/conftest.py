# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of pages and codes: a user, and clients that send users to the server."""

import pytest

from codes import PASSWORD, USER, CodeClient
from server import Server


@pytest.fixture(scope="module")
def server(data):
    """The module's server, with a user; public clients are let in too."""
    running = Server(data, env={"HANDFAST_AUTHENTICATION_NONE": "true"})
    running.add_user(USER, PASSWORD)
    with running:
        yield running
        assert running.running, running.log
        assert running.stop() == 0, running.log


@pytest.fixture(scope="module")
def portal(server, pki):
    """A client with codes and refresh tokens."""
    return CodeClient(server, pki, "portal", "--scope", "read write")


@pytest.fixture(scope="module")
def shop(server, pki):
    """Another one, with the same redirect URI."""
    return CodeClient(server, pki, "shop")
