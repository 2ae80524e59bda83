# SPDX-License-Identifier: Apache-2.0
"""Data directories of a service's own user, in which root runs commands, and volumes of others."""

import os

import expect
import pytest
from oauth import CC
from owners import AS_OWNER, OWNER, folder, run, strangers
from server import BINARY, Server

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root alone has other users' rights")


class Service(Server):
    """A server that another user than root runs."""

    def __init__(self, place, data, **more):
        super().__init__(data, prefix=AS_OWNER, **more)
        self.place = place

    def command(self):
        return [
            str(self.place / "handfast") if part == BINARY else part for part in super().command()
        ]


def test_commands_of_root_before_the_first_start(place, pki):
    data = folder(place, "data")
    credential = pki.self_signed("rooted", "p256")
    done = run(
        place, "client", "add", "rooted", "--client-id", "rooted", "--data", data,
        "--certificate", credential.certificate,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for command in (
        ["user", "add", "ann", "--password-stdin"], ["admin-token", "add", "ops", "--role", "read"],
        ["key", "rotate"], ["audit", "renew", "--yes"], ["client", "disable", "rooted"],
        ["client", "enable", "rooted"],
    ):  # fmt: skip
        done = run(place, *command, "--data", data, input="correct horse\n")
        assert not strangers(data), (command, strangers(data), done.stderr)
    assert {path.stat().st_mode & 0o777 for path in data.iterdir()} == {0o600}
    server = Service(place, data).start()
    try:
        assert server.token({**CC, "client_id": "rooted"}, credential).status == 200
        # Beside the running service as well, and root reaches its administration.
        done = run(place, "client", "disable", "rooted", "--data", data)
        assert done.returncode == 0, done.stderr
        expect.everywhere(lambda: server.token({**CC, "client_id": "rooted"}, credential), 401)
        assert not strangers(data)
        assert server.stop() == 0, server.log
    finally:
        server.kill()


def test_files_that_root_has_left_are_named(place):
    data = folder(place, "data")
    made = run(place, "user", "add", "ann", "--password-stdin", "--data", data, input="secret\n")
    assert made.returncode == 0, made.stderr
    for name in ("open.lock", "handfast.db", "audit.key"):
        os.chown(data / name, 0, 0)
        for prefix in ((), AS_OWNER):
            done = run(place, "client", "list", "--data", data, prefix=prefix)
            assert done.returncode == 1, name
            assert f"{name} belongs to another user (0)" in done.stderr and "chown" in done.stderr
        os.chown(data / name, OWNER.pw_uid, OWNER.pw_gid)
    assert run(place, "client", "list", "--data", data).returncode == 0


def test_a_file_of_root_that_was_linked_into_the_directory_stays_roots(place):
    data = folder(place, "data")
    secret = place / "secret"
    secret.write_text("of root")
    secret.chmod(0o644)
    for name in ("open.lock", "handfast.db"):
        os.link(secret, data / name)
        command = ["user", "add", "ann", "--password-stdin", "--data", data]
        done = run(place, *command, input="secret\n")
        assert done.returncode == 1, name
        assert secret.stat().st_uid == 0 and secret.stat().st_mode & 0o777 == 0o644
        assert secret.read_text() == "of root"
        (data / name).unlink()


def test_root_serves_nothing_from_the_directory_of_another_user(place):
    data = folder(place, "data")
    done = run(place, "serve", "--data", data, "--listen", "127.0.0.1:0")
    assert done.returncode == 1
    assert f"belongs to another user ({OWNER.pw_uid})" in done.stderr and "sudo -u" in done.stderr
    assert not list(data.iterdir())


@pytest.mark.parametrize(
    "command",
    [
        ["serve", "--listen", "127.0.0.1:0"],
        ["load-target", "export", "--format", "csv", "--out", "clients.csv"],
    ],
)
def test_a_private_directory_of_another_user_is_named_with_its_owner(place, command):
    data = folder(place, "data", owner=1, group=1)
    done = run(place, *command, "--data", data, prefix=AS_OWNER)
    assert done.returncode == 1
    assert f"{data} cannot be looked into and belongs to another user (1)" in done.stderr
    assert "Permission denied" in done.stderr and "load-target.unfinished" not in done.stderr


@pytest.mark.parametrize("mode", [0o2775, 0o2770, 0o777])
@pytest.mark.parametrize("content", [(), ("lost+found",)])
def test_a_volume_of_another_user_is_refused_and_a_folder_in_it_is_served(place, mode, content):
    volume = folder(place, "volume", mode, owner=0)
    for name in content:
        (volume / name).mkdir()
    done = run(place, "serve", "--data", volume, "--listen", "127.0.0.1:0", prefix=AS_OWNER)
    assert done.returncode == 1
    assert "belongs to another user (0)" in done.stderr, done.stderr
    assert "name a folder in it, which is made" in done.stderr
    assert sorted(path.name for path in volume.iterdir()) == sorted(content)
    server = Service(place, volume / "handfast").start()
    try:
        assert (volume / "handfast").stat().st_mode & 0o777 == 0o700
        assert (volume / "handfast").stat().st_uid == OWNER.pw_uid
        assert server.stop() == 0, server.log
    finally:
        server.kill()


@pytest.mark.parametrize("mode", [0o2770, 0o750, 0o755])
def test_a_directory_of_ones_own_with_bits_for_others_is_made_private(place, mode):
    data = folder(place, "data", mode)
    server = Service(place, data).start()
    try:
        assert data.stat().st_mode & 0o777 == 0o700
        assert server.stop() == 0, server.log
    finally:
        server.kill()
