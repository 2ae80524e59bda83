# SPDX-License-Identifier: Apache-2.0
"""FIFOs, devices and directories where a file belongs: an error, and never a wait."""

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

import expect
from administrator import Administrator
from server import BINARY, environment, handfast

SOON = 5


def place(path, kind):
    path = os.fspath(path)
    if os.path.lexists(path):
        os.unlink(path)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        os.mkdir(path)
    elif kind == "zero":
        os.symlink("/dev/zero", path)
    elif kind == "socket":
        one = socket.socket(socket.AF_UNIX)
        folder, name = os.path.split(path)
        before = os.getcwd()
        os.chdir(folder)
        try:
            one.bind(name)
        finally:
            os.chdir(before)


KINDS = ["fifo", "directory", "zero", "socket"]


def fails(server, *words):
    began = time.monotonic()
    server.launch()
    try:
        assert server.wait(SOON * expect.PATIENCE) not in (0, -signal.SIGKILL)
    except subprocess.TimeoutExpired:
        server.kill()
        pytest.fail(f"it hangs: {server.log}")
    assert time.monotonic() - began < SOON * expect.PATIENCE
    assert not any("listening" in line for line in server.stdout)
    expect.logged(server, *words)


@pytest.mark.parametrize("kind", [*KINDS, "link", "long"])
def test_the_administrators_token(fresh, kind):
    server = fresh().start()
    token = server.data / "admin.token"
    words = token.read_text()
    assert server.stop() == 0
    if kind == "link":
        elsewhere = server.data.parent / "elsewhere"
        shutil.move(token, elsewhere)
        token.symlink_to(elsewhere)
        elsewhere.chmod(0o644)
    elif kind == "long":
        token.write_text("a" * 100_000)
    else:
        place(token, kind)
    fails(server, str(token), "Remove it")
    if kind == "link":
        assert elsewhere.stat().st_mode & 0o777 == 0o644
    (shutil.rmtree if kind == "directory" else os.unlink)(token)
    token.write_text(words)
    token.chmod(0o600)
    with server:
        assert Administrator(server).curl("/health")[0] == 200


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_of_a_running_server(fresh, kind):
    admin = Administrator(fresh().start())
    token, bearer = admin.server.data / "admin.token", admin.bearer
    words = token.read_text()
    place(token, kind)
    began = time.monotonic()
    assert admin.curl("/clients", fields=[bearer])[0] == 401
    assert time.monotonic() - began < expect.PATIENCE
    (shutil.rmtree if kind == "directory" else os.unlink)(token)
    token.write_text(words)
    assert admin.curl("/clients", fields=[bearer])[0] == 200


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("extension", ["yaml", "json"])
def test_the_configuration(fresh, tmp_path, kind, extension):
    file = tmp_path / f"h.{extension}"
    place(file, kind)
    began = time.monotonic()
    done = handfast("check", "--config", file, check=False, timeout=SOON * expect.PATIENCE)
    assert time.monotonic() - began < SOON * expect.PATIENCE
    assert done.returncode == 1 and str(file) in done.stderr and done.stderr.count("\n") == 1
    fails(fresh(options=["--config", file]), str(file))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("which", ["certificate", "key", "forwarder_keys", "authorities"])
def test_files_that_the_configuration_names(fresh, tmp_path, kind, which):
    server = fresh().start()
    for name in ("server.pem", "server.key"):
        shutil.copy(server.data / name, tmp_path / name)
    assert server.stop() == 0
    names = {"certificate": "server.pem", "key": "server.key", "forwarder_keys": "proxies.pem",
             "authorities": "cas.pem"}  # fmt: skip
    paths = {key: tmp_path / name for key, name in names.items()}
    for name in ("proxies.pem", "cas.pem"):
        shutil.copy(tmp_path / "server.pem", tmp_path / name)
    file = tmp_path / "h.yaml"
    file.write_text(
        "listeners: {main: {address: '127.0.0.1:%d', forwarded_certificate: nginx,"
        " forwarder_keys: proxies.pem}}\n"
        "tls: {certificates: {one: {certificate: server.pem, key: server.key}}}\n"
        "fetch: {authorities: cas.pem}\n" % server.port
    )
    again = fresh(data=server.data, options=["--config", file], flags=False, port=server.port)
    with again:
        good = paths[which].read_bytes()
        place(paths[which], kind)
        done = handfast("check", "--config", file, check=False, timeout=SOON * expect.PATIENCE)
        assert done.returncode == 1 and str(paths[which]) in done.stderr, done.stderr
        # A running server keeps what it has.
        again.signal(signal.SIGHUP)
        expect.eventually(lambda: "configuration not reloaded" in again.log)
        assert again.get("/health").status == 200
        assert again.stop() == 0
    fails(again, str(paths[which]))
    assert good


@pytest.mark.parametrize("kind", KINDS)
def test_what_commands_read(tmp_path, kind, pki):
    path = tmp_path / "input"
    place(path, kind)
    data = tmp_path / "data"
    commands = [
        ["client", "add", "a", "--certificate", path],
        ["client", "add", "a", "--jwks", path],
        ["client", "add", "a", "--ca-certificate", path, "--subject-dn", "CN=a"],
        ["trust-set", "add", "a", "--ca-certificate", path],
        ["trust-set", "add", "a", "--ca-certificate", pki.root.certificate, "--crl", path],
        ["certificate", "thumbprint", path],
        ["certificate", "import", path, "--out", tmp_path / "out"],
    ]
    for command in commands:
        more = [] if command[0] == "certificate" else ["--data", data]
        done = handfast(*command, *more, check=False, timeout=SOON * expect.PATIENCE)
        assert done.returncode not in (0, -9, 132, 134) and done.stderr.strip(), command
        assert not (tmp_path / "out").exists()


def test_a_pipe_that_somebody_writes_is_read(pki):
    credential = pki.self_signed("piped")
    command = f"'{BINARY}' certificate thumbprint <(sleep 0.3; cat '{credential.certificate}')"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, env=environment()
    )
    assert done.stdout.strip() == credential.thumbprint, done.stderr


def test_a_revocation_list_that_is_a_fifo_does_not_hold_up_the_others(fresh, tmp_path, pki):
    waiting = tmp_path / "waiting.crl"
    # A file that is not there yet is taken, with a warning.
    server = fresh()
    server.handfast(
        "trust-set", "add", "a", "--ca-certificate", pki.root.certificate, "--crl", waiting
    )
    os.mkfifo(waiting)
    with server:
        assert server.get("/health").status == 200
        expect.logged(server, str(waiting))
        assert server.stop() == 0
