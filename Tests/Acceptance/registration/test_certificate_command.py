# SPDX-License-Identifier: Apache-2.0
"""`handfast certificate`: thumbprints, and certificates in and out of keystores."""

import json
import ssl
import subprocess

import pytest

from pki import openssl
from server import Server, handfast


@pytest.mark.parametrize("algorithm", ["rsa2048", "p256", "ed25519"])
def test_the_thumbprint_is_that_of_rfc_8705_from_pem_and_der(pki, algorithm):
    credential = pki.self_signed(f"command-{algorithm}", algorithm)
    der = pki.folder / f"command-{algorithm}.der"
    openssl("x509", "-in", credential.certificate, "-outform", "der", "-out", der)
    for file in (credential.certificate, der):
        assert handfast("certificate", "thumbprint", file).stdout.strip() == credential.thumbprint


def test_inspect_shows_subject_dates_key_and_thumbprint(pki):
    credential = pki.self_signed("inspected", "rsa2048")
    shown = handfast("certificate", "inspect", credential.certificate).stdout
    for part in ("CN=playground2", "O=WSO2", "C=LK", "2048", credential.thumbprint):
        assert part in shown
    told = json.loads(handfast("certificate", "inspect", "--json", credential.certificate).stdout)
    assert credential.thumbprint in json.dumps(told)


@pytest.mark.parametrize("command", ["inspect", "thumbprint"])
def test_what_is_no_certificate_is_refused_with_its_name(pki, command):
    key = pki.self_signed("playground2").key
    for file in (key, pki.folder / "absent.pem"):
        done = handfast("certificate", command, file, check=False)
        assert done.returncode not in (0, 132, 134, 139, -4, -6, -11)
        assert file.name in done.stderr and not done.stdout.strip()
    assert key.read_text().splitlines()[1] not in done.stderr


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A data directory of a server that has run, and its certificate."""
    server = Server(tmp_path_factory.mktemp("ran") / "data")
    with server, server.connect() as connection:
        server.certificate = connection.socket.getpeercert(binary_form=True)
        server.stop()
    return server


def test_the_server_certificate_is_exported_and_lets_curl_trust_it(ran, tmp_path):
    pem = ran.handfast("certificate", "export").stdout
    assert ssl.PEM_cert_to_DER_cert(pem) == ran.certificate
    assert "PRIVATE" not in pem
    der = tmp_path / "server.der"
    ran.handfast("certificate", "export", "--format", "der", "--out", der)
    assert der.read_bytes() == ran.certificate
    trusted = tmp_path / "server.pem"
    trusted.write_text(pem)
    curl = ["curl", "-sS", "--cacert", trusted, f"https://localhost:{ran.port}/health"]
    with ran:
        assert subprocess.run(curl, capture_output=True).returncode == 0
        del curl[2:4]
        assert subprocess.run(curl, capture_output=True).returncode == 60
        ran.stop()


def test_the_certificate_of_a_configured_pair_is_exported(ran, pki, tmp_path):
    own = pki.self_signed("exported-pair", "p256")
    file = tmp_path / "handfast.yaml"
    pair = f"tls: {{certificates: {{own: {{certificate: {own.certificate}, key: {own.key}}}}}}}"
    file.write_text(f"data: {ran.data}\n{pair}\n")
    shown = handfast("certificate", "export", "--config", file).stdout
    assert ssl.PEM_cert_to_DER_cert(shown) == ssl.PEM_cert_to_DER_cert(own.certificate.read_text())
    file.write_text(f"data: {ran.data}\n")
    shown = handfast("certificate", "export", "--config", file).stdout
    assert ssl.PEM_cert_to_DER_cert(shown) == ran.certificate


def test_a_directory_in_which_no_server_has_started_has_none_yet(tmp_path):
    done = handfast("certificate", "export", "--data", tmp_path, check=False)
    assert done.returncode == 1 and not done.stdout
    assert f"There is no {tmp_path}/server.pem: the first start" in done.stderr


def test_a_truststore_holds_the_certificate_and_no_key(ran, tmp_path):
    store = tmp_path / "trust.p12"
    ran.handfast("certificate", "export", "--format", "pkcs12", "--out", store)
    shown = openssl("pkcs12", "-in", store, "-passin", "pass:changeit", "-nodes")
    assert "BEGIN CERTIFICATE" in shown and "PRIVATE KEY" not in shown


def test_a_keystore_is_imported_without_its_key_and_its_certificate_registers(pki, ran, tmp_path):
    credential = pki.self_signed("playground2")
    store = tmp_path / "client.p12"
    openssl(
        "pkcs12", "-export", "-in", credential.certificate, "-inkey", credential.key,
        "-out", store, "-passout", "pass:secret",
    )  # fmt: skip
    done = handfast("certificate", "import", store, "--password-stdin", text_input="secret\n")
    assert credential.thumbprint in done.stdout and "PRIVATE" not in done.stdout
    imported = tmp_path / "imported.pem"
    imported.write_text(done.stdout)
    ran.add_client("imported", "--certificate", imported)
    wrong = handfast(
        "certificate", "import", store, "--password-stdin", text_input="wrong\n", check=False
    )
    assert wrong.returncode != 0 and store.name in wrong.stderr
