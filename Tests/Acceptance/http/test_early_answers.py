# SPDX-License-Identifier: Apache-2.0
"""An answer that comes before the request has ended is not lost (RFC 9112 §9.6)."""

import os
import socket
import subprocess
import time

import pytest

import expect
from oauth import WELL_KNOWN
from wire import Refused

HEAD = "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
BLOCK = b"a" * 65_536
REQUESTS = {
    "a body that is too large": (f"{HEAD}{FORM}Content-Length: 20000000\r\n\r\n", 413),
    "chunks that are too many": (f"{HEAD}{FORM}Transfer-Encoding: chunked\r\n\r\n", 413),
    "what is not HTTP": ("GET\r\n\r\n", 400),
}


def chunk(kind):
    return b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK) if "chunks" in kind else BLOCK


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("kind", REQUESTS)
def test_who_sends_everything_before_reading_still_reads_the_answer(server, kind, version):
    head, status = REQUESTS[kind]
    with server.connect(version=version) as connection:
        connection.send(head)
        for _ in range(300):
            connection.send(chunk(kind))
        assert connection.read().status == status


def test_curl_sees_the_status_of_an_upload_that_is_too_large(server, tmp_path):
    file = tmp_path / "large"
    file.write_bytes(BLOCK * 300)
    for _ in range(3):
        done = subprocess.run(
            ["curl", "-sk", f"{server.url}/oauth2/token", "-H", "Transfer-Encoding: chunked",
             "-H", "Expect:", "--data-binary", f"@{file}", "-o", "/dev/null",
             "-w", "%{http_code}"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.stdout == "413", done


@pytest.mark.parametrize("kind", REQUESTS)
def test_who_sends_without_end_is_cut_off(server, kind):
    head, _ = REQUESTS[kind]
    with server.connect() as connection:
        connection.send(head)
        with pytest.raises(Refused):
            for _ in range(4000):
                connection.send(chunk(kind))


def test_who_does_not_close_is_closed(server):
    head, status = REQUESTS["what is not HTTP"]
    expect.eventually(lambda: server.get("/health").status == 200)
    # Those of others, which it may still have to close.
    expect.eventually(lambda: not server.connections, within=10)
    before = server.descriptors
    silent = [server.connect() for _ in range(5)]
    for connection in silent:
        connection.send(head)
        assert connection.read().status == status
    assert server.descriptors >= before + 5
    expect.eventually(lambda: server.descriptors <= before, within=10)
    for connection in silent:
        connection.close()


def test_a_request_that_was_read_whole_ends_at_once(server, clients):
    """No lingering close: with `Connection: close`, no byte can follow the request."""
    body = f"grant_type=client_credentials&client_id={clients.self_signed['client_id']}"
    length = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    before = server.descriptors
    connections = [server.connect(clients.certificate) for _ in range(5)]
    for connection in connections:
        connection.send(HEAD + FORM + length + body)
        expect.token(connection.read())
    expect.eventually(lambda: server.descriptors <= before, within=1)
    for connection in connections:
        connection.close()


def test_a_peer_that_was_too_slow_is_told_so_while_it_still_sends(fresh):
    server = fresh(env={"HANDFAST_LIMITS_BODY_SECONDS": "1"}).start()
    before = server.descriptors
    head, _ = REQUESTS["chunks that are too many"]
    with server.connect() as connection:
        connection.send(head)
        # One byte at a time, past the deadline and past the answer.
        for _ in range(30):
            connection.send("1\r\na\r\n")
            time.sleep(0.1)
        assert connection.read().status == 408
    expect.eventually(lambda: server.descriptors <= before, within=2)


def test_who_sends_all_and_ends_its_side_reads_the_answer(server):
    head, status = REQUESTS["what is not HTTP"]
    with server.connect() as connection:
        connection.send(head)
        for _ in range(30):
            connection.send(BLOCK)
        # Python's own shutdown would forget the TLS on the socket.
        with socket.socket(fileno=os.dup(connection.socket.fileno())) as plain:
            plain.shutdown(socket.SHUT_WR)
        assert connection.read().status == status


@pytest.mark.parametrize("count", [100, 1_000])
def test_who_ends_its_side_and_reads_slowly_gets_every_answer(server, count):
    for _ in range(4):
        with server.connect(receive_buffer=4_096) as connection:
            connection.send(f"GET {WELL_KNOWN} HTTP/1.1\r\nHost: localhost\r\n\r\n" * count)
            with socket.socket(fileno=os.dup(connection.socket.fileno())) as plain:
                plain.shutdown(socket.SHUT_WR)
            assert [connection.read().status for _ in range(count)] == [200] * count
            # No answer that was not asked for, and no connection that stays.
            with pytest.raises(Refused):
                connection.read()
