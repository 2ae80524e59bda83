# SPDX-License-Identifier: Apache-2.0
"""Which path to a CA counts, and how `handfast verify` and the server name what breaks it."""

import json

import pytest

import expect
from oauth import CC
from pki import CA, Credential

LEAF = "/O=Handfast/CN=pathfinder"
SUBJECT = "CN=pathfinder,O=Handfast"


@pytest.fixture(scope="module")
def client(server, pki):
    """A client of tls_client_auth under the root, which the server knows."""
    root = ("--ca-certificate", pki.root.certificate)
    made = server.add_client("pathfinder", *root, "--subject-dn", SUBJECT)["client_id"]
    body = {**CC, "client_id": made}
    good = pki.issued("pathfinder", subject=LEAF)
    expect.eventually(lambda: server.token(body, good).status == 200)
    return made


@pytest.fixture
def verify(server, client):
    """Runs the command on a credential, asks the server the same, and returns the report."""

    def verify(credential):
        arguments = ["--client", client, "--certificate", credential.certificate, "--json"]
        report = json.loads(server.handfast("verify", *arguments, check=False).stdout)
        body = {**CC, "client_id": client}
        if report["authenticated"]:
            expect.eventually(lambda: server.token(body, credential).status == 200)
        else:
            expect.refused(lambda: server.token(body, credential))
            assert report["remedy"].endswith(".")
        return report

    return verify


def detail(report, name):
    return next(check for check in report["checks"] if check["check"] == name)["detail"]


def test_needless_certificates_do_no_harm_up_to_a_number(verify, pki):
    alone = pki.issued("p-needless", subject=LEAF)
    other = pki.namesake.certificate.read_text()
    for number, good in [(17, False), (16, True), (8, True)]:
        sent = Credential(pki.folder / f"p-needless-{number}.pem", alone.key)
        sent.certificate.write_text(alone.certificate.read_text() + other * number)
        report = verify(sent)
        assert report["authenticated"] == good
        assert report.get("decided_by") == (None if good else "sent")


@pytest.mark.parametrize(
    "name, extensions, decided, words",
    [
        ("good", "keyUsage=critical,keyCertSign\n", None, ""),
        ("unsigning", "keyUsage=critical,cRLSign\n", "intermediates", "keyCertSign"),
        ("critical", "1.2.3.4=critical,DER:0500\n", "path", "1.2.3.4"),
        ("servers", "extendedKeyUsage=serverAuth\n", "path", "extended key usage"),
        ("policy", "policyConstraints=critical,requireExplicitPolicy:0\n", "path", "policy"),
        (
            "constrained", "nameConstraints=critical,permitted;dirName:dn\n[dn]\nO=Other\n",
            "name-constraints", "do not permit",
        ),
        (
            "malformed", "nameConstraints=critical,permitted;DNS:.in.example\n",
            "name-constraints", "malformed DNS name",
        ),
    ],
)  # fmt: skip
def test_a_ca_on_the_path_that_breaks_a_rule_is_named(
    verify, pki, name, extensions, decided, words
):
    between = CA(pki.folder / f"p-{name}", f"/CN=Between {name}", parent=pki.root)
    pki.root.sign(
        between.key, between.certificate, f"/CN=Between {name}",
        "basicConstraints=critical,CA:true\nsubjectKeyIdentifier=hash\n" + extensions,
    )  # fmt: skip
    report = verify(between.issue("pathfinder", subject=LEAF, chain=[between]))
    if decided is None:
        assert report["authenticated"] and "P-256" in detail(report, "intermediates")
        return
    assert (report["decided_by"], report["log"]) == (decided, "chain-refused")
    shown = detail(report, decided)
    assert words in shown and "not signed" not in shown
    named = "CN=pathfinder" if name in ("policy", "constrained") else f"CN=Between {name}"
    assert named in shown and "(serial " in shown
    assert "did not sign" not in report["remedy"]


def test_a_key_identifier_of_another_key_is_told_from_a_signature(verify, pki):
    identified = {"subject": LEAF, "extra": "authorityKeyIdentifier=keyid:always\n"}
    report = verify(pki.issued("p-foreign-id", pki.namesake, **identified))
    assert report["decided_by"] == "path"
    assert "authority key identifier" in detail(report, "path")
    assert verify(pki.issued("p-own-id", **identified))["authenticated"]


def test_the_path_to_the_ca_counts_and_not_the_order_or_the_rest(verify, pki):
    other = CA(pki.folder / "p-other-root", "/CN=Other root")
    between = CA(pki.folder / "p-crossed", "/CN=Crossed", parent=other)
    cross = between.folder / "cross.pem"
    pki.root.sign(
        between.key, cross, "/CN=Crossed",
        "basicConstraints=critical,CA:true\nsubjectKeyIdentifier=hash\n",
    )  # fmt: skip
    alone = between.issue("pathfinder", subject=LEAF)
    crossed = [cross.read_text(), between.certificate.read_text(), other.certificate.read_text()]
    for number, sent in enumerate([crossed[1:], crossed, crossed[::-1]]):
        chain = Credential(pki.folder / f"p-crossed-{number}.pem", alone.key)
        chain.certificate.write_text(alone.certificate.read_text() + "".join(sent))
        report = verify(chain)
        assert report["authenticated"] == (number > 0)
    assert "CN=Root,O=Handfast" in detail(report, "path")
