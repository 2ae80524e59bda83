# SPDX-License-Identifier: Apache-2.0
"""Certificates as administrators bring them: pasted, chosen as files, wrong in every usual way."""

import json
import subprocess

import pytest

from pki import CA, DAY, openssl

PASSWORD = "wso2carbon"


@pytest.fixture(scope="module")
def own(pki):
    return pki.self_signed("console-own", "p256", subject="/O=Example Ltd/CN=console-own")


@pytest.fixture
def form(reader):
    """The form of a new client, with a name of its own."""
    reader.open("/clients/add")
    return reader.form("Register").fill("Name", "certificates")


def secrets_of(pem):
    """The lines of Base64 between BEGIN and END."""
    return [one for one in pem.splitlines() if len(one) > 40 and not one.startswith("--")]


@pytest.fixture
def refuses(server, reader):
    """Enters something and looks, then registers: both times refused in words, nothing made."""

    def refuse(*words, text=None, file=None, password=None, keeps=True):
        before = server.handfast("client", "list", "--json").stdout
        reader.open("/clients/add")
        again = reader.form("Register").fill("Name", "certificates")
        for button in ("Check", "Register"):
            if text is not None:
                again.fill("Certificate", text)
            if file is not None:
                again.attach("Or a file", *file)
            if password is not None:
                again.fill("Password of the keystore", password)
            again.fill("Scopes", "read write").fill("Labels", "team=payments")
            answer = reader.submit(again, button, status=None)
            assert answer.status in (400, 409, 422), (answer.status, reader.shown)
            shown = reader.page.one("main").text.lower()
            for word in words:
                assert word.lower() in shown, (word, shown)
            again = reader.form("Register")
            # Nothing of what was entered is lost, but for a key.
            assert again.value("Name") == "certificates"
            assert (again.value("Scopes"), again.value("Labels")) == ("read write", "team=payments")
            if text is not None and keeps:
                assert again.value("Certificate").split() == text.split()
        assert server.handfast("client", "list", "--json").stdout == before
        return reader

    return refuse


def test_a_certificate_that_is_cut_short(own, refuses):
    pem = own.certificate.read_text()
    refuses("END", text=pem[: len(pem) // 2])
    lines = pem.splitlines()
    refuses("base64", text="\n".join([*lines[:3], "not base64 at all!", *lines[4:]]))
    refuses("cut short", text="\n".join([lines[0], *lines[1:4], lines[-1]]))
    refuses("BEGIN", text="\n".join(lines[1:]))


def test_a_text_that_is_none(refuses):
    refuses("neither PEM nor DER", text="hello")
    refuses("HTML", text="<html><body>404</body></html>")
    refuses("BEGIN", text="-----BEGIN CERTIFICATE-----")


def test_a_private_key_is_refused_and_does_not_come_back(own, refuses, console, server):
    key = own.key.read_text()
    for text in (key, own.certificate.read_text() + key, key + own.certificate.read_text()):
        reader = refuses("private key", text=text, keeps=False)
        assert not any(one in reader.answer.body.decode() for one in secrets_of(key))
        assert reader.form("Register").value("Certificate").strip() == ""
    reader = refuses("private key", file=("key.pem", key.encode()))
    assert not any(one in reader.answer.body.decode() for one in secrets_of(key))
    said = server.log + "\n".join(console.stdout + console.stderr)
    assert not any(one in said for one in secrets_of(key))


def test_a_request_or_a_public_key_is_no_certificate(own, refuses, tmp_path):
    request = tmp_path / "client.csr"
    openssl("req", "-new", "-key", own.key, "-subj", "/CN=client", "-out", request)
    refuses("request", text=request.read_text())
    refuses("request", file=("client.csr", request.read_bytes()))
    refuses("public key", text=openssl("pkey", "-in", own.key, "-pubout"))


def test_a_certificate_that_has_ended_says_when(pki, refuses):
    ended = pki.short_lived("console-ended", seconds=-60, subject="/CN=console-ended")
    reader = refuses("ended", text=ended.certificate.read_text())
    assert reader.page.one("main").text.count("console-ended") >= 1


def test_a_weak_key(pki, refuses):
    weak = pki.self_signed("console-weak", "rsa1024")
    refuses("2048", text=weak.certificate.read_text())


def test_several_certificates_are_chosen_among(server, reader, form, own, pki):
    other = pki.self_signed("console-second", "p256", subject="/O=Example Ltd/CN=second")
    both = own.certificate.read_text() + other.certificate.read_text()
    form.attach("Or a file", "both.pem", both.encode()).fill("Name", "one of two")
    reader.submit(form, "Check", status=400)
    again = reader.form("Register")
    options = {one.text: one["value"] for one in again.labelled("Which of them").all("option")}
    (label,) = [one for one in options if "second" in one]
    reader.submit(again.fill("Which of them", label), "Register")
    shown = json.loads(server.handfast("client", "show", "one of two", "--json").stdout)
    assert [one["x5t#S256"] for one in shown["jwks"]["keys"]] == [other.thumbprint]


@pytest.fixture
def accepts(server, reader):
    """Enters something, looks at what was found, registers it, and asks the server for it."""

    def accept(credential, name, text=None, file=None, password=None):
        reader.open("/clients/add")
        form = reader.form("Register").fill("Name", name)
        if text is not None:
            form.fill("Certificate", text)
        if file is not None:
            form.attach("Or a file", *file)
        if password is not None:
            form.fill("Password of the keystore", password)
        reader.submit(form, "Check")
        main = reader.page.one("main").text
        subject = [one for one in credential.subject.split(",") if one.startswith("CN=")][0]
        assert subject in main and credential.thumbprint in main, main
        assert "PRIVATE KEY" not in reader.answer.body.decode()
        # The certificate stands in the form now, so that it is registered without the file.
        again = reader.form("Register")
        assert "BEGIN CERTIFICATE" in again.value("Certificate")
        reader.submit(again, "Register")
        assert reader.title == "Copy this now"
        shown = json.loads(server.handfast("client", "show", name, "--json").stdout)
        assert [one["x5t#S256"] for one in shown["jwks"]["keys"]] == [credential.thumbprint]
        server.handfast("client", "remove", shown["client_id"])

    return accept


def test_texts_as_other_programs_print_them_are_read(own, accepts, reader):
    pem = own.certificate.read_text()
    accepts(own, "with text", text=openssl("x509", "-in", own.certificate, "-text"))
    accepts(own, "of Windows", text=pem.replace("\n", "\r\n"))
    accepts(own, "with spaces", text="\n\n" + pem.replace("\n", "  \n") + "\n\n")


def test_files_of_every_form_are_read(own, accepts, tmp_path):
    der, p7b, p7s = tmp_path / "own.cer", tmp_path / "own.p7b", tmp_path / "own.p7c"
    openssl("x509", "-in", own.certificate, "-outform", "DER", "-out", der)
    openssl("crl2pkcs7", "-nocrl", "-certfile", own.certificate, "-out", p7b)
    openssl(
        "crl2pkcs7", "-nocrl", "-certfile", own.certificate, "-outform", "DER", "-out", p7s
    )  # fmt: skip
    accepts(own, "a PEM file", file=("own.pem", own.certificate.read_bytes()))
    for file in (der, p7b, p7s):
        accepts(own, file.name, file=(file.name, file.read_bytes()))


@pytest.fixture(scope="module")
def keystore(own, tmp_path_factory):
    file = tmp_path_factory.mktemp("keystore") / "own.p12"
    openssl(
        "pkcs12", "-export", "-in", own.certificate, "-inkey", own.key, "-name", "mine",
        "-passout", f"pass:{PASSWORD}", "-out", file,
    )  # fmt: skip
    return file


def test_a_pkcs12_keystore_is_read_with_its_password(own, accepts, keystore):
    accepts(own, "a keystore", file=("own.p12", keystore.read_bytes()), password=PASSWORD)


def test_a_pkcs12_keystore_with_another_password_or_none_is_refused(keystore, refuses):
    content = ("own.p12", keystore.read_bytes())
    reader = refuses("password", file=content, password="another one")
    assert "another one" not in [
        one.get("value") for one in reader.page.all("input") if one.get("type") == "password"
    ]
    reader = refuses("password", file=content)
    assert "--password-stdin" not in reader.shown
    refuses("cut short", file=("own.p12", keystore.read_bytes()[:-200]), password=PASSWORD)


@pytest.mark.parametrize("kind", ["JKS", "PKCS12"])
def test_the_keystore_of_the_instructions_is_read(own, accepts, tmp_path, kind):
    """`keytool -import` as the instructions for another server have it."""
    store = tmp_path / "client-truststore.jks"
    subprocess.run(
        ["keytool", "-import", "-trustcacerts", "-alias", "client", "-file", own.certificate,
         "-keystore", store, "-storepass", PASSWORD, "-noprompt", "-storetype", kind],
        check=True, capture_output=True,
    )  # fmt: skip
    accepts(own, f"a {kind}", file=(store.name, store.read_bytes()), password=PASSWORD)


def test_a_file_goes_before_a_text(own, pki, accepts):
    """Somebody who chooses a file means it, whatever stands in the field from before."""
    other = pki.self_signed("console-second", "p256", subject="/O=Example Ltd/CN=second")
    file = ("own.pem", own.certificate.read_bytes())
    accepts(own, "a file and a text", text=other.certificate.read_text(), file=file)


def test_a_certificate_of_a_ca_is_checked_against_its_trust_set(server, reader, form, tmp_path):
    ca = CA(tmp_path / "ca", "/O=Example Ltd/CN=Console CA")
    leaf = ca.issue("leaf", subject="/O=Example Ltd/CN=under-ca", end=30 * DAY)
    server.handfast("trust-set", "add", "console-set", "--ca-certificate", ca.certificate)
    form.fill("Name", "under a CA").fill("Certificate", leaf.certificate.read_text())
    form.fill("Authentication", "tls_client_auth").fill("Trust set", "console-set")
    reader.submit(form.fill("Subject", "CN=under-ca,O=Example Ltd"), "Check")
    assert "yes" in reader.page.one("main").text.lower(), reader.shown
    again = reader.form("Register").fill("Subject", "CN=other,O=Example Ltd")
    reader.submit(again, "Check")
    assert "CN=under-ca" in reader.shown and "yes," not in reader.shown.lower()
    reader.submit(reader.form("Register").fill("Subject", leaf.subject), "Register")
    assert reader.title == "Copy this now"
    again = reader.open("/clients/add") and reader.form("Register")
    again.fill("Name", "no set").fill("Certificate", leaf.certificate.read_text())
    again.fill("Authentication", "tls_client_auth").fill("Trust set", "no-such-set")
    reader.submit(again.fill("Subject", leaf.subject), "Register", status=None)
    assert reader.answer.status in (400, 409) and "no-such-set" in reader.shown


def test_without_a_certificate_a_look_says_that_one_is_missing(reader, form):
    reader.submit(form, "Check", status=None)
    assert "certificate" in reader.page.one(id="certificate-problem").text
    reader.submit(reader.form("Register"), "Register", status=400)
    assert "certificate" in reader.page.one(id="certificate-problem").text


def test_every_wrong_field_says_so_beside_itself(server, reader, form, own):
    before = server.handfast("client", "list", "--json").stdout
    wrong = {
        "Name": " ", "Callback URLs": "http://evil.example/x", "Scopes": 'a"b',
        "Audiences": "a b", "Labels": "no name=x\nteam=y",
    }  # fmt: skip
    form.fill("Certificate", own.certificate.read_text())
    for label, value in wrong.items():
        form.fill(label, value)
    for button in ("Check", "Register"):
        reader.submit(form, button, status=400)
        form = reader.form("Register")
        for label, value in wrong.items():
            control = form.labelled(label)
            assert control.get("aria-invalid") == "true", label
            names = control["aria-describedby"].split()
            assert any(one.endswith("-problem") for one in names), label
            assert all(reader.page.one(id=one).text for one in names)
            assert form.value(label).split() == value.split()
        assert len(reader.page.one("main").all(role="alert")) == 1
    assert server.handfast("client", "list", "--json").stdout == before
