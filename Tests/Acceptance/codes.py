# SPDX-License-Identifier: Apache-2.0
"""Clients of the authorization code grant: their requests, with PKCE, and the exchange of codes."""

import base64
import hashlib
import re
import secrets

import expect
from oauth import CC
from parties import Caller
from visitor import AUTHORIZE, Visitor
from wire import form

CALLBACK = "https://portal.example/callback"
GRANTS = "authorization_code,refresh_token"
PAR = "/oauth2/par"
REVOKE = "/oauth2/revoke"
USER = "alex"
PASSWORD = "a walk in the park"


def challenge(verifier):
    """RFC 7636 §4.2, S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class CodeClient(Caller):
    """A client that sends users to the server, and gets tokens for their codes."""

    def __init__(
        self, server, pki, name, *options, redirect_uri=CALLBACK, grants=GRANTS, public=False,
        by=None,
    ):  # fmt: skip
        """`by` is another credential than a new certificate, and the options that register it."""
        self.server = server
        self.name = name
        self.redirect_uri = redirect_uri
        # A public client has no credential (RFC 6749 §2.1).
        plain = re.sub(r"\W+", "-", name)
        self.credential = None if public or by else pki.self_signed(f"caller-{plain}", "p256")
        method = ["--auth-method", "none"]
        if by:
            self.credential, method = by
        elif self.credential:
            method = ["--certificate", self.credential.certificate]
        self.information = server.add_client(
            name, *method, "--grant-types", grants, "--redirect-uri", redirect_uri, *options
        )
        self.client_id = self.information["client_id"]
        self.body = {**CC, "client_id": self.client_id}
        if server.process:
            self.wait()

    def wait(self):
        """Until every reactor may be taken to know it, and lets it in."""
        if self.information["token_endpoint_auth_method"] == "private_key_jwt":
            # Without an assertion it looks like a stranger there.
            expect.everywhere(lambda: self.visitor(self.request()[0]).answer, 200)
            return
        known = 200 if "client_credentials" in self.information["grant_types"] else 400
        expect.everywhere(self.ask, known)

    def request(self, verifier=None, **changes):
        """The parameters of a request, and its verifier; None takes one away."""
        verifier = verifier or secrets.token_urlsafe(32)
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": secrets.token_urlsafe(8),
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in parameters.items() if value is not None}, verifier

    def push(self, credential=None, **parameters):
        """Pushes a request (RFC 9126 §2.1)."""
        return self.server.token(parameters, credential or self.credential, target=PAR)

    def pushed(self, parameters):
        """Pushes a good request; the query that goes on with it."""
        answer = self.push(**parameters)
        assert answer.status == 201, (answer.status, answer.body)
        return {"client_id": self.client_id, "request_uri": answer.json["request_uri"]}

    def visitor(self, parameters, address=None):
        """A new browser at the server with this request."""
        visitor = Visitor(self.server, address)
        visitor.open(target(parameters))
        return visitor

    def signed_in(self, parameters, user=USER, password=PASSWORD, **more):
        """A new browser whose user has signed in, before the page that asks for consent."""
        visitor = self.visitor(parameters, **more)
        assert visitor.title == "Sign in", visitor.page.text()
        visitor.sign_in(user, password)
        visitor.follow()
        assert visitor.title == "Allow access?", visitor.page.text()
        return visitor

    def code(self, user=USER, password=PASSWORD, **changes):
        """A code that a user has allowed, and its verifier."""
        parameters, verifier = self.request(**changes)
        visitor = self.signed_in(parameters, user, password)
        visitor.send("allow")
        back = visitor.sent_back(parameters.get("redirect_uri", self.redirect_uri))
        assert back["state"] == parameters["state"]
        return back["code"], verifier

    def exchange(self, code, verifier, credential=None, **changes):
        """The token request for a code; None takes a parameter away."""
        parameters = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
            **changes,
        }
        kept = {name: value for name, value in parameters.items() if value is not None}
        return self.server.token(kept, credential or self.credential)

    def tokens(self, **changes):
        """The answer with tokens that a new code gets."""
        return expect.token(self.exchange(*self.code(**changes)))

    def refresh(self, token, credential=None, **more):
        parameters = {
            "grant_type": "refresh_token", "refresh_token": token, "client_id": self.client_id,
        }  # fmt: skip
        return self.server.token({**parameters, **more}, credential or self.credential)

    def revoke(self, token, credential=None):
        parameters = {"token": token, "client_id": self.client_id}
        return self.server.token(parameters, credential or self.credential, target=REVOKE)


def target(parameters):
    """The authorization endpoint with a request."""
    return f"{AUTHORIZE}?{form(parameters)}"
