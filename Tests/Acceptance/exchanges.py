# SPDX-License-Identifier: Apache-2.0
"""Token exchange (RFC 8693): the parties of it, and what they send."""

import contextlib

import expect
from oauth import CC
from parties import Caller
from server import Server

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
JWT = "urn:ietf:params:oauth:token-type:jwt"
GATEWAY = "https://gateway.example"
ORDERS = ["https://orders.example", "https://stock.example"]
USER, PASSWORD = "ann", "a password of ann"


@contextlib.contextmanager
def server_with_user(data):
    """A server with the user, which must be alive at the end, and must end well."""
    running = Server(data)
    running.add_user(USER, PASSWORD)
    with running:
        yield running
        assert running.running, running.log
        assert running.stop() == 0, running.log


class Web(Caller):
    """The client whose tokens come to the gateway, for a user and for itself."""

    def __init__(self, server, pki, name="web", *options):
        super().__init__(
            server, pki, name, "--grant-types", "client_credentials,password",
            "--scope", "read write admin", "--audience", GATEWAY,
            "--audience", "https://api.example", "--no-bound-tokens", *options,
        )  # fmt: skip

    def for_user(self, **more):
        """A token of the user for the gateway."""
        user = {"grant_type": "password", "username": USER, "password": PASSWORD}
        return self.token(**{**user, "resource": GATEWAY, **more})

    def for_itself(self, **more):
        return self.token(**{**CC, "resource": GATEWAY, **more})


class Gateway(Caller):
    """A client that exchanges the tokens that it is sent."""

    def __init__(self, server, pki, name="gateway", *options, own=GATEWAY):
        super().__init__(
            server, pki, name, "--grant-types", "client_credentials,token_exchange",
            "--scope", "read write pack", "--audience", ORDERS[0], "--audience", ORDERS[1],
            *(("--own-audience", own) if own else ()), *options,
        )  # fmt: skip

    def form(self, token, **more):
        """The parameters of an exchange; None leaves one out."""
        form = {
            "grant_type": EXCHANGE, "client_id": self.client_id, "subject_token": token,
            "subject_token_type": ACCESS_TOKEN, **more,
        }  # fmt: skip
        return {name: value for name, value in form.items() if value is not None}

    def exchange(self, token, credential=None, **more):
        """The answer to an exchange; a list stands for a parameter that is repeated."""
        form = self.form(token, **more)
        pairs = [
            (name, one)
            for name, value in form.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        return self.server.token(pairs, credential or self.credential)

    def exchanged(self, token, **more):
        """The members of an answer that has a token (RFC 8693 §2.2.1)."""
        members = expect.token(self.exchange(token, **more))
        assert members["issued_token_type"] == more.get("requested_token_type", ACCESS_TOKEN)
        assert "refresh_token" not in members
        return members
