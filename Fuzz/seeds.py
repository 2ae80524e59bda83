# SPDX-License-Identifier: Apache-2.0
"""Makes Fuzz/Seeds and Fuzz/Targets/Fixtures.swift anew, which belong together.

Needed only when a target gets another layout: `.venv/bin/python Fuzz/seeds.py`. Every run makes
other keys; none of them is kept. The layout of each input stands above its target.
"""

import base64
import datetime
import hashlib
import ipaddress
import json
import subprocess
import tempfile
import textwrap
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import actors
import workloads
from wrappings import wrappings

FUZZ = Path(__file__).resolve().parent
NOW = 1_800_000_000
SECRET = b"a-secret-of-the-fuzzer-with-43-characters-ok"
ISSUER = "https://as.example"
OWN = "https://own.example"
DER = serialization.Encoding.DER
START = datetime.datetime(2026, 1, 1)
END = datetime.datetime(2126, 1, 1)


def b64(data):
    return base64.b64encode(data).decode()


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def name(*pairs):
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in pairs])


def certificate(subject, issuer, key, signer, serial, extensions):
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), serial, START, END)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signer, digest).public_bytes(DER)


class Parties:
    """A CA, its clients, and what they sign."""

    def __init__(self):
        self.ca_key = ec.generate_private_key(ec.SECP256R1())
        self.ca_name = name((NameOID.COMMON_NAME, "Fuzz Authority"))
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        self.ca = certificate(
            self.ca_name, self.ca_name, self.ca_key, self.ca_key, 1,
            [(x509.BasicConstraints(True, None), True), (usage, True)],
        )  # fmt: skip
        subject = name(
            (NameOID.COUNTRY_NAME, "LK"),
            (NameOID.ORGANIZATION_NAME, "Example, Inc."),
            (NameOID.COMMON_NAME, "leaf"),
        )
        self.leaf = self.issued(subject, 7)
        self.other = self.issued(name((NameOID.COMMON_NAME, "other")), 8)
        own = name((NameOID.COMMON_NAME, "pinned"))
        self.client_key = ed25519.Ed25519PrivateKey.generate()
        self.pinned = certificate(own, own, self.client_key, self.client_key, 9, [])
        self.list = self.revoking()

    def issued(self, subject, serial):
        names = x509.SubjectAlternativeName(
            [
                x509.DNSName("client.example"),
                x509.UniformResourceIdentifier("spiffe://example.org/client"),
                x509.RFC822Name("client@example.org"),
                x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
                x509.DirectoryName(name((NameOID.COMMON_NAME, "directory"))),
            ]
        )
        key = ec.generate_private_key(ec.SECP256R1())
        return certificate(
            subject, self.ca_name, key, self.ca_key, serial,
            [
                (names, False),
                (x509.BasicConstraints(False, None), True),
                (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
            ],
        )  # fmt: skip

    def revoking(self):
        builder = x509.CertificateRevocationListBuilder(self.ca_name, START, END)
        for serial, reason in [(8, None), (300, x509.ReasonFlags.key_compromise)]:
            entry = x509.RevokedCertificateBuilder(serial, START)
            if reason:
                entry = entry.add_extension(x509.CRLReason(reason), False)
            builder = builder.add_revoked_certificate(entry.build())
        builder = builder.add_extension(x509.CRLNumber(3), False)
        return builder.sign(self.ca_key, hashes.SHA256()).public_bytes(DER)

    def jwk(self):
        raw = self.client_key.public_key().public_bytes_raw()
        return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k", "x": b64url(raw)}

    def assertion(self, client, alg):
        header = {"alg": alg, "typ": "JWT", "kid": "k"}
        text = b64url(json.dumps(header).encode()) + "." + b64url(claims(client).encode())
        if alg == "EdDSA":
            return text + "." + b64url(self.client_key.sign(text.encode()))
        code = hmac.HMAC(SECRET, hashes.SHA256())
        code.update(text.encode())
        return text + "." + b64url(code.finalize())


def claims(client, **other):
    all_claims = {"iss": client, "sub": client, "aud": ISSUER, "jti": "1", "exp": NOW + 60}
    return json.dumps(all_claims | other)


def pem(label, der, line_end="\n"):
    lines = [f"-----BEGIN {label}-----", *textwrap.wrap(b64(der), 64), f"-----END {label}-----"]
    return line_end.join([*lines, ""])


def fixtures(parties, assertions):
    members = {
        "ca": ("Signs for `leaf` and `other`.", b64(parties.ca)),
        "leaf": ("C=LK, O=Example\\, Inc., CN=leaf, with a name of each kind.", b64(parties.leaf)),
        "other": ("Another client's, revoked by `list`.", b64(parties.other)),
        "pinned": ("Signed by itself.", b64(parties.pinned)),
        "list": ("The CA's revocation list.", b64(parties.list)),
        "keySet": (
            "The key of `pinned`, a JWK Set.",
            b64(json.dumps({"keys": [parties.jwk()]}).encode()),
        ),
        "secret": ("A client's.", b64(SECRET)),
        "keyAssertion": ("What the client `keys` signed with it.", b64(assertions[0].encode())),
        "codeAssertion": ("What the client `codes` signed.", b64(assertions[1].encode())),
    }
    parts = []
    for member, (comment, text) in members.items():
        chunks = textwrap.wrap(text, 80)
        joined = "\n            + ".join(f'"{chunk}"' for chunk in chunks)
        parts.append(
            f"    /// {comment}\n    static let {member} = decode(\n        {joined}\n    )\n"
        )
    body = "".join(parts)
    (FUZZ / "Targets/Fixtures.swift").write_text(
        "// SPDX-License-Identifier: Apache-2.0\nimport HTTP\ninternal import Text\n\n"
        "/// What the targets know of that an input may have in it; `seeds.py` "
        f"makes it.\nenum Fixtures {{\n    /// Now, in seconds since 1970.\n    static let now: "
        f"Int64 = {NOW:_}\n    /// Whose tokens are issued.\n    static let issuer = \"{ISSUER}\""
        f"\n{body}\n    private static func decode(_ text: String) -> [UInt8] {{\n"
        "        Base64.decode(Array(text.utf8).span) ?? []\n    }\n}\n"
    )


def keystores(parties):
    """A JKS and a PKCS#12 truststore of keytool's, and a JKS whose key is no key."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ca.der"
        file.write_bytes(parties.ca)
        for kind in ("jks", "pkcs12"):
            store = Path(folder) / kind
            subprocess.run(
                ["keytool", "-importcert", "-noprompt", "-file", file, "-alias", "ca",
                 "-keystore", store, "-storetype", kind, "-storepass", "changeit"],
                check=True, capture_output=True,
            )  # fmt: skip
            found[kind] = b"\1" + store.read_bytes()
        found["jks-unchecked"] = b"\0" + found["jks"][1:]
    entry = bytes.fromhex("00000001 0001 6b 0000018000000000 00000004 deadbeef 00000001 0005")
    chain = b"X.509" + len(parties.pinned).to_bytes(4) + parties.pinned
    body = bytes.fromhex("feedfeed 00000002 00000001") + entry + chain
    digest = hashlib.sha1("changeit".encode("utf-16-be") + b"Mighty Aphrodite" + body).digest()
    found["jks-key"] = b"\1" + body + digest
    found["jceks"] = b"\0" + bytes.fromhex("cececece") + body[4:] + digest
    found["pem"] = b"\0" + pem("CERTIFICATE", parties.pinned).encode()
    return found


def fields(parties):
    """The first byte is the format, then come the lines of its fields."""
    leaf, ca = parties.leaf, parties.ca
    escaped = quote(pem("CERTIFICATE", leaf), safe="")
    digest = hashlib.sha256(leaf).hexdigest()
    several = [
        f":{b64(leaf)}:\n:{b64(ca)}:, :{b64(parties.pinned)}:",
        f"{escaped}\nSUCCESS",
        f'Hash={digest};Cert="{escaped}";Subject="CN=a";URI=spiffe://a/b',
        f"{b64(leaf)}\n{b64(ca + parties.pinned)}\n0",
        f"{pem('CERTIFICATE', leaf, ' ')}\nFAILED:certificate has expired",
        f"{b64(leaf)},{b64(ca)}",
        quote(pem("CERTIFICATE", leaf), safe="+=/"),
        f"{b64(leaf)}\ntrue\ntrue\nfalse",
    ]
    names = ["rfc9440", "nginx", "envoy", "haproxy", "apache", "traefik", "aws", "cloudflare"]
    found = {n: bytes([i]) + t.encode() for i, (n, t) in enumerate(zip(names, several))}
    chain = quote(pem("CERTIFICATE", leaf) + pem("CERTIFICATE", ca), safe="+=/")
    found["aws-chain"] = b"\6\n" + chain.encode()
    found["envoy-chain"] = b"\2" + f'By=a;Chain="{quote(chain)}"'.encode()
    found["alias"] = b"\1" + f"{escaped}\nNONE\nssl_client_cert:x".encode()
    return found


def proxy_headers():
    signature = bytes.fromhex("0d0a0d0a000d0a515549540a")
    version4 = bytes.fromhex("c0000201 c6336407 3039 2403")
    version6 = bytes.fromhex("20010db8" + "00" * 11 + "01") * 2 + bytes.fromhex("3039 2403")
    return {
        "tcp4": b"\5PROXY TCP4 192.0.2.1 198.51.100.7 12345 9443\r\nGET /",
        "tcp6": b"\x11PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 12345 9443\r\n",
        "unknown": b"\1PROXY UNKNOWN what ever\r\n",
        "block4": b"\3" + signature + b"\x21\x11\0\x0c" + version4 + b"rest",
        "block6": b"\3" + signature + b"\x21\x21\0\x28" + version6 + b"\4\0\1x",
        "unix": b"\3" + signature + b"\x21\x31\0\xd8" + b"/run/a".ljust(108, b"\0") * 2,
        "local": b"\3" + signature + b"\x20\0\0\0",
    }


def requests():
    kept = {
        "get": "GET /health HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
        "form": "POST /oauth2/token HTTP/1.1\r\nHost: a:9443\r\nContent-Type: "
        "application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nscope=a&b",
        "chunked": "POST /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nTr: x\r\n\r\n",
        "options": "OPTIONS * HTTP/1.0\r\nConnection: keep-alive, x\r\n"
        "Expect: 100-continue\r\n\r\n",
        "absolute": "\r\nGET https://[::1]:1/b?c HTTP/1.1\r\nHost: [::1]:1\r\n\r\nGET /b",
        "pipelined": "GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Basic eDp5\r\n\r\nGET /b",
    }
    return {key: b"\x07\x15\x30" + text.encode() for key, text in kept.items()}


def token_requests(parties, assertions):
    """The peer, the profile, the Authorization header up to a line end, the form."""
    grant = "grant_type=client_credentials&client_id="
    kind = quote("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    signed = "grant_type=client_credentials&client_assertion_type=" + kind + "&client_assertion="
    secret = SECRET.decode()
    basic = "Basic " + b64(b"basic:" + SECRET)
    several = {
        "pinned": ("\1\0", "", grant + "pinned&scope=read"),
        "pinned-fapi": ("\1\1", "", grant + "pinned"),
        "pinned-none": ("\0\0", "", grant + "pinned"),
        "subject": ("\2\0", "", grant + "subject&resource=https%3A%2F%2Fapi.example"),
        "subject-other": ("\3\0", "", grant + "subject"),
        "basic": ("\0\0", basic, "grant_type=client_credentials"),
        "basic-wrong": ("\0\0", "Basic YmFzaWM6eA==", "grant_type=client_credentials"),
        "post": ("\0\0", "", f"{grant}post&client_secret={secret}&scope=write"),
        "keys": ("\1\1", "", signed + assertions[0]),
        "codes": ("\0\0", "", signed + assertions[1]),
        "password": ("\1\0", "", "grant_type=password&client_id=pinned&username=u&password=p"),
        "disabled": ("\1\0", "", grant + "disabled"),
        # Credentials of one method, presented by way of another.
        "keys-secret": ("\0\0", "", f"{grant}keys&client_secret={secret}"),
        "subject-secret": ("\0\0", "", f"{grant}subject&client_secret={secret}"),
        "pinned-secret": ("\1\0", "", f"{grant}pinned&client_secret={secret}"),
        "basic-secret": ("\0\0", "", f"{grant}basic&client_secret={secret}"),
        "post-header": ("\0\0", "Basic " + b64(b"post:" + SECRET), grant + "post"),
        "codes-header": ("\0\0", "Basic " + b64(b"codes:" + SECRET), grant + "codes"),
        "keys-header": ("\1\0", basic, signed + assertions[0]),
    }
    return {key: f"{a}{b}\n{c}".encode() for key, (a, b, c) in several.items()}


def texts():
    return {
        "distinguished-name": {
            "rfc4514": "CN=leaf,O=Example\\, Inc.,C=LK",
            "openssl": "/C=LK/O=Example, Inc./CN=le\\xC3\\xA9f",
            "quoted": '1.2.840.113549.1.9.1="a@b" + UID=x; OU=#0C0141',
            "lines": "C=LK\nO=Example\\, Inc.\nCN=leaf + UID=x\n",
            "windows": 'CN=leaf, O="Example ""Inc.""", S=a\r\n',
            "multiline": "    countryName = LK\n    commonName  = a, <b>; \"c\"\n",
            "escapes": "CN=\\ a\\20\\C3\\A9\\#,DC=example,2.5.4.3=\u00e9\u200b",
        },
        "alternative-name": {
            "dns": "\1Client.Example.",
            "uri": "\2SPIFFE://user@Example.org:1/Client?a#b%20",
            "ip": "\x032001:db8::192.0.2.1",
            "email": "\4Client.x@Example.org",
        },
        "form": {
            "token": "grant_type=client_credentials&scope=a+b%20c&client_id=x",
            "resources": "resource=a&resource=b&resource=&other=%C3%A9&&token",
            "repeated": "scope=a&scope=b",
            "exchange": f"audience=a&grant_type={actors.EXCHANGE}&audience=&audience=b",
        },
        "json": {
            "key-set": '{"keys":[{"kty":"EC","n":-1.5e3,"b":true,"c":null}]}',
            "escapes": ' ["\\u00e9\\ud83d\\ude00\\n\\/", 0, -9223372036854775808, ""] ',
            "deep": "[" * 16 + "]" * 16,
        },
        "yaml": {
            "block": "data: /var/lib\nlisteners:\n  main:\n    address: 127.0.0.1:9443\n  - x\n",
            "flow": "a: {b: [1, 'x y', \"\\u00e9\\n\"], ? c : ~}\n",
            "aliases": "a: &x {c: [1, *y]}\nb: &y [*x, *x]\n*y : 2\n",
            "anchored": "a: &x [1]\nb: &y [*x, *x]\nc: [*y, *y]\n&k d: *k\n",
            "scalars": "a: |-\n  one\n   two\n\nb: >+2\n   three\n\n  four\n\nc: 'it''s'\n",
            "tags": "%YAML 1.1\n---\na: !!str 5\nb: !<tag:yaml.org,2002:seq> [! x]\n...\n",
            "comments": "# a\n\n- b # c\n-\n  - d: e\n    f:\n- ? g\n  : h\n",
            "breaks": "\ufeffa: \"b\\\r\n  c\\x41\u2028 d\"\r\ne: \u00e9\U0001f600\r",
            "json": '{"a":1,"b":[true,null,-1.5e3,"\\/\\u00e9"],"":{}}',
            "deep": "[" * 8 + "{a: " * 7 + "1" + "}" * 7 + "]" * 8,
            "repeated": "a: 1\nb: {c: 1, 'c': 2}\n",
        },
        "address": {
            "range": "10.0.0.0/8",
            "range6": "2001:db8::/32",
            "mapped": "::ffff:192.0.2.1/128",
            "url": "https://[2001:db8::1]:8443/a?b=%20",
            "name": "http://user@example.org:80/#x",
        },
        "rate": {
            "minute": "100/60\n\0\0\0\x10\x20\x7f\0\0",
            "day": "1/86400\n\0\x01\x7f\x7f\x7f", "most": "1000000/1\n\0\0\0", "none": "0/01",
        },
    }  # fmt: skip


def issued(**changes):
    """The claims of a JWT of a trusted issuer."""
    made = {"iss": ISSUER, "sub": "alice", "aud": OWN, "exp": NOW + 60, "jti": "a", **changes}
    return json.dumps(made, separators=(",", ":"))


def main():
    parties = Parties()
    assertions = [parties.assertion("keys", "EdDSA"), parties.assertion("codes", "HS256")]
    fixtures(parties, assertions)
    key_set = {"keys": [parties.jwk() | {"x5c": [b64(parties.pinned)], "use": "sig"}]}
    point = parties.ca_key.public_key().public_numbers()
    curve = {"kty": "EC", "crv": "P-256", "key_ops": ["verify"]}
    curve |= {"x": b64url(point.x.to_bytes(32)), "y": b64url(point.y.to_bytes(32))}
    rsa = {"kty": "RSA", "alg": "PS256", "n": b64url(b"\xc1" + b"\x35" * 255), "e": "AQAB"}
    header = '{"alg":"HS256","typ":"JWT"}'
    ed = '{"alg":"EdDSA","typ":"JWT","kid":"key"}'
    sets = {
        "certificate": {"leaf": parties.leaf, "ca": parties.ca, "pinned": parties.pinned},
        "certificate-fields": fields(parties),
        "proxy-header": proxy_headers(),
        "keystore": keystores(parties) | wrappings(parties, pem),
        "revocation-list": {"der": parties.list, "pem": pem("X509 CRL", parties.list).encode()},
        "pem": {
            "certificate": pem("CERTIFICATE", parties.pinned).encode(),
            "bundle": f"a\n{pem('CERTIFICATE', b'0' * 9)}b\r\n{pem('X', b'')}".encode(),
            "key": pem("EC PRIVATE KEY", b"none").encode(),
        },
        "request": requests(),
        "key-set": {
            "okp": json.dumps(key_set).encode(),
            "ec": json.dumps({"keys": [curve, {"kty": "oct", "k": "AA"}]}).encode(),
            "rsa": json.dumps({"keys": [rsa, {"kty": "x", "kid": "a"}]}).encode(),
        },
        "assertion": {
            "compact": b"\0" + assertions[0].encode(),
            "code": b"\0" + assertions[1].encode(),
            "coded": f"\1{header}\n{claims('codes', nbf=NOW, iat=NOW)}".encode(),
            "audiences": f"\1{header}\n{claims('codes', aud=[ISSUER, 'x'], exp=1)}".encode(),
            "signed": f"\2{header}\n{claims('codes', exp=NOW + 0.5)}\nxxxx".encode(),
        },
        "issuer-token": {
            "signed": f"\0\n{ed}\n{issued()}".encode(),
            "pattern": f"\0a*e\n{ed}\n{issued(aud=[OWN], iat=NOW)}".encode(),
            "foreign": f"\1*\n{ed}\n{issued(nbf=NOW)}\nxxxx".encode(),
            "access": f"\0\n{ed.replace('JWT', 'at+jwt')}\n{issued(act=1)}".encode(),
        },
        **actors.seeds(ISSUER, NOW),
        **workloads.seeds(parties, certificate, b64),
        "token-endpoint": token_requests(parties, assertions),
    }  # fmt: skip
    for target, seeds in texts().items():
        sets[target] = {key: text.encode() for key, text in seeds.items()}
    for target, seeds in sets.items():
        (folder := FUZZ / "Seeds" / target).mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for key, content in seeds.items():
            (folder / key).write_bytes(content)


if __name__ == "__main__":
    main()
