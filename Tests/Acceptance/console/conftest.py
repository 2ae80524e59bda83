# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the console's tests: consoles on the module's server, and browsers that open them."""

import pytest

import expect
from axe import begin_pages_with_axe
from browser import Browser
from consoles import Console, Reader
from estates import Estate


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


@pytest.fixture(scope="module")
def estate(server, tmp_path_factory):
    """The module's server, full of clients and refusals."""
    return Estate(server, tmp_path_factory.mktemp("estate"))


@pytest.fixture(scope="module")
def window(server, tmp_path_factory):
    """Chromium, and a console of the module's server that is open in it; `console` is that."""
    folder = tmp_path_factory.mktemp("browser")
    with Console(server.data) as running, Browser(folder) as one:
        one.console = running
        one.open(running.link)
        expect.eventually(lambda: running.is_home(one.address), within=5)
        yield one
        assert running.stop() == 0 and not running.stderr


@pytest.fixture(scope="module")
def axe(window):
    """Has every page of the window begin with axe."""
    begin_pages_with_axe(window)


@pytest.fixture
def plain(window):
    """A browser without scripts that has the session of `window`."""
    reader = Reader(window.console, opened=False)
    reader.cookies = {name: one["value"] for name, one in window.cookies().items()}
    return reader


@pytest.fixture
def pages(plain):
    """The addresses of all pages of the console."""
    return plain.crawl()
