# SPDX-License-Identifier: Apache-2.0
"""TLS-01 to 20, the rest beside `test_tls.py` and others: see Documentation/conformance.md."""

import base64
import re
import ssl
import subprocess

import pytest

import expect
import hello
from hello import CHACHA20, ECDHE_ECDSA, ECDHE_RSA, HANDSHAKE_FAILURE, PROTOCOL_VERSION
from oauth import CC
from openssl_client import s_client
from pairs import pair, pair_yaml
from pki import Credential, openssl
from server import ROOT, Server, free_port
from wire import VERSIONS

LEAF = "/O=Handfast/CN=leaf"


@pytest.fixture(scope="module")
def ports():
    return {"main": free_port(), "open": free_port()}


@pytest.fixture(scope="module")
def server(tmp_path_factory, ports):
    """A server with an RSA and an ECDSA certificate, and a listener that asks for none."""
    folder = tmp_path_factory.mktemp("conformance")
    text = pair_yaml(rsa=pair(folder, "rsa", "rsa2048"), ecdsa=pair(folder, "ecdsa"))
    text += "reactors: 2\nlisteners:\n"
    for name, port in ports.items():
        text += f"  {name}:\n    address: 127.0.0.1:{port}\n"
    text += "    client_certificate: none\n"
    (folder / "tls.yaml").write_text(text)
    running = Server(
        folder / "data", ["--config", folder / "tls.yaml"], port=ports["main"], flags=False
    )
    with running:
        yield running
        assert running.stop() == 0, running.log


# TLS-01, 02, 07 to 09: suites of TLS 1.2, where the server has keys for all of them.


@pytest.mark.parametrize("suite", [*ECDHE_RSA, *ECDHE_ECDSA, *CHACHA20])
def test_each_recommended_suite_alone_is_taken(server, suite):
    answer = hello.offer(server.address, 0x0303, [suite])
    assert (answer.kind, answer.version, answer.suite) == ("hello", 0x0303, suite)


@pytest.mark.parametrize("older", [[0x009E, 0x009F], [0x009C, 0x009D], [0x002F, 0x0035]])
def test_the_suites_of_fapi_1_are_served_by_those_with_forward_secrecy(server, older):
    """TLS-02: with an RSA certificate, and whatever stands first in the client's list."""
    answer = hello.offer(server.address, 0x0303, [*older, *ECDHE_RSA])
    assert answer.kind == "hello" and answer.suite in ECDHE_RSA, answer


@pytest.mark.parametrize(
    "suites", [hello.OTHERS, hello.DHE_GCM, [0x009C, 0x009D], [0xC0AC, 0xC0AD], [0xC027, 0xC028]]
)
def test_the_alert_is_handshake_failure_and_no_other(server, suites):
    """TLS-07 and 09: insecure, finite field, without forward secrecy, CCM, CBC."""
    answer = hello.offer(server.address, 0x0303, suites)
    assert (answer.kind, answer.alert) == ("alert", HANDSHAKE_FAILURE), answer


def test_a_suite_without_a_key_for_it_is_refused_alike(fresh):
    """The default certificate is an ECDSA one: suites that need RSA have nothing to sign with."""
    with fresh() as other:
        answer = hello.offer(other.address, 0x0303, ECDHE_RSA)
        assert (answer.kind, answer.alert) == ("alert", HANDSHAKE_FAILURE), answer
        assert hello.offer(other.address, 0x0303, ECDHE_ECDSA).kind == "hello"


@pytest.mark.parametrize("version", [0x0301, 0x0302])
@pytest.mark.parametrize("suites", [hello.RECOMMENDED, [*hello.OTHERS, *hello.RECOMMENDED]])
def test_the_alert_to_an_older_version_is_protocol_version(server, version, suites):
    """TLS-03 and 04; internal_error (80) would fail the suite."""
    answer = hello.offer(server.address, version, suites)
    assert (answer.kind, answer.alert) == ("alert", PROTOCOL_VERSION), answer


def test_sslv3_gets_no_hello(server):
    assert hello.offer(server.address, 0x0300, hello.OTHERS).kind in ("alert", "reset")


# TLS-12: what the server asks of a client's certificate.

SHA1_AND_DSA = {0x0201, 0x0203, 0x0202, 0x0302, 0x0402, 0x0502, 0x0602, 0x0301, 0x0303}
STRONG = {
    0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B,
    0x0401, 0x0501, 0x0601,
}  # fmt: skip


def certificate_request(port, version, tmp_path):
    """The CertificateRequest as `openssl s_client -trace` shows it, None where there is none."""
    trace = tmp_path / "trace"
    subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", f"-tls{version.replace('.', '_')}",
         "-trace", "-msgfile", trace],
        input="Q\n", capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    text = trace.read_text(errors="replace")
    assert "ServerHello" in text
    found = re.search(r"^ +CertificateRequest, Length=\d+\n((?: +.*\n)+)", text, re.M)
    return found and found[1]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_certificate_request_by_its_numbers(server, pki, ports, tmp_path, version):
    """ECDSA, Ed25519 and RSA-PSS; no SHA-1, no SHA-224, no DSA; no name of a registered CA."""
    server.add_client(
        f"ca-{version}", "--ca-certificate", pki.root.certificate,
        "--subject-dn", "CN=leaf,O=Handfast",
    )  # fmt: skip
    request = certificate_request(ports["main"], version, tmp_path)
    schemes = {int(number, 16) for number in re.findall(r"\(0x([0-9a-f]{4})\)", request)}
    assert schemes == STRONG and not schemes & SHA1_AND_DSA
    if version == "1.2":
        assert "certificate_authorities (len=0)" in request
        assert set(re.findall(r"(\w+) \(\d+\)", request)) == {"rsa_sign", "ecdsa_sign"}
    else:
        assert set(re.findall(r"extension_type=(\w+)", request)) == {"signature_algorithms"}
    assert "Root" not in request and "Handfast" not in request
    assert certificate_request(ports["open"], version, tmp_path) is None


# TLS-16: early data, although no ticket allows any.


def with_early_data(session):
    """The same session as `openssl s_client` keeps it, with 16 KiB of early data allowed in it."""
    lines = session.splitlines()
    first = lines.index("-----BEGIN SSL SESSION PARAMETERS-----")
    last = lines.index("-----END SSL SESSION PARAMETERS-----")
    der = base64.b64decode("".join(lines[first + 1 : last]))
    head, content = (2, der[2:]) if der[1] < 0x80 else (2 + der[1] - 0x80, b"")
    content = content or der[head:]
    members, at = [], 0
    while at < len(content):
        size, start = content[at + 1], at + 2
        if size >= 0x80:
            start += size - 0x80
            size = int.from_bytes(content[at + 2 : start], "big")
        members.append(content[at : start + size])
        at = start + size
    allowed = bytes([0xAF, 4, 2, 2, 0x40, 0])  # [15] max_early_data
    before = [m for m in members if m[0] < 0xAF]
    after = [m for m in members if m[0] > 0xAF]
    content = b"".join([*before, allowed, *after])
    der = b"\x30\x82" + len(content).to_bytes(2, "big") + content
    body = base64.encodebytes(der).decode()
    return f"{lines[first]}\n{body}{lines[last]}\n"


@pytest.mark.smoke
def test_early_data_is_rejected_and_never_read(server, pki, tmp_path):
    """A client that sends it all the same is served by a handshake, its early request by none."""
    own = pki.self_signed("early", "p256")
    client = server.add_client("early", "--certificate", own.certificate)
    body = f"grant_type=client_credentials&client_id={client['client_id']}"
    expect.eventually(lambda: server.token(body, own).status == 200)
    request = (
        "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    (tmp_path / "request").write_text(request)
    kept, forged = tmp_path / "kept.pem", tmp_path / "forged.pem"
    identity = ["-tls1_3", "-cert", own.certificate, "-key", own.key, "-ign_eof"]
    asked = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    s_client(server, *identity, "-sess_out", kept, text_input=asked)
    forged.write_text(with_early_data(kept.read_text()))
    early = ["-sess_in", forged, "-early_data", tmp_path / "request"]
    out = s_client(server, *identity, *early, text_input=asked)
    assert "Early data was rejected" in out, out
    assert out.count("HTTP/1.1 200") == 1 and "access_token" not in out
    # The request itself is good.
    asked = request.replace("Host: localhost", "Host: localhost\r\nConnection: close")
    out = s_client(server, *identity, "-sess_in", kept, text_input=asked)
    assert "access_token" in out and re.search("^Reused, TLSv1.3", out, re.M)


# TLS-17


def test_renegotiation_is_refused_by_its_own_alert(server):
    """Secure renegotiation (RFC 5746) against splicing; a request for one gets alert 100."""
    out = s_client(server, "-tls1_2", text_input="R\n")
    assert "Secure Renegotiation IS supported" in out
    assert "RENEGOTIATING" in out and "no renegotiation" in out, out


# TLS-20: keys that are not taken, beside those of test_certificate_policy.py that are.

OTHER_KEYS = {
    "dsa": ["-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:2048"],
    "secp224r1": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp224r1"],
    "secp256k1": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "brainpoolP256r1": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"],
    "ed448": ["-algorithm", "ED448"],
    "rsa1024": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "rsa2044": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2044"],
}
P521 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]


def with_key(pki, name, options):
    """A certificate of the root for a key of this kind, and a self-signed one."""
    key = pki.folder / f"kind-{name}-key.pem"
    if options[0] == "-genparam":
        openssl("genpkey", *options, "-out", pki.folder / "parameters.pem")
        options = ["-paramfile", pki.folder / "parameters.pem"]
    openssl("genpkey", *options, "-out", key)
    extensions = "basicConstraints=critical,CA:false\nextendedKeyUsage=clientAuth\n"
    issued, own = pki.folder / f"kind-{name}.pem", pki.folder / f"kind-{name}-own.pem"
    pki.root.sign(key, issued, LEAF, extensions)
    openssl("req", "-x509", "-new", "-key", key, "-subj", LEAF, "-out", own)
    return Credential(issued, key), Credential(own, key)


@pytest.fixture(scope="module")
def under_root(server, pki):
    client = server.add_client(
        "under-root", "--ca-certificate", pki.root.certificate, "--subject-dn", "CN=leaf,O=Handfast"
    )
    return {**CC, "client_id": client["client_id"]}


@pytest.mark.parametrize("name", OTHER_KEYS)
def test_keys_of_other_kinds_authenticate_nobody(server, under_root, pki, name):
    issued, own = with_key(pki, name, OTHER_KEYS[name])
    for version in VERSIONS:
        try:
            expect.refused(lambda v=version: server.token(under_root, issued, v))
        except ssl.SSLError:  # the client's own OpenSSL will not load it
            pass
    done = server.handfast("client", "add", name, "--certificate", own.certificate, check=False)
    assert done.returncode != 0 and "key" in done.stderr, done.stderr
    assert name not in server.handfast("client", "list").stdout.split()


@pytest.mark.parametrize("version", VERSIONS)
def test_p_521_authenticates_too(server, under_root, pki, version):
    issued, own = with_key(pki, f"p521-{version}", P521)
    expect.eventually(lambda: server.token(under_root, issued, version).status == 200)
    client = server.add_client(f"p521-{version}", "--certificate", own.certificate)
    body = {**CC, "client_id": client["client_id"]}
    expect.eventually(lambda: server.token(body, own, version).status == 200)
    claims = expect.verified(
        expect.token(server.token(body, own, version))["access_token"], server.address
    )
    assert claims["cnf"]["x5t#S256"] == own.thumbprint
    expect.error(server.token(body, issued, version), "invalid_client")


# The table itself


def test_the_table_of_conformance_has_every_row_and_names_tests_that_exist():
    text = (ROOT / "Documentation/conformance.md").read_text()
    for prefix, last in (
        ("TLS", 20), ("AUTH", 33), ("CNF", 13), ("TOK", 36), ("GR", 9), ("RT", 15), ("INT", 12),
        ("REV", 11), ("MET", 18), ("JWK", 6), ("PAR", 10), ("JWT", 8), ("EX", 10),
        ("REV", 11), ("MET", 18), ("JWK", 6), ("PAR", 10), ("SPI", 17),
    ):  # fmt: skip
        for number in range(1, last + 1):
            assert text.count(f"| {prefix}-{number:02} |") == 1
    named = re.findall(r"\| (\w+) \| (\w+) \|$", text, re.M)
    assert len(named) > 100
    for file, test in named:
        if file != "file":
            (path,) = (ROOT / "Tests/Acceptance").glob(f"*/test_{file}.py")
            source = path.read_text()
            assert f"def test_{test}(" in source, (file, test)
