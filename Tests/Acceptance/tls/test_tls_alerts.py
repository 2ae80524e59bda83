# SPDX-License-Identifier: Apache-2.0
"""Alerts of failed handshakes (RFC 8446 §6.2), and the end of a flood without data."""

import socket
import ssl
import subprocess

import pytest
from tlslite.api import HandshakeSettings, TLSConnection
from tlslite.constants import AlertDescription, AlertLevel
from tlslite.errors import TLSAbruptCloseError, TLSLocalAlert, TLSRemoteAlert
from tlslite.messages import Alert, ApplicationData, KeyUpdate

import hello
from wire import VERSIONS, Connection, Refused, client_context

REQUEST = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"


class Record:
    """A TLS connection whose records pass through the test's hands."""

    def __init__(self, server, version, protocols=()):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = client_context(None, version)
        if protocols:
            context.set_alpn_protocols(protocols)
        self.tls = context.wrap_bio(self.incoming, self.outgoing)
        self.plain = socket.create_connection(server.address, 10)
        self.until(self.tls.do_handshake)
        self.plain.sendall(self.outgoing.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.plain.close()

    def until(self, step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.plain.sendall(self.outgoing.read())
                if more := self.plain.recv(65536):
                    self.incoming.write(more)
                else:
                    self.incoming.write_eof()

    def encrypted(self, data):
        self.tls.write(data)
        return bytearray(self.outgoing.read())

    def read(self):
        return self.until(lambda: self.tls.read(65536))


@pytest.fixture(params=VERSIONS)
def record(server, request):
    with Record(server, request.param) as one:
        yield one


def alert(record, name):
    with pytest.raises(ssl.SSLError) as caught:
        while record.read():
            pass
    assert caught.value.reason.endswith("ALERT_" + name), caught.value


def test_a_sound_record_is_answered(record):
    record.plain.sendall(record.encrypted(REQUEST))
    assert record.read().startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("at", [5, 9, 20, -1])
def test_a_record_that_does_not_decrypt_is_answered_with_bad_record_mac(record, at):
    damaged = record.encrypted(REQUEST)
    damaged[at] ^= 1
    record.plain.sendall(damaged)
    alert(record, "BAD_RECORD_MAC")


def test_the_answer_to_what_came_before_is_not_lost(record):
    sound, damaged = record.encrypted(REQUEST), record.encrypted(REQUEST)
    damaged[-1] ^= 1
    record.plain.sendall(sound + damaged)
    assert record.read().startswith(b"HTTP/1.1 200 ")
    alert(record, "BAD_RECORD_MAC")


def test_the_alert_comes_through_to_one_that_goes_on_sending(record):
    damaged = record.encrypted(REQUEST)
    damaged[-1] ^= 1
    record.plain.sendall(damaged + bytes(200_000))
    alert(record, "BAD_RECORD_MAC")


def test_a_record_that_is_too_long_is_answered_with_record_overflow(record):
    record.plain.sendall(b"\x17\x03\x03\x48\x01" + bytes(100))
    alert(record, "RECORD_OVERFLOW")


def test_a_record_of_no_known_type_is_answered_with_unexpected_message(record):
    record.plain.sendall(b"\x63\x03\x03\x00\x20" + bytes(32))
    with pytest.raises(ssl.SSLError) as caught:
        record.read()
    expected = ("UNEXPECTED_MESSAGE", "BAD_RECORD_MAC", "PROTOCOL_VERSION")
    assert caught.value.reason.split("ALERT_")[-1] in expected, caught.value


def talk(server, version="1.3", protocols=None):
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = {"1.2": (3, 3), "1.3": (3, 4)}[version]
    settings.certificate_compression_send = []
    connection = TLSConnection(socket.create_connection(server.address, 10))
    connection.handshakeClientCert(settings=settings, alpn=protocols)
    connection.closeSocket = True
    return connection


def send(connection, message):
    for _ in connection._sendMsg(message, update_hashes=False):
        pass


def served(connection):
    connection.send(REQUEST)
    return bytes(connection.recv(8192)).startswith(b"HTTP/1.1 200 ")


def ended(connection, messages):
    """Sends them, and asks; True where the server ended the connection and said so."""
    try:
        for message in messages:
            send(connection, message)
        connection.send(REQUEST)
        return not connection.recv(8192)
    except (ConnectionError, TLSAbruptCloseError, TLSRemoteAlert, TLSLocalAlert):
        return True


class Malformed(KeyUpdate):
    def write(self):
        return bytearray([24, 0, 0, 0])


@pytest.mark.parametrize(
    "message, description",
    [(KeyUpdate().create(2), "illegal_parameter"), (Malformed(), "decode_error")],
)
def test_a_bad_key_update_is_answered_with_the_alert_for_it(server, message, description):
    connection = talk(server)
    assert served(connection)
    send(connection, message)
    with pytest.raises(TLSRemoteAlert) as caught:
        connection.recv(8192)
    assert AlertDescription.toStr(caught.value.description) == description


# Messages without data: up to 32 of each kind in a row, on any version of OpenSSL.


def updates(connection, count):
    for _ in range(count):
        for _ in connection.send_keyupdate_request(0):
            pass


def test_thirty_two_key_updates_in_a_row_are_taken_and_one_more_is_not(server):
    connection = talk(server)
    for _ in range(3):
        updates(connection, 32)
        assert served(connection)
    with pytest.raises((ConnectionError, TLSAbruptCloseError, TLSRemoteAlert, AssertionError)):
        updates(connection, 33)
        assert served(connection)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("count, is_borne", [(30, True), (40, False), (1000, False)])
def test_empty_records_are_counted(server, version, count, is_borne):
    connection = talk(server, version)
    # tlslite writes into what it is given, so each is another one.
    records = [ApplicationData().create(bytearray()) for _ in range(count)]
    if is_borne:
        for one in records:
            send(connection, one)
        assert served(connection) and served(connection)
    else:
        assert ended(connection, records)


@pytest.mark.parametrize("version", VERSIONS)
def test_warnings_are_counted(server, version):
    description = AlertDescription.user_canceled
    warning = Alert().create(description, AlertLevel.warning)
    connection = talk(server, version)
    send(connection, warning)
    assert served(connection)
    assert ended(connection, [warning] * 40)


def test_a_hello_in_crumbs_is_ended_when_it_is_no_honest_ones(server):
    whole = hello.client_hello(0x0303, hello.RECOMMENDED + hello.OTHERS)[5:]

    def first_answer(message, size):
        parts = [message[at : at + size] for at in range(0, len(message), size)]
        with socket.create_connection(server.address, 10) as plain:
            plain.sendall(b"".join(b"\x16\x03\x01" + hello.block(2, part) for part in parts))
            try:
                return plain.recv(1)
            except ConnectionError:
                return b""

    assert first_answer(whole, 64) == b"\x16"
    assert first_answer(whole, 1) == b"\x16"
    assert first_answer(b"\x01" + hello.block(3, bytes(8192)), 1) in (b"", b"\x15")


# RFC 7301.

OTHER_PROTOCOLS = [
    ["h2"],
    ["http/0.9"],
    ["HTTP/1.1", "xhttp/1.1", "http/1.1x"],
    ["HTTP/1.0", "xhttp/1.0", "http/1.0x", "http/1.", "http/1"],
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("offered", [["http/1.1"], ["h2", "http/1.1"], ["http/1.0", "http/1.1"]])
def test_http_1_1_is_selected(server, version, offered):
    with Record(server, version, offered) as one:
        assert one.tls.selected_alpn_protocol() == "http/1.1"
        one.plain.sendall(one.encrypted(REQUEST))
        assert one.read().startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("offered", [["http/1.0"], ["h2", "http/1.0"]])
def test_http_1_0_alone_is_selected_and_spoken(server, version, offered):
    """The server selects one that it speaks, and refuses where there is none (RFC 7301 §3.2)."""
    with Record(server, version, offered) as one:
        assert one.tls.selected_alpn_protocol() == "http/1.0"
        one.plain.sendall(one.encrypted(b"GET /health HTTP/1.0\r\n\r\n"))
        answer = one.read()
        assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b'{"status":"ok"}')
        # Without keep-alive the connection ends with the answer (RFC 9112 §9.3).
        assert one.read() == b""


def test_curl_speaks_http_1_0(server):
    done = subprocess.run(
        ["curl", "-sSkv", "--http1.0", "--max-time", "10", f"{server.url}/health"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, '{"status":"ok"}'), done.stderr
    assert "ALPN" in done.stderr and "HTTP/1.1 200" in done.stderr, done.stderr


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("offered", OTHER_PROTOCOLS)
def test_other_protocols_alone_are_refused_with_the_alert_for_it(server, version, offered):
    with pytest.raises(TLSRemoteAlert) as caught:
        talk(server, version, [bytearray(name.encode()) for name in offered])
    assert caught.value.description == AlertDescription.no_application_protocol
    assert served(talk(server, version))


def test_a_resumed_session_selects_anew(server):
    context = client_context(None, "1.3")
    context.set_alpn_protocols(["http/1.1"])
    with Connection(server.address, context=context) as first:
        assert first.get("/health").status == 200
        with Connection(server.address, context=context, session=first.session) as again:
            assert again.resumed
            assert again.socket.selected_alpn_protocol() == "http/1.1"
        context.set_alpn_protocols(["h2"])
        with pytest.raises(Refused):
            Connection(server.address, context=context, session=first.session)
