# SPDX-License-Identifier: Apache-2.0
"""certbot, against an ACME server of this machine, renews the certificate that nodes serve with."""

import grp
import json
import os
import pwd
import shutil
import socket
import ssl
import subprocess

import pytest

import expect
from owners import let_by
from pki import CA
from proxies import account
from server import ROOT, Server, free_port, handfast

HOOK = ROOT / "Examples/edge/certbot-deploy-hook"
NAME = "edge-01.example.com"


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """Pebble, Let's Encrypt's ACME server for tests, which believes every challenge."""
    folder = tmp_path_factory.mktemp("acme")
    ca = CA(folder / "ca", "/CN=ACME front")
    own = ca.issue("pebble", "/CN=localhost", eku="serverAuth",
                   extra="subjectAltName=DNS:localhost\n")  # fmt: skip
    port = free_port()
    (folder / "pebble.json").write_text(json.dumps({"pebble": {
        "listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{free_port()}",
        "certificate": str(own.certificate), "privateKey": str(own.key),
        "httpPort": free_port(), "tlsPort": free_port(), "ocspResponderURL": "",
    }}))  # fmt: skip
    quick = {"PEBBLE_VA_ALWAYS_VALID": "1", "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["pebble", "-config", folder / "pebble.json"],
            env={**os.environ, **quick}, stdout=log, stderr=log,
        )  # fmt: skip

        def listens():
            assert process.poll() is None, (folder / "log").read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        expect.eventually(listens, within=10)
        yield f"https://localhost:{port}/dir", ca.certificate
        process.terminate()
        process.wait(10)


class Edge:
    """The folders of certbot and of the service on one machine."""

    def __init__(self, folder, acme):
        self.directory, trusted = acme
        self.folder, self.tls = folder, folder / "tls"
        who = account()
        self.group = grp.getgrgid(who["group"] if who else os.getgid()).gr_name
        self.env = {
            **os.environ, "REQUESTS_CA_BUNDLE": str(trusted), "HANDFAST_TLS": str(self.tls),
            "HANDFAST_GROUP": self.group, "HANDFAST_CERTIFICATE_NAME": NAME,
        }  # fmt: skip
        folder.chmod(0o755)

    def certbot(self, command, *options):
        done = subprocess.run(
            ["certbot", command, "--non-interactive", "--config-dir", self.folder / "letsencrypt",
             "--work-dir", self.folder / "work", "--logs-dir", self.folder / "logs",
             "--server", self.directory, "--deploy-hook", HOOK, *options],
            env=self.env, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def issue(self, name=NAME):
        self.certbot(
            "certonly", "--standalone", "--agree-tos", "--register-unsafely-without-email",
            "--http-01-port", str(free_port()), "--domain", name,
        )  # fmt: skip

    def hook(self, lineage, **more):
        env = {**self.env, "RENEWED_LINEAGE": str(lineage), **more}
        return subprocess.run([HOOK], env=env, capture_output=True, text=True)

    @property
    def lineage(self):
        return self.folder / "letsencrypt/live" / NAME


@pytest.fixture(scope="module")
def edge(tmp_path_factory, acme):
    folder = tmp_path_factory.mktemp("edge")
    let_by(folder)
    made = Edge(folder, acme)
    made.issue()
    return made


def served(server):
    """The serial number of the certificate that the server shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(server.address) as plain:
        with context.wrap_socket(plain, server_hostname=NAME) as secure:
            return serial(ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True)))


def serial(pem):
    return subprocess.run(
        ["openssl", "x509", "-noout", "-serial"], input=pem, capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip


def configured(edge):
    port = free_port()
    text = f"""
listeners:
  main: {{address: "127.0.0.1:{port}"}}
tls:
  certificates:
    main:
      certificate: {edge.tls}/current/fullchain.pem
      key: {edge.tls}/current/privkey.pem
"""
    (edge.folder / "handfast.yaml").write_text(text)
    (edge.folder / "handfast.yaml").chmod(0o644)
    return edge.folder / "handfast.yaml", port


@pytest.fixture
def service(edge):
    """A server of the service's user, who has the group and nothing of root's."""
    file, port = configured(edge)
    data = edge.folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    prefix = []
    if who := account():
        os.chown(data, who["user"], who["group"])
        user = pwd.getpwuid(who["user"]).pw_name
        prefix = ["setpriv", f"--reuid={user}", f"--regid={who['group']}", "--clear-groups"]
    server = Server(data, ["--config", file], prefix=prefix, port=port, flags=False)
    with server:
        yield server
        assert server.running


def test_a_renewal_of_certbot_is_served_by_a_user_who_is_not_root(edge, service):
    first = served(service)
    assert first == serial((edge.lineage / "fullchain.pem").read_text())
    edge.certbot("renew", "--force-renewal", "--no-random-sleep-on-renew")
    second = serial((edge.lineage / "fullchain.pem").read_text())
    assert second != first
    expect.eventually(lambda: served(service) == second, within=15)
    assert "a renewed certificate cannot be used" not in service.log
    pairs = sorted(edge.tls.iterdir())
    assert [one.name for one in pairs][0] == "current" and len(pairs) == 2
    key = edge.tls / "current/privkey.pem"
    assert key.stat().st_mode & 0o777 == 0o640 and key.group() == edge.group
    assert (edge.tls / "current/").stat().st_mode & 0o777 == 0o750
    # certbot's own copy is as closed as before.
    assert (edge.folder / "letsencrypt/archive").stat().st_mode & 0o077 == 0
    assert served(service) == second


def test_a_key_of_another_certificate_changes_nothing(edge, tmp_path):
    before = os.readlink(edge.tls / "current")
    lineage = tmp_path / NAME
    shutil.copytree(edge.lineage, lineage)
    subprocess.run(["openssl", "genrsa", "-out", lineage / "privkey.pem", "2048"], check=True,
                   capture_output=True)  # fmt: skip
    done = edge.hook(lineage)
    assert done.returncode == 1 and "nothing was changed" in done.stderr
    (lineage / "fullchain.pem").write_text("no certificate")
    assert edge.hook(lineage).returncode != 0
    (lineage / "fullchain.pem").unlink()
    assert edge.hook(lineage).returncode != 0
    assert os.readlink(edge.tls / "current") == before
    assert len(list(edge.tls.iterdir())) == 2


def test_other_certificates_of_the_machine_are_left(edge):
    before = os.readlink(edge.tls / "current")
    edge.issue("mail.example.com")
    assert os.readlink(edge.tls / "current") == before
    done = edge.hook(edge.lineage, HANDFAST_CERTIFICATE_NAME="other.example.com")
    assert done.returncode == 0 and os.readlink(edge.tls / "current") == before


def test_a_group_that_is_not_there_leaves_the_pair(edge):
    before = os.readlink(edge.tls / "current")
    assert edge.hook(edge.lineage, HANDFAST_GROUP="no-such-group").returncode != 0
    assert os.readlink(edge.tls / "current") == before and len(list(edge.tls.iterdir())) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_without_the_group_the_service_cannot_read_the_key(edge):
    file, _ = configured(edge)
    command = [os.fspath(one) for one in handfast("--version").args[:1]]
    check = [*command, "check", "--config", str(file), "--data", str(edge.folder / "none")]
    user = pwd.getpwnam("nobody")
    for group, status in ((account()["group"], 0), (grp.getgrnam("daemon").gr_gid, 1)):
        done = subprocess.run(
            ["setpriv", f"--reuid={user.pw_uid}", f"--regid={group}", "--clear-groups", *check],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
