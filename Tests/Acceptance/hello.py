# SPDX-License-Identifier: Apache-2.0
"""A ClientHello by hand, to offer what no library offers any more, and the answer to it."""

import hashlib
import os
import socket
import struct
import time
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
HANDSHAKE_FAILURE, ILLEGAL_PARAMETER, PROTOCOL_VERSION = 40, 47, 70
# Groups of the key exchange by their numbers (RFC 8446 §4.2.7, draft-ietf-tls-ecdhe-mlkem).
P_256, P_384, X25519, X25519MLKEM768 = 0x0017, 0x0018, 0x001D, 0x11EC
# The random of a ServerHello that asks for another key share (RFC 8446 §4.1.3).
RETRY = hashlib.sha256(b"HelloRetryRequest").digest()


@dataclass
class Answer:
    kind: str  # "hello", "alert" or "reset"
    version: int = 0
    suite: int = 0
    alert: int = 0
    group: int = 0  # of the key share in TLS 1.3
    retries: bool = False  # whether it asks for a key share of that group


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


def key_share(group):
    """A share that any server takes: of ML-KEM the key of zeros, of X25519 any bytes."""
    if group == X25519MLKEM768:
        return bytes(1152) + os.urandom(32) + os.urandom(32)
    return os.urandom(32)


def client_hello_13(groups, shares):
    """The handshake message of TLS 1.3, which lists `groups` and sends `shares`: pairs of group and
    bytes."""
    listed = struct.pack(f">{len(groups)}H", *groups)
    sent = b"".join(struct.pack(">H", group) + block(2, share) for group, share in shares)
    extensions = (
        extension(0, block(2, b"\0" + block(2, b"localhost")))
        + extension(10, block(2, listed))
        + extension(13, block(2, struct.pack(">4H", 0x0403, 0x0804, 0x0805, 0x0806)))
        + extension(43, block(1, b"\3\4"))
        + extension(51, block(2, sent))
    )
    body = (
        b"\3\3" + os.urandom(32) + block(1, os.urandom(32)) + block(2, b"\x13\1") + b"\1\0"
        + block(2, extensions)
    )  # fmt: skip
    return b"\1" + block(3, body)


def records(message, *cuts):
    """The message in records, cut at these places."""
    places = [0, *cuts, len(message)]
    parts = [message[start:end] for start, end in zip(places, places[1:])]
    return [b"\x16\3\1" + block(2, part) for part in parts]


def offer(address, version, suites):
    """Sends the hello; the first thing that comes back."""
    return answer(address, [client_hello(version, suites)])


def answer(address, packets, pause=0.05):
    """Sends the packets with a pause between them; the first thing that comes back."""
    with socket.create_connection(address, 10) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for at, packet in enumerate(packets):
                time.sleep(pause if at else 0)
                plain.sendall(packet)
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
        group=group_of(payload[start + 3 :]),
        retries=payload[6:38] == RETRY,
    )


def group_of(extensions):
    """The group of a ServerHello's key share; 0 where it has none."""
    at = 2
    while at + 4 <= len(extensions):
        kind, size = struct.unpack(">2H", extensions[at : at + 4])
        if kind == 51:
            return int.from_bytes(extensions[at + 4 : at + 6], "big")
        at += 4 + size
    return 0


def receive(plain, count):
    data = b""
    while len(data) < count:
        more = plain.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data
