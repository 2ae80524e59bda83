# SPDX-License-Identifier: Apache-2.0
"""An administrator's first hour, in Chromium and by forms alone, from an empty directory.

As the instructions for another server have it: add `playground2` with a pasted certificate and a
callback URL, copy key and secret, run the curl line; then the wrong certificate.
"""

import json
import os
import pwd
import re
import subprocess

import pytest

import expect
from audits import Audit
from browser import Browser
from consoles import Reader
from estates import CALLBACK
from forms import Form
from pki import Credential, openssl

SUFFIX = " · Handfast"


@pytest.fixture
def folder(tmp_path):
    """The folder of the client's keys, made by the line of the instructions."""
    made = tmp_path / "keys"
    made.mkdir()
    new_pair(made, "playground2")
    return made


def new_pair(folder, name):
    openssl(
        "req", "-newkey", "rsa:2048", "-x509", "-keyout", "key.pem", "-out",
        "client-certificate.pem", "-days", "3650", "-nodes", "-subj", f"/C=LK/O=WSO2/CN={name}",
        cwd=folder,
    )  # fmt: skip


def run(line, folder):
    """Pastes a line into a shell in the folder; head and body of what curl prints."""
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, (line, done.stderr)
    # Python has made line feeds of curl's line ends.
    head, _, body = done.stdout.partition("\n\n")
    return int(head.split()[1]), json.loads(body)


def is_token(line, folder):
    status, members = run(line, folder)
    return status == 200 and members["access_token"] and members["token_type"] == "Bearer"


class Window:
    """The console in Chromium, as somebody reads and clicks."""

    def __init__(self, console, folder, scripts=True):
        folder.mkdir()
        self.console = console
        self.browser = Browser(folder, scripts=scripts)
        self.browser.open(console.link)
        expect.eventually(lambda: console.is_home(self.browser.address), within=5)

    def go(self, part):
        self.browser.press(part)
        self.arrived(part)

    def press(self, text):
        self.browser.press(text)

    def arrived(self, title):
        wanted = title + SUFFIX
        expect.eventually(
            lambda: self.browser.title == wanted or self.browser._stuck(wanted), within=10
        )

    def enter(self, label, text):
        self.browser.enter(label, text)

    @property
    def shown(self):
        return self.browser.text("main")

    def code(self, css):
        return self.browser.run(f"return document.querySelector({css!r}).textContent")

    def end(self):
        complaints = self.browser.complaints
        self.browser.__exit__()
        return complaints


class Forms:
    """The console by plain requests: forms and links as they stand in the pages."""

    def __init__(self, console):
        self.reader = Reader(console)
        self.filled = {}

    def go(self, part):
        self.press(part)
        self.arrived(part)

    def press(self, text):
        links = [one for one in self.reader.page.all("a") if one.text == text]
        if links:
            self.reader.open(links[0]["href"].partition("#")[0])
        else:
            page = self.reader.page
            forms = [Form(one, page) for one in page.all("form")]
            form = [one for one in forms if any(b.text == text for b in one.buttons)][0]
            for label, value in self.filled.items():
                form.fill(label, value)
            self.reader.submit(form, text, status=None)
        self.filled = {}

    def arrived(self, title):
        assert self.reader.page.one("title").text == title + SUFFIX

    def enter(self, label, text):
        self.filled[label] = text

    @property
    def shown(self):
        return self.reader.page.one("main").text

    def code(self, css):
        return self.reader.page.one(id=css.removeprefix("#")).raw

    def end(self):
        return []


WAYS = ["scripts", "without scripts", "forms"]


@pytest.fixture(params=WAYS)
def administrator(request, fresh, consoles, tmp_path):
    """A server on an empty directory, and its console in front of somebody."""
    server = fresh().start()
    console = consoles(data=server.data)
    if request.param == "forms":
        one = Forms(console)
    else:
        one = Window(console, tmp_path / "browser", scripts=request.param == "scripts")
    one.server = server
    try:
        yield one
    finally:
        complaints = one.end()
    assert not complaints, complaints
    assert console.stop() == 0 and server.stop() == 0


def add(administrator, name, pem, callback=None):
    """Adds a client; the line that gets a token."""
    administrator.go("Clients")
    administrator.press("Add a client")
    administrator.arrived("Add a client")
    administrator.enter("Name", name)
    administrator.enter("Certificate", pem)
    if callback:
        administrator.enter("Callback URLs", callback)
    administrator.press("Register")
    administrator.arrived("Copy this now")
    assert name in administrator.shown
    return administrator.code("#curl")


@pytest.mark.smoke
def test_from_an_empty_directory_to_a_token_and_over_a_refusal(administrator, folder, tmp_path):
    administrator.arrived("Clients")
    assert "There is no client yet" in administrator.shown
    pem = (folder / "client-certificate.pem").read_text()
    line = add(administrator, "playground2", pem, CALLBACK)
    listed = json.loads(administrator.server.handfast("client", "list", "--json").stdout)
    (client,) = listed
    assert client["client_name"] == "playground2" and client["redirect_uris"] == [CALLBACK]
    assert client["client_id"] in administrator.shown and client["client_id"] in line
    expect.eventually(lambda: is_token(line, folder), within=5)
    # The wrong certificate is pasted: that of somebody else, and not that of the client.
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    for place, name in ((wrong, "somebody-else"), (right, "orders")):
        place.mkdir()
        new_pair(place, name)
    line = add(administrator, "orders", (wrong / "client-certificate.pem").read_text())
    client = re.search(r"client_id=([\w-]+)", line)[1]
    expect.eventually(lambda: is_token(line, wrong), within=5)
    status, members = run(line, right)
    assert status == 401 and members["error"] == "invalid_client"
    assert "access_token" not in members
    # Under Refusals it is found, explained, and registered, by clicks alone.
    administrator.go("Refusals")
    administrator.enter("client_id as presented", client)
    administrator.press("Search")
    administrator.arrived("Refusals")
    assert "CN=orders" in administrator.shown
    assert "certificate-not-registered" in administrator.shown
    # Newest first: before it the client may have been refused as one that was not known yet.
    assert client in administrator.shown
    administrator.press("Verify this one")
    administrator.arrived("Verify a refused certificate")
    assert "This client would authenticate: no" in administrator.shown
    assert "CN=orders" in administrator.shown
    administrator.press("Back to the refusals")
    administrator.arrived("Refusals")
    administrator.press(f"Register this one for {client}")
    administrator.arrived("Register this certificate?")
    administrator.press("Register the certificate")
    administrator.arrived("orders")
    assert "is registered" in administrator.shown
    expect.eventually(lambda: is_token(line, right), within=5)
    # Both now, until the wrong one is removed; then that is refused.
    assert is_token(line, wrong)
    remove(administrator, wrong)
    expect.eventually(lambda: run(line, wrong)[0] == 401, within=5)
    assert is_token(line, right)
    authors = {one["author"] for one in Audit(administrator.server.data).entries()}
    assert f"console:{pwd.getpwuid(os.geteuid()).pw_name}" in authors


def remove(administrator, folder):
    """Removes the certificate of a folder from the client whose page is shown."""
    pem = folder / "client-certificate.pem"
    thumbprint = Credential(pem, pem).thumbprint
    administrator.press(f"Remove {thumbprint}")
    administrator.arrived("Remove this certificate?")
    administrator.press("Remove the certificate")
    administrator.arrived("Certificates of orders")
    assert "was removed" in administrator.shown and thumbprint not in administrator.shown
