# SPDX-License-Identifier: Apache-2.0
"""A resource server in Python that admits by tokens bound to certificates (RFC 8705 §3).

python3 resource_server.py PORT SERVER.pem SERVER.key CLIENTS.pem ISSUER ISSUER.pem AUDIENCE

CLIENTS.pem has the CAs of clients, or their self-signed certificates: Python's ssl asks for no
certificate without verifying it. ISSUER.pem has the certificate of Handfast, or its CA. Needs
PyJWT with cryptography.
"""

import base64
import hashlib
import hmac
import http.server
import ssl
import sys
import threading
import time

import jwt

ALGORITHMS = ["ES256"]
KEYS_SECONDS = 300
# A token with an unknown `kid` costs a fetch at most this often.
REFETCH_SECONDS = 10


class Guard:
    """Judges tokens by the published keys of one issuer, for one audience."""

    def __init__(self, issuer, trusted, audience):
        self.issuer, self.audience = issuer, audience
        self.client = jwt.PyJWKClient(
            f"{issuer}/oauth2/jwks", lifespan=KEYS_SECONDS, timeout=5,
            ssl_context=ssl.create_default_context(cafile=trusted),
        )  # fmt: skip
        self.lock, self.fetched = threading.Lock(), 0.0

    def key(self, kid):
        """The published key of this name; jwt.PyJWTError where there is none."""
        for refresh in (False, True):
            if refresh:
                with self.lock:
                    if time.monotonic() - self.fetched < REFETCH_SECONDS:
                        break
                    self.fetched = time.monotonic()
            for key in self.client.get_signing_keys(refresh=refresh):
                if key.key_id == kid:
                    return key
        raise jwt.InvalidTokenError("no such key")

    def claims(self, authorization, certificate):
        """The claims of a request's token, or None.

        `certificate` is the client's of this very connection, in DER; None where it showed none.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token or not certificate:
            return None
        try:
            header = jwt.get_unverified_header(token)
            if str(header.get("typ")).lower() != "at+jwt":
                return None
            claims = jwt.decode(
                token, self.key(header.get("kid")), algorithms=ALGORITHMS, issuer=self.issuer,
                audience=self.audience, options={"require": ["iss", "exp", "aud"]},
            )  # fmt: skip
        except jwt.PyJWTError:
            return None
        # RFC 8705 §3.1: without this comparison the token would be good in everybody's hands.
        digest = hashlib.sha256(certificate).digest()
        shown = base64.urlsafe_b64encode(digest).rstrip(b"=")
        bound = claims.get("cnf", {}).get("x5t#S256", "")
        return claims if hmac.compare_digest(shown, bound.encode()) else None


def server(port, certificate, key, clients, guard):
    """An HTTPS server on the port; the caller runs it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(clients)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_GET(self):
            certificate = self.connection.getpeercert(binary_form=True)
            fields = self.headers.get_all("Authorization", [])
            claims = guard.claims(fields[0], certificate) if len(fields) == 1 else None
            body = f"for {claims['client_id']}\n".encode() if claims else b""
            self.send_response(200 if claims else 401)
            if not claims:
                self.send_header("WWW-Authenticate", 'Bearer error="invalid_token"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request, client_address):
            # In the connection's own thread: a silent peer holds up no other.
            request.settimeout(10)
            secure = context.wrap_socket(request, server_side=True)
            try:
                super().finish_request(secure, client_address)
            finally:
                secure.close()

        def handle_error(self, *_):
            """A peer that breaks off its handshake is no error of this server."""

    return Server(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    port, certificate, key, clients, issuer, trusted, audience = sys.argv[1:]
    guard = Guard(issuer, trusted, audience)
    server(int(port), certificate, key, clients, guard).serve_forever()
