# SPDX-License-Identifier: Apache-2.0
"""The token endpoint's requests and answers: TOK-* of RFC 6749 and its neighbours."""

import pytest

import expect
from wire import FORM, form


@pytest.fixture(scope="module")
def line(server, clients):
    """An open connection of playground2, with the parameters of a good request."""
    connection = server.connect(clients.certificate)
    connection.good = {
        "grant_type": "client_credentials",
        "client_id": clients.self_signed["client_id"],
    }
    yield connection
    connection.close()


@pytest.fixture(autouse=True)
def still_good(request):
    """After every case the same connection still gets a token."""
    yield
    if "line" in request.fixturenames:
        line = request.getfixturevalue("line")
        expect.token(line.token(line.good))


@pytest.mark.smoke
def test_a_good_request_gets_a_token_without_refresh_token(line):
    members = expect.token(line.token(line.good, scope="read"))
    assert "refresh_token" not in members
    assert members.get("scope", "read") == "read"


def test_a_thousand_tokens_differ(line):
    answers = [expect.token(line.token(line.good)) for _ in range(1000)]
    assert len({members["access_token"] for members in answers}) == 1000


@pytest.mark.parametrize("grant_type", [None, ""])
def test_a_missing_or_empty_grant_type_is_an_invalid_request(line, grant_type):
    body = {"client_id": line.good["client_id"]}
    if grant_type is not None:
        body["grant_type"] = grant_type
    expect.error(line.token(body), "invalid_request")


@pytest.mark.parametrize("grant_type", ["nonsense", "Client_Credentials", "implicit", "x" * 500])
def test_an_unknown_grant_type_is_unsupported(line, grant_type):
    expect.error(line.token(line.good | {"grant_type": grant_type}), "unsupported_grant_type")


def test_a_grant_that_the_client_may_not_use_is_unauthorized(server, clients):
    body = {"grant_type": "password", "username": "a", "password": "b"}
    body["client_id"] = clients.under_ca["client_id"]
    expect.error(server.token(body, clients.leaf), "unauthorized_client")


def test_client_authentication_comes_before_everything_about_the_grant(server, clients):
    for grant_type in ("nonsense", "password", "client_credentials"):
        body = {"client_id": clients.self_signed["client_id"], "grant_type": grant_type}
        expect.error(server.token(body), "invalid_client")


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize(
    "name",
    ["grant_type", "client_id", "scope", "client_secret", "code", "refresh_token", "foo"],
)
def test_a_parameter_given_twice_is_an_invalid_request(line, name, same):
    first = line.good.get(name, "read")
    pairs = [pair for pair in line.good.items() if pair[0] != name]
    body = form([*pairs, (name, first), (name, first if same else "other")])
    expect.error(line.token(body), "invalid_request")


def test_a_name_that_is_the_same_only_after_decoding_is_twice(line):
    body = form(line.good) + "&%67rant_type=client_credentials"
    expect.error(line.token(body), "invalid_request")


@pytest.mark.parametrize("name", ["grant_type", "client_id"])
def test_a_parameter_in_query_and_body_is_an_invalid_request(line, name):
    target = "/oauth2/token?" + form([(name, line.good[name])])
    expect.error(line.token(line.good, target=target), "invalid_request")


def test_parameters_in_the_query_alone_are_never_read(line):
    response = line.token("", target="/oauth2/token?" + form(line.good))
    expect.error(response, ("invalid_request", "invalid_client"), 400, 401)


def test_a_query_of_other_names_is_ignored(line):
    expect.token(line.token(line.good, target="/oauth2/token?x=y"))


def test_an_unknown_parameter_is_ignored(line):
    expect.token(line.token(line.good, foo="bar", **{"": "nothing"}))


@pytest.mark.parametrize("scope", [None, ""])
def test_without_a_scope_the_default_is_granted_and_said(line, scope):
    body = line.good if scope is None else line.good | {"scope": scope}
    members = expect.token(line.token(body))
    assert set(members["scope"].split()) <= {"read", "write"}


@pytest.mark.parametrize("scope", ["admin", "read admin", "READ"])
def test_a_scope_beyond_the_registered_ones_is_never_granted(line, scope):
    response = line.token(line.good, scope=scope)
    if response.status == 200:
        assert set(expect.token(response)["scope"].split()) <= {"read", "write"}
    else:
        expect.error(response, "invalid_scope")


@pytest.mark.parametrize(
    "scope", ['a"b', "a\\b", "read\twrite", "read  write", " read", "read ", "r\u00e9ad", "read\n"]
)
def test_a_malformed_scope_is_invalid(line, scope):
    expect.error(line.token(line.good, scope=scope), ("invalid_scope", "invalid_request"))


@pytest.mark.parametrize("scope", ["read write", "write read", "read read", "read read write"])
def test_order_and_repetition_of_scopes_do_not_matter(line, scope):
    members = expect.token(line.token(line.good, scope=scope))
    assert set(members.get("scope", scope).split()) == set(scope.split())


def test_a_client_without_scopes_gets_none(server, clients):
    body = {"grant_type": "client_credentials", "client_id": clients.other["client_id"]}
    response = server.token({**body, "scope": "read"}, clients.other_certificate)
    expect.error(response, "invalid_scope")
    expect.token(server.token(body, clients.other_certificate))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_not_allowed(line, method):
    body = form(line.good) if method in ("PUT", "PATCH") else None
    target = "/oauth2/token" if body else "/oauth2/token?" + form(line.good)
    response = line.request(method, target, body, [("Content-Type", FORM)] if body else [])
    assert response.status == 405
    assert "POST" in response.header("allow")
    assert b"access_token" not in response.body


def test_options_opens_nothing_to_browsers(line):
    response = line.request(
        "OPTIONS", "/oauth2/token", headers=[("Origin", "https://evil.example")]
    )
    assert response.status in (204, 405)
    assert response.header("access-control-allow-origin") is None


@pytest.mark.parametrize(
    "kind",
    ["application/json", "multipart/form-data; boundary=x", "text/plain", None, "", FORM + "x"],
)
def test_another_content_type_is_never_read_as_a_form(line, kind):
    response = line.token(line.good, kind=kind)
    assert response.status in (400, 415)
    if response.status == 400:
        expect.error(response, "invalid_request")


@pytest.mark.parametrize(
    "kind",
    [FORM + ";charset=UTF-8", FORM + " ; charset=utf-8", "Application/X-WWW-Form-Urlencoded"],
)
def test_the_form_type_with_parameters_or_capitals_is_accepted(line, kind):
    expect.token(line.token(line.good, kind=kind))


def test_spaces_pluses_and_empty_pairs_are_decoded_as_the_form_rules_say(line):
    good = form(line.good)
    for body in (
        good + "&scope=read+write",
        good + "&scope=read%20write",
        good + "&&scope=read%20write&",
        "&" + good + "&a&scope=%72ead%20write",
    ):
        members = expect.token(line.token(body))
        assert set(members.get("scope", "read write").split()) == {"read", "write"}
    # %2B is a plus, which is a scope nobody has, and not a space.
    expect.error(line.token(good + "&scope=read%2Bwrite"), "invalid_scope")


@pytest.mark.parametrize(
    "tail", ["%zz", "%", "%4", "%ff", "%c0%af", "%ed%a0%80", "%00", "%01", "\x00", "\xff", "%u0041"]
)
@pytest.mark.parametrize("name", ["foo", "scope", "client_id"])
def test_bad_encoding_is_an_invalid_request(line, name, tail):
    pairs = {key: value for key, value in line.good.items() if key != name}
    body = (form(pairs) + f"&{name}=a{tail}").encode("latin-1")
    codes = ("invalid_request", "invalid_scope") if name == "scope" else "invalid_request"
    expect.error(line.token(body), codes)


def test_more_parameters_than_sixty_four_are_refused(line):
    expect.token(line.token(line.good, **{f"p{n}": "1" for n in range(62)}))
    response = line.token(line.good, **{f"p{n}": "1" for n in range(63)})
    expect.error(response, "invalid_request")


def test_an_echo_in_the_description_stays_within_its_characters(line):
    for name in ("grant_type", "scope", "client_id"):
        response = line.token(line.good | {name: 'a"\\<script>\u00fc'})
        expect.error(
            response,
            ("invalid_request", "invalid_scope", "unsupported_grant_type", "invalid_client"),
            400,
            401,
        )
        assert b"<script>" not in response.body


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html", "image/png;q=0.1"])
def test_the_answer_is_json_whatever_is_accepted(line, accept):
    expect.token(line.token(line.good, headers=[("Accept", accept)]))
    bad = line.token(line.good | {"grant_type": "x"}, headers=[("Accept", accept)])
    expect.error(bad, "unsupported_grant_type")


def test_an_unknown_path_is_not_found(line):
    for target in ("/oauth2/tokens", "/oauth2/token/", "/", "/oauth2/../oauth2/token"):
        response = line.token(line.good, target=target)
        assert response.status in (400, 404)
        assert b"access_token" not in response.body
