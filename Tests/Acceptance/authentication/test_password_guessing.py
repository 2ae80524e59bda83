# SPDX-License-Identifier: Apache-2.0
"""Password guessing is throttled, and other users are not (RFC 6749 §4.3.2)."""

import re

import pytest

import expect
from server import Server
from wire import FORM, form, message

pytestmark = pytest.mark.waiting

MOST = 5
SECONDS = 10


@pytest.fixture(scope="module")
def server(data):
    more = {"HANDFAST_LIMITS_PASSWORD_FAILURES": str(MOST), "HANDFAST_AUTHENTICATION_NONE": "true"}
    with Server(data, env=more) as running:
        yield running
        assert running.running and running.stop() == 0


@pytest.fixture(scope="module")
def ask(server, clients):
    """Asks for a token with a password; by another client where one is named."""
    for name in ["alice", "bob", "carol", "erin", "gus", "Karl", "dora"]:
        server.add_user(name, f"{name}'s password")

    def ask(username, password, client=None, credential=None):
        client = client or clients.self_signed
        fields = {"client_id": client["client_id"], "username": username, "password": password}
        fields["grant_type"] = "password"
        return server.token(fields, credential or clients.certificate)

    expect.eventually(lambda: ask("dora", "dora's password").status == 200)
    return ask


def shape(response):
    """The answer with what the clock decides blanked."""
    return re.sub(rb"(?im)^retry-after:[^\r]*", b"", response.shape)


def request(**fields):
    """The bytes of a request of the password grant."""
    body = form(grant_type="password", **fields)
    return message("POST", "/oauth2/token", body, [("Content-Type", FORM)])


def guess(ask, username, **more):
    """Wrong passwords until they are not checked any more; the answer that says so."""
    for number in range(MOST):
        expect.error(ask(username, f"guess {number}", **more), "invalid_grant")
    refused = ask(username, "one more", **more)
    expect.error(refused, "slow_down", 429)
    assert 1 <= int(refused.header("retry-after")) <= SECONDS
    return refused


def test_after_some_wrong_passwords_no_more_are_checked(ask, server, clients):
    refused = guess(ask, "alice")
    # Nor does the right one tell itself from the wrong ones.
    assert shape(ask("alice", "alice's password")) == shape(refused)
    # The log is written behind the answer.
    expect.eventually(lambda: '"check":"password-failures"' in server.log.replace(" ", ""))
    # No request's line names her; that she was added by a command is told like every change.
    requests = [line for line in server.log.splitlines() if "registration changed" not in line]
    assert requests and not any("alice" in line for line in requests)

    # Only this user through this client is slowed down: not another user, not this one through
    # another client, and not the client's own grants.
    expect.token(ask("bob", "bob's password"))
    other = {"client": clients.other, "credential": clients.other_certificate}
    expect.token(ask("alice", "alice's password", **other))
    body = {"grant_type": "client_credentials", "client_id": clients.self_signed["client_id"]}
    expect.token(server.token(body, clients.certificate))

    # And when the guessing is over she is served here as well.
    expect.eventually(lambda: ask("alice", "alice's password").status == 200, within=SECONDS + 5)


def test_nobody_learns_which_users_there_are(ask):
    nobody, somebody = guess(ask, "nobody"), guess(ask, "carol")
    assert shape(nobody) == shape(somebody)


def test_the_right_password_does_not_let_a_guesser_go_on(ask):
    for number in range(MOST):
        expect.error(ask("bob", f"guess {number}"), "invalid_grant")
        if number < MOST - 1:
            expect.token(ask("bob", "bob's password"))
    expect.error(ask("bob", "bob's password"), "slow_down", 429)


def test_a_program_with_an_old_password_guesses_nothing(ask):
    for _ in range(4 * MOST):
        expect.error(ask("dora", "dora's old password"), "invalid_grant")
    expect.token(ask("dora", "dora's password"))


def test_another_spelling_of_the_name_is_the_same_user(ask, server):
    """Names are compared as Unicode has it (UAX #15): the sign for kelvin is a K."""
    expect.token(ask("\u212aarl", "Karl's password"))
    guess(ask, "Karl")
    expect.error(ask("\u212aarl", "guess"), "slow_down", 429)
    expect.error(ask("karl", "guess"), "invalid_grant")


def test_who_does_not_wait_for_the_answer_is_counted(ask, server, clients):
    fields = {"client_id": clients.self_signed["client_id"]}

    def guess_and_go(number):
        with server.connect(clients.certificate) as connection:
            connection.send(request(username="gus", password=f"guess {number}", **fields))

    # A reset may overtake a request, which nobody has seen then: so a few more than MOST.
    for number in range(10 * MOST):
        guess_and_go(number)
        if ask("gus", "gus's password").status == 429:
            return
    pytest.fail("guesses whose answers nobody awaits are not counted")


def test_through_a_public_client_each_address_is_counted_for_itself(server, ask):
    """Anybody can come as a public client: one that guesses must not keep the user out."""
    client = server.add_client("public", "--auth-method", "none", "--scope", "read")
    fields = {"grant_type": "password", "client_id": client["client_id"], "username": "erin"}
    right = {**fields, "password": "erin's password"}
    expect.eventually(lambda: server.token(right).status == 200)
    for number in range(MOST):
        expect.error(server.token({**fields, "password": f"guess {number}"}), "invalid_grant")
    expect.error(server.token(right), "slow_down", 429)
    elsewhere = server.connect(source=("127.0.0.2", 0))
    expect.token(elsewhere.token(right))
    elsewhere.close()


def test_none_is_counted_where_the_configuration_says_so(fresh):
    server = fresh(env={"HANDFAST_LIMITS_PASSWORD_FAILURES": "0"}).start()
    client = server.add_client("open", "--scope", "read")
    server.add_user("frank", "frank's password")
    secret = (client["client_id"], client["client_secret"])
    fields = {"grant_type": "password", "username": "frank"}
    right = {**fields, "password": "frank's password"}
    expect.eventually(lambda: server.token(right, basic=secret).status == 200)
    for number in range(12):
        wrong = {**fields, "password": f"guess {number}"}
        expect.error(server.token(wrong, basic=secret), "invalid_grant")
    expect.token(server.token(right, basic=secret))


def test_the_log_names_the_client_of_each_request_on_a_connection(server, clients, ask):
    fields = {"username": "dora", "password": "dora's password"}
    first = request(client_id=clients.self_signed["client_id"], **fields)
    with server.connect(clients.certificate) as connection:
        # Both at once: the second is answered when a worker has answered the first.
        connection.send(first + request(client_id="a-stranger", username="dora", password="x"))
        expect.token(connection.read())
        expect.error(connection.read(), "invalid_client")
    expect.eventually(lambda: '"client_id":"a-stranger"' in server.log.replace(" ", ""))
