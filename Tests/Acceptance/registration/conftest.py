# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of commands on a data directory without a running server."""

import pytest

from database import contents
from server import Server


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """A data directory without a running server."""
    return Server(tmp_path_factory.mktemp("books") / "data")


@pytest.fixture
def refuse(books):
    """Runs a command that must fail, with these words in its error, and change nothing."""

    def refuse(*arguments, words=(), text_input="", **more):
        before = contents(books.data)
        done = books.handfast(*arguments, check=False, text_input=text_input, **more)
        assert done.returncode in (1, 64), done
        assert not done.stdout.strip()
        assert done.stderr.strip() and "fatal error" not in done.stderr.lower()
        for word in words:
            assert word in done.stderr, done.stderr
        assert contents(books.data) == before
        return done

    return refuse
