# SPDX-License-Identifier: Apache-2.0
"""What pages do with a script, in Chromium: copying, dropping files, and live numbers."""

import json

import pytest

import expect
from oauth import CC

SECRET = ["--auth-method", "client_secret_basic", "--grant-types", "client_credentials"]
READS = """
return performance.getEntriesByType("resource")
  .filter((one) => new URL(one.name).pathname.endsWith("/live/numbers")).length;
"""
CLIPBOARD = """
const done = arguments[arguments.length - 1];
navigator.clipboard.readText().then(done, (error) => done("cannot be read: " + error));
"""


@pytest.fixture(scope="module")
def client(server):
    return server.add_client("copied", *SECRET)


def permit(window, *names):
    """Grants these permissions to the console, and no others."""
    window.devtools("Browser.resetPermissions")
    window.devtools("Browser.grantPermissions", origin=window.console.origin, permissions=names)
    # Only the page that has the focus may use the clipboard, and another Chromium may start beside.
    window.devtools("Emulation.setFocusEmulationEnabled", enabled=True)
    window.devtools("Page.bringToFront")


def press_copy(window, name):
    """Presses the button that copies what has this name."""
    window.run("document.querySelector(`[aria-label='Copy ${arguments[0]}']`).click()", name)


def test_a_button_copies_the_text_beside_it(window, client):
    permit(window, "clipboardReadWrite", "clipboardSanitizedWrite")
    window.open(f"{window.console.home}/clients/{client['client_id']}")
    line = window.run("return document.getElementById('curl').textContent")
    for name, text in (("the client key", client["client_id"]), ("the command", line)):
        press_copy(window, name)
        expect.eventually(lambda name=name: f"{name} copied" in states(window), within=5)
        assert window.later(CLIPBOARD) == text.strip()
    assert window.complaints == []


def states(window):
    """What is read out."""
    return window.run(
        "return [...document.querySelectorAll('[role=status]')].map((one) => one.textContent)"
    )


def test_where_the_clipboard_is_refused_the_text_is_selected(window, client):
    window.open(f"{window.console.home}/clients/{client['client_id']}")
    window.run("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    press_copy(window, "the client key")
    wanted = "the client key selected; copy it with the keyboard"
    expect.eventually(lambda: wanted in states(window), within=5)
    assert window.run("return getSelection().toString()").strip() == client["client_id"]


def drop(window, **data):
    """Drops files or a text on the field of the certificate, as the mouse does."""
    box = window.run(
        "const one = document.getElementById('certificate'); one.scrollIntoView();"
        "const box = one.getBoundingClientRect();"
        "return [box.x + box.width / 2, box.y + box.height / 2];"
    )
    dragged = {"items": [], "dragOperationsMask": 1, **data}
    for kind in ("dragEnter", "dragOver", "drop"):
        window.devtools("Input.dispatchDragEvent", type=kind, x=box[0], y=box[1], data=dragged)


def chosen(window):
    """The names of the files that the form would send."""
    return window.run(
        "return [...document.getElementById('certificate_file').files].map((one) => one.name)"
    )


def test_a_file_that_is_dropped_is_read(window, server, pki):
    own = pki.self_signed("dropped", "p256", subject="/CN=dropped")
    window.open(f"{window.console.home}/clients/add")
    window.enter("Name", "dropped")
    drop(window, files=[str(own.certificate)])
    assert chosen(window) == [own.certificate.name]
    window.press("Register")
    expect.eventually(lambda: window.title.startswith("Copy this now"), within=10)
    shown = json.loads(server.handfast("client", "show", "dropped", "--json").stdout)
    ask = {**CC, "client_id": shown["client_id"]}
    expect.eventually(lambda: server.token(ask, own).status == 200, within=5)


def problem(window):
    """The words at the field of the certificate."""
    return window.run("return document.getElementById('certificate-problem')?.textContent ?? ''")


def test_a_dropped_key_is_refused_and_a_dropped_text_is_no_file(window, server, pki):
    own = pki.self_signed("dropped-key", "p256", subject="/CN=dropped-key")
    before = server.handfast("client", "list", "--json").stdout
    window.open(f"{window.console.home}/clients/add")
    window.enter("Name", "dropped key")
    drop(window, files=[str(own.key)])
    assert chosen(window) == [own.key.name]
    window.press("Register")
    expect.eventually(lambda: "private key" in problem(window), within=10)
    assert window.title.startswith("Add a client")
    # Chromium's words for a page that comes with 400.
    assert all("status of 400" in one for one in window.complaints)
    drop(window, items=[{"mimeType": "text/plain", "data": "a text"}])
    assert chosen(window) == []
    assert server.handfast("client", "list", "--json").stdout == before


@pytest.fixture
def live(window):
    window.open(f"{window.console.home}/live")
    expect.eventually(lambda: window.run(READS) > 0, within=10)
    return window


def requests(window):
    """The number of requests since the start, as the page shows it."""
    rows = window.run(
        "return [...document.querySelectorAll('#live tbody tr')].map((one) => one.innerText)"
    )
    (row,) = [one for one in rows if one.startswith("Requests")]
    return int("".join(one for one in row.split()[-1] if one.isdigit()))


def test_numbers_come_by_themselves(live, server):
    before = requests(live)
    address = live.address
    for _ in range(3):
        server.token(CC, basic=("nobody", "nothing"))
    expect.eventually(lambda: requests(live) >= before + 3, within=15)
    assert live.address == address and live.complaints == []


def test_a_pause_holds_them_until_it_ends(live, server):
    live.press("Pause")
    # One that was on its way may still come.
    wait(live, 1_000)
    held, before = live.run(READS), requests(live)
    for _ in range(3):
        server.token(CC, basic=("nobody", "nothing"))
    wait(live, 5_000)
    assert live.run(READS) == held and requests(live) == before
    live.press("Go on")
    expect.eventually(lambda: live.run(READS) > held, within=10)
    expect.eventually(lambda: requests(live) >= before + 3, within=10)


def wait(window, milliseconds):
    """Lets time go by in the page, of which two seconds are those between two readings."""
    window.later("setTimeout(arguments[1], arguments[0])", milliseconds)


def test_a_server_that_is_away_is_told_and_its_return_is_seen(live, server):
    assert server.stop() == 0
    try:
        said = "The server does not answer: these are its last numbers."
        expect.eventually(lambda: said in states(live), within=15)
        assert requests(live) >= 0
    finally:
        server.start()
    expect.eventually(lambda: said not in states(live), within=15)
