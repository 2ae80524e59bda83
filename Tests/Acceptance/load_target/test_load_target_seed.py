# SPDX-License-Identifier: Apache-2.0
"""`handfast load-target seed`: what is made, that it works, and what is refused."""

import json
import os
import pty
import re
import ssl
import subprocess

import pytest

import expect
from clock import Clock
from oauth import CC
from pki import Credential
from seeds import Seeded, client_id, credential
from server import BINARY, environment, handfast


@pytest.fixture(scope="module")
def target(seeded):
    with seeded.server() as running:
        yield running
        assert running.stop() == 0, running.log


def seed(data, *options, check=False, **more):
    return handfast(
        "load-target", "seed", "--data", data, "--clients", 3, "--seed", 7, *options,
        check=check, **more,
    )  # fmt: skip


def test_what_was_made_is_said_and_stands_in_the_manifest(seeded):
    first, last = seeded.said.stdout.splitlines()
    assert first == "RSA keys: 17, for 17 clients" and seeded.said.stderr == ""
    made = rf"seeded: {seeded.data}: 50 clients, 3 users, seed 7, mix, mix, \d+\.\d s"
    assert re.fullmatch(made, last)
    assert json.loads((seeded.data / "load-target.json").read_text()) == {
        "version": 1, "seed": "7", "clients": 50, "users": 3, "key": "mix", "method": "mix",
        "not_before": "2026-01-01",
    }  # fmt: skip
    assert seeded.data.stat().st_mode & 0o777 == 0o700
    for file in seeded.data.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file
    assert not (seeded.data / "load-target.unfinished").exists()


@pytest.mark.smoke
@pytest.mark.parametrize("number", range(1, 7))
def test_each_kind_of_client_gets_a_token_bound_to_its_certificate(target, folder, number):
    """Numbers 1 to 6: three kinds of keys, by thumbprint and by subject in turn."""
    own = credential(folder, number)
    members = expect.token(target.token({**CC, "client_id": client_id(number)}, own))
    claims = expect.verified(members["access_token"], target.address)
    assert claims["client_id"] == client_id(number)
    assert claims["cnf"]["x5t#S256"] == own.thumbprint
    assert members["scope"] == "read write"


def test_thumbprints_can_be_known_beforehand(folder):
    assert credential(folder, 1).thumbprint == "SOK_qP8b7zifK7hQ9HwbvimcWTJUaNm_oMDrprT8THA"
    assert credential(folder, 2).thumbprint == "NFpYQIebhqsFL_JaPjA4TAPNYfoeDKSwDiWc7bMgjiY"
    assert credential(folder, 3).thumbprint == "LwXZU5HdFiwUeNRm0GkA4mJMk37H5_wiPNOGPKZDtNg"


def test_a_client_under_the_ca_may_send_its_certificate_alone(target, folder, tmp_path):
    own = credential(folder, 2)
    end = "-----END CERTIFICATE-----\n"
    alone = tmp_path / "alone.pem"
    alone.write_text(own.certificate.read_text().split(end)[0] + end)
    response = target.token({**CC, "client_id": client_id(2)}, Credential(alone, own.key))
    expect.token(response)


@pytest.mark.parametrize("number", [1, 2])
def test_another_clients_certificate_gets_no_token(target, folder, number):
    response = target.token({**CC, "client_id": client_id(number)}, credential(folder, number + 2))
    expect.error(response, "invalid_client")


@pytest.mark.parametrize("number", [1, 2])
def test_a_certificate_of_another_seed_gets_no_token(target, tmp_path, number):
    other = Seeded(tmp_path, seed=8, clients=2, options=("--method", "mix"))
    files = other.export("pem-folder", tmp_path / "other")
    response = target.token({**CC, "client_id": client_id(number)}, credential(files, number))
    expect.error(response, "invalid_client")


def test_a_user_has_its_name_as_password(target, folder):
    body = {"grant_type": "password", "client_id": client_id(1), "username": "user-000003"}
    own = credential(folder, 1)
    expect.token(target.token({**body, "password": "user-000003"}, own))
    expect.error(target.token({**body, "password": "user-000002"}, own), "invalid_grant")
    expect.error(
        target.token({**body, "username": "user-000004", "password": "user-000004"}, own),
        "invalid_grant",
    )


def test_the_exported_cas_verify_the_server(target, folder):
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    with target.connect(context=context) as connection:
        assert connection.version == "1.3"


def test_a_server_of_another_seed_is_not_verified(target, tmp_path):
    other = Seeded(tmp_path, seed=8, clients=1).export("pem-folder", tmp_path / "other")
    context = ssl.create_default_context(cafile=other / "ca.pem")
    with pytest.raises(Exception, match="handshake"):
        target.connect(context=context)


def test_keys_of_tokens_follow_from_the_seed_on_another_day_too(seeded, tmp_path):
    def kids(one):
        listed = json.loads(handfast("key", "list", "--data", one.data, "--json").stdout)
        return sorted(key["kid"] for key in listed)

    clock = Clock(tmp_path)
    clock.move(100 * 86_400)
    later = Seeded(tmp_path / "later", clients=1, env=clock.environment)
    other = Seeded(tmp_path / "other", seed=8, clients=1)
    assert kids(later) == kids(seeded)
    assert not set(kids(other)) & set(kids(seeded))


def test_validity_begins_on_the_day_that_is_given(tmp_path):
    target = Seeded(tmp_path, clients=1, options=("--not-before", "2025-06-30"))
    shown = handfast("client", "show", client_id(1), "--data", target.data).stdout
    assert "2025-06-30T00:00:00Z to 2035-06-29T23:59:59Z" in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--clients", "0"], "from 1 to 1,000,000"),
        (["--clients", "1000001"], "from 1 to 1,000,000"),
        (["--clients", "many"], "'many' is invalid"),
        (["--seed", "18446744073709551616"], "18446744073709551616' is invalid"),
        (["--seed=-1"], "'-1' is invalid"),
        (["--users", "10001"], "from 0 to 10,000"),
        (["--key", "dsa"], "'dsa' is invalid"),
        (["--method", "none"], "'none' is invalid"),
        (["--not-before", "tomorrow"], "YYYY-MM-DD"),
        (["--not-before", "2010-01-01"], "which is over"),
    ],
)
def test_bad_options_are_refused_and_nothing_is_made(tmp_path, options, words):
    done = seed(tmp_path / "data", *options)
    assert done.returncode == 64 and words in done.stderr, done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("missing", ["--data", "--clients", "--seed"])
def test_what_has_no_default_must_be_given(tmp_path, missing):
    given = {"--data": tmp_path / "data", "--clients": 1, "--seed": 7}
    del given[missing]
    done = handfast(
        "load-target", "seed", *[word for pair in given.items() for word in pair], check=False
    )
    assert done.returncode == 64 and missing in done.stderr


def test_a_directory_with_anything_in_it_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    done = seed(tmp_path)
    assert done.returncode == 1 and "has files already" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_a_servers_directory_is_refused(server, tmp_path):
    done = seed(server.data)
    assert done.returncode == 1 and "has files already" in done.stderr


def test_a_directory_is_seeded_once(tmp_path):
    (tmp_path / "data").mkdir()
    seed(tmp_path / "data", check=True)
    done = seed(tmp_path / "data")
    assert done.returncode == 1 and "has files already" in done.stderr


def test_a_seeding_that_was_interrupted_is_no_load_target(tmp_path):
    data = tmp_path / "data"
    command = ["load-target", "seed", "--data", data, "--clients", "1000000", "--seed", "7"]
    process = subprocess.Popen(
        [BINARY, *command], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        expect.eventually(lambda: (data / "load-target.unfinished").exists())
    finally:
        process.kill()
        process.communicate()
    for done in (
        seed(data),
        handfast(
            "load-target", "export", "--data", data, "--format", "csv", "--out", tmp_path / "out",
            check=False,
        ),
    ):  # fmt: skip
        assert done.returncode == 1 and "has not ended, or was interrupted" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_load_target_is_not_backed_up(seeded, tmp_path):
    done = handfast("backup", tmp_path / "out.tar", "--data", seeded.data, check=False)
    assert done.returncode == 1 and "seed it again" in done.stderr
    assert not (tmp_path / "out.tar").exists()


def test_a_full_disk_is_said_and_leaves_no_load_target(small_disk):
    data = small_disk.folder / "data"
    done = seed(data, "--clients", 5000)
    assert done.returncode == 1 and "full" in done.stderr, done.stderr
    assert not (data / "load-target.json").exists()


def test_a_terminal_has_a_bar(tmp_path):
    ours, theirs = pty.openpty()
    data = tmp_path / "data"
    command = ["load-target", "seed", "--data", data, "--clients", "600", "--seed", "7"]
    process = subprocess.Popen(
        [BINARY, *command], env=environment(), stdout=subprocess.DEVNULL, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:
        pass  # the terminal's other end is closed
    os.close(ours)
    assert process.wait(60) == 0
    assert b"[" + b"#" * 30 + b"] 600 of 600 clients" in shown
    # The line is left empty.
    assert shown.endswith(b"\r\x1b[K")
