# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of `handfast apply` and `handfast export`."""

import json

import pytest

from database import contents
from server import Server


class Books(Server):
    """A data directory without a running server, and declarations for it."""

    def declare(self, text, name="clients.yaml"):
        """A file beside the data directory with this text."""
        file = self.data.parent / name
        file.write_text(text if isinstance(text, str) else json.dumps(text))
        return file

    def apply(self, text, *options, status=0, name="clients.yaml"):
        """Applies a text; returns what the command said."""
        file = self.declare(text, name if isinstance(text, str) else "clients.json")
        done = self.handfast("apply", "-f", file, *options, check=False, timeout=300)
        assert done.returncode == status, done
        return done

    def refuse(self, text, *options, words=()):
        """A declaration that must be refused, with these words, and that changes nothing."""
        before = contents(self.data)
        done = self.apply(text, *options, status=1)
        assert not done.stdout.strip() and "fatal error" not in done.stderr.lower()
        for word in words:
            assert word in done.stderr, done.stderr
        assert contents(self.data) == before
        return done

    def export(self, *options):
        return self.handfast("export", *options).stdout

    def show(self, client):
        return json.loads(self.handfast("client", "show", client, "--json").stdout)

    def names(self):
        return {client["client_name"] for client in self.listed()}

    def listed_ids(self):
        return {client["client_id"] for client in self.listed()}

    def listed(self):
        return json.loads(self.handfast("client", "list", "--json").stdout)


@pytest.fixture
def books(tmp_path):
    """One for each test, with a user, so that there is a database."""
    made = Books(tmp_path / "data")
    made.handfast("user", "add", "keeper", "--password-stdin", text_input="secret")
    return made
