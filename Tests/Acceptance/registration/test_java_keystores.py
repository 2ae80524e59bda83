# SPDX-License-Identifier: Apache-2.0
"""From a truststore that keytool wrote to a token: `handfast certificate import`."""

import re
import shutil
import subprocess

import pytest

import expect
from oauth import CC
from server import handfast

PASSWORD = "wso2carbon"


def keytool(folder, command):
    """Runs a line of instructions as it is printed there."""
    done = subprocess.run(
        command.split(), cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr


def import_line(kind, alias="client", file="client-certificate.pem"):
    return (
        f"keytool -import -trustcacerts -alias {alias} -file {file} "
        f"-keystore client-truststore.jks -storepass {PASSWORD} -noprompt {kind}"
    )


@pytest.fixture
def folder(tmp_path, pki):
    """A person's folder with the client's certificate in it."""
    own = pki.self_signed("java").certificate
    shutil.copy(own, tmp_path / "client-certificate.pem")
    return tmp_path


# Without -storetype keytool chooses, since Java 9 PKCS#12.
@pytest.mark.parametrize("kind", ["-storetype JKS", "-storetype PKCS12", ""])
def test_the_instructions_lead_to_a_token(server, pki, folder, kind):
    keytool(folder, import_line(kind))
    imported = folder / "imported.pem"
    done = handfast(
        "certificate", "import", folder / "client-truststore.jks", "--password-stdin",
        "--alias", "client", "--out", imported, text_input=PASSWORD + "\n",
    )  # fmt: skip
    assert done.stderr == "" and "PRIVATE" not in imported.read_text()
    own = pki.self_signed("java")
    assert own.thumbprint in imported.read_text()
    client = server.add_client(f"java{kind}", "--certificate", imported)
    body = {**CC, "client_id": client["client_id"]}
    expect.eventually(lambda: server.token(body, own).status == 200)
    members = expect.token(server.token(body, own))
    claims = expect.verified(members["access_token"], server.address)
    assert claims["cnf"]["x5t#S256"] == own.thumbprint
    expect.error(server.token(body, pki.self_signed("java-other")), "invalid_client")


@pytest.mark.parametrize("kind", ["JKS", "JCEKS", "PKCS12"])
def test_one_certificate_out_of_many_is_taken_by_its_alias(pki, folder, kind):
    other = pki.self_signed("java-other")
    shutil.copy(other.certificate, folder / "other.pem")
    keytool(folder, import_line(f"-storetype {kind}"))
    keytool(folder, import_line(f"-storetype {kind}", alias="Second", file="other.pem"))
    keytool(
        folder,
        f"keytool -genkeypair -alias own -keyalg RSA -dname CN=own -storetype {kind} "
        f"-keystore client-truststore.jks -storepass {PASSWORD} -keypass {PASSWORD}",
    )
    store = folder / "client-truststore.jks"

    def take(*options, check=True):
        arguments = ["certificate", "import", store, "--password-stdin", *options]
        return handfast(*arguments, text_input=PASSWORD + "\n", check=check)

    everything = take().stdout
    assert everything.count("BEGIN CERTIFICATE") == 3 and "PRIVATE" not in everything
    aliases = re.findall("# alias: (.*)", everything)
    assert {alias.lower() for alias in aliases} == {"client", "second", "own"}
    second = take("--alias", "SECOND").stdout
    assert re.findall("# x5t#S256: (.*)", second) == [other.thumbprint]
    absent = take("--alias", "third", check=False)
    assert absent.returncode == 1 and absent.stdout == ""
    assert "third" in absent.stderr and "second" in absent.stderr.lower()
    out = folder / "out.pem"
    assert "private key" in take("--out", out).stdout
    assert out.read_text() == everything


@pytest.mark.parametrize("kind", ["JKS", "JCEKS", "PKCS12"])
def test_a_wrong_password_or_a_changed_file_is_refused(folder, kind):
    keytool(folder, import_line(f"-storetype {kind}"))
    store = folder / "client-truststore.jks"
    whole = store.read_bytes()

    def refused(password=PASSWORD):
        done = handfast(
            "certificate", "import", store, "--password-stdin", text_input=password + "\n",
            check=False,
        )  # fmt: skip
        assert done.returncode == 1 and done.stdout == ""
        assert store.name in done.stderr and done.stderr.strip().endswith((".", "`."))
        return done.stderr

    for wrong in ("wso2carboN", "", "wso2carbon "):
        assert "password" in refused(wrong)
    store.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    refused()
    store.write_bytes(whole[: len(whole) // 2])
    refused()
    store.write_bytes(b"")
    refused()


@pytest.mark.parametrize("kind", ["JKS", "JCEKS"])
def test_without_the_password_the_command_warns_that_nothing_was_checked(folder, kind):
    keytool(folder, import_line(f"-storetype {kind}"))
    done = handfast("certificate", "import", folder / "client-truststore.jks")
    assert "BEGIN CERTIFICATE" in done.stdout
    assert "warning" in done.stderr and "--password-stdin" in done.stderr


def test_a_keystore_is_still_no_certificate(server, folder):
    keytool(folder, import_line("-storetype JKS"))
    store = folder / "client-truststore.jks"
    done = server.handfast("client", "add", "store", "--certificate", store, check=False)
    assert done.returncode != 0 and "certificate import" in done.stderr
