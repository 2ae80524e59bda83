# SPDX-License-Identifier: Apache-2.0
"""The original instructions, step by step, with real openssl and real curl."""

import json
import os
import re
import subprocess

import pytest

import expect
from database import contents
from server import BINARY, Server, environment

pytestmark = pytest.mark.smoke


class Walk:
    """The state after a person has followed the instructions."""

    def __init__(self, folder, server):
        self.folder = folder
        self.server = server
        self.client_id = self.client_secret = None

    def shell(self, script):
        """Runs a line in the person's folder, with `handfast` on the path."""
        commands = self.folder / "commands"
        if not commands.exists():
            commands.mkdir()
            (commands / "handfast").symlink_to(BINARY)
        path = f"{commands}:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=environment(PATH=path, DIR=str(self.server.data)),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def curl(self, body, credential="--cert client-certificate.pem --key key.pem"):
        """The instructions' curl line; returns status, headers and JSON."""
        done = self.shell(
            f'curl -k -d "{body}" -H "Content-Type: application/x-www-form-urlencoded" '
            f"https://localhost:{self.server.port}/oauth2/token -i {credential}"
        )
        assert done.returncode == 0, done.stderr
        head, _, text = done.stdout.partition("\n\n")
        status = int(re.match(r"HTTP/1\.1 (\d+)", head)[1])
        return status, head.lower(), json.loads(text)

    def password_body(self, password="admin", user="admin"):
        return f"grant_type=password&username={user}&password={password}&client_id={self.client_id}"


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    with Server(folder / "data") as server:
        walk = Walk(folder, server)
        made = walk.shell(
            "openssl req -newkey rsa:2048 -x509 -keyout key.pem -out client-certificate.pem "
            "-days 3650 -nodes -subj '/C=LK/O=WSO2/CN=playground2'"
        )
        assert made.returncode == 0, made.stderr
        added = walk.shell(
            "handfast client add playground2 --data $DIR --certificate client-certificate.pem "
            "--redirect-uri http://localhost:8080/playground2/oauth2client"
        )
        assert added.returncode == 0, added.stderr
        walk.client_id = re.search(r"client_id\W+(\S+)", added.stdout)[1]
        walk.client_secret = re.search(r"client_secret\W+(\S+)", added.stdout)[1]
        user = walk.shell("echo admin | handfast user add admin --password-stdin --data $DIR")
        assert user.returncode == 0, user.stderr
        # Both are known within a second, with no restart.
        expect.eventually(lambda: walk.curl(walk.password_body())[0] == 200)
        yield walk
        assert server.stop() == 0


def test_the_password_grant_answers_with_a_token(walk):
    status, head, members = walk.curl(walk.password_body())
    assert status == 200 and members["access_token"]
    assert "cache-control: no-store" in head and "content-type: application/json" in head
    claims = expect.verified(members["access_token"], walk.server.address)
    assert claims["client_id"] == walk.client_id
    assert claims["sub"] != walk.client_id


def test_the_client_credentials_grant_answers_with_a_token(walk):
    status, _, members = walk.curl(f"grant_type=client_credentials&client_id={walk.client_id}")
    assert status == 200
    claims = expect.verified(members["access_token"], walk.server.address)
    assert claims["sub"] == claims["client_id"] == walk.client_id


@pytest.mark.parametrize("grant", ["password&username=admin&password=admin", "client_credentials"])
def test_without_a_certificate_there_is_no_token(walk, grant):
    status, _, members = walk.curl(f"grant_type={grant}&client_id={walk.client_id}", "")
    assert (status, members["error"]) == (401, "invalid_client")


def test_another_certificate_with_the_same_subject_gets_no_token(walk):
    walk.shell(
        "openssl req -newkey rsa:2048 -x509 -keyout key2.pem -out other.pem "
        "-days 3650 -nodes -subj '/C=LK/O=WSO2/CN=playground2'"
    )
    status, _, members = walk.curl(walk.password_body(), "--cert other.pem --key key2.pem")
    assert (status, members["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("user, password", [("admin", "wrong"), ("nobody", "admin")])
def test_a_wrong_password_or_user_gets_invalid_grant(walk, user, password):
    status, _, members = walk.curl(walk.password_body(password, user))
    assert (status, members["error"]) == (400, "invalid_grant")


def test_the_secret_is_nowhere_in_the_data_directory_or_the_log(walk):
    assert len(walk.client_secret) >= 20
    secret = walk.client_secret.encode()
    for file in walk.server.data.rglob("*"):
        if file.is_file():
            assert secret not in file.read_bytes(), file
    assert walk.client_secret not in walk.server.log
    # The search works: what must be there is found by it.
    found = [
        f for f in walk.server.data.rglob("*") if f.is_file() and b"playground2" in f.read_bytes()
    ]
    assert found


def test_the_secret_is_never_shown_again(walk):
    shown = walk.server.handfast("client", "show", "playground2").stdout
    listed = walk.server.handfast("client", "list").stdout
    assert walk.client_id in shown and walk.client_id in listed
    assert walk.client_secret not in shown + listed


def test_the_secret_authenticates_nobody_when_the_method_is_a_certificate(walk):
    pair = (walk.client_id, walk.client_secret)
    expect.error(walk.server.token(grant_type="client_credentials", basic=pair), "invalid_client")
    body = {"grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]}
    expect.error(walk.server.token(body), "invalid_client")


def test_the_password_is_stored_as_an_argon2id_string(walk):
    assert "$argon2id$" in contents(walk.server.data)


def test_nobody_else_can_read_the_data_directory(walk):
    assert walk.server.data.stat().st_mode & 0o077 == 0
    for file in walk.server.data.rglob("*"):
        # The server's certificate is public: every handshake shows it.
        if file.is_file() and file.name != "server.pem":
            assert file.stat().st_mode & 0o077 == 0, file


def test_json_output_is_a_client_information_response(walk):
    information = walk.server.add_client(
        "json", "--certificate", walk.folder / "client-certificate.pem",
        "--redirect-uri", "https://client.example/cb", "--scope", "read",
    )  # fmt: skip
    assert information["client_name"] == "json"
    assert information["redirect_uris"] == ["https://client.example/cb"]
    assert information["token_endpoint_auth_method"] == "self_signed_tls_client_auth"
    assert sorted(information["grant_types"]) == ["client_credentials", "password"]
    assert information["scope"] == "read"
    assert information["client_secret_expires_at"] == 0
    assert information["client_id"] != walk.client_id


def test_a_client_without_the_password_grant_is_refused_it(walk):
    credential = walk.folder / "client-certificate.pem"
    narrow = walk.server.add_client(
        "narrow", "--certificate", credential, "--grant-types", "client_credentials"
    )
    assert narrow["grant_types"] == ["client_credentials"]
    body = f"client_id={narrow['client_id']}&grant_type="
    expect.eventually(lambda: walk.curl(body + "client_credentials")[0] == 200)
    status, _, members = walk.curl(body + "password&username=admin&password=admin")
    assert (status, members["error"]) == (400, "unauthorized_client")


def test_a_chosen_client_id_is_kept_and_a_taken_one_refused(walk):
    certificate = walk.folder / "client-certificate.pem"
    options = ["--certificate", certificate, "--client-id", "chosen-id"]
    assert walk.server.add_client("chosen", *options)["client_id"] == "chosen-id"
    again = walk.server.handfast("client", "add", "chosen-too", *options, check=False)
    assert again.returncode != 0 and "chosen-id" in again.stderr
    assert "chosen-too" not in walk.server.handfast("client", "list").stdout


def test_a_client_added_before_the_first_start_works(tmp_path, pki):
    credential = pki.self_signed("playground2")
    server = Server(tmp_path / "early")
    early = server.add_client("early", "--certificate", credential.certificate)
    with server:
        body = {"grant_type": "client_credentials", "client_id": early["client_id"]}
        expect.token(server.token(body, credential))
        expect.error(server.token(body), "invalid_client")
