# SPDX-License-Identifier: Apache-2.0
"""The authorization code grant from a user's browser to a token, and all that ends it before."""

import pytest

import expect
from codes import CALLBACK, GRANTS, PASSWORD, USER, CodeClient, target
from oauth import WELL_KNOWN
from visitor import FORM_COOKIE, SESSION_COOKIE, Visitor

pytestmark = pytest.mark.smoke


@pytest.fixture(scope="module")
def app(server, pki):
    """A native app: without a credential, with a port of its own choice."""
    return CodeClient(server, pki, "app", redirect_uri="http://127.0.0.1/back", public=True)


def test_a_user_signs_in_and_allows_and_the_client_gets_tokens(server, portal, api):
    parameters, verifier = portal.request(scope="read", state="a state/with=all&sorts?é")
    visitor = portal.visitor(parameters)
    assert visitor.title == "Sign in" and "portal" in visitor.page.text()
    assert list(visitor.cookies) == [FORM_COOKIE]
    visitor.sign_in()
    assert list(visitor.cookies) == [FORM_COOKIE, SESSION_COOKIE]
    visitor.follow()
    assert visitor.title == "Allow access?" and visitor.page.text("li") == "read"
    assert USER in visitor.page.text()
    visitor.send("allow")
    back = visitor.sent_back(CALLBACK)
    assert set(back) == {"code", "state", "iss"}
    assert back["state"] == parameters["state"]
    assert back["iss"] == server.get(WELL_KNOWN).json["issuer"]

    members = expect.token(portal.exchange(back["code"], verifier))
    claims = expect.verified(members["access_token"], server.address)
    assert (claims["sub"], claims["client_id"]) == (f"user:{USER}", portal.client_id)
    assert claims["scope"] == members["scope"] == "read"
    assert claims["cnf"] == {"x5t#S256": portal.credential.thumbprint}
    assert api.reads(members["access_token"])["sub"] == f"user:{USER}"

    again = expect.token(portal.refresh(members["refresh_token"]))
    assert expect.verified(again["access_token"], server.address)["sub"] == f"user:{USER}"
    assert portal.revoke(again["refresh_token"]).status == 200
    api.comes_to_refuse(members["access_token"])
    api.comes_to_refuse(again["access_token"])
    expect.error(portal.refresh(again["refresh_token"]), "invalid_grant")


def test_who_has_signed_in_is_asked_for_consent_alone(portal, shop):
    visitor = portal.signed_in(portal.request()[0])
    parameters, verifier = shop.request()
    visitor.open(target(parameters))
    assert visitor.title == "Allow access?" and "shop" in visitor.page.text()
    visitor.send("allow")
    expect.token(shop.exchange(visitor.sent_back(CALLBACK)["code"], verifier))


# Requests that lead to no page of the client: there is no place to send the user to.


@pytest.mark.parametrize(
    "uri",
    [
        "https://portal.example/callback/", "https://portal.example/callback?x=1",
        "https://portal.example/", "http://portal.example/callback", "https://evil.example/",
        "https://portal.example/%63allback", "HTTPS://portal.example/callback",
        "https://portal.example:443/callback", "https://portal.example@evil.example/callback",
        "https://portal.example/callback#x", "javascript:alert(1)", "callback",
    ],
)  # fmt: skip
def test_a_redirect_uri_that_is_not_registered_gets_a_page(portal, uri):
    parameters, _ = portal.request(redirect_uri=uri)
    portal.visitor(parameters).shows_a_failure("redirect_uri")
    # Nor is it told of anything else that is wrong.
    parameters["response_type"] = "token"
    portal.visitor(parameters).shows_a_failure("redirect_uri")


def test_an_unknown_or_disabled_client_gets_a_page(server, pki, portal):
    portal.visitor(portal.request(client_id="somebody")[0]).shows_a_failure("client")
    portal.visitor(portal.request(client_id=None)[0]).shows_a_failure("client_id")
    gone = CodeClient(server, pki, "gone")
    parameters, _ = gone.request()
    visitor = gone.signed_in(parameters)
    server.handfast("client", "disable", "gone")
    expect.eventually(lambda: gone.visitor(parameters).answer.status == 400)
    expect.everywhere(lambda: gone.visitor(parameters).answer, 400)
    visitor.send("allow")
    visitor.shows_a_failure("client")


def test_a_redirect_uri_may_be_left_out_where_there_is_one(server, pki, portal):
    parameters, verifier = portal.request(redirect_uri=None)
    visitor = portal.signed_in(parameters)
    visitor.send("allow")
    code = visitor.sent_back(CALLBACK)["code"]
    expect.token(portal.exchange(code, verifier, redirect_uri=None))
    two = CodeClient(server, pki, "two", "--redirect-uri", "https://two.example/callback")
    two.visitor(two.request(redirect_uri=None)[0]).shows_a_failure("redirect_uri")


def test_parameters_that_stand_twice_are_refused(portal):
    parameters, _ = portal.request()
    for name in ("client_id", "redirect_uri", "state"):
        pairs = [*parameters.items(), (name, parameters[name])]
        portal.visitor(pairs).shows_a_failure()


# Requests whose client is told.


@pytest.mark.parametrize(
    "changes, error",
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "!" * 43}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "write admin"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"request": "e30.e30."}, "request_not_supported"),
    ],
)
def test_what_is_wrong_with_a_request_is_told_to_the_client(server, portal, changes, error):
    parameters, _ = portal.request(**changes)
    back = portal.visitor(parameters).sent_back(CALLBACK)
    assert set(back) == {"error", "error_description", "state", "iss"}
    assert (back["error"], back["state"]) == (error, parameters["state"])
    assert back["iss"] == server.get(WELL_KNOWN).json["issuer"]


def test_a_client_that_lost_the_grant_is_told_where_it_is_registered(server, pki):
    """RFC 6749 §4.1.2.1: by redirection, to a URI that is its own."""
    narrow = CodeClient(server, pki, "narrow", "--scope", "read")
    assert narrow.visitor(narrow.request()[0]).title == "Sign in"
    narrow.update("--grant-types", "client_credentials")
    expect.everywhere(narrow.ask, 200)
    parameters, _ = narrow.request()
    back = narrow.visitor(parameters).sent_back(CALLBACK)
    assert (back["error"], back["state"]) == ("unauthorized_client", parameters["state"])
    # The twin: nobody is sent to a place that is not registered.
    foreign = {**parameters, "redirect_uri": "https://elsewhere.example/"}
    narrow.visitor(foreign).shows_a_failure()


def test_a_registered_query_stays(server, pki):
    uri = "https://portal.example/callback?tenant=north"
    tenant = CodeClient(server, pki, "tenant", redirect_uri=uri)
    expect.token(tenant.exchange(*tenant.code()))
    back = tenant.visitor(tenant.request(scope="absent")[0]).sent_back(uri)
    assert back["error"] == "invalid_scope"


def test_loopback_addresses_have_any_port_and_names_have_one(server, pki, app):
    for uri in ("http://127.0.0.1:51004/back", "http://127.0.0.1/back", "http://127.0.0.1:1/back"):
        members = expect.token(app.exchange(*app.code(redirect_uri=uri), redirect_uri=uri))
        assert members["refresh_token"]
    for uri in (
        "http://127.0.0.1:51004/other", "http://127.0.0.2:51004/back", "http://127.0.0.1:x/back",
        "https://127.0.0.1/back", "http://127.0.0.1:70000/back", "http://localhost:51004/back",
        "http://127.0.0.1.evil.example/back", "http://127.0.0.1:1@evil.example/back",
    ):  # fmt: skip
        app.visitor(app.request(redirect_uri=uri)[0]).shows_a_failure("redirect_uri")
    six = CodeClient(server, pki, "six", redirect_uri="http://[::1]/back", public=True)
    uri = "http://[::1]:51004/back"
    expect.token(six.exchange(*six.code(redirect_uri=uri), redirect_uri=uri))
    named = CodeClient(server, pki, "named", redirect_uri="http://localhost:8080/back")
    parameters, _ = named.request(redirect_uri="http://localhost:8081/back")
    named.visitor(parameters).shows_a_failure("redirect_uri")


# The user.


@pytest.mark.parametrize(
    "username, password", [(USER, "wrong"), ("nobody", PASSWORD), (USER, PASSWORD + " ")]
)
def test_a_wrong_name_or_password_shows_the_form_again(portal, username, password):
    visitor = portal.visitor(portal.request()[0])
    visitor.sign_in(username, password)
    assert visitor.answer.status == 403 and SESSION_COOKIE not in visitor.cookies
    page = visitor.page
    assert "The user name or the password is wrong." in page.text("p")
    assert page.fields["username"] == username and page.fields["password"] == ""
    # The twin: the form that is shown then is as good as the first one.
    visitor.sign_in()
    assert SESSION_COOKIE in visitor.cookies


def test_empty_names_and_passwords_are_wrong_ones(portal):
    for username, password in (("", ""), (USER, ""), ("", PASSWORD), (USER, "x" * 5000)):
        visitor = portal.visitor(portal.request()[0])
        visitor.sign_in(username, password)
        assert visitor.answer.status == 403 and SESSION_COOKIE not in visitor.cookies


def test_a_user_who_does_not_allow_sends_the_client_an_error(portal):
    parameters, _ = portal.request()
    visitor = portal.signed_in(parameters)
    visitor.send("deny")
    back = visitor.sent_back(CALLBACK)
    assert (back["error"], back["state"]) == ("access_denied", parameters["state"])
    assert "code" not in back and SESSION_COOKIE in visitor.cookies


def test_nothing_is_allowed_without_a_session(portal):
    visitor = portal.visitor(portal.request()[0])
    visitor.send("allow")
    assert visitor.answer.status == 200 and visitor.title == "Sign in"
    # A session that was changed, or is of another server, is none.
    visitor = portal.signed_in(portal.request()[0])
    session = visitor.cookies[SESSION_COOKIE]
    for at in (2, 40, len(session) - 2):
        other = "A" if session[at] != "A" else "B"
        visitor.cookies[SESSION_COOKIE] = session[:at] + other + session[at + 1 :]
        visitor.open(visitor.target)
        assert visitor.title == "Sign in"
    visitor.cookies[SESSION_COOKIE] = session
    visitor.open(visitor.target)
    assert visitor.title == "Allow access?"


def test_signing_out_ends_the_session_for_good(portal):
    visitor = portal.signed_in(portal.request()[0])
    kept = dict(visitor.cookies)
    visitor.send("sign-out")
    assert SESSION_COOKIE not in visitor.cookies
    visitor.follow()
    assert visitor.title == "Sign in"

    # The cookie that somebody has copied before is of no use either.
    def asked():
        visitor.cookies = dict(kept)
        visitor.open(visitor.target)
        return visitor.title

    expect.eventually(lambda: asked() == "Sign in")
    for _ in range(5):
        expect.eventually(lambda: asked() == "Sign in")
    # Other sessions of the user live on.
    portal.signed_in(portal.request()[0])


def test_the_user_signs_out_at_the_page_for_it(server, portal):
    visitor = portal.signed_in(portal.request()[0])
    place = visitor.target
    visitor.open("/oauth2/logout")
    assert visitor.title == "Sign out" and USER in visitor.page.text()
    # A page of another site sends this form without the cookie, and with its origin.
    visitor.send("sign-out", headers=[("Sec-Fetch-Site", "cross-site")])
    visitor.shows_a_failure(status=403)
    assert SESSION_COOKIE in visitor.cookies
    visitor.open("/oauth2/logout")
    visitor.send("sign-out")
    assert visitor.answer.status == 200 and visitor.title == "Signed out"
    assert SESSION_COOKIE not in visitor.cookies
    visitor.open(place)
    assert visitor.title == "Sign in"
    assert Visitor(server).open("/oauth2/logout").status == 200


def test_a_disabled_user_is_out_at_once(server, portal, api):
    server.add_user("robin", "robin's password")
    code, verifier = None, None

    def known():
        visitor = portal.visitor(portal.request()[0])
        visitor.sign_in("robin", "robin's password")
        return visitor.answer.status == 303

    expect.eventually(known)
    tokens = portal.tokens(user="robin", password="robin's password")
    parameters, _ = portal.request()
    visitor = portal.signed_in(parameters, "robin", "robin's password")
    code, verifier = portal.code("robin", "robin's password")
    server.handfast("user", "disable", "robin")
    api.comes_to_refuse(tokens["access_token"])
    visitor.send("allow")
    assert visitor.title == "Sign in"
    visitor.sign_in("robin", "robin's password")
    assert visitor.answer.status == 403
    expect.error(portal.exchange(code, verifier), "invalid_grant")
    expect.error(portal.refresh(tokens["refresh_token"]), "invalid_grant")
    # Enabled again, the user has to sign in again, and what was issued does not come back.
    server.handfast("user", "enable", "robin")
    expect.eventually(known)
    visitor.open(target(parameters))
    assert visitor.title == "Sign in"
    expect.error(portal.refresh(tokens["refresh_token"]), "invalid_grant")


def test_the_metadata_tells_of_it(server):
    metadata = server.get(WELL_KNOWN).json
    issuer = metadata["issuer"]
    assert metadata["authorization_endpoint"] == f"{issuer}/oauth2/authorize"
    assert metadata["pushed_authorization_request_endpoint"] == f"{issuer}/oauth2/par"
    assert metadata["revocation_endpoint"] == f"{issuer}/oauth2/revoke"
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["require_pushed_authorization_requests"] is False
    assert set(GRANTS.split(",")) <= set(metadata["grant_types_supported"])
