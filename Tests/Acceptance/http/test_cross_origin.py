# SPDX-License-Identifier: Apache-2.0
"""The CORS protocol: whose pages may use the token endpoint, and where."""

import signal
import subprocess

import pytest

import expect
from oauth import CC, INTROSPECTION, WELL_KNOWN
from server import Server, free_port, handfast
from wire import Connection

APP, OTHER, EVIL = "https://app.example", "http://localhost:3000", "https://evil.example"
PREFLIGHT = [("Access-Control-Request-Method", "POST")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory, pki):
    """A server with a listener for pages, one without them, and one for certificates."""
    folder = tmp_path_factory.mktemp("shop")
    ports = {name: free_port() for name in ("main", "quiet", "certificates")}
    file = folder / "h.yaml"
    text = (
        f"listeners:\n"
        f"  main: {{address: '127.0.0.1:{ports['main']}', client_certificate: none,"
        f" cors_origins: '{APP} {OTHER}'}}\n"
        f"  quiet: {{address: '127.0.0.1:{ports['quiet']}', client_certificate: none}}\n"
        f"  certificates: {{address: '127.0.0.1:{ports['certificates']}'}}\n"
    )
    file.write_text(text)
    env = {"HANDFAST_AUTHENTICATION_NONE": "true"}
    server = Server(
        folder / "data", ["--config", file], port=ports["main"], flags=False, env=env
    )
    server.ports, server.file, server.text = ports, file, text
    server.confidential = server.add_client(
        "shop", "--auth-method", "client_secret_basic", "--grant-types", "client_credentials"
    )
    server.page = server.add_client("page", "--auth-method", "none", "--grant-types", "password")
    server.add_user("admin", "admin")
    with server:
        yield server


def ask(shop, name, method="POST", target="/oauth2/token", origin=APP, headers=(), body=None):
    fields = [("Origin", origin)] if origin else []
    with Connection(("127.0.0.1", shop.ports[name])) as connection:
        if method == "POST":
            client = shop.confidential
            return connection.token(
                body or CC, basic=(client["client_id"], client["client_secret"]),
                headers=[*fields, *headers], target=target,
            )  # fmt: skip
        return connection.request(method, target, headers=[*fields, *headers])


def fields(response):
    return {k.lower(): v for k, v in response.headers
            if k.lower().startswith("access-control") or k.lower() == "vary"}  # fmt: skip


@pytest.mark.parametrize("origin", [APP, OTHER])
def test_a_page_of_a_named_origin_asks_and_is_answered(shop, origin):
    asked = ask(shop, "main", "OPTIONS", origin=origin, headers=PREFLIGHT)
    assert (asked.status, asked.body) == (204, b"")
    assert fields(asked) == {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "Authorization, Content-Type",
        "access-control-max-age": "600",
        "vary": "Origin",
    }
    answer = ask(shop, "main", origin=origin)
    expect.token(answer)
    assert fields(answer) == {"access-control-allow-origin": origin, "vary": "Origin"}


def test_refusals_can_be_read_too(shop):
    answer = ask(shop, "main", body={"grant_type": "nonsense"})
    expect.error(answer, "unsupported_grant_type")
    assert fields(answer) == {"access-control-allow-origin": APP, "vary": "Origin"}


@pytest.mark.parametrize("password, status", [("admin", 200), ("wrong", 400)])
def test_an_answer_that_had_to_wait_says_the_same(shop, password, status):
    body = {"grant_type": "password", "username": "admin", "password": password,
            "client_id": shop.page["client_id"]}  # fmt: skip
    with Connection(("127.0.0.1", shop.ports["main"])) as connection:
        for origin, allowed in ((APP, APP), (EVIL, None), (APP, APP)):
            answer = connection.token(body, headers=[("Origin", origin)])
            assert answer.status == status
            assert answer.header("access-control-allow-origin") == allowed
            assert answer.header("vary") == "Origin"


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "*", APP + ":443", APP + "/", APP.upper(), "", APP + ".evil.example"]
)
def test_no_other_origin_is_told_that_it_may(shop, origin):
    asked = ask(shop, "main", "OPTIONS", origin=origin, headers=PREFLIGHT)
    assert asked.status == 405 and asked.header("allow") == "POST"
    assert fields(asked) == {"vary": "Origin"}
    # The rule is the browser's: it does not show its page what came, and curl is no browser.
    answer = ask(shop, "main", origin=origin)
    expect.token(answer)
    assert fields(answer) == {"vary": "Origin"}


def test_two_origins_and_half_a_preflight_are_none(shop):
    twice = [("Origin", APP), ("Origin", APP), *PREFLIGHT]
    for headers in (twice, [("Origin", APP)], PREFLIGHT, [("Origin", APP), *PREFLIGHT * 2]):
        asked = ask(shop, "main", "OPTIONS", origin=None, headers=headers)
        assert asked.status == 405, headers
        assert asked.header("access-control-allow-methods") is None


@pytest.mark.parametrize("name", ["quiet", "certificates"])
def test_listeners_that_name_nobody_answer_as_ever(shop, name):
    asked = ask(shop, name, "OPTIONS", headers=PREFLIGHT)
    assert asked.status == 405 and not fields(asked)
    answer = ask(shop, name)
    expect.token(answer)
    assert not fields(answer)


def test_introspection_stays_closed_and_documents_stay_open(shop):
    target = INTROSPECTION
    asked = ask(shop, "main", "OPTIONS", target=target, headers=PREFLIGHT)
    assert asked.status == 405 and not fields(asked)
    answer = ask(shop, "main", target=target, body={"token": "x"})
    expect.inactive(answer)
    assert not fields(answer)
    for name in shop.ports:
        for target in (WELL_KNOWN, "/oauth2/jwks"):
            for origin in (APP, EVIL, "null", None):
                answer = ask(shop, name, "GET", target=target, origin=origin)
                assert fields(answer) == {"access-control-allow-origin": "*"}


def test_curl_says_the_same(shop):
    done = subprocess.run(
        ["curl", "-sS", "-k", "-i", "-X", "OPTIONS", "-H", f"Origin: {APP}", "-H",
         "Access-Control-Request-Method: POST", "-H",
         "Access-Control-Request-Headers: authorization,content-type",
         f"https://localhost:{shop.ports['main']}/oauth2/token"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert done.startswith("HTTP/1.1 204 ") and f"Access-Control-Allow-Origin: {APP}" in done
    assert "Credentials" not in done


def test_a_reload_changes_whose_pages_may(shop):
    shop.file.write_text(shop.text.replace(APP, EVIL))
    shop.signal(signal.SIGHUP)
    expect.eventually(
        lambda: ask(shop, "main", origin=EVIL).header("access-control-allow-origin") == EVIL
    )
    assert ask(shop, "main").header("access-control-allow-origin") is None
    shop.file.write_text(shop.text)
    shop.signal(signal.SIGHUP)
    expect.eventually(lambda: ask(shop, "main").header("access-control-allow-origin") == APP)


@pytest.mark.parametrize("origins", [APP + " null", "*", APP + "/", "http://app.example"])
def test_what_cannot_be_an_origin_is_refused_by_check(tmp_path, origins):
    file = tmp_path / "h.yaml"
    file.write_text(
        f"listeners: {{main: {{address: '127.0.0.1:9', client_certificate: none,"
        f" cors_origins: '{origins}'}}}}\n"
    )
    done = handfast("check", "--config", file, check=False)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "listeners.main.cors_origins" in done.stderr and origins in done.stderr
