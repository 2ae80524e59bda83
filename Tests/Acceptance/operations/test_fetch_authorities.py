# SPDX-License-Identifier: Apache-2.0
"""The file of CAs for fetches (fetch.authorities): looked at before anything is fetched."""

import signal
import subprocess
from pathlib import Path

import pytest

import expect
from pki import CA
from server import handfast


@pytest.fixture
def house(tmp_path):
    """A configuration that names a good file."""

    class House:
        path = tmp_path / "handfast.yaml"
        cas = tmp_path / "web.pem"
        ca = CA(tmp_path / "ca", "/O=Handfast/CN=Web")

    house = House()
    house.path.write_text("fetch:\n  authorities: web.pem\n")
    house.cas.write_bytes(house.ca.certificate.read_bytes())
    return house


def der(house):
    command = ["openssl", "x509", "-in", house.ca.certificate, "-outform", "DER"]
    return subprocess.run(command, check=True, capture_output=True).stdout


BROKEN = {
    "missing": (lambda house: None, "cannot be read"),
    "empty": (lambda house: b"", "empty"),
    "blank": (lambda house: b"\n\n", "empty"),
    "text": (lambda house: b"nothing\n", "neither PEM nor DER"),
    "cut": (lambda house: house.ca.certificate.read_bytes()[:200], "does not end"),
    "DER": (der, "CAs are read as PEM"),
}


def damage(house, case):
    content, words = BROKEN[case]
    content = content(house)
    house.cas.unlink() if content is None else house.cas.write_bytes(content)
    return words


@pytest.mark.parametrize("case", BROKEN)
def test_check_reads_the_file(house, case):
    assert handfast("check", "--config", house.path).stdout.endswith(": ok\n")
    words = damage(house, case)
    checked = handfast("check", "--config", house.path, check=False)
    assert checked.returncode == 1 and not checked.stdout
    assert checked.stderr.startswith(f'fetch.authorities: "{house.cas}" ')
    assert words in checked.stderr


@pytest.mark.parametrize("case", BROKEN)
def test_a_bad_file_keeps_the_server_from_starting_and_a_running_one_as_it_is(house, fresh, case):
    server = fresh(options=["--config", house.path])
    with server:
        words = damage(house, case)
        server.signal(signal.SIGHUP)
        expect.eventually(lambda: "configuration not reloaded" in server.log)
        expect.logged(server, words, str(house.cas))
        assert server.get("/health").status == 200
        assert server.stop() == 0
    server.launch()
    assert server.wait() not in (0, 132, 134, 139, -4, -5, -6, -11)
    expect.logged(server, words, str(house.cas))


def test_a_directory_is_no_file(house):
    house.cas.unlink()
    house.cas.mkdir()
    checked = handfast("check", "--config", house.path, check=False)
    assert checked.returncode == 1 and "Is a directory" in checked.stderr


def test_the_bundle_of_a_system_is_taken(house):
    bundle = Path("/etc/ssl/certs/ca-certificates.crt")
    if not bundle.exists():
        pytest.skip("this machine has no bundle")
    house.cas.write_bytes(bundle.read_bytes())
    assert handfast("check", "--config", house.path).stdout.endswith(": ok\n")
