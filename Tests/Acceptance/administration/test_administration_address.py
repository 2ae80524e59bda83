# SPDX-License-Identifier: Apache-2.0
"""The administrative listener: where it listens, and peers that behave badly."""

import os
import signal
import socket
import time

import pytest

import expect
from administrator import Administrator, everything, seconds_until_closed
from server import free_port, handfast

pytestmark = pytest.mark.waiting


# The address.


def test_one_line_on_standard_output_for_each_listener_of_clients(server, admin):
    assert server.stdout == [f"listening on https://127.0.0.1:{server.port}"]
    expect.logged(server, f"unix:{admin.path}")


def test_none_switches_it_off(other):
    server = other("none")
    names = {file.name for file in server.data.iterdir()}
    assert "handfast.db" in names and not names & {"admin.sock", "admin.token"}
    assert server.stop() == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]", "localhost"])
def test_a_loopback_port_serves_those_who_have_the_token(other, address):
    port = free_port()
    server = other(f"{address}:{port}")
    assert not (server.data / "admin.sock").exists()
    token = (server.data / "admin.token").read_text().strip()
    admin = Administrator(server, port)
    for fields, status in (([f"Authorization: Bearer {token}"], 200), ([], 401)):
        resolve = ["--resolve", f"localhost:{port}:{'[::1]' if ':' in address else '127.0.0.1'}"]
        if address == "localhost":
            resolve = []
        assert admin.curl("/metrics", *resolve, fields=fields)[0] == status
    assert server.stop() == 0


@pytest.mark.parametrize("address", [
    "0.0.0.0:9444", "[::]:9444", "192.0.2.1:9444", "id.example.com:9444", "unix:admin.sock", "off",
])  # fmt: skip
def test_an_address_that_others_reach_is_refused(tmp_path, address):
    file = tmp_path / "h.yaml"
    file.write_text(f"data: {tmp_path}/data\nadministration: {{address: '{address}'}}\n")
    done = handfast("check", "--config", file, check=False)
    assert done.returncode == 1
    assert "administration.address" in done.stderr and done.stderr.count("\n") == 1
    file.write_text(f"data: {tmp_path}/data\nadministration: {{address: none}}\n")
    assert handfast("check", "--config", file).stdout == f"{file}: ok\n"


def test_a_data_directory_with_too_long_a_path_names_the_key(fresh, tmp_path):
    deep = tmp_path / ("d" * 100)
    server = fresh(deep).launch()
    assert server.wait() != 0
    expect.logged(server, "administration.address", str(tmp_path))
    assert not deep.exists()


def test_a_socket_that_somebody_listens_on_is_an_error(fresh, tmp_path):
    path = tmp_path / "taken.sock"
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(str(path))
        taken.listen()
        server = fresh(env={"HANDFAST_ADMINISTRATION_ADDRESS": f"unix:{path}"}).launch()
        assert server.wait() != 0
        expect.logged(server, "administration.address", "in use")
        assert path.exists()
    # The old address is closed.
    assert server.start().stop() == 0
    assert not path.exists()


def test_a_file_at_the_address_is_left_alone(fresh, tmp_path):
    path = tmp_path / "notes"
    path.write_text("mine")
    server = fresh(env={"HANDFAST_ADMINISTRATION_ADDRESS": f"unix:{path}"}).launch()
    assert server.wait() != 0
    expect.logged(server, "administration.address")
    assert path.read_text() == "mine"


def test_a_reload_leaves_it_where_it_is(other):
    admin = Administrator(other())
    admin.server.signal(signal.SIGHUP)
    expect.logged(admin.server, "configuration reloaded")
    assert admin.json("/health") == {"status": "ok"}


# Peers that behave badly.


def test_requests_follow_each_other_on_one_connection_up_to_a_bound(admin):
    with admin.connect() as connection:
        connection.sendall(admin.request() * 70)
        answers = everything(connection)
    assert answers.count(b"HTTP/1.1 200 OK") == 64
    assert answers.count(b"Connection: close") == 1
    with admin.connect() as connection:
        connection.sendall(admin.request(more="Connection: close\r\n") * 2)
        assert everything(connection).count(b"HTTP/1.1 200 OK") == 1


@pytest.mark.parametrize("part", ["nothing", "half a line", "half a head", "half a body"])
def test_slow_and_half_requests_end(admin, part):
    sent = {
        "nothing": b"",
        "half a line": b"GET /hea",
        "half a head": admin.request()[:-2],
        "half a body": admin.request("/keys", "POST", "Content-Length: 9\r\n") + b"1234",
    }[part]
    with admin.connect() as connection:
        connection.sendall(sent)
        assert 4 < seconds_until_closed(connection) < 5 + 2 * expect.PATIENCE
    assert admin.curl("/health")[0] == 200


def test_a_trickle_does_not_move_the_deadline(admin):
    with admin.connect() as connection:
        began = time.monotonic()
        try:
            while time.monotonic() < began + 30:
                connection.sendall(b"G" if time.monotonic() < began + 0.1 else b"E")
                time.sleep(0.2)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert 4 < time.monotonic() - began < 5 + 2 * expect.PATIENCE


def test_idle_connections_give_way(admin):
    """A scraper that keeps its connection open must not keep the emergency switch waiting."""
    with admin.connect() as idle, admin.connect() as silent:
        idle.sendall(admin.request())
        assert b"200 OK" in idle.recv(4096)
        began = time.monotonic()
        assert admin.curl("/health")[0] == 200
        assert time.monotonic() - began < 1 + expect.PATIENCE
        assert everything(idle) == b""
        silent.close()


@pytest.mark.parametrize("sent, status", [
    (b"\x16\x03\x01\x02\x00\x01\x00\x01", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET /metrics HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    (b"GET /" + b"a" * 4096 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
])  # fmt: skip
def test_what_is_no_request_is_refused(admin, sent, status):
    with admin.connect() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = everything(connection)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer
    assert b"Connection: close" in answer
    assert admin.curl("/health")[0] == 200


def test_a_header_of_a_megabyte_is_refused(admin):
    with admin.connect() as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"a" * (1 << 20))
        assert everything(connection).startswith(b"HTTP/1.1 431 ")
    assert admin.curl("/health")[0] == 200


def test_nothing_leaks_after_many_connections(admin, server):
    assert admin.curl("/health")[0] == 200
    before = server.descriptors
    for number in range(50):
        with admin.connect() as connection:
            connection.sendall(admin.request() if number % 2 else b"GET")
    assert admin.curl("/health")[0] == 200
    expect.eventually(lambda: server.descriptors <= before)


def test_sigterm_ends_a_server_whose_administrator_says_nothing(other):
    admin = Administrator(other())
    with admin.connect() as connection:
        began = time.monotonic()
        assert admin.server.stop() == 0
        assert time.monotonic() - began < 1 + expect.PATIENCE
        assert everything(connection) == b""
    assert not admin.path.exists()


def test_the_thread_has_a_name(server):
    tasks = os.listdir(f"/proc/{server.pid}/task")
    names = [open(f"/proc/{server.pid}/task/{task}/comm").read().strip() for task in tasks]
    assert names.count("admin") == 1
