# SPDX-License-Identifier: Apache-2.0
"""The TLS listener itself: versions, suites, certificate request, renegotiation, floods."""

import re
import socket
import ssl
import subprocess

import pytest
from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.errors import TLSAbruptCloseError, TLSRemoteAlert

import expect
import hello
import key_updates
from openssl_client import s_client
from wire import VERSIONS, Connection, Refused, client_context, message


@pytest.mark.parametrize(
    "suites",
    [[0xC02B, 0xC02F], [0xC02C, 0xC030], hello.RECOMMENDED, [0xC02B, 0xC02C, 0xC02F, 0xC030]],
)
def test_tls_1_2_with_the_recommended_suites_is_served(server, suites):
    answer = hello.offer(server.address, 0x0303, suites)
    assert (answer.kind, answer.version) == ("hello", 0x0303)
    assert answer.suite in suites


@pytest.mark.parametrize("version", [0x0300, 0x0301, 0x0302])
def test_older_versions_are_refused_with_the_right_alert(server, version):
    answer = hello.offer(server.address, version, hello.RECOMMENDED + hello.OTHERS)
    assert answer.kind == "reset" or (answer.kind == "alert" and answer.alert in (40, 70)), answer


def test_every_suite_that_is_not_recommended_is_refused_with_handshake_failure(server):
    answer = hello.offer(server.address, 0x0303, hello.OTHERS)
    assert answer.kind == "reset" or (answer.kind == "alert" and answer.alert == 40), answer
    # One recommended suite among them is enough, and is the one that is taken.
    answer = hello.offer(server.address, 0x0303, [*hello.OTHERS, 0xC02B, 0xC02F])
    assert answer.kind == "hello" and answer.suite in hello.RECOMMENDED


def test_finite_field_key_exchange_is_refused(server):
    answer = hello.offer(server.address, 0x0303, hello.DHE_GCM)
    assert answer.kind in ("alert", "reset"), answer


def test_tls_1_3_is_served_and_preferred(server):
    with server.connect() as connection:
        assert connection.version == "1.3"
    with server.connect(version="1.2") as connection:
        assert connection.version == "1.2"


@pytest.mark.smoke
@pytest.mark.parametrize("version", VERSIONS)
def test_a_handshake_without_certificate_completes(server, version):
    with server.connect(version=version) as connection:
        assert connection.get("/health").status == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_a_handshake_with_an_untrusted_certificate_completes(server, pki, version):
    with server.connect(pki.self_signed("stranger"), version) as connection:
        assert connection.get("/health").status == 200


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_the_certificate_request_names_strong_schemes_and_no_ca(server, clients, version):
    out = s_client(server, version)
    assert "No client certificate CA names sent" in out
    requested = re.search(r"Requested Signature Algorithms: (.*)", out)[1]
    assert "ECDSA+SHA256" in requested and "RSA-PSS+SHA256" in requested, requested
    assert "SHA1" not in requested and "DSA+" not in requested.replace("ECDSA+", ""), requested


def test_compressed_certificates_are_not_asked_for(server):
    """RFC 8879, extension 27; OpenSSL offers it from 3.2 on."""
    out = s_client(server, "-tls1_3", "-trace")
    request = out[out.index("CertificateRequest") :]
    assert "extension_type=signature_algorithms(13)" in request
    assert not re.search(r"extension_type=\w+\(27\)", request)


def until_closed(server):
    """All that a client of TLS 1.3 is sent, to the end of the connection."""
    request = message("GET", "/health", headers=[("Connection", "close")]).decode()
    return s_client(server, "-tls1_3", "-ign_eof", text_input=request)


def test_no_early_data_is_offered(server):
    out = until_closed(server)
    assert "New Session Ticket arrived" in out
    assert set(re.findall(r"Max Early Data: (\d+)", out)) == {"0"}


def test_one_ticket_is_sent_for_each_handshake(server):
    out = until_closed(server)
    assert out.count("New Session Ticket arrived") == 1


def test_renegotiation_is_refused(server, pki):
    out = s_client(server, "-tls1_2", text_input="R\n")
    assert "RENEGOTIATING" in out
    assert re.search("no renegotiation|alert|unexpected message|SSL routines", out), out
    assert out.count("verify return:1") <= 2 * out.count("depth=0")
    with server.connect() as connection:
        assert connection.get("/health").status == 200


def test_post_handshake_authentication_is_never_asked_for(server, clients):
    context = client_context(clients.certificate, "1.3")
    context.post_handshake_auth = True
    bare = client_context(None, "1.3")
    bare.post_handshake_auth = True
    body = {"grant_type": "client_credentials", "client_id": clients.self_signed["client_id"]}
    with Connection(server.address, context=context) as connection:
        expect.token(connection.token(body))
    with Connection(server.address, context=bare) as connection:
        expect.error(connection.token(body), "invalid_client")


def tlslite_handshake(server, certificate, key, version):
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = {"1.2": (3, 3), "1.3": (3, 4)}[version]
    settings.certificate_compression_send = []  # RFC 8879 would need the server's offer
    chain = X509CertChain()
    chain.parsePemList(certificate.read_text())
    connection = TLSConnection(socket.create_connection(server.address, 10))
    connection.handshakeClientCert(
        chain, parsePEMKey(key.read_text(), private=True), settings=settings
    )
    return connection


@pytest.mark.parametrize("version", VERSIONS)
def test_a_certificate_without_its_key_does_not_get_through(server, clients, version):
    request = (
        "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
    )
    body = f"grant_type=client_credentials&client_id={clients.self_signed['client_id']}"
    request += f"Content-Length: {len(body)}\r\n\r\n{body}"
    held, other = clients.certificate, clients.other_certificate
    connection = tlslite_handshake(server, held.certificate, held.key, version)
    connection.send(request.encode())
    assert b"access_token" in bytes(connection.recv(8192))
    with pytest.raises((TLSRemoteAlert, TLSAbruptCloseError, ConnectionError)) as caught:
        connection = tlslite_handshake(server, held.certificate, other.key, version)
        connection.send(request.encode())
        assert b"HTTP" not in bytes(connection.recv(8192) or b"")
        raise ConnectionError("closed")
    if isinstance(caught.value, TLSRemoteAlert):
        assert caught.value.description in (51, 47, 40)  # decrypt_error and its neighbours


def test_plain_http_on_the_port_gets_no_oauth_answer(server, clients):
    with socket.create_connection(server.address, 10) as plain:
        body = f"grant_type=client_credentials&client_id={clients.self_signed['client_id']}"
        plain.sendall(
            b"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        received = b""
        try:
            while more := plain.recv(4096):
                received += more
        except ConnectionError:
            pass
    assert b"access_token" not in received and b"invalid_" not in received
    assert not received.startswith(b"HTTP/") or b" 400 " in received.split(b"\r\n")[0]


def test_random_bytes_and_half_hellos_leave_the_server_well(server):
    whole = hello.client_hello(0x0303, hello.RECOMMENDED)
    before = server.descriptors
    for cut in range(0, len(whole), 7):
        with socket.create_connection(server.address, 5) as plain:
            plain.sendall(whole[:cut] + bytes([cut % 256]) * 40)
    with server.connect() as connection:
        assert connection.get("/health").status == 200
    expect.eventually(lambda: server.descriptors <= before + 2, within=7)


def test_a_flood_of_key_updates_ends_the_connection(server):
    assert key_updates.are_ended(server)
    with server.connect() as good:
        assert good.get("/health").status == 200


def test_application_protocols_are_those_that_are_spoken(server):
    context = client_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with Connection(server.address, context=context) as connection:
        assert connection.socket.selected_alpn_protocol() == "http/1.1"
        assert connection.get("/health").status == 200


def test_a_client_that_closes_in_every_phase_leaves_nothing_behind(server):
    with server.connect() as connection:
        connection.get("/health")
    before = server.descriptors
    for step in range(60):
        plain = socket.create_connection(server.address, 5)
        if step % 3:
            try:
                wrapped = client_context().wrap_socket(plain, server_hostname="localhost")
                if step % 3 == 2:
                    wrapped.send(
                        b"POST /oauth2/token HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"
                    )
                wrapped.close()
            except (ssl.SSLError, ConnectionError):
                pass
        plain.close()
    expect.eventually(lambda: server.descriptors <= before, within=7)


def test_the_server_certificate_made_at_first_start_is_for_localhost(server):
    with server.connect() as connection:
        der = connection.socket.getpeercert(binary_form=True)
    shown = subprocess.run(
        ["openssl", "x509", "-inform", "der", "-noout", "-ext", "subjectAltName"],
        input=der,
        capture_output=True,
    ).stdout
    assert b"DNS:localhost" in shown
    context = client_context()
    context.load_verify_locations(cadata=der)
    context.verify_mode, context.check_hostname = ssl.CERT_REQUIRED, True
    with Connection(server.address, context=context) as connection:
        assert connection.get("/health").status == 200
    stranger = ssl.create_default_context()
    with pytest.raises(Refused):
        Connection(server.address, context=stranger)
