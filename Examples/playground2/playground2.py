#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A web application that sends its user to Handfast, and gets tokens bound to its certificate.

Authorization code with PKCE (RFC 6749 §4.1, RFC 7636), mutual TLS at the token endpoint (RFC 8705),
and a protected resource beside it. Python's standard library is all that it needs;
script/playground starts it with all that it wants to know.
"""

import argparse
import hashlib
import http.cookies
import http.server
import json
import secrets
import threading
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pages
import protected_resource
from mutual_tls import Identity, base64url, discover

START = "/playground2/"
CALLBACK = "/playground2/oauth2client"
TOKEN = "/playground2/token"
# Visitors beyond these have the oldest one forgotten.
VISITORS_MAX = 100


class Application:
    """The client: what it is registered as, and the endpoints of its authorization server."""

    def __init__(self, options):
        self.client_id = options.client_id
        self.issuer = options.issuer
        self.trusted = options.trusted
        self.identity = Identity(options.certificate, options.key)
        self.other = Identity(options.other_certificate, options.other_key)
        self.redirect_uri = f"http://localhost:{options.port}{CALLBACK}"
        self.resource = f"https://localhost:{options.resource_port}/"
        self.resource_certificate = options.resource_certificate
        self.server = discover(self.issuer, self.trusted)

    def authorization_url(self, visitor):
        """Where the user is sent; what the answer has to fit is kept for the visitor."""
        visitor.clear()
        visitor["state"] = secrets.token_urlsafe(16)
        visitor["verifier"] = secrets.token_urlsafe(32)
        challenge = base64url(hashlib.sha256(visitor["verifier"].encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "read write",
            "state": visitor["state"],
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.server['authorization_endpoint']}?{urlencode(query)}"

    def take_answer(self, visitor, query):
        """Exchanges the code of an answer for tokens; raises ValueError for any other answer."""
        answer = {name: values[0] for name, values in parse_qs(query).items()}
        expected = visitor.pop("state", None)
        # RFC 6749 §10.12: an answer to a request that this visitor has not made.
        if not expected or not secrets.compare_digest(answer.get("state", ""), expected):
            raise ValueError("The answer does not belong to a request of this browser (state).")
        # RFC 9207 §2.4: an answer of another server, whose code is not to be shown to ours.
        if answer.get("iss") != self.issuer:
            raise ValueError("The answer is not that of the authorization server (iss).")
        if "code" not in answer:
            reason = answer.get("error_description", "")
            raise ValueError(f"The authorization server says: {answer.get('error')}: {reason}.")
        self.get_token(visitor, {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": self.redirect_uri,
            "code_verifier": visitor.pop("verifier"),
        })  # fmt: skip

    def refresh(self, visitor):
        """Gets the next access token."""
        self.get_token(visitor, {
            "grant_type": "refresh_token", "refresh_token": visitor["tokens"]["refresh_token"],
        })  # fmt: skip

    def get_token(self, visitor, form):
        """One token request, with the certificate."""
        status, answer = self.identity.request(
            "POST", self.server["token_endpoint"], self.trusted,
            {"client_id": self.client_id, **form},
        )  # fmt: skip
        if status != 200:
            raise ValueError(f"There is no token: {status} {json.dumps(answer)}")
        # RFC 6749 §6: without a new refresh token the old one stays.
        visitor["tokens"] = {**visitor.get("tokens", {}), **answer}
        visitor.pop("calls", None)

    def revoke(self, visitor):
        """Ends the grant (RFC 7009); the page shows what the resource says of its token then."""
        tokens = visitor["tokens"]
        self.identity.request(
            "POST", self.server["revocation_endpoint"], self.trusted,
            {"client_id": self.client_id, "token": tokens.pop("refresh_token")},
        )  # fmt: skip
        visitor.pop("calls", None)

    def call(self, visitor):
        """Calls the resource as the client, with another certificate, and with none."""
        headers = {"Authorization": f"Bearer {visitor['tokens']['access_token']}"}
        callers = {
            "with the client's certificate": self.identity,
            "with another certificate": self.other,
            "without a certificate": Identity(),
        }
        visitor["calls"] = [
            (name, *caller.request("GET", self.resource, self.resource_certificate, None, headers))
            for name, caller in callers.items()
        ]


class Visitors:
    """What belongs to each browser, by the cookie that it has."""

    def __init__(self):
        self.lock = threading.Lock()
        self.known = {}

    def find(self, cookie):
        """The visitor's id and dictionary, new for a cookie that is not known."""
        with self.lock:
            if cookie not in self.known:
                cookie = secrets.token_urlsafe(16)
                self.known[cookie] = {}
                if len(self.known) > VISITORS_MAX:
                    self.known.pop(next(iter(self.known)))
            return cookie, self.known[cookie]


def handler(app, visitors):
    """The class that answers browsers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 10

        def visitor(self):
            cookies = http.cookies.SimpleCookie(self.headers["Cookie"] or "")
            given = cookies["playground2"].value if "playground2" in cookies else ""
            self.cookie, visitor = visitors.find(given)
            return visitor

        def do_GET(self):
            visitor, place = self.visitor(), urlsplit(self.path)
            if place.path == CALLBACK:
                self.attempt(lambda: app.take_answer(visitor, place.query))
            elif place.path == TOKEN and "tokens" in visitor:
                self.page(pages.token(visitor, app.identity.thumbprint))
            elif place.path in (START, TOKEN):
                self.page(pages.start(app))
            elif place.path == "/":
                self.redirect(START)
            else:
                self.send_error(404)

        def do_POST(self):
            visitor = self.visitor()
            actions = {"refresh": app.refresh, "revoke": app.revoke, "call": app.call}
            action = self.path.removeprefix(START)
            # The cookie does not come with forms of other sites (SameSite), and whoever comes
            # without it has no tokens.
            if action == "start":
                self.redirect(app.authorization_url(visitor))
            elif action in actions and "tokens" in visitor:
                self.attempt(lambda: actions[action](visitor))
            else:
                self.redirect(START)

        def attempt(self, action):
            """Does it, and shows the tokens, or why it went wrong."""
            try:
                action()
            except (ValueError, KeyError, OSError) as error:
                self.page(pages.failure(str(error)), 400)
            else:
                self.redirect(TOKEN)

        def page(self, text, status=200):
            self.answer(status, text.encode(), {
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": pages.policy(app.issuer),
            })  # fmt: skip

        def redirect(self, location):
            self.answer(303, b"", {"Location": location})

        def answer(self, status, body, fields):
            self.send_response(status)
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            cookie = f"playground2={self.cookie}; Path=/playground2; HttpOnly; SameSite=Lax"
            self.send_header("Set-Cookie", cookie)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Says nothing: the request line of an answer has its code."""

    return Handler


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--issuer", default="https://localhost:9443")
    parser.add_argument("--trusted", required=True, help="the certificate of the issuer, PEM")
    parser.add_argument("--client-id", default="playground2")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--resource-port", type=int, default=8443)
    parser.add_argument("--resource-client-id", default="playground2-resource")
    for name in ("", "other-", "resource-"):
        parser.add_argument(f"--{name}certificate", required=True)
        parser.add_argument(f"--{name}key", required=True)
    return parser.parse_args()


def main():
    options = read_options()
    app = Application(options)
    resource = protected_resource.Resource(
        Identity(options.resource_certificate, options.resource_key),
        options.resource_client_id, app.server["introspection_endpoint"], app.trusted,
    )  # fmt: skip
    callers = [options.certificate, options.other_certificate]
    servers = [
        protected_resource.serve(resource, options.resource_port, callers),
        http.server.ThreadingHTTPServer(
            ("127.0.0.1", options.port), handler(app, Visitors())
        ),
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"open http://localhost:{options.port}{START}", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
