# SPDX-License-Identifier: Apache-2.0
"""Those on either side of a token: the client that gets it, and the server that it is shown to."""

import expect
from oauth import CC, INTROSPECTION


class Caller:
    """A client with a certificate of its own (or one that is given), registered and known."""

    def __init__(self, server, pki, name, *options, credential=None):
        self.server = server
        self.name = name
        self.credential = credential or pki.self_signed(f"caller-{name}", "p256")
        self.information = server.add_client(
            name, "--certificate", self.credential.certificate, *options
        )
        self.client_id = self.information["client_id"]
        self.body = {**CC, "client_id": self.client_id}
        if server.process:
            self.wait()

    def wait(self):
        """Until every reactor may be taken to know it."""
        expect.eventually(lambda: self.ask().status == 200)

    def ask(self, credential=None, **more):
        """A token request on a connection of its own."""
        body = {**self.body, **more}
        return self.server.token(body, credential or self.credential)

    def members(self, credential=None, **more):
        return expect.token(self.ask(credential, **more))

    def token(self, credential=None, **more):
        return self.members(credential, **more)["access_token"]

    def update(self, *options):
        self.server.handfast("client", "update", self.name, *options)

    def introspect(self, token, **more):
        """Asks what a token is, as this client."""
        parameters = {"client_id": self.client_id, "token": token}
        return self.server.token({**parameters, **more}, self.credential, target=INTROSPECTION)


class ResourceServer(Caller):
    """A client with the right to introspect, which admits or refuses by what it learns."""

    def __init__(self, server, pki, name="api", *options):
        super().__init__(server, pki, name, "--introspect", *options)

    def reads(self, token):
        """The claims of an active token."""
        return expect.active(self.introspect(token))

    def refuses(self, token):
        expect.inactive(self.introspect(token))

    def comes_to_refuse(self, token):
        """Within a second, and then for good, whichever reactor is asked."""
        expect.eventually(lambda: self.introspect(token).body == expect.INACTIVE)
        for _ in range(5):
            expect.eventually(lambda: self.introspect(token).body == expect.INACTIVE)
        for _ in range(5):
            self.refuses(token)

    def admits(self, token, credential):
        """RFC 8705 §3: a bound token counts only on a connection with its certificate."""
        answer = self.introspect(token)
        if answer.body == expect.INACTIVE:
            return False
        confirmation = expect.active(answer).get("cnf")
        return confirmation is None or confirmation == {"x5t#S256": credential.thumbprint}
