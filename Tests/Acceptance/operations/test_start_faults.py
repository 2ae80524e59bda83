# SPDX-License-Identifier: Apache-2.0
"""Starts that must fail: each says what is wrong, exits with an error, and touches nothing."""

import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import time

import pytest

import expect
from database import file_of
from server import BINARY, Server, environment, free_port, handfast


@pytest.fixture(scope="module")
def filled(tmp_path_factory, pki):
    """A data directory of a server that ran once and was stopped."""
    server = Server(tmp_path_factory.mktemp("filled") / "data")
    server.add_client("kept", "--certificate", pki.self_signed("playground2").certificate)
    with server:
        assert server.stop() == 0
    return server.data


@pytest.fixture
def copy(filled, tmp_path):
    target = tmp_path / "copy"
    shutil.copytree(filled, target)
    os.chmod(target, 0o700)
    return target


def database_of(folder):
    return next(f for f in folder.iterdir() if f.is_file() and f.read_bytes()[:6] == b"SQLite")


def digest(folder):
    """Names and contents of everything in a folder, leaving out locks and SQLite's side files."""
    passing = ("-wal", "-shm", ".lock", "lock", ".pid", ".sock")
    return {
        f.relative_to(folder).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest()
        for f in sorted(folder.rglob("*"))
        if f.is_file() and not f.name.endswith(passing)
    }


def does_not_start(server, *words):
    server.launch()
    assert server.wait(30) not in (0, 132, 134, 139, -4, -5, -6, -11), server.log
    assert not any("listening" in line for line in server.stdout)
    said = server.log.lower()
    assert said and "fatal error" not in said
    for word in words:
        assert str(word).lower() in said, server.log


def test_a_port_in_use_is_named(fresh):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        does_not_start(fresh(port=port), port)


def test_a_port_of_another_handfast_is_not_shared(fresh):
    with fresh() as first:
        does_not_start(fresh(port=first.port), first.port)
        assert first.get("/health").status == 200


def test_a_data_directory_that_another_server_holds_is_refused(fresh):
    with fresh() as first:
        before = {k: v for k, v in digest(first.data).items()}
        does_not_start(fresh(data=first.data), first.data)
        assert digest(first.data) == before
        assert first.get("/health").status == 200
        assert first.stop() == 0
    with fresh(data=first.data) as second:
        assert second.get("/health").status == 200


def test_a_directory_held_by_a_killed_server_is_free_again(fresh):
    first = fresh().start()
    first.kill()
    with fresh(data=first.data) as second:
        assert second.get("/health").status == 200


def test_a_file_in_place_of_the_directory_is_refused(fresh, tmp_path):
    path = tmp_path / "file"
    path.write_text("precious")
    does_not_start(fresh(data=path), path)
    assert path.read_text() == "precious"


def test_a_directory_that_cannot_be_made_is_refused(fresh, tmp_path):
    (tmp_path / "file").write_text("")
    does_not_start(fresh(data=tmp_path / "file" / "below"), tmp_path / "file" / "below")


def test_a_read_only_directory_is_refused(fresh, copy):
    """Root ignores permissions, so the directory is mounted read-only in a namespace of its own."""
    wrapper = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
    prefix = ["unshare", "--mount", "bash", "-c", wrapper, "bash", str(copy)]
    if subprocess.run([*prefix, "true"], capture_output=True).returncode != 0:
        pytest.skip("this machine allows no mount namespace")
    before = digest(copy)
    does_not_start(fresh(data=copy, prefix=prefix), copy)
    assert digest(copy) == before


def test_a_directory_open_to_others_is_closed_or_refused(fresh, copy):
    os.chmod(copy, 0o777)
    server = fresh(data=copy).launch()
    try:
        server.wait_for_line("listening on", 10)
        assert copy.stat().st_mode & 0o077 == 0
    except AssertionError:
        said = server.log.lower()
        assert "permission" in said or str(copy).lower() in said


@pytest.mark.parametrize("name", ["server.lock", "open.lock", "handfast.db", "admin.token"])
def test_a_link_in_the_place_of_a_file_is_refused_and_not_followed(fresh, copy, tmp_path, name):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    precious.chmod(0o644)
    (copy / name).unlink(missing_ok=True)
    (copy / name).symlink_to(precious)
    does_not_start(fresh(data=copy), copy / name, "link")
    assert precious.read_text() == "precious" and precious.stat().st_mode & 0o777 == 0o644
    assert (copy / name).is_symlink()


def test_a_database_of_a_newer_version_is_refused_and_left(fresh, copy):
    connection = sqlite3.connect(file_of(copy))
    connection.execute("PRAGMA user_version=9999")
    connection.execute("UPDATE schema_compatibility SET compatible_from = 9999")
    connection.commit()
    connection.close()
    before = digest(copy)
    does_not_start(fresh(data=copy), "newer")
    done = handfast("client", "list", "--data", copy, check=False)
    assert done.returncode != 0 and "newer" in done.stderr.lower()
    assert digest(copy) == before


def test_a_first_start_that_is_killed_is_begun_anew(fresh, tmp_path):
    for milliseconds in range(0, 60, 4):
        data = tmp_path / f"killed-{milliseconds}"
        server = fresh(data=data).launch()
        time.sleep(milliseconds / 1000)
        server.kill()
        again = fresh(data=data)
        with again:
            assert again.running
        assert not list(data.glob("*.partial"))


DAMAGES = {
    "emptied": lambda data: b"",
    "header": lambda data: b"garbage!" * 4 + data[32:],
    "all": lambda data: os.urandom(len(data)),
    "truncated": lambda data: data[: len(data) // 2 + 100],
    "second page": lambda data: data[:4096] + b"\xff" * 4096 + data[8192:],
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_corrupt_database_is_refused_and_left(fresh, copy, name):
    database = file_of(copy)
    for side in copy.glob(database.name + "-*"):
        side.unlink()
    database.write_bytes(DAMAGES[name](database.read_bytes()))
    before = digest(copy)
    does_not_start(fresh(data=copy), database.name)
    assert digest(copy) == before
    done = handfast(
        "user", "add", "x", "--password-stdin", "--data", copy, text_input="y\n", check=False
    )
    assert done.returncode != 0
    assert digest(copy) == before


def test_flipped_bytes_never_crash_it_and_never_mint_for_a_stranger(fresh, copy, pki):
    """Whatever is damaged: it refuses to start, or serves and still knows a stranger for one."""
    import random

    database = file_of(copy)
    for side in copy.glob(database.name + "-*"):
        side.unlink()
    sound = database.read_bytes()
    chance = random.Random(20260101)
    stranger = pki.self_signed("stranger")
    for _ in range(12):
        damaged = bytearray(sound)
        for _ in range(8):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        database.write_bytes(bytes(damaged))
        for side in copy.glob(database.name + "-*"):
            side.unlink()
        server = fresh(data=copy).launch()
        try:
            server.wait_for_line("listening on", 10)
        except AssertionError:
            assert server.process.returncode not in (132, 134, 139, -4, -5, -6, -11), server.log
            continue
        body = {"grant_type": "client_credentials", "client_id": "kept"}
        expect.refused(lambda s=server, b=body: s.token(b, stranger))
        server.kill()


def test_a_damaged_server_key_is_refused(fresh, copy):
    keys = [f for f in copy.rglob("*") if f.is_file() and b"PRIVATE KEY" in f.read_bytes()]
    if not keys:
        pytest.skip("no key file in the data directory")
    for key in keys:
        sound = key.read_bytes()
        key.write_bytes(sound[: len(sound) // 2])
        does_not_start(fresh(data=copy), key.name)
        key.write_bytes(sound)
    with fresh(data=copy) as good:
        assert good.get("/health").status == 200


def test_a_missing_server_key_is_said_with_its_remedy(fresh, copy):
    (copy / "server.key").unlink()
    does_not_start(fresh(data=copy), f"{copy}/server.key is missing", "restore it from a backup")
    (copy / "server.pem").unlink()
    with fresh(data=copy) as good:
        assert good.get("/health").status == 200


@pytest.mark.parametrize(
    "listen", ["nonsense", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:-1", "203.0.113.1:9443", ""]
)
def test_an_address_that_cannot_be_listened_on_is_named(tmp_path, listen):
    done = subprocess.run(
        [BINARY, "serve", "--data", tmp_path / "data", "--listen", listen],
        capture_output=True,
        text=True,
        timeout=30,
        env=environment(),
    )
    assert done.returncode not in (0, 132, 134, 139, -4, -6, -11)
    assert "listening" not in done.stdout
    assert listen in done.stderr and done.stderr.strip()


@pytest.mark.parametrize("reactors", ["-1", "many", "100000"])
def test_a_senseless_number_of_reactors_is_refused(tmp_path, reactors):
    done = subprocess.run(
        [BINARY, "serve", "--data", tmp_path / "d", "--listen", f"127.0.0.1:{free_port()}",
         "--reactors", reactors],
        capture_output=True, text=True, timeout=30, env=environment(),
    )  # fmt: skip
    assert done.returncode not in (0, 132, 134, 139, -4, -6, -11)
    assert "reactors" in done.stderr


def test_help_reads_well_and_an_unknown_command_says_what_there_is():
    for words in ([], ["serve"], ["client"], ["client", "add"], ["user"], ["key"], ["check"]):
        done = handfast(*words, "--help")
        assert "USAGE:" in done.stdout and len(done.stdout.splitlines()) > 5
        assert max(map(len, done.stdout.splitlines())) <= 120
    unknown = handfast("frobnicate", check=False)
    assert unknown.returncode != 0 and "frobnicate" in unknown.stderr
