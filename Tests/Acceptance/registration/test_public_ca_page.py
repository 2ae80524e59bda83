# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/public-ca-cliff.md, run as they are printed there."""

import os
import re
import subprocess
from pathlib import Path

import pytest

import expect
from pki import Credential
from publicca import SAN, PublicCA, body, day
from server import BINARY, ROOT, environment

PAGE = (ROOT / "Documentation/public-ca-cliff.md").read_text()


@pytest.fixture
def ca(tmp_path):
    return PublicCA(tmp_path / "cas")


@pytest.fixture
def run(server, ca, tmp_path):
    """Runs a block of the page in a folder where its files are, with `handfast` on the path."""
    folder = tmp_path / "work"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/handfast").symlink_to(BINARY)
    (folder / "public-ca.pem").write_text(ca.root.certificate.read_text())

    def run(name, status=0, strict=True):
        found = re.findall(rf"<!-- {name} -->\n```sh\n(.*?)```", PAGE, re.S)
        assert len(found) == 1, f"{len(found)} blocks named {name}"
        # The page's day comes and goes.
        commands = found[0].replace("2027-06-30", day(200))
        done = subprocess.run(
            ["sh", *(["-e"] if strict else []), "-c", commands],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            env=environment(
                **ca.env,
                HANDFAST_DATA=str(server.data),
                PATH=f"{folder / 'bin'}:{os.environ['PATH']}",
            ),
        )
        assert done.returncode == status, (commands, done.stdout, done.stderr)
        return done

    run.folder = folder
    return run


@pytest.fixture
def billing(server, ca):
    """The page's client, with a CA of its own; gone afterwards."""
    client = server.add_client("billing", "--ca-certificate", ca.root.certificate, *SAN)
    yield client
    server.handfast("client", "remove", "billing")


def new(run):
    return Credential(run.folder / "billing-new.pem", run.folder / "billing-new-key.pem")


def test_every_block_of_the_page_is_run_here():
    tested = re.findall(r"run\(\"([^\"]+)\"", Path(__file__).read_text())
    assert set(re.findall(r"<!-- (.+?) -->", PAGE)) == set(tested)
    assert PAGE.count("```sh") == len(set(tested))


def test_the_list_and_the_bridge(server, ca, billing, run):
    # Both list her, and their status says so.
    assert run("list", status=1, strict=False).stdout.count(billing["client_id"]) == 2
    renewed = ca.issue("renewed", eku="serverAuth")
    now = ca.issue("now")
    expect.everywhere(lambda: server.token(body(billing), now), 200)
    expect.error(server.token(body(billing), renewed), "invalid_client")
    run("bridge")
    expect.everywhere(lambda: server.token(body(billing), renewed), 200)
    run("end")
    expect.everywhere(lambda: server.token(body(billing), renewed), 401)
    server.handfast("client", "update", "billing", "--ca-certificate", ca.root.certificate)
    server.handfast("trust-set", "remove", "public")


def test_rolling_over_to_a_self_signed_certificate(server, ca, billing, run):
    now = ca.issue("now")
    (run.folder / "billing-now.pem").write_text(now.certificate.read_text())
    expect.everywhere(lambda: server.token(body(billing), now), 200)
    run("self-signed, the client")
    assert server.token(body(billing), new(run)).status == 401
    run("self-signed, the registration")
    expect.everywhere(lambda: server.token(body(billing), new(run)), 200)
    expect.token(server.token(body(billing), now))
    listed = run("self-signed, the end").stdout
    assert "removed: " in listed and now.thumbprint in listed
    expect.everywhere(lambda: server.token(body(billing), now), 401)
    expect.token(server.token(body(billing), new(run)))
    assert "billing" not in server.handfast("certificate", "cliff", env=ca.env).stdout


def test_rolling_over_to_a_private_ca(server, ca, billing, run):
    now = ca.issue("now")
    expect.everywhere(lambda: server.token(body(billing), now), 200)
    run("private, the CA")
    run("private, the client")
    run("private, the certificate")
    assert server.token(body(billing), new(run)).status == 401
    run("private, the registration")
    expect.everywhere(lambda: server.token(body(billing), new(run)), 200)
    expect.token(server.token(body(billing), now))

    def is_listed():
        return "billing" in server.handfast("certificate", "cliff", check=False, env=ca.env).stdout

    expect.eventually(is_listed, within=4)
    expect.token(server.token(body(billing), new(run)))
    expect.eventually(lambda: not is_listed(), within=4)
    run("private, the end")
    expect.everywhere(lambda: server.token(body(billing), now), 401)
    expect.token(server.token(body(billing), new(run)))
