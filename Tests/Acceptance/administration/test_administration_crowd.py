# SPDX-License-Identifier: Apache-2.0
"""The administrative listener among many callers: silent ones cost the others nothing."""

import contextlib
import socket
import threading
import time

import pytest

import expect
from administrator import Administrator, everything
from oauth import CC
from server import free_port

PROMISE = 0.5


@pytest.fixture(params=["loopback", "socket"])
def crowded(request, other, pki):
    port = free_port() if request.param == "loopback" else None
    admin = Administrator(other(f"127.0.0.1:{port}" if port else None), port)
    admin.credential = pki.self_signed("switched")
    client = admin.server.add_client("switched", "--certificate", admin.credential.certificate)
    admin.client_id = client["client_id"]
    admin.body = {**CC, "client_id": admin.client_id}
    expect.eventually(lambda: admin.server.token(admin.body, admin.credential).status == 200)
    return admin


@contextlib.contextmanager
def callers(admin, count, sent=b""):
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(admin.connect()) for _ in range(count)]
        for one in made:
            with contextlib.suppress(OSError):
                one.sendall(sent)
        yield made


def switch(admin):
    """Disables and enables the client on bare sockets; the seconds of the slower one."""
    slower = 0
    for change in ("disable", "enable"):
        began = time.monotonic()
        with admin.connect() as connection:
            target = f"/clients/{admin.client_id}/{change}"
            connection.sendall(admin.request(target, "POST", "Connection: close\r\n"))
            assert everything(connection).startswith(b"HTTP/1.1 204 ")
        slower = max(slower, time.monotonic() - began)
    return slower


@pytest.mark.parametrize("sent", [b"", b"GET /hea", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n"])
@pytest.mark.parametrize("count", [1, 40, 120])
def test_the_switch_does_not_wait_for_those_who_say_nothing(crowded, count, sent):
    with callers(crowded, count, sent):
        assert switch(crowded) < PROMISE * expect.PATIENCE


def test_more_than_there_is_room_for_make_the_oldest_give_way(crowded):
    before = crowded.server.descriptors
    with callers(crowded, 600) as made:
        assert crowded.server.descriptors - before <= 300
        assert switch(crowded) < PROMISE * expect.PATIENCE
        # The first ones have lost their places, the last ones have not.
        assert everything(made[0]) == b""
        made[-1].settimeout(0.2)
        with pytest.raises(TimeoutError):
            made[-1].recv(1)
    expect.eventually(lambda: crowded.server.descriptors <= before + 8)


def test_one_who_has_shown_the_token_keeps_its_place(crowded):
    with crowded.connect() as admitted:
        admitted.sendall(crowded.request())
        assert b"200 OK" in admitted.recv(4096)
        with callers(crowded, 300):
            admitted.sendall(crowded.request())
            assert b"200 OK" in admitted.recv(4096)


def test_one_who_reads_nothing_does_not_hold_up_the_others(crowded):
    with crowded.connect() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(crowded.request("/metrics") * 64)
        assert switch(crowded) < PROMISE * expect.PATIENCE


def test_many_administrators_at_once_are_all_answered(crowded):
    done = []

    def ask():
        for _ in range(10):
            with crowded.connect() as connection:
                connection.sendall(crowded.request("/clients", more="Connection: close\r\n"))
                done.append(everything(connection).startswith(b"HTTP/1.1 200 "))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(done) == 160 and all(done)


def test_a_switch_counts_from_the_answer_on(crowded):
    server = crowded.server
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(server.connect(crowded.credential)) for _ in range(8)]
        for connection in kept:
            expect.token(connection.token(crowded.body))
        for _ in range(5):
            assert crowded.post(f"/clients/{crowded.client_id}/disable")[0] == 204
            for connection in kept:
                expect.error(connection.token(crowded.body), "invalid_client")
            assert crowded.post(f"/clients/{crowded.client_id}/enable")[0] == 204
            expect.eventually(lambda: all(c.token(crowded.body).status == 200 for c in kept))
    # Commands afterwards take precedence.
    assert crowded.post(f"/clients/{crowded.client_id}/disable")[0] == 204
    server.handfast("client", "enable", crowded.client_id)
    expect.eventually(lambda: server.token(crowded.body, crowded.credential).status == 200)
    server.handfast("client", "disable", crowded.client_id)
    expect.eventually(lambda: server.token(crowded.body, crowded.credential).status == 401)
