# SPDX-License-Identifier: Apache-2.0
"""Forms that were not sent from the server's own page to the user's own browser change nothing."""

import pytest

from codes import CALLBACK
from visitor import FORM_COOKIE, SESSION_COOKIE, Visitor
from wire import FORM, Connection, form


@pytest.fixture
def signed_in(portal):
    return portal.signed_in(portal.request()[0])


def refused(visitor, action="allow", **more):
    """The form is not accepted, and the one of the page still is."""
    page = visitor.answer
    visitor.send(action, **more)
    visitor.shows_a_failure("This form is too old, or was not sent from this page.", status=403)
    visitor.answer = page


def accepted(visitor, action="allow", **more):
    visitor.send(action, **more)
    return visitor.sent_back(CALLBACK)["code"]


@pytest.mark.parametrize("token", ["", "A" * 22, "x", "é", None])
def test_a_foreign_form_token_is_refused(signed_in, token):
    without = ["form_token"] if token is None else []
    refused(signed_in, without=without, form_token=token or "")
    assert accepted(signed_in)


def test_the_token_of_another_browser_is_refused(portal, signed_in):
    other = portal.visitor(portal.request()[0])
    refused(signed_in, form_token=other.page.fields["form_token"])
    assert accepted(signed_in)


def test_without_the_form_s_cookie_a_form_is_refused(signed_in):
    kept = signed_in.cookies.pop(FORM_COOKIE)
    refused(signed_in)
    signed_in.cookies[FORM_COOKIE] = ""
    refused(signed_in, form_token="")
    signed_in.cookies[FORM_COOKIE] = kept
    assert accepted(signed_in)


def test_a_cookie_that_stands_twice_counts_as_none(signed_in):
    kept = signed_in.cookies[FORM_COOKIE]
    signed_in.cookies[FORM_COOKIE] = f"{kept}; {FORM_COOKIE}={kept}"
    refused(signed_in)
    signed_in.cookies[FORM_COOKIE] = kept
    assert accepted(signed_in)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://localhost:{port}", "https://localhost", "https://x",
     "https://localhost:{port}.evil.example", ""],
)  # fmt: skip
def test_the_origin_of_another_site_is_refused(server, signed_in, origin):
    refused(signed_in, headers=[("Origin", origin.format(port=server.port))])
    assert accepted(signed_in, headers=[("Origin", server.url)])


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "same-origin, same-origin"])
def test_a_form_of_another_site_is_refused_by_its_fetch_metadata(server, signed_in, site):
    refused(signed_in, headers=[("Sec-Fetch-Site", site), ("Origin", server.url)])
    assert accepted(signed_in, headers=[("Sec-Fetch-Site", "same-origin")])


def test_signing_in_is_guarded_alike(portal):
    """Else a stranger could have the user work in the stranger's account."""
    visitor = portal.visitor(portal.request()[0])
    right = {"username": "alex", "password": "a walk in the park"}
    refused(visitor, "sign-in", form_token="A" * 22, **right)
    refused(visitor, "sign-in", headers=[("Sec-Fetch-Site", "cross-site")], **right)
    assert SESSION_COOKIE not in visitor.cookies
    visitor.sign_in()
    assert SESSION_COOKIE in visitor.cookies


@pytest.mark.parametrize("action", ["", "Allow", "allow-all"])
def test_an_unknown_button_does_nothing(signed_in, action):
    refused(signed_in, action)
    assert accepted(signed_in)


def test_other_requests_do_nothing(server, signed_in):
    """A link is no form, and a form is no JSON."""
    fields = [("Cookie", "; ".join(f"{n}={v}" for n, v in signed_in.cookies.items()))]
    body = form({**signed_in.page.fields, "action": "allow"})
    with Connection(server.address) as connection:
        shown = connection.request("GET", f"{signed_in.target}&{body}", headers=fields)
        assert shown.status == 200 and b"Allow access?" in shown.body
        kind = ("Content-Type", "text/plain")
        other = connection.request("POST", signed_in.target, body, [*fields, kind])
        assert other.status == 400 and not other.all("location")
        put = connection.request("PUT", signed_in.target, body, [*fields, ("Content-Type", FORM)])
        assert put.status == 405
    assert accepted(signed_in)


def test_the_request_is_judged_again_with_each_form(portal, signed_in):
    """The form has no parameters of the request but those in the address of the page."""
    original = signed_in.target
    signed_in.target = original.replace("portal.example", "evil.example")
    page = signed_in.answer
    signed_in.send("allow")
    signed_in.shows_a_failure("redirect_uri")
    signed_in.target, signed_in.answer = original, page
    signed_in.send("allow", redirect_uri="https://evil.example/", client_id="somebody")
    assert signed_in.sent_back(CALLBACK)["code"]


def test_a_visitor_without_cookies_gets_the_form_s_cookie_once(server, portal):
    visitor = portal.visitor(portal.request()[0])
    first = visitor.cookies[FORM_COOKIE]
    assert visitor.page.fields["form_token"] == first
    visitor.open(visitor.target)
    assert not visitor.answer.all("set-cookie") and visitor.page.fields["form_token"] == first
    other = Visitor(server)
    other.open(visitor.target)
    assert other.cookies[FORM_COOKIE] != first
    # One that this server has not made is replaced.
    other.cookies[FORM_COOKIE] = "chosen"
    other.open(visitor.target)
    assert other.cookies[FORM_COOKIE] != "chosen"
