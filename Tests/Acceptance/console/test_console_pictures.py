# SPDX-License-Identifier: Apache-2.0
"""Pictures of every page, for people to look at: `HANDFAST_PICTURES=FOLDER` keeps them there.

Light, dark and narrow; before a release, or where a folder is given. Documentation/console.md has
some of them.
"""

import os
import pwd
import tempfile
import time
from pathlib import Path

import pytest

import expect
from releases import PICTURES, with_pictures
from server import Server

pytestmark = with_pictures
LOOKS = [("light", 1200), ("dark", 1200), ("light", 360)]


@pytest.fixture(scope="module")
def server():
    """As the pictures' readers will have it: at the usual port, under a name that says little."""
    with tempfile.TemporaryDirectory(prefix="handfast-") as folder:
        port = 9443 if PICTURES else None
        with Server(Path(folder) / "data", port=port) as running:
            yield running
            assert running.stop() == 0, running.log


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = Path(PICTURES or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def take(window, folder):
    """Takes the page that is shown, in each look, under this name."""

    def take(name):
        for scheme, width in LOOKS:
            window.prefer(scheme)
            window.resize(width, 800)
            look = "narrow" if width < 500 else scheme
            window.whole(folder / f"{name}-{look}.png")
            assert (folder / f"{name}-{look}.png").stat().st_size > 4_000
        window.resize(1200, 800)

    return take


def name_of(address, estate):
    """A name for the picture of a page."""
    path, _, query = address.partition("?")
    for name, client in estate.clients.items():
        path = path.replace(client["client_id"], name.split(" ")[0])
    words = path.strip("/").replace("/", "-") or "start"
    return words[:60] + ("-" + query.partition("=")[0] if query else "")


@pytest.mark.endurance
def test_every_page_that_links_lead_to(estate, plain, window, take):
    addresses = plain.crawl(most=1)
    shown = ["playground2", "acme-logistics", "legacy-crm", "billing-staging"]
    addresses += [f"/clients/{estate.id(name)}" for name in shown]
    addresses.append(f"/clients/{estate.id('playground2')}/edit")
    addresses.append("/refusals?check=certificate-not-registered")
    for address in dict.fromkeys(addresses):
        window.open(window.console.home + address)
        take(name_of(address, estate))
    assert len(addresses) > 8


@pytest.mark.endurance
def test_what_comes_of_forms(estate, window, take):
    origin = window.console.home
    new = estate.certificate("returns-portal", 365)
    window.open(f"{origin}/clients/add")
    window.enter("Name", "returns-portal")
    window.enter("Callback URLs", "https://returns.example.com/callback")
    window.enter("Scopes", "orders:read returns:write")
    window.enter("Labels", "team=shop\nstage=production")
    window.enter("Certificate", new.certificate.read_text())
    window.press("Check")
    shows(window, "would authenticate: yes")
    take("form-add-checked")
    window.press("Register")
    shows(window, "Copy this now")
    take("form-add-registered")
    window.open(f"{origin}/clients/add")
    window.enter("Name", "returns-portal")
    window.enter("Callback URLs", "http://returns.example.com/callback")
    window.enter("Certificate", new.certificate.read_text()[:300])
    window.press("Register")
    shows(window, "Copy the whole file again")
    take("form-add-refused")
    window.open(f"{origin}/clients/{estate.id('billing')}/verify")
    window.enter("Certificate", estate.credentials["billing-staging"].certificate.read_text())
    window.press("Verify")
    shows(window, "would authenticate: no")
    take("form-verify-no")
    window.open(f"{origin}/clients/{estate.id('stock-sync')}/certificates")
    new = estate.certificate("stock-sync 2027", 398)
    window.enter("Certificate", new.certificate.read_text())
    window.press("Add the certificate")
    shows(window, "The certificate was added")
    take("form-rolled-over")
    window.open(f"{origin}/clients/{estate.id('legacy-crm')}")
    for word in ("Enable", "Disable"):
        window.press(word)
        shows(window, "is enabled again" if word == "Enable" else "is disabled")
    user = pwd.getpwuid(os.geteuid()).pw_name
    window.open(f"{origin}/audit?kind=client&author=console%3A{user}")
    take("form-audit")


@pytest.mark.endurance
def test_live_numbers_of_a_server_that_is_busy(estate, window, take):
    window.open(f"{window.console.home}/live")
    for number in range(240):
        estate.token("telemetry-collector" if number % 5 else "billing")
        if number % 11 == 0:
            estate.token("ledger-export", scope="ledger:write")
        time.sleep(0.04 if number % 60 < 30 else 0.12)
    window.press("Pause")
    take("live-busy")


def test_errors(estate, window, take):
    for path in ("nothing", "clients/nobody", "clients/shown-once/x"):
        window.open(f"{window.console.home}/{path}")
        take("error-" + path.replace("/", "-"))
    window.open(f"{window.console.origin}/open?ticket=x")
    take("error-open")
    window.open(f"{window.console.home}/clients?expires_before=soon&q=zzz")
    take("error-search")
    window.open(f"{window.console.home}/clients?q=zzz")
    take("error-nothing-found")


def shows(window, text):
    said = "return document.title + document.body.innerText"
    expect.eventually(lambda: text in window.run(said), within=10)
