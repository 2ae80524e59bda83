# SPDX-License-Identifier: Apache-2.0
"""Registrations that must fail: they say why, and leave nothing half done."""

import json
import re

import pytest

from pki import openssl
from server import Server, handfast


@pytest.fixture(scope="module")
def books(tmp_path_factory, pki):
    """A data directory without a running server, with one good client in it."""
    books = Server(tmp_path_factory.mktemp("books") / "data")
    good = pki.self_signed("playground2")
    books.add_client("good", "--certificate", good.certificate)
    return books


@pytest.fixture(scope="module")
def files(pki, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    good, other = pki.self_signed("playground2"), pki.self_signed("other")
    certificate, key = good.certificate.read_text(), good.key.read_text()
    lines = certificate.splitlines()
    made = {
        "empty": "",
        "prose": "this is not a certificate\n",
        "binary": bytes(range(256)) * 4,
        "two": certificate + other.certificate.read_text(),
        "with-key": certificate + key,
        "key-first": key + certificate,
        "only-key": key,
        "truncated": "\n".join(lines[: len(lines) // 2]),
        "no-end": "\n".join(lines[:-1]),
        "damaged": "\n".join([lines[0], lines[1][::-1], *lines[2:]]),
        "request": openssl("req", "-new", "-key", good.key, "-subj", "/CN=request"),
        "public-key": openssl("pkey", "-in", good.key, "-pubout"),
        "huge": certificate + "\n" * 20_000_000,
    }
    for name, content in made.items():
        path = folder / f"{name}.pem"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


FAULTS = {
    "empty": [],
    "prose": [],
    "binary": [],
    "two": ["2"],
    "with-key": ["private key"],
    "key-first": ["private key"],
    "only-key": ["private key"],
    "truncated": [],
    "no-end": [],
    "damaged": [],
    "request": [],
    "public-key": [],
    "huge": [],
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_that_is_not_one_certificate_is_refused(refuse, files, name):
    path = files / f"{name}.pem"
    words = [w if w != "2" else "certificate" for w in FAULTS[name]]
    refuse("client", "add", "bad", "--certificate", path, words=[path.name, *words])


def test_the_private_key_itself_is_never_repeated(refuse, files, pki):
    key_lines = pki.self_signed("playground2").key.read_text().splitlines()[1:-1]
    done = refuse("client", "add", "bad", "--certificate", files / "with-key.pem")
    assert not any(line in done.stderr + done.stdout for line in key_lines)


def test_two_certificate_files_of_which_one_is_bad_register_nothing(refuse, files, pki):
    good = pki.self_signed("other").certificate
    bad = files / "prose.pem"
    refuse("client", "add", "half", "--certificate", good, "--certificate", bad, words=[bad.name])


def test_a_missing_file_and_a_folder_are_refused(refuse, files):
    refuse("client", "add", "bad", "--certificate", files / "absent.pem", words=["absent.pem"])
    refuse("client", "add", "bad", "--certificate", files, words=[files.name])


READING = {
    "client certificate": ["client", "add", "bad", "--certificate", "FILE"],
    "client CA": ["client", "add", "bad", "--subject-dn", "CN=x", "--ca-certificate", "FILE"],
    "client keys": ["client", "add", "bad", "--jwks", "FILE"],
    "further certificate": ["client", "certificate", "add", "good", "FILE"],
    "trust set CA": ["trust-set", "add", "bad", "--ca-certificate", "FILE"],
    "verify": ["verify", "--client", "good", "--certificate", "FILE"],
    "public CAs": ["certificate", "cliff", "--public-authorities", "FILE"],
}


@pytest.mark.parametrize("command", READING)
@pytest.mark.parametrize("name", ["absent.pem", "folder", "huge.pem", "empty.pem"])
def test_a_file_that_cannot_be_used_is_named_once(refuse, files, command, name):
    path = files / name
    if name == "folder":
        path.mkdir(exist_ok=True)
    done = refuse(*[path if word == "FILE" else word for word in READING[command]], words=[name])
    assert done.stderr.count(str(path)) == 1, done.stderr


@pytest.mark.parametrize("command", ["inspect", "thumbprint", "import"])
def test_certificate_commands_name_a_missing_file_once(files, command):
    done = handfast("certificate", command, files / "absent.pem", check=False)
    assert done.returncode == 1
    assert done.stderr.count("absent.pem") == 1 and "No such file" in done.stderr


def test_a_revocation_list_that_cannot_be_read_is_named_once(books, pki, tmp_path):
    gone = tmp_path / "gone.crl"
    books.handfast(
        "trust-set", "add", "listed", "--ca-certificate", pki.root.certificate, "--crl", gone
    )
    listed = json.loads(books.handfast("trust-set", "show", "listed", "--json").stdout)
    (reason,) = [one["reason"] for one in listed["crl_lists"]]
    assert reason.count(str(gone)) == 1 and "No such file" in reason


def test_a_name_that_is_taken_is_refused_with_the_client_that_has_it(refuse, books, pki):
    own = pki.self_signed("other").certificate
    known = json.loads(books.handfast("client", "show", "good", "--json").stdout)["client_id"]
    for name in ("good", known):
        done = refuse("client", "add", name, "--certificate", own, words=[known, "name good"])
        identifiers = re.findall(r"\b[A-Za-z0-9]{28}\b", done.stderr)
        assert set(identifiers) == {known}, done.stderr


def test_an_update_that_says_nothing_is_refused(refuse, books, pki):
    root = pki.root.certificate
    books.handfast("trust-set", "add", "still", "--ca-certificate", root)
    refuse("trust-set", "update", "still", words=["nothing to change"])
    for more in ([], ["--json"]):
        done = refuse("client", "update", "good", *more, words=["nothing to change"])
        assert done.returncode == 64


def test_every_option_of_an_update_is_something_to_change(books):
    words = handfast("client", "update", "--help").stdout
    options = re.findall(r"^  (--[a-z-]+)(?:/(--no-[a-z-]+))?( <)?", words, re.M)
    assert len(options) > 15
    for one, other, value in options:
        if one in ("--data", "--config", "--store", "--store-key-file", "--json", "--version"):
            continue
        for option in filter(None, (one, other)):
            given = [option, "x"] if value else [option]
            done = books.handfast("client", "update", "no-such-client", *given, check=False)
            assert done.returncode != 0 and "nothing to change" not in done.stderr, option


def test_the_same_name_or_certificate_twice(refuse, books, pki):
    good = pki.self_signed("playground2").certificate
    refuse("client", "add", "good", "--certificate", good, words=["good"])
    # Two clients may share a certificate: who asks is said by client_id (RFC 8705 §2).
    twice = books.handfast(
        "client", "add", "twin", "--certificate", good, "--certificate", good, check=False
    )
    if twice.returncode == 0:
        shown = books.handfast("client", "show", "twin").stdout
        assert shown.count(pki.self_signed("playground2").thumbprint) <= 1


BAD_OPTIONS = {
    "unknown method": ["--auth-method", "magic"],
    "unknown grant": ["--grant-types", "client_credentials,magic"],
    "implicit grant": ["--grant-types", "implicit"],
    "bad scope": ["--scope", 'a"b'],
    "scope with control character": ["--scope", "a\tb"],
    "redirect with fragment": ["--redirect-uri", "https://a.example/#f"],
    "relative redirect": ["--redirect-uri", "/callback"],
    "client id beyond its characters": ["--client-id", "caf\u00e9"],
    "empty client id": ["--client-id", ""],
    "subject without a CA": ["--subject-dn", "CN=a"],
    "secret method with certificate method": ["--auth-method", "tls_client_auth"],
    "unknown option": ["--no-such-option"],
}


@pytest.mark.parametrize("name", BAD_OPTIONS)
def test_options_that_make_no_sense_are_refused(refuse, pki, name):
    good = pki.self_signed("other").certificate
    certificate = [] if "subject" in name else ["--certificate", good]
    refuse("client", "add", "bad", *certificate, *BAD_OPTIONS[name])


def test_a_certificate_method_without_certificate_is_refused(refuse):
    refuse("client", "add", "bad", "--auth-method", "self_signed_tls_client_auth")
    refuse("client", "add", "bad", "--auth-method", "tls_client_auth", "--subject-dn", "CN=a")


def test_a_ca_that_is_none_is_refused(refuse, pki):
    leaf = pki.issued("leaf", subject="/O=Handfast/CN=leaf").certificate
    refuse(
        "client", "add", "bad", "--ca-certificate", leaf, "--subject-dn", "CN=a", words=["leaf.pem"]
    )


def test_two_subjects_at_once_are_refused(refuse, pki):
    refuse(
        "client", "add", "bad", "--ca-certificate", pki.root.certificate,
        "--subject-dn", "CN=a", "--san-dns", "a.example",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 2000, "\x1b[31mred"])
def test_a_name_that_cannot_be_shown_is_refused(refuse, pki, name):
    refuse("client", "add", name, "--certificate", pki.self_signed("other").certificate)


def test_users_without_name_or_password_are_refused(refuse):
    refuse("user", "add", "", "--password-stdin")
    refuse("user", "add", "nobody", "--password-stdin")
    refuse("user", "remove", "nobody", words=["nobody"])


def test_a_refusal_while_serving_changes_nothing_there(fresh, pki, files):
    good = pki.self_signed("playground2")
    server = fresh()
    client = server.add_client("good", "--certificate", good.certificate)
    body = {"grant_type": "client_credentials", "client_id": client["client_id"]}
    with server:
        for name in FAULTS:
            if name == "huge":
                continue
            done = server.handfast(
                "client", "update", "good", "--certificate", files / f"{name}.pem", check=False
            )
            assert done.returncode != 0, name
        assert server.token(body, good).status == 200
        listed = server.handfast("client", "list").stdout
        assert "bad" not in listed and "good" in listed


def test_listing_is_readable_by_programs_too(books):
    done = books.handfast("client", "show", "good", "--json", check=False)
    if done.returncode == 0:
        shown = json.loads(done.stdout)
        assert shown["client_name"] == "good" and "client_secret" not in shown
