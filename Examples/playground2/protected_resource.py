# SPDX-License-Identifier: Apache-2.0
"""A protected resource: answers whoever shows a token and holds the key that it is bound to."""

import http.server
import json
import ssl
from dataclasses import dataclass

from mutual_tls import Identity, thumbprint


@dataclass(frozen=True)
class Resource:
    """Its own certificate, and the authorization server that it asks about tokens."""

    identity: Identity
    client_id: str
    introspection: str
    trusted: str

    def answer(self, authorization, certificate):
        """The answer to a request with this Authorization field and client certificate."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return 401, {"error": "a token is missing"}
        if not certificate:
            return 401, {"error": "invalid_token", "reason": "no certificate was shown"}
        # Introspection (RFC 7662) tells at once when a token has been revoked. A resource with a
        # library for JWTs can check the signature by itself, and learns that at the token's end.
        status, claims = self.identity.request(
            "POST", self.introspection, self.trusted,
            {"client_id": self.client_id, "token": token},
        )  # fmt: skip
        if status != 200:
            return 502, {"error": "the authorization server does not answer", "status": status}
        if not claims.get("active"):
            return 401, {"error": "invalid_token", "reason": "the token is not active"}
        # RFC 8705 §3: without this comparison the token would be good in everybody's hands.
        if claims.get("cnf", {}).get("x5t#S256") != thumbprint(certificate):
            return 401, {"error": "invalid_token", "reason": "another certificate is bound"}
        if "read" not in claims.get("scope", "").split():
            return 403, {"error": "insufficient_scope"}
        return 200, {"hello": claims["sub"], "through": claims["client_id"]}


def serve(resource, port, callers):
    """A server of `resource` on the port of loopback; the caller runs it.

    `callers` are the certificates that a caller may show: Python's ssl asks for none without
    verifying it, and self-signed ones verify by being known.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(resource.identity.certificate, resource.identity.key)
    context.verify_mode = ssl.CERT_OPTIONAL
    for file in callers:
        context.load_verify_locations(file)

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self):
            certificate = self.connection.getpeercert(binary_form=True)
            status, content = resource.answer(self.headers["Authorization"], certificate)
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            if status == 401:
                self.send_header("WWW-Authenticate", 'Bearer realm="playground2"')
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        def get_request(self):
            connection, address = super().get_request()
            connection.settimeout(10)
            # The handshake comes with the first read, in the connection's own thread.
            secure = context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
            return secure, address

        def finish_request(self, request, client_address):
            request.do_handshake()
            super().finish_request(request, client_address)

        def handle_error(self, *_):
            """A caller that breaks off, or shows an unknown certificate, is none of ours."""

    return Server(("127.0.0.1", port), Handler)
