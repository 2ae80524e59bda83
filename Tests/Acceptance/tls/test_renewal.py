# SPDX-License-Identifier: Apache-2.0
"""Certificates of the server that are renewed in place: noticed within ten seconds, unsignalled."""

import os
import shutil
import time

import pytest

import expect
from oauth import CC
from openssl_client import s_client
from pairs import pair, pair_yaml

pytestmark = pytest.mark.waiting

IN_USE = "renewed certificates are in use"
WAITS = "waits for its key"
REFUSED = "a renewed certificate cannot be used"
SECONDS = 10
# Longer than two looks: what would be told again, is by then.
QUIET = 6


def replace(target, source):
    """As a careful program does it."""
    partial = target.with_suffix(".partial")
    shutil.copy(source, partial)
    os.replace(partial, target)


def shown(server):
    """The subject of the certificate that openssl's client gets."""
    lines = s_client(server).splitlines()
    return next(line.split("=", 2)[2].strip() for line in lines if line.startswith("subject="))


def comes(server, name):
    expect.eventually(lambda: shown(server) == name, within=SECONDS)
    for _ in range(4):  # on every reactor
        assert shown(server) == name


class Renewed:
    """A server whose one pair is at the paths of its configuration."""

    def __init__(self, server, certificate, key):
        self.server, self.certificate, self.key = server, certificate, key

    def count(self, words):
        return self.server.log.count(words)


@pytest.fixture
def renewed(fresh, tmp_path):
    def start(certificate, key):
        path = tmp_path / "server.yaml"
        path.write_text(pair_yaml(own=(certificate, key)))
        server = fresh(options=["--config", path])
        server.start()
        started.append(server)
        return Renewed(server, certificate, key)

    started = []
    yield start
    for server in started:
        assert server.running and server.stop() == 0


def test_a_pair_renewed_in_place_is_served(renewed, tmp_path, pki):
    one = renewed(*pair(tmp_path, "own"))
    credential = pki.self_signed("renewal")
    client = one.server.add_client("renewal", "--certificate", credential.certificate)
    body = {**CC, "client_id": client["client_id"]}
    assert shown(one.server) == "own"
    expect.eventually(lambda: one.server.token(body, credential).status == 200)
    with one.server.connect(credential) as kept:
        expect.token(kept.token(body))
        for name in ("second", "third"):
            certificate, key = pair(tmp_path / "new", name)
            replace(one.key, key)
            replace(one.certificate, certificate)
            comes(one.server, name)
            expect.token(kept.token(body))
            expect.token(one.server.token(body, credential))
    assert one.count(IN_USE) == 2 and not one.count(REFUSED)


def test_another_kind_of_key_is_served_too(renewed, tmp_path):
    one = renewed(*pair(tmp_path, "own"))
    certificate, key = pair(tmp_path / "new", "rsa", "rsa2048")
    shutil.copy(certificate, one.certificate)
    shutil.copy(key, one.key)
    comes(one.server, "rsa")


def test_links_that_are_turned_as_kubernetes_does(renewed, tmp_path):
    volume = tmp_path / "volume"
    for name in ("first", "second"):
        certificate, key = pair(tmp_path / "made", name)
        folder = volume / f"..{name}"
        folder.mkdir(parents=True)
        shutil.copy(certificate, folder / "tls.crt")
        shutil.copy(key, folder / "tls.key")
    (volume / "..data").symlink_to("..first")
    for name in ("tls.crt", "tls.key"):
        (volume / name).symlink_to(f"..data/{name}")
    one = renewed(volume / "tls.crt", volume / "tls.key")
    assert shown(one.server) == "first"
    (volume / "..data_tmp").symlink_to("..second")
    os.replace(volume / "..data_tmp", volume / "..data")
    shutil.rmtree(volume / "..first")
    comes(one.server, "second")
    assert not one.count(REFUSED) and not one.count(WAITS)


def test_links_that_are_turned_as_certbot_does(renewed, tmp_path):
    live = tmp_path / "live"
    live.mkdir()

    def turn(number, *names):
        for name in names:
            partial = live / f"{name}.new"
            partial.symlink_to(f"../archive/{name}{number}")
            os.replace(partial, live / name)

    for number in (1, 2):
        certificate, key = pair(tmp_path / "archive", f"n{number}")
        certificate.rename(tmp_path / "archive" / f"fullchain{number}")
        key.rename(tmp_path / "archive" / f"privkey{number}")
    turn(1, "fullchain", "privkey")
    one = renewed(live / "fullchain", live / "privkey")
    assert shown(one.server) == "n1"
    turn(2, "privkey", "fullchain")
    comes(one.server, "n2")


def test_a_change_that_is_half_done_waits_and_is_told_once(renewed, tmp_path):
    one = renewed(*pair(tmp_path, "own"))
    certificate, key = pair(tmp_path / "new", "whole")
    replace(one.certificate, certificate)
    expect.eventually(lambda: one.count(WAITS), within=SECONDS)
    # Touched, and copied again, it is the same half.
    os.utime(one.certificate)
    time.sleep(QUIET)
    replace(one.certificate, certificate)
    time.sleep(QUIET)
    assert one.count(WAITS) == 1 and not one.count(REFUSED)
    assert shown(one.server) == "own"
    line = next(line for line in one.server.stderr if WAITS in line)
    assert str(one.key) in line and str(one.certificate) in line and '"warning"' in line
    replace(one.key, key)
    comes(one.server, "whole")
    assert one.count(WAITS) == 1 and one.count(IN_USE) == 1


def test_damaged_files_leave_the_old_pair_and_are_told_once_each(renewed, tmp_path):
    one = renewed(*pair(tmp_path, "own"))
    certificate, key = pair(tmp_path / "new", "whole")
    text = certificate.read_text()
    glued = text.rstrip("\n") + text
    weak = pair(tmp_path / "new", "weak", "p224")
    cases = [
        (text[:300], key.read_text(), "does not end"), (glued, key.read_text(), "END and the next"),
        (weak[0].read_text(), weak[1].read_text(), "curve"), ("", key.read_text(), "empty"),
    ]  # fmt: skip
    for told, (chain, private, words) in enumerate(cases, 1):
        one.certificate.write_text(chain)
        one.key.write_text(private)
        expect.eventually(lambda told=told: one.count(REFUSED) == told, within=SECONDS)
        os.utime(one.certificate)
        line = [line for line in one.server.stderr if REFUSED in line][-1]
        assert words in line and str(one.certificate) in line and '"error"' in line, line
        assert shown(one.server) == "own"
    time.sleep(QUIET)
    assert one.count(REFUSED) == len(cases)
    one.key.unlink()
    expect.eventually(lambda: one.count(REFUSED) == len(cases) + 1, within=SECONDS)
    assert shown(one.server) == "own"
    replace(one.certificate, certificate)
    replace(one.key, key)
    comes(one.server, "whole")
    assert one.count(IN_USE) == 1


def test_the_same_content_in_another_file_is_no_news(renewed, tmp_path):
    one = renewed(*pair(tmp_path, "own"))
    lines = len(one.server.stderr)
    for file in (one.certificate, one.key):
        shutil.copy(file, tmp_path / "copy")
        replace(file, tmp_path / "copy")
    time.sleep(QUIET)
    assert len(one.server.stderr) == lines, one.server.log
    assert shown(one.server) == "own"
