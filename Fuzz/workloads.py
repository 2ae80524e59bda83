# SPDX-License-Identifier: Apache-2.0
"""Seeds of SPIFFE IDs, bundles and X.509-SVIDs, for `seeds.py`."""

import json

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

IDS = {
    "lines": b"spiffe://example.org/ns/pay/*\nspiffe://example.org/ns/pay/billing\n"
    b"spiffe://example.org/*",
    "address": b"spiffe://10.0.0.1/a",
    "port": b"spiffe://example.org:8443/a",
    "percent": b"spiffe://example.org/a%2fb",
    "dots": b"spiffe://example.org/a/../b",
    "name-of-dots": b"spiffe://../a",
    "slash": b"spiffe://example.org/a/",
    "capital": b"spiffe://Example.org/a",
}


def bundles(parties, certificate, b64):
    """Bundles of the CA, and an X.509-SVID behind one of them."""
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    uri = x509.UniformResourceIdentifier("spiffe://example.org/ns/pay/billing")
    svid = certificate(
        x509.Name([]), parties.ca_name, ec.generate_private_key(ec.SECP256R1()), parties.ca_key, 9,
        [(usage, True), (x509.SubjectAlternativeName([uri]), True)],
    )  # fmt: skip
    ca = {"use": "x509-svid", "kty": "EC", "x5c": [b64(parties.ca)]}
    jwt = {"use": "jwt-svid", "kty": "EC", "kid": "k"}

    def bundle(*keys, **members):
        return json.dumps({"keys": keys, **members}).encode()

    return {
        "one-ca": bundle(ca, jwt, spiffe_sequence=7, spiffe_refresh_hint=300),
        "svid-after": bundle(ca) + b"\n" + svid,
        "empty": bundle(spiffe_sequence=1),
        "no-x5c": bundle({"use": "x509-svid", "kty": "EC"}),
        "large-sequence": bundle(ca, spiffe_sequence=2**63),
    }


def seeds(parties, certificate, b64):
    """The seeds of each target."""
    return {"spiffe-bundle": bundles(parties, certificate, b64), "spiffe-id": IDS}
