# SPDX-License-Identifier: Apache-2.0
"""Changes by the command line take effect within a second, on every connection."""

import os
import pwd
import sqlite3

import pytest

import expect
from oauth import CC
from pki import Credential
from wire import Connection

pytestmark = pytest.mark.smoke


class Client:
    """A registered client with connections open on several reactors."""

    def __init__(self, server, pki, name, *options, credential=None):
        self.server = server
        self.name = name
        self.credential: Credential = credential or pki.self_signed(f"changes-{name}")
        self.information = server.add_client(
            name, "--certificate", self.credential.certificate, *options
        )
        self.body = {**CC, "client_id": self.information["client_id"]}
        expect.eventually(lambda: server.token(self.body, self.credential).status == 200)
        self.open = [server.connect(self.credential, v) for v in ("1.2", "1.3") * 3]
        for connection in self.open:
            expect.token(connection.token(self.body))

    def resumed(self):
        """New connections that resume the sessions of the open ones."""
        for connection in self.open:
            again = Connection(
                self.server.address, context=connection.context, session=connection.session
            )
            yield again

    def refused_everywhere(self):
        expect.eventually(lambda: self.open[0].token(self.body).status == 401)
        # Every reactor has a second from the command on; after the first refusal all follow.
        for connection in self.open:
            expect.eventually(lambda c=connection: c.token(self.body).status == 401)
        for _ in range(3):
            for connection in self.open:
                expect.error(connection.token(self.body), "invalid_client")
        resumed = 0
        for connection in self.resumed():
            with connection:
                resumed += connection.resumed
                expect.error(connection.token(self.body), "invalid_client")
        assert resumed == len(self.open)
        expect.error(self.server.token(self.body, self.credential), "invalid_client")

    def close(self):
        for connection in self.open:
            connection.close()


def test_a_disabled_client_gets_no_token_anywhere_and_again_when_enabled(server, pki):
    client = Client(server, pki, "disabled")
    bystander = Client(server, pki, "bystander")
    server.handfast("client", "disable", "disabled")
    client.refused_everywhere()
    for connection in bystander.open:
        expect.token(connection.token(bystander.body))
    server.handfast("client", "enable", "disabled")
    for connection in client.open:
        expect.eventually(lambda c=connection: c.token(client.body).status == 200)
    client.close()
    bystander.close()


def test_a_removed_client_gets_no_token_anywhere(server, pki):
    client = Client(server, pki, "removed")
    server.handfast("client", "remove", "removed")
    client.refused_everywhere()
    client.close()
    assert "removed" not in server.handfast("client", "list").stdout


def test_a_removed_certificate_gets_no_token_and_the_other_still_does(server, pki):
    second = pki.self_signed("second", "p256")
    client = Client(server, pki, "rotating", "--certificate", second.certificate)
    expect.token(server.token(client.body, second))
    server.handfast(
        "client", "update", "rotating", "--remove-certificate", client.credential.thumbprint
    )
    client.refused_everywhere()
    expect.token(server.token(client.body, second))
    client.close()


def test_a_certificate_added_later_works_beside_the_first(server, pki):
    client = Client(server, pki, "growing")
    later = pki.self_signed("later", "ed25519")
    expect.error(server.token(client.body, later), "invalid_client")
    # A connection that was opened while the certificate was unknown is judged anew.
    waiting = server.connect(later)
    expect.error(waiting.token(client.body), "invalid_client")
    server.handfast("client", "update", "growing", "--certificate", later.certificate)
    expect.eventually(lambda: server.token(client.body, later).status == 200)
    expect.eventually(lambda: waiting.token(client.body).status == 200)
    expect.token(client.open[0].token(client.body))
    waiting.close()
    client.close()


def test_a_secret_client_that_is_disabled_or_removed_is_refused(server, pki):
    kind = ("--auth-method", "client_secret_basic", "--grant-types", "client_credentials")
    client = server.add_client("secretive", *kind)
    pair = (client["client_id"], client["client_secret"])
    attempt = CC
    expect.eventually(lambda: server.token(attempt, basic=pair).status == 200)
    with server.connect() as connection:
        server.handfast("client", "disable", "secretive")
        expect.eventually(lambda: connection.token(attempt, basic=pair).status == 401)
        expect.error(connection.token(attempt, basic=pair), "invalid_client")
        server.handfast("client", "enable", "secretive")
        expect.eventually(lambda: connection.token(attempt, basic=pair).status == 200)
        server.handfast("client", "remove", "secretive")
        expect.eventually(lambda: connection.token(attempt, basic=pair).status == 401)


def test_a_user_can_be_added_changed_and_removed_while_serving(server, pki):
    client = Client(server, pki, "people")
    body = {**client.body, "grant_type": "password", "username": "ann", "password": "first"}
    expect.error(client.open[0].token(body), "invalid_grant")
    server.add_user("ann", "first")
    expect.eventually(lambda: client.open[0].token(body).status == 200)
    assert "ann" in server.handfast("user", "list").stdout
    server.handfast("user", "password", "ann", "--password-stdin", text_input="second\n")
    changed = {**body, "password": "second"}
    expect.eventually(lambda: client.open[0].token(changed).status == 200)
    expect.eventually(lambda: client.open[0].token(body).status == 400)
    server.handfast("user", "remove", "ann")
    expect.eventually(lambda: client.open[0].token(changed).status == 400)
    client.close()


@pytest.mark.parametrize("command", ["show", "disable", "enable", "remove", "update"])
def test_a_command_about_an_unknown_client_fails_and_names_it(server, command):
    more = ["--scope", "read"] if command == "update" else []
    done = server.handfast("client", command, "no-such-client", *more, check=False)
    assert done.returncode != 0
    assert "no-such-client" in done.stderr


def test_changes_hold_after_a_restart(fresh, pki):
    first = fresh()
    credential = pki.self_signed("playground2")
    with first:
        kept = first.add_client("kept", "--certificate", credential.certificate)
        gone = first.add_client("gone", "--certificate", credential.certificate)
        first.handfast("client", "disable", "gone")
        first.kill()  # not drained: what a command said must be on disk already
    with fresh(data=first.data) as second:
        body = dict(CC)
        expect.token(second.token({**body, "client_id": kept["client_id"]}, credential))
        refused = second.token({**body, "client_id": gone["client_id"]}, credential)
        expect.error(refused, "invalid_client")


def test_the_log_of_changes_says_who_made_each(fresh, pki):
    server = fresh().start()
    credential = pki.self_signed("signed-changes")
    server.add_client("signed", "--certificate", credential.certificate)
    server.handfast("client", "disable", "signed")
    server.add_user("admin", "admin")
    server.handfast("user", "remove", "admin")
    server.stop()
    with sqlite3.connect(server.data / "handfast.db") as database:
        found = database.execute("SELECT DISTINCT kind, author FROM change").fetchall()
        times = [time for (time,) in database.execute("SELECT time FROM change")]
    user = pwd.getpwuid(os.geteuid()).pw_name
    assert sorted(found) == [
        ("client", f"command:{user}"), ("key", "server"), ("user", f"command:{user}"),
    ]  # fmt: skip
    assert times == sorted(times) and times[0] > 1_700_000_000
