# SPDX-License-Identifier: Apache-2.0
"""`handfast backup` and `handfast restore`: from a running server to another directory and back."""

import hashlib
import io
import os
import signal
import sqlite3
import stat
import subprocess
import tarfile
import threading
import time

import pytest

import expect
from backups import members, restore
from oauth import CC
from server import BINARY, environment, free_port, handfast


@pytest.fixture(scope="module")
def registered(server, pki):
    """A client and a user, and a token that the client has got."""
    own = pki.self_signed("backed-up")
    client = server.add_client("backed-up", "--certificate", own.certificate)
    server.add_user("admin", "admin")
    body = {**CC, "client_id": client["client_id"]}
    expect.eventually(lambda: server.token(body, own).status == 200)
    return own, body, expect.token(server.token(body, own))["access_token"]


@pytest.fixture(scope="module")
def archive(server, registered, tmp_path_factory):
    """A backup that was made beside the running server, and its digest."""
    file = tmp_path_factory.mktemp("backup") / "handfast.tar"
    done = server.handfast("backup", file)
    assert done.stderr == ""
    return file, done.stdout.split("sha256: ")[1].strip()


def manifest(contents):
    lines = [f"{hashlib.sha256(c).hexdigest()}  {name}\n" for name, c in contents]
    return "".join(lines).encode()


def rewrite(file, contents, sums=None, **changes):
    """A forged backup with these members, in the right form."""
    contents = list(contents.items()) if isinstance(contents, dict) else contents
    sums = manifest(contents) if sums is None else sums
    with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as target:
        for name, content in [("SHA256SUMS", sums), *contents]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in changes.items() if name != "SHA256SUMS" else ():
                setattr(info, key, value)
            target.addfile(info, io.BytesIO(content))
    # tarfile fills its last record with zeros; here the file ends with the two empty blocks.
    size = sum(512 + (len(c) + 511) // 512 * 512 for _, c in [("", sums), *contents])
    with file.open("rb+") as opened:
        opened.truncate(size + 1024)
    return file


def test_what_was_restored_serves_the_same(server, registered, archive, fresh, tmp_path):
    own, body, token = registered
    target = tmp_path / "restored"
    assert "restored" in restore(archive[0], target).stdout
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    for file in target.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    secret = (server.data / "admin.token").read_bytes()
    with fresh(target) as other:
        assert other.get("/oauth2/jwks").json == server.get("/oauth2/jwks").json
        claims = expect.verified(token, other.address, issuer=server.url)
        assert claims["client_id"] == body["client_id"]
        expect.token(other.token(body, own))
        user = {**body, "grant_type": "password", "username": "admin", "password": "admin"}
        expect.token(other.token(user, own))
        assert (target / "admin.token").read_bytes() == secret
        pair = [(server.data / f).read_bytes() for f in ("server.key", "server.pem")]
        assert pair == [(target / f).read_bytes() for f in ("server.key", "server.pem")]
        expect.error(other.token(body), "invalid_client")


def test_other_programs_take_it_apart(archive, tmp_path):
    file, digest = archive
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
    script = f"tar -xf {file} && sha256sum -c SHA256SUMS"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count(": OK") == 5, done.stdout + done.stderr
    with sqlite3.connect(f"file:{tmp_path}/handfast.db?immutable=1", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT name FROM client").fetchall() == [("backed-up",)]


@pytest.mark.parametrize("mask", [0o000, 0o777])
def test_only_its_owner_reads_it_whatever_the_umask_is(server, registered, tmp_path, mask):
    file = tmp_path / "backup.tar"
    done = subprocess.run(
        [BINARY, "backup", file, "--data", server.data], umask=mask, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # No temporary file is left, there or in the directory.
    assert [f.name for f in tmp_path.iterdir()] == ["backup.tar"]
    assert not list(server.data.glob("*.partial"))


def test_nothing_is_overwritten(server, registered, tmp_path):
    file = tmp_path / "backup.tar"
    file.write_text("mine")
    link = tmp_path / "link.tar"
    link.symlink_to(tmp_path / "absent")
    for taken in (file, tmp_path, link):
        done = server.handfast("backup", taken, check=False)
        assert done.returncode == 1 and taken.name in done.stderr
    assert file.read_text() == "mine" and not (tmp_path / "absent").exists()
    assert sorted(f.name for f in tmp_path.iterdir()) == ["backup.tar", "link.tar"]


def test_it_goes_through_pipes(server, registered, tmp_path):
    script = (
        f"{BINARY} backup - --data {server.data} 2>{tmp_path}/words | cat | "
        f"{BINARY} restore - --data {tmp_path}/restored"
    )
    done = subprocess.run(["bash", "-c", script], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "sha256: " in (tmp_path / "words").read_text()
    listed = handfast("client", "list", "--data", tmp_path / "restored").stdout
    assert "backed-up" in listed


def test_it_is_one_moment_of_a_database_that_is_written_to(server, registered, tmp_path):
    """Each transaction adds to two rows; a copy that tears one has unequal numbers."""
    path = server.data / "handfast.db"
    end = threading.Event()
    written = []

    def write():
        with sqlite3.connect(path, timeout=5) as database:
            while not end.is_set():
                with database:
                    database.execute("UPDATE client SET updated_at = updated_at + 1")
                    database.execute("UPDATE user SET created_at = created_at + 1")
                written.append(1)

    query = "SELECT (SELECT updated_at FROM client), (SELECT created_at FROM user)"
    with sqlite3.connect(path, timeout=5) as database:
        first = database.execute(query).fetchone()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = []
        for number in range(4):
            before = len(written)
            copies.append(tmp_path / f"{number}.tar")
            server.handfast("backup", copies[-1])
            assert len(written) > before
    finally:
        end.set()
        writer.join()
    moments = set()
    for copy in copies:
        database = tmp_path / f"{copy.name}.db"
        database.write_bytes(members(copy)["handfast.db"])
        with sqlite3.connect(f"file:{database}?immutable=1", uri=True) as opened:
            now = opened.execute(query).fetchone()
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert now[0] - first[0] == now[1] - first[1]
        moments.add(now)
    assert len(moments) == 4


def test_a_killed_backup_leaves_nothing_that_stays(server, registered, tmp_path):
    rest = server.data / "backup.killed.partial"
    rest.mkdir()
    (rest / "handfast.db").write_bytes(b"secret")
    server.handfast("backup", tmp_path / "backup.tar")
    assert not rest.exists()


def test_files_outside_are_named_and_those_inside_are_taken(fresh, pki, tmp_path):
    server = fresh()
    server.add_client("x", "--certificate", pki.self_signed("backed-up").certificate)
    own = pki.self_signed("server-pair")
    for name, file in [("own.pem", own.certificate), ("own.key", own.key)]:
        (server.data / name).write_bytes(file.read_bytes())
    config = tmp_path / "handfast.yaml"
    config.write_text(
        f"data: {server.data}\ntls:\n  certificates:\n"
        f"    a: {{certificate: {own.certificate}, key: {own.key}}}\n"
        f"    b: {{certificate: {server.data}/own.pem, key: {server.data}/own.key,\n"
        "        server_names: b.example}\n"
    )
    file = tmp_path / "backup.tar"
    done = handfast("backup", file, "--config", config)
    assert f"{own.key} (tls.certificates.a.key)" in done.stdout
    assert str(own.certificate) in done.stdout and "tls.certificates.b" not in done.stdout
    assert set(members(file)) == {
        "SHA256SUMS", "handfast.db", "audit.key", "own.pem", "own.key",
    }  # fmt: skip
    assert own.key.read_bytes() not in file.read_bytes().replace(
        (server.data / "own.key").read_bytes(), b""
    )
    restore(file, tmp_path / "restored")
    assert (tmp_path / "restored/own.key").read_bytes() == own.key.read_bytes()
    # Mistakes elsewhere in the configuration do not prevent a backup.
    config.write_text(config.read_text() + "reactors: many\n")
    done = handfast("backup", tmp_path / "second.tar", "--config", config)
    assert "reactors" in done.stderr and (tmp_path / "second.tar").exists()


def refused(file, target, *words, **more):
    """Restoring fails, says so, and leaves no trace of a directory that was not there."""
    done = restore(file, target, check=False, **more)
    assert done.returncode == 1 and done.stdout == "", done
    assert not target.exists()
    for word in words:
        assert word in done.stderr, done.stderr


def test_a_flipped_byte_anywhere_is_refused(archive, tmp_path):
    whole = bytearray(archive[0].read_bytes())
    starts = [m.offset for m in tarfile.open(archive[0])]
    places = {s + o for s in starts for o in (0, 5, 124, 130, 148, 156, 260, 512, 600)}
    places |= set(range(3, len(whole) - 1024, len(whole) // 40)) | {len(whole) - 1}
    changed = tmp_path / "changed.tar"
    for place in sorted(places):
        whole[place] ^= 1
        changed.write_bytes(whole)
        whole[place] ^= 1
        # Owner and time of a member are not used: only its checksum covers them.
        refused(changed, tmp_path / "restored", "Nothing was restored" if place > 512 else "")
    changed.write_bytes(whole)
    restore(changed, tmp_path / "restored")


def test_a_cut_or_longer_file_is_refused(archive, tmp_path):
    whole = archive[0].read_bytes()
    other = tmp_path / "other.tar"
    for size in (0, 1, 511, 512, 1024, 5000, len(whole) // 2, len(whole) - 1024, len(whole) - 1):
        other.write_bytes(whole[:size])
        refused(other, tmp_path / "restored", "ends before")
    for more in (b"\0", b"x", whole):
        other.write_bytes(whole + more)
        refused(other, tmp_path / "restored", "after its end")
    other.write_text("no backup\n" * 100)
    refused(other, tmp_path / "restored", "not a backup")
    refused(tmp_path / "absent.tar", tmp_path / "restored", "absent.tar")
    refused(tmp_path, tmp_path / "restored", "cannot be read")


def test_swapped_and_foreign_members_are_refused(archive, tmp_path):
    sums, *contents = members(archive[0]).items()
    other, target = tmp_path / "other.tar", tmp_path / "restored"
    names = [name for name, _ in contents]
    swapped = dict(zip([names[0], names[2], names[1], names[3]], [c for _, c in contents]))
    refused(rewrite(other, swapped, sums[1]), target, "not where it should be")
    exchanged = [(contents[0]), (names[1], contents[2][1]), (names[2], contents[1][1]), contents[3]]
    refused(rewrite(other, exchanged, sums[1]), target, "not what was backed up")
    refused(rewrite(other, contents[:-1], sums[1]), target, "not where it should be")
    refused(rewrite(other, contents * 2, sums[1]), target)
    refused(rewrite(other, contents[1:]), target, "list of digests")
    refused(rewrite(other, [*contents, ("more", b"")], sums[1]), target, "not in its list")
    for name in ("../evil", "/tmp/evil", "a/b", "handfast.db-wal", "server.lock", ".bashrc",
                 "admin.sock", "x.partial", "SHA256SUMS", "a" * 100, "b\nc", "é"):  # fmt: skip
        refused(rewrite(other, [*contents, (name, b"x")]), target)
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE):
        refused(rewrite(other, contents, type=kind, linkname="/etc/passwd"), target)
    large = [*contents, ("large.pem", b"x" * (1 << 20 | 1))]
    refused(rewrite(other, large), target, "too large")
    # The twin of all of them, by the same hand.
    restore(rewrite(other, [*contents, ("more.pem", b"x")]), target)
    assert (target / "more.pem").read_bytes() == b"x"


def test_a_member_that_is_no_database_of_ours_is_refused(archive, tmp_path):
    other, target = tmp_path / "other.tar", tmp_path / "restored"
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as database:
        database.execute("CREATE TABLE a (b)")
    newer = tmp_path / "newer.db"
    newer.write_bytes(members(archive[0])["handfast.db"])
    with sqlite3.connect(newer) as database:
        database.execute("PRAGMA user_version = 999")
        database.execute("UPDATE schema_compatibility SET compatible_from = 999")
    for content, word in [
        (b"", "empty"), (b"text" * 1000, "not a database"),
        (foreign.read_bytes(), "another program"), (newer.read_bytes(), "newer version"),
    ]:  # fmt: skip
        # By the name of what there is: the directory is gone with its database.
        refused(rewrite(other, {"handfast.db": content}), target, word, str(other))
        assert ".partial" not in restore(other, target, check=False).stderr


def test_another_file_than_the_one_that_was_meant_is_refused(archive, tmp_path):
    file, digest = archive
    target = tmp_path / "restored"
    contents = dict(list(members(file).items())[1:])
    forged = rewrite(tmp_path / "forged.tar", {**contents, "admin.token": b"mine" * 9})
    for wrong in ("0" * 64, digest[:-1] + ("0" if digest[-1] != "0" else "1")):
        done = restore(file, target, "--sha256", wrong, check=False)
        assert done.returncode == 1 and digest in done.stderr and not target.exists()
    done = restore(forged, target, "--sha256", digest, check=False)
    assert done.returncode == 1 and not target.exists()
    assert restore(file, target, "--sha256", digest[:-1], check=False).returncode == 64
    restore(file, target, "--sha256", digest)


def test_only_an_empty_directory_is_filled(server, archive, fresh, tmp_path):
    file = archive[0]
    running = restore(file, server.data, check=False)
    assert running.returncode == 1 and "not empty" in running.stderr
    used = tmp_path / "used"
    used.mkdir()
    (used / "notes").write_text("mine")
    done = restore(file, used, check=False)
    assert done.returncode == 1 and "notes" in done.stderr
    assert [f.name for f in used.iterdir()] == ["notes"]
    empty = tmp_path / "empty"
    empty.mkdir(mode=0o755)
    # One that failed before leaves the directory as it was, and does not stand in the way.
    broken = tmp_path / "broken.tar"
    broken.write_bytes(file.read_bytes()[:-1])
    assert restore(broken, empty, check=False).returncode == 1
    assert list(empty.iterdir()) == []
    restore(file, empty)
    assert stat.S_IMODE(empty.stat().st_mode) == 0o700
    again = restore(file, empty, check=False)
    assert again.returncode == 1 and "not empty" in again.stderr
    with fresh(empty) as other:
        assert other.get("/health").status == 200


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_another_users_directory_is_not_filled(archive, tmp_path):
    target = tmp_path / "theirs"
    target.mkdir()
    os.chown(target, 65534, 65534)
    done = restore(archive[0], target, check=False)
    assert done.returncode == 1 and "another user (65534)" in done.stderr
    assert list(target.iterdir()) == []
    os.chown(target, 0, 0)
    restore(archive[0], target)


def test_a_killed_restore_can_be_repeated(archive, tmp_path):
    target = tmp_path / "restored"
    whole = archive[0].read_bytes()
    process = subprocess.Popen(
        [BINARY, "restore", "-", "--data", target], stdin=subprocess.PIPE, env=environment()
    )
    process.stdin.write(whole[: len(whole) // 2])
    process.stdin.flush()
    expect.eventually(lambda: (target / "restore.partial/handfast.db").exists())
    # Locked against other programs meanwhile.
    locked = restore(archive[0], target, check=False)
    assert locked.returncode == 1 and "using" in locked.stderr
    assert handfast("client", "list", "--data", target, check=False).returncode == 1
    start = subprocess.run(
        [BINARY, "serve", "--data", target, "--listen", f"127.0.0.1:{free_port()}"],
        capture_output=True, text=True, timeout=20, env=environment(),
    )  # fmt: skip
    assert start.returncode != 0 and "held by another server" in start.stderr
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (target / "handfast.db").exists()
    restore(archive[0], target)
    assert not list(target.glob("*.partial"))


def test_a_backup_of_nothing_is_refused(tmp_path):
    done = handfast("backup", tmp_path / "b.tar", "--data", tmp_path / "absent", check=False)
    assert done.returncode == 1 and "no Handfast database" in done.stderr
    assert not (tmp_path / "b.tar").exists() and not (tmp_path / "absent").exists()


def test_a_full_disk_leaves_no_half(server, registered, tmp_path):
    """The limit of a file's size stands in for a full disk."""
    done = subprocess.run(
        ["prlimit", "--fsize=20000", BINARY, "backup", tmp_path / "b.tar", "--data", server.data],
        capture_output=True, text=True, env=environment(), preexec_fn=ignore_size_signal,
    )  # fmt: skip
    assert done.returncode == 1 and done.stderr
    assert ".partial" not in done.stderr and "/handfast.db" in done.stderr
    assert list(tmp_path.iterdir()) == []
    started = time.monotonic()
    expect.eventually(lambda: not list(server.data.glob("*.partial")))
    assert time.monotonic() - started < 5


def ignore_size_signal():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
