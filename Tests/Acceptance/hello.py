# SPDX-License-Identifier: Apache-2.0
"""A ClientHello by hand, to offer what no library offers any more, and the answer to it."""

import os
import socket
import struct
from dataclasses import dataclass

# ECDHE with AES-GCM, by the key that signs, and with ChaCha20.
ECDHE_ECDSA, ECDHE_RSA, CHACHA20 = [0xC02B, 0xC02C], [0xC02F, 0xC030], [0xCCA8, 0xCCA9]
RECOMMENDED = [*ECDHE_ECDSA, *ECDHE_RSA, *CHACHA20]
DHE_GCM = [0x009E, 0x009F]
# Every TLS 1.2 suite that RFC 9325 does not recommend: RSA key exchange, CBC, RC4, 3DES, NULL,
# export, anonymous, DHE, CAMELLIA, PSK, static ECDH, CCM.
OTHERS = [
    suite
    for span in ((0x0001, 0x00C6), (0xC001, 0xC0B0), (0xCCAA, 0xCCAF))
    for suite in range(*span)
    if suite not in RECOMMENDED and suite != 0x00FF
]
# Alerts (RFC 8446 §6).
HANDSHAKE_FAILURE, PROTOCOL_VERSION = 40, 70


@dataclass
class Answer:
    kind: str  # "hello", "alert" or "reset"
    version: int = 0
    suite: int = 0
    alert: int = 0


def block(width, payload):
    return len(payload).to_bytes(width, "big") + payload


def extension(kind, payload):
    return struct.pack(">H", kind) + block(2, payload)


def client_hello(version, suites):
    """TLS 1.0 to 1.2: `version` is 0x0301 to 0x0303."""
    algorithms = struct.pack(">8H", 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0203, 0x0201)
    extensions = (
        extension(0, block(2, b"\0" + block(2, b"localhost")))
        + extension(10, block(2, struct.pack(">3H", 29, 23, 24)))
        + extension(11, block(1, b"\0"))
        + extension(23, b"")
        + (extension(13, block(2, algorithms)) if version >= 0x0303 else b"")
    )
    listed = b"".join(struct.pack(">H", suite) for suite in suites)
    body = (
        struct.pack(">H", version) + os.urandom(32) + b"\0" + block(2, listed) + b"\1\0"
        + block(2, extensions)
    )  # fmt: skip
    return b"\x16\x03\x01" + block(2, b"\x01" + block(3, body))


def offer(address, version, suites):
    """Sends the hello; the first thing that comes back."""
    with socket.create_connection(address, 10) as plain:
        try:
            plain.sendall(client_hello(version, suites))
            head = receive(plain, 5)
            payload = receive(plain, int.from_bytes(head[3:5], "big"))
        except (ConnectionError, EOFError):
            return Answer("reset")
    if head[0] == 21:
        return Answer("alert", alert=payload[1])
    assert head[0] == 22 and payload[0] == 2, (head, payload[:4])
    session_bytes = payload[38]
    start = 39 + session_bytes
    return Answer(
        "hello",
        version=int.from_bytes(payload[4:6], "big"),
        suite=int.from_bytes(payload[start : start + 2], "big"),
    )


def receive(plain, count):
    data = b""
    while len(data) < count:
        more = plain.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data
