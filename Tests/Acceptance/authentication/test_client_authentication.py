# SPDX-License-Identifier: Apache-2.0
"""Client authentication by certificates and secrets: AUTH-01 to 24, 32 and 33."""

import base64

import pytest

import expect
from oauth import CC
from wire import basic_credentials


@pytest.fixture(scope="module")
def ask(server, clients):
    """Asks for a token as the named registration, with whatever proof is given."""

    def ask(client, credential=None, basic=None, headers=(), **more):
        body = dict(CC)
        if client is not None:
            body["client_id"] = client if isinstance(client, str) else client["client_id"]
        return server.token({**body, **more}, credential, basic=basic, headers=headers)

    return ask


def secret_of(client):
    return (client["client_id"], client["client_secret"])


@pytest.mark.smoke
def test_each_registered_method_works(ask, clients):
    expect.token(ask(clients.self_signed, clients.certificate))
    expect.token(ask(clients.under_ca, clients.leaf))
    expect.token(ask(None, basic=secret_of(clients.basic)))
    expect.token(ask(clients.post, client_secret=clients.post["client_secret"]))


@pytest.mark.smoke
def test_no_certificate_is_invalid_client(ask, clients):
    expect.error(ask(clients.self_signed), "invalid_client")
    expect.error(ask(clients.under_ca), "invalid_client")


@pytest.mark.smoke
def test_the_certificate_of_another_client_is_invalid_client(ask, clients):
    expect.error(ask(clients.other, clients.certificate), "invalid_client")
    expect.error(ask(clients.self_signed, clients.other_certificate), "invalid_client")
    expect.error(ask(clients.self_signed, clients.leaf), "invalid_client")
    expect.error(ask(clients.under_ca, clients.certificate), "invalid_client")


def test_the_client_is_never_deduced_from_the_certificate(ask, clients):
    response = ask(None, clients.certificate)
    expect.error(response, ("invalid_client", "invalid_request"), 400, 401)


def test_an_unknown_client_gets_the_same_answer_as_a_wrong_certificate(ask, clients):
    wrong = ask(clients.other, clients.certificate)
    expect.error(wrong, "invalid_client")
    for unknown in ("no-such-client", "x" * 300, "PLAYGROUND2", "' or 1=1 --"):
        assert ask(unknown, clients.certificate).shape == wrong.shape
    empty = ask("", clients.certificate)
    expect.error(empty, ("invalid_client", "invalid_request"), 400, 401)


def test_an_unregistered_certificate_is_invalid_client(ask, clients, pki):
    stranger = pki.self_signed("stranger")
    expect.error(ask(clients.self_signed, stranger), "invalid_client")
    expect.error(ask(clients.under_ca, stranger), "invalid_client")


def test_the_same_subject_from_a_ca_of_the_same_name_is_refused(ask, clients, pki):
    false = pki.issued("leaf", pki.namesake, subject="/O=Handfast/CN=leaf")
    expect.refused(lambda: ask(clients.under_ca, false))
    # And with the false CA's certificate sent along.
    chained = pki.issued(
        "leaf-chain", pki.namesake, subject="/O=Handfast/CN=leaf", chain=[pki.namesake]
    )
    expect.refused(lambda: ask(clients.under_ca, chained))


def test_a_self_signed_certificate_with_the_registered_subject_is_refused(ask, clients, pki):
    false = pki.self_signed("self-leaf", subject="/O=Handfast/CN=leaf")
    expect.error(ask(clients.under_ca, false), "invalid_client")


def test_a_new_certificate_of_the_same_subject_works_and_binds_the_token(ask, clients, pki, server):
    new = pki.issued("leaf-2", subject="/O=Handfast/CN=leaf", algorithm="rsa2048")
    members = expect.token(ask(clients.under_ca, new))
    claims = expect.verified(members["access_token"], server.address)
    assert claims["cnf"]["x5t#S256"] == new.thumbprint != clients.leaf.thumbprint


def test_the_same_key_in_another_certificate_is_not_the_registered_certificate(ask, clients, pki):
    key = clients.certificate.key
    certificate = pki.folder / "same-key.pem"
    from pki import Credential, openssl

    openssl("req", "-x509", "-new", "-key", key, "-out", certificate, "-subj", "/CN=again")
    expect.error(ask(clients.self_signed, Credential(certificate, key)), "invalid_client")


def test_several_certificates_of_one_client_all_work(server, pki, ask):
    several = [pki.self_signed(f"several-{kind}", kind) for kind in ("rsa2048", "p256", "ed25519")]
    options = [word for one in several for word in ("--certificate", one.certificate)]
    client = server.add_client("several", *options)
    for one in several:
        response = expect.eventually(lambda o=one: (r := ask(client, o)).status == 200 and r)
        claims = expect.verified(expect.token(response)["access_token"], server.address)
        assert claims["cnf"]["x5t#S256"] == one.thumbprint


# Secrets in the Authorization header.


@pytest.mark.parametrize(
    "header",
    [
        lambda c: basic_credentials(c["client_id"], "wrong"),
        lambda c: basic_credentials(c["client_id"], c["client_secret"] + "x"),
        lambda c: basic_credentials(c["client_id"], c["client_secret"][:-1]),
        lambda c: basic_credentials("no-such-client", c["client_secret"]),
        lambda c: basic_credentials(c["client_id"], ""),
        lambda c: basic_credentials("", c["client_secret"]),
        lambda c: "Basic !!!",
        lambda c: "Basic " + base64.b64encode(b"no colon").decode(),
        lambda c: "Basic " + base64.b64encode(b"\xff\xfe:\x80").decode(),
        lambda c: "Basic " + base64.b64encode(b"a%zz:b").decode(),
        lambda c: "Basic",
        lambda c: "Digest username=x",
        lambda c: "Bearer abc",
        lambda c: "",
    ],
)
def test_a_bad_authorization_header_is_a_401_with_a_challenge(ask, clients, header):
    response = ask(None, headers=[("Authorization", header(clients.basic))])
    expect.error(response, "invalid_client", 401)
    assert response.header("www-authenticate").startswith("Basic realm=")


def test_a_wrong_secret_and_an_unknown_client_get_the_same_bytes(ask, clients):
    wrong = ask(None, basic=(clients.basic["client_id"], "wrong"))
    unknown = ask(None, basic=("no-such-client", "wrong"))
    expect.error(wrong, "invalid_client", 401)
    assert wrong.shape == unknown.shape


@pytest.mark.parametrize("scheme", ["Basic", "bAsIc", "BASIC"])
def test_the_scheme_is_case_insensitive(ask, clients, scheme):
    value = basic_credentials(*secret_of(clients.basic), scheme=scheme)
    expect.token(ask(None, headers=[("authorization", value)]))


def test_a_client_id_with_reserved_characters_is_form_encoded_in_basic(server, ask):
    client = server.add_client(
        "reserved", "--client-id", "a:b%c+d&e f", "--auth-method", "client_secret_basic",
        "--grant-types", "client_credentials",
    )  # fmt: skip
    assert client["client_id"] == "a:b%c+d&e f"
    expect.eventually(lambda: ask(None, basic=secret_of(client)).status == 200)
    raw = f"{client['client_id']}:{client['client_secret']}".encode()
    unencoded = "Basic " + base64.b64encode(raw).decode()
    expect.error(ask(None, headers=[("Authorization", unencoded)]), "invalid_client", 401)


def test_two_authorization_headers_are_never_one_silently_taken(ask, clients):
    right = basic_credentials(*secret_of(clients.basic))
    wrong = basic_credentials(clients.basic["client_id"], "wrong")
    for pair in [(right, wrong), (wrong, right), (right, right)]:
        response = ask(None, headers=[("Authorization", value) for value in pair])
        assert response.status in (400, 401)
        assert b"access_token" not in response.body


def test_a_client_id_in_the_body_must_agree_with_basic(ask, clients):
    expect.token(ask(clients.basic, basic=secret_of(clients.basic)))
    expect.error(ask(clients.post, basic=secret_of(clients.basic)), "invalid_client", 401)
    expect.error(ask("no-such-client", basic=secret_of(clients.basic)), "invalid_client", 401)


def test_more_than_one_method_is_an_invalid_request(ask, clients):
    pair = secret_of(clients.basic)
    assertion = {
        "client_assertion": "a.b.c",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    expect.error(ask(clients.basic, basic=pair, client_secret=pair[1]), "invalid_request")
    expect.error(ask(clients.basic, basic=pair, **assertion), "invalid_request")
    secret = clients.post["client_secret"]
    expect.error(ask(clients.post, client_secret=secret, **assertion), "invalid_request")


def test_a_secret_client_may_also_have_a_certificate_on_the_connection(ask, clients, pki, server):
    certificate = pki.self_signed("stranger")
    members = expect.token(ask(None, certificate, basic=secret_of(clients.basic)))
    claims = expect.verified(members["access_token"], server.address)
    assert claims.get("cnf", {}).get("x5t#S256", certificate.thumbprint) == certificate.thumbprint
    expect.error(ask(clients.basic, certificate), "invalid_client")


def test_a_certificate_client_that_also_sends_a_secret_is_refused(ask, clients):
    pair = secret_of(clients.self_signed)
    codes = ("invalid_request", "invalid_client")
    for response in (
        ask(clients.self_signed, clients.certificate, basic=pair),
        ask(clients.self_signed, clients.certificate, client_secret=pair[1]),
        ask(clients.self_signed, clients.certificate, client_secret="wrong"),
    ):
        expect.error(response, codes, 400, 401)


def test_the_registered_secret_method_is_the_only_one(ask, clients):
    expect.error(ask(clients.basic, client_secret=clients.basic["client_secret"]), "invalid_client")
    expect.error(ask(None, basic=secret_of(clients.post)), "invalid_client", 401)


def test_a_certificate_client_is_not_authenticated_by_its_unused_secret(ask, clients):
    pair = secret_of(clients.self_signed)
    expect.error(ask(None, basic=pair), "invalid_client", 401)
    expect.error(ask(clients.self_signed, client_secret=pair[1]), "invalid_client")


def test_a_secret_in_the_query_authenticates_nobody(server, clients):
    pair = secret_of(clients.post)
    target = f"/oauth2/token?client_secret={pair[1]}"
    response = server.token({**CC, "client_id": pair[0]}, target=target)
    expect.error(response, ("invalid_client", "invalid_request"), 400, 401)
    assert pair[1] not in server.log


def test_a_hundred_wrong_secrets_and_the_right_one_still_works(server, clients):
    pair = secret_of(clients.basic)
    with server.connect() as connection:
        for number in range(100):
            response = connection.token(CC, basic=(pair[0], f"wrong{number}"))
            assert response.status in (401, 429)
        expect.eventually(lambda: connection.token(CC, basic=pair).status == 200)


def test_a_certificate_is_not_locked_out_by_wrong_ones(server, clients):
    body = {**CC, "client_id": clients.self_signed["client_id"]}
    with server.connect(clients.other_certificate) as connection:
        for _ in range(100):
            expect.error(connection.token(body), "invalid_client")
    expect.token(server.token(body, clients.certificate))


FORWARDED = [
    "X-SSL-Cert",
    "X-Forwarded-Client-Cert",
    "Client-Cert",
    "client-cert",
    "SSL_CLIENT_CERT",
]


@pytest.mark.parametrize("name", FORWARDED)
def test_a_certificate_in_a_header_is_no_certificate(ask, clients, name):
    pem = clients.certificate.certificate.read_text()
    der = "".join(pem.splitlines()[1:-1])
    for value in (f":{der}:", der, pem.replace("\n", "%0A").replace(" ", "%20")):
        response = ask(clients.self_signed, headers=[(name, value)])
        assert response.status in (400, 401)
        assert b"access_token" not in response.body
    # On a connection with the right certificate a header neither helps nor harms, or is refused.
    response = ask(clients.self_signed, clients.other_certificate, headers=[(name, f":{der}:")])
    assert response.status in (400, 401)
