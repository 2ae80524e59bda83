# SPDX-License-Identifier: Apache-2.0
"""`handfast verify`: check by check, what the server does with the same certificate."""

import json
import time

import pytest

import expect
from database import transaction
from oauth import CC
from pki import CA, Credential, openssl
from server import handfast

LEAF = "/O=Handfast/CN=verified"
SUBJECT = "CN=verified,O=Handfast"
BEGINNING = ["client", "enabled", "method"]
CHAIN = [
    "sent", "version", "validity", "end-entity", "purpose", "key", "serial", "names",
    "intermediates", "name-constraints", "path", "revocation",
]  # fmt: skip


@pytest.fixture(scope="module")
def under_root(server, pki):
    """A client of tls_client_auth, which the server knows."""
    client = server.add_client(
        "under-root", "--ca-certificate", pki.root.certificate, "--subject-dn", SUBJECT
    )
    good = pki.issued("verified", subject=LEAF)
    body = {**CC, "client_id": client["client_id"]}
    expect.eventually(lambda: server.token(body, good).status == 200)
    return client["client_id"]


@pytest.fixture(scope="module")
def pinned(server, pki):
    """A client of self_signed_tls_client_auth, which the server knows."""
    own = pki.self_signed("pinned")
    client = server.add_client("pinned", "--certificate", own.certificate)
    body = {**CC, "client_id": client["client_id"]}
    expect.eventually(lambda: server.token(body, own).status == 200)
    return client["client_id"]


@pytest.fixture
def verify(server):
    """Runs the command, asks the server the same, and returns what the command reports.

    `alone` is the certificate for the command where `credential` has its chain in one file.
    """

    def verify(client, credential, *options, alone=None, within=1.0):
        def run(*more):
            certificate = alone or credential.certificate
            arguments = ["--client", client, "--certificate", certificate, *options, *more]
            return server.handfast("verify", *arguments, check=False)

        done, said = run("--json"), run()
        report = json.loads(done.stdout)
        assert done.returncode == said.returncode == (0 if report["authenticated"] else 1)
        assert done.stderr == said.stderr == ""
        check_form(report, said.stdout)
        body = {**CC, "client_id": report.get("client_id", client)}
        if report["authenticated"]:
            expect.eventually(lambda: server.token(body, credential).status == 200, within)
        else:
            expect.refused(lambda: server.token(body, credential))
        return report

    return verify


def check_form(report, text):
    """One check at most fails, those before it passed, and those behind it were not reached."""
    results = [check["result"] for check in report["checks"]]
    names = [check["check"] for check in report["checks"]]
    assert names[:3] == BEGINNING
    for check in report["checks"]:
        assert bool(check.get("detail")) == (check["result"] != "not reached")
    if report["authenticated"]:
        assert set(results) == {"passed"}
        assert not {"decided_by", "remedy", "log"} & set(report)
        assert "would be authenticated" in text
    else:
        at = results.index("failed")
        assert results == ["passed"] * at + ["failed"] + ["not reached"] * (len(results) - at - 1)
        assert report["decided_by"] == names[at]
        for word in (report["remedy"], report["log"], "would not be authenticated", "FAILED"):
            assert word in text
        assert report["remedy"].endswith(".")
    for name in names:
        assert name in text
    assert report["x5t#S256"] in text
    # RFC 5280's words are CA and trust anchor; "authority key identifier" is an extension's name.
    assert "authorit" not in text.lower().replace("authority key identifier", "")


def refused_everywhere(server, client, credential):
    """Waits until the server has taken over a change."""
    expect.everywhere(lambda: server.token({**CC, "client_id": client}, credential), 401)


def detail(report, name):
    return next(check for check in report["checks"] if check["check"] == name)["detail"]


# tls_client_auth


def test_a_certificate_under_the_ca_passes_every_check(verify, under_root, pki):
    good = pki.issued("verified", subject=LEAF)
    report = verify(under_root, good)
    assert [c["check"] for c in report["checks"]] == [*BEGINNING, "subject", *CHAIN]
    assert report["method"] == "tls_client_auth" and report["client_name"] == "under-root"
    assert report["x5t#S256"] == good.thumbprint
    assert detail(report, "subject").count(SUBJECT) == 2
    root = Credential(pki.root.certificate, pki.root.key)
    assert "CN=Root,O=Handfast" in detail(report, "path")
    assert root.thumbprint in detail(report, "path")


@pytest.mark.parametrize(
    "name, options, decided",
    [
        ("v-subject", {"subject": "/O=Handfast/CN=another"}, "subject"),
        ("v-longer", {"subject": LEAF + "/CN=more"}, "subject"),
        ("v-expired", {"start": -7200, "end": -3600}, "validity"),
        ("v-future", {"start": 3600, "end": 7200}, "validity"),
        ("v-server", {"eku": "serverAuth"}, "purpose"),
        ("v-any", {"eku": "anyExtendedKeyUsage"}, "purpose"),
        ("v-weak", {"algorithm": "rsa1024"}, "key"),
        ("v-ca", {"extra": "basicConstraints=critical,CA:true\n"}, "end-entity"),
    ],
)
def test_a_certificate_that_breaks_a_rule_fails_at_that_rule(
    verify, under_root, pki, name, options, decided
):
    report = verify(under_root, pki.issued(name, **{"subject": LEAF, **options}))
    assert report["decided_by"] == decided
    assert report["log"] == ("subject-mismatch" if decided == "subject" else "chain-refused")


def test_both_names_are_shown_where_the_subject_decides(verify, under_root, pki):
    report = verify(under_root, pki.issued("v-subject", subject="/O=Handfast/CN=another"))
    shown = detail(report, "subject")
    assert SUBJECT in shown and "CN=another,O=Handfast" in shown


def test_a_ca_of_the_same_name_is_told_from_the_registered_one(verify, under_root, pki):
    report = verify(under_root, pki.issued("verified", pki.namesake, subject=LEAF))
    root = Credential(pki.root.certificate, pki.root.key)
    assert report["decided_by"] == "path"
    assert root.thumbprint in report["remedy"] and "CN=Root,O=Handfast" in report["remedy"]


def test_a_ca_that_is_not_registered_is_named(verify, under_root, pki):
    stranger = CA(pki.folder / "v-stranger", "/O=Handfast/CN=Stranger")
    report = verify(under_root, stranger.issue("verified", subject=LEAF))
    assert report["decided_by"] == "path" and "CN=Stranger,O=Handfast" in report["remedy"]
    sent = stranger.issue("verified-sent", subject=LEAF, chain=[stranger])
    report = verify(under_root, sent)
    assert report["decided_by"] == "path" and "not registered" in report["remedy"]


def test_a_missing_intermediate_is_named_and_counts_when_it_is_given(verify, under_root, pki):
    alone = pki.issued("v-below-alone", pki.intermediate, subject=LEAF)
    report = verify(under_root, alone)
    assert report["decided_by"] == "path"
    assert "CN=Intermediate,O=Handfast" in report["remedy"] and "--chain" in report["remedy"]
    # In the client's own file, as curl sends it, and apart.
    together = Credential(pki.folder / "v-together.pem", alone.key)
    chain = pki.intermediate.certificate
    together.certificate.write_text(alone.certificate.read_text() + chain.read_text())
    assert verify(under_root, together)["authenticated"]
    assert verify(under_root, together, "--chain", chain, alone=alone.certificate)["authenticated"]


def test_what_is_sent_needlessly_does_no_harm_and_does_not_help(verify, under_root, pki):
    good = pki.issued("verified", subject=LEAF)
    mixed = Credential(pki.folder / "v-mixed.pem", good.key)
    other = pki.namesake.certificate.read_text()
    mixed.certificate.write_text(good.certificate.read_text() + other)
    assert verify(under_root, mixed)["authenticated"]
    # Another leaf, because the server remembers that it accepted the first.
    alone = pki.issued("v-many-alone", subject=LEAF)
    many = Credential(pki.folder / "v-many.pem", alone.key)
    many.certificate.write_text(alone.certificate.read_text() + other * 17)
    assert verify(under_root, many)["decided_by"] == "sent"
    many.certificate.write_text(alone.certificate.read_text() + other * 9)
    assert verify(under_root, many)["authenticated"]


def test_the_ca_itself_may_be_over(verify, server, pki):
    old = CA(pki.folder / "v-old", "/O=Handfast/CN=Old")
    old.sign(
        old.key, old.folder / "brief.pem", "/O=Handfast/CN=Old",
        "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n",
        end=3, itself=True,
    )  # fmt: skip
    client = server.add_client(
        "old", "--ca-certificate", old.folder / "brief.pem", "--subject-dn", SUBJECT
    )
    leaf = old.issue("verified", subject=LEAF)
    time.sleep(4)
    report = verify(client["client_id"], leaf)
    assert report["decided_by"] == "path"
    assert "CN=Old,O=Handfast" in report["remedy"] and "time" in report["remedy"]


@pytest.mark.parametrize(
    "option, value, other",
    [
        ("--san-dns", "a.example", "b.example"),
        ("--san-uri", "urn:example:a", "urn:example:b"),
        ("--san-ip", "192.0.2.1", "192.0.2.2"),
        ("--san-email", "a@a.example", "b@a.example"),
    ],
)
def test_only_names_of_the_registered_kind_are_looked_at(verify, server, pki, option, value, other):
    names = "DNS:a.example,URI:urn:example:a,IP:192.0.2.1,email:a@a.example"
    named = pki.issued("v-named", subject=LEAF, extra=f"subjectAltName={names}\n")
    root = ["--ca-certificate", pki.root.certificate]
    right = server.add_client(f"right{option}", *root, option, value)["client_id"]
    report = verify(right, named)
    assert report["authenticated"]
    shown = detail(report, "subject")
    assert shown.count(value) == 2 and shown.count(";") == 1
    wrong = server.add_client(f"wrong{option}", *root, option, other)["client_id"]
    report = verify(wrong, named)
    assert report["decided_by"] == "subject" and other in detail(report, "subject")
    unnamed = verify(right, pki.issued("verified", subject=LEAF))
    assert unnamed["decided_by"] == "subject" and "none" in detail(unnamed, "subject")


# self_signed_tls_client_auth


def test_a_registered_certificate_passes_every_check(verify, pinned, pki):
    report = verify(pinned, pki.self_signed("pinned"))
    assert [c["check"] for c in report["checks"]] == [*BEGINNING, "registered", "validity"]
    assert report["method"] == "self_signed_tls_client_auth"


def test_the_name_of_the_client_will_do(server, pinned, pki):
    done = server.handfast(
        "verify", "--client", "pinned", "--certificate", pki.self_signed("pinned").certificate
    )
    assert pinned in done.stdout


def test_another_certificate_of_the_same_subject_is_not_registered(verify, pinned, pki):
    report = verify(pinned, pki.self_signed("pinned-too"))
    assert (report["decided_by"], report["log"]) == ("registered", "certificate-not-registered")
    assert pki.self_signed("pinned").thumbprint in detail(report, "registered")
    assert "same subject" in report["remedy"]
    other = verify(pinned, pki.self_signed("pinned-other", subject="/CN=other"))
    assert other["decided_by"] == "registered" and "same subject" not in other["remedy"]


def test_a_certificate_that_was_taken_away_is_not_registered(verify, server, pki):
    own = pki.self_signed("taken")
    client = server.add_client("taken", "--certificate", own.certificate)["client_id"]
    assert verify(client, own)["authenticated"]
    server.handfast("client", "certificate", "remove", client, own.thumbprint)
    refused_everywhere(server, client, own)
    report = verify(client, own)
    assert report["decided_by"] == "registered"
    assert detail(report, "registered") == "none is registered"


def test_a_registered_certificate_expires(verify, server, pki):
    brief = pki.short_lived("v-brief", 4)
    client = server.add_client("brief", "--certificate", brief.certificate)["client_id"]
    assert verify(client, brief)["authenticated"]
    body = {**CC, "client_id": client}
    expect.eventually(lambda: server.token(body, brief).status == 401, within=5)
    report = verify(client, brief)
    assert report["decided_by"] == "validity" and "has expired" in detail(report, "validity")


def test_a_registered_certificate_whose_time_has_not_begun_waits(verify, server, pki):
    future = pki.short_lived("v-begins", 7200, start=3600)
    client = server.add_client("begins", "--certificate", future.certificate)["client_id"]
    report = verify(client, future)
    assert report["decided_by"] == "validity" and "not valid yet" in detail(report, "validity")


# The beginning, which all methods share


@pytest.mark.parametrize("kind", ["tls", "self-signed"])
def test_a_disabled_client_is_refused_until_it_is_enabled(
    verify, server, under_root, pinned, pki, kind
):
    if kind == "tls":
        client, credential = under_root, pki.issued("verified", subject=LEAF)
    else:
        client, credential = pinned, pki.self_signed("pinned")
    server.handfast("client", "disable", client)
    refused_everywhere(server, client, credential)
    report = verify(client, credential)
    assert (report["decided_by"], report["log"]) == ("enabled", "client-disabled")
    assert f"client enable {client}" in report["remedy"]
    server.handfast("client", "enable", client)
    assert verify(client, credential)["authenticated"]


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_certificate_does_not_authenticate_a_client_with_a_secret(verify, server, pki, method):
    client = server.add_client(method, "--auth-method", method)["client_id"]
    report = verify(client, pki.self_signed("pinned"))
    assert (report["decided_by"], report["log"]) == ("method", "method-not-registered")
    assert "does not authenticate" in detail(report, "method")


def test_an_unknown_client_is_refused(verify, pki):
    report = verify("nobody", pki.self_signed("pinned"))
    assert (report["decided_by"], report["log"]) == ("client", "client-unknown")
    assert [c["check"] for c in report["checks"]] == BEGINNING


def test_a_registration_that_the_server_leaves_out_is_found(verify, server, pki):
    own = pki.self_signed("broken")
    client = server.add_client("broken", "--certificate", own.certificate)["client_id"]
    with transaction(server.data) as database:
        database.execute(
            "UPDATE client SET authentication_method = 'private' WHERE client_id = ?", (client,)
        )
    refused_everywhere(server, client, own)
    report = verify(client, own)
    assert (report["decided_by"], report["log"]) == ("client", "client-unknown")
    assert "private" in detail(report, "client")


def test_the_log_names_the_check_that_the_command_names(verify, server, under_root, pinned, pki):
    for client, credential in [
        (under_root, pki.issued("v-subject", subject="/O=Handfast/CN=another")),
        (under_root, pki.issued("verified", pki.namesake, subject=LEAF)),
        (pinned, pki.self_signed("pinned-too")),
    ]:
        before = len(server.stderr)
        log = verify(client, credential)["log"]
        expect.eventually(lambda at=before, name=log: any(name in r for r in server.stderr[at:]))


# Arguments


def test_what_cannot_be_used_is_a_usage_error(server, pinned, pki, tmp_path):
    own = pki.self_signed("pinned")
    text = tmp_path / "text.pem"
    text.write_text("no certificate\n")
    good = ["--client", pinned, "--certificate", own.certificate]
    for wrong in [
        ["--client", pinned],
        ["--certificate", own.certificate],
        ["--client", pinned, "--certificate", tmp_path / "absent.pem"],
        ["--client", pinned, "--certificate", own.key],
        ["--client", pinned, "--certificate", text],
        [*good, "--chain", tmp_path / "absent.pem"],
        [*good, "--chain", text],
    ]:
        done = server.handfast("verify", *wrong, check=False)
        assert done.returncode == 64 and done.stderr and not done.stdout, wrong
        assert own.key.read_text().splitlines()[1] not in done.stderr
    done = handfast("verify", *good, check=False, env={"HANDFAST_DATA": ""})
    assert done.returncode == 64 and "--data" in done.stderr


def test_nothing_is_written(server, pinned, pki):
    files = {f: f.stat().st_mtime_ns for f in server.data.iterdir() if f.suffix == ".db"}
    shown = server.handfast("client", "show", pinned).stdout
    own = pki.self_signed("pinned").certificate
    server.handfast("verify", "--client", pinned, "--certificate", own)
    assert shown == server.handfast("client", "show", pinned).stdout
    assert files == {f: f.stat().st_mtime_ns for f in files}


def test_der_will_do(server, pinned, pki, tmp_path):
    der = tmp_path / "own.der"
    openssl("x509", "-in", pki.self_signed("pinned").certificate, "-outform", "der", "-out", der)
    server.handfast("verify", "--client", pinned, "--certificate", der)
