# SPDX-License-Identifier: Apache-2.0
"""`handfast apply`: files to registrations, all or nothing, and a second time nothing."""

import json
import os
import pwd
import stat
import subprocess

import pytest

from audits import Audit
from database import contents
from expect import eventually
from server import BINARY, environment

CLIENT = """
clients:
  - client_name: web
    token_endpoint_auth_method: tls_client_auth
    trust_set: internal
    tls_client_auth_subject_dn: CN=web
    scope: read write
    labels: {team: a}
"""


def trust_set(pki):
    return f"trust_sets:\n  - name: internal\n    ca_certificate_file: {pki.root.certificate}\n"


def test_a_file_is_applied_and_a_second_time_changes_nothing(books, pki):
    text = trust_set(pki) + "users:\n  - name: ann\n" + CLIENT
    said = books.apply(text, "--dry-run", status=2)
    assert "+ client web" in said.stdout and "3 to create" in said.stdout
    assert books.names() == set()
    assert "3 created" in books.apply(text).stdout
    assert books.show("web")["scope"] == "read write"
    before = contents(books.data)
    assert "0 created, 0 changed, 0 removed, 3 unchanged" in books.apply(text).stdout
    books.apply(text, "--dry-run")
    assert contents(books.data) == before


def test_every_change_is_audited_under_the_name_of_the_system_s_user(books, pki):
    audit, author = Audit(books.data), f"command:{pwd.getpwuid(os.geteuid()).pw_name}"
    begun = len(audit.entries())
    first = trust_set(pki) + "    labels: {team: a}\nusers:\n  - name: ann\n" + CLIENT
    books.apply(first)
    books.apply(first.replace("read write", "read"))
    books.apply("users:\n  - name: ann\n    labels: {team: a}\n", "--prune", "team=a")
    rows = audit.entries()[begun:]
    assert [(row["kind"], row["action"]) for row in rows] == [
        ("trust_set", "add"), ("user", "add"), ("client", "add"), ("client", "change"),
        ("user", "change"), ("client", "remove"), ("trust_set", "remove"),
    ]  # fmt: skip
    assert {row["author"] for row in rows} == {author}
    # A refused declaration leaves no row, nor does a look at one.
    books.refuse("clients:\n  - client_name: other\n    scopes: x\n")
    books.apply(first, "--dry-run", status=2)
    assert len(audit.entries()) == begun + len(rows) and audit.verify() == begun + len(rows)


def test_a_change_is_shown_before_and_after_and_left_out_is_default(books, pki):
    books.apply(trust_set(pki) + CLIENT)
    less = CLIENT.replace("    scope: read write\n", "").replace("CN=web", "CN=other")
    said = books.apply(less)
    assert "~ client web" in said.stdout and "1 changed" in said.stdout
    assert "    scope: read write -> \"\"" in said.stdout
    assert "    tls_client_auth_subject_dn: CN=web -> CN=other" in said.stdout
    assert books.show("web")["scope"] == ""
    # A file leaves alone all that it does not name.
    assert books.handfast("trust-set", "show", "internal").stdout


def test_what_is_wrong_is_said_with_its_line_and_nothing_is_written(books, pki):
    second = "  - client_name: b\n    enabled: 1\n"
    text = trust_set(pki) + CLIENT.replace("scope:", "scopes:") + second
    done = books.refuse(text, words=["Is scope meant?", "`enabled` is true or false"])
    lines = [line for line in done.stderr.splitlines() if "clients.yaml:" in line]
    places = [line.split("clients.yaml:")[1].split(": ")[0] for line in lines]
    rows = text.splitlines()
    for place, member in zip(places, ["scopes", "enabled"]):
        line, column = map(int, place.split(":"))
        assert rows[line - 1][column - 1:].startswith(member)


@pytest.mark.parametrize(
    "text, words",
    [
        ("clients: [", "This is not YAML"),
        ("client: []", "Is clients meant?"),
        ("clients:\n  - client_id: a\n  - client_id: a\n", "stands at"),
        ("clients:\n  - scope: a\n", "client_name"),
        ("clients:\n  - client_name: a\n    certificate_file: nowhere.pem\n", "nowhere.pem"),
        ("clients:\n  - client_name: a\n    trust_set: nowhere\n    tls_client_auth_san_dns: a\n",
         "no trust set nowhere"),
        ("users:\n  - name: ann\n    password: x\n", "`handfast user password`"),
        ("users:\n  - name: keeper\n    sub: x\n", "sub"),
    ],
)  # fmt: skip
def test_a_bad_declaration_is_refused(books, text, words):
    said = books.refuse(text, words=[words]).stderr
    # In the same words.
    assert books.refuse(text, "--dry-run").stderr == said


def test_one_bad_entry_keeps_all_others_out(books):
    none = "token_endpoint_auth_method: none"
    good = "".join(f"  - client_id: c{n}\n    {none}\n" for n in range(50))
    books.refuse("clients:\n" + good + "  - client_id: bad\n    scope: a a\n", words=["scope"])
    books.apply("clients:\n" + good)
    assert len(books.listed()) == 50


def test_secrets_are_written_once_to_a_private_file_or_refused(books, tmp_path):
    text = "clients:\n  - client_name: one\n  - client_name: two\n"
    for options in ([], ["--dry-run"]):
        books.refuse(text, *options, words=["one", "two", "--secrets"])
    secrets = tmp_path / "secrets"
    secrets.write_text('{"older": "line"}\n')
    books.apply(text, "--secrets", secrets)
    lines = [json.loads(line) for line in secrets.read_text().splitlines()]
    assert lines[0] == {"older": "line"}
    assert [line["client_name"] for line in lines[1:]] == ["one", "two"]
    assert lines[1]["client_id"] == books.show("one")["client_id"]
    assert stat.S_IMODE(os.stat(secrets).st_mode) == 0o600
    # The second time none is made, and the file stays.
    before = secrets.read_bytes()
    books.apply(text, "--secrets", secrets)
    books.apply(text)
    assert secrets.read_bytes() == before
    assert contents(books.data).count("sha256:") == 2
    words = ["is not a file"]
    books.refuse("clients:\n  - client_name: three\n", "--secrets", tmp_path, words=words)
    # Nothing is lost where the store refuses, and nothing is added.
    books.refuse(
        "clients:\n  - client_id: x\n    client_name: one\n", "--secrets", secrets,
        words=["already"],
    )  # fmt: skip
    assert secrets.read_bytes() == before


def test_secrets_of_several_at_once_are_all_kept(books, tmp_path):
    secrets, count = tmp_path / "secrets", 12
    files = [
        books.declare(f"clients:\n  - client_id: at-once-{number}\n", f"{number}.yaml")
        for number in range(count)
    ]
    running = [
        subprocess.Popen(
            [BINARY, "apply", "-f", file, "--secrets", secrets, "--data", books.data],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(),
        )
        for file in files
    ]  # fmt: skip
    done = [one.communicate(timeout=120)[1] for one in running]
    made = {client["client_id"] for client in books.listed()}
    kept = {json.loads(line)["client_id"] for line in secrets.read_text().splitlines()}
    # A busy database may refuse one; its line is taken back then, and no other is.
    assert kept == made, done
    assert len(made) == [one.returncode for one in running].count(0) > count // 2


def test_a_secret_works_at_the_server_and_stays_when_the_client_changes(fresh, tmp_path):
    with fresh() as server:
        file, secrets = tmp_path / "clients.json", tmp_path / "secrets"
        client = {"client_id": "c", "grant_types": ["client_credentials"], "scope": "a"}
        file.write_text(json.dumps({"clients": [client]}))
        server.handfast("apply", "-f", file, "--secrets", secrets)
        secret = json.loads(secrets.read_text())["client_secret"]
        client["scope"] = "b"
        file.write_text(json.dumps({"clients": [client]}))
        server.handfast("apply", "-f", file)
        form = {"grant_type": "client_credentials", "client_id": "c", "client_secret": secret}
        body = {**client, "token_endpoint_auth_method": "client_secret_post"}
        file.write_text(json.dumps({"clients": [body]}))
        server.handfast("apply", "-f", file)
        eventually(lambda: server.token(form).status == 200)
        form["client_secret"] += "x"
        assert server.token(form).status == 401


def test_pruning_removes_what_has_the_label_and_is_not_declared(books, pki):
    books.apply(trust_set(pki).replace("    ca_", "    labels: {team: a}\n    ca_") + CLIENT)
    none = "token_endpoint_auth_method: none"
    other = f"clients:\n  - client_name: kept\n    {none}\n"
    books.apply(other)
    # Another team's client is refused, registered or declared.
    team = f"clients:\n  - client_name: theirs\n    {none}\n    labels: {{team: b}}\n"
    books.refuse(team, "--prune", "team=a", words=["team=b"])
    books.apply(team)
    mine = team.replace("team: b", "team: a")
    books.refuse(mine, "--prune", "team=a", words=["team=b", "others keep it"])
    said = books.apply(
        f"clients:\n  - client_name: new\n    {none}\n    labels: {{team: a}}\n",
        "--prune", "team=a", "--dry-run", status=2,
    )  # fmt: skip
    assert "- client web" in said.stdout and "- trust set internal" in said.stdout
    said = books.apply(
        f"clients:\n  - client_name: new\n    {none}\n    labels: {{team: a}}\n",
        "--prune", "team=a",
    )  # fmt: skip
    assert "1 created, 0 changed, 2 removed" in said.stdout
    assert books.names() == {"kept", "theirs", "new"}
    assert books.handfast("trust-set", "list", "--json").stdout.strip() in ("[]", "[\n\n]")


def test_a_trust_set_that_is_used_elsewhere_is_not_pruned(books, pki):
    books.apply(trust_set(pki).replace("    ca_", "    labels: {team: a}\n    ca_") + CLIENT)
    books.apply(CLIENT.replace("web", "other").replace("team: a", "team: b"))
    kept = "clients: [{client_name: kept, token_endpoint_auth_method: none, labels: {team: a}}]"
    for options in ([], ["--dry-run"]):
        books.refuse(kept, "--prune", "team=a", *options, words=["internal", "other"])
    assert books.names() == {"web", "other"}


@pytest.mark.parametrize("text", ["", "clients: []"])
def test_a_file_without_an_entry_prunes_nothing(books, pki, text):
    books.apply(trust_set(pki) + CLIENT)
    books.refuse(text, "--prune", "team=a", words=["no entry"])
    assert books.names() == {"web"}


def test_several_files_and_standard_input_are_one_declaration(books, pki):
    first = books.declare(trust_set(pki), "sets.yaml")
    done = books.handfast("apply", "-f", first, "-f", "-", "--json", text_input=CLIENT)
    assert {change["id"] for change in json.loads(done.stdout)["changes"]} >= {"internal"}
    assert json.loads(done.stdout)["written"] is True
    assert books.names() == {"web"}
    refused = books.handfast("apply", "-f", "-", "-f", "-", check=False, text_input="")
    assert refused.returncode == 64


def test_an_empty_directory_gets_a_database_and_a_dry_run_makes_none(books, tmp_path):
    books = type(books)(tmp_path / "empty" / "data")
    text = "clients: [{client_name: a, token_endpoint_auth_method: none}]"
    (tmp_path / "empty").mkdir()
    said = books.apply(text, "--dry-run", status=1).stderr
    assert "There is no Handfast database" in said and "`handfast apply`" in said
    assert not books.data.exists()
    books.apply(text)
    assert books.names() == {"a"}


def test_usage_errors_have_their_status(books):
    for options in [("--prune", "team"), ()]:
        done = books.handfast("apply", *options, check=False)
        assert done.returncode == 64, done
    done = books.handfast("apply", "-f", "/nowhere.yaml", check=False)
    assert done.returncode == 1 and "/nowhere.yaml" in done.stderr


def test_certificates_come_as_text_file_or_thumbprint(books, pki, tmp_path):
    leaf = pki.self_signed("declared")
    pem = leaf.certificate.read_text()
    relative = tmp_path / "client.pem"
    relative.write_text(pem)
    books.apply("clients:\n  - client_name: file\n    certificate_file: client.pem\n")
    thumbprint = books.show("file")["jwks"]["keys"][0]["x5t#S256"]
    books.apply({"clients": [{"client_name": "text", "certificates": [pem]}]})
    books.apply({"clients": [{"client_name": "print", "certificates": [thumbprint]}]})
    keys = [books.show(name)["jwks"]["keys"][0]["x5c"] for name in ("file", "text", "print")]
    assert keys[0] == keys[1] == keys[2]
    unknown = thumbprint[:-2] + "AA"
    books.refuse(
        {"clients": [{"client_name": "no", "certificates": [unknown]}]}, words=["thumbprint"]
    )
