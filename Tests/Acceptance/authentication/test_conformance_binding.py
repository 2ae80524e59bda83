# SPDX-License-Identifier: Apache-2.0
"""CNF-01 to 13, what `test_bound_tokens.py` leaves: see Documentation/conformance.md.

A small resource server stands behind the tokens. It reads them by itself with an independent
library, or asks the introspection endpoint, and admits a connection by its certificate.
"""

import base64
import hashlib
import http.server
import itertools
import json
import ssl
import threading
import time

import pytest
from joserfc import jwt as jose
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

import expect
from oauth import WELL_KNOWN
from pairs import pair
from parties import Caller
from server import Server
from wire import Connection

AUDIENCE = "https://resource.example"


class ProtectedResource:
    """A resource over TLS; `read` gives what a token says, None where it is not good."""

    def __init__(self, read, identity, trusted):
        certificate, key = identity
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.verify_mode = ssl.CERT_OPTIONAL
        for one in trusted:
            context.load_verify_locations(one)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status, challenge = self.decide()
                self.send_response(status)
                if challenge:
                    self.send_header("WWW-Authenticate", challenge)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def decide(self):
                scheme, _, token = self.headers.get("Authorization", "").partition(" ")
                if scheme.lower() != "bearer":
                    return 401, "Bearer"
                said = read(token)
                refused = (401, 'Bearer error="invalid_token"')
                if said is None:
                    return refused
                bound = said.get("cnf", {}).get("x5t#S256")
                return (200, None) if bound in (None, self.thumbprint()) else refused

            def thumbprint(self):
                der = self.connection.getpeercert(binary_form=True)
                digest = hashlib.sha256(der or b"").digest()
                return der and base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def ask(self, token, credential=None, scheme="Bearer", version=None):
        headers = [("Authorization", f"{scheme} {token}")] if token else []
        with Connection(self.server.server_address, credential, version) as connection:
            return connection.get("/", headers)

    def admits(self, *arguments, **more):
        """Whether the resource server accepts the token; refusals are in RFC 6750's terms."""
        answer = self.ask(*arguments, **more)
        if answer.status == 200:
            return True
        assert answer.status == 401
        assert answer.header("www-authenticate") == 'Bearer error="invalid_token"'
        return False


def read_signed(server, audience=AUDIENCE):
    """Reads a JWT as RFC 9068 §4 says, with the keys that the metadata lead to."""
    metadata = server.get(WELL_KNOWN).json
    path = metadata["jwks_uri"].removeprefix(metadata["issuer"])
    keys = KeySet.import_key_set(server.get(path).json)

    def read(token):
        try:
            decoded = jose.decode(token, keys, algorithms=["ES256"])
            jose.JWTClaimsRegistry(
                iss={"essential": True, "value": metadata["issuer"]},
                aud={"essential": True, "value": audience},
                exp={"essential": True},
            ).validate(decoded.claims)
        except (JoseError, ValueError):
            return None
        if decoded.header.get("typ", "").lower() not in ("at+jwt", "application/at+jwt"):
            return None
        return decoded.claims

    return read


KINDS = ["rsa2048", "p256", "p384", "ed25519"]


@pytest.fixture(scope="module", params=["jwt", "sealed"])
def scene(request, server, pki, tmp_path_factory):
    """Five clients with a token each, and the resource that these are for."""
    scene = Clients()
    registered = ("--audience", AUDIENCE, "--token-format", request.param)
    scene.callers = [
        Caller(server, pki, f"{request.param}-{kind}", *registered,
               credential=pki.self_signed(f"scene-{kind}", kind))
        for kind in KINDS
    ]  # fmt: skip
    leaf = pki.issued("scene", subject="/O=Handfast/CN=scene")
    scene.callers.append(Caller(server, pki, f"{request.param}-issued", *registered,
                                credential=leaf))  # fmt: skip
    api = Caller(server, pki, f"{request.param}-api", "--introspect")

    def introspected(token):
        said = api.introspect(token).json
        return said if said["active"] and said["aud"] == AUDIENCE else None

    read = read_signed(server) if request.param == "jwt" else introspected
    trusted = [one.credential.certificate for one in scene.callers[:-1]]
    trusted.append(pki.root.certificate)
    identity = pair(tmp_path_factory.mktemp("resource"), "resource")
    with ProtectedResource(read, identity, trusted) as resource:
        scene.resource, scene.server = resource, server
        yield scene


class Clients:
    """The parts of a scene, which its fixture describes."""


# CNF-03, 04; threat 19


@pytest.mark.smoke
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_token_is_admitted_with_its_own_certificate_alone(scene, version):
    tokens = {one.name: one.token() for one in scene.callers}
    for owner, bearer in itertools.product(scene.callers, repeat=2):
        admitted = scene.resource.admits(tokens[owner.name], bearer.credential, version=version)
        assert admitted == (owner is bearer), (owner.name, bearer.name)
    for token in tokens.values():
        assert not scene.resource.admits(token, version=version)


def test_the_scheme_of_the_token_is_case_insensitive(scene):
    """And the token's type is what the header may say: token_type is Bearer for bound ones too."""
    one, other = scene.callers[0], scene.callers[1]
    members = one.members()
    assert members["token_type"] == "Bearer"
    for scheme in (members["token_type"], "bearer", "BEARER", "bEaReR"):
        assert scene.resource.admits(members["access_token"], one.credential, scheme=scheme)
        assert not scene.resource.admits(members["access_token"], other.credential, scheme=scheme)
    for scheme in ("Basic", "DPoP", "MAC"):
        answer = scene.resource.ask(members["access_token"], one.credential, scheme=scheme)
        assert answer.status == 401 and answer.header("www-authenticate") == "Bearer"
    assert scene.resource.ask(None, one.credential).status == 401


def test_a_token_for_elsewhere_or_with_a_change_is_not_admitted(scene, pki):
    one = scene.callers[0]
    token = one.token()
    half = len(token) // 2
    letter = "A" if token[half] != "A" else "B"
    for bad in (token[:half] + letter + token[half + 1 :], token[:-1], token + "A", "a.b.c", "-"):
        assert not scene.resource.admits(bad, one.credential)
    elsewhere = Caller(
        scene.server, pki, f"{one.name}-elsewhere", "--audience", "https://elsewhere.example",
        credential=one.credential,
    )  # fmt: skip
    assert not scene.resource.admits(elsewhere.token(), one.credential)
    assert scene.resource.admits(token, one.credential)


def test_an_expired_token_is_not_admitted(scene):
    one = scene.callers[1]
    one.update("--token-lifetime", "2")
    members = expect.eventually(lambda: (m := one.members())["expires_in"] == 2 and m)
    token, ends = members["access_token"], time.time() + 2
    assert scene.resource.admits(token, one.credential)
    while time.time() < ends + 1.1:
        time.sleep(0.05)
    assert not scene.resource.admits(token, one.credential)
    one.update("--token-lifetime", "3600")


def test_the_introspection_says_the_same_binding_as_the_token(scene, server, pki):
    """CNF-02"""
    api = Caller(server, pki, f"{scene.callers[0].name}-asks", "--introspect")
    for one in scene.callers:
        said = expect.active(api.introspect(one.token()))
        assert said["cnf"] == {"x5t#S256": one.credential.thumbprint}
        assert len(said["cnf"]["x5t#S256"]) == 43


# CNF-06


def test_a_client_that_wants_unbound_tokens_gets_those_until_it_wants_others(server, pki):
    """RFC 8705 §3.4: false is false, whatever authenticates the client."""
    own = pki.self_signed("unbound", "p256")
    one = Caller(server, pki, "unbound", "--no-bound-tokens", credential=own)
    assert one.information["tls_client_certificate_bound_access_tokens"] is False
    assert "cnf" not in expect.verified(one.token(), server.address)
    one.update("--bound-tokens")
    expect.eventually(lambda: "cnf" in expect.verified(one.token(), server.address))
    claims = expect.verified(one.token(), server.address)
    assert claims["cnf"] == {"x5t#S256": own.thumbprint}
    shown = json.loads(server.handfast("client", "show", "unbound", "--json").stdout)
    assert shown["tls_client_certificate_bound_access_tokens"] is True


# CNF-09


def test_a_token_may_outlive_its_certificate(server, pki):
    """The resource compares thumbprints; no new token comes after the certificate's end."""
    brief = pki.short_lived("outlived", 600)
    one = Caller(server, pki, "outlived", "--token-lifetime", "3600", credential=brief)
    members = one.members()
    assert members["expires_in"] == 3600
    claims = expect.verified(members["access_token"], server.address)
    assert claims["exp"] - claims["iat"] == 3600 and claims["exp"] > time.time() + 600


# CNF-12: RFC 8707


@pytest.fixture(scope="module")
def aimed(server, pki):
    audiences = ("--audience", "https://a.example", "--audience", "https://b.example/x")
    return Caller(server, pki, "aimed", *audiences)


def audience_of(caller, *resources):
    pairs = [*caller.body.items(), *(("resource", value) for value in resources)]
    members = expect.token(caller.server.token(pairs, caller.credential))
    return expect.verified(members["access_token"], caller.server.address)["aud"]


def test_a_resource_becomes_the_audience(aimed):
    both = ["https://a.example", "https://b.example/x"]
    assert audience_of(aimed, both[0]) == both[0]
    assert audience_of(aimed, both[1]) == both[1]
    assert sorted(audience_of(aimed, *both)) == sorted(audience_of(aimed)) == both
    # This one parameter may be repeated, and says nothing new then.
    assert audience_of(aimed, both[0], both[0]) == both[0]


@pytest.mark.parametrize(
    "resource",
    [
        "https://c.example", "https://a.example/", "https://A.example", "a.example", "/a", "urn:x",
        "https://a.example#f", "https://b.example/x#", "https://b.example/", "x" * 3000,
    ],
)  # fmt: skip
def test_a_resource_that_is_not_the_clients_is_an_invalid_target(aimed, resource):
    body = {**aimed.body, "resource": resource}
    expect.error(aimed.server.token(body, aimed.credential), "invalid_target")
    # One that is right does not help it.
    pairs = [*aimed.body.items(), ("resource", "https://a.example"), ("resource", resource)]
    expect.error(aimed.server.token(pairs, aimed.credential), "invalid_target")


def test_a_resource_is_compared_byte_for_byte(server, pki):
    """RFC 3986 §6.2.1: canonically equivalent texts, which some languages compare as equal."""
    registered = "https://a.example/K;a"
    one = Caller(server, pki, "letter", "--audience", registered)
    assert audience_of(one, registered) == registered
    for other in (registered.replace("K", "\u212a"), registered.replace(";", "\u037e")):
        body = {**one.body, "resource": other}
        expect.error(one.server.token(body, one.credential), "invalid_target")


def test_a_client_without_audiences_has_the_servers_alone(server, pki):
    one = Caller(server, pki, "unaimed")
    issuer = server.get(WELL_KNOWN).json["issuer"]
    assert audience_of(one) == audience_of(one, issuer) == issuer
    body = {**one.body, "resource": "https://a.example"}
    expect.error(server.token(body, one.credential), "invalid_target")


# CNF-11


def test_the_issuer_of_the_tokens_is_the_one_of_the_metadata(fresh, pki):
    """Byte for byte, where it has a path and a final slash."""
    for issuer in ("https://id.example/tenant", "https://id.example/", "https://id.example:9443"):
        server: Server = fresh(options=["--issuer", issuer])
        with server:
            one = Caller(server, pki, "issued")
            assert expect.verified(one.token(), server.address, issuer=issuer)["iss"] == issuer
