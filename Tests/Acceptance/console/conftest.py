# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the console's tests: consoles on the module's server, and browsers that open them."""

import pytest

from browser import Browser
from consoles import Console, Reader


@pytest.fixture
def consoles(server):
    """Makes consoles on the module's server, or on another data directory."""
    made = []

    def make(*options, data=None, **more):
        one = Console(data or server.data, *options, **more)
        made.append(one)
        return one.start()

    yield make
    for one in made:
        one.kill()


@pytest.fixture(scope="module")
def console(server):
    """The module's console, which must end well, and must have said nothing."""
    with Console(server.data) as running:
        yield running
        assert running.running, running.stderr
        assert running.stop() == 0, running.stderr
        assert running.stdout == [running.link] and not running.stderr


@pytest.fixture(scope="module")
def reader(console):
    """The browser without scripts in which the module's console was opened."""
    return Reader(console)


@pytest.fixture
def browser(tmp_path):
    """Chromium, for one test."""
    folder = tmp_path / "browser"
    folder.mkdir()
    with Browser(folder) as one:
        yield one
