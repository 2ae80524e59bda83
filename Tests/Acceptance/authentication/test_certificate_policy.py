# SPDX-License-Identifier: Apache-2.0
"""Which certificates count: dates, usage, chains, names, keys (TLS-19 and 20, AUTH-05 to 11)."""

import time

import pytest

import expect
from oauth import CC
from pki import Credential, openssl
from wire import Connection, Refused, client_context

LEAF = "/O=Handfast/CN=leaf"


@pytest.fixture(scope="module")
def ask(server, clients):
    """Asks as the client that is known by its CA and its subject."""

    def ask(credential, client=None, version=None):
        client = client or clients.under_ca
        return server.token({**CC, "client_id": client["client_id"]}, credential, version)

    return ask


@pytest.fixture(scope="module")
def named(server):
    """Registers a client for a subject under the root, once for each spelling."""
    made = {}

    def named(pki, dn):
        if dn not in made:
            made[dn] = server.add_client(
                f"named-{len(made)}", "--ca-certificate", pki.root.certificate,
                "--subject-dn", dn, "--grant-types", "client_credentials",
            )  # fmt: skip
        return made[dn]

    return named


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize(
    "name, options",
    [
        ("expired", {"start": -7200, "end": -3600}),
        ("future", {"start": 3600, "end": 7200}),
        ("server-usage", {"eku": "serverAuth"}),
        ("code-usage", {"eku": "codeSigning"}),
        ("weak", {"algorithm": "rsa1024"}),
        ("ca-as-leaf", {"extra": "basicConstraints=critical,CA:true\n"}),
    ],
)
def test_a_certificate_that_breaks_the_rules_is_refused(ask, pki, name, options, version):
    bad = pki.issued(name, subject=LEAF, **options)
    expect.refused(lambda: ask(bad, version=version))
    expect.token(ask(pki.issued("leaf", subject=LEAF), version=version))


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_an_intermediate_counts_when_the_client_sends_it(ask, pki, version):
    sent = pki.issued("below", pki.intermediate, subject=LEAF, chain=[pki.intermediate])
    expect.token(ask(sent, version=version))
    alone = pki.issued("below-alone", pki.intermediate, subject=LEAF)
    expect.refused(lambda: ask(alone, version=version))


@pytest.mark.parametrize(
    "algorithm", ["rsa2048", "rsa3072", "rsa4096", "rsapss", "p256", "p384", "ed25519"]
)
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_each_good_key_kind_authenticates(server, ask, pki, algorithm, version):
    registered = pki.self_signed(f"kind-{algorithm}", algorithm)
    names = server.handfast("client", "list").stdout
    if f"kind-{algorithm}" not in names:
        server.add_client(
            f"kind-{algorithm}", "--client-id", f"kind-{algorithm}",
            "--certificate", registered.certificate,
        )  # fmt: skip
    client = {"client_id": f"kind-{algorithm}"}
    expect.eventually(lambda: ask(registered, client, version).status == 200)
    issued = pki.issued(f"kind-{algorithm}", subject=LEAF, algorithm=algorithm)
    claims = expect.verified(
        expect.token(ask(issued, version=version))["access_token"], server.address
    )
    assert claims["cnf"]["x5t#S256"] == issued.thumbprint
    expect.error(ask(issued, client, version), "invalid_client")


def test_a_short_rsa_key_is_refused_at_registration(server, pki):
    weak = pki.self_signed("weak", "rsa1024")
    done = server.handfast("client", "add", "weak", "--certificate", weak.certificate, check=False)
    assert done.returncode != 0 and "1024" in done.stderr
    assert "weak" not in server.handfast("client", "list").stdout.split()


SAME_NAME = [
    # registered spelling, certificate subject (openssl's -subj form)
    ("CN=leaf,O=Handfast", LEAF),
    ("CN=leaf, O=Handfast", LEAF),
    ("cn=leaf,o=Handfast", LEAF),
    ("2.5.4.3=leaf,O=Handfast", LEAF),
    ("serialNumber=42,CN=a", "/CN=a/serialNumber=42"),
    ("2.5.4.5=42,CN=a", "/CN=a/serialNumber=42"),
    (r"CN=Smith\, John,O=Handfast", "/O=Handfast/CN=Smith, John"),
    (r"CN=Smith\2C John,O=Handfast", "/O=Handfast/CN=Smith, John"),
    ("CN=J\u00fcrgen,O=Handfast", "/O=Handfast/CN=J\u00fcrgen"),
    (r"CN=J\C3\BCrgen,O=Handfast", "/O=Handfast/CN=J\u00fcrgen"),
    ("OU=x+CN=multi,O=Handfast", "/O=Handfast/CN=multi+OU=x"),
    ("CN=multi+OU=x,O=Handfast", "/O=Handfast/CN=multi+OU=x"),
]
OTHER_NAME = [
    ("CN=leaf,O=Handfast", "/C=LK/O=Handfast/CN=leaf"),  # one more
    ("CN=leaf,O=Handfast", "/CN=leaf"),  # one less
    ("CN=leaf,O=Handfast", "/O=Handfast/CN=leaf2"),
    ("CN=leaf,O=Handfast", "/O=Handfast/CN=leaf,O=Handfast"),  # the text of it in one value
    ("CN=leaf,O=Handfast", "/CN=leaf,O=Handfast"),
    ("OU=x+CN=multi,O=Handfast", "/O=Handfast/OU=x/CN=multi"),  # two single RDNs are not one
    ("CN=leaf,OU=a,OU=b", "/OU=a/CN=leaf"),
]


def subject_credential(pki, subject):
    name = "subject-" + "".join(c if c.isalnum() else "_" for c in subject)
    options = ("-multivalue-rdn",) if "+OU" in subject else ()
    return pki.issued(name, subject=subject, options=options)


@pytest.mark.parametrize("dn, subject", SAME_NAME)
def test_a_subject_matches_by_name_not_by_spelling(named, ask, pki, dn, subject):
    client = named(pki, dn)
    credential = subject_credential(pki, subject)
    expect.eventually(lambda: ask(credential, client).status == 200)


@pytest.mark.parametrize("dn, subject", OTHER_NAME)
def test_another_subject_never_matches(server, named, ask, pki, dn, subject):
    client, credential = named(pki, dn), subject_credential(pki, subject)
    expect.refused_by(server, lambda: ask(credential, client), "subject-mismatch")


def test_string_types_of_the_subject_do_not_matter(server, pki, ask, clients):
    """The same name as PrintableString and as UTF8String (RFC 5280 §7.1)."""
    shown = {}
    for mask in ("utf8only", "pkix", "default"):
        configuration = pki.folder / f"mask-{mask}.cnf"
        configuration.write_text(
            f"[req]\nstring_mask={mask}\ndistinguished_name=dn\nprompt=no\n"
            "[dn]\nO=Handfast\nCN=leaf\n"
        )
        name = f"mask-{mask}"
        request_options = ("-config", configuration)
        credential = pki.issued(name, subject=LEAF, options=request_options)
        shown[mask] = openssl("asn1parse", "-in", credential.certificate)
        expect.token(ask(credential))
    assert any("UTF8STRING" in text for text in shown.values())
    assert any("PRINTABLESTRING" in text.replace(":Root", "") for text in shown.values())


@pytest.mark.parametrize("dn", ["nonsense", "CN", "CN=a,,O=b", "=x", "", "CN=\\zz", "NOSUCHTYPE=x"])
def test_a_subject_that_cannot_be_parsed_is_refused_at_registration(server, pki, dn):
    done = server.handfast(
        "client", "add", "unparsable", "--ca-certificate", pki.root.certificate,
        "--subject-dn", dn, check=False,
    )  # fmt: skip
    assert done.returncode != 0 and done.stderr.strip()
    assert "unparsable" not in server.handfast("client", "list").stdout


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_certificate_of_a_victim_in_the_chain_is_no_proof(server, clients, pki, version):
    attacker = pki.self_signed("attacker")
    together = pki.folder / "attacker-and-victim.pem"
    for victim, client in (
        (clients.certificate, clients.self_signed),
        (clients.leaf, clients.under_ca),
    ):
        together.write_text(attacker.certificate.read_text() + victim.certificate.read_text())
        body = {**CC, "client_id": client["client_id"]}
        both = Credential(together, attacker.key)
        expect.refused(lambda b=body, c=both: server.token(b, c, version))


@pytest.mark.waiting
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_an_expired_certificate_stops_on_open_and_resumed_connections(server, pki, version):
    brief = pki.short_lived(f"brief-{version}", 6)
    ends = time.time() + 6
    client = server.add_client(f"brief-{version}", "--certificate", brief.certificate)
    body = {**CC, "client_id": client["client_id"]}
    expect.eventually(lambda: server.token(body, brief, version).status == 200, within=1.5)
    with server.connect(brief, version) as connection:
        expect.token(connection.token(body))
        while time.time() < ends + 1.5:
            time.sleep(0.1)
        expect.error(connection.token(body), "invalid_client")
        expect.refused(lambda: resume(server, connection, body))
    expect.refused(lambda: server.token(body, brief, version))


def resume(server, connection, body):
    with Connection(
        server.address, context=connection.context, session=connection.session
    ) as again:
        return again.token(body)


def test_a_certificate_that_begins_later_is_not_accepted_yet(server, pki):
    future = pki.short_lived("future", 7200, start=3600)
    client = server.add_client("future", "--certificate", future.certificate)
    body = {**CC, "client_id": client["client_id"]}
    expect.refused_by(server, lambda: server.token(body, future), "certificate-not-yet-valid")


@pytest.mark.parametrize("size", [20_000, 60_000, 400_000])
def test_a_huge_certificate_costs_no_memory(server, clients, pki, size):
    configuration = pki.folder / f"huge-{size}.cnf"
    comment = "x" * size
    configuration.write_text(
        f"[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=e\n[dn]\nCN=huge\n"
        f"[e]\nnsComment=ASN1:UTF8String:{comment[:1000]}\n1.2.3.4=ASN1:FORMAT:HEX,OCTETSTRING:"
        + "00" * size
        + "\n"
    )
    key, certificate = pki.folder / "huge-key.pem", pki.folder / f"huge-{size}.pem"
    openssl("genpkey", "-algorithm", "ED25519", "-out", key)
    done = openssl(
        "req", "-x509", "-new", "-key", key, "-config", configuration, "-out", certificate
    )
    assert done == ""
    before = server.resident_kib
    body = {**CC, "client_id": clients.self_signed["client_id"]}
    for _ in range(10):
        expect.refused(lambda: server.token(body, Credential(certificate, key)))
    assert server.resident_kib < before + 8192
    if size > 32_768:
        with pytest.raises(Refused):
            context = client_context(Credential(certificate, key), "1.2")
            Connection(server.address, context=context)
