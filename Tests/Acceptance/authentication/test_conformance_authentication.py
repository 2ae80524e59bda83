# SPDX-License-Identifier: Apache-2.0
"""AUTH-01 to 33, what the neighbours leave: see Documentation/conformance.md.

The rules for names have 300 pairs in the Swift tests; here a few of each kind go through a
handshake, and none is refused without a twin that the same client is served for.
"""

import json
import time

import pytest

import expect
from assertions import Signer, asserting, certificate_jwk, public_jwk
from oauth import ASSERTION_TYPE, CC
from server import Server, free_port
from wire import Connection, form

GRANTS = ("--grant-types", "client_credentials")


@pytest.fixture(scope="module")
def ask(server):
    def ask(client, credential=None, version=None):
        return server.token({**CC, "client_id": client["client_id"]}, credential, version)

    return ask


@pytest.fixture(scope="module")
def under_root(server, pki):
    """Registers a client under the root for a subject or an alternative name."""
    made = {}

    def under_root(option, value):
        if (option, value) not in made:
            name = f"named-{len(made)}"
            root = pki.root.certificate
            made[option, value] = server.add_client(
                name, "--ca-certificate", root, option, value, *GRANTS
            )
        return made[option, value]

    return under_root


def slug(text):
    return "".join(c if c.isalnum() else f"_{ord(c):x}" for c in text)


# AUTH-07: the registered text may come from a tool that prints the other end first.

ORDERS = [
    # registered, certificates that match, certificates that do not
    (
        "O=Handfast,OU=a,CN=turned",
        ["/O=Handfast/OU=a/CN=turned", "/CN=turned/OU=a/O=Handfast"],
        ["/O=Handfast/CN=turned/OU=a", "/O=Handfast/CN=turned", "/OU=a/O=Handfast/CN=turned"],
    ),
    (
        "cn=  Spaced   OUT , O = handfast",
        ["/O=Handfast/CN=spaced out", "/O=HANDFAST/CN=Spaced  Out"],
        ["/O=Handfast/CN=spacedout", "/O=Handfast/CN=spaced out/OU=a"],
    ),
    (
        r"CN=a\+b\=c\;\"d\",O=Handfast",
        ['/O=Handfast/CN=a\\+b=c;"d"'],
        ["/O=Handfast/CN=a\\+b", "/O=Handfast/CN=a b=c"],
    ),
    (
        "CN=twice,OU=a,OU=a",
        ["/OU=a/OU=a/CN=twice"],
        ["/OU=a/CN=twice", "/OU=a/OU=a/OU=a/CN=twice"],
    ),
]


@pytest.mark.parametrize("registered, same, other", ORDERS)
def test_the_order_and_form_of_a_registered_subject(under_root, ask, pki, registered, same, other):
    client = under_root("--subject-dn", registered)
    for subject in same:
        good = pki.issued("dn-" + slug(subject), subject=subject)
        expect.eventually(lambda c=good: ask(client, c).status == 200)
    for subject in other:
        bad = pki.issued("dn-" + slug(subject), subject=subject)
        expect.error(ask(client, bad), "invalid_client")


# AUTH-08

CN = "/CN=a.example"
NUL = {
    # One name of type dNSName (RFC 5280 §4.2.1.6) with a NUL in it, as DER.
    "behind": b"a.example\0.evil.example",
    "last": b"a.example\0",
}
ALTERNATIVES = [
    (
        "--san-dns", "a.example",
        ["DNS:a.example", "DNS:A.Example", "DNS:b.example,DNS:a.example", "IP:::1,DNS:a.EXAMPLE"],
        ["DNS:*.example", "DNS:b.a.example", "DNS:a.example.org", "DNS:xa.example",
         "email:x@a.example", "URI:https://a.example/", "otherName:1.2.3.4;UTF8:a.example", None],
    ),
    ("--san-dns", "B.Example.", ["DNS:b.example"], ["DNS:a.example", None]),
    (
        "--san-uri", "HTTPS://A.example/x?y",
        ["URI:https://a.example/x?y", "URI:https://A.EXAMPLE/x?y"],
        ["URI:https://a.example/X?y", "URI:https://a.example/x", "URI:http://a.example/x?y",
         "URI:https://a.example:8443/x?y", "DNS:a.example"],
    ),
    (
        "--san-ip", "0:0:0:0:0:0:0:1",
        ["IP:::1", "IP:192.0.2.1,IP:0:0:0:0:0:0:0:1"],
        ["IP:::2", "IP:0.0.0.1", "DNS:a.example", None],
    ),
    (
        "--san-ip", "192.0.2.1",
        ["IP:192.0.2.1"],
        ["IP:192.0.2.10", "IP:::ffff:192.0.2.1", "DNS:192.0.2.1", "URI:https://192.0.2.1/"],
    ),
    (
        "--san-email", "Client@A.example",
        ["email:Client@a.example", "email:other@a.example,email:Client@A.EXAMPLE"],
        ["email:client@a.example", "email:xClient@a.example", "email:Client@b.a.example",
         "DNS:a.example", None],
    ),
]  # fmt: skip


def named(pki, names):
    """A certificate with these alternative names; its common name is that of all of them."""
    if names is None:
        return pki.issued("san-none", subject=CN)
    return pki.issued("san-" + slug(names), subject=CN, extra=f"subjectAltName={names}\n")


@pytest.mark.parametrize("option, registered, same, other", ALTERNATIVES)
def test_alternative_names(under_root, ask, pki, option, registered, same, other):
    client = under_root(option, registered)
    for names in same:
        expect.eventually(lambda n=names: ask(client, named(pki, n)).status == 200)
    for names in other:
        expect.error(ask(client, named(pki, names)), "invalid_client")


@pytest.mark.parametrize("kind", NUL)
def test_a_nul_in_a_name_is_refused(under_root, ask, pki, kind):
    client = under_root("--san-dns", "a.example")
    expect.eventually(lambda: ask(client, named(pki, "DNS:a.example")).status == 200)
    name = b"\x82" + bytes([len(NUL[kind])]) + NUL[kind]
    der = (b"\x30" + bytes([len(name)]) + name).hex(":")
    bad = pki.issued(f"nul-{kind}", subject=CN, extra=f"subjectAltName=DER:{der}\n")
    expect.error(ask(client, bad), "invalid_client")


@pytest.mark.parametrize(
    "option, value",
    [
        ("--san-dns", "*.example"), ("--san-dns", "192.0.2.1"), ("--san-dns", "a example"),
        ("--san-uri", "/relative"), ("--san-uri", "https://a.example/ b"),
        ("--san-ip", "192.0.2.0/24"), ("--san-ip", "192.0.2"), ("--san-email", "a.example"),
    ],
)  # fmt: skip
def test_an_alternative_name_that_is_none_is_not_registered(server, pki, option, value):
    """RFC 8705 §2.1.2, and no pattern ever."""
    done = server.handfast(
        "client", "add", "unnamed", "--ca-certificate", pki.root.certificate, option, value,
        check=False,
    )  # fmt: skip
    assert done.returncode != 0 and done.stderr.strip()
    assert "unnamed" not in server.handfast("client", "list").stdout


# AUTH-09 and 11: registered certificates


def test_nothing_but_the_certificate_itself_matters_where_it_is_registered(server, ask, pki):
    """Neither an unknown issuer nor a usage for servers; every other client is refused."""
    issued = pki.issued("as-it-is", pki.namesake, subject="/CN=as it is", eku="serverAuth")
    alike = pki.issued("as-it-was", pki.namesake, subject="/CN=as it is", eku="serverAuth")
    client = server.add_client("as-it-is", "--certificate", issued.certificate, *GRANTS)
    expect.eventually(lambda: ask(client, issued).status == 200)
    expect.error(ask(client, alike), "invalid_client")


def test_a_certificate_is_renewed_by_the_key_set(server, ask, pki, tmp_path):
    old, new = pki.self_signed("renewed-old", "p256"), pki.self_signed("renewed-new", "p256")
    keys = tmp_path / "keys.json"

    def write(*credentials):
        keys.write_text(json.dumps({"keys": [certificate_jwk(one) for one in credentials]}))
        return ("--jwks", keys)

    client = server.add_client(
        "renewed", *write(old), "--auth-method", "self_signed_tls_client_auth", *GRANTS
    )
    expect.eventually(lambda: ask(client, old).status == 200)
    expect.error(ask(client, new), "invalid_client")
    with server.connect(old) as connection:
        body = {**CC, "client_id": client["client_id"]}
        server.handfast("client", "update", "renewed", *write(old, new))
        expect.eventually(lambda: ask(client, new).status == 200)
        expect.token(connection.token(body))
        server.handfast("client", "update", "renewed", *write(new))
        expect.eventually(lambda: connection.token(body).status == 401)
        expect.error(ask(client, old), "invalid_client")
        expect.token(ask(client, new))


# AUTH-20


@pytest.fixture(scope="module")
def signer(server, tmp_path_factory):
    one = Signer(server, tmp_path_factory.mktemp("signer"), "ES256", "conforming")
    expect.eventually(lambda: one.ask().status == 200)
    return one


def test_an_assertion_that_is_there_twice(server, signer):
    for one, two in [(signer.sign(), signer.sign()), (signer.sign(),) * 2, (signer.sign(), "x")]:
        pairs = [*CC.items(), ("client_assertion_type", ASSERTION_TYPE)]
        pairs += [("client_assertion", one), ("client_assertion", two)]
        expect.error(server.token(form(pairs)), "invalid_request")
        # Neither was used up.
        expect.token(signer.ask(one))


# AUTH-26 to 30 under the FAPI 2.0 Security Profile, through a listener of that profile.


@pytest.fixture(scope="module")
def strict(tmp_path_factory, pki):
    """A server whose second listener is strict, and a signing client for each algorithm."""
    folder = tmp_path_factory.mktemp("strict")
    ports = {"main": free_port(), "strict": free_port()}
    text = "reactors: 2\nlisteners:\n"
    for name, port in ports.items():
        text += f"  {name}:\n    address: 127.0.0.1:{port}\n"
    (folder / "strict.yaml").write_text(text + "    profile: fapi2\n")
    server = Server(
        folder / "data", ["--config", folder / "strict.yaml"], port=ports["main"], flags=False
    )
    server.addresses = {name: ("127.0.0.1", port) for name, port in ports.items()}
    server.certificate = pki.self_signed("strict", "p256")
    with server:
        server.signers = {
            name: Signer(server, folder, name, f"strict-{name.lower()}")
            for name in ("ES256", "PS256", "EdDSA", "RS256", "ES384")
        }
        server.both = RSASigner(server, folder)
        expect.eventually(lambda: server.both.ask().status == 200)
        yield server
        assert server.stop() == 0, server.log


class RSASigner(Signer):
    """A client whose RSA key is registered for whatever algorithm it fits."""

    def __init__(self, server, folder):
        super().__init__(server, folder, "PS256", "strict-both")
        keys = folder / "both.jwks"
        jwk = public_jwk(self.key, "PS256", self.kid)
        del jwk["alg"]
        keys.write_text(json.dumps({"keys": [jwk]}))
        server.handfast("client", "update", "strict-both", "--jwks", keys)
        expect.eventually(lambda: self.ask(self.sign(algorithm="RS256")).status == 200)


def at(strict, listener, assertion):
    with Connection(strict.addresses[listener], strict.certificate) as connection:
        return connection.token(asserting(assertion))


@pytest.mark.smoke
@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "EdDSA"])
def test_the_algorithms_of_fapi_2(strict, algorithm):
    answer = expect.token(at(strict, "strict", strict.signers[algorithm].sign()))
    claims = expect.verified(answer["access_token"], strict.address)
    assert claims["cnf"]["x5t#S256"] == strict.certificate.thumbprint


@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
def test_other_algorithms_are_refused_there_and_taken_elsewhere(strict, algorithm):
    signer = strict.signers[algorithm]
    expect.error(at(strict, "strict", signer.sign()), "invalid_client")
    expect.token(at(strict, "main", signer.sign()))


def test_a_key_for_two_algorithms_signs_by_the_right_one_only(strict):
    """F2EnsureSignedClientAssertionWithRS256Fails: the same client, the same key."""
    both = strict.both
    expect.error(at(strict, "strict", both.sign(algorithm="RS256")), "invalid_client")
    expect.token(at(strict, "strict", both.sign(algorithm="PS256")))
    expect.token(at(strict, "main", both.sign(algorithm="RS256")))


def test_times_and_claims_at_the_fapi_listener(strict):
    signer, now = strict.signers["ES256"], int(time.time())
    for good in [{}, {"iat": now + 8, "nbf": now + 8}, {"nbf": now - 60}]:
        expect.token(at(strict, "strict", signer.sign(**good)))
    for bad in [
        {"iat": now + 65}, {"nbf": now + 65}, {"exp": now - 300}, {"exp": now - 11}, {"exp": None},
        {"sub": None}, {"iss": None}, {"aud": "https://other.example"}, {"aud": None},
        {"aud": f"{strict.url}/oauth2/token"}, {"aud": f"{strict.url}/as/par"},
        {"aud": [strict.url]}, {"aud": [strict.url, "https://other.example"]},
    ]:  # fmt: skip
        expect.error(at(strict, "strict", signer.sign(**bad)), "invalid_client")


def test_no_assertion_and_no_certificate_at_the_fapi_listener(strict):
    signer = strict.signers["ES256"]
    only_id = {**CC, "client_id": signer.id}
    with Connection(strict.addresses["strict"], strict.certificate) as connection:
        expect.error(connection.token(only_id), "invalid_client")
    body = asserting(signer.sign())
    with Connection(strict.addresses["strict"]) as connection:
        expect.error(connection.token(body), "invalid_request")
