# SPDX-License-Identifier: Apache-2.0
"""Commands of root in the directory of a user who would have them harm other files.

Each trap has a twin: the same thing with files that are the owner's, which works and so shows that
the trap is set.
"""

import fcntl
import os
import shutil
import signal
import struct
import subprocess
import time

import expect
import pytest
from owners import AS_OWNER, OWNER, folder, run, strangers
from server import environment

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root alone has other users' rights")

SECRET = "root:$y$j9T$secret:20000:0:99999:7:::\n"


@pytest.fixture
def roots(place):
    """A folder that root alone may enter."""
    return folder(place, "roots", owner=0, group=0)


@pytest.fixture
def shadow(place):
    """A file as /etc/shadow is: in a folder that all may enter, and root's alone."""
    path = place / "shadow"
    path.write_text(SECRET)
    path.chmod(0o600)
    yield path
    assert path.read_text() == SECRET
    status = path.stat()
    assert (status.st_uid, status.st_mode & 0o777) == (0, 0o600)


@pytest.fixture
def data(place):
    """The directory of the service's user, with a client."""
    path = folder(place, "data")
    done = add(place, path, "first")
    assert done.returncode == 0, done.stderr
    return path


def add(place, data, name, **more):
    return run(place, "client", "add", name, "--client-id", name, "--data", data, **more)


def names(place, data):
    done = run(place, "client", "list", "--data", data)
    assert done.returncode == 0, done.stderr
    return done.stdout


def as_owners(path, target):
    """A link that belongs to the owner."""
    path.symlink_to(target)
    os.lchown(path, OWNER.pw_uid, OWNER.pw_gid)


# MARK: traps


@pytest.mark.parametrize("name", ["handfast.db", "open.lock", "server.lock", "audit.key"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_file_of_root_under_one_of_our_names(place, data, shadow, name, link):
    kept = (data / name).read_bytes()
    (data / name).unlink()
    link(shadow, data / name)
    done = add(place, data, "second")
    assert done.returncode == 1 and "root:" not in done.stdout + done.stderr, done
    # The twin: the owner's own file.
    (data / name).unlink()
    (data / name).write_bytes(kept)
    os.chown(data / name, OWNER.pw_uid, OWNER.pw_gid)
    (data / name).chmod(0o600)
    assert add(place, data, "second").returncode == 0
    assert "second" in names(place, data) and not strangers(data)


def test_a_file_of_root_in_the_place_of_the_servers_certificate(place, data, pki):
    out, other = place / "exported.pem", place / "other.pem"
    shutil.copy(pki.self_signed("exported", "p256").certificate, other)
    other.chmod(0o600)
    as_owners(data / "server.pem", other)
    command = ["certificate", "export", "--data", data, "--out", out]
    assert run(place, *command).returncode != 0 and not out.exists()
    other.chmod(0o644)
    assert run(place, *command).returncode == 0 and "CERTIFICATE" in out.read_text()
    assert out.stat().st_uid == 0


def test_a_file_of_root_in_a_backup(place, data, shadow, roots):
    as_owners(data / "server.key", shadow)
    done = run(place, "backup", roots / "one.tar", "--data", data)
    assert done.returncode != 0 and not list(roots.iterdir())
    (data / "server.key").unlink()
    os.link(shadow, data / "server.key")
    done = run(place, "backup", roots / "one.tar", "--data", data)
    assert done.returncode != 0 and not list(roots.iterdir())
    (data / "server.key").unlink()
    assert run(place, "backup", roots / "one.tar", "--data", data).returncode == 0
    assert [path.name for path in roots.iterdir()] == ["one.tar"]


def journal(database, super_journal):
    """A rollback journal without pages, for which SQLite removes the super-journal after it."""
    pages = struct.unpack(">I", database.read_bytes()[28:32])[0]
    magic = bytes.fromhex("d9d505f920a163d7")
    header = magic + struct.pack(">IIIII", 0, 0, pages, 512, 4096)
    name = os.fsencode(super_journal)
    record = struct.pack(">I", 0x40000000 // 4096 + 1) + name
    record += struct.pack(">II", len(name), sum(name)) + magic
    return header.ljust(512, b"\0") + record


@pytest.mark.parametrize("is_owners", [False, True])
def test_a_super_journal_of_sqlite(place, data, shadow, is_owners):
    victim = shadow
    if is_owners:
        victim = data / "victim"
        victim.write_text(SECRET)
        os.chown(victim, OWNER.pw_uid, OWNER.pw_gid)
    path = data / "handfast.db-journal"
    path.write_bytes(journal(data / "handfast.db", victim))
    os.chown(path, OWNER.pw_uid, OWNER.pw_gid)
    path.chmod(0o600)
    done = run(place, "client", "list", "--data", data)
    # The twin: SQLite removes the owner's own file, which shows that it follows the journal.
    assert victim.exists() == (not is_owners), done.stderr


@pytest.mark.parametrize("target", ["roots", "others", "same"])
def test_a_directory_that_is_exchanged_during_the_command(place, data, roots, target):
    others = folder(place, "others")
    with open(data / "open.lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [place / "handfast", "client", "add", "second", "--data", data],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(),
        )  # fmt: skip
        try:
            time.sleep(1)
            assert process.poll() is None
            if target != "same":
                data.rename(place / "before")
                as_owners(data, {"roots": roots, "others": others}[target])
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)
        output = process.communicate(timeout=60)[0]
    assert not list(roots.iterdir()), output
    if target == "same":
        assert process.returncode == 0 and "second" in names(place, data), output
    if target == "others":
        # The twin: the exchange took place, and led to what is the owner's.
        assert not strangers(others)
        assert process.returncode != 0 or (others / "handfast.db").exists(), output
    if target == "roots":
        assert process.returncode != 0, output


def test_a_link_of_the_owner_to_a_folder_of_root(place, roots):
    home = folder(place, "home")
    as_owners(home / "data", roots)
    done = add(place, home / "data", "first")
    assert done.returncode == 1 and not list(roots.iterdir()), done.stderr
    (home / "data").unlink()
    as_owners(home / "data", folder(place, "own"))
    assert add(place, home / "data", "first").returncode == 0
    assert (place / "own" / "handfast.db").stat().st_uid == OWNER.pw_uid


def test_a_directory_in_that_of_a_third_user(place):
    above = folder(place, "above", mode=0o755, owner=1, group=1)
    data = folder(above, "data")
    done = add(place, data, "first")
    assert done.returncode == 1 and not list(data.iterdir())
    assert f"belongs to several users (1, {OWNER.pw_uid})" in done.stderr
    os.chown(above, 0, 0)
    assert add(place, data, "first").returncode == 0 and not strangers(data)


def test_a_directory_that_its_owner_cannot_reach(place, roots):
    data = folder(roots, "data")
    done = add(place, data, "first")
    assert done.returncode == 1 and not list(data.iterdir())
    assert f"{data} belongs to another user ({OWNER.pw_uid})" in done.stderr
    assert "cannot be reached" in done.stderr
    roots.chmod(0o711)
    assert add(place, data, "first").returncode == 0 and not strangers(data)


def test_a_directory_that_is_missing_belongs_to_those_above_it(place):
    home = folder(place, "home")
    assert add(place, home / "new" / "data", "first").returncode == 0
    assert not strangers(home) and (home / "new" / "data" / "handfast.db").exists()
    assert add(place, place / "of-root", "first").returncode == 0
    assert (place / "of-root" / "handfast.db").stat().st_uid == 0


def test_root_without_the_right_to_change_users(place, data):
    fewer = ["setpriv", "--bounding-set=-setuid,-setgid"]
    done = add(place, data, "second", prefix=fewer)
    assert done.returncode == 1 and "cannot be taken on" in done.stderr, done.stderr
    assert "sudo -u" in done.stderr
    assert "second" not in names(place, data)
    # As the owner it needs none.
    assert add(place, data, "second", prefix=AS_OWNER).returncode == 0


# MARK: what only root may read and write


def test_inputs_and_outputs_of_root_alone(place, data, roots, pki):
    credential = pki.self_signed("of-root", "p256")
    certificate = roots / "client.pem"
    shutil.copy(credential.certificate, certificate)
    certificate.chmod(0o600)
    done = run(
        place, "client", "add", "second", "--client-id", "second", "--data", data,
        "--certificate", certificate,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    done = run(
        place, "verify", "--data", data, "--client", "second", "--certificate", certificate
    )
    assert done.returncode == 0, done.stdout + done.stderr
    declared = roots / "clients.yaml"
    declared.write_text("clients:\n  - client_id: third\n    client_name: third\n")
    declared.chmod(0o600)
    secrets = roots / "secrets.jsonl"
    done = run(place, "apply", "-f", declared, "--secrets", secrets, "--data", data)
    assert done.returncode == 0, done.stderr
    assert '"third"' in secrets.read_text() and secrets.stat().st_uid == 0
    backup = roots / "all.tar"
    done = run(place, "backup", backup, "--data", data)
    assert done.returncode == 0, done.stderr
    assert backup.stat().st_uid == 0 and backup.stat().st_mode & 0o777 == 0o600
    # Into a directory of the owner, which may be there or not.
    home = folder(place, "home")
    folder(home, "there")
    for name in ("there", "absent"):
        done = run(place, "restore", backup, "--data", home / name)
        assert done.returncode == 0, done.stderr
        assert not strangers(home) and "third" in names(place, home / name)
    for own in (certificate, declared, secrets, backup):
        assert own.stat().st_uid == 0
    # The twin: the owner itself cannot read or write any of them.
    for command in (
        ["client", "add", "fourth", "--certificate", certificate],
        ["apply", "-f", declared, "--secrets", secrets], ["backup", roots / "more.tar"],
    ):  # fmt: skip
        assert run(place, *command, "--data", data, prefix=AS_OWNER).returncode != 0
    assert not strangers(data)


def test_the_audit_is_followed_into_a_folder_of_root(place, data, roots):
    lines, position = roots / "audit.jsonl", roots / "audit.position"
    process = subprocess.Popen(
        [
            place / "handfast", "audit", "follow", "--data", data, "--after", "0",
            "--to", lines, "--position", position,
        ],
        stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    try:
        expect.eventually(lambda: lines.exists() and '"first"' in lines.read_text(), 10)
        assert add(place, data, "second").returncode == 0
        expect.eventually(lambda: '"second"' in lines.read_text(), 10)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert '"command:root"' in lines.read_text()
    assert lines.stat().st_uid == position.stat().st_uid == 0
    assert not strangers(data)


def test_a_load_target_of_the_owner(place, roots):
    home = folder(place, "home")
    target = home / "target"
    done = run(
        place, "load-target", "seed", "--data", target, "--clients", "3", "--seed", "7"
    )
    assert done.returncode == 0, done.stderr
    assert not strangers(home)
    done = run(
        place, "load-target", "export", "--data", target, "--format", "csv",
        "--out", roots / "clients.csv",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (roots / "clients.csv").stat().st_uid == 0
    done = run(
        place, "load-target", "export", "--data", target, "--format", "csv",
        "--out", roots / "more.csv", prefix=AS_OWNER,
    )  # fmt: skip
    assert done.returncode != 0 and not (roots / "more.csv").exists()
