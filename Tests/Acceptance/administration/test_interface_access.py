# SPDX-License-Identifier: Apache-2.0
"""Access to the administrative interface: roles, foreign pages, and peers without a token."""

import json
import socket
import time

import pytest

import expect
from administrator import Administrator, everything
from server import free_port

MIB = 1 << 20


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


@pytest.fixture
def on_port(other):
    port = free_port()
    return Administrator(other(f"127.0.0.1:{port}"), port)


@pytest.fixture
def tokens(server, admin):
    """A token of each role, made by the command, as soon as it counts."""
    made = {}
    for role in ("read", "operate", "administer"):
        said = server.handfast("admin-token", "add", f"a-{role}", "--role", role, "--json").stdout
        made[role] = f"Authorization: Bearer {json.loads(said)['token']}"
    for field in made.values():
        expect.eventually(lambda f=field: admin.curl("/metrics", fields=[f])[0] == 200, within=3)
    yield made
    for role in made:
        server.handfast("admin-token", "remove", f"a-{role}")


def test_a_role_may_do_so_much_and_no_more(admin, tokens, clients):
    client_id = clients.basic["client_id"]
    needs = {
        "read": [
            ("GET", "/clients"), ("GET", "/audit"), ("GET", "/keys"), ("GET", "/users"),
            ("GET", f"/clients/{client_id}"), ("GET", "/metrics"), ("GET", "/trust-sets"),
            ("GET", "/admin-tokens"), ("GET", "/refusals"), ("GET", "/expiring"),
            ("GET", "/configuration"),
        ],
        "operate": [
            ("POST", "/clients/nobody/disable"), ("POST", "/clients/nobody/enable"),
            ("POST", "/users/nobody/disable"),
        ],
        "administer": [
            ("DELETE", "/clients/nobody"), ("POST", "/clients"), ("PUT", "/clients/a"),
            ("PATCH", "/clients/a"), ("POST", f"/clients/{client_id}/secret"), ("POST", "/keys"),
            ("POST", "/admin-tokens"), ("POST", "/tokens/revoke"),
            ("PUT", "/trust-sets/a"), ("DELETE", "/users/nobody"), ("DELETE", "/admin-tokens/a"),
        ],
    }  # fmt: skip
    ranks = list(needs)
    for least, asked in needs.items():
        for role, field in tokens.items():
            if ranks.index(role) >= ranks.index(least):
                continue
            for method, target in asked:
                found, head, body = admin.curl(target, "-X", method, fields=[field])
                assert found == 403, (role, method, target)
                assert head["content-type"] == "application/problem+json"
                assert least in json.loads(body)["detail"]
    for role, field in tokens.items():
        for method, target in needs["read"]:
            assert admin.curl(target, "-X", method, fields=[field])[0] == 200, (role, target)
    for role in ("operate", "administer"):
        assert admin.curl("/clients/nobody/disable", "-X", "POST", fields=[tokens[role]])[0] == 404
    assert admin.json(f"/clients/{client_id}")["enabled"] is True


def test_a_removed_token_ends_within_a_second_or_so(admin, server, tokens):
    said = server.handfast("admin-token", "add", "brief", "--role", "read", "--json").stdout
    field = f"Authorization: Bearer {json.loads(said)['token']}"
    expect.eventually(lambda: admin.curl("/metrics", fields=[field])[0] == 200, within=3)
    server.handfast("admin-token", "remove", "brief")
    expect.eventually(lambda: admin.curl("/metrics", fields=[field])[0] == 401, within=3)


def test_health_and_the_description_need_no_token_and_nothing_else_is_open(admin):
    for target in ("/health", "/openapi.json"):
        assert admin.curl(target, fields=[])[0] == 200
    for target in ("/metrics", "/health/", "/health/x", "/openapi.json/", "//health", "/Health"):
        assert admin.curl(target, "--path-as-is", fields=[])[0] == 401
    assert admin.curl("/health", "-X", "POST", fields=[])[0] == 401


REBOUND = ["rebound.example", "rebound.example:{port}", "localhost.rebound.example", "192.0.2.1",
           "localhost:1", "127.0.0.2", "0.0.0.0"]  # fmt: skip


@pytest.mark.parametrize("host", REBOUND)
def test_no_page_reaches_it_by_a_name_of_its_own(on_port, host):
    """DNS rebinding: the browser sends the page's name as Host, whatever address that has."""
    field = f"Host: {host.format(port=on_port.port)}"
    for bearer in ([on_port.bearer], []):
        for target in ("/metrics", "/health"):
            found, _, body = on_port.curl(target, fields=[*bearer, field])
            assert (found, json.loads(body)["status"]) == (403, 403)
    assert on_port.curl("/metrics")[0] == 200
    expect.logged(on_port.server, "foreign name")


@pytest.mark.parametrize("field, expected", [
    ("Origin: http://rebound.example", 403), ("Origin: null", 403),
    ("Origin: https://localhost:{port}", 403), ("Origin: http://localhost:1", 403),
    ("Origin: http://localhost:{port}", 200), ("Sec-Fetch-Site: cross-site", 403),
    ("Sec-Fetch-Site: same-site", 403), ("Sec-Fetch-Site: same-origin", 200),
])  # fmt: skip
def test_no_page_of_another_origin_is_answered(on_port, field, expected):
    fields = [on_port.bearer, field.format(port=on_port.port)]
    assert on_port.curl("/metrics", fields=fields)[0] == expected


def test_on_the_socket_every_origin_is_foreign(admin):
    assert admin.curl("/metrics", fields=[admin.bearer, "Origin: http://localhost"])[0] == 403
    assert admin.curl("/metrics", fields=[admin.bearer, "Host: rebound.example"])[0] == 403
    assert admin.curl("/metrics", fields=[admin.bearer, "Host: localhost:9444"])[0] == 200


@pytest.mark.parametrize("path", [
    "/clients/../admin.token", "/./metrics", "/clients/%2e%2e/metrics", "/%6detrics",
    "/clients//disable", "/metrics%00", "/metrics;x", "/clients/a%2Fdisable/x", "/METRICS",
    "/openapi.json%2f..%2fadmin.token", "/clients/%C0%AE",
])  # fmt: skip
def test_paths_are_taken_as_they_were_sent(admin, path):
    """Nothing is normalised: a trick of paths finds nothing, and no file."""
    found, _, body = admin.curl(path, "--path-as-is")
    assert found == 404 and admin.token not in body.decode()
    assert admin.curl(path, "--path-as-is", fields=[])[0] == 401


def test_guessing_costs_a_connection_for_each_token(admin, server):
    before = server.log.count("administration-credential")
    guess = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %043d\r\n\r\n"
    with admin.connect() as connection:
        connection.sendall(b"".join(guess % number for number in range(20)))
        answers = everything(connection)
    assert answers.count(b"HTTP/1.1 401 ") == 1 and answers.count(b"HTTP/1.1 ") == 1
    expect.eventually(lambda: server.log.count("administration-credential") == before + 1)


# Content.


def put(admin, length, bearer=None, more=""):
    return (
        f"PUT /clients/large HTTP/1.1\r\nHost: localhost\r\n{bearer or admin.bearer}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n"
    ).encode()


def test_a_mebibyte_of_content_is_read_and_not_a_byte_more(admin):
    document = json.dumps({"client_name": "large", "scope": ""}).encode()
    with admin.connect() as connection:
        connection.sendall(put(admin, MIB, more="Connection: close\r\n"))
        connection.sendall(document + b" " * (MIB - len(document)))
        assert status(everything(connection)) == 201
    assert admin.curl("/clients/large", "-X", "DELETE")[0] == 204
    with admin.connect() as connection:
        connection.sendall(put(admin, MIB + 1))
        answer = everything(connection)
    assert status(answer) == 413 and b"application/problem+json" in answer


def test_without_a_token_no_content_is_waited_for(admin):
    """The answer comes by the head alone: the connection keeps none of the content."""
    for bearer in ("X-Nothing: y", "Authorization: Bearer " + "x" * 43):
        with admin.connect() as connection:
            connection.sendall(put(admin, MIB, bearer))
            assert status(everything(connection)) == 401
    with admin.connect() as connection:
        connection.sendall(put(admin, MIB, "X-Nothing: y", "Expect: 100-continue\r\n"))
        assert status(everything(connection)) == 401
    with admin.connect() as connection:
        connection.sendall(put(admin, 2, more="Expect: 100-continue\r\n"))
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"[]")
        assert status(connection.recv(4096)) == 400


def test_many_contents_at_once_are_bounded(admin):
    """Sixty administrators who each send nearly a mebibyte, and then nothing."""
    held = []
    try:
        for _ in range(60):
            one = admin.connect()
            held.append(one)
            one.settimeout(5)
            try:
                one.sendall(put(admin, MIB) + b" " * (MIB - 10))
            except (BrokenPipeError, ConnectionResetError, TimeoutError):
                pass
        refused = 0
        for one in held:
            one.setblocking(False)
            try:
                refused += status(one.recv(4096)) == 503
            except (BlockingIOError, ConnectionResetError):
                pass
        assert refused >= 40
        assert admin.curl("/health")[0] == 200
    finally:
        for one in held:
            one.close()
    assert admin.curl("/metrics")[0] == 200


def test_a_slow_content_ends_with_its_connection(admin):
    began = time.monotonic()
    with admin.connect() as connection:
        connection.sendall(put(admin, 1000))
        try:
            while time.monotonic() < began + 30:
                connection.sendall(b" ")
                time.sleep(0.2)
        except (BrokenPipeError, ConnectionResetError, socket.timeout):
            pass
        assert 4 < time.monotonic() - began < 5 + 2 * expect.PATIENCE
    assert admin.curl("/clients/large")[0] == 404
