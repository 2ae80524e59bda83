# SPDX-License-Identifier: Apache-2.0
"""Grants that last: a browser that gets codes, and the client that uses them."""

import base64
import contextlib
import hashlib
import re
import sqlite3
import urllib.parse

import expect
from database import file_of
from oauth import INTROSPECTION, REVOCATION
from parties import Caller
from releases import ROUNDS
from wire import FORM, Refused, form, message

REDIRECT = "https://shop.example/cb"
VERIFIER = "a-verifier-of-enough-characters-for-all-of-the-tests"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
GRANTS = "authorization_code,refresh_token,password,client_credentials"
TABLES = ("authorization_code", "pushed_request", "refresh_family", "revoked_token")


class Browser:
    """A user who has signed in at the authorization endpoint of a shop's server."""

    def __init__(self, shop, user, password):
        self.shop = shop
        self.cookies = {}
        self.connection = None
        self.target = "/oauth2/authorize?" + urllib.parse.urlencode(shop.authorizing)
        self.hidden = {}
        assert self._read().status == 200
        done = self.submit("sign-in", username=user, password=password)
        assert done.status == 303, (done.status, done.body)
        assert self.shows()

    def submit(self, action, **more):
        """Sends the form of the page with one of its buttons."""
        return self._ask("POST", form({**self.hidden, "action": action, **more}))

    def shows(self):
        """Whether the page that asks for consent is shown."""
        page = self._read()
        return page.status == 200 and b'value="allow"' in page.body

    def _read(self):
        """The page, whose hidden fields go with the next form."""
        page = self._ask("GET")
        fields = re.findall(rb'<input type="hidden" name="(\w+)" value="([^"]*)">', page.body)
        self.hidden = {name.decode(): value.decode() for name, value in fields} or self.hidden
        return page

    def code(self):
        """A new code, of a user who allows what the client asks for."""
        answer = self.submit("allow")
        assert answer.status == 303, (answer.status, answer.body)
        return self.code_of(answer)

    @staticmethod
    def code_of(answer):
        query = urllib.parse.urlsplit(answer.header("location")).query
        return urllib.parse.parse_qs(query)["code"][0]

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def _ask(self, method, body=None):
        headers = [("Origin", f"https://localhost:{self.shop.server.port}")]
        if self.cookies:
            pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            headers.append(("Cookie", pairs))
        if body is not None:
            headers.append(("Content-Type", FORM))
        host = f"localhost:{self.shop.server.port}"
        for last in (False, True):
            self.connection = self.connection or self.shop.server.connect()
            try:
                answer = self.connection.request(method, self.target, body, headers, host)
                break
            except (OSError, Refused):
                # The server has ended the connection, or was itself ended.
                self.close()
                if last:
                    raise
        for line in answer.all("set-cookie"):
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer


class Shop(Caller):
    """A client with every grant; its requests as parameters, so that many can be sent at once."""

    def __init__(self, server, pki, name, *options, grants=GRANTS, credential=None):
        super().__init__(
            server, pki, name, "--grant-types", grants, "--redirect-uri", REDIRECT,
            "--scope", "read write", "--introspect", *options, credential=credential,
        )  # fmt: skip

    @property
    def authorizing(self):
        return {
            "client_id": self.client_id, "response_type": "code", "redirect_uri": REDIRECT,
            "code_challenge": CHALLENGE.decode(), "code_challenge_method": "S256",
        }  # fmt: skip

    def exchanging(self, code):
        return {
            "grant_type": "authorization_code", "client_id": self.client_id, "code": code,
            "redirect_uri": REDIRECT, "code_verifier": VERIFIER,
        }  # fmt: skip

    def refreshing(self, token):
        return {
            "grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": token
        }  # fmt: skip

    def exchange(self, code):
        return self.server.token(self.exchanging(code), self.credential)

    def refresh(self, token):
        return self.server.token(self.refreshing(token), self.credential)

    def logging_in(self, user, password):
        """A password grant, which begins a family without a browser."""
        login = {"grant_type": "password", "username": user, "password": password}
        return {**self.body, **login}

    def log_in(self, user, password):
        return self.members(**self.logging_in(user, password))

    def revoking(self, token):
        return {"client_id": self.client_id, "token": token, "target": REVOCATION}

    def revoke(self, token):
        """RFC 7009."""
        parameters = {"client_id": self.client_id, "token": token}
        return self.server.token(parameters, self.credential, target=REVOCATION)

    def is_active(self, token, line=None):
        """Whether introspection calls it good; on a new connection, any reactor, without one."""
        parameters = {"client_id": self.client_id, "token": token}
        if line:
            answer = line.token(parameters, target=INTROSPECTION)
        else:
            answer = self.introspect(token)
        said = expect.described(answer).json
        assert said["active"] or answer.body == expect.INACTIVE
        return said["active"]

    def reads(self, *tokens):
        for token in tokens:
            assert self.is_active(token)

    def refuses(self, *tokens):
        for token in tokens:
            assert not self.is_active(token)

    def comes_to_refuse(self, *tokens):
        """Within a second, and then for good, whichever reactor is asked."""
        for token in tokens:
            for _ in range(6):
                expect.eventually(lambda t=token: not self.is_active(t))
        for _ in range(4):
            self.refuses(*tokens)

    def lines(self, count):
        """So many open connections, with a request behind each; close them in the end."""
        lines = [self.server.connect(self.credential) for _ in range(count)]
        for line in lines:
            expect.token(line.token(self.body))
        return lines

    def sent(self, lines, parameters):
        """Sends the same request on every line; returns them, to be read."""
        target = parameters.get("target", "/oauth2/token")
        body = form({name: value for name, value in parameters.items() if name != "target"})
        request = message("POST", target, body, [("Content-Type", FORM)])
        for line in lines:
            line.send(request)
        return list(lines)

    def at_once(self, lines, parameters):
        """The answers to the same request on every line, all sent before one is read."""
        return [line.read() for line in self.sent(lines, parameters)]


def rounds(few):
    """How often to repeat: `few` times, or as the environment says."""
    return ROUNDS or few


def rows(data):
    """The number of rows of each table of grants."""
    path = file_of(data)
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as opened:
        return {
            table: opened.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in TABLES
        }
