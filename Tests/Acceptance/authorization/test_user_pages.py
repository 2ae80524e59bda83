# SPDX-License-Identifier: Apache-2.0
"""The pages for users: what protects them, and who can read them."""

import base64
import hashlib
import re

import pytest

import expect
from codes import CALLBACK, PASSWORD, CodeClient
from visitor import Visitor

FAILURE = "/oauth2/authorize?client_id=somebody"
LOGOUT = "/oauth2/logout"
MARKED = "<script>alert('x')</script> & \"Co\""


@pytest.fixture(scope="module")
def pages(server, portal):
    """Each kind of page, as it was answered."""
    found = {}
    visitor = portal.visitor(portal.request(scope="read write")[0])
    found["sign-in"] = visitor.page
    first = visitor.target
    visitor.sign_in("alex", "wrong")
    found["sign-in again"] = visitor.page
    visitor.sign_in()
    visitor.open(first)
    found["consent"] = visitor.page
    visitor.open(LOGOUT)
    found["sign out"] = visitor.page
    visitor.send("sign-out")
    found["signed out"] = visitor.page
    visitor.open(FAILURE)
    found["failure"] = visitor.page
    return found


KINDS = ["sign-in", "sign-in again", "consent", "sign out", "signed out", "failure"]
WITH_FORM = KINDS[:4]
each = pytest.mark.parametrize("kind", KINDS)


def directives(response):
    policy = response.header("content-security-policy")
    return {name: values for name, *values in (one.split() for one in policy.split(";"))}


@each
def test_the_policy_allows_the_page_s_own_style_and_form_alone(pages, kind):
    page = pages[kind]
    policy = directives(page.response)
    assert policy["default-src"] == ["'none'"] and policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    digest = hashlib.sha256(page.text("style").encode()).digest()
    assert policy["style-src"] == [f"'sha256-{base64.b64encode(digest).decode()}'"]
    assert set(policy) == {
        "default-src", "style-src", "form-action", "frame-ancestors", "base-uri",
    }  # fmt: skip
    # A browser follows the redirection after a form only to where the policy lets forms go.
    expected = {"sign out": ["'self'"], "signed out": ["'none'"], "failure": ["'none'"]}
    client = ["'self'", "https://portal.example"]
    assert policy["form-action"] == expected.get(kind, client)


@each
def test_nothing_is_kept_framed_guessed_or_passed_on(pages, kind):
    response = pages[kind].response
    expect.no_store(response)
    assert response.header("x-frame-options") == "DENY"
    assert response.header("x-content-type-options") == "nosniff"
    # `no-referrer` would make browsers send `Origin: null` with the page's own form.
    assert response.header("referrer-policy") == "same-origin"
    assert not response.all("access-control-allow-origin")


@each
def test_a_page_works_without_scripts_and_without_others(pages, kind):
    page = pages[kind]
    names = {name for name, _ in page.elements}
    assert not names & {"script", "img", "link", "iframe", "object", "embed", "base", "a"}
    for name, attributes in page.elements:
        assert not {"src", "href", "style", "action", "formaction"} & set(attributes), name
        assert not any(attribute.startswith("on") for attribute in attributes), name
    assert "url(" not in page.text("style") and "@import" not in page.text("style")
    for form in page.all("form"):
        assert form == {"method": "post"}
    assert bool(page.all("form")) == (kind in WITH_FORM)


@each
def test_a_page_has_a_language_a_title_and_one_heading(pages, kind):
    page = pages[kind]
    assert page.response.body.startswith(b"<!DOCTYPE html>\n")
    assert page.all("html") == [{"lang": "en"}]
    assert page.text("title") and len(page.all("h1")) == 1 and len(page.all("main")) == 1
    assert {"charset": "utf-8"} in page.all("meta")
    viewport = "width=device-width, initial-scale=1"
    assert {"name": "viewport", "content": viewport} in page.all("meta")


@pytest.mark.parametrize("kind", WITH_FORM)
def test_every_field_has_a_label_and_every_button_a_text(pages, kind):
    page = pages[kind]
    labelled = {label["for"] for label in page.all("label")}
    shown = {one["id"] for one in page.all("input") if one.get("type") != "hidden"}
    assert labelled == shown and len(page.text("label").split()) >= len(shown)
    texts = re.findall(r"<button[^>]*>([^<]+)</button>", page.response.body.decode())
    assert len(texts) == len(page.all("button")) > 0


def test_password_stores_find_their_fields(pages):
    fields = {one["name"]: one for one in pages["sign-in"].all("input")}
    assert fields["username"]["autocomplete"] == "username" and "autofocus" in fields["username"]
    assert fields["password"]["autocomplete"] == "current-password"
    assert fields["password"]["type"] == "password" and "value" not in fields["password"]


def test_a_refusal_is_told_to_screen_readers(pages):
    (notice,) = [p for p in pages["sign-in again"].all("p") if p.get("role") == "alert"]
    fields = {one["name"]: one for one in pages["sign-in again"].all("input")}
    for name in ("username", "password"):
        assert fields[name]["aria-describedby"] == notice["id"]
        assert fields[name]["aria-invalid"] == "true"
    # The name is kept, so the password is to be entered next.
    assert "autofocus" in fields["password"] and "autofocus" not in fields["username"]
    assert any(p.get("role") == "alert" for p in pages["failure"].all("p"))


def contrast(first, second):
    """WCAG 2.2, "contrast ratio"."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def test_texts_can_be_read_in_both_schemes(pages):
    style = pages["sign-in"].text("style")
    light, _, rest = style.partition("prefers-color-scheme: dark")
    dark = rest.partition("* {")[0]
    for scheme in (light, dark):
        colours = dict(re.findall(r"--([\w-]+): (#\w{6})", scheme))
        for ink, ground in (
            ("ink", "card"), ("soft", "card"), ("act", "card"), ("act-ink", "act"),
            ("warn", "warn-ground"),
        ):  # fmt: skip
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        # WCAG 2.2 §1.4.11: the edges of fields.
        assert contrast(colours["line"], colours["card"]) >= 3
    assert ":focus-visible" in style


@pytest.fixture(scope="module")
def marked(server, pki):
    """A client and a user whose names are markup, and a user with umlauts."""
    client = CodeClient(server, pki, MARKED)
    server.add_user(MARKED, PASSWORD)
    server.add_user("Jürgen Größe 漢字", PASSWORD)
    for name in (MARKED, "Jürgen Größe 漢字"):
        expect.eventually(lambda name=name: enters(client, name))
    return client


def enters(client, name):
    visitor = client.visitor(client.request()[0])
    visitor.sign_in(name, PASSWORD)
    return visitor.answer.status == 303


@pytest.mark.parametrize("name", [MARKED, "Jürgen Größe 漢字"])
def test_names_are_texts_and_no_markup(marked, name):
    visitor = marked.visitor(marked.request()[0])
    assert MARKED in visitor.page.text("strong") and not visitor.page.all("script")
    visitor.sign_in(name, "wrong")
    page = visitor.page
    assert page.fields["username"] == name and not page.all("script")
    visitor.sign_in(name, PASSWORD)
    visitor.follow()
    page = visitor.page
    assert MARKED in page.text("strong") and name in page.text("strong")
    assert not page.all("script")
    visitor.open(LOGOUT)
    assert name in visitor.page.text("strong") and not visitor.page.all("script")


@pytest.mark.parametrize(
    "name", ["\"><script>x</script>", "' onfocus='x", "\u202etxt.exe", "a\u0085b", "\u200dx"]
)
def test_a_name_that_was_entered_comes_back_as_a_text(portal, name):
    visitor = portal.visitor(portal.request()[0])
    visitor.sign_in(name, "wrong")
    assert visitor.answer.status == 403
    page = visitor.page
    fields = {one["name"]: one for one in page.all("input")}
    assert not page.all("script") and "onfocus" not in fields["username"]
    # Characters that would make one name look like another are replaced.
    plain = re.sub("[\u202e\u0085\u200d]", "\ufffd", name)
    assert fields["username"]["value"] == plain


def test_no_parameter_of_the_request_is_shown(portal):
    marks = {"state": MARKED, "scope": "<b>x</b>", "nonce": MARKED}
    for changes in ({}, {"redirect_uri": "https://x/" + MARKED}, {"client_id": MARKED}):
        visitor = portal.visitor(portal.request(**{**marks, **changes})[0])
        assert b"alert(" not in visitor.answer.body and b"<b>" not in visitor.answer.body


def test_a_header_cannot_be_split_by_a_parameter(portal):
    for mark in ("\r\n", "\n", "\0", "\x1b"):
        parameters, _ = portal.request(state=f"x{mark}Set-Cookie: a=b", scope="absent")
        portal.visitor(parameters).shows_a_failure("control character")
        visitor = portal.visitor(portal.request()[0])
        visitor.sign_in(f"alex{mark}", "wrong")
        assert visitor.answer.status == 400
    parameters, _ = portal.request(state="x\u0085Set-Cookie: a=b\u2028", scope="absent")
    back = portal.visitor(parameters)
    assert back.sent_back(CALLBACK)["state"] == parameters["state"]
    assert "%C2%85" in back.answer.header("location")


def test_head_is_answered_like_get_without_content(server, portal):
    visitor = Visitor(server)
    get = visitor.open(LOGOUT)
    with server.connect() as connection:
        head = connection.request("HEAD", LOGOUT)
    assert (head.status, head.body) == (get.status, b"")


def test_redirections_are_protected_too(portal):
    visitor = portal.visitor(portal.request(scope="absent")[0])
    assert visitor.answer.status == 303
    expect.no_store(visitor.answer)
    assert visitor.answer.header("referrer-policy") == "same-origin"
    assert directives(visitor.answer)["default-src"] == ["'none'"]
