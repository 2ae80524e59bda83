# SPDX-License-Identifier: Apache-2.0
"""`script/playground` with a real browser: sign-in, consent, token, resource, refresh, revocation.

`HANDFAST_PICTURES=FOLDER` keeps the pictures there that Documentation/pictures has.
"""

import json
import os
import re
import shutil
import signal
from pathlib import Path

import pytest

import expect
from browser import Browser
from server import ROOT, Server, free_port

FITS = "the same: bound to this client"


class Script(Server):
    """The server and the application that the script has started in a copy of the tree."""

    def __init__(self, tree):
        super().__init__(tree / "playground-data/data")
        self.tree = tree
        self.application_port, self.resource_port = free_port(), free_port()
        if "HANDFAST_PICTURES" in os.environ:
            # As the pictures' readers will have it.
            self.port, self.application_port, self.resource_port = 9443, 8080, 8443

    def command(self):
        return [
            self.tree / "script/playground", "--port", self.application_port,
            "--resource-port", self.resource_port, "--listen", f"127.0.0.1:{self.port}",
        ]  # fmt: skip

    @property
    def begin(self):
        return f"http://localhost:{self.application_port}/playground2/"


@pytest.fixture
def script(tree):
    shutil.copytree(ROOT / "Examples/playground2", tree / "Examples/playground2")
    one = Script(tree).launch()
    one.wait_for_line("open http", 60)
    assert any(f"Open {one.begin} in a browser" in line for line in one.stdout)
    yield one
    # As Ctrl-C does, which a shell ignores where it was started in the background.
    one.signal(signal.SIGTERM)
    assert one.wait() == 0, one.log


@pytest.fixture
def browser(tmp_path):
    folder = tmp_path / "browser"
    folder.mkdir()
    with Browser(folder) as one:
        yield one


@pytest.fixture
def pictures(tmp_path):
    folder = Path(os.environ.get("HANDFAST_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def enter(browser, password):
    browser.clear("#username")
    browser.type("#username", "alex")
    browser.type("#password", password)


def calls(browser):
    browser.click("#call", "Token – playground2")
    expect.eventually(lambda: "with another certificate" in browser.text())
    return re.findall(r"certificate (\d{3} .*)", browser.text("#calls"))


def test_a_user_s_way_through_the_sample(script, browser, pictures):
    browser.open(script.begin)
    browser.click("#start", "Sign in")
    assert browser.address.startswith(f"{script.url}/oauth2/authorize?")
    browser.picture(pictures / "sign-in.png")
    enter(browser, "wrong")
    browser.click("button", "Sign in")
    expect.eventually(lambda: "The user name or the password is wrong." in browser.text())
    enter(browser, "alex")
    browser.click("button", "Allow access?")
    assert "playground2 wants to act for you, alex." in browser.text()
    assert browser.text("ul").split() == ["read", "write"]
    browser.picture(pictures / "consent.png")

    browser.click("button[value=allow]", "Token – playground2")
    assert browser.address == f"{script.begin}token"
    assert browser.text("#fits") == FITS
    claims = json.loads(browser.text("#claims"))
    assert (claims["sub"], claims["client_id"]) == ("user:alex", "playground2")
    assert claims["cnf"]["x5t#S256"] == browser.text("#bound")
    right, other, none = calls(browser)
    assert right.startswith("200 ") and '"user:alex"' in right
    assert other.startswith("401 ") and "another certificate is bound" in other
    assert none.startswith("401 ") and "no certificate was shown" in none
    browser.picture(pictures / "playground2.png")

    browser.click("#refresh", "Token – playground2")
    expect.eventually(lambda: json.loads(browser.text("#claims"))["jti"] != claims["jti"])
    assert browser.text("#fits") == FITS
    browser.click("#revoke", "Token – playground2")
    expect.eventually(lambda: "#revoke" not in buttons(browser))
    expect.eventually(lambda: "the token is not active" in calls(browser)[0])

    # A signed-in user is asked for consent alone, and may refuse.
    browser.click("#start", "Allow access?")
    browser.click("button[value=deny]", "No token – playground2")
    assert "access_denied" in browser.text()
    # No policy was in the way of anything.
    assert [one for one in browser.complaints if "Content Security Policy" in one] == []


def buttons(browser):
    found = browser.ask("POST", "/elements", {"using": "css selector", "value": "button"})
    ids = [browser.ask("GET", f"/element/{list(one.values())[0]}/attribute/id") for one in found]
    return [f"#{one}" for one in ids]


def test_answers_of_others_are_refused_by_the_sample(script, browser):
    browser.open(script.begin)
    callback = f"{script.begin}oauth2client"
    for query in ("", "?code=x", "?code=x&state=x", "?error=access_denied"):
        browser.open(callback + query)
        assert browser.title == "No token – playground2" and "(state)" in browser.text()
    # An answer to its own request, by another server.
    browser.click("#start", "Sign in")
    state = browser.address.partition("state=")[2].partition("&")[0]
    browser.open(f"{callback}?code=x&state={state}&iss=https://evil.example")
    assert "(iss)" in browser.text()
    # The state was good once.
    browser.open(f"{callback}?code=x&state={state}&iss={script.url}")
    assert "(state)" in browser.text()


def test_a_second_start_uses_the_folder_again_and_foreign_ones_are_left_alone(tree):
    shutil.copytree(ROOT / "Examples/playground2", tree / "Examples/playground2")
    mine = tree / "playground-data"
    mine.mkdir()
    (mine / "letters.txt").write_text("mine")
    one = Script(tree).launch()
    assert one.wait() == 1 and "is no playground: remove it" in one.log
    assert [file.name for file in mine.iterdir()] == ["letters.txt"]
    shutil.rmtree(mine)
    for _ in range(2):
        # Another port is another redirect URI, which the script registers.
        one = Script(tree).launch()
        one.wait_for_line("open http", 60)
        shown = one.handfast("client", "show", "playground2").stdout
        assert f"{one.begin}oauth2client" in shown
        kept = (mine / "client.pem").read_text()
        one.signal(signal.SIGTERM)
        assert one.wait() == 0, one.log
        assert (mine / "client.pem").read_text() == kept
