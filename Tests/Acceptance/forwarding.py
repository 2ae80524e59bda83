# SPDX-License-Identifier: Apache-2.0
"""How eight kinds of proxy tell of a client's certificate, and what comes of telling it."""

import base64
import hashlib
import ssl
from dataclasses import dataclass
from urllib.parse import quote

import expect
from oauth import CC
from server import Server
from wire import Connection

SECRET_FIELD = "Handfast-Proxy-Secret"
SECRET = "correct-horse-battery-staple-2x2"
NETWORK = "127.0.0.7"
END = "-----END CERTIFICATE-----\n"


@dataclass(frozen=True)
class Verification:
    """The words of one proxy for what it made of a certificate."""

    field: str
    accepted: str
    refused: str
    unknown_ca: str | None


WORDS = ("SUCCESS", "FAILED:certificate has expired", "FAILED:self-signed certificate")
VERIFICATIONS = {
    "nginx": Verification("SSL-Client-Verify", *WORDS),
    "haproxy": Verification("X-SSL-Client-Verify", "0", "10", "18"),
    "apache": Verification("SSL_CLIENT_VERIFY", *WORDS[:2], "GENEROUS"),
    "cloudflare": Verification("Cf-Cert-Verified", "true", "false", None),
}
CERTIFICATE = {
    "rfc9440": "Client-Cert",
    "nginx": "SSL-Client-Cert",
    "haproxy": "X-SSL-Client-DER",
    "apache": "SSL_CLIENT_CERT",
    "envoy": "X-Forwarded-Client-Cert",
    "traefik": "X-Forwarded-Tls-Client-Cert",
    "aws-alb": "X-Amzn-Mtls-Clientcert",
    "cloudflare": "Cf-Client-Cert-Der-Base64",
}
FORMATS = tuple(CERTIFICATE)
# The others tell of the client's own certificate alone.
WITH_CHAIN = ("rfc9440", "haproxy", "envoy", "traefik", "aws-alb")


def certificates(credential):
    """The PEM blocks of a credential, the leaf first."""
    return [part + END for part in credential.certificate.read_text().split(END) if part.strip()]


def der(pem):
    return ssl.PEM_cert_to_DER_cert(pem)


def base64_text(data):
    return base64.b64encode(data).decode()


def certificate_fields(kind, pems):
    """The fields with the certificates themselves, the leaf's one first."""
    ders = [der(pem) for pem in pems]
    texts = [base64_text(one) for one in ders]
    name = CERTIFICATE[kind]
    if kind == "rfc9440":
        fields = [(name, f":{texts[0]}:")]
        if texts[1:]:
            fields.append(("Client-Cert-Chain", ", ".join(f":{text}:" for text in texts[1:])))
        return fields
    if kind == "nginx":
        return [(name, quote(pems[0], safe=""))]
    if kind == "haproxy":
        return [(name, texts[0]), ("X-SSL-Client-Chain-DER", base64_text(b"".join(ders[1:])))]
    if kind == "apache":
        return [(name, pems[0].replace("\n", " "))]
    if kind == "envoy":
        digest = hashlib.sha256(ders[0]).hexdigest()
        chain = quote("".join(pems), safe="")
        return [(name, f'Hash={digest};Cert="{quote(pems[0], safe="")}";Chain="{chain}"')]
    if kind == "traefik":
        return [(name, ",".join(texts))]
    if kind == "aws-alb":
        return [(name, quote("".join(pems), safe="+=/"))]
    return [(name, texts[0]), ("Cf-Cert-Presented", "true"), ("Cf-Cert-Revoked", "false")]


def told(kind, credential, verification="accepted"):
    """The fields of a proxy for a client's certificate; `verification` names its result."""
    fields = certificate_fields(kind, certificates(credential))
    if kind in VERIFICATIONS and verification:
        words = VERIFICATIONS[kind]
        fields.append((words.field, getattr(words, verification)))
    return fields


def nothing_told(kind):
    """The fields of a proxy for a client without a certificate."""
    return {
        "nginx": [("SSL-Client-Verify", "NONE")],
        "haproxy": [
            ("X-SSL-Client-DER", ""), ("X-SSL-Client-Chain-DER", ""), ("X-SSL-Client-Verify", "0"),
        ],
        "apache": [("SSL_CLIENT_CERT", "(null)"), ("SSL_CLIENT_VERIFY", "NONE")],
        "cloudflare": [
            ("Cf-Cert-Presented", "false"), ("Cf-Cert-Verified", "false"),
            ("Cf-Cert-Revoked", "false"),
        ],
    }.get(kind, [])  # fmt: skip


def alias(name):
    """Another name that CGI and its heirs take for this one."""
    return name.replace("-", "_") if "-" in name else name.replace("_", "-")


def refusal(server, ask, code, check):
    """The answer is this error, and the log names the check that decided."""
    before = len(server.stderr)
    answer = ask()
    expect.error(answer, code)
    expect.eventually(
        lambda: any(f'"check":"{check}"' in line for line in list(server.stderr)[before:])
    )
    return answer


def binding(server, answer):
    """The thumbprint that the token of an answer is bound to; None for an unbound one."""
    claims = expect.verified(expect.token(answer)["access_token"], server.address)
    return claims["cnf"]["x5t#S256"] if "cnf" in claims else None


class Proxied(Server):
    """A server with a listener for each format, and the clients that come through them."""

    def ask(self, kind, fields=(), body=None, proxy="proxy", source=None, version=None, **more):
        credential = self.proxy if proxy == "proxy" else proxy
        source = (source, 0) if source else None
        with Connection(self.addresses[kind], credential, version, source=source) as connection:
            return connection.token(body or self.body, headers=fields, **more)

    def by_secret(self, kind, secrets, source=NETWORK):
        fields = told(kind, self.credential) + [(SECRET_FIELD, secret) for secret in secrets]
        return self.ask(kind, fields, proxy=None, source=source)

    def refusal(self, code, check, *arguments, **more):
        return refusal(self, lambda: self.ask(*arguments, **more), code, check)

    def binding(self, *arguments, **more):
        return binding(self, self.ask(*arguments, **more))

    def register(self, name, *options):
        client_id = self.add_client(name, *options)["client_id"]
        return {**CC, "client_id": client_id}

    def secretive(self, name, *options):
        made = self.add_client(name, "--auth-method", "client_secret_basic", *options)
        return (made["client_id"], made["client_secret"])


def configuration(folder, listeners, main):
    text = f"reactors: 2\nlisteners:\n  main: {{address: '127.0.0.1:{main}'}}\n"
    for kind in FORMATS:
        text += f"""
  {kind}:
    address: 127.0.0.1:{listeners[kind][1]}
    forwarded_certificate: {kind}
    forwarder_keys: proxies.pem
    forwarder_networks: {NETWORK}/32
    forwarder_secret: secret
"""
    return text + f"""
  renamed:
    address: 127.0.0.1:{listeners["renamed"][1]}
    forwarded_certificate: nginx
    forwarded_field: X-Client
    forwarded_verify_field: X-Client-Verify
    forwarder_keys: proxies.pem
  strict:
    address: 127.0.0.1:{listeners["strict"][1]}
    client_certificate: need
    profile: fapi2
    forwarded_certificate: rfc9440
    forwarder_keys: proxies.pem
"""
