# SPDX-License-Identifier: Apache-2.0
"""Every change leaves its row: by each command, by the administrative listener, by the server."""

import json
import os
import pwd
import sqlite3

import pytest

from administrator import Administrator
from audits import Audit
from database import file_of
from server import handfast

AUTHOR = f"command:{pwd.getpwuid(os.geteuid()).pw_name}"


@pytest.fixture
def books(tmp_path):
    return tmp_path / "data"


def test_every_command_that_changes_something_leaves_its_row(books, pki):
    audit, own = Audit(books), pki.self_signed("audited").certificate
    other = pki.self_signed("audited-other").certificate
    ca = pki.root.certificate

    def run(*arguments, **options):
        return handfast(*arguments, "--data", books, **options)

    shown = run("client", "add", "app", "--certificate", own).stdout
    identity = next(line.split()[1] for line in shown.splitlines() if "client_id" in line)
    steps = [
        ([], "client", identity, "add"),
        (["client", "update", "app", "--scope", "a b"], "client", identity, "change"),
        (["client", "certificate", "add", "app", other], "client", identity, "change_certificates"),
        (
            ["client", "certificate", "remove", "app", pki.self_signed("audited-other").thumbprint],
            "client", identity, "change_certificates",
        ),
        (["client", "disable", "app"], "client", identity, "disable"),
        (["client", "enable", "app"], "client", identity, "enable"),
        (["token", "revoke", "--client", "app"], "client", identity, "end_tokens"),
        (["trust-set", "add", "ours", "--ca-certificate", ca], "trust_set", "ours", "add"),
        (
            ["trust-set", "update", "ours", "--allow-server-auth-until", "2027-01-31"],
            "trust_set", "ours", "change",
        ),
        (["trust-set", "remove", "ours"], "trust_set", "ours", "remove"),
        (["user", "add", "ann", "--password-stdin"], "user", "ann", "add"),
        (["user", "password", "ann", "--password-stdin"], "user", "ann", "change_password"),
        (["user", "disable", "ann"], "user", "ann", "disable"),
        (["user", "enable", "ann"], "user", "ann", "enable"),
        (["token", "revoke", "--user", "ann"], "user", "ann", "end_tokens"),
        (["user", "remove", "ann"], "user", "ann", "remove"),
        (["key", "rotate"], "key", None, "add"),
        (["admin-token", "add", "ci", "--role", "read"], "admin_token", "ci", "add"),
        (["admin-token", "remove", "ci"], "admin_token", "ci", "remove"),
        (["client", "remove", "app"], "client", identity, "remove"),
    ]  # fmt: skip
    for number, (command, kind, name, action) in enumerate(steps, 1):
        if command:
            run(*command, text_input="correct horse\n")
        entry = audit.newest()
        assert (entry["sequence"], entry["kind"], entry["action"]) == (number, kind, action)
        assert name in (None, entry["id"])
        assert entry["author"] == AUTHOR
    assert audit.verify() == len(steps)
    assert [e["action"] for e in audit.entries("--client", identity)] == [
        action for _, kind, _, action in steps if kind == "client"
    ]


def test_commands_that_change_nothing_leave_none(books, pki):
    audit = Audit(books)
    handfast("client", "add", "app", "--generate-secret", "--data", books, check=False)
    handfast(
        "client", "add", "app2", "--certificate", pki.self_signed("audited").certificate,
        "--data", books,
    )  # fmt: skip
    before = audit.head()
    for command in (
        ["client", "list"], ["client", "show", "app2"], ["key", "list"], ["audit", "list"],
        ["admin-token", "list"],
    ):  # fmt: skip
        handfast(*command, "--data", books)
    for command in (["client", "disable", "none"], ["admin-token", "remove", "none"]):
        assert handfast(*command, "--data", books, check=False).returncode == 1
    assert audit.head() == before


def test_the_listener_s_switch_is_audited_by_the_name_of_its_token(fresh, pki):
    server = fresh().start()
    own = pki.self_signed("audited")
    client = server.add_client("app", "--certificate", own.certificate)
    status, _, _ = Administrator(server).post(f"/clients/{client['client_id']}/disable")
    assert status == 204
    audit = Audit(server.data)
    entry = audit.newest()
    assert (entry["author"], entry["action"]) == ("administration:first", "disable")
    assert (entry["before"], entry["after"]) == ({"enabled": True}, {"enabled": False})
    # The first start has made keys, and nobody asked for them.
    assert {e["author"] for e in audit.entries() if e["kind"] == "key"} == {"server"}
    assert server.stop() == 0
    audit.verify()


def test_no_secret_is_anywhere_in_the_audit(books, pki):
    shown = handfast("client", "add", "app", "--auth-method", "client_secret_basic",
                     "--grant-types", "client_credentials", "--json", "--data", books)  # fmt: skip
    secret = json.loads(shown.stdout)["client_secret"]
    renewed = handfast("client", "update", "app", "--new-secret", "--json", "--data", books)
    again = json.loads(renewed.stdout)["client_secret"]
    word = "hunter2-battery-staple"
    handfast("user", "add", "ann", "--password-stdin", "--data", books, text_input=word + "\n")
    token = json.loads(
        handfast("admin-token", "add", "ci", "--role", "operate", "--json", "--data", books).stdout
    )["token"]
    file = file_of(books)
    with sqlite3.connect(file) as opened:
        rows = opened.execute("SELECT * FROM audit").fetchall()
        hashes = [
            *opened.execute("SELECT secret_hash FROM client"),
            *opened.execute("SELECT password_hash FROM user"),
        ]
        digests = opened.execute("SELECT digest FROM admin_token").fetchall()
    text = repr(rows)
    for one in [secret, again, word, token, *(row[0] for row in hashes)]:
        assert one and one not in text
    for (digest,) in digests:
        assert digest.hex() not in text and repr(digest) not in text
    # The secrets themselves are nowhere in the file, whichever table.
    content = b"".join(part.read_bytes() for part in books.glob("handfast.db*"))
    for one in (secret, again, word, token):
        assert one.encode() not in content
    changes = [e for e in Audit(books).entries() if e["action"] == "change_secret"]
    assert changes[0]["after"] == {"client_secret": "changed"}


def test_a_list_for_people_names_what_differs(books, pki):
    own = pki.self_signed("audited").certificate
    handfast("client", "add", "app", "--certificate", own, "--data", books)
    handfast("client", "update", "app", "--scope", "a", "--data", books)
    text = Audit(books).run("list", "--limit", "1").stdout
    assert "      scope: null -> \"a\"" in text.splitlines()
    assert f"{AUTHOR}  change  client" in text


def test_wrong_arguments_are_usage_errors(books, pki):
    own = pki.self_signed("audited").certificate
    handfast("client", "add", "app", "--certificate", own, "--data", books)
    audit = Audit(books)
    for arguments in (
        ["list", "--limit", "0"], ["list", "--after", "-1"], ["verify", "--head", "1:ab"],
        ["follow", "--to", "syslog:tcp:x:1"], ["follow", "--after", "-1"],
    ):  # fmt: skip
        assert audit.run(*arguments, check=False).returncode == 64, arguments
    assert handfast("audit", "list", "--data", books / "none", check=False).returncode == 1
