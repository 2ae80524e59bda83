# SPDX-License-Identifier: Apache-2.0
"""Unusual certificates in the handshake: needless ones, other forms, and many."""

import contextlib
import datetime
import json
import socket
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.errors import TLSAbruptCloseError, TLSRemoteAlert

import expect
from database import transaction
from oauth import CC
from pki import CA, Credential
from wire import VERSIONS, Connection, Refused, client_context

LEAF = "/O=Handfast/CN=leaf"
# decode_error and bad_certificate. In TLS 1.3 tlslite may find the connection closed while it is
# still sending, and then reads no alert.
REFUSED = {"1.2": (50, 42), "1.3": (50, 42, None)}


def certificate(name, key, issuer="junk", padding=0):
    """A certificate for a test of amounts: quicker than with the command, and of a chosen size."""
    now = datetime.datetime(2020, 1, 1)

    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36_500))
    )
    if padding:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), bytes(padding))
        builder = builder.add_extension(unknown, critical=False)
    return builder.sign(key, hashes.SHA256())


def sending(folder, leaf, key, along, version=None):
    """A client's context that sends a leaf and what else is given."""
    pem = serialization.Encoding.PEM
    file, key_file = folder / "sent.pem", folder / "sent-key.pem"
    file.write_bytes(b"".join(one.public_bytes(pem) for one in [leaf, *along]))
    plain = serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return client_context(Credential(file, key_file), version)


@pytest.fixture(scope="module")
def keys():
    return [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]


def junk(key, count, padding=0):
    return [certificate(f"junk {at}", key, padding=padding) for at in range(count)]


@pytest.mark.parametrize("count, is_served", [(16, True), (17, False), (90, False)])
def test_certificates_sent_along_are_bounded_in_number(server, tmp_path, keys, count, is_served):
    leaf = certificate("leaf", keys[0], "issuer")
    context = sending(tmp_path, leaf, keys[0], junk(keys[1], count))
    if is_served:
        with Connection(server.address, context=context) as connection:
            assert connection.get("/health").status == 200
    else:
        with pytest.raises(Refused, match="(?i)alert.decode.error|alert.bad.certificate"):
            with Connection(server.address, context=context) as connection:
                # In TLS 1.3 the server's answer to the handshake is the first thing that is read.
                connection.read()


@pytest.mark.endurance
@pytest.mark.parametrize("version", VERSIONS)
def test_certificates_sent_along_take_little_memory(fresh, tmp_path, keys, version):
    server = fresh(reactors=1)
    count = 200

    def connect():
        leaf = certificate("leaf", keys[0], "issuer")
        context = sending(tmp_path, leaf, keys[0], junk(keys[1], 16, padding=1500), version)
        connection = Connection(server.address, context=context)
        assert connection.get("/health").status == 200
        return connection

    def grown(before, one):
        return (server.resident_kib - before) / count <= one

    with server:
        opened = [connect() for _ in range(60)]
        time.sleep(1.5)
        before = server.resident_kib
        opened += [connect() for _ in range(count)]
        expect.eventually(lambda: grown(before, 40), within=5)
        for connection in opened:
            connection.close()
        expect.eventually(lambda: server.descriptors < 60, within=5)
        time.sleep(1.5)
        # The memory of the connections is used again; what comes on top is their sessions'.
        before = server.resident_kib
        for _ in range(count):
            connect().close()
        expect.eventually(lambda: grown(before, 8), within=5)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Four CAs, each under the one before."""
    folder = tmp_path_factory.mktemp("path")
    above = [CA(folder / "ca-0", "/O=Handfast/CN=Root")]
    for depth in range(1, 4):
        name = f"/O=Handfast/CN=CA {depth}"
        above.append(CA(folder / f"ca-{depth}", name, parent=above[-1]))
    return above


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mode", ["store", "tickets"])
@pytest.mark.parametrize("first", ["needless", "path"])
def test_eight_needless_certificates_beside_a_path_of_four_are_harmless(
    fresh, path, keys, version, mode, first
):
    server = fresh(env={"HANDFAST_TLS_RESUMPTION": mode})
    needless = b"".join(
        one.public_bytes(serialization.Encoding.PEM) for one in junk(keys[1], 8, padding=900)
    ).decode()
    leaf = path[3].issue(f"leaf-{mode}-{version}-{first}", subject=LEAF)
    links = "".join(one.certificate.read_text() for one in reversed(path))
    own = leaf.certificate.read_text()
    leaf.certificate.write_text(
        own + (needless + links if first == "needless" else links + needless)
    )
    registration = ("--ca-certificate", path[0].certificate, "--subject-dn", "CN=leaf,O=Handfast")
    client = server.add_client("path", *registration)
    other = server.add_client("other", *registration[:3], "CN=other,O=Handfast")
    with server:
        with server.connect(leaf, version) as connection:
            expect.token(connection.token({**CC, "client_id": client["client_id"]}))
            # Not taken from what was judged before: the session's chain has to carry it.
            again = Connection(
                server.address, context=connection.context, session=connection.session
            )
        late = server.add_client("late", *registration)
        with again:
            assert again.resumed
            body = {**CC, "client_id": late["client_id"]}
            expect.eventually(lambda: again.token(body).status == 200)
            expect.error(again.token({**CC, "client_id": other["client_id"]}), "invalid_client")


# The bound for a client's own certificate is one for the handshake and for registration.


def registered(server, name, file):
    done = server.handfast("client", "add", name, "--certificate", file, check=False)
    if done.returncode == 0:
        return True
    assert "too large for a handshake" in done.stderr and "20 KiB" in done.stderr, done.stderr
    assert name not in server.handfast("client", "list").stdout
    return False


def connects(server, context):
    try:
        with Connection(server.address, context=context) as connection:
            return connection.get("/health").status == 200
    except Refused:
        return False


def test_registration_refuses_the_sizes_that_the_handshake_refuses(server, tmp_path, keys):
    found = set()
    for padding in [0, 4_000, 7_600, *range(7_800, 8_400, 40), 9_000, 20_000]:
        leaf = certificate(f"padded {padding}", keys[0], padding=padding)
        context = sending(tmp_path, leaf, keys[0], [])
        taken = registered(server, f"padded-{padding}", tmp_path / "sent.pem")
        assert connects(server, context) == taken, padding
        found.add(taken)
    assert found == {True, False}


def test_a_certificate_that_was_registered_before_the_bound_stays(fresh, tmp_path, keys, pki):
    server = fresh()
    own = pki.self_signed("before")
    client = server.add_client("before", "--certificate", own.certificate)
    large = certificate("large", keys[0], padding=9_000)
    der = large.public_bytes(serialization.Encoding.DER)
    with transaction(server.data) as database:
        database.execute("UPDATE certificate SET der = ?", [der])
    with server:
        update = server.handfast("client", "update", "before", "--scope", "read", "--json")
        assert json.loads(update.stdout)["client_id"] == client["client_id"]
        shown = server.handfast("client", "show", "before").stdout
        assert own.thumbprint in shown
        assert "registration cannot be used" not in server.log
        # The twin: newly it is not.
        sending(tmp_path, large, keys[0], [])
        assert not registered(server, "after", tmp_path / "sent.pem")


# Forms: a registered certificate counts in the form that was registered, which is DER.


def longer(der):
    return b"\x30\x83\x00" + der[2:4] + der[4:]


FORMS = {
    "long": longer,
    "indefinite": lambda der: b"\x30\x80" + der[4:] + b"\0\0",
    "trailing": lambda der: der + b"\0",
    "negative": lambda der: b"\x30\x84\xff\xff\xff\xff" + der[4:],
    "inside": lambda der: b"\x30\x82" + (len(der) - 3).to_bytes(2, "big") + longer(der[4:]),
}


def token_request(client):
    body = f"grant_type=client_credentials&client_id={client['client_id']}"
    return (
        "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def answer(server, credential, client, version, form=None, at=0):
    """The server's reaction to certificates sent so: data, an alert's number, or an end."""
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = {"1.2": (3, 3), "1.3": (3, 4)}[version]
    settings.certificate_compression_send = []
    chain = X509CertChain()
    chain.parsePemList(credential.certificate.read_text())
    if form:
        chain.x509List[at].bytes = bytearray(form(bytes(chain.x509List[at].bytes)))
    connection = TLSConnection(socket.create_connection(server.address, 10))
    try:
        key = parsePEMKey(credential.key.read_text(), private=True)
        connection.handshakeClientCert(chain, key, settings=settings)
        with contextlib.suppress(ConnectionError):
            connection.send(token_request(client))
        return bytes(connection.recv(8192)) or None
    except TLSRemoteAlert as alert:
        return alert.description
    except (TLSAbruptCloseError, ConnectionError):
        return None
    finally:
        connection.sock.close()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", FORMS)
def test_a_registered_certificate_counts_in_der_only(server, clients, tmp_path, version, name):
    held = clients.certificate
    assert b"access_token" in answer(server, held, clients.self_signed, version)
    got = answer(server, held, clients.self_signed, version, FORMS[name])
    assert got in REFUSED[version], got
    # `client add` takes no other form either.
    der = subprocess.run(
        ["openssl", "x509", "-in", held.certificate, "-outform", "der"],
        capture_output=True,
        check=True,
    ).stdout
    (tmp_path / "other.der").write_bytes(FORMS[name](der))
    done = server.handfast(
        "client", "add", "other", "--certificate", tmp_path / "other.der", check=False
    )
    assert done.returncode != 0


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", FORMS)
def test_what_is_sent_along_counts_in_der_only(server, pki, version, name):
    leaf = pki.issued("formed", pki.intermediate, subject=LEAF, chain=[pki.intermediate])
    client = server.add_client(
        f"formed-{name}-{version}", "--ca-certificate", pki.root.certificate,
        "--subject-dn", "CN=leaf,O=Handfast",
    )  # fmt: skip
    expect.eventually(lambda: b"access_token" in answer(server, leaf, client, version))
    got = answer(server, leaf, client, version, FORMS[name], at=1)
    assert got in REFUSED[version], got
