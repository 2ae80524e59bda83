# SPDX-License-Identifier: Apache-2.0
"""`handfast console` as a process, and a browser without scripts that opens it."""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import threading
from pathlib import Path

import expect
from forms import Form, Tree
from server import BINARY, environment
from wire import Connection

LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/open\?ticket=([\w-]{43})")
STATIC = ("text/css; charset=utf-8", "text/javascript; charset=utf-8")


class Line(Connection):
    """One connection to a console, which speaks plain HTTP."""

    def __init__(self, address, timeout=15.0):
        self.buffer = b""
        self.socket = socket.create_connection(address, timeout)


class Console:
    """A console on a data directory. A context manager; ended by its own process id."""

    def __init__(self, data, *options, prefix=(), env=None):
        # The path below which the session's pages are, once the link was opened.
        self.base = ""
        self.data = Path(data)
        self.options = list(map(str, options))
        self.prefix = list(map(str, prefix))
        self.env = env or {}
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    def launch(self):
        self.process = subprocess.Popen(
            [*self.prefix, BINARY, "console", "--data", str(self.data), *self.options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(**self.env), text=True,
        )  # fmt: skip
        self.stdout, self.stderr = [], []
        self._readers = []
        for pipe, kept in ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr)):
            reader = threading.Thread(target=self._collect, args=(pipe, kept), daemon=True)
            reader.start()
            self._readers.append(reader)
        return self

    @staticmethod
    def _collect(pipe, kept):
        for line in pipe:
            kept.append(line.rstrip("\n"))
        pipe.close()

    def start(self):
        self.launch()
        expect.eventually(lambda: self.stdout or self.process.poll() is not None, within=10)
        matched = LINK.fullmatch(self.stdout[0]) if self.stdout else None
        assert matched, (self.stdout, self.stderr)
        self.link, self.port, self.ticket = matched[0], int(matched[1]), matched[2]
        return self

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def home(self):
        """Where the pages begin."""
        return self.origin + self.base

    def is_home(self, address):
        """Whether a browser is at the first page, whose path is learned by that."""
        matched = re.fullmatch(rf"{self.origin}(/[\w-]{{22}})/", address)
        self.base = matched[1] if matched else self.base
        return bool(matched)

    @property
    def running(self):
        return self.process.poll() is None

    def wait(self, timeout=30):
        status = self.process.wait(timeout)
        for reader in self._readers:
            reader.join(5)
        return status

    def stop(self, number=signal.SIGTERM):
        """Asks it to end; returns its status."""
        os.kill(self.process.pid, number)
        return self.wait()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.wait()

    @property
    def token(self):
        """The administrator's token, which must not come out of the console."""
        return (self.data / "admin.token").read_text().strip()

    def raw(self, data, timeout=15.0):
        """All that comes back for these bytes, until the console closes or has answered."""
        with contextlib.closing(socket.create_connection(self.address, timeout)) as one:
            one.sendall(data)
            received = b""
            with contextlib.suppress(TimeoutError, ConnectionError):
                while part := one.recv(65536):
                    received += part
                    if not select.select([one], [], [], 0.3)[0]:
                        break
            return received


def directives(response):
    policy = response.header("content-security-policy")
    assert policy, response.headers
    return {name: values for name, *values in (one.split() for one in policy.split(";"))}


def protected(response):
    """The fields that every answer has, whatever it is an answer to."""
    assert response.header("x-content-type-options") == "nosniff", response.headers
    assert response.header("cross-origin-resource-policy") == "same-origin"
    assert not [n for n, _ in response.headers if n.lower().startswith("access-control")]
    if response.header("content-type") in STATIC and response.status == 200:
        # Style and script, whose address changes with them: nothing of the server's is in them.
        return response
    expect.no_store(response)
    policy = directives(response)
    for name in ("default-src", "frame-ancestors", "base-uri"):
        assert policy[name] == ["'none'"], policy
    sources = [source for values in policy.values() for source in values]
    assert not [one for one in sources if "unsafe" in one or "*" in one or "http" in one], policy
    assert response.header("x-frame-options") == "DENY"
    # `no-referrer` would make browsers send `Origin: null` with the console's own forms.
    assert response.header("referrer-policy") == "same-origin"
    assert response.header("cross-origin-opener-policy") == "same-origin"
    return response


class Reader:
    """A browser without scripts: cookies, the page that is shown, and its forms.

    Every answer is checked for the fields that protect it, and for the administrator's token.
    """

    def __init__(self, console, opened=True):
        self.console = console
        self.cookies = {}
        self.target = None
        self.answer = None
        if opened:
            self.enter()

    @property
    def cookie(self):
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def ask(self, method, target, body=None, fields=(), kind=None, host=None):
        """One request on a connection of its own; redirections are not followed."""
        if not target.startswith(("/open", f"{self.console.base}/")):
            target = self.console.base + target
        sent = list(fields)
        if self.cookies and not any(name.lower() == "cookie" for name, _ in sent):
            sent.append(("Cookie", self.cookie))
        if kind:
            sent.append(("Content-Type", kind))
        if method == "POST" and not any(name.lower() == "origin" for name, _ in sent):
            sent += [("Origin", self.console.origin), ("Sec-Fetch-Site", "same-origin")]
        sent = [(name, value) for name, value in sent if value is not None]
        with Line(self.console.address) as line:
            answer = line.request(
                method, target, body, sent, host or f"127.0.0.1:{self.console.port}"
            )
        whole = answer.raw_head + answer.body
        assert self.console.token.encode() not in whole, "the token stands in an answer"
        protected(answer)
        for one in answer.all("set-cookie"):
            self._keep(one)
        self.target, self.answer = target, answer
        if self.first:
            self.console.base = self.first.rstrip("/")
        return answer

    @property
    def first(self):
        """The address to which the link's page goes on; nothing on another page."""
        found = re.search(rb'http-equiv="refresh" content="0; url=([^"]+)"', self.answer.body)
        return found and found[1].decode()

    def _keep(self, cookie):
        pair, *attributes = [part.strip() for part in cookie.split(";")]
        name, _, value = pair.partition("=")
        names = {one.lower() for one in attributes}
        assert {"httponly", "samesite=strict"} <= names, cookie
        # A path that no other port of this machine is told.
        assert re.search(r"; Path=/[\w-]{22}/(;|$)", cookie), cookie
        assert not any(one.startswith("domain") for one in names), cookie
        self.cookies[name] = value

    def enter(self):
        """Opens the link, and goes on to where its page leads."""
        answer = self.ask("GET", self.console.link.partition(str(self.console.port))[2])
        assert answer.status == 200, (answer.status, answer.body)
        assert self.cookies, answer.headers
        return self.open(self.first)

    def open(self, target, status=200):
        """Goes to a page, over redirections within the console."""
        answer = self.ask("GET", target)
        return self._arrive(answer, status)

    def _arrive(self, answer, status):
        for _ in range(5):
            if answer.status != 303:
                break
            location = answer.header("location")
            assert location.startswith("/") and not location.startswith("//"), location
            answer = self.ask("GET", location.partition("#")[0])
        assert status in (None, answer.status), (answer.status, self.target, self.shown)
        return answer

    @property
    def page(self):
        assert self.answer.header("content-type") == "text/html; charset=utf-8", self.answer
        return Tree(self.answer.body.decode()).root

    @property
    def shown(self):
        """The text of the page, in one line."""
        kind = self.answer.header("content-type") or ""
        return self.page.one("body").text if kind.startswith("text/html") else self.answer.body

    @property
    def title(self):
        return self.page.one("h1").text

    @property
    def facts(self):
        """The names and values that the page lists."""
        names, values = ([one.text for one in self.page.all(tag)] for tag in ("dt", "dd"))
        return dict(zip(names, values, strict=True))

    def form(self, button=None, field=None):
        """The one form that is posted by this button, and has this field."""
        page = self.page
        forms = [Form(one, page) for one in page.all("form")]
        found = [
            one for one in forms
            if (button is None or any(b.text == button for b in one.buttons))
            and (field is None or any(b.text.startswith(field) for b in one.node.all("label")))
        ]  # fmt: skip
        shown = [[b.text for b in one.buttons] for one in forms]
        assert len(found) == 1, (button, field, self.title, shown)
        return found[0]

    def submit(self, form, button=None, status=200, follow=True, without=(), fields=(), more=()):
        """Sends a form by a button, and goes on to where that leads."""
        method, target, body, kind = form.request(button, without, more)
        answer = self.ask(method, target, body, fields, kind)
        return self._arrive(answer, status) if follow else answer

    def press(self, button, status=200, **filled):
        """Presses a button of the page, with the fields of its form filled in."""
        form = self.form(button)
        for label, value in filled.items():
            form.fill(label, value)
        return self.submit(form, button, status)

    def link(self, text):
        """The address of the first link with this text."""
        found = [one["href"] for one in self.page.all("a") if one.text == text]
        assert found, (text, [one.text for one in self.page.all("a")])
        return found[0]

    def follow(self, text, status=200):
        """Goes to where a link with this text leads."""
        return self.open(self.link(text).partition("#")[0], status)

    def crawl(self, start="/", most=2):
        """The addresses of all pages that links lead to; of each kind of page so many."""
        found, waiting, kinds = [], [start], {}
        while waiting:
            target = waiting.pop(0)
            kind = kind_of(target)
            if target in found or kinds.get(kind, 0) >= most:
                continue
            kinds[kind] = kinds.get(kind, 0) + 1
            self.open(target)
            if not self.answer.header("content-type").startswith("text/html"):
                continue
            found.append(target)
            links = [one["href"].partition("#")[0] for one in self.page.all("a")]
            links = [one.removeprefix(self.console.base) for one in links]
            waiting += [one for one in links if one.startswith("/")]
        return found


def kind_of(target):
    """Pages that differ in an identifier or in the values of their query are of one kind."""
    path, _, query = target.partition("?")
    segments = path.split("/")[1:]
    known = [one if re.fullmatch(r"[a-z-]{2,16}", one) else "*" for one in segments]
    return "/".join(known), *sorted(pair.partition("=")[0] for pair in query.split("&"))
