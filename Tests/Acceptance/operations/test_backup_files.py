# SPDX-License-Identifier: Apache-2.0
"""Files that `handfast backup` takes from a data directory, and concurrent restorations."""

import contextlib
import os
import signal
import socket
import subprocess

import pytest

import expect
from backups import members, restore
from server import BINARY, environment, handfast

TAKEN = ["server.key", "server.pem", "admin.token", "own.pem", "own.key"]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, pki):
    """A data directory with everything that a backup takes, and the configuration that names it."""
    folder = tmp_path_factory.mktemp("taken")
    data = folder / "data"
    own = pki.self_signed("taken")
    handfast("client", "add", "taken", "--certificate", own.certificate, "--data", data)
    for name in TAKEN:
        source = own.key if name.endswith(".key") else own.certificate
        (data / name).write_bytes(source.read_bytes() + name.encode())
        (data / name).chmod(0o600)
    config = folder / "handfast.yaml"
    config.write_text(
        f"data: {data}\ntls:\n  certificates:\n"
        f"    own: {{certificate: {data}/own.pem, key: {data}/own.key}}\n"
    )
    return data, config


def back_up(stopped, target, check=True):
    return handfast("backup", target, "--config", stopped[1], check=check, timeout=20)


def link_outside(path, elsewhere):
    path.symlink_to(elsewhere)


def link_inside(path, elsewhere):
    path.symlink_to(path.parent / "handfast.db")


def fifo(path, elsewhere):
    os.mkfifo(path)


def directory(path, elsewhere):
    path.mkdir()


def local_socket(path, elsewhere):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def link_to_nothing(path, elsewhere):
    path.symlink_to(path.parent / "absent")


FILES = [fifo, directory, local_socket]
LINKS = [link_outside, link_inside, link_to_nothing]


@contextlib.contextmanager
def replaced(stopped, name, make, elsewhere):
    """Something else in the place of a file; the file is put back afterwards."""
    path, kept = stopped[0] / name, stopped[0] / f"{name}.kept"
    elsewhere.write_text("somebody else's secret")
    path.rename(kept)
    try:
        make(path, elsewhere)
        yield
    finally:
        path.rmdir() if make is directory else path.unlink()
        kept.rename(path)


def test_plain_files_are_taken(stopped, tmp_path):
    target = tmp_path / "backup.tar"
    back_up(stopped, target)
    contents = members(target)
    assert set(contents) == {"SHA256SUMS", "handfast.db", "audit.key", *TAKEN}
    for name in TAKEN:
        assert contents[name] == (stopped[0] / name).read_bytes()


def refused(stopped, name, tmp_path):
    """There is an error that names the file, and neither a backup nor a part of one anywhere."""
    results = tmp_path / "results"
    results.mkdir()
    done = back_up(stopped, results / "backup.tar", check=False)
    assert done.returncode == 1 and done.stdout == "", done
    assert f"{stopped[0]}/{name} cannot be read" in done.stderr and "regular file" in done.stderr
    assert list(results.iterdir()) == []
    assert not list(stopped[0].glob("*.partial"))
    # All digests are made before the first byte is written.
    done = subprocess.run(
        [BINARY, "backup", "-", "--config", stopped[1]],
        capture_output=True, timeout=20, env=environment(),
    )  # fmt: skip
    assert done.returncode == 1 and done.stdout == b""
    assert f"{stopped[0]}/{name} cannot be read".encode() in done.stderr


@pytest.mark.parametrize("make", FILES + LINKS)
@pytest.mark.parametrize("name", ["server.key", "server.pem", "admin.token"])
def test_no_link_is_followed_and_no_pipe_is_waited_for(stopped, tmp_path, name, make):
    with replaced(stopped, name, make, tmp_path / "elsewhere"):
        refused(stopped, name, tmp_path)
    back_up(stopped, tmp_path / "backup.tar")


@pytest.mark.parametrize("make", FILES)
def test_no_pipe_that_the_configuration_names_is_waited_for(stopped, tmp_path, make):
    with replaced(stopped, "own.key", make, tmp_path / "elsewhere"):
        refused(stopped, "own.key", tmp_path)
    back_up(stopped, tmp_path / "backup.tar")


def test_a_named_file_that_is_a_link_is_not_taken_for_one_of_the_directory(stopped, tmp_path):
    """Configured paths may be links; files outside are not in the backup, and are named."""
    path, elsewhere = stopped[0] / "own.key", tmp_path / "elsewhere.key"
    path.rename(elsewhere)
    try:
        path.symlink_to(elsewhere)
        done = back_up(stopped, tmp_path / "backup.tar")
        assert "not in it" in done.stdout and "own.key" in done.stdout
        assert "own.key" not in members(tmp_path / "backup.tar")
        assert elsewhere.read_bytes() not in (tmp_path / "backup.tar").read_bytes()
    finally:
        path.unlink()
        elsewhere.rename(path)


# Two restorations into one directory.


@pytest.fixture
def archive(stopped, tmp_path):
    file = tmp_path / "handfast.tar"
    back_up(stopped, file)
    return file


@pytest.fixture(params=[False, True], ids=["absent before", "empty before"])
def under_way(request, archive, tmp_path):
    """A restoration that has read half of its backup; its directory, its process, and the rest."""
    target = tmp_path / "restored"
    if request.param:
        target.mkdir()
    whole = archive.read_bytes()
    process = subprocess.Popen(
        [BINARY, "restore", "-", "--data", target],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    half = len(whole) // 2
    process.stdin.write(whole[:half])
    process.stdin.flush()
    expect.eventually(lambda: (target / "restore.partial/handfast.db").exists())
    yield target, process, whole[half:]
    if process.poll() is None:
        process.kill()
    process.communicate()


def tree(folder):
    return sorted((str(f.relative_to(folder)), f.stat().st_ino) for f in folder.rglob("*"))


def test_a_second_one_is_refused_and_the_first_is_finished(under_way, archive, tmp_path):
    target, process, rest = under_way
    before = tree(target)
    broken = tmp_path / "broken.tar"
    broken.write_bytes(archive.read_bytes()[:-1])
    for file in (archive, broken, archive):
        done = restore(file, target, check=False)
        assert done.returncode == 1 and "another program is using" in done.stderr, done
        assert tree(target) == before
    assert process.poll() is None
    output, errors = process.communicate(rest, timeout=20)
    assert process.returncode == 0 and b"restored" in output, errors
    contents = members(archive)
    assert {f.name for f in target.iterdir()} >= set(contents) - {"SHA256SUMS"}
    assert not list(target.glob("*.partial"))
    for name in TAKEN:
        assert (target / name).read_bytes() == contents[name]
    assert "taken" in handfast("client", "list", "--data", target).stdout
    # Now it is there, and is left as it is too.
    before = tree(target)
    done = restore(archive, target, check=False)
    assert done.returncode == 1 and "not empty" in done.stderr
    assert tree(target) == before


def test_a_first_one_that_fails_leaves_the_place_to_a_second(under_way, archive):
    target, process, rest = under_way
    assert restore(archive, target, check=False).returncode == 1
    _, errors = process.communicate(rest[:-1], timeout=20)
    assert process.returncode == 1 and b"ends before" in errors
    assert not target.exists() or list(target.iterdir()) == []
    restore(archive, target)
    assert "taken" in handfast("client", "list", "--data", target).stdout


def test_a_first_one_that_is_killed_leaves_the_place_to_a_second(under_way, archive):
    target, process, _ = under_way
    assert restore(archive, target, check=False).returncode == 1
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (target / "handfast.db").exists()
    restore(archive, target)
    assert not list(target.glob("*.partial"))
    assert "taken" in handfast("client", "list", "--data", target).stdout
