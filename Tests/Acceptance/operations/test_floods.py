# SPDX-License-Identifier: Apache-2.0
"""Floods: handshakes that are only begun, pipelined requests, and answers left unread."""

import contextlib
import select
import socket
import struct
import threading
import time

import pytest

import expect
import hello
from oauth import CC
from wire import FORM, Connection, Refused, client_context, form

HELLO = hello.client_hello(0x0303, hello.RECOMMENDED)


def options(**limits):
    return {f"HANDFAST_LIMITS_{name.upper()}": str(value) for name, value in limits.items()}


def start(fresh, pki, reactors=1, **limits):
    """A server with one client, which is connected when it begins."""
    credential = pki.self_signed("playground2")
    server = fresh(reactors=reactors, env=options(**limits))
    client = server.add_client("flooded", "--certificate", credential.certificate)
    server.credential, server.body = credential, {**CC, "client_id": client["client_id"]}
    return server


def silent(server, source, count=1, data=HELLO):
    """Connections that begin a handshake and say no more."""
    made = [
        socket.create_connection(server.address, 5, source_address=(source, 0))
        for _ in range(count)
    ]
    for one in made:
        with contextlib.suppress(OSError):
            one.sendall(data)
    return made


def ended(one, within=0.0):
    """Whether the peer has ended the connection; its bytes stay unread."""
    poller = select.poll()
    poller.register(one, select.POLLRDHUP)
    return bool(poller.poll(within * 1000))


def reset(one):
    """Closes it by RST instead of FIN."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


class Flood(threading.Thread):
    """Begins handshakes as fast as it can; keeps the last fifty open, or resets each at once."""

    def __init__(self, address, sources, resets=False):
        super().__init__()
        self.address, self.sources, self.kept = address, sources, 0 if resets else 50
        self.end = reset if resets else socket.socket.close
        self.stopped, self.begun = threading.Event(), 0

    def run(self):
        held = []
        while not self.stopped.is_set():
            source = self.sources[self.begun % len(self.sources)]
            with contextlib.suppress(OSError):
                one = socket.create_connection(self.address, 5, source_address=(source, 0))
                held.append(one)
                one.sendall(HELLO)
                self.begun += 1
            if len(held) > self.kept:
                self.end(held.pop(0))
        for one in held:
            self.end(one)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.join()


@pytest.mark.parametrize("sources, half_open", [(1, 100), (100, 1000)])
def test_during_a_flood_of_begun_handshakes_old_and_new_clients_are_served(
    fresh, pki, sources, half_open
):
    with start(fresh, pki, half_open_handshakes=half_open) as server:
        kept = server.connect(server.credential)
        before = server.descriptors
        with Flood(server.address, [f"127.0.3.{n + 1}" for n in range(sources)]) as flood:
            expect.eventually(lambda: flood.begun > 100, within=10)
            for _ in range(100):
                expect.token(kept.token(server.body))
            for _ in range(5):
                expect.token(server.token(server.body, server.credential))
            assert server.descriptors <= before + half_open + 10
        expect.eventually(lambda: server.descriptors <= before, within=2)
        expect.token(kept.token(server.body))
        kept.close()


def test_the_source_with_the_most_handshakes_gives_way_first(fresh, pki):
    with start(fresh, pki, half_open_handshakes=40, handshake_seconds=30) as server:
        # The oldest of all, and cut off in the middle of its hello.
        (honest,) = silent(server, "127.0.4.1", data=HELLO[:50])
        flood = silent(server, "127.0.4.2", 100)
        expect.eventually(lambda: sum(map(ended, flood)) == 61, within=5)
        assert not ended(honest)
        honest.sendall(HELLO[50:])
        assert honest.recv(1) == b"\x16"
        # The flood's own oldest went, and its last are still there.
        assert [ended(one) for one in flood] == [True] * 61 + [False] * 39
        expect.token(server.token(server.body, server.credential))
        for one in [honest, *flood]:
            one.close()


def test_of_one_source_the_oldest_handshake_gives_way(fresh, pki):
    with start(fresh, pki, half_open_handshakes=40, handshake_seconds=30) as server:
        (first,) = silent(server, "127.0.4.2", data=HELLO[:50])
        others = silent(server, "127.0.4.2", 100)
        expect.eventually(lambda: ended(first), within=5)
        for one in [first, *others]:
            one.close()


def test_behind_a_load_balancer_the_proxy_headers_sources_count(fresh, pki, tmp_path):
    def introduced(source):
        return f"PROXY TCP4 {source} 203.0.113.1 40000 443\r\n".encode()

    (tmp_path / "balanced.yaml").write_text("listeners: {main: {proxies: 127.0.4.0/24}}\n")
    server = start(fresh, pki, half_open_handshakes=40, handshake_seconds=30)
    server.options += ["--config", tmp_path / "balanced.yaml"]
    with server:
        proxy = "127.0.4.1"
        (honest,) = silent(server, proxy, data=introduced("198.51.100.7") + HELLO[:50])
        flood = silent(server, proxy, 100, data=introduced("198.51.100.8") + HELLO)
        expect.eventually(lambda: sum(map(ended, flood)) >= 60, within=5)
        assert not ended(honest)
        honest.sendall(HELLO[50:])
        assert honest.recv(1) == b"\x16"
        for one in [honest, *flood]:
            one.close()


@pytest.mark.parametrize("waits", [False, True], ids=["before the flight", "after the flight"])
def test_peers_that_reset_behind_their_hello_leave_nothing(fresh, pki, waits):
    with start(fresh, pki) as server:
        kept = server.connect(server.credential)
        before = server.descriptors
        for _ in range(10):
            for one in silent(server, "127.0.4.2", 30):
                if waits:
                    assert one.recv(1) == b"\x16"
                reset(one)
            expect.token(kept.token(server.body))
        expect.eventually(lambda: server.descriptors <= before, within=2)
        expect.token(server.token(server.body, server.credential))
        kept.close()


@pytest.mark.parametrize("sources", [1, 100])
def test_during_a_flood_of_hellos_and_resets_everybody_is_served_and_nothing_stays(
    fresh, pki, sources
):
    """Each honest client has its own address: one with many handshakes queues behind others."""
    stranger = pki.self_signed("stranger")

    def answer(server, number, credential):
        with server.connect(credential, source=(f"127.0.6.{number + 1}", 0)) as connection:
            return connection.token(server.body)

    def serve_beside_a_flood(server, kept):
        addresses = [f"127.0.5.{n + 1}" for n in range(sources)]
        with Flood(server.address, addresses, resets=True) as flood:
            expect.eventually(lambda: flood.begun > 100, within=10)
            for number in range(20):
                for _ in range(10):
                    expect.token(kept.token(server.body))
                expect.token(answer(server, number, server.credential))
                expect.error(answer(server, number, stranger), "invalid_client")
            expect.eventually(lambda: flood.begun > 2000, within=30)
        expect.token(kept.token(server.body))
        expect.token(server.token(server.body, server.credential))

    with start(fresh, pki, handshake_seconds=15) as server:
        kept = server.connect(server.credential)
        before = server.descriptors
        # Whatever is made once is there after the first one.
        serve_beside_a_flood(server, kept)
        expect.eventually(lambda: server.descriptors <= before, within=2)
        memory = server.resident_kib
        serve_beside_a_flood(server, kept)
        expect.eventually(lambda: server.descriptors <= before, within=2)
        assert server.resident_kib < memory * 1.05 + 2048
        kept.close()


# MARK: pipelined requests


def whole(target, body=""):
    method = "POST" if body else "GET"
    kind = f"Content-Type: {FORM}\r\n" if body else ""
    return (
        f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{kind}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )


def test_pipelined_requests_keep_their_order_over_many_slices(fresh, pki):
    with start(fresh, pki) as server:
        kinds = [
            (whole("/oauth2/token", form(server.body)), 200),
            (whole("/nowhere"), 404),
            (whole("/oauth2/token", "grant_type=x"), 401),
            (whole("/health"), 200),
        ]
        with server.connect(server.credential) as line:
            line.send_while_reading("".join(kinds[n % 4][0] for n in range(2000)))
            for number in range(2000):
                answer = line.read()
                assert answer.status == kinds[number % 4][1], number
                assert (b"access_token" in answer.body) == (number % 4 == 0)
            expect.token(line.token(server.body))


def pipeline_without_reading(server, context, within=15.0):
    """A connection whose peer has more answers than it reads: nothing more can be sent."""
    line = Connection(server.address, context=context)
    data = (whole("/oauth2/token", form(server.body)) * 60).encode()
    line.socket.setblocking(False)
    limit = time.monotonic() + within
    stuck = 0
    # Twenty tries without room: the server does not read any more.
    while stuck < 20 and time.monotonic() < limit:
        try:
            line.socket.send(data)
            stuck = 0
        except OSError:
            stuck += 1
            time.sleep(0.02)
    assert stuck == 20, "everything is read on and on"
    line.socket.setblocking(True)
    return line


def test_beside_pipelines_that_nobody_reads_others_are_served(fresh, pki):
    with start(fresh, pki) as server:
        context = client_context(server.credential)
        kept = server.connect(server.credential)
        lines, data = [], (whole("/oauth2/token", form(server.body)) * 60).encode()
        for _ in range(20):
            line = Connection(server.address, context=context)
            line.send(data)
            lines.append(line)
        for _ in range(50):
            expect.token(kept.token(server.body))
            expect.token(server.token(server.body, server.credential))
        # No request of theirs is lost: they had their share meanwhile, and the rest now.
        for line in lines:
            for _ in range(60):
                expect.token(line.read())
            line.close()
        kept.close()


def test_a_peer_that_does_not_read_costs_no_more_than_its_place(fresh, pki):
    with start(fresh, pki) as server:
        line = pipeline_without_reading(server, client_context(server.credential))
        spent, memory = server.cpu_seconds, server.resident_kib
        time.sleep(1)
        assert server.cpu_seconds - spent < 0.1
        assert server.resident_kib <= memory + 1024
        line.close()


# MARK: answers that nobody reads


@pytest.mark.waiting
def test_a_peer_that_does_not_read_is_ended_after_request_seconds(fresh, pki):
    with start(fresh, pki, request_seconds=3, header_seconds=3, body_seconds=3) as server:
        context = client_context(server.credential)
        reading = server.connect(server.credential)
        began = time.monotonic()
        line = pipeline_without_reading(server, context)
        stuck = time.monotonic()
        expect.token(reading.token(server.body))
        # The last room was found after it began and before it was stuck.
        while time.monotonic() < began + 2.5:
            assert not ended(line.socket, 0.1)
        assert ended(line.socket, within=stuck + 4 - time.monotonic())
        # One that reads is there long after.
        expect.token(reading.token(server.body))
        reading.close()


@pytest.mark.waiting
def test_a_peer_that_reads_a_few_bytes_now_and_then_is_ended_too(fresh, pki):
    with start(fresh, pki, request_seconds=3, header_seconds=3, body_seconds=3) as server:
        line = pipeline_without_reading(server, client_context(server.credential))
        stuck = time.monotonic()
        raw = line.socket.detach()
        with socket.socket(fileno=raw) as plain:
            while time.monotonic() < stuck + 5 and not ended(plain, 0.1):
                with contextlib.suppress(OSError):
                    plain.recv(100)
            assert time.monotonic() < stuck + 4.5


def narrow(server):
    """A connection whose receive buffer holds no whole answer."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    plain.settimeout(10)
    plain.connect(server.address)
    context = client_context(server.credential)
    line = Connection.__new__(Connection)
    line.context, line.buffer = context, b""
    line.socket = context.wrap_socket(plain, server_hostname="localhost")
    return line


@pytest.mark.waiting
def test_an_answer_that_stays_in_the_kernel_is_not_waited_for_longer(fresh, pki):
    """As `slowhttptest -X`: the window is closed before the answers are through."""
    with start(fresh, pki, request_seconds=3, header_seconds=3, body_seconds=3) as server:
        idle, reading = server.connect(server.credential), narrow(server)
        expect.token(idle.token(server.body))
        line = narrow(server)
        asked = time.monotonic()
        line.send(whole("/oauth2/token", form(server.body)) * 10)
        while time.monotonic() < asked + 2.5:
            assert not ended(line.socket, 0.1)
        assert ended(line.socket, within=4)
        # Those that have read their answers wait for idle_seconds: also with as narrow a window.
        expect.token(reading.token(server.body))
        time.sleep(3.5)
        for one in (idle, reading):
            assert not ended(one.socket)
            expect.token(one.token(server.body))
            one.close()


@pytest.mark.waiting
def test_a_slow_reader_within_its_time_gets_everything(fresh, pki):
    with start(fresh, pki, request_seconds=10) as server:
        line = pipeline_without_reading(server, client_context(server.credential))
        count = 0
        line.socket.settimeout(1)
        with contextlib.suppress(TimeoutError, Refused):
            while True:
                expect.token(line.read())
                count += 1
        # Sent until the connection was stuck: more than the socket's buffers hold.
        assert count > 60
        line.close()
