# SPDX-License-Identifier: Apache-2.0
"""`handfast certificate cliff`: the clients that fail when a public CA renews their certificate."""

import json
import time

import pytest

import expect
from oauth import INTROSPECTION
from pki import openssl
from publicca import SAN, PublicCA, body, day, refusals

pytestmark = pytest.mark.waiting

PAGE = "Documentation/public-ca-cliff.md"


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return PublicCA(tmp_path_factory.mktemp("cas"))


@pytest.fixture(scope="module")
def known(server, ca):
    """Clients of every kind, by their names; those that are to be seen have been."""
    own = ("--ca-certificate", ca.root.certificate, *SAN)
    files = {
        "public": [ca.root], "mixed": [ca.root, ca.private], "issuing": [ca.intermediate],
        "limited": [ca.new_intermediate], "private": [ca.private],
    }  # fmt: skip
    for name, cas in files.items():
        named = [x for a in cas for x in ("--ca-certificate", a.certificate)]
        server.handfast("trust-set", "add", name, *named)
    pinned = ca.issue("pinned", days=20)
    clients = {
        "own": server.add_client("own", *own),
        "shared": server.add_client("shared", "--trust-set", "public", *SAN),
        "issued": server.add_client("issued", "--trust-set", "issuing", *SAN),
        "limited": server.add_client("limited", "--trust-set", "limited", *SAN),
        "unseen": server.add_client("unseen", *own),
        "mixed-public": server.add_client("mixed-public", "--trust-set", "mixed", *SAN),
        "mixed-private": server.add_client("mixed-private", "--trust-set", "mixed", *SAN),
        "private": server.add_client("private", "--trust-set", "private", *SAN),
        "off": server.add_client("off", *own),
        "pinned": server.add_client("pinned", "--certificate", pinned.certificate),
        "secret": server.add_client("secret"),
    }
    server.handfast("client", "disable", "off")
    used = {
        "own": ca.issue("own-leaf", days=50),
        "shared": ca.issue("shared-leaf", days=10),
        "issued": ca.issue("issued-leaf", ca.intermediate, days=30),
        "mixed-public": ca.issue("mixed-leaf", days=70),
        "mixed-private": ca.issue("private-leaf", ca.private, eku="clientAuth", days=5),
        "private": ca.issue("private-leaf-2", ca.private, eku="clientAuth", days=5),
        "pinned": pinned,
    }
    for name, credential in used.items():
        expect.eventually(
            lambda n=name, c=credential: server.token(body(clients[n]), c).status == 200
        )
    expect.eventually(
        lambda: all(c["last_seen"] for c in listed(server, ca)["clients"][:4]), within=4
    )
    return clients, used


def cliff(server, ca, *options, check=False, env=None):
    return server.handfast(
        "certificate", "cliff", *options, check=check, env=ca.env if env is None else env
    )


def listed(server, ca, *options, status=1, env=None):
    done = cliff(server, ca, *options, "--json", env=env)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def names(report):
    return [client["client_name"] for client in report["clients"]]


ORDER = ["shared", "issued", "own", "mixed-public"]


def test_clients_are_listed_by_the_day_and_those_never_seen_at_the_end(server, ca, known):
    clients, used = known
    report = listed(server, ca)
    assert names(report)[:4] == ORDER
    assert set(names(report)[4:]) == {"unseen", "limited"}
    for client in report["clients"][:4]:
        credential = used[client["client_name"]]
        assert client["client_id"] == clients[client["client_name"]]["client_id"]
        assert client["x5t#S256"] == credential.thumbprint
        end = openssl("x509", "-in", credential.certificate, "-noout", "-enddate", "-dateopt",
                      "iso_8601").strip()  # fmt: skip
        stamp = end.removeprefix("notAfter=").replace(" ", "T")
        assert client["not_after"] == client["accepted_until"] == stamp
        assert client["for_servers_only"] is False and client["last_seen"]
    for client in report["clients"][4:]:
        for member in ("x5t#S256", "not_after", "accepted_until", "days_left", "last_seen"):
            assert client[member] is None
    assert [c["days_left"] for c in report["clients"][:4]] == [9, 29, 49, 69]
    by_name = {c["client_name"]: c for c in report["clients"]}
    reasons = {n: [a["reason"] for a in c["ca_certificates"]] for n, c in by_name.items()}
    assert reasons == {
        "shared": ["key"], "own": ["key"], "issued": ["issuer"], "mixed-public": ["key"],
        "unseen": ["key"], "limited": ["extended-key-usage"],
    }  # fmt: skip
    assert by_name["own"]["trust_set"] is None and by_name["shared"]["trust_set"] == "public"
    assert by_name["own"]["ca_certificates"][0]["subject"] == "CN=Public Root,O=Public Trust"
    assert report["public_authorities"] == {
        "path": str(ca.bundle), "count": 2, "unreadable": 0
    }  # fmt: skip
    assert report["rolled_over"] == 1 and report["registered_certificates"] == 1


def test_the_table_says_who_is_not_concerned(server, ca, known):
    done = cliff(server, ca)
    assert done.returncode == 1 and not done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("ACCEPTED UNTIL")
    assert [line.split()[-1] for line in lines[1:5]] == ORDER
    assert lines[5].startswith("never seen") and lines[6].startswith("never seen")
    for words in (
        "Listed: 6", PAGE, f"2 in {ca.bundle}", "self_signed_tls_client_auth; clients: 1",
        "Not listed: 1",
    ):  # fmt: skip
        assert words in done.stdout


def test_within_days(server, ca, known):
    # One that was never seen may fail on any day.
    unknown = ["limited", "unseen"]
    for days, expected in ((0, []), (9, []), (10, ORDER[:1]), (30, ORDER[:2]), (365, ORDER)):
        report = listed(server, ca, "--within", days)
        assert report["within_days"] == days
        assert [n for n in names(report) if n not in unknown] == expected
        assert sorted(names(report)[len(expected) :]) == unknown


def test_without_the_file_only_the_extended_key_usage_tells(server, ca, known, tmp_path):
    nowhere = {"SSL_CERT_FILE": str(tmp_path / "none"), "SSL_CERT_DIR": str(tmp_path / "none")}
    report = listed(server, ca, env=nowhere)
    assert names(report) == ["limited"]
    assert report["public_authorities"]["count"] == 0
    text = cliff(server, ca, env=nowhere).stdout
    assert "There is no file of public CAs" in text and "extended key usage" in text
    broken = tmp_path / "broken.crt"
    broken.write_text("no certificate\n")
    text = cliff(server, ca, env={"SSL_CERT_FILE": str(broken), "SSL_CERT_DIR": ""}).stdout
    assert "could not be read" in text and str(broken) in text


def test_the_file_may_be_named_and_may_be_a_folder(server, ca, known, tmp_path):
    everything = names(listed(server, ca))
    assert names(listed(server, ca, "--public-authorities", ca.bundle, env={})) == everything
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "root.pem").symlink_to(ca.root.certificate)
    (folder / "README").write_text("no certificate\n")
    assert names(listed(server, ca, "--public-authorities", folder, env={})) == everything
    other = tmp_path / "other.pem"
    other.write_text(ca.private.certificate.read_text())
    report = listed(server, ca, "--public-authorities", other)
    assert names(report)[0] in ("mixed-private", "private") and "own" not in names(report)


@pytest.mark.parametrize(
    "options",
    [["--within", "-1"], ["--within", "soon"], ["--within", "1.5"], ["--within", "99999"],
     ["--within"], ["--within", ""], ["--public-authorities", "/nowhere"], ["more"]],
)  # fmt: skip
def test_arguments_that_cannot_be_used(server, ca, known, options):
    done = cliff(server, ca, *options)
    assert done.returncode == 64 and done.stderr.strip() and not done.stdout.strip()


def test_nobody_is_concerned(fresh, ca):
    server = fresh()
    server.add_client("secret")
    server.add_client("own", "--ca-certificate", ca.private.certificate, *SAN)
    done = cliff(server, ca)
    assert done.returncode == 0 and "No client fails" in done.stdout
    assert listed(server, ca, "--within", 3, status=0)["clients"] == []
    assert cliff(fresh(), ca).returncode == 1


def test_a_client_that_rolls_over_leaves_the_list(server, ca, known):
    clients, used = known
    assert "mixed-public" in names(listed(server, ca))
    rolled = ca.issue("rolled", ca.private, eku="clientAuth", days=40)
    expect.token(server.token(body(clients["mixed-public"]), rolled))
    expect.eventually(lambda: "mixed-public" not in names(listed(server, ca)), within=4)
    assert listed(server, ca)["rolled_over"] == 2
    # Refused ones are no use: the last one that was accepted counts.
    foreign = ca.issue("foreign", days=2, subject="/CN=billing.example")
    expect.error(server.token(body(clients["private"]), foreign), "invalid_client")
    expect.token(server.token(body(clients["mixed-public"]), used["mixed-public"]))
    expect.eventually(lambda: "mixed-public" in names(listed(server, ca)), within=4)


def test_the_use_is_noted_at_introspection_and_with_passwords_too(server, ca):
    for name, more in (
        ("reading", {"target": INTROSPECTION, "token": "none"}),
        ("asking", {"username": "nobody", "password": "wrong", "grant_type": "password"}),
    ):
        client = server.add_client(name, "--ca-certificate", ca.root.certificate, *SAN)
        credential = ca.issue(f"{name}-leaf", days=15)
        target = more.pop("target", "/oauth2/token")
        asked = {"client_id": client["client_id"], **more}
        expect.eventually(
            lambda a=asked, c=credential, t=target: (
                b"invalid_client" not in server.token(a, c, target=t).body
            )
        )
        thumbprints = lambda: [c["x5t#S256"] for c in listed(server, ca)["clients"]]  # noqa: E731
        expect.eventually(lambda c=credential: c.thumbprint in thumbprints(), within=4)


# verify and the log


def test_verify_and_the_log_explain_the_refusal(server, ca):
    leaf = ca.issue("explained", eku="serverAuth")
    own = server.add_client("explained", "--ca-certificate", ca.root.certificate, *SAN)
    server.handfast("trust-set", "add", "explained", "--ca-certificate", ca.root.certificate)
    shared = server.add_client("explained-set", "--trust-set", "explained", *SAN)
    for client in (own, shared):
        good = ca.issue(f"good-{client['client_name']}")
        expect.everywhere(lambda c=client, g=good: server.token(body(c), g), 200)
        expect.error(server.token(body(client), leaf), "invalid_client")
        expect.eventually(lambda c=client: refusals(server, c))
        line = refusals(server, client)[-1]
        assert line["check"] == "chain-refused" and PAGE in line["explanation"]
        report = verified(server, ca, client, leaf)
        assert report["decided_by"] == "purpose" and report["log"] == "chain-refused"
        for words in ("CN=Public Root,O=Public Trust is a public CA", PAGE):
            assert words in report["remedy"]
    assert "no exception" in verified(server, ca, own, leaf)["remedy"]
    bridge = "`handfast trust-set update explained --allow-server-auth-until"
    assert bridge in verified(server, ca, shared, leaf)["remedy"]
    # Other reasons are explained as before, and the log has no further reason for them.
    other = ca.issue("stranger", ca.private, eku="clientAuth")
    expect.error(server.token(body(own), other), "invalid_client")
    expect.eventually(lambda: "explanation" not in refusals(server, own)[-1])
    assert PAGE not in verified(server, ca, own, other)["remedy"]
    mail = ca.issue("mail", eku="emailProtection")
    assert PAGE not in verified(server, ca, own, mail)["remedy"]


def test_verify_of_a_ca_that_is_for_servers(server, ca):
    client = server.add_client(
        "under-servers", "--ca-certificate", ca.new_intermediate.certificate, *SAN
    )
    leaf = ca.issue("below-servers", ca.new_intermediate)
    report = verified(server, ca, client, leaf, env={"SSL_CERT_FILE": "/nowhere"})
    assert report["decided_by"] == "path" and "leaves out clientAuth" in report["remedy"]


def verified(server, ca, client, credential, env=None):
    done = server.handfast(
        "verify", "--client", client["client_id"], "--certificate", credential.certificate,
        "--json", check=False, env=ca.env if env is None else env,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["authenticated"] else 1)
    return report


def test_a_bridge_shows_in_the_list_and_in_verify(server, ca):
    server.handfast(
        "trust-set", "add", "bridged", "--ca-certificate", ca.root.certificate,
        "--allow-server-auth-until", day(12),
    )  # fmt: skip
    client = server.add_client("bridged", "--trust-set", "bridged", *SAN)
    leaf = ca.issue("bridged-leaf", eku="serverAuth", days=25)
    expect.everywhere(lambda: server.token(body(client), leaf), 200)
    report = verified(server, ca, client, leaf)
    assert report["authenticated"] and report["accepted_only_until"] == day(12)
    purpose = next(c for c in report["checks"] if c["check"] == "purpose")
    for words in ("accepted only because of --allow-server-auth-until", "bridged", day(12)):
        assert words in purpose["detail"]
    text = server.handfast(
        "verify", "--client", client["client_id"], "--certificate", leaf.certificate
    ).stdout
    assert f"until the end of {day(12)} only" in text
    # One that is for clients needs no permission.
    good = verified(server, ca, client, ca.issue("unbridged", days=25))
    assert good["authenticated"] and "accepted_only_until" not in good

    def entry():
        found = [c for c in listed(server, ca)["clients"] if c["client_name"] == "bridged"]
        return found[0] if found and found[0]["last_seen"] else None

    seen = expect.eventually(entry, within=4)
    assert seen["for_servers_only"] is True and seen["allow_server_auth_until"] == day(12)
    assert seen["accepted_until"] == f"{day(12)}T23:59:59Z" < seen["not_after"]
    server.handfast("trust-set", "update", "bridged", "--no-allow-server-auth")
    expect.everywhere(lambda: server.token(body(client), leaf), 401)
    assert entry()["accepted_until"] <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    assert entry()["days_left"] == 0
    report = verified(server, ca, client, leaf)
    assert report["decided_by"] == "purpose" and "accepted_only_until" not in report
