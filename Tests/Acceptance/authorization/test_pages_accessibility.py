# SPDX-License-Identifier: Apache-2.0
"""The pages for users in Chromium: axe on each, names for screen readers, the Tab key alone."""

import urllib.parse

import pytest

import expect
from axe import begin_pages_with_axe, violations
from browser import ELEMENT, Browser
from codes import PASSWORD, USER, CodeClient, target
from origin import Origin
from server import Server
from visitor import FORM_COOKIE, SESSION_COOKIE

MOST = 3
NARROW = 320
USERS = (USER, "robin", "kim")


@pytest.fixture(scope="module")
def server(data):
    """The module's server, where few wrong passwords are many."""
    running = Server(data, env={"HANDFAST_LIMITS_PASSWORD_FAILURES": str(MOST)})
    for name in USERS:
        running.add_user(name, PASSWORD)
    with running:
        yield running
        assert running.running and running.stop() == 0


@pytest.fixture(scope="module")
def application():
    """The client's own web server, which the browser is sent back to."""
    with Origin() as one:
        yield one


@pytest.fixture(scope="module")
def client(server, pki, application):
    uri = f"http://127.0.0.1:{application.port}/back"
    return CodeClient(server, pki, "shop", "--scope", "read write", redirect_uri=uri)


@pytest.fixture
def browser(tmp_path):
    folder = tmp_path / "browser"
    folder.mkdir()
    with Browser(folder) as one:
        begin_pages_with_axe(one)
        yield one


@pytest.fixture
def begin(browser, client):
    """Sends the browser to the server with a new request; returns the request and its verifier."""

    def begin(**changes):
        parameters, verifier = client.request(scope="read write", **changes)
        browser.open(client.server.url + target(parameters))
        return parameters, verifier

    return begin


# Keys.


def focused(browser):
    """The element that has the focus: its button's value, or its field's name."""
    return browser.run("const one = document.activeElement; return one.value && one.type =="
                       " 'submit' ? one.value : one.name || one.tagName")  # fmt: skip


def tab_to(browser, wanted):
    """Presses Tab until this element has the focus; each one on the way is seen to have it."""
    passed = []
    while focused(browser) != wanted:
        browser.key("Tab")
        passed.append(focused(browser))
        assert len(passed) < 8, (wanted, passed)
        assert is_marked(browser), passed
    return passed


def is_marked(browser):
    """Whether the focus can be seen: an outline of two pixels at least, within the window."""
    return browser.run(
        "const one = document.activeElement, box = one.getBoundingClientRect();"
        "const style = getComputedStyle(one);"
        "return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2"
        " && box.width > 0 && box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;"
    )


def write(browser, text):
    """Types into what has the focus."""
    browser.devtools("Input.insertText", text=text)


def press(browser, title):
    browser.key("Enter")
    expect.eventually(lambda: browser.title == title, within=10)


def sign_in(browser, user, password):
    """From the page as it is opened to the press of its button."""
    assert focused(browser) == "username"
    write(browser, user)
    assert tab_to(browser, "password") == ["password"]
    write(browser, password)
    assert tab_to(browser, "sign-in") == ["sign-in"]
    browser.key("Enter")


def is_refused(browser):
    return "The user name or the password is wrong." in browser.text()


def sent_back(application, parameters):
    """The parameters with which the browser has come back to the client."""

    def came():
        asked = [path for path in application.asked if parameters["state"] in path]
        return asked and asked[0]

    query = urllib.parse.urlsplit(expect.eventually(came, within=10)).query
    return dict(urllib.parse.parse_qsl(query))


@pytest.mark.smoke
def test_the_keyboard_alone_signs_in_and_allows(begin, browser, client, application):
    parameters, verifier = begin()
    sign_in(browser, USER, PASSWORD)
    expect.eventually(lambda: browser.title == "Allow access?", within=10)
    # Nothing is allowed by a key that was pressed too often on the page before.
    assert focused(browser) == "BODY"
    assert tab_to(browser, "allow") == ["allow"]
    browser.key("Enter")
    back = sent_back(application, parameters)
    members = expect.token(client.exchange(back["code"], verifier))
    assert expect.verified(members["access_token"], client.server.address)["sub"] == f"user:{USER}"


def test_the_keyboard_alone_refuses(begin, browser, application):
    parameters, _ = begin()
    sign_in(browser, USER, PASSWORD)
    expect.eventually(lambda: browser.title == "Allow access?", within=10)
    assert tab_to(browser, "deny") == ["allow", "deny"]
    browser.key("Enter")
    back = sent_back(application, parameters)
    assert back["error"] == "access_denied" and "code" not in back


def test_a_wrong_password_leaves_the_keyboard_at_the_password(begin, browser):
    begin()
    sign_in(browser, "kim", "wrong")
    expect.eventually(lambda: is_refused(browser), within=10)
    assert SESSION_COOKIE not in browser.cookies()
    # The name is kept; a screen reader says the notice with the field.
    assert focused(browser) == "password"
    assert "is wrong" in described(browser)["description"]
    write(browser, PASSWORD)
    tab_to(browser, "sign-in")
    press(browser, "Allow access?")
    assert tab_to(browser, "sign-out") == ["allow", "deny", "sign-out"]
    press(browser, "Sign in")
    assert SESSION_COOKIE not in browser.cookies()


# Each page.


def failing(begin, browser):
    """A request that leads nowhere."""
    begin(client_id="somebody")


def wrong(begin, browser):
    begin()
    browser.type("#username", "robin")
    browser.type("#password", "wrong")
    browser.click("button", "Sign in")
    expect.eventually(lambda: is_refused(browser), within=10)


def throttled(begin, browser):
    begin()
    for number in range(MOST + 2):
        browser.clear("#username")
        browser.type("#username", "nobody")
        browser.type("#password", f"wrong {number}")
        browser.click("button", "Sign in")
        expect.eventually(lambda: browser.run("return !!document.querySelector('#notice')"))
        if "too many attempts" in browser.text():
            return
    raise AssertionError(browser.text())


def consent(begin, browser):
    begin()
    browser.type("#username", USER)
    browser.type("#password", PASSWORD)
    browser.click("button", "Allow access?")


def sign_out(begin, browser):
    consent(begin, browser)
    browser.open(f"{origin_of(browser)}/oauth2/logout")


def signed_out(begin, browser):
    sign_out(begin, browser)
    browser.click("button", "Signed out")


def without_cookie(begin, browser):
    """A form whose cookie is gone."""
    begin()
    browser.ask("DELETE", f"/cookie/{FORM_COOKIE}")
    browser.type("#username", USER)
    browser.type("#password", PASSWORD)
    browser.click("button", "This does not work")


def origin_of(browser):
    return "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(browser.address))


PAGES = {
    "sign-in": (lambda begin, _: begin(), "Sign in"),
    "wrong": (wrong, "Sign in"),
    "too many attempts": (throttled, "Sign in"),
    "consent": (consent, "Allow access?"),
    "sign out": (sign_out, "Sign out"),
    "signed out": (signed_out, "Signed out"),
    "failure": (failing, "This does not work"),
    "form without its cookie": (without_cookie, "This does not work"),
}


def described(browser, element=None):
    """Role, name and description, as Chromium tells them, of an element or the one in focus."""
    if element is None:
        element = browser.run("return document.activeElement")
    remote = f"/element/{element[ELEMENT]}"
    ids = browser.run(
        "const ids = arguments[0].getAttribute('aria-describedby') || '';"
        "return ids.split(' ').filter(Boolean)"
        ".map((id) => document.getElementById(id).textContent);",
        element,
    )
    return {
        "role": browser.ask("GET", f"{remote}/computedrole"),
        "name": browser.ask("GET", f"{remote}/computedlabel"),
        "description": " ".join(ids),
    }


@pytest.mark.endurance
@pytest.mark.parametrize("kind", PAGES)
def test_axe_finds_nothing_and_every_control_has_a_name(begin, browser, kind):
    lead, title = PAGES[kind]
    lead(begin, browser)
    assert browser.title == title
    found = {}
    for scheme, width in [("light", 1000), ("dark", 1000), ("light", NARROW), ("dark", NARROW)]:
        browser.prefer(scheme)
        browser.resize(width)
        found[scheme, width] = violations(browser)
        wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert browser.run(wide) <= 0
    assert not any(found.values()), found
    controls = browser.run(
        "return [...document.querySelectorAll('input:not([type=hidden]), button')]"
    )
    names = [described(browser, one) for one in controls]
    assert all(one["name"] and one["role"] in ("textbox", "button") for one in names), names
    assert len({one["name"] for one in names}) == len(names)
    assert bool(names) == (kind not in ("signed out", "failure", "form without its cookie"))


def test_axe_finds_what_is_wrong_with_a_page(begin, browser):
    """The twin: the same page without a label, a language and a title."""
    begin()
    browser.run(
        "document.querySelector('label').remove(); document.title = '';"
        "document.documentElement.removeAttribute('lang')"
    )
    rules = {one.split(":")[0] for one in violations(browser)}
    assert {"label", "html-has-lang", "document-title"} <= rules
