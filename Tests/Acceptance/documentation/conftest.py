# SPDX-License-Identifier: Apache-2.0
"""Walks through pages; one ends well when no command of its page is left, and no server failed."""

import pytest

from pages import Walk
from server import free_port


@pytest.fixture
def walk(tmp_path):
    """Begins a walk through a page, in a folder of its own."""
    begun = []

    def begin(page, folder=None, **more):
        begun.append(Walk(page, folder or tmp_path / f"walk-{len(begun)}", **more))
        return begun[-1]

    yield begin
    statuses = [status for one in begun for status in one.end()]
    assert [block.text for one in begun for block in one.left] == []
    assert set(statuses) <= {0}


@pytest.fixture
def serving():
    """Parts of a walk that starts a server: a free port, and the issuer that pages print."""
    port = free_port()
    return {
        "port": port,
        "HANDFAST_LISTENERS_MAIN_ADDRESS": f"127.0.0.1:{port}",
        "HANDFAST_ISSUER": "https://localhost:9443",
    }
