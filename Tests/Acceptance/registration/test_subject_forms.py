# SPDX-License-Identifier: Apache-2.0
"""Subjects as other programs print them: what is pasted is the certificate's name, or refused."""

import json
import re
import shutil
import subprocess

import pytest
from cryptography import x509

import expect
from oauth import CC
from server import handfast

SUBJECTS = {
    "plain": "/C=LK/O=WSO2/CN=playground2",
    "quoted": '/C=LK/O=Foo, Inc. "Bar"/CN=a<b>;c',
    "set": "/O=WSO2/OU=b+UID=a/CN=x",
    "foreign": "/C=DE/L=München/O=Größe & Söhne/CN=Jörg/emailAddress=me@example.org",
    "many": "/DC=org/DC=example/ST=WA/street=1 Main/postalCode=1/title=Dr/GN=A/initials=B/SN=C"
    "/serialNumber=7/dnQualifier=q/pseudonym=p/CN=x",
}


def node(file):
    read = f"require('fs').readFileSync('{file}')"
    script = f"console.log(new (require('crypto').X509Certificate)({read}).subject)"
    return run("node", "-e", script)


def keytool(file):
    shown = run("keytool", "-J-Duser.language=en", "-J-Dfile.encoding=UTF-8",
                "-J-Dsun.stdout.encoding=UTF-8", "-printcert", "-file", file)  # fmt: skip
    return re.search("Owner: (.*)", shown)[1]


def certtool(file):
    return re.search("Subject: (.*)", run("certtool", "-i", "--infile", file))[1]


def python(file):
    return x509.load_pem_x509_certificate(file.read_bytes()).subject.rfc4514_string()


def of_openssl(*options):
    def printed(file):
        return run(
            "openssl", "x509", "-in", file, "-noout", "-subject", "-nameopt", ",".join(options)
        ).removeprefix("subject=")

    return printed


def windows(file):
    """As .NET's X500DistinguishedName has it: reversed, quotes doubled, its own keywords."""
    keywords = {"ST": "S", "emailAddress": "E", "GN": "G", "SN": "SN", "title": "T",
                "street": "STREET", "serialNumber": "SERIALNUMBER"}  # fmt: skip
    parts = []
    for relative in reversed(list(x509.load_pem_x509_certificate(file.read_bytes()).subject.rdns)):
        attributes = []
        for attribute in relative:
            name = openssl_name(attribute.oid.dotted_string)
            value = attribute.value
            if re.search(r'[,+="\n<>#;]|^\s|\s$', value):
                value = '"' + value.replace('"', '""') + '"'
            attributes.append(f"{keywords.get(name, name)}={value}")
        parts.append(" + ".join(attributes))
    return parts


def openssl_name(dotted):
    names = {
        "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "street", "2.5.4.10": "O",
        "2.5.4.11": "OU", "2.5.4.3": "CN", "2.5.4.12": "title", "2.5.4.42": "GN", "2.5.4.4": "SN",
        "2.5.4.43": "I", "2.5.4.5": "serialNumber", "2.5.4.17": "PostalCode",
        "0.9.2342.19200300.100.1.25": "DC", "2.5.4.46": "dnQualifier",
        "1.2.840.113549.1.9.1": "emailAddress",
    }  # fmt: skip
    return names.get(dotted, f"OID.{dotted}")


FORMS = {
    "node": node,
    "keytool": keytool,
    "certtool": certtool,
    "python": python,
    "multiline": of_openssl("multiline", "-esc_msb", "utf8"),
    "rfc2253": of_openssl("RFC2253"),
    "oneline": of_openssl("oneline", "-esc_msb", "utf8"),
    "windows": lambda file: ", ".join(windows(file)),
    "windows-lines": lambda file: "\r\n".join(windows(file)) + "\r\n",
}


def run(*command):
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not there")
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=SUBJECTS)
def leaf(request, pki):
    options = ["-multivalue-rdn"] if request.param == "set" else []
    return pki.issued(f"form-{request.param}", subject=SUBJECTS[request.param], options=options)


@pytest.mark.parametrize("form", FORMS)
def test_what_a_program_prints_is_the_name(server, pki, leaf, form, request):
    printed = FORMS[form](leaf.certificate).strip("\n")
    name = f"{form}-{request.node.callspec.id}"
    options = ["--ca-certificate", pki.root.certificate, "--subject-dn", printed]
    done = server.handfast("client", "add", name, *options, "--json")
    client = json.loads(done.stdout)
    # The subject as understood is shown, in one line, and reads the same again.
    shown = re.search("^subject: (.*)$", done.stderr, re.M)[1]
    assert "\n" not in client["tls_client_auth_subject_dn"]
    inspected = json.loads(handfast("certificate", "inspect", leaf.certificate, "--json").stdout)
    names = (inspected["subject"], inspected["subject_general_first"])
    # A set has no order.
    assert "+" in shown or shown.lower() in [one.lower() for one in names]
    body = {**CC, "client_id": client["client_id"]}
    expect.eventually(lambda: server.token(body, leaf).status == 200)
    # The twin: one more part, and one part less, are other names.
    other = pki.issued(
        f"other-{request.node.callspec.params['leaf']}",
        subject=SUBJECTS[request.node.callspec.params["leaf"]] + "/OU=more",
    )
    expect.error(server.token(body, other), "invalid_client")


def test_go_sorts_and_the_switch_sorts_back(server, pki):
    leaf = pki.issued("go", subject="/C=LK/ST=West/L=Colombo/O=WSO2/OU=a/OU=b/CN=go")
    # pkix.Name.String of this certificate.
    printed = "CN=go,ST=West,L=Colombo,OU=a+OU=b,O=WSO2,C=LK"
    options = ["--ca-certificate", pki.root.certificate, "--subject-dn", printed]
    done = server.handfast(
        "client", "add", "go", *options, "--subject-order", "go", "--json"
    )
    client = json.loads(done.stdout)
    name = "CN=go,OU=b,OU=a,O=WSO2,L=Colombo,ST=West,C=LK"
    assert f"subject: {name}\n" in done.stderr
    assert client["tls_client_auth_subject_dn"] == name
    plain = server.add_client("go-plain", *options)
    body = {**CC, "client_id": client["client_id"]}
    expect.eventually(lambda: server.token(body, leaf).status == 200)
    expect.error(server.token({**CC, "client_id": plain["client_id"]}, leaf), "invalid_client")
    for wrong, word in [
        (["--subject-dn", "CN=x,UID=y", "--subject-order", "go"], "inspect"),
        (["--subject-dn", "CN=x", "--subject-order", "java"], "java"),
        (["--san-dns", "a.example", "--subject-order", "go"], "--subject-dn"),
    ]:
        done = server.handfast(
            "client", "add", "no", "--ca-certificate", pki.root.certificate, *wrong, check=False
        )
        assert done.returncode == 64 and word in done.stderr, done


@pytest.mark.parametrize("text", ["CN=", "O=,CN=x", "CN=x,O= ", "/O=/CN=x", "CN=x\nO="])
def test_an_attribute_without_a_value_is_refused(server, pki, text):
    options = ["--ca-certificate", pki.root.certificate, "--subject-dn"]
    done = server.handfast("client", "add", "no", *options, text, check=False)
    assert done.returncode == 64 and "has an empty value" in done.stderr
    assert "no" not in server.handfast("client", "list").stdout.split()
    # A client that has a subject keeps it.
    kept = server.add_client(f"kept {text!r}", *options, "CN=x")["client_id"]
    done = server.handfast("client", "update", kept, "--subject-dn", text, check=False)
    assert done.returncode == 64 and "has an empty value" in done.stderr
    shown = server.handfast("client", "show", kept, "--json").stdout
    assert json.loads(shown)["tls_client_auth_subject_dn"] == "CN=x"


@pytest.mark.parametrize(
    "text", ["CN=a\nb", "CN=x,\nO=a\nC=c", 'CN=x, O="a"b"', "C=LK\nO=a + b", "C=LK\n\nNOSUCH=x"]
)
def test_what_cannot_be_read_is_refused(server, pki, text):
    done = server.handfast(
        "client", "add", "no", "--ca-certificate", pki.root.certificate, "--subject-dn", text,
        check=False,
    )  # fmt: skip
    assert done.returncode == 64 and "subject is refused" in done.stderr
    assert done.stdout == ""
