# SPDX-License-Identifier: Apache-2.0
"""Texts of commands: errors and remedies, shown secrets, and warnings about lost access."""

import json
import os
import pty
import re
import resource
import shutil
import sqlite3
import subprocess

import pytest

from owners import let_by
from server import BINARY, ROOT, environment, handfast

DATA_COMMANDS = [
    ["client", "list"], ["client", "show", "x"], ["client", "update", "x", "--scope", "a"],
    ["client", "disable", "x"], ["client", "enable", "x"], ["client", "remove", "x"],
    ["client", "certificate", "list", "x"], ["trust-set", "list"], ["trust-set", "show", "x"],
    ["trust-set", "remove", "x"], ["user", "list"], ["user", "remove", "x"],
    ["user", "disable", "x"], ["user", "enable", "x"], ["token", "revoke", "--client", "x"],
    ["token", "revoke", "--user", "x"], ["key", "list"], ["key", "rotate"], ["backup", "b.tar"],
]  # fmt: skip


def other_user(data):
    """Runs commands as a user who may not enter `data`, from a copy that this user can reach."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    os.chmod(data, 0o700)

    def run(*arguments):
        return subprocess.run(
            [BINARY, *arguments, "--data", data], user=65534, group=65534, extra_groups=[],
            capture_output=True, text=True, env=environment(),
        )  # fmt: skip

    try:
        reachable = run("--version").returncode == 0
    except PermissionError:
        reachable = False
    if not reachable:
        pytest.skip("the program is where another user cannot reach it")
    return run


@pytest.fixture
def books(tmp_path, pki):
    """A data directory with one client."""
    data = tmp_path / "data"
    own = pki.self_signed("texts").certificate
    handfast("client", "add", "x", "--data", data, "--certificate", own)
    return data


def test_the_version_names_commit_compiler_and_library():
    line = handfast("--version").stdout
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True)
    named = r"commit [0-9a-f]{12}(-dirty)?, " if commit.returncode == 0 else ""
    pattern = rf"handfast \d+\.\d+\.\d+ \({named}Swift \d+(\.\d+)+, OpenSSL 3\.[^()]+\)\n"
    assert re.fullmatch(pattern, line), line


def test_no_permission_is_not_no_database(books, tmp_path_factory):
    folder = tmp_path_factory.mktemp("closed")
    let_by(folder)
    data = folder / "data"
    shutil.copytree(books, data)
    run = other_user(data)
    for command in (["client", "list"], ["user", "list"], ["key", "list"]):
        done = run(*command)
        assert done.returncode == 1 and "Permission denied" in done.stderr, done
        assert "no Handfast database" not in done.stderr and "user" in done.stderr
    done = run("client", "add", "y")
    assert done.returncode == 1 and "permission denied" in done.stderr.lower()
    # The twin: where there is nothing, that is what is said.
    absent = handfast("client", "list", "--data", folder / "absent", check=False)
    assert absent.returncode == 1 and "no Handfast database" in absent.stderr


@pytest.mark.parametrize("command", DATA_COMMANDS, ids=" ".join)
def test_every_command_finds_the_same_directory(books, tmp_path, command):
    """By flag, by variable, by file, in this order; and without all of them where serve has it."""
    config = tmp_path / "handfast.yaml"
    config.write_text(f"data: {books.name}\nunknown: 1\nreactors: many\n")
    wrong = tmp_path / "wrong"

    def reason(*options, **env):
        # A name that is not there: the command gets as far as the database, and changes nothing.
        line = ["no-such-client" if word == "x" else word for word in command]
        done = handfast(*line, *options, check=False, cwd=tmp_path, env=env)
        (tmp_path / "b.tar").unlink(missing_ok=True)
        assert done.returncode in (0, 1), done
        return done.stderr

    absent = "There is no Handfast database in "
    for found in (
        reason("--data", books), reason(HANDFAST_DATA=str(books)), reason("--config", config),
        reason("--data", books, "--config", config, HANDFAST_DATA=str(wrong)),
    ):  # fmt: skip
        assert absent not in found
    assert absent + str(wrong) in reason("--data", wrong, "--config", config)
    assert absent + str(wrong) in reason("--config", config, HANDFAST_DATA=str(wrong))
    if not os.path.exists("/var/lib/handfast"):
        assert absent + "/var/lib/handfast" in reason()


def test_a_configuration_that_is_not_there_is_said(tmp_path):
    for wrong, word in [("absent.yaml", "absent.yaml"), ("notes.txt", "notes.txt")]:
        (tmp_path / "notes.txt").write_text("x")
        done = handfast("client", "list", "--config", tmp_path / wrong, check=False)
        assert done.returncode == 64 and word in done.stderr and "--data" in done.stderr


@pytest.mark.parametrize("command", [["client", "list"], ["serve"], ["certificate", "inspect"]])
def test_too_little_address_space_names_the_limit(books, pki, command):
    arguments = [*command, "--data", books]
    if command[0] == "certificate":
        arguments = [*command, pki.self_signed("texts").certificate]

    def run(mebibytes):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))

        return subprocess.run(
            [BINARY, *arguments], preexec_fn=limit, capture_output=True, text=True, timeout=20,
            env=environment(HANDFAST_ISSUER="http://not-https.example"),
        )  # fmt: skip

    told = 0
    for mebibytes in (100, 120, 140, 160, 200):
        done = run(mebibytes)
        if "address space" in done.stderr:
            assert done.returncode == 1 and f"limited to {mebibytes} MiB" in done.stderr
            assert "LimitAS" in done.stderr and "ulimit -v" in done.stderr
            told += 1
    assert told
    # With enough of it they come to their own matters, the server to its bad issuer.
    done = run(1024)
    assert "address space" not in done.stderr
    assert done.returncode == (1 if command == ["serve"] else 0)


# Secrets.


def registered(data, pki, method):
    own = pki.self_signed("texts").certificate
    root = pki.root.certificate
    options = {
        "self_signed_tls_client_auth": ["--certificate", own],
        "tls_client_auth": ["--ca-certificate", root, "--subject-dn", "CN=x"],
        "private_key_jwt": ["--jwks-uri", "https://client.example/jwks"],
        "none": ["--auth-method", "none"],
    }.get(method, ["--auth-method", method])
    return ["client", "add", method, "--data", data, *options]


@pytest.mark.parametrize(
    "method", ["client_secret_basic", "client_secret_post", "client_secret_jwt"]
)
def test_a_secret_that_authenticates_is_printed_without_more_words(tmp_path, pki, method):
    done = handfast(*registered(tmp_path / "data", pki, method))
    assert done.stdout.count("client_secret: ") == 1
    assert "does not authenticate" not in done.stdout


def test_the_secret_of_a_certificate_client_comes_with_its_truth(tmp_path, pki):
    line = registered(tmp_path / "data", pki, "self_signed_tls_client_auth")
    shown = handfast(*line).stdout
    assert "client_secret: " in shown and "does not authenticate this client" in shown
    shown = handfast(*line[:2], "json", *line[3:], "--json").stdout
    assert json.loads(shown)["client_secret"]


@pytest.mark.parametrize("method", ["tls_client_auth", "private_key_jwt", "none"])
def test_a_method_without_secret_gets_none(tmp_path, pki, method):
    data = tmp_path / "data"
    line = registered(data, pki, method)
    shown = handfast(*line).stdout
    assert "client_id: " in shown and "secret" not in shown
    assert "client_secret" not in json.loads(handfast(*line[:2], "js", *line[3:], "--json").stdout)
    with sqlite3.connect(f"file:{data}/handfast.db?mode=ro", uri=True) as database:
        rows = database.execute("SELECT secret_hash, shared_secret FROM client").fetchall()
    assert rows == [(None, None), (None, None)]
    done = handfast("client", "update", method, "--new-secret", "--data", data, check=False)
    assert done.returncode == 64 and "has no secret" in done.stderr


def test_only_a_shared_secret_is_stored_in_the_clear(tmp_path, pki):
    data = tmp_path / "data"
    for method in ("client_secret_basic", "client_secret_jwt", "self_signed_tls_client_auth"):
        done = handfast(*registered(data, pki, method), "--json")
        secret = json.loads(done.stdout)["client_secret"].encode()
        stored = b"".join(file.read_bytes() for file in data.iterdir())
        assert (secret in stored) == (method == "client_secret_jwt"), method
    help_text = " ".join(handfast("client", "add", "--help").stdout.split())
    assert "stands in the database in the clear" in help_text


def test_a_client_that_had_no_secret_needs_a_new_one(tmp_path, pki):
    data = tmp_path / "data"
    handfast(*registered(data, pki, "private_key_jwt"))

    def update(*options, check=True):
        return handfast(
            "client", "update", "private_key_jwt", *options, "--data", data, check=check
        )

    done = update("--auth-method", "client_secret_post", check=False)
    assert done.returncode == 64 and "--new-secret" in done.stderr
    shown = update("--auth-method", "client_secret_post", "--new-secret").stdout
    assert "client_secret: " in shown


# Removing.


def at_a_terminal(*arguments, answer):
    """Runs a command at a terminal, and types `answer`."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer.encode())
        return subprocess.run(
            [BINARY, *map(str, arguments)], stdin=theirs, capture_output=True, text=True,
            timeout=30, env=environment(),
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)


def listed(data):
    clients = json.loads(handfast("client", "list", "--data", data, "--json").stdout)
    return [client["client_name"] for client in clients]


def test_remove_says_what_it_ends(books, pki):
    shown = handfast("client", "show", "x", "--data", books).stdout
    done = handfast("client", "remove", "x", "--data", books)
    assert done.stdout.startswith("removed: ") and done.stdout.count("\n") == 1
    assert done.stdout.split()[1] in shown
    for word in ("self_signed_tls_client_auth", pki.self_signed("texts").thumbprint, "tokens"):
        assert word in done.stderr
    assert "[y/N]" not in done.stderr and listed(books) == []


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04", "yess\n"])
def test_at_a_terminal_anything_but_yes_is_no(books, answer):
    done = at_a_terminal("client", "remove", "x", "--data", books, answer=answer)
    assert done.returncode == 1 and "[y/N]" in done.stderr and "Nothing was removed" in done.stderr
    assert done.stdout == "" and listed(books) == ["x"]


@pytest.mark.parametrize("answer, options", [("y\n", []), ("YES\n", []), ("", ["--yes"])])
def test_at_a_terminal_yes_removes(books, answer, options):
    done = at_a_terminal("client", "remove", "x", *options, "--data", books, answer=answer)
    assert done.returncode == 0 and done.stdout.startswith("removed: ")
    assert ("[y/N]" in done.stderr) == (not options)
    assert listed(books) == []
