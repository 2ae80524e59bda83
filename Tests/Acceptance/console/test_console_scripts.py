# SPDX-License-Identifier: Apache-2.0
"""Markup in everything that somebody else chooses: it is shown as text on every page, and runs
nowhere."""

import json
import urllib.parse

import pytest

import expect
from oauth import CC

MARKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "' onfocus='alert(3)' autofocus='",
    "</textarea></title></style><script>alert(4)</script>",
    "<svg/onload=alert(5)>",
    "javascript:alert(6)",
    "&lt;script&gt;alert(7)&lt;/script&gt;",
    "--><img src=x onerror=alert(8)><!--",
    "{{constructor.constructor('alert(9)')()}}",
]
GRANTS = ["client_credentials"]
# Chromium's words for an address that is answered with an error, and for a field that holds a bad
# date; everything else is a complaint.
EXPECTED = ("Failed to load resource: the server responded with a status of 4", "yyyy-MM-dd")
# Elements that no page of the console has, whatever stands in it.
STRANGE = """
return [...document.querySelectorAll("*")].filter((one) =>
  ["IMG", "IFRAME", "OBJECT", "EMBED", "BASE", "FOREIGNOBJECT"].includes(one.tagName)
  || (one.tagName === "SCRIPT"
    && !/^\\/[\\w-]{22}\\/console\\.js\\?/.test(one.getAttribute("src") || ""))
  || [...one.attributes].some((own) => own.name.startsWith("on") || own.name === "autofocus"
    || own.name === "style" || own.name === "formaction" || own.name === "srcdoc")
  || [one.getAttribute("href"), one.getAttribute("action"), one.getAttribute("src")]
    .some((target) => target !== null && target !== "data:," && !/^(\\/(?!\\/)|#)/.test(target)))
  .map((one) => one.outerHTML.slice(0, 200));
"""


@pytest.fixture(scope="module")
def hostile(server, admin, pki):
    """The server, with markup wherever it takes a text of others."""
    add(server, admin, pki)
    credentials = []
    for number, mark in enumerate(MARKS):
        subject = "/CN=" + mark.replace("/", "\\/")
        credentials.append(pki.self_signed(f"marked-{number}", "p256", subject=subject))
    certified = {}
    for mark, credential in zip(MARKS, credentials, strict=True):
        pem = credential.certificate.read_text()
        certified[mark] = post(
            admin, "/clients", client_name=f"certified {mark}", certificates=[pem],
            token_endpoint_auth_method="self_signed_tls_client_auth", grant_types=GRANTS,
        )["client_id"]  # fmt: skip
    known = next(iter(certified.values()))
    expect.eventually(
        lambda: server.token({**CC, "client_id": known}, credentials[0]).status == 200, within=5
    )
    # Refused: who is presented, by which program, with which certificate.
    for mark, other in zip(MARKS, credentials[1:] + credentials[:1], strict=True):
        agent = [("User-Agent", mark), ("Referer", mark), ("X-Forwarded-For", mark)]
        for credential in (other, None):
            with server.connect(credential) as connection:
                connection.token({**CC, "client_id": mark}, headers=agent)
        with server.connect() as connection:
            connection.token({**CC, "scope": mark}, basic=(mark, mark), headers=agent)
    stranger = pki.self_signed("marked-stranger", "p256", subject=f"/O={MARKS[1]}/CN={MARKS[4]}")
    assert server.token({**CC, "client_id": known}, stranger).status == 401
    return certified


def add(server, admin, pki):
    """Clients, users, tokens and trust sets, as far as the server takes such names."""
    ca = pki.root.certificate.read_text()
    for number, mark in enumerate(MARKS):
        secret = {"token_endpoint_auth_method": "client_secret_basic", "grant_types": GRANTS}
        address = "https://evil.example/" + urllib.parse.quote(mark, safe="<>\"'=()")
        made = post(admin, "/clients", client_name=mark, labels={f"l{number}": mark}, **secret)
        assert made, mark
        more = {
            "scope": mark.replace(" ", "").replace('"', ""), "audiences": [address],
            "redirect_uris": [address], "trust_set": mark, "tls_client_auth_subject_dn": mark,
        }  # fmt: skip
        for member, value in more.items():
            post(admin, "/clients", client_name=f"{member} {mark}", **{**secret, member: value})
    labels = {f"l{number}": mark for number, mark in enumerate(MARKS)}
    document = json.dumps({"ca_certificates": [ca], "labels": labels})
    kind = ("-H", "Content-Type: application/json")
    status, _, body = admin.curl("/trust-sets/m", "-X", "PUT", *kind, "--data-binary", document)
    assert status == 201, body
    for mark in MARKS[:2]:
        server.handfast("user", "add", mark, "--password-stdin", text_input="x\n", check=False)
        server.handfast("admin-token", "add", mark, "--role", "read", check=False)


def post(admin, target, **members):
    """What the server has made of a document; nothing where it refuses it."""
    kind = ("-H", "Content-Type: application/json")
    status, _, body = admin.post(target, *kind, "--data-binary", json.dumps(members))
    assert status in (200, 201, 400, 404, 409), (status, body)
    return json.loads(body) if status < 300 else None


def harmless(window):
    """Nothing of the page came from a text, and nothing ran."""
    assert not window.has_alert, window.address
    strange = window.run(STRANGE)
    assert not strange, (window.address, strange)
    complaints = [one for one in window.complaints if not any(word in one for word in EXPECTED)]
    assert not complaints, (window.address, complaints)


@pytest.mark.endurance
def test_markup_is_text_on_every_page(hostile, window, plain, pages):
    seen = set()
    for address in plain.crawl(most=len(MARKS) + 4):
        window.open(window.console.home + address)
        harmless(window)
        text = window.run("return document.body.innerText")
        seen |= {mark for mark in MARKS if mark in text}
    assert seen == set(MARKS), set(MARKS) - seen
    assert len(pages) > 8


@pytest.mark.parametrize("kind", ["names", "subjects", "presented"])
def test_each_kind_of_text_shows_as_it_is(hostile, window, plain, kind):
    where = {"names": "/clients", "presented": "/refusals"}.get(kind)
    if kind == "subjects":
        for mark, identifier in hostile.items():
            window.open(f"{window.console.home}/clients/{identifier}")
            harmless(window)
            text = window.run("return document.body.innerText")
            # RFC 4514 puts a backslash before some characters.
            assert mark in text.replace("\\", ""), (mark, text)
        return
    found = plain
    shown = ""
    for address in [one for one in found.crawl(most=4) if one.partition("?")[0] == where]:
        window.open(window.console.home + address)
        shown += window.run("return document.body.innerText")
    assert all(mark in shown for mark in MARKS), [one for one in MARKS if one not in shown]


@pytest.mark.parametrize("mark", MARKS)
def test_markup_in_an_address_or_a_form_comes_back_as_text(hostile, window, mark):
    quoted = urllib.parse.quote(mark, safe="")
    addresses = [
        f"/clients?q={quoted}&label={quoted}&method={quoted}&enabled={quoted}"
        f"&expires_before={quoted}&after={quoted}",
        f"/clients?q={quoted}",
        f"/clients/{quoted}",
        f"/clients/add?client_name={quoted}&certificate={quoted}",
        f"/clients/shown-once/{quoted}",
        f"/refusals?client={quoted}&check={quoted}&limit={quoted}",
        f"/refusals?client={quoted}",
        f"/audit?kind={quoted}&id={quoted}&author={quoted}",
        f"/audit?id={quoted}",
        f"/trust-sets/{quoted}",
        f"/{quoted}",
        f"/open?ticket={quoted}",
    ]
    for address in addresses:
        window.open(window.console.home + address)
        harmless(window)
    window.open(f"{window.console.home}/clients/add")
    for label in ("Name", "Certificate", "Callback URLs", "Scopes", "Audiences", "Labels"):
        window.enter(label, mark)
    for button in ("Check", "Register"):
        window.press(button)
        expect.eventually(lambda: "Add a client" in window.title, within=5)
        harmless(window)
        name = window.run("return document.getElementById('client_name').value")
        area = window.run("return document.getElementById('certificate').value")
        assert name == mark and area.strip() == mark.strip()


def test_a_name_that_would_look_like_another_one_does_not(window, pki):
    """Direction overrides and zero widths are shown as what they are."""
    strange = "evil\u202egnp.exe\u200b\u2066x"
    credential = pki.self_signed("strange", "p256", subject=f"/CN={strange}")
    window.open(f"{window.console.home}/clients/add")
    window.enter("Name", "strange")
    window.enter("Certificate", credential.certificate.read_text())
    window.press("Check")
    expect.eventually(lambda: "Thumbprint" in window.text(), within=5)
    text = window.text()
    assert "evil" in text and not any(one in text for one in "\u202e\u200b\u2066"), text


def test_the_policy_stops_what_stood_in_a_page_anyhow(window):
    """The second line of defence: a script that was put into a page does not run."""
    window.open(f"{window.console.home}/clients")
    window.run("""
        const one = document.createElement("div");
        one.innerHTML = "<img src='https://evil.example/x' onerror='document.title = 1'>";
        document.body.append(one);
        const two = document.createElement("script");
        two.textContent = "document.title = 2";
        document.body.append(two);
        const three = document.createElement("style");
        three.textContent = "body { display: none }";
        document.head.append(three);
    """)
    expect.eventually(lambda: len(window.complaints) >= 1, within=5)
    assert window.title.startswith("Clients")
    assert window.run("return getComputedStyle(document.body).display") == "block"
