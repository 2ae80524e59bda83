# SPDX-License-Identifier: Apache-2.0
"""Requests that no page of the console makes: names of others, odd paths, too much, too slow."""

import contextlib
import select
import time

import pytest

import expect
from consoles import Line, Reader, protected
from wire import FORM, Refused


class Answered(Exception):
    """The console has answered before the request was whole."""


# Names and origins


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1:1",
        "localhost:{port}.evil.example", "127.1:{port}", "0.0.0.0:{port}", "[::]:{port}",
        "127.0.0.2:{port}", "127.0.0.1:{port}x", "2130706433:{port}", "localhost.:{port}",
        "user@127.0.0.1:{port}", "",
    ],
)  # fmt: skip
def test_a_page_that_has_bound_its_name_to_this_machine_gets_nothing(console, reader, host):
    """DNS rebinding: the browser sends the name of the page's own site."""
    named = host.format(port=console.port)
    with Line(console.address) as line:
        answer = line.request("GET", "/clients", headers=[("Cookie", reader.cookie)], host=named)
    assert answer.status in (400, 403), answer.status
    assert b"<table" not in answer.body and not answer.all("set-cookie")
    protected(answer)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_the_names_of_this_machine_are_good(console, reader, host):
    assert reader.ask("GET", "/clients", host=host.format(port=console.port)).status == 200


def test_a_rebound_name_does_not_use_the_link_up(consoles):
    console = consoles()
    stranger = Reader(console, opened=False)
    answer = stranger.ask("GET", f"/open?ticket={console.ticket}", host="evil.example")
    assert answer.status == 403 and not stranger.cookies
    assert Reader(console).title == "Clients"


@pytest.mark.parametrize(
    "fields",
    [
        [("Origin", "https://evil.example")],
        [("Origin", "null")],
        [("Origin", "http://127.0.0.1:1")],
        [("Origin", "http://127.0.0.1")],
        [("Origin", "https://127.0.0.1:{port}")],
        [("Origin", "http://127.0.0.1:{port}.evil.example")],
        [("Origin", "http://127.0.0.1:{port}"), ("Origin", "https://evil.example")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
        [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
    ],
)
def test_a_page_of_another_origin_gets_nothing(console, reader, fields):
    """Another port of this machine is another origin of the same site."""
    sent = [(name, value.format(port=console.port)) for name, value in fields]
    for method, body in (("GET", None), ("POST", b"form_token=x")):
        answer = reader.ask(method, "/clients", body, sent, FORM if body else None)
        assert answer.status in (400, 403), (method, answer.status)
        assert b"<table" not in answer.body


def test_the_console_s_own_pages_are_no_others(console, reader):
    for value in ("same-origin", "none"):
        assert reader.ask("GET", "/clients", fields=[("Sec-Fetch-Site", value)]).status == 200
    assert reader.ask("GET", "/clients", fields=[("Origin", console.origin)]).status == 200


# Methods


METHODS = ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "HEAD"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("target", ["/clients", "/nothing"])
def test_other_methods_are_none(reader, method, target):
    answer = reader.ask(method, target)
    assert answer.status in (400, 404, 405, 501), answer.status
    assert method == "HEAD" or b"<table" not in answer.body


def test_a_page_that_is_only_read_takes_no_form(reader):
    answer = reader.ask("POST", "/configuration", b"a=b", kind=FORM)
    assert answer.status == 405 and answer.header("allow") == "GET"


# Paths


@pytest.mark.parametrize(
    "target",
    [
        "/clients/../audit", "/clients/%2e%2e/audit", "/clients/%2E%2E", "/clients/..%2faudit",
        "/clients/%252e%252e/audit", "//clients", "//evil.example/", "/clients//", "/./clients",
        "/clients/", "/clients/%00", "/clients%00", "/clients/x%0d%0aSet-Cookie:%20a=b",
        "/clients/%ff", "/clients/%", "/clients/%zz", "/clients/" + "a" * 1900, "/CLIENTS",
        "/clients;a=b", "/clients/x/../../audit", "/clients\\..\\audit", "/.git/config",
        "/console.css/..", "/admin.token", "/open/", "/metrics", "/openapi.json",
    ],
)  # fmt: skip
def test_an_odd_path_leads_nowhere(reader, target):
    answer = reader.ask("GET", target)
    assert answer.status in (400, 404), (answer.status, reader.shown)
    assert not answer.all("set-cookie") and not answer.all("location")
    assert b"PRIVATE KEY" not in answer.body


@pytest.mark.parametrize(
    "identifier",
    ["..", "../users", "..%2fusers", "x/../../users", "%2e%2e", "x?limit=1", "x#y", "x%00y", "*"],
)
def test_an_identifier_does_not_become_a_path_of_the_server(reader, identifier):
    """What stands in the address is one segment of the address that the server is asked for."""
    encoded = "".join(f"%{byte:02x}" for byte in identifier.encode())
    answer = reader.ask("GET", f"/clients/{encoded}")
    assert answer.status in (400, 404), (answer.status, reader.shown)


def test_a_target_that_is_too_long_is_refused_in_words(console, reader):
    for target, status in (("/clients?q=" + "a" * 3000, 414), ("/" + "a" * 9000, 414)):
        answer = reader.ask("GET", target)
        assert answer.status in (status, 431), answer.status
    answer = reader.ask("GET", "/clients", fields=[("X", "a" * 9000)])
    assert answer.status == 431
    assert reader.ask("GET", "/clients").status == 200


@pytest.mark.parametrize("query", ["q=%ff", "q=%00", "q=%zz", "q=%", "&".join(["q=a"] * 300)])
def test_a_query_that_cannot_be_read_is_refused_in_words(reader, query):
    answer = reader.ask("GET", f"/clients?{query}")
    assert answer.status == 400 and reader.page.all("h1"), reader.shown


@pytest.mark.parametrize(
    "text",
    [
        "GET http://evil.example/clients HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET /clients HTTP/1.1\r\n\r\n",
        "GET /clients HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}\r\n\r\n",
        "GET /clients HTTP/1.0\r\n\r\n",
        "GET /clients\r\n\r\n",
        "GET /clients HTTP/2.0\r\nHost: 127.0.0.1:{port}\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "GET /cli\x00ents HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",
        "POST /clients HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 3\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /clients HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_no_page(console, reader, text):
    head, _, rest = text.format(port=console.port).partition("\r\n")
    cookie = f"Cookie: {reader.cookie}\r\n" if rest.strip() else ""
    answer = console.raw(f"{head}\r\n{cookie}{rest}".encode("latin-1"))
    assert b" 200 " not in answer[:20] and b"<table" not in answer, answer[:200]
    assert reader.ask("GET", "/clients").status == 200


# Too much, too slow


def test_too_much_content_is_refused_in_words(console, reader):
    for kind in (FORM, "multipart/form-data; boundary=x", "text/plain"):
        answer = reader.ask("POST", "/clients", b"a" * (1 << 20) + b"aa", kind=kind)
        assert answer.status == 413 and "too large" in reader.shown, (answer.status, reader.shown)
    assert reader.ask("GET", "/clients").status == 200


def test_silent_connections_block_nobody(console, reader):
    with contextlib.ExitStack() as opened:
        silent = [opened.enter_context(Line(console.address)) for _ in range(100)]
        for number, line in enumerate(silent):
            line.send([b"", b"GET /clients HTTP/1.1\r\nHo", b"POST / HTTP/1.1\r\n"][number % 3])
        began = time.monotonic()
        for _ in range(10):
            assert reader.ask("GET", "/clients").status == 200
        assert time.monotonic() - began < 5 * expect.PATIENCE


def test_more_connections_than_a_browser_makes_block_nobody(console, reader):
    with contextlib.ExitStack() as opened:
        for _ in range(300):
            with contextlib.suppress(OSError):
                opened.enter_context(Line(console.address, timeout=2))
        expect.eventually(lambda: answers(reader), within=10)


def answers(reader):
    try:
        return reader.ask("GET", "/clients").status == 200
    except (Refused, OSError):
        return False


@pytest.mark.endurance
def test_a_slow_request_ends(console):
    with Line(console.address) as slow, pytest.raises((Refused, Answered)):
        slow.send(b"GET /clients HTTP/1.1\r\nHost: x\r\nX: ")
        for _ in range(60):
            slow.send(b"a")
            if select.select([slow.socket], [], [], 0.5)[0]:
                data = slow.socket.recv(4096)
                assert not data or b" 408 " in data[:15] or b" 400 " in data[:15], data
                raise Answered
