# SPDX-License-Identifier: Apache-2.0
"""The password grant: who may use it, and that it tells nothing about who exists."""

import socket
import ssl
import threading
import urllib.parse

import pytest

import expect
from wire import client_context


@pytest.fixture(scope="module")
def ask(server, clients):
    """Asks for a token with a user name and a password, on one connection of playground2."""
    server.add_user("admin", "correct horse")
    server.add_user("j\u00fcrgen", "p\u00e4ss & w\u00f6rd+%")
    connection = server.connect(clients.certificate)

    def ask(username="admin", password="correct horse", **more):
        body = {
            "grant_type": "password",
            "client_id": clients.self_signed["client_id"],
            "username": username,
            "password": password,
            **more,
        }
        return connection.token({name: value for name, value in body.items() if value is not None})

    expect.eventually(lambda: ask().status == 200)
    expect.eventually(lambda: ask("j\u00fcrgen", "p\u00e4ss & w\u00f6rd+%").status == 200)
    yield ask
    connection.close()


@pytest.mark.smoke
def test_the_right_password_gets_a_token_for_the_user(ask, server, clients):
    claims = expect.verified(expect.token(ask())["access_token"], server.address)
    assert claims["client_id"] == clients.self_signed["client_id"]
    assert claims["cnf"]["x5t#S256"] == clients.certificate.thumbprint
    assert claims["sub"] != clients.self_signed["client_id"]


def test_a_name_and_a_password_beyond_ascii_work(ask):
    expect.token(ask("j\u00fcrgen", "p\u00e4ss & w\u00f6rd+%"))
    expect.error(ask("j\u00fcrgen", "pass & word+%"), "invalid_grant")


def test_a_wrong_password_and_an_unknown_user_get_the_same_bytes(ask):
    wrong = ask(password="wrong")
    expect.error(wrong, "invalid_grant")
    for username, password in [
        ("nobody", "wrong"),
        ("nobody", "correct horse"),
        ("admin", "wrong2"),
        ("admin ", "correct horse"),
        ("Admin'--", "correct horse"),
        ("x" * 200, "y" * 200),
    ]:
        assert ask(username, password).shape == wrong.shape
    expect.token(ask())


@pytest.mark.parametrize("missing", ["username", "password"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_name_or_password_is_an_invalid_request(ask, missing, value):
    codes = "invalid_request" if value is None else ("invalid_request", "invalid_grant")
    expect.error(ask(**{missing: value}), codes)


def test_the_scope_rules_hold_here_too(ask):
    assert expect.token(ask(scope="read"))["scope"] == "read"
    expect.error(ask(scope="admin"), "invalid_scope")


def test_a_user_name_that_equals_a_client_id_cannot_be_taken_for_the_client(ask, server, clients):
    name = clients.other["client_id"]
    server.add_user(name, "a password")
    response = expect.eventually(
        lambda: (answer := ask(name, "a password")).status == 200 and answer
    )
    of_user = expect.verified(expect.token(response)["access_token"], server.address)
    body = {"grant_type": "client_credentials", "client_id": name}
    answer = server.token(body, clients.other_certificate)
    of_client = expect.verified(expect.token(answer)["access_token"], server.address)
    assert of_user["sub"] != of_client["sub"]


def test_many_wrong_passwords_do_not_lock_the_user_out(ask):
    for number in range(30):
        response = ask(password=f"wrong {number}")
        assert response.status in (400, 429)
    expect.eventually(lambda: ask().status == 200)


def test_the_password_is_read_from_standard_input_only(server):
    done = server.handfast("user", "add", "empty", "--password-stdin", text_input="", check=False)
    assert done.returncode != 0
    assert "empty" not in server.handfast("user", "list").stdout.split()
    twice = server.handfast(
        "user", "add", "admin", "--password-stdin", text_input="other\n", check=False
    )
    assert twice.returncode != 0 and "admin" in twice.stderr


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_request_in_a_second_record_behind_a_password_is_answered(server, clients, version):
    """Both records arrive at once: the second waits in OpenSSL, which epoll cannot report."""
    server.add_user(f"behind-{version}", "pw")
    body = {"client_id": clients.self_signed["client_id"]}
    password = {**body, "grant_type": "password", "username": f"behind-{version}", "password": "pw"}
    expect.eventually(lambda: server.token(password, clients.certificate).status == 200)
    forms = [password, {**body, "grant_type": "client_credentials"}, password]
    context = client_context(clients.certificate, version)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(server.address, timeout=10) as plain:

        def until_done(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                    incoming.write(plain.recv(65536))

        until_done(tls.do_handshake)
        for form in forms:
            content = urllib.parse.urlencode(form)
            tls.write(
                "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(content)}\r\n\r\n{content}".encode()
            )
        plain.sendall(outgoing.read())
        answers = b""
        while answers.count(b'"access_token"') < len(forms):
            answers += until_done(lambda: tls.read(65536))
    assert answers.count(b"HTTP/1.1 200 ") == len(forms)


@pytest.fixture
def changing(server, pki, tmp_path):
    """A client for passwords, and what changes it."""
    name = tmp_path.name
    credential = pki.self_signed("changing")
    client = server.add_client(
        name, "--certificate", credential.certificate,
        "--grant-types", "password", "--scope", "read write",
    )  # fmt: skip
    server.add_user(name, "correct horse")
    body = {
        "grant_type": "password",
        "client_id": client["client_id"],
        "username": name,
        "password": "correct horse",
        "scope": "write",
    }

    def update(*options):
        server.handfast("client", "update", client["client_id"], *options)

    expect.eventually(lambda: server.token(body, credential).status == 200)
    return body, credential, update


def answers_while(server, changing, updates):
    """The answers to password requests on four connections, while the client is updated."""
    body, credential, update = changing
    stop, answers = threading.Event(), []

    def ask_on():
        with server.connect(credential) as connection:
            while not stop.is_set():
                answers.append(connection.token(body))

    threads = [threading.Thread(target=ask_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for options in updates:
            update(*options)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert answers
    return answers


def test_a_change_of_the_client_that_takes_nothing_away_refuses_no_request(server, changing):
    updates = [("--token-lifetime", 300 + number, "--rename", f"n{number}") for number in range(12)]
    for answer in answers_while(server, changing, updates):
        expect.token(answer)


def test_a_change_that_takes_the_scope_away_refuses_from_then_on(server, changing):
    body, credential, _ = changing
    for answer in answers_while(server, changing, [("--scope", "read")]):
        # One that waited is a changed client's; one that came later asks for what is not there.
        assert answer.status == 200 or answer.json["error"] in ("invalid_client", "invalid_scope")
    expect.eventually(lambda: server.token(body, credential).status == 400)
    expect.error(server.token(body, credential), "invalid_scope")
