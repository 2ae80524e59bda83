# SPDX-License-Identifier: Apache-2.0
"""Registering public CAs, and until when a trust set accepts certificates for servers."""

import json

import pytest

from publicca import SAN, PublicCA, day
from server import Server

PAGE = "Documentation/public-ca-cliff.md"


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return PublicCA(tmp_path_factory.mktemp("cas"))


@pytest.fixture(scope="module")
def books(tmp_path_factory, ca):
    """A data directory without a running server, for `refuse`."""
    made = Server(tmp_path_factory.mktemp("books") / "data")
    made.handfast("trust-set", "add", "kept", "--ca-certificate", ca.root.certificate)
    made.add_client("some", "--ca-certificate", ca.root.certificate, *SAN)
    return made


def test_registering_a_public_ca_warns_and_a_private_one_does_not(fresh, ca):
    books = fresh()
    more = {"env": ca.env}
    public, private = ca.root.certificate, ca.private.certificate
    commands = [
        ["trust-set", "add", "NAME", "--ca-certificate", "FILE"],
        ["trust-set", "update", "NAME", "--ca-certificate", "FILE"],
        ["client", "add", "own-NAME", "--ca-certificate", "FILE", *SAN],
        ["client", "add", "set-NAME", "--trust-set", "NAME", *SAN],
        ["client", "update", "own-NAME", "--trust-set", "NAME"],
        ["client", "update", "set-NAME", "--ca-certificate", "FILE"],
    ]
    for name, file in (("public", public), ("private", private)):
        for command in commands:
            said = books.handfast(
                *[str(file) if c == "FILE" else c.replace("NAME", name) for c in command], **more
            ).stderr
            # The name that is registered is shown as well.
            said = "".join(
                line for line in said.splitlines(True) if not line.startswith("subject: ")
            )
            if name == "private":
                assert said == "", command
                continue
            assert said.startswith("warning: ") and said.count("\n") == 1, command
            for words in ("is a public CA", "its key is in", str(ca.bundle), PAGE, "cliff"):
                assert words in said, (command, said)
            is_own = command[0] == "client" and "--ca-certificate" in command
            assert ("a client's own CAs cannot" in said) == is_own
            assert ("trust-set update public --allow-server-auth-until" in said) != is_own
    said = books.handfast(
        "client", "certificate", "add", "set-private", ca.intermediate.certificate, "--ca", **more
    ).stderr
    assert "a CA in" in said and "has issued it" in said
    # Changes that are not about CAs bring no warning of them.
    assert books.handfast("client", "update", "own-public", "--scope", "a", **more).stderr == ""
    assert books.handfast("trust-set", "update", "public", "--no-crl", **more).stderr == ""


@pytest.mark.parametrize(
    "text, word",
    [
        ("tomorrow", "YYYY-MM-DD"), ("2027-02-30", "YYYY-MM-DD"), ("", "YYYY-MM-DD"),
        ("2027-6-30", "YYYY-MM-DD"), ("-1", "--allow-server-auth-until"),
        (day(-1), "over"), ("2020-01-01", "over"), (day(402), "400 days"), ("9999-12-31", "400"),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_the_last(refuse, books, ca, text, word):
    root = ("--ca-certificate", ca.root.certificate)
    until = ("--allow-server-auth-until", text)
    refuse("trust-set", "add", "bad", *root, *until, words=[word])
    refuse("trust-set", "update", "kept", *until, words=[word])


def test_only_trust_sets_can_be_told(refuse, books, ca):
    until = ("--allow-server-auth-until", day(9))
    own = ("--ca-certificate", ca.root.certificate, *SAN)
    for command in (["add", "bad", *own], ["update", "some"], ["update", "some", *own]):
        done = refuse("client", *command, *until, words=["trust-set", "--trust-set NAME"])
        assert done.returncode == 64
    assert "--allow-server-auth-until" not in books.handfast("client", "add", "--help").stdout


def test_the_day_is_shown_listed_changed_and_taken_back(fresh, ca):
    books = fresh()
    root = ("--ca-certificate", ca.root.certificate)
    for last in (day(0), day(400)):
        books.handfast("trust-set", "add", last, *root, "--allow-server-auth-until", last)
        shown = json.loads(books.handfast("trust-set", "show", last, "--json").stdout)
        assert shown["allow_server_auth_until"] == last
    books.handfast("trust-set", "add", "plain", *root)

    def said(name):
        text = books.handfast("trust-set", "show", name).stdout
        made = json.loads(books.handfast("trust-set", "show", name, "--json").stdout)
        every = json.loads(books.handfast("trust-set", "list", "--json").stdout)
        line = next(
            line for line in books.handfast("trust-set", "list").stdout.splitlines()
            if f" {name}" in line
        )  # fmt: skip
        last = made.get("allow_server_auth_until")
        assert next(s for s in every if s["name"] == name).get("allow_server_auth_until") == last
        assert bool(last) == ("for servers only" in text) == ("for servers only" in line)
        assert not last or (last in text and last in line)
        return last

    assert said("plain") is None
    update = ("trust-set", "update", "plain")
    books.handfast(*update, "--allow-server-auth-until", day(20))
    assert said("plain") == day(20)
    # Kept when another field is changed.
    books.handfast(*update, *root)
    assert said("plain") == day(20)
    books.handfast(*update, "--allow-server-auth-until", day(10))
    assert said("plain") == day(10)
    both = ("--allow-server-auth-until", day(10), "--no-allow-server-auth")
    assert books.handfast(*update, *both, check=False).returncode == 64
    books.handfast(*update, "--no-allow-server-auth")
    assert said("plain") is None


def test_leaving_the_method_gives_up_subject_and_cas(fresh, ca):
    books = fresh()
    leaf = ca.issue("leaving")
    books.handfast("trust-set", "add", "public", "--ca-certificate", ca.root.certificate)
    books.add_client("own", "--ca-certificate", ca.root.certificate, *SAN)
    books.add_client("set", "--trust-set", "public", *SAN)
    for name in ("own", "set"):
        # Other options along with it are still refused.
        for more in (SAN, ("--trust-set", "public")):
            done = books.handfast(
                "client", "update", name, "--auth-method", "self_signed_tls_client_auth",
                "--certificate", leaf.certificate, *more, check=False,
            )  # fmt: skip
            assert done.returncode == 64 and "neither subject nor CA" in done.stderr
        made = books.handfast(
            "client", "update", name, "--auth-method", "self_signed_tls_client_auth",
            "--certificate", leaf.certificate, "--json",
        )  # fmt: skip
        made = json.loads(made.stdout)
        assert not {"trust_set", "ca_certificates", "tls_client_auth_san_dns"} & set(made)
        assert made["jwks"]["keys"][0]["x5t#S256"] == leaf.thumbprint
    books.handfast("trust-set", "remove", "public")
