# SPDX-License-Identifier: Apache-2.0
"""README's commands and the answer that it prints; the first token, command by command."""

import base64
import json
import re
import subprocess

from pages import NOT_RUN, block, blocks
from server import ROOT, environment

README = "README.md"
FIRST = "Documentation/first-token.md"


def claims(answer):
    """The claims of the token in an answer that curl has printed with its head."""
    token = json.loads(answer.partition("\n\n")[2])["access_token"]
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def shape(answer):
    """An answer without what differs each time: its date, and the rest of the token."""
    answer = re.sub(r"Date: .*", "Date:", answer.replace("\r\n", "\n"))
    return re.sub(r'("access_token":"[\w-]{20})[^"]*', r"\1", answer).strip()


def test_the_two_commands_and_the_token(walk, tree, serving):
    readme = walk(README, tree, **serving)
    printed = readme.serve("Two commands")
    (ask,) = [one.text for one in readme.left if one.heading == "A token"]
    assert " ".join(ask.replace("\\\n", "").split()) in printed.replace(f"{tree}/", "")
    (answer,) = readme.run("A token")
    assert shape(answer) == shape(block(README, "http", "A token"))
    now, then = claims(answer), json.loads(block(README, "json", "A token"))
    assert list(now) == list(then) and now["cnf"].keys() == then["cnf"].keys()
    fixed = ("iss", "sub", "aud", "client_id", "scope")
    assert {name: now[name] for name in fixed} == {name: then[name] for name in fixed}
    assert (tree / "demo-data/data/admin.token").exists()
    # Its refusing twin: the same line without the client's certificate.
    refused = readme.shell(ask.partition("--cert")[0].rstrip("\\\n "))
    assert refused.startswith("HTTP/1.1 401 ") and '"invalid_client"' in refused


def test_the_program_is_installed(tree, tmp_path):
    """`script/install` writes to /usr/local; here it is given another prefix, as the page tells."""
    done = subprocess.run(
        ["script/install", "--prefix", tmp_path / "prefix"], cwd=tree, env=environment(),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    version = subprocess.run([tmp_path / "prefix/bin/handfast", "--version"], capture_output=True)
    assert version.returncode == 0 and version.stdout
    shared = tmp_path / "prefix/share"
    assert (shared / "man/man1/handfast-client-add.1").is_file()
    assert (shared / "bash-completion/completions/handfast").is_file()
    assert (shared / "zsh/site-functions/_handfast").is_file()
    assert (shared / "fish/vendor_completions.d/handfast.fish").is_file()


def test_the_first_token_step_by_step(walk, serving):
    first = walk(FIRST, **serving)
    made, added = first.run("Register a client")
    assert "client_id: playground2\n" in added and "client_secret: " in added
    first.serve("Start the server")
    signed, own = first.run("Ask for a token")
    assert signed.startswith("HTTP/1.1 200 OK") and claims(signed)["sub"] == "user:admin"
    assert json.loads(own)["token_type"] == "Bearer"
    (thumbprint,) = first.run("Compare at the resource server")
    assert thumbprint.strip() == claims(signed)["cnf"]["x5t#S256"]
    # Its refusing twin: another certificate of the same subject.
    first.shell("openssl req -newkey rsa:2048 -x509 -keyout k -out c -nodes -subj /CN=playground2")
    body = "grant_type=client_credentials&client_id=playground2"
    other = f"curl -k -d '{body}' --cert c --key k https://localhost:9443/oauth2/token"
    assert json.loads(first.shell(other))["error"] == "invalid_client"


def test_what_no_test_runs_stands_on_its_page():
    for page, command in NOT_RUN:
        assert [one.text.strip() for one in blocks(page, "sh")].count(command) == 1, command


def test_the_benchmarks_can_be_run_by_their_name(walk):
    assert walk("Documentation/performance.md").left == []
    done = subprocess.run(
        ["swift", "package", "dump-package"], cwd=ROOT, capture_output=True, text=True
    )
    targets = json.loads(done.stdout)["targets"]
    assert "Benchmarks" in {one["name"] for one in targets if one["type"] == "executable"}
