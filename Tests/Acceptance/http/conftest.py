# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that write requests by hand."""

import pytest

from oauth import CC
from wire import form


@pytest.fixture(scope="module")
def body(clients):
    """A good token request's body, of playground2."""
    return form(CC, client_id=clients.self_signed["client_id"])


@pytest.fixture
def line(server, clients):
    """A connection of playground2."""
    with server.connect(clients.certificate) as connection:
        yield connection
