# SPDX-License-Identifier: Apache-2.0
"""Clients whose keys are fetched (`--jwks-uri`), and what `client certificate list` tells."""

import base64
import datetime
import hashlib
import json
import time

import pytest

import expect
from assertions import KEYS, public_jwk
from database import transaction
from oauth import CC
from server import Server, handfast

URI = "https://client.example/jwks.json"
SELF_SIGNED = ("--auth-method", "self_signed_tls_client_auth")


@pytest.fixture(scope="module")
def books(tmp_path_factory, pki):
    """A data directory without a running server, with one client of each sort in it."""
    books = Server(tmp_path_factory.mktemp("books") / "data")
    books.add_client("signs", "--jwks-uri", URI)
    books.add_client("presents", "--jwks-uri", URI, *SELF_SIGNED)
    books.add_client("pinned", "--certificate", pki.self_signed("pinned").certificate)
    return books


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A file with a JWK Set."""
    file = tmp_path_factory.mktemp("keys") / "keys.jwks"
    file.write_text(json.dumps({"keys": [public_jwk(KEYS["ES256"](), "ES256", "k")]}))
    return file


def shown(books, name):
    return json.loads(books.handfast("client", "show", name, "--json").stdout)


def write(books, sql, *arguments):
    """Writes as the server does."""
    with transaction(books.data) as database:
        database.execute("PRAGMA foreign_keys = on")
        database.execute(sql, arguments)


def fetched(books, name, jwks):
    write(books, "UPDATE client SET fetched_jwks = ? WHERE name = ?", json.dumps(jwks), name)


def seen(books, name, thumbprint, first, last):
    write(
        books,
        "INSERT INTO certificate_sighting SELECT id, ?, ?, ? FROM client WHERE name = ?",
        base64.urlsafe_b64decode(thumbprint + "="), first, last, name,
    )  # fmt: skip


def test_keys_that_will_be_fetched(books):
    made = books.add_client("fetching", "--jwks-uri", URI, "--auth-signing-alg", "ES256")
    assert made["token_endpoint_auth_method"] == "private_key_jwt"
    assert made["jwks_uri"] == URI and "jwks" not in made
    assert made["tls_client_certificate_bound_access_tokens"] is False
    also = books.add_client("fetching-too", "--jwks-uri", URI, *SELF_SIGNED)
    assert also["token_endpoint_auth_method"] == SELF_SIGNED[1] and also["jwks_uri"] == URI
    assert also["tls_client_certificate_bound_access_tokens"] is True
    said = books.handfast("client", "add", "told", "--jwks-uri", URI).stdout
    assert f"keys: none until the server has fetched {URI}" in said
    text = books.handfast("client", "show", "fetching").stdout
    assert URI in text and "none yet" in text
    assert URI in books.handfast("client", "list").stdout
    listed = json.loads(books.handfast("client", "list", "--json").stdout)
    assert [c for c in listed if c["client_name"] == "fetching"][0]["jwks_uri"] == URI
    assert "none until" not in books.handfast(
        "client", "add", "plain", "--auth-method", "client_secret_basic"
    ).stdout  # fmt: skip


@pytest.mark.parametrize(
    "uri",
    [
        "http://client.example/jwks", "client.example/jwks", "/jwks", "", "https:", "https://",
        "https:///jwks", "https://user@client.example/", "https://user:word@client.example/",
        "https://@client.example/", "https://client.example/#keys", "https://client.example/ x",
        "https://client.example/\n", "https://client.example/\x7f", "https://client.ex\u00e4mple/",
        "https://client.example:0/", "https://client.example:65536/", "https://client.example\\@b/",
        "ftp://client.example/", "file:///etc/jwks", "javascript:alert(1)",
        "https://client.example/" + "x" * 2048,
    ],
)  # fmt: skip
def test_uris_that_are_refused(refuse, uri):
    refuse("client", "add", "bad", "--jwks-uri", uri, words=["jwks_uri"])
    refuse("client", "update", "signs", "--jwks-uri", uri, words=["jwks_uri"])


def test_uris_that_are_taken(books):
    for number, uri in enumerate(
        [
            "https://client.example", "https://client.example:8443/a/b?c=d%20e", "HTTPS://A.B/",
            "https://192.0.2.1/", "https://[2001:db8::1]:9443/jwks",
            "https://client.example/" + "x" * 2000,
        ]
    ):  # fmt: skip
        assert books.add_client(f"taken-{number}", "--jwks-uri", uri)["jwks_uri"] == uri


def test_keys_come_from_one_place(refuse, books, pki, keys):
    own = pki.self_signed("pinned").certificate
    for more in (["--jwks", keys], ["--certificate", own], ["--jwks", keys, *SELF_SIGNED]):
        refuse("client", "add", "bad", "--jwks-uri", URI, *more, words=["one place"])
        refuse("client", "update", "signs", "--jwks-uri", URI, *more, words=["one place"])
    for method in ("client_secret_basic", "client_secret_post", "client_secret_jwt"):
        refuse("client", "add", "bad", "--jwks-uri", URI, "--auth-method", method)
    refuse("client", "add", "bad", "--jwks-uri", URI, "--auth-method", "tls_client_auth",
           "--subject-dn", "CN=a", "--ca-certificate", pki.root.certificate)  # fmt: skip
    refuse("client", "add", "bad", "--auth-method", "private_key_jwt", words=["--jwks-uri"])


def test_certificates_that_are_fetched_are_not_registered_by_hand(refuse, books, pki):
    own = pki.self_signed("pinned")
    for client in ("signs", "presents"):
        certificate = ["client", "certificate"]
        refuse(*certificate, "add", client, own.certificate, words=["jwks_uri", URI])
        refuse(*certificate, "remove", client, own.thumbprint, words=["jwks_uri", URI])
        refuse("client", "update", client, "--remove-certificate", own.thumbprint, words=[URI])
    # The twin: a client that has its own.
    again = pki.self_signed("pinned-again")
    books.handfast("client", "certificate", "add", "pinned", again.certificate)
    books.handfast("client", "certificate", "remove", "pinned", again.thumbprint)


def test_one_source_takes_the_place_of_another(books, pki, keys):
    own = pki.self_signed("changing")
    books.add_client("changing", "--certificate", own.certificate)

    def update(*options):
        return books.handfast("client", "update", "changing", *options).stdout

    # From a certificate to a URI: nothing of the old is left.
    assert "none until" in update("--jwks-uri", URI)
    assert shown(books, "changing")["jwks_uri"] == URI and "jwks" not in shown(books, "changing")
    set_of_one = {"keys": [{"kty": "EC"}]}
    fetched(books, "changing", set_of_one)
    assert shown(books, "changing")["fetched_jwks"] == set_of_one
    assert "see --json" in books.handfast("client", "show", "changing").stdout
    # The same again changes nothing.
    assert "none until" not in update("--jwks-uri", URI, "--scope", "read")
    assert shown(books, "changing")["fetched_jwks"] == set_of_one
    # Another URI, or another method, begins anew.
    assert "none until" in update("--jwks-uri", URI + "?2")
    assert "fetched_jwks" not in shown(books, "changing")
    fetched(books, "changing", set_of_one)
    assert "none until" in update("--auth-method", "private_key_jwt")
    assert shown(books, "changing")["jwks_uri"] == URI + "?2"
    assert "fetched_jwks" not in shown(books, "changing")
    # Keys of its own, a URI again, a certificate, and a secret in the end.
    fetched(books, "changing", set_of_one)
    update("--jwks", keys)
    now = shown(books, "changing")
    assert now["jwks"]["keys"][0]["kid"] == "k" and not {"jwks_uri", "fetched_jwks"} & set(now)
    update("--jwks-uri", URI)
    assert "jwks" not in shown(books, "changing")
    update(*SELF_SIGNED, "--certificate", own.certificate)
    now = shown(books, "changing")
    assert "jwks_uri" not in now and now["jwks"]["keys"][0]["x5t#S256"] == own.thumbprint
    update("--jwks-uri", URI)
    update("--auth-method", "client_secret_basic")
    assert not {"jwks", "jwks_uri", "fetched_jwks"} & set(shown(books, "changing"))


def test_verify_tells_where_certificates_come_from(books, pki):
    own = pki.self_signed("pinned").certificate
    done = books.handfast(
        "verify", "--client", "presents", "--certificate", own, "--json", check=False
    )
    report = json.loads(done.stdout)
    assert done.returncode == 1 and report["decided_by"] == "registered"
    assert URI in report["remedy"] and "certificate add" not in report["remedy"]


def test_a_running_server_is_not_upset_by_clients_without_keys(server, pki):
    own = pki.self_signed("calm")
    calm = server.add_client("calm", "--certificate", own.certificate)
    body = {**CC, "client_id": calm["client_id"]}
    expect.eventually(lambda: server.token(body, own).status == 200)
    waiting = server.add_client("waiting", "--jwks-uri", URI, *SELF_SIGNED)
    server.add_client("waiting-too", "--jwks-uri", URI)
    expect.eventually(lambda: server.token(body, own).status == 200)
    expect.error(server.token({**CC, "client_id": waiting["client_id"]}, own), "invalid_client")
    server.handfast("client", "update", "waiting", "--certificate", own.certificate)
    answer = {**CC, "client_id": waiting["client_id"]}
    expect.eventually(lambda: server.token(answer, own).status == 200)
    server.handfast("client", "update", "waiting", "--jwks-uri", URI)
    expect.eventually(lambda: server.token(answer, own).status == 401)
    expect.token(server.token(body, own))


# handfast client certificate list


def utc(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def listing(books, name):
    """The rows of the table by thumbprint, and the same for programs."""
    text = books.handfast("client", "certificate", "list", name).stdout.splitlines()
    keys = json.loads(books.handfast("client", "certificate", "list", name, "--json").stdout)
    assert text[0].split("  ")[0] == "THUMBPRINT" and len(text) == len(keys["keys"]) + 1
    return {row.split()[0]: row for row in text[1:]}, {k["x5t#S256"]: k for k in keys["keys"]}


def test_when_certificates_end_and_when_they_were_used(books, pki):
    used, unused = pki.self_signed("list-used"), pki.self_signed("list-unused")
    over = pki.short_lived("list-over", 2)
    books.add_client(
        "listed", "--certificate", used.certificate, "--certificate", unused.certificate,
        "--certificate", over.certificate,
    )  # fmt: skip
    now = int(time.time())
    seen(books, "listed", used.thumbprint, now - 86_400, now)
    expect.eventually(lambda: listing(books, "listed")[1][over.thumbprint]["expired"], within=3)
    rows, keys = listing(books, "listed")
    assert set(rows) == set(keys) == {used.thumbprint, unused.thumbprint, over.thumbprint}
    one = keys[used.thumbprint]
    assert (one["first_seen"], one["last_seen"]) == (utc(now - 86_400), utc(now))
    assert one["days_left"] in (3648, 3649) and one["expired"] is False
    for word in (one["not_before"], one["not_after"], utc(now), f" {one['days_left']} "):
        assert word in rows[used.thumbprint]
    assert "never" not in rows[used.thumbprint]
    assert hashlib.sha256(base64.b64decode(one["x5c"][0])).digest() == base64.urlsafe_b64decode(
        used.thumbprint + "="
    )
    other = keys[unused.thumbprint]
    assert other["first_seen"] is None and other["last_seen"] is None
    assert rows[unused.thumbprint].count("never") == 2
    assert keys[over.thumbprint]["expired"] is True and keys[over.thumbprint]["days_left"] == 0
    assert "expired" in rows[over.thumbprint]
    # A certificate that is removed and added again begins anew.
    books.handfast("client", "certificate", "remove", "listed", used.thumbprint)
    books.handfast("client", "certificate", "add", "listed", used.certificate)
    assert listing(books, "listed")[1][used.thumbprint]["last_seen"] is None
    # RFC 7591: the registration itself does not tell of certificate usage.
    assert "last_seen" not in json.dumps(shown(books, "listed"))


def test_a_thumbprint_may_begin_with_a_hyphen(books, pki):
    """One in 64 does; made by hand here, for the store only compares."""
    certificate = pki.self_signed("hyphen")
    for beginning in ("-", "--", "-h"):
        # Its own may begin so; then this is still another one.
        thumbprint = beginning + "AAAA" + certificate.thumbprint[len(beginning) + 4 :]
        name = f"hyphen{beginning}"
        books.add_client(name, "--certificate", certificate.certificate)
        digest = base64.urlsafe_b64decode(thumbprint + "=")
        columns = "thumbprint, der, subject, not_before, not_after"
        write(
            books,
            f"INSERT INTO certificate ({columns}) SELECT ?, der, subject, not_before, not_after "
            "FROM certificate WHERE thumbprint = ?",
            digest, base64.urlsafe_b64decode(certificate.thumbprint + "="),
        )  # fmt: skip
        write(
            books,
            "INSERT INTO client_certificate SELECT id, ?, 0, 9999999999, 0 FROM client "
            "WHERE name = ?",
            digest, name,
        )  # fmt: skip
        before = shown(books, name)["jwks"]["keys"]
        other = "-" + "A" * 42
        done = books.handfast("client", "certificate", "remove", name, other, check=False)
        assert done.returncode == 1 and other in done.stderr
        done = books.handfast("client", "certificate", "remove", name, thumbprint)
        assert done.stdout == f"removed: {thumbprint}\n"
        assert len(before) == 2 and len(shown(books, name)["jwks"]["keys"]) == 1
        # As it had to be written before, it still can be.
        before = ["client", "certificate", "remove", name, "--data", books.data, "--", thumbprint]
        done = handfast(*before, check=False)
        assert done.returncode == 1 and thumbprint in done.stderr
        unknown = ["client", "certificate", "remove", name, "--no-such-option"]
        assert books.handfast(*unknown, check=False).returncode == 64
