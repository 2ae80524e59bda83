# SPDX-License-Identifier: Apache-2.0
"""A small HTTP/1.1 client over Python's ssl that shows bytes, sessions and alerts as they are."""

import base64
import contextlib
import json
import re
import select
import socket
import ssl
import time
import urllib.parse
from dataclasses import dataclass, field

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
FORM = "application/x-www-form-urlencoded"


def empty_error_queue():
    """Empties this thread's queue of OpenSSL's errors.

    CPython leaves an error of a socket in it from OpenSSL 3.2 on, and the thread's next connection
    would report that as its own. A failing set_ciphers empties the queue.
    """
    with contextlib.suppress(ssl.SSLError):
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).set_ciphers("NONE-SUCH")


class Refused(Exception):
    """The peer ended the connection, or the handshake, without an HTTP answer."""


def client_context(credential=None, version=None, tickets=True, ciphers="ALL:@SECLEVEL=0"):
    """A context that trusts any server and refuses nothing on the client's side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(ciphers)
    if version:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    if not tickets:
        context.options |= ssl.OP_NO_TICKET
    if credential:
        context.load_cert_chain(credential.certificate, credential.key)
    return context


@dataclass
class Response:
    status: int
    reason: str
    headers: list
    body: bytes
    raw_head: bytes = b""
    interim: list = field(default_factory=list)

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        values = self.all(name)
        assert len(values) <= 1, f"{name} stands {len(values)} times"
        return values[0] if values else None

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def shape(self):
        """The whole answer as bytes, with the clock's time blanked: for comparing answers."""
        head = re.sub(rb"(?im)^date:[^\r]*", b"date:", self.raw_head)
        return head + self.body


def family(address):
    """The family of a pair of host and port, or of the path of a Unix socket."""
    if isinstance(address, str):
        return socket.AF_UNIX
    return socket.AF_INET6 if ":" in address[0] else socket.AF_INET


class Connection:
    """One TLS connection. To resume, pass the context and the session of an earlier one."""

    def __init__(
        self, address, credential=None, version=None, context=None, session=None, timeout=15.0,
        source=None, tickets=True, introduction=b"", receive_buffer=None,
    ):  # fmt: skip
        self.context = context or client_context(credential, version, tickets)
        self.buffer = b""
        plain = socket.socket(family(address))
        plain.settimeout(timeout)
        # Before the connection, whose window follows from it.
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            plain.bind(source)
        plain.connect(address)
        if plain.family != socket.AF_UNIX:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in introduction if isinstance(introduction, list) else [introduction]:
            plain.sendall(part)
            if isinstance(introduction, list):
                time.sleep(0.02)
        try:
            self.socket = self.context.wrap_socket(
                plain, server_hostname="localhost", session=session
            )
        except (ssl.SSLError, ConnectionError) as error:
            plain.close()
            raise Refused(f"handshake: {error}") from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    @property
    def session(self):
        return self.socket.session

    @property
    def resumed(self):
        return self.socket.session_reused

    @property
    def version(self):
        return self.socket.version().removeprefix("TLSv")

    def send(self, data):
        try:
            self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        except (ssl.SSLError, ConnectionError) as error:
            empty_error_queue()
            raise Refused(f"write: {error}") from error

    def send_while_reading(self, data):
        """Sends what is too much for a peer that waits for its answers to be read.

        In one thread: an SSL object must not be written to and read from by two at a time.
        """
        left = memoryview(data if isinstance(data, bytes) else data.encode())
        timeout = self.socket.gettimeout()
        self.socket.setblocking(False)
        while left:
            select.select([self.socket], [self.socket], [], timeout)
            with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
                left = left[self.socket.send(left[:16384]) :]
            with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
                self._receive()
        self.socket.settimeout(timeout)

    def _receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise Refused("closed")
        self.buffer += data

    def _more(self):
        try:
            self._receive()
        except TimeoutError:
            raise
        except (ssl.SSLError, ConnectionError) as error:
            empty_error_queue()
            raise Refused(f"read: {error}") from error

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        part, _, self.buffer = self.buffer.partition(mark)
        return part

    def _exactly(self, count):
        while len(self.buffer) < count:
            self._more()
        part, self.buffer = self.buffer[:count], self.buffer[count:]
        return part

    def read(self, method="POST"):
        """Reads one final response (RFC 9112 §6.3), with interim ones before it."""
        interim = []
        while True:
            response = self._one(method)
            if response.status >= 200:
                response.interim = interim
                return response
            interim.append(response.status)

    def _one(self, method):
        head = self._until(b"\r\n\r\n")
        start, *lines = head.split(b"\r\n")
        matched = re.fullmatch(rb"HTTP/1\.1 (\d{3}) ([^\r\n]*)", start)
        assert matched, f"status line {start!r}"
        headers = []
        for line in lines:
            assert re.match(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:", line), f"header line {line!r}"
            name, value = line.decode("latin-1").split(":", 1)
            headers.append((name, value.strip()))
        response = Response(int(matched[1]), matched[2].decode(), headers, b"", head)
        if method == "HEAD" or response.status < 200 or response.status in (204, 304):
            return response
        if (response.header("transfer-encoding") or "").lower() == "chunked":
            while size := int(self._until(b"\r\n").split(b";")[0], 16):
                response.body += self._exactly(size)
                assert self._exactly(2) == b"\r\n"
            while self._until(b"\r\n"):
                pass
        else:
            length = response.header("content-length")
            assert length is not None, f"no length in {head!r}"
            response.body = self._exactly(int(length))
        return response

    def request(self, method, target, body=None, headers=(), host="localhost"):
        """Sends one request and reads its response. `headers` adds to Host and Content-Length."""
        self.send(message(method, target, body, headers, host))
        return self.read(method)

    def get(self, target, headers=()):
        return self.request("GET", target, headers=headers)

    def token(
        self, parameters=(), basic=None, headers=(), target="/oauth2/token", kind=FORM, **more
    ):
        """Posts a token request; `parameters` is a raw body, or pairs that keywords add to."""
        if isinstance(parameters, (str, bytes)):
            body = parameters
        else:
            body = form(parameters, **more)
        fields = list(headers)
        if kind:
            fields.append(("Content-Type", kind))
        if basic:
            fields.append(("Authorization", basic_credentials(*basic)))
        return self.request("POST", target, body, fields)

    def closed_by_peer(self, within=10.0):
        """True when the peer closes within so many seconds and sends nothing before it."""
        self.socket.settimeout(within)
        try:
            data = self.socket.recv(4096)
        except TimeoutError:
            return False
        except (ssl.SSLError, ConnectionError):
            return True
        return data == b""


def message(method, target, body=None, headers=(), host="localhost"):
    """A request's bytes. `headers` adds to Host and Content-Length."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None:
        body = body if isinstance(body, bytes) else body.encode()
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines) + "\r\n\r\n"
    return head.encode("latin-1") + (body or b"")


def form(parameters=(), **more):
    pairs = list(parameters.items()) if isinstance(parameters, dict) else list(parameters)
    return urllib.parse.urlencode(pairs + list(more.items()))


def basic_credentials(client_id, secret, scheme="Basic"):
    """RFC 6749 §2.3.1: form-encoded first, then Base64."""
    quote = urllib.parse.quote_plus
    pair = f"{quote(client_id)}:{quote(secret)}".encode()
    return f"{scheme} {base64.b64encode(pair).decode()}"
