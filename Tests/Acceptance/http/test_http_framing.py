# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 framing (RFC 9112): what is malformed gets one 400 and a close, no second answer."""

import contextlib

import pytest

import expect
from wire import FORM, Refused, form

HEAD = "POST /oauth2/token HTTP/1.1\r\n"
SMUGGLED = "GET /health HTTP/1.1\r\nHost: smuggled\r\n\r\n"


def request(body, *fields, host="Host: localhost", length=True, end="\r\n"):
    lines = [HEAD.rstrip(), host, f"Content-Type: {FORM}", *fields]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return end.join(line for line in lines if line is not None) + end * 2 + body


def chunked(*pieces, last="0\r\n\r\n"):
    return "".join(f"{len(p):x}\r\n{p}\r\n" for p in pieces) + last


def bad(line, data, *statuses):
    """One refusal, then the end of the connection."""
    line.send(data)
    response = line.read()
    assert response.status in (statuses or (400,)), (response.status, response.body)
    assert b"access_token" not in response.body
    try:
        line.read()
        raise AssertionError("a second answer")
    except Refused:
        pass


@pytest.mark.smoke
def test_a_whole_request_is_answered_and_the_connection_kept(line, body):
    for _ in range(3):
        line.send(request(body))
        expect.token(line.read())


CONFLICTS = {
    "length and chunked": ["Content-Length: 5", "Transfer-Encoding: chunked"],
    "chunked and length": ["Transfer-Encoding: chunked", "Content-Length: 5"],
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "two equal lengths as a list": ["Content-Length: 5, 6"],
    "negative length": ["Content-Length: -1"],
    "plus length": ["Content-Length: +5"],
    "hexadecimal length": ["Content-Length: 0x5"],
    "empty length": ["Content-Length:"],
    "length with a letter": ["Content-Length: 5a"],
    "length beyond 64 bits": ["Content-Length: 99999999999999999999999"],
    "length with inner space": ["Content-Length: 1 5"],
    "identity": ["Transfer-Encoding: identity"],
    "gzip": ["Transfer-Encoding: gzip"],
    "chunked not last": ["Transfer-Encoding: chunked, gzip"],
    "chunked twice": ["Transfer-Encoding: chunked, chunked"],
    "two transfer encodings": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    "misspelt": ["Transfer-Encoding: xchunked"],
    "quoted": ['Transfer-Encoding: "chunked"'],
    "with a semicolon": ["Transfer-Encoding: chunked;q=1"],
    "vertical tab": ["Transfer-Encoding: \x0bchunked"],
    "space before the colon": ["Transfer-Encoding : chunked"],
    "space before the length's colon": ["Content-Length : 5"],
    "folded": ["X-A: b", " Transfer-Encoding: chunked"],
    "underscore and length": [
        "Content-Length: 5",
        "Transfer_Encoding: chunked",
        "Content-Length: 0",
    ],
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_framing_that_conflicts_or_is_malformed_is_refused(line, name):
    head = request("", *CONFLICTS[name], length=False)
    bad(line, head + "0\r\n\r\n" + SMUGGLED, 400, 413, 501)


MALFORMED = {
    "obs-fold": request("", "X-Long: a\r\n b"),
    "bare LF in the head": request("", end="\n"),
    "bare LF after one field": HEAD + "Host: localhost\nX: y\r\n\r\n",
    "bare CR in a value": request("", "X-A: b\rc"),
    "NUL in a value": request("", "X-A: b\0c"),
    "NUL in a name": request("", "X\0A: b"),
    "control character in a value": request("", "X-A: b\x01c"),
    "space before the colon": request("", "X-A : b"),
    "space in a name": request("", "X A: b"),
    "no colon": request("", "nocolon"),
    "empty name": request("", ": b"),
    "space before the first field": HEAD + " Host: localhost\r\n\r\n",
    "no Host": request("", host=None),
    "two Hosts": request("", "Host: other"),
    "two equal Hosts": request("", "Host: localhost"),
    "a Host with a space": request("", host="Host: a b"),
    "a Host with a path": request("", host="Host: a/b"),
    "lower-case version": "GET /health http/1.1\r\nHost: a\r\n\r\n",
    "no version": "GET /health\r\nHost: a\r\n\r\n",
    "two spaces": "GET  /health HTTP/1.1\r\nHost: a\r\n\r\n",
    "tab instead of a space": "GET\t/health HTTP/1.1\r\nHost: a\r\n\r\n",
    "space after the version": "GET /health HTTP/1.1 \r\nHost: a\r\n\r\n",
    "space in the target": "GET /hea lth HTTP/1.1\r\nHost: a\r\n\r\n",
    "a target of letters": "GET health HTTP/1.1\r\nHost: a\r\n\r\n",
    "a control character in the target": "GET /he\x01alth HTTP/1.1\r\nHost: a\r\n\r\n",
    "a byte above ASCII in the target": "GET /he\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method with a colon": "G:T /health HTTP/1.1\r\nHost: a\r\n\r\n",
    "a lower version with chunks": "POST /oauth2/token HTTP/1.0\r\nHost: a\r\n"
    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another protocol": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "version 1.9999": "GET /health HTTP/1.10\r\nHost: a\r\n\r\n",
    "nothing but noise": "\x16\x03\x01\x00\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_head_is_refused_and_the_connection_closed(line, name):
    bad(line, (MALFORMED[name] + SMUGGLED).encode("latin-1"), 400, 501, 505)


CHUNKS = {
    "size with 0x": "0x5\r\nabcde\r\n0\r\n\r\n",
    "negative size": "-5\r\nabcde\r\n0\r\n\r\n",
    "plus size": "+5\r\nabcde\r\n0\r\n\r\n",
    "size with a leading space": " 5\r\nabcde\r\n0\r\n\r\n",
    "empty size": "\r\nabcde\r\n0\r\n\r\n",
    "size beyond 64 bits": "fffffffffffffffff\r\nabcde\r\n0\r\n\r\n",
    "size that wraps": "10000000000000005\r\nabcde\r\n0\r\n\r\n",
    "bare LF after the size": "5\nabcde\r\n0\r\n\r\n",
    "data longer than the size": "3\r\nabcde\r\n0\r\n\r\n",
    "bare LF after the data": "5\r\nabcde\n0\r\n\r\n",
    "bare CR in an extension": "5;a\rb\r\nabcde\r\n0\r\n\r\n",
    "LF in an extension": "5;a\nb\r\nabcde\r\n0\r\n\r\n",
    "NUL in the size": "5\0\r\nabcde\r\n0\r\n\r\n",
    "bad trailer": "0\r\nno colon\r\n\r\n",
    "underscore in the size": "0_5\r\nabcde\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", CHUNKS)
def test_malformed_chunks_are_refused(line, name):
    head = request("", "Transfer-Encoding: chunked", length=False)
    bad(line, head + CHUNKS[name] + SMUGGLED, 400, 413)


@pytest.mark.smoke
def test_a_chunked_body_is_accepted_in_any_cut(line, body):
    for encoded in (
        chunked(body),
        chunked(*body),
        chunked(body[:5], body[5:]),
        f"{len(body):X};name=value\r\n{body}\r\n0\r\n\r\n",
        f"{len(body):08x}\r\n{body}\r\n000\r\n\r\n",
        chunked(body, last="0\r\nX-Trailer: ignored\r\n\r\n"),
    ):
        line.send(request("", "Transfer-Encoding: chunked", length=False) + encoded)
        expect.token(line.read())


def test_a_trailer_is_never_taken_for_a_header(server, clients):
    pair = (clients.basic["client_id"], clients.basic["client_secret"])
    from wire import basic_credentials

    content = form(grant_type="client_credentials")
    trailer = f"0\r\nAuthorization: {basic_credentials(*pair)}\r\n\r\n"
    with server.connect() as connection:
        head = request("", "Transfer-Encoding: chunked", length=False)
        connection.send(head + chunked(content, last=trailer))
        response = connection.read()
    assert response.status in (400, 401)
    assert b"access_token" not in response.body


def test_a_request_in_single_bytes_is_read(line, body):
    for byte in request(body).encode():
        line.send(bytes([byte]))
    expect.token(line.read())


def test_pipelined_requests_are_answered_in_order(line, body):
    scopes = ["read", "write", "read write", "bogus"]
    wanted = [scopes[n % 4] for n in range(12)]
    line.send("".join(request(body + "&scope=" + s.replace(" ", "+")) for s in wanted))
    for scope in wanted:
        answer = line.read()
        if scope == "bogus":
            expect.error(answer, "invalid_scope")
        else:
            members = expect.token(answer)
            assert set(members.get("scope", scope).split()) == set(scope.split())


def test_pipelined_requests_of_different_outcome_do_not_mix(line, body, clients):
    pair = (clients.basic["client_id"], clients.basic["client_secret"])
    from wire import basic_credentials

    basic = "Authorization: " + basic_credentials(*pair)
    plain = form(grant_type="client_credentials")
    for _ in range(5):
        line.send(request(plain, basic) + request(plain) + request(body) + request(plain))
        expect.token(line.read())
        expect.error(line.read(), ("invalid_client", "invalid_request"), 400, 401)
        expect.token(line.read())
        expect.error(line.read(), ("invalid_client", "invalid_request"), 400, 401)


def test_very_deep_pipelining_is_bounded_and_loses_nothing(server, clients, body):
    """However many requests come at once, each is answered in order, or the connection ends."""
    with server.connect(clients.certificate) as connection:
        count = 400
        connection.send(request(body) * count)
        answered = 0
        try:
            for _ in range(count):
                expect.token(connection.read())
                answered += 1
        except Refused:
            pass
        assert answered >= 16


def test_slow_password_and_quick_answers_keep_their_order(server, line, clients, body):
    server.add_user("ordered", "pw")
    password = form(
        grant_type="password", username="ordered", password="pw",
        client_id=clients.self_signed["client_id"],
    )  # fmt: skip
    expect.eventually(lambda: (line.send(request(password)), line.read())[1].status == 200)
    line.send(request(password) + request(body + "&scope=bogus") + request(password))
    expect.token(line.read())
    expect.error(line.read(), "invalid_scope")
    expect.token(line.read())


def test_expect_100_continue_is_answered_once(line, body):
    head, _, content = request(body, "Expect: 100-continue").partition("\r\n\r\n")
    line.send(head + "\r\n\r\n")
    line.socket.settimeout(5)
    while b"\r\n\r\n" not in line.buffer:
        line._more()
    assert line.buffer.startswith(b"HTTP/1.1 100 ")
    line.send(content)
    response = line.read()
    expect.token(response)
    assert response.interim == [100]
    # The body sent without waiting works as well, and at once.
    line.send(request(body, "Expect: 100-Continue"))
    expect.token(line.read())


def test_another_expectation_fails(line, body):
    line.send(request(body, "Expect: 200-maybe"))
    assert line.read().status == 417


def test_limits_on_target_head_fields_and_body(server, clients, body):
    def send(data):
        with server.connect(clients.certificate) as connection:
            # The answer may come, and the connection end, before all is written.
            with contextlib.suppress(Refused):
                connection.send(data)
            return connection.read()

    assert send(f"GET /{'a' * 100_000} HTTP/1.1\r\nHost: a\r\n\r\n").status in (414, 431)
    assert send(request(body, "X-Big: " + "a" * 100_000)).status == 431
    assert send(request(body, *[f"X-{n}: a" for n in range(2000)])).status == 431
    expect.token(send(request(body, "X-Big: " + "a" * 1000, *[f"X-{n}: a" for n in range(20)])))
    big = body + "&foo=" + "a" * 100_000
    assert send(request(big)).status == 413
    head = request("", "Transfer-Encoding: chunked", length=False)
    assert (
        send(head + chunked(*[big[n : n + 4096] for n in range(0, len(big), 4096)])).status == 413
    )
    expect.token(send(request(body + "&foo=" + "a" * 5_000)))


def test_a_declared_gigabyte_is_refused_before_it_comes(server, clients):
    before = server.resident_kib
    for size in (10**6, 10**9, 2**40):
        with server.connect(clients.certificate) as connection:
            connection.send(request("", f"Content-Length: {size}", length=False))
            assert connection.read().status == 413
    assert server.resident_kib < before + 4096


def test_after_too_large_a_body_the_rest_is_not_read_as_a_request(server, clients, body):
    with server.connect(clients.certificate) as connection:
        statuses = []
        with contextlib.suppress(Refused):
            connection.send(request(body + "&foo=" + "a" * 70_000 + SMUGGLED))
        with contextlib.suppress(Refused):
            while len(statuses) < 3:
                statuses.append(connection.read().status)
        assert statuses == [413]


def test_connection_close_is_kept_to(line, body):
    line.send(request(body, "Connection: close"))
    response = line.read()
    expect.token(response)
    assert (response.header("connection") or "").lower() == "close"
    assert line.closed_by_peer()


def test_http_1_0_is_answered_and_closed(line):
    line.send("GET /health HTTP/1.0\r\n\r\n")
    try:
        response = line.read()
        assert response.status in (200, 505)
    except (Refused, AssertionError):
        pass
    assert line.closed_by_peer()


def test_a_target_in_absolute_form_is_understood_and_others_are_not(server, clients, body):
    def send(target, method="POST", host="localhost"):
        with server.connect(clients.certificate) as connection:
            return connection.request(method, target, body, [("Content-Type", FORM)], host)

    authority = f"localhost:{server.port}"
    expect.token(send(f"https://{authority}/oauth2/token", host=authority))
    # A target and a Host that name different servers are taken for an attempt at confusion.
    assert send(f"https://{authority}/oauth2/token", host="other.example").status == 400
    for target, method in [
        ("*", "OPTIONS"),
        ("localhost:443", "CONNECT"),
        ("*", "POST"),
        ("/%2e%2e/oauth2/token", "POST"),
        ("/oauth2%2ftoken", "POST"),
        ("//oauth2/token", "POST"),
    ]:
        response = send(target, method)
        assert response.status in (204, 400, 404, 405, 501), (target, response.status)
        assert b"access_token" not in response.body


def test_an_unknown_method_is_refused(line):
    response = line.request("BREW", "/oauth2/token")
    assert response.status in (405, 501)
    assert line.request("GET", "/health").status == 200


def test_leading_empty_lines_between_requests_are_skipped(line, body):
    line.send("\r\n" + request(body))
    expect.token(line.read())


def test_answers_carry_a_date_and_no_version_of_the_software(line, body):
    line.send(request(body))
    response = line.read()
    assert response.header("date").endswith(" GMT")
    assert not any(char.isdigit() for char in response.header("server") or "")
