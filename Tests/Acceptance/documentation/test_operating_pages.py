# SPDX-License-Identifier: Apache-2.0
"""The commands and configurations of the pages for operators, run as printed."""

import configparser
import os
import re
import shutil
import subprocess

import pytest

import expect
from pages import block, blocks
from releases import with_rounds
from server import BINARY, ROOT

OPERATING = "Documentation/operating.md"
CONFIGURATION = "Documentation/configuration.md"
MOVING = "Documentation/moving-from-wso2.md"
PROXY = "Documentation/behind-a-proxy.md"
CODES = "Documentation/authorization-code.md"
CONFORMANCE = "Documentation/conformance.md"


def libraries_named():
    """The libraries that the page says the program needs."""
    text = (ROOT / OPERATING).read_text()
    named = re.search(r"What it does need is (.*?)\. On Debian", text, re.S)
    return set(re.findall(r"\blib\w+(?:\+\+)?", named[1]))


def libraries_linked(said):
    """Those that ldd has printed; Swift's own are linked into the release program only."""
    linked = set(re.findall(r"^\s*(lib[\w+]+?)(?:-\d[\d.]*)?\.so", said, re.M))
    swift = re.compile(r"libswift|lib_|libFoundation|libdispatch|libBlocksRuntime")
    return {one for one in linked if not swift.match(one)}


def signing_keys(server):
    listed = server.handfast("key", "list").stdout
    return set(re.findall(r"^(\S{43})\s+ES256\b", listed, re.M))


def test_operating_from_its_beginning_to_its_end(walk, tree, server, pki):
    """`script/build` takes minutes: in this tree it finds the program built already."""
    billing = pki.self_signed("billing", "p256")
    server.add_client("billing", "--client-id", "billing", "--certificate", billing.certificate)
    body = {"grant_type": "client_credentials", "client_id": "billing"}
    expect.eventually(lambda: server.token(body, billing).status == 200)
    page = walk(OPERATING, tree, port=server.port, HANDFAST_DATA=server.data)
    (page.folder / "handfast.yaml").write_text("tokens:\n  lifetime: 600\n")

    (needed,) = page.run("Building and installing")
    # OpenSSL's own of Debian 13, which the page names apart.
    assert libraries_linked(needed) - {"libz", "libzstd"} == libraries_named()

    made, _ = page.run("Backups")
    assert re.search(r"\b[0-9a-f]{64}\b", made)
    assert (page.folder / "handfast.tar").stat().st_mode & 0o077 == 0
    assert (page.folder / "restored/handfast.db").exists()

    before = signing_keys(server)
    rotated, *_ = page.run("Key rotation")
    assert len(before) == 1 and before < set(re.findall(r"\S{43}", rotated))
    after = signing_keys(server)
    assert len(after) == 1 and not after & before

    (ended,) = page.run("Taking tokens back")
    assert "client billing" in ended and "until it expires" in ended

    (answers,) = page.run("Metrics and the emergency switch")
    assert "handfast_tokens_issued_total" in answers and "HTTP/1.1 204" in answers
    expect.error(server.token(body, billing), "invalid_client")

    (said,) = page.run("Probes")
    assert '200 {"status":"ok"}' in said and '200 {"state":"full"}' in said

    (told,) = page.run("Refusals")
    assert "client-disabled" in told and "client billing" in told and '"more" : false' in told


def test_the_systemd_unit(tmp_path):
    """systemd-analyze is asked where it is installed; roots of containers have none."""
    text = block(OPERATING, "ini", "A systemd unit")
    unit = configparser.ConfigParser(strict=True, interpolation=None)
    unit.optionxform = str
    unit.read_string(text)
    assert unit.sections() == ["Unit", "Service", "Install"]
    words = unit["Service"]["ExecStart"].split()
    assert words[:2] == ["/usr/local/bin/handfast", "serve"]
    usage = subprocess.run([BINARY, "help", "serve"], capture_output=True, text=True).stdout
    assert all(word in usage for word in words if word.startswith("--"))
    if not shutil.which("systemd-analyze"):
        return
    # Only the program's place differs from what is printed: it is not in /usr/local here.
    (tmp_path / "handfast.service").write_text(text.replace(words[0], str(BINARY)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "handfast.service"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and "handfast.service" not in done.stderr, done.stderr


@pytest.fixture
def etc(tmp_path, pki):
    """The files in /etc/handfast that the pages' configurations name."""
    folder = tmp_path / "etc"
    folder.mkdir()
    own = pki.issued("own", subject="/CN=localhost", eku="serverAuth")
    shutil.copy(own.certificate, folder / "server.pem")
    shutil.copy(own.key, folder / "server.key")
    shutil.copy(own.certificate, folder / "proxies.pem")
    (folder / "proxy-secret").write_text("A-SECRET-OF-32-CHARACTERS-OR-MORE\n")
    for file in folder.iterdir():
        os.chmod(file, 0o600)
    return folder


# Configurations of others, which http/test_real_gateways.py runs.
OTHERS = {"Envoy", "Traefik"}
PRINTED = [
    (page, one.text)
    for page in (OPERATING, CONFIGURATION, PROXY, CODES)
    for one in blocks(page, "yaml")
    if one.heading not in OTHERS
]


@pytest.mark.parametrize("page, text", PRINTED)
def test_a_configuration_that_a_page_prints_is_good(walk, etc, page, text):
    checked = walk(CONFIGURATION, HANDFAST_DATA=etc.parent / "data")
    if "issuer" not in text:
        text = f"issuer: https://id.example.com\n{text}"
    (checked.folder / "handfast.yaml").write_text(text.replace("/etc/handfast", str(etc)))
    (said,) = checked.run("Check before you start")
    assert said.startswith("handfast.yaml: ok\n")
    # Its refusing twin: a key that is not there.
    (checked.folder / "handfast.yaml").write_text(text + "unknown: 1\n")
    assert "unknown" in checked.shell("handfast check --config handfast.yaml 2>&1", status=1)


def test_moving_from_wso2(walk, server, pki):
    page = walk(MOVING, port=server.port, HANDFAST_DATA=server.data)
    own = pki.self_signed("wso2")
    shutil.copy(own.certificate, page.folder / "own.pem")
    page.shell(
        "keytool -import -trustcacerts -alias playground2 -file own.pem -storetype JKS"
        " -keystore client-truststore.jks -storepass wso2carbon -noprompt"
    )
    listed, added = page.run("A client out of the truststore")
    assert own.thumbprint in listed and "client_id: playground2\n" in added
    page.run("Users and the password grant")
    page.run("The server's certificate for Java clients")
    body = {"client_id": "playground2", "grant_type": "password"}
    body |= {"username": "admin", "password": "admin"}
    expect.eventually(lambda: server.token(body, own).status == 200)
    store = page.shell("keytool -list -keystore server-truststore.p12 -storepass changeit")
    assert "trustedCertEntry" in store


def test_the_key_of_a_proxy(walk):
    page = walk(PROXY)
    page.run("The listener for a proxy that ends TLS")
    shown = page.shell("handfast certificate inspect proxy.pem")
    assert "CN=proxy" in shown


@with_rounds
def test_the_tests_of_a_row(walk):
    """They are part of every run without it."""
    page = walk(CONFORMANCE)
    (page.folder / ".venv").symlink_to(ROOT / ".venv")
    (page.folder / "Tests").symlink_to(ROOT / "Tests")
    (said,) = page.run("Conformance")
    assert re.search(r"\d+ passed", said) and "failed" not in said
