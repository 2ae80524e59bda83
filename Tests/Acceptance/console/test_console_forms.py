# SPDX-License-Identifier: Apache-2.0
"""Forms of others: no page elsewhere, and no other session, changes anything."""

import http.server
import json
import threading

import pytest

import expect
from audits import Audit
from consoles import Reader
from wire import FORM

TOKEN = "form_token"
SECRET = ["--auth-method", "client_secret_basic", "--grant-types", "client_credentials"]


@pytest.fixture(scope="module")
def client(server):
    return server.add_client("guarded", *SECRET)


def is_enabled(server, client):
    shown = server.handfast("client", "show", client["client_id"], "--json")
    return json.loads(shown.stdout)["enabled"]


def forms(reader, client):
    """Every form of the console that is posted, as a request that would be carried out."""
    for address in reader.crawl(most=1):
        reader.open(address)
        for node in reader.page.all("form", method="post"):
            yield address, node


def test_every_form_carries_the_token_of_its_session(reader, client, server):
    reader.open("/clients")
    tokens, count = set(), 0
    reader.open(f"/clients/{client['client_id']}")
    for address, node in forms(reader, client):
        hidden = [one for one in node.all("input", type="hidden") if one["name"] == TOKEN]
        assert len(hidden) == 1, (address, node)
        tokens.add(hidden[0]["value"])
        assert node["action"].startswith("/") and not node["action"].startswith("//")
        count += 1
    assert count > 4 and len(tokens) == 1
    (token,) = tokens
    assert expect.strength(token) > 150 and token not in reader.cookie
    for address in reader.crawl():
        assert token not in address


@pytest.mark.parametrize("token", [None, "", "x", "A" * 43, "cut", "longer", "case", "cookie"])
def test_a_form_without_the_session_s_token_changes_nothing(server, client, reader, token):
    reader.open(f"/clients/{client['client_id']}")
    form = reader.form("Disable")
    (right,) = [value for name, value in form.entries(None) if name == TOKEN]
    (cookie,) = reader.cookies.values()
    changed = {
        "cut": right[:-1], "longer": right + "A", "case": right.swapcase(), "cookie": cookie,
    }  # fmt: skip
    more = [] if token is None else [(TOKEN, changed.get(token, token))]
    before = Audit(server.data).head()
    answer = reader.submit(form, "Disable", follow=False, without=[TOKEN])
    assert answer.status == 403
    method, target, _, kind = form.request("Disable")
    body = "&".join(f"{name}={value}" for name, value in more)
    assert reader.ask(method, target, body, kind=kind).status == 403
    assert "Nothing was changed" in reader.shown
    assert reader.ask(method, f"{target}?{TOKEN}={right}", b"", kind=kind).status == 403
    assert is_enabled(server, client) and Audit(server.data).head() == before


def test_the_token_of_another_session_is_none(server, client, consoles):
    first, second = Reader(consoles()), Reader(consoles())
    place = f"/clients/{client['client_id']}"
    second.open(place)
    other = dict(second.form("Disable").entries(None))[TOKEN]
    first.open(place)
    form = first.form("Disable")
    answer = first.submit(form, "Disable", follow=False, without=[TOKEN], more=[(TOKEN, other)])
    assert answer.status == 403 and is_enabled(server, client)
    # With its own it is carried out: what was refused was the token alone.
    first.open(place)
    first.press("Disable")
    assert not is_enabled(server, client)
    first.press("Enable")
    assert is_enabled(server, client)


KINDS = ["text/plain", "application/json", None, "multipart/mixed; boundary=x"]


@pytest.mark.parametrize("kind", KINDS)
def test_content_of_another_kind_is_no_form(server, client, reader, kind):
    """A page elsewhere can send `text/plain` without being asked (CORS)."""
    reader.open(f"/clients/{client['client_id']}")
    method, target, body, _ = reader.form("Disable").request("Disable")
    answer = reader.ask(method, target, body, kind=kind)
    assert answer.status in (400, 403, 415) and is_enabled(server, client)


def test_reading_changes_nothing(server, client, reader):
    before = Audit(server.data).head()
    for action in ("disable", "enable", "remove", "secret"):
        answer = reader.ask("GET", f"/clients/{client['client_id']}/{action}")
        assert answer.status in (200, 404, 405)
    for address in reader.crawl(most=3):
        reader.open(address)
    assert Audit(server.data).head() == before


@pytest.fixture
def elsewhere():
    """A site at another port of this machine, which is another origin; a function that serves."""
    pages = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            content = pages.get(self.path, "").encode()
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Tests' output is for their failures."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        thread = threading.Thread(target=site.serve_forever, daemon=True)
        thread.start()
        origin = f"http://127.0.0.1:{site.server_port}"

        def serve(path, content):
            pages[path] = f"<!DOCTYPE html><title>elsewhere</title>{content}"
            return origin + path

        yield serve
        site.shutdown()


def test_a_form_of_another_site_changes_nothing(server, client, window, elsewhere):
    """In Chromium, with the session's cookie in its jar and the very token in the form."""
    place = f"{window.console.home}/clients/{client['client_id']}"
    window.open(place)
    token = window.run(f"return document.querySelector('[name={TOKEN}]').value")
    before = Audit(server.data).head()
    for host in ("127.0.0.1", "localhost"):
        target = place.replace("127.0.0.1", host) + "/disable"
        page = elsewhere(
            "/form",
            f'<form method="post" action="{target}"><input name="{TOKEN}" value="{token}">'
            "<button>Go</button></form>",
        )
        for origin in (page, page.replace("127.0.0.1", "localhost")):
            window.open(origin)
            window.press("Go")
            expect.eventually(lambda: "elsewhere" not in window.title, within=5)
            assert "Disable" not in window.text() and is_enabled(server, client)
    assert Audit(server.data).head() == before


def test_a_script_of_another_site_reads_and_changes_nothing(server, window, elsewhere):
    page = elsewhere("/script", "<p>hello</p>")
    window.open(page)
    for mode in ("cors", "no-cors"):
        for method in ("GET", "POST"):
            seen = window.later(
                "const done = arguments[arguments.length - 1];"
                "fetch(arguments[0], {mode: arguments[1], method: arguments[2],"
                " credentials: 'include'}).then((a) => a.text()).then(done, () => done('failed'));",
                f"{window.console.home}/clients", mode, method,
            )  # fmt: skip
            assert seen in ("failed", ""), seen[:200]


def test_no_page_can_be_framed(window, elsewhere):
    """Clickjacking."""
    page = elsewhere("/frame", f'<iframe src="{window.console.home}/clients"></iframe>')
    window.open(page)
    complaints = []
    expect.eventually(lambda: complaints.extend(window.complaints) or complaints, within=5)
    assert any("frame-ancestors" in one or "X-Frame-Options" in one for one in complaints)


def test_the_cookie_does_not_come_along_from_another_site(window, elsewhere):
    """A link of another site leads to the console without its session, and reads nothing."""
    page = elsewhere("/link", f'<a href="{window.console.home}/clients">Go</a>')
    window.open(page.replace("127.0.0.1", "localhost"))
    window.press("Go")
    expect.eventually(lambda: "elsewhere" not in window.title, within=5)
    assert "<table" not in window.run("return document.body.innerHTML")


def test_a_form_that_is_sent_twice_makes_one_client(server, reader):
    reader.open("/clients/add")
    form = reader.form("Register").fill("Name", "sent twice")
    form.fill("Authentication", "client_secret_basic")
    first = reader.submit(form, "Register", follow=False)
    second = reader.submit(form, "Register", follow=False)
    assert first.status == second.status == 303
    listed = json.loads(server.handfast("client", "list", "--json").stdout)
    assert [one["client_name"] for one in listed].count("sent twice") == 1


def test_a_secret_is_shown_once(server, reader):
    reader.open("/clients/add")
    form = reader.form("Register").fill("Name", "shown once")
    form.fill("Authentication", "client_secret_basic")
    reader.submit(form, "Register")
    place = reader.target
    (secret,) = [one.text for one in reader.page.all() if one.get("data-copy") == "client secret"]
    basic = (json.loads(server.handfast("client", "show", "shown once", "--json").stdout), secret)
    basic = (basic[0]["client_id"], secret)
    expect.eventually(
        lambda: server.token({"grant_type": "client_credentials"}, basic=basic).status == 200
    )
    assert reader.ask("GET", place).status == 410 and secret not in reader.answer.body.decode()
    for address in reader.crawl():
        reader.open(address)
        assert secret not in reader.answer.body.decode(), address
    assert secret not in server.log


def test_a_form_with_too_many_fields_or_a_broken_one_is_refused(server, reader):
    for body in ("&".join(["a=b"] * 300), "a=%zz", "a=%ff", "a=%00"):
        answer = reader.ask("POST", "/clients/add", body, kind=FORM)
        assert answer.status == 400 and "cannot be read" in reader.shown
    head = b"--x\r\nContent-Disposition: form-data\r\n\r\n"
    for body in (b"", b"--x", b"--x\r\n\r\n--x--", head):
        answer = reader.ask("POST", "/clients/add", body, kind="multipart/form-data; boundary=x")
        assert answer.status in (400, 403), reader.shown
