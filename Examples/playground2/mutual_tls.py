# SPDX-License-Identifier: Apache-2.0
"""HTTPS requests with a certificate of one's own, by Python's standard library alone."""

import base64
import hashlib
import http.client
import json
import ssl
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, both PEM files; an identity without them shows none."""

    certificate: str | None = None
    key: str | None = None

    @property
    def thumbprint(self):
        """RFC 8705 §3.1, `x5t#S256`: SHA-256 of the certificate, in base64url."""
        with open(self.certificate) as file:
            return thumbprint(ssl.PEM_cert_to_DER_cert(file.read()))

    def request(self, method, url, trusted, form=None, headers=()):
        """One request to a server whose certificate is in the file `trusted`; status and JSON."""
        context = ssl.create_default_context(cafile=trusted)
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key)
        place = urlsplit(url)
        connection = http.client.HTTPSConnection(
            place.hostname, place.port or 443, context=context, timeout=10
        )
        try:
            body = None if form is None else urlencode(form)
            fields = {**dict(headers), **(FORM if body else {})}
            connection.request(method, place.path, body, fields)
            answer = connection.getresponse()
            content = answer.read(1 << 20)
            return answer.status, json.loads(content) if content else {}
        finally:
            connection.close()


def thumbprint(der):
    """The same of a certificate in DER, as Python's ssl has that of a connection."""
    return base64url(hashlib.sha256(der).digest())


def base64url(data):
    """RFC 7515, appendix C: without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def discover(issuer, trusted):
    """The metadata of the authorization server (RFC 8414)."""
    status, metadata = Identity().request(
        "GET", f"{issuer}/.well-known/oauth-authorization-server", trusted
    )
    # RFC 8414 §3.3: metadata of another issuer is not to be used.
    if status != 200 or metadata["issuer"] != issuer:
        raise ValueError(f"{issuer} does not answer with its metadata: {status} {metadata}")
    # RFC 8705 §5: where a listener of its own asks for certificates.
    return {**metadata, **metadata.get("mtls_endpoint_aliases", {})}
