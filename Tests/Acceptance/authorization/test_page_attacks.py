# SPDX-License-Identifier: Apache-2.0
"""Attacks on the pages: on codes, on sessions, and on consent that was given for something else."""

import re
import urllib.parse

import pytest

import expect
from codes import CALLBACK, PASSWORD, USER, CodeClient, target
from server import Server, free_port
from visitor import AUTHORIZE, LOGOUT, SESSION_COOKIE, Visitor
from wire import FORM, Connection, Refused, form

OTHER = "blake"


@pytest.fixture(scope="module")
def two_users(server, portal):
    server.add_user(OTHER, PASSWORD)
    expect.eventually(lambda: signs_in(portal, OTHER))


def signs_in(client, user):
    visitor = client.visitor(client.request()[0])
    visitor.sign_in(user, PASSWORD)
    return visitor.answer.status == 303


# Where a user is sent to


@pytest.mark.parametrize(
    "more",
    [
        "&x=//evil.example", "&x=https://evil.example/", "&//evil.example", "&x=\\\\evil.example",
        "&x=/../../evil", "&x=javascript:alert(1)", "&x=%0d%0aSet-Cookie:%20a=b",
        "&;@evil.example", "&x=%00", "&x=%2f%2fevil.example", "&?://evil.example",
    ],
)  # fmt: skip
def test_signing_in_leads_back_to_the_same_page(server, portal, more):
    """The address that follows is the query of the request: nothing in it can name a host."""
    visitor = Visitor(server)
    visitor.open(target(portal.request()[0]) + more)
    if visitor.answer.status != 200:
        visitor.shows_a_failure()
        return
    visitor.sign_in()
    location = visitor.answer.header("location")
    assert location.startswith("?client_id=") or location.startswith("?response_type=")
    assert not re.search(r"[\s\x00-\x1f\x7f]", location)
    base = f"{server.url}{AUTHORIZE}?x"
    # As browsers read it, which take a backslash for a slash.
    for text in (location, location.replace("\\", "/")):
        place = urllib.parse.urlsplit(urllib.parse.urljoin(base, text))
        assert (f"{place.scheme}://{place.netloc}", place.path) == (server.url, AUTHORIZE)
    assert not visitor.answer.all("a")


@pytest.mark.parametrize("path", ["//evil.example/..", "/.", "//", "/evil.example/..", "/%2e"])
def test_no_other_path_leads_to_the_pages(server, portal, path):
    """A reference that begins with `?` keeps the path, so that no host may stand in that."""
    query = form(portal.request()[0])
    assert Visitor(server).open(f"{path}{AUTHORIZE}?{query}").status == 404


@pytest.mark.parametrize(
    "uri",
    [
        CALLBACK + "?", CALLBACK + "#", CALLBACK + "/", CALLBACK + "%00", CALLBACK + "\r\nX: y",
        CALLBACK.upper(), CALLBACK + "/../x", "//portal.example/callback", "https:portal.example",
        "https://portal.example@evil.example/callback", "https://portal.example:443/callback",
        "https://evil.example/https://portal.example/callback", "javascript:alert(1)", "\\\\evil",
        "https://portal.example.evil.example/callback", CALLBACK + "\u0301",
    ],
)  # fmt: skip
def test_a_redirect_uri_is_the_registered_one_to_the_last_byte(portal, uri):
    visitor = portal.visitor(portal.request(redirect_uri=uri, scope="absent")[0])
    visitor.shows_a_failure()
    assert uri not in visitor.page.text()


# Parameters


@pytest.mark.parametrize(
    "name", ["client_id", "redirect_uri", "state", "scope", "code_challenge", "request_uri", "foo"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_parameter_that_stands_twice_sends_nobody_anywhere(server, portal, name, method):
    more = {name: "x"} if name in ("request_uri", "foo") else {}
    parameters, _ = portal.request(scope="read", **more)
    pairs = [*parameters.items(), (name, parameters[name])]
    body = form(action="deny") if method == "POST" else None
    fields = [("Content-Type", FORM)] if body else []
    with server.connect() as connection:
        answer = connection.request(method, target(pairs), body, fields)
    assert answer.status == 400 and not answer.all("location")
    assert answer.header("content-type").startswith("text/html")


def test_long_and_many_parameters_are_bounded(server, portal):
    parameters, _ = portal.request(state="s" * 7_000)
    visitor = portal.signed_in(parameters)
    visitor.send("deny")
    assert visitor.sent_back(CALLBACK)["state"] == parameters["state"]
    with server.connect() as connection:
        longer = target({**parameters, "state": "s" * 9_000})
        assert connection.request("GET", longer).status == 414
    pairs = [*parameters.items()][:5] + [(f"p{number}", "x") for number in range(60)]
    with server.connect() as connection:
        answer = connection.request("GET", target(pairs))
        assert answer.status == 400 and not answer.all("location")
    visitor = portal.visitor(portal.request()[0])
    visitor.sign_in("u" * 20_000, "p" * 20_000)
    assert visitor.answer.status == 403
    visitor = portal.visitor(portal.request()[0])
    visitor.sign_in("u", "p" * 70_000)
    assert visitor.answer.status == 413


def test_parameters_in_the_form_are_none_of_the_request(portal):
    """A form cannot change the request that its page was shown for."""
    visitor = portal.signed_in(portal.request(scope="read")[0])
    visitor.send("allow", scope="read write", state="other", redirect_uri="https://evil.example/")
    back = visitor.sent_back(CALLBACK)
    assert back["state"] != "other"


# Requests


@pytest.mark.parametrize("path", [AUTHORIZE, LOGOUT])
def test_other_methods_and_origins_get_nothing(server, portal, path):
    query = f"{path}?{form(portal.request()[0])}"
    origin = [("Origin", "https://evil.example")]
    with server.connect() as connection:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            answer = connection.request(method, query, headers=origin)
            assert answer.status == 405
            assert not [n for n, _ in answer.headers if n.lower().startswith("access-control")]
        preflight = [*origin, ("Access-Control-Request-Method", "POST")]
        answer = connection.request("OPTIONS", query, headers=preflight)
        assert answer.status == 405
        for method in ("GET", "HEAD"):
            answer = connection.request(method, query, headers=origin)
            assert answer.status == 200
            assert not [n for n, _ in answer.headers if n.lower().startswith("access-control")]
            assert (answer.body == b"") == (method == "HEAD")


def raw(server, text):
    """An answer to a request of these bytes; nothing where the connection is closed at once."""
    with server.connect() as connection:
        connection.send(text)
        return connection.read()


def test_without_host_a_form_with_an_origin_is_foreign(server, portal):
    """HTTP/1.0 has no Host; browsers do not speak it."""
    visitor = portal.signed_in(portal.request()[0])
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    body = form({**visitor.page.fields, "action": "allow"})
    head = (
        f"POST {visitor.target} HTTP/1.0\r\nCookie: {cookies}\r\nContent-Type: {FORM}\r\n"
        f"Content-Length: {len(body)}\r\n"
    )
    assert raw(server, f"{head}Origin: {server.url}\r\n\r\n{body}").status == 403
    shown = raw(server, f"GET {visitor.target} HTTP/1.0\r\nCookie: {cookies}\r\n\r\n")
    assert shown.status == 200 and b"Allow access?" in shown.body


@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost:1", "LOCALHOST:{port}x"])
def test_another_host_makes_the_origin_of_its_own_pages_no_better(server, portal, host):
    """A page of another name has no cookies of this one; with them its forms are foreign."""
    visitor = portal.signed_in(portal.request()[0])
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    body = form({**visitor.page.fields, "action": "allow"})
    fields = [("Cookie", cookies), ("Content-Type", FORM), ("Origin", server.url)]
    with Connection(server.address) as connection:
        named = host.format(port=server.port)
        answer = connection.request("POST", visitor.target, body, fields, host=named)
    assert answer.status in (400, 403) and not answer.all("location")


def test_two_hosts_or_two_cookie_fields_are_refused_or_count_as_none(server, portal):
    visitor = portal.signed_in(portal.request()[0])
    session = f"{SESSION_COOKIE}={visitor.cookies[SESSION_COOKIE]}"
    get = f"GET {visitor.target} HTTP/1.1\r\nHost: localhost:{server.port}\r\n"
    assert b"Allow access?" in raw(server, f"{get}Cookie: {session}\r\n\r\n").body
    for cookies in (f"{session}; {session}", f"{session}; {SESSION_COOKIE}=x", f"x{session}"):
        assert b"Sign in" in raw(server, f"{get}Cookie: {cookies}\r\n\r\n").body
    split = raw(server, f"{get}Cookie: a=b\r\nCookie: {session}\r\n\r\n")
    assert b"Allow access?" not in split.body
    with pytest.raises(Refused):
        answer = raw(server, f"{get}Host: evil.example\r\nCookie: {session}\r\n\r\n")
        assert answer.status == 400
        raise Refused


def test_nothing_a_stranger_sends_makes_lines_of_its_own_in_the_log(server, portal):
    marks = ["<img src=x>", "\u2028forged", 'x","level":"error', "\u001b[31m", "a\u0085b"]
    for mark in marks:
        visitor = portal.visitor(portal.request(client_id=mark)[0])
        visitor.shows_a_failure()
        visitor = portal.visitor(portal.request(state=mark, scope=mark)[0])
        visitor = portal.visitor(portal.request()[0])
        visitor.sign_in(mark, mark)
    records = server.records
    assert {one["level"] for one in records} <= {"info", "notice", "warning", "debug"}
    text = server.log
    assert "\x1b" not in text and "\u2028" not in text and "\u0085" not in text
    assert PASSWORD not in text


# Sessions


def test_a_session_is_new_with_each_signing_in(server, portal):
    """Session fixation: a cookie that the user had before is not the one that is signed in."""
    visitor = portal.visitor(portal.request()[0])
    stranger = portal.signed_in(portal.request()[0]).cookies[SESSION_COOKIE]
    visitor.cookies[SESSION_COOKIE] = "chosen"
    visitor.sign_in()
    first = visitor.cookies[SESSION_COOKIE]
    assert first not in ("chosen", stranger)
    visitor.follow()
    assert visitor.title == "Allow access?"


def test_consent_counts_for_the_user_who_was_asked(portal, two_users):
    """Somebody else signs in on another tab: the page of the first user allows nothing for them."""
    visitor = portal.signed_in(portal.request()[0])
    asked, place = visitor.answer, visitor.target
    visitor.send("sign-out")
    visitor.open(place)
    visitor.sign_in(OTHER, PASSWORD)
    visitor.target, visitor.answer = place, asked
    visitor.send("allow")
    assert visitor.answer.status == 200 and OTHER in visitor.page.text("strong")
    visitor.send("allow")
    assert visitor.sent_back(CALLBACK)["code"]


def test_consent_counts_for_the_rights_that_were_shown(server, pki):
    client = CodeClient(server, pki, "widening", "--scope", "read")
    parameters, verifier = client.request()
    visitor = client.signed_in(parameters)
    client.update("--scope", "read write")
    expect.everywhere(
        lambda: client.visitor(client.request(scope="write")[0]).answer, 200
    )  # fmt: skip
    visitor.send("allow")
    assert visitor.title == "Allow access?" and "write" in visitor.page.text("li")
    visitor.send("allow")
    code = visitor.sent_back(CALLBACK)["code"]
    assert expect.token(client.exchange(code, verifier))["scope"] == "read write"


def test_another_site_cannot_sign_the_user_out(server, portal):
    """Its form comes without the cookie, but a browser would obey an answer that removes it."""
    for site in ([("Sec-Fetch-Site", "cross-site")], [("Origin", "https://evil.example")], []):
        with Connection(server.address) as connection:
            answer = connection.request(
                "POST", LOGOUT, "action=sign-out", [("Content-Type", FORM), *site],
                host=f"localhost:{server.port}",
            )  # fmt: skip
            assert not answer.all("set-cookie")
            assert answer.status == (403 if site else 200)
        with Connection(server.address) as connection:
            assert not connection.request("GET", LOGOUT, headers=site).all("set-cookie")
    visitor = portal.signed_in(portal.request()[0])
    visitor.open(LOGOUT)
    assert SESSION_COOKIE in visitor.cookies
    visitor.send("sign-out")
    assert SESSION_COOKIE not in visitor.cookies


def replays(client, cookie):
    """Whether the cookie is a session."""
    visitor = Visitor(client.server)
    visitor.cookies[SESSION_COOKIE] = cookie
    visitor.open(target(client.request()[0]))
    assert visitor.title in ("Sign in", "Allow access?")
    return visitor.title == "Allow access?"


def test_a_kept_cookie_is_of_no_use_after_the_session_s_end(fresh, pki):
    """After logout, another password, disabling, and each of them over a restart."""
    server = fresh().start()
    users = ["leaves", "changes", "disabled", "removed", "stays"]
    for name in users:
        server.add_user(name, PASSWORD)
    client = CodeClient(server, pki, "portal")
    expect.eventually(lambda: signs_in(client, "stays"))
    visitors = {name: client.signed_in(client.request()[0], name) for name in users}
    cookies = {name: one.cookies[SESSION_COOKIE] for name, one in visitors.items()}
    assert all(replays(client, cookie) for cookie in cookies.values())
    # A user of the same name in the same second is taken for the one who was removed.
    expect.next_second()
    visitors["leaves"].send("sign-out")
    server.handfast(
        "user", "password", "changes", "--password-stdin", text_input="another one\n"
    )
    server.handfast("user", "disable", "disabled")
    server.handfast("user", "enable", "disabled")
    server.handfast("user", "remove", "removed")
    server.add_user("removed", PASSWORD)
    for name in users[:-1]:
        expect.everywhere(lambda name=name: client.visitor(client.request()[0]).answer, 200)
        expect.eventually(lambda name=name: not replays(client, cookies[name]), within=3)
    assert replays(client, cookies["stays"])
    assert server.stop() == 0
    with fresh(data=server.data) as again:
        client.server = again
        assert not any(replays(client, cookies[name]) for name in users[:-1])
        # Its issuer is another by its port: a session of one server is none of another.
        assert not replays(client, cookies["stays"])
        assert again.stop() == 0
    same = Server(server.data, port=server.port)
    with same:
        client.server = same
        assert not any(replays(client, cookies[name]) for name in users[:-1])
        assert replays(client, cookies["stays"])
        assert same.stop() == 0


def test_a_user_who_is_named_like_a_client_is_a_user(server, portal, api):
    server.add_user(portal.client_id, PASSWORD)
    expect.eventually(lambda: signs_in(portal, portal.client_id))
    code, verifier = portal.code(user=portal.client_id)
    members = expect.token(portal.exchange(code, verifier))
    described = api.reads(members["access_token"])
    assert described["sub"] == f"user:{portal.client_id}" != portal.client_id


def test_both_spellings_of_a_name_are_one_user(server, portal, api):
    composed, taken = "\u00e9va", "e\u0301va"
    server.add_user(composed, PASSWORD)
    done = server.handfast(
        "user", "add", taken, "--password-stdin", text_input="other\n", check=False
    )
    assert done.returncode != 0 and "already" in done.stderr
    expect.eventually(lambda: signs_in(portal, taken))
    subjects = set()
    for name in (composed, taken):
        code, verifier = portal.code(user=name)
        members = expect.token(portal.exchange(code, verifier))
        subjects.add(api.reads(members["access_token"])["sub"])
    assert subjects == {f"user:{composed}"}


# Guessing


def test_behind_a_proxy_only_the_proxy_asks_and_its_network_is_nobody_s(tmp_path, pki):
    """All users of a proxy have its address: one who guesses must not keep the others out."""
    most, port, main = 3, free_port(), free_port()
    proxy = pki.self_signed("page-proxy", "p256")
    (tmp_path / "proxies.yaml").write_text(f"""
reactors: 2
listeners:
  main:
    address: 127.0.0.1:{main}
  proxied:
    address: 127.0.0.1:{port}
    forwarded_certificate: nginx
    forwarder_keys: {proxy.certificate}
limits:
  password_failures: {most}
""")
    options = ["--config", tmp_path / "proxies.yaml"]
    server = Server(tmp_path / "data", options, port=main, flags=False)
    server.add_user(USER, PASSWORD)
    with server:
        client = CodeClient(server, pki, "portal")
        query = target(client.request()[0])
        for credential in (None, client.credential):
            with Connection(("127.0.0.1", port), credential) as connection:
                answer = connection.get(query)
                assert answer.status == 400 and b"<form" not in answer.body

        def sign_in(user, password):
            with Connection(("127.0.0.1", port), proxy) as connection:
                shown = connection.get(query)
                assert shown.status == 200, shown.body
                cookie = shown.header("set-cookie").partition(";")[0]
                token = cookie.partition("=")[2]
                body = form(
                    form_token=token, action="sign-in", username=user, password=password
                )
                fields = [("Cookie", cookie), ("Content-Type", FORM)]
                return connection.request("POST", query, body, fields).status

        statuses = [sign_in(f"user {number}", f"guess {number}") for number in range(11 * most)]
        assert set(statuses) == {403}
        assert [sign_in("one", f"guess {number}") for number in range(most + 1)][-1] == 429
        assert sign_in(USER, PASSWORD) == 303
        assert server.stop() == 0
