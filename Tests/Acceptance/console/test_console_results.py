# SPDX-License-Identifier: Apache-2.0
"""Pages that forms lead to, for everybody: refusals, conflicts, secrets, results and failures."""

import json

import pytest

import expect
from axe import violations
from estates import CALLBACK

SECRET = ["--auth-method", "client_secret_basic", "--grant-types", "client_credentials"]
LOOKS = [("light", 1200), ("dark", 320)]


@pytest.fixture(params=LOOKS, ids=["light", "dark and narrow"])
def look(window, axe, request):
    """The window in a look of its own."""
    window.prefer(request.param[0])
    window.resize(request.param[1])
    return window


def sound(window, title, *texts):
    """The page that came says this, and keeps nobody out."""
    expect.eventually(lambda: is_shown(window, title, texts), within=10)
    found = violations(window)
    assert not found, "\n".join(found)


def is_shown(window, title, texts):
    """The page may have the title of the one before; what it says tells them apart."""
    shown = window.run("return document.title + document.body.innerText")
    return shown.startswith(f"{title} · Handfast") and all(text in shown for text in texts)


def test_axe_fails_a_page_that_keeps_people_out(look):
    """Else the others would prove nothing."""
    look.open(f"{look.console.home}/clients")
    look.run("document.querySelector('input').labels[0].remove()")
    assert any("label" in one for one in violations(look))


def test_a_form_that_is_refused(look):
    look.open(f"{look.console.home}/clients/add")
    look.enter("Name", "refused")
    look.enter("Callback URLs", "http://elsewhere.example/")
    look.enter("Labels", "not a label")
    look.enter("Certificate", "no certificate")
    look.press("Register")
    sound(look, "Add a client", "neither PEM nor DER")
    look.enter("Certificate", "")
    look.press("Check")
    sound(look, "Add a client", "There is no certificate")


def test_several_certificates_to_choose_among(look, pki, tmp_path):
    both = tmp_path / "both.pem"
    made = [pki.self_signed(f"result-{name}", "p256") for name in ("one", "two")]
    both.write_text("".join(one.certificate.read_text() for one in made))
    look.open(f"{look.console.home}/clients/add")
    look.enter("Name", "several")
    look.choose("Or a file", both)
    look.press("Check")
    sound(look, "Add a client", "Which of them")


def test_a_registration_and_its_secret_which_is_shown_once(look, pki, request):
    name = f"made {request.node.callspec.id}"
    own = pki.self_signed(name, "p256")
    look.open(f"{look.console.home}/clients/add")
    look.enter("Name", name)
    look.enter("Callback URLs", CALLBACK)
    look.enter("Certificate", own.certificate.read_text())
    look.press("Check")
    sound(look, "Add a client", "This client would authenticate: yes")
    look.press("Register")
    sound(look, "Copy this now", "It is shown once")
    look.open(look.address)
    sound(look, "This was shown once")


def test_somebody_else_was_first(look, server, plain, request):
    made = server.add_client(f"shared {request.node.callspec.id}", *SECRET)
    look.open(f"{look.console.home}/clients/{made['client_id']}/edit")
    server.handfast("client", "update", made["client_id"], "--scope", "theirs")
    look.enter("Scopes", "mine")
    look.press("Save")
    sound(look, f"Edit {made['client_name']}", "Nothing was changed", "theirs")
    look.open(f"{look.console.home}/clients/{made['client_id']}/remove")
    server.handfast("client", "update", made["client_id"], "--scope", "theirs-again")
    look.press("Remove the client")
    sound(look, f"Remove {made['client_name']}?", "Nothing was removed", "theirs-again")
    shown = json.loads(server.handfast("client", "show", made["client_id"], "--json").stdout)
    assert shown["scope"] == "theirs-again"


def test_both_results_of_a_verification(look, server, pki, request):
    own = pki.self_signed(f"result {request.node.callspec.id}", "p256")
    other = pki.self_signed("result-other", "p256")
    made = server.add_client(
        f"result {request.node.callspec.id}", "--certificate", own.certificate, "--grant-types",
        "client_credentials",
    )  # fmt: skip
    for credential, result in ((own, "yes"), (other, "no")):
        look.open(f"{look.console.home}/clients/{made['client_id']}/verify")
        look.enter("Certificate", credential.certificate.read_text())
        look.press("Verify")
        sound(
            look, "Would a certificate authenticate this client?",
            f"This client would authenticate: {result}",
        )  # fmt: skip


def test_a_key_that_is_not_made(look):
    look.open(f"{look.console.home}/keys/rotate?kind=ES256")
    look.enter("Minutes until it is used", "soon")
    look.press("Make the key")
    sound(look, "Make a new ES256 key", "Give a number of minutes")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("nothing", "There is no such page"),
        ("clients/nobody", "There is nothing here"),
        ("clients/shown-once/x", "This was shown once"),
        ("clients?expires_before=soon", "Clients"),
        ("audit?since=soon", "Audit"),
        ("clients?q=nothing-like-that", "Clients"),
    ],
)
def test_pages_for_what_is_not_there(look, path, title):
    look.open(f"{look.console.home}/{path}")
    sound(look, title)


def test_a_link_that_opens_nothing(look):
    """Without the console's frame, as for those who have no session."""
    look.open(f"{look.console.origin}/open?ticket=x")
    sound(look, "This link does not open the console")


def test_a_server_that_is_away(look, server):
    assert server.stop() == 0
    try:
        look.open(f"{look.console.home}/clients")
        sound(look, "The server does not answer", "handfast serve")
    finally:
        server.start()
