# SPDX-License-Identifier: Apache-2.0
"""Load balancers that pass TLS through: the PROXY protocol, from configured sources only."""

import shutil
import socket
import struct
import subprocess
import time

import pytest

import expect
from oauth import CC
from server import Server, free_port
from wire import Connection, Refused

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
BALANCER = "127.0.0.9"


def version1(source="198.51.100.7"):
    return f"PROXY TCP4 {source} 203.0.113.1 40000 443\r\n".encode()


def version2(source="198.51.100.7", command=1, extra=b""):
    addresses = socket.inet_aton(source) + socket.inet_aton("203.0.113.1") + struct.pack(
        ">HH", 40000, 443
    )  # fmt: skip
    head = SIGNATURE + bytes([0x20 | command, 0x11])
    return head + struct.pack(">H", len(addresses + extra)) + addresses + extra


def give_client(server, pki, name):
    """Registers a client, with whose certificate `ask` comes."""
    server.certificate = pki.self_signed(name)
    client = server.add_client(name, "--certificate", server.certificate.certificate)
    server.body = {**CC, "client_id": client["client_id"]}


@pytest.fixture(scope="module")
def balanced(tmp_path_factory, pki):
    folder = tmp_path_factory.mktemp("balanced")
    port = free_port()
    (folder / "balanced.yaml").write_text(f"""
reactors: 2
log:
  level: debug
  requests: true
limits:
  handshake_seconds: 2
listeners:
  main:
    address: 127.0.0.1:{port}
    proxies: {BALANCER} 2001:db8::/32
""")
    server = Server(
        folder / "data", ["--config", folder / "balanced.yaml"], port=port, flags=False
    )
    give_client(server, pki, "behind")
    with server:
        yield server
        assert server.running and server.stop() == 0


def ask(server, introduction=b"", source=BALANCER, version=None):
    with Connection(
        server.address, server.certificate, version, source=(source, 0),
        introduction=introduction,
    ) as connection:  # fmt: skip
        return connection.token(server.body)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("make", [version1, version2])
def test_the_source_that_the_balancer_tells_is_the_one_in_the_log(balanced, make, version):
    source = f"198.51.100.{len(balanced.stderr) % 250}"
    expect.token(ask(balanced, make(source), version=version))
    expect.logged(balanced, f'"peer":"{source}"')


@pytest.mark.parametrize("begun", [b"PROXY TCP4 1", SIGNATURE, version2()[:20]])
def test_a_header_that_breaks_off_keeps_no_reactor_busy(balanced, begun):
    """Its peer's end makes the socket readable for good, whatever is read of it."""
    lines = []
    for _ in range(10):
        line = socket.create_connection(balanced.address, 5, source_address=(BALANCER, 0))
        line.sendall(begun)
        line.shutdown(socket.SHUT_WR)
        lines.append(line)
    before = balanced.cpu_seconds
    time.sleep(1.5)
    used = balanced.cpu_seconds - before
    expect.token(ask(balanced, version1()))
    for line in lines:
        # Ended at the deadline of the handshake, without an answer.
        line.settimeout(10)
        try:
            assert line.recv(100) == b""
        except ConnectionError:
            pass
        line.close()
    assert used < 0.5, "ten peers that have ended cost a third of a processor"


def test_headers_of_the_balancer_itself_and_of_unknown_ones(balanced):
    for header in [version2(command=0), b"PROXY UNKNOWN\r\n", version2(extra=b"\x04\0\2ab")]:
        expect.token(ask(balanced, header))


def test_a_header_in_pieces_costs_no_processor(balanced):
    header = version1("198.51.100.99")
    expect.token(ask(balanced, [bytes([byte]) for byte in header]))
    before = balanced.cpu_seconds
    with socket.create_connection(balanced.address, source_address=(BALANCER, 0)) as plain:
        plain.sendall(header[:10])
        time.sleep(1)
        assert balanced.cpu_seconds - before < 0.3
        plain.settimeout(5)
        # The handshake's deadline; what was not read makes it a reset.
        with pytest.raises(ConnectionResetError):
            plain.recv(1)


BROKEN = {
    "none at all": b"",
    "none of the two": b"GET / HTTP/1.1\r\n\r\n",
    "a bad port": b"PROXY TCP4 198.51.100.7 203.0.113.1 99999 443\r\n",
    "no end": b"PROXY TCP4 " + b"1" * 200,
    "another command": version2(command=7),
    "too short": SIGNATURE + b"\x21\x11\x00\x04abcd",
}


@pytest.mark.parametrize("name", BROKEN)
def test_from_the_balancer_without_a_right_header(balanced, name):
    with pytest.raises(Refused):
        ask(balanced, BROKEN[name])
    expect.token(ask(balanced, version1()))


@pytest.mark.parametrize("header", [version1(), version2()])
def test_from_anybody_else_a_header_is_no_tls(balanced, header):
    with pytest.raises(Refused):
        ask(balanced, header, source="127.0.0.1")
    expect.token(ask(balanced, source="127.0.0.1"))


def test_the_certificate_still_decides(balanced, pki):
    stranger = pki.self_signed("stranger")
    with Connection(
        balanced.address, stranger, source=(BALANCER, 0), introduction=version1()
    ) as connection:  # fmt: skip
        expect.error(connection.token(balanced.body), "invalid_client")


@pytest.mark.parametrize("option", ["send-proxy", "send-proxy-v2"])
def test_a_real_haproxy_in_front(balanced, tmp_path, option):
    program = shutil.which("haproxy") or "/usr/sbin/haproxy"
    port = free_port()
    (tmp_path / "haproxy.cfg").write_text(f"""
defaults
  mode tcp
  timeout connect 2s
  timeout client 10s
  timeout server 10s
listen tunnel
  bind 127.0.0.1:{port}
  source {BALANCER}
  server one 127.0.0.1:{balanced.port} {option}
""")
    proxy = subprocess.Popen([program, "-db", "-f", tmp_path / "haproxy.cfg"])
    try:
        def through():
            with Connection(
                ("127.0.0.1", port), balanced.certificate, source=("127.0.0.44", 0)
            ) as connection:  # fmt: skip
                return connection.token(balanced.body)

        def works():
            try:
                return through().status == 200
            except (OSError, Refused):
                return False

        expect.eventually(works)
        expect.logged(balanced, '"peer":"127.0.0.44"')
    finally:
        proxy.terminate()
        proxy.wait(10)


def test_blocks_that_are_none_are_refused(tmp_path):
    from server import handfast

    for text in ["10.0.0.0/33", "10.0.0.1/8", "balancer", "10.0.0.0/08", "::1/129", "10.0.0.0/8,"]:
        (tmp_path / "bad.yaml").write_text(f"listeners: {{main: {{proxies: '{text}'}}}}\n")
        done = handfast("check", "--config", tmp_path / "bad.yaml", check=False)
        assert done.returncode == 1 and "listeners.main.proxies" in done.stderr + done.stdout


@pytest.mark.parametrize("key", ["proxies", "forwarder_networks"])
@pytest.mark.parametrize(
    "blocks, warned",
    [("::/0", True), ("10.0.0.0/8 ::/1", True), ("0.0.0.0/0 ::/0", False), ("2000::/3", False)],
)
def test_all_of_ipv6_is_all_of_ipv4_too_with_a_warning(tmp_path, key, blocks, warned):
    from server import handfast

    (tmp_path / "secret").write_text("s" * 32 + "\n")
    (tmp_path / "secret").chmod(0o600)
    others = "forwarded_certificate: nginx, forwarder_secret: secret, "
    (tmp_path / "good.yaml").write_text(
        f"data: {tmp_path / 'data'}\nlisteners: {{main: {{"
        f"{others if key != 'proxies' else ''}{key}: '{blocks}'}}}}\n"
    )
    done = handfast("check", "--config", tmp_path / "good.yaml", check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if "every IPv4 address" in line]
    assert len(lines) == warned
    assert all(line.startswith(f"warning: listeners.main.{key}: ") for line in lines)


@pytest.mark.parametrize(
    "blocks, reaches", [("::/0", True), ("2000::/3", False), ("::ffff:127.0.0.0/104", True)]
)
def test_whom_a_block_of_ipv6_reaches_is_what_the_server_says(tmp_path, pki, blocks, reaches):
    port = free_port()
    (tmp_path / "all.yaml").write_text(
        f"listeners: {{main: {{address: '127.0.0.1:{port}', proxies: '{blocks}'}}}}\n"
    )
    server = Server(
        tmp_path / "data", ["--config", tmp_path / "all.yaml"], port=port, flags=False
    )
    give_client(server, pki, "reached")
    with server:
        header = version1("198.51.100.7")
        taken = ask(server, header if reaches else b"")
        assert taken.status == 200
        # The other way round: without the header, or with one from an address that may not send it.
        with pytest.raises((OSError, Refused)):
            ask(server, b"" if reaches else header)
        assert server.running and server.stop() == 0
        assert ("every IPv4 address" in server.log) == (blocks == "::/0")
