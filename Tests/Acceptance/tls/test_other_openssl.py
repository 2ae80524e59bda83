# SPDX-License-Identifier: Apache-2.0
"""An OpenSSL that the tests do not know: nothing of it is replaced, and every bound holds."""

import pytest

import expect
import key_updates
from allocations import library
from oauth import CC
from pki import Credential, openssl
from server import handfast
from wire import Connection, Refused

WARNING = "this version of OpenSSL is not tested: nothing of it is replaced"


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The environment in which OpenSSL says that it is 3.6."""
    built = library("other_openssl.c", tmp_path_factory.mktemp("other"))
    return {"LD_PRELOAD": str(built)}


@pytest.fixture
def unknown(fresh, other):
    return fresh(env=other).start()


def test_a_known_version_is_served_without_the_warning(fresh):
    server = fresh().start()
    assert WARNING not in server.log


@pytest.mark.parametrize("resumption", ["store", "tickets"])
def test_tokens_are_served_as_with_a_known_version(fresh, other, pki, resumption):
    server = fresh(env={**other, "HANDFAST_TLS_RESUMPTION": resumption}).start()
    assert server.log.count(WARNING) == 1
    for algorithm in ("rsa2048", "p256", "ed25519"):
        credential = pki.self_signed(f"unknown-{algorithm}-{resumption}", algorithm)
        client = server.add_client(algorithm, "--certificate", credential.certificate)
        body = {**CC, "client_id": client["client_id"]}
        somebody = pki.self_signed(f"somebody-{algorithm}-{resumption}", algorithm)
        expect.eventually(lambda: server.token(body, credential).status == 200)
        for version in ("1.2", "1.3"):
            for _ in range(3):
                first = server.connect(credential, version)
                answer = expect.token(first.token(body))
                claims = expect.verified(answer["access_token"], server.address)
                assert claims["cnf"]["x5t#S256"] == credential.thumbprint
            again = Connection(server.address, context=first.context, session=first.session)
            assert again.resumed
            expect.token(again.token(body))
            expect.error(server.token(body, somebody, version), "invalid_client")


def test_a_chain_under_a_registered_ca_is_served(unknown, pki, tmp_path):
    client = unknown.add_client(
        "chained", "--ca-certificate", pki.root.certificate,
        "--subject-dn", "CN=leaf,O=Handfast",
    )  # fmt: skip
    body = {**CC, "client_id": client["client_id"]}
    leaf = pki.issued("unknown-chained", pki.intermediate, subject="/O=Handfast/CN=leaf")
    chain = tmp_path / "chain.pem"
    parts = [leaf.certificate, pki.intermediate.certificate]
    chain.write_bytes(b"".join(part.read_bytes() for part in parts))
    between = Credential(chain, leaf.key)
    expect.eventually(lambda: unknown.token(body, between).status == 200)
    # The chain of the certificate is kept for a resumed connection.
    with unknown.connect(between) as first:
        expect.token(first.token(body))
        with Connection(unknown.address, context=first.context, session=first.session) as again:
            assert again.resumed
            expect.token(again.token(body))
    # Another one, of which no chain was accepted before.
    alone = pki.issued("unknown-alone", pki.intermediate, subject="/O=Handfast/CN=leaf")
    expect.error(unknown.token(body, alone), "invalid_client")
    namesake = pki.issued("unknown-fake", pki.namesake, subject="/O=Handfast/CN=leaf")
    expect.error(unknown.token(body, namesake), "invalid_client")


def test_certificates_sent_along_are_bounded(unknown, pki, tmp_path):
    credential = pki.self_signed("unknown-many", "p256")
    own = credential.certificate.read_bytes()
    junk = pki.self_signed("unknown-junk", "p256").certificate.read_bytes()
    for count, is_served in ((16, True), (17, False)):
        many = tmp_path / f"many-{count}.pem"
        many.write_bytes(own + junk * count)
        sent = type(credential)(many, credential.key)
        try:
            with unknown.connect(sent) as connection:
                assert (connection.get("/health").status == 200) is is_served
        except Refused:
            assert not is_served


def large_key(pki):
    """A certificate of an RSA key above 8,192 bits; of five primes, for two would take a minute."""
    folder = pki.folder / "unknown-large"
    folder.mkdir()
    key, certificate = folder / "key.pem", folder / "large.pem"
    openssl("genrsa", "-primes", "5", "-out", key, "8200")
    openssl("req", "-x509", "-new", "-key", key, "-out", certificate, "-subj", "/CN=large")
    return Credential(certificate, key)


def test_large_rsa_keys_are_refused(unknown, pki):
    large = large_key(pki)
    with pytest.raises(Refused):
        with unknown.connect(large, "1.2") as connection:
            connection.get("/health")


def test_a_flood_of_key_updates_ends_the_connection(unknown):
    assert key_updates.are_ended(unknown)
    with unknown.connect() as good:
        assert good.get("/health").status == 200


def test_check_goes_through(tmp_path, other):
    path = tmp_path / "good.yaml"
    path.write_text("tls:\n  minimum_version: '1.3'\n")
    assert handfast("check", "--config", path, env=other).returncode == 0
