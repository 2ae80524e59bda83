# SPDX-License-Identifier: Apache-2.0
"""Trust sets of trust domains and clients of `spiffe_x509`, as commands and documents make them."""

import json

import pytest

from audits import Audit
from database import contents
from server import handfast
from spire import TrustDomain

URL = "https://spire.example.org/bundle.json"


@pytest.fixture(scope="module")
def mesh(books, domain):
    books.handfast(
        "trust-set", "add", "mesh", "--trust-domain", "example.org", "--spiffe-bundle",
        domain.write(hint=60),
    )  # fmt: skip
    books.handfast("trust-set", "add", "far", "--trust-domain", "far", "--spiffe-bundle", URL)
    return "mesh"


@pytest.fixture
def refuse(mesh, refuse):
    """With the sets in place that others are measured by."""
    return refuse


def shown(books, name="mesh"):
    return json.loads(books.handfast("trust-set", "show", name, "--json").stdout)


def test_a_trust_domain_is_made_shown_and_changed(books, mesh, domain):
    near, far = shown(books), shown(books, "far")
    assert near["trust_domain"] == "example.org" and "ca_certificates" not in near
    assert near["spiffe_bundle"] == str(domain.folder / "bundle.json")
    assert near["bundle"]["sequence"] == 1 and near["bundle"]["refresh_hint"] == 60
    assert len(near["bundle"]["ca_certificates"]["keys"]) == 1
    assert (far["spiffe_bundle"], far["max_staleness"]) == (URL, 86400)
    assert far["bundle"] == {
        "sequence": 0, "refresh_hint": 300, "checked_at": None, "ca_certificates": {"keys": []},
    }  # fmt: skip
    text = books.handfast("trust-set", "show", "far").stdout
    for word in ("trust domain", "far", URL, "never", "86400 s"):
        assert word in text
    assert "trust domain example.org" in books.handfast("trust-set", "list").stdout
    books.handfast("trust-set", "update", "far", "--max-staleness", 600)
    assert shown(books, "far")["max_staleness"] == 600


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--trust-domain", "a"], ["--spiffe-bundle"]),
        (["--spiffe-bundle", URL], ["--trust-domain"]),
        (["--trust-domain", "A.example", "--spiffe-bundle", URL], ["small letters"]),
        (["--trust-domain", "spiffe://a", "--spiffe-bundle", URL], ["example.org"]),
        (["--trust-domain", "a", "--spiffe-bundle", "http://a.example/b"], ["http"]),
        (["--trust-domain", "a", "--spiffe-bundle", "/nowhere/bundle.json"], ["cannot be read"]),
        (["--trust-domain", "a", "--spiffe-bundle", URL, "--max-staleness", "59"], ["60"]),
        (
            ["--trust-domain", "a", "--spiffe-bundle", URL, "--allow-server-auth-until",
             "2026-12-31"],
            ["clientAuth"],
        ),
    ],
)  # fmt: skip
def test_what_makes_no_trust_domain(refuse, options, words):
    refuse("trust-set", "add", "bad", *options, words=words)


def test_cas_come_from_the_bundle_alone(refuse, books, pki):
    ca = ["--ca-certificate", pki.root.certificate]
    both = ["--trust-domain", "a", "--spiffe-bundle", URL]
    refuse("trust-set", "add", "bad", *ca, *both, words=["bundle alone"])
    refuse("trust-set", "update", "mesh", *ca, words=["bundle alone"])
    books.handfast("trust-set", "add", "plain", *ca)
    for change in (["--spiffe-bundle", URL], ["--max-staleness", 60], ["--accept-sequence", 1]):
        refuse("trust-set", "update", "plain", *change, words=["SPIFFE bundle"])


def test_a_file_whose_sequence_goes_back_is_refused_until_that_is_accepted(
    refuse, books, tmp_path
):
    domain = TrustDomain(tmp_path / "seq", "seq.example")
    for _ in range(3):
        domain.rotate()
    books.handfast(
        "trust-set", "add", "seq", "--trust-domain", "seq.example", "--spiffe-bundle",
        domain.write(),
    )  # fmt: skip
    rebuilt = TrustDomain(tmp_path / "rebuilt", "seq.example")
    update = ["trust-set", "update", "seq", "--spiffe-bundle", rebuilt.write()]
    refuse(*update, words=["below", "--accept-sequence 1"])
    assert shown(books, "seq")["bundle"]["sequence"] == 4
    before = Audit(books.data).newest()
    books.handfast(*update, "--accept-sequence", 1)
    assert shown(books, "seq")["bundle"]["sequence"] == 1
    (row,) = Audit(books.data).entries("--after", str(before["sequence"]))
    assert (row["kind"], row["id"], row["action"]) == ("trust_set", "seq", "change")
    assert "sequence" in json.dumps(row["after"])
    refuse("trust-set", "update", "seq", "--accept-sequence", "x")


@pytest.mark.parametrize(
    "spiffe_id",
    [
        "", "spiffe://example.org", "spiffe://example.org/", "spiffe://example.org/a/",
        "spiffe://example.org:1/a", "spiffe://u@example.org/a", "spiffe://example.org/a?b",
        "spiffe://example.org/a#b", "spiffe://example.org/%61", "spiffe://example.org/a//b",
        "spiffe://example.org/./a", "spiffe://example.org/*/a", "spiffe://example.org/a*",
        "https://example.org/a", "spiffe://Example.org/a", "spiffe://example.org/" + "a" * 2029,
    ],
)  # fmt: skip
def test_texts_that_are_no_spiffe_ids(refuse, spiffe_id):
    refuse("client", "add", "bad", "--trust-set", "mesh", "--spiffe-id", spiffe_id)


def test_a_client_has_the_trust_set_of_its_trust_domain(refuse, books, pki):
    books.handfast("trust-set", "add", "cas", "--ca-certificate", pki.root.certificate)
    one = ["client", "add", "bad", "--spiffe-id", "spiffe://example.org/a"]
    refuse(*one, words=["--trust-set"])
    refuse(*one, "--trust-set", "absent", words=["absent"])
    refuse(*one, "--trust-set", "cas", words=["no SPIFFE bundle"])
    refuse(*one, "--trust-set", "far", words=["trust domain far"])
    refuse(*one, "--trust-set", "mesh", "--subject-dn", "CN=a", words=["subject"])
    refuse(*one, "--ca-certificate", pki.root.certificate, words=["CAs of the client's own"])
    refuse(
        "client", "add", "bad", "--trust-set", "mesh", "--subject-dn", "CN=a",
        words=["spiffe_x509 alone"],
    )  # fmt: skip
    made = books.add_client("fitting", *one[3:], "--trust-set", "mesh")
    assert made["token_endpoint_auth_method"] == "spiffe_x509"
    assert (made["spiffe_id"], made["trust_set"]) == ("spiffe://example.org/a", "mesh")
    assert made["tls_client_certificate_bound_access_tokens"] is True
    assert "client_secret" not in made
    text = books.handfast("client", "show", "fitting").stdout
    assert "spiffe://example.org/a" in text


def test_a_pattern_has_one_client(refuse, books):
    def options(path):
        return ["--trust-set", "mesh", "--spiffe-id", f"spiffe://example.org/p/{path}"]

    books.add_client("p-all", *options("*"))
    books.add_client("p-one", *options("one"))
    books.add_client("p-below", *options("one/*"))
    for path, name in (("*", "p-all"), ("one", "p-one"), ("one/*", "p-below")):
        refuse("client", "add", "p-more", *options(path), words=["already", name])
    refuse("client", "update", "p-one", "--spiffe-id", "spiffe://example.org/p/*")
    books.handfast("client", "update", "p-one", "--spiffe-id", "spiffe://example.org/p/two")
    books.add_client("p-more", *options("one"))


def test_a_spiffe_id_switches_no_other_registration_off(refuse, books, pki):
    books.add_client(
        "named", "--ca-certificate", pki.root.certificate, "--subject-dn", "CN=named"
    )  # fmt: skip
    before = contents(books.data)
    refuse(
        "client", "update", "named", "--spiffe-id", "spiffe://example.org/named",
        words=["tls_client_auth does not use a SPIFFE ID"],
    )  # fmt: skip
    assert contents(books.data) == before
    # Only a method that is named takes the place of another one.
    books.handfast(
        "client", "update", "named", "--auth-method", "spiffe_x509", "--trust-set", "mesh",
        "--spiffe-id", "spiffe://example.org/named",
    )  # fmt: skip
    changed = json.loads(books.handfast("client", "show", "named", "--json").stdout)
    assert "tls_client_auth_subject_dn" not in changed and "ca_certificates" not in changed
    back = ["--auth-method", "tls_client_auth", "--subject-dn", "CN=named"]
    books.handfast("client", "update", "named", *back, "--ca-certificate", pki.root.certificate)
    changed = json.loads(books.handfast("client", "show", "named", "--json").stdout)
    assert "spiffe_id" not in changed


def test_a_client_id_that_looks_like_a_spiffe_id_is_its_own(refuse, books):
    mine = "spiffe://example.org/mine"
    refuse("client", "add", "bad", "--client-id", mine, words=["own SPIFFE ID"])
    spiffe = ["--trust-set", "mesh", "--spiffe-id"]
    refuse(
        "client", "add", "bad", "--client-id", mine, *spiffe, "spiffe://example.org/yours",
        words=["own SPIFFE ID"],
    )  # fmt: skip
    assert books.add_client("mine", "--client-id", mine, *spiffe, mine)["client_id"] == mine


def test_an_export_is_applied_elsewhere(books, mesh, tmp_path, domain):
    books.add_client(
        "exported", "--trust-set", "mesh", "--spiffe-id", "spiffe://example.org/exported/*",
        "--label", "export=spiffe",
    )  # fmt: skip
    text = books.handfast("export").stdout
    assert "spiffe_id: " in text and "trust_domain: " in text and "accept_sequence" not in text
    file = tmp_path / "all.yaml"
    file.write_text(text)
    before = contents(books.data)
    books.handfast("apply", "-f", file)
    assert contents(books.data) == before
    other = tmp_path / "other"
    handfast("apply", "-f", file, "--data", other)
    shown = json.loads(
        handfast("client", "show", "exported", "--json", "--data", other).stdout
    )
    assert shown["spiffe_id"] == "spiffe://example.org/exported/*"
    # Two that would have the same pattern, and one of another trust domain.
    for entries, word in (
        (["a", "a"], "already a client for the SPIFFE ID"),
        (["far"], "trust domain far"),
    ):
        lines = ["clients:"]
        for number, entry in enumerate(entries):
            trust_set = "far" if entry == "far" else "mesh"
            lines += [
                f"  - client_name: entry-{number}",
                "    token_endpoint_auth_method: spiffe_x509",
                f"    trust_set: {trust_set}",
                "    spiffe_id: spiffe://example.org/applied",
            ]
        bad = tmp_path / "bad.yaml"
        bad.write_text("\n".join(lines) + "\n")
        done = books.handfast("apply", "-f", bad, check=False)
        assert done.returncode != 0 and word in done.stderr, done
