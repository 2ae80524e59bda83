# SPDX-License-Identifier: Apache-2.0
"""The listener for probes: what it answers, and peers that behave badly."""

import http.client
import random
import signal
import socket
import time

import pytest

import expect
from administrator import Administrator
from probing import ProbedServer, connected
from server import handfast


def is_closed(one):
    """Whether the peer has closed, without a wait."""
    one.setblocking(False)
    try:
        return one.recv(4096) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def closed_after(one):
    """Seconds until the peer closes."""
    began = time.monotonic()
    try:
        while one.recv(4096):
            pass
    except ConnectionError:
        pass
    return time.monotonic() - began


# Answers.


@pytest.mark.smoke
def test_health_and_readiness_are_told_to_everybody(plain):
    assert plain.probe.json("/health") == (200, {"status": "ok"})
    assert plain.probe.json("/ready") == (200, {"state": "full"})
    expect.logged(plain, "probe", str(plain.probe.port))


@pytest.mark.parametrize("target", ["/health", "/ready"])
def test_head_has_the_fields_of_get_alone(plain, target):
    line = http.client.HTTPConnection("127.0.0.1", plain.probe.port, timeout=10)
    answers = []
    for method in ("GET", "HEAD"):
        line.request(method, target)
        answer = line.getresponse()
        answers.append((answer.status, answer.getheader("content-length"), answer.read()))
        assert answer.getheader("connection") == "close"
        assert answer.getheader("cache-control") == "no-store"
        line.close()
    (status, length, content), (same, named, nothing) = answers
    assert status == same == 200 and length == named == str(len(content)) and nothing == b""


@pytest.mark.parametrize("target", [
    "/", "/metrics", "/clients", "/refusals", "/oauth2/jwks", "/health/", "/ready/x", "//health",
])  # fmt: skip
def test_there_is_nothing_else(plain, target):
    assert plain.probe.status(target) == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_told_which_there_are(plain, method):
    status, fields, _ = plain.probe.curl("/health", "-X", method)
    assert (status, fields["allow"]) == (405, "GET, HEAD")
    assert plain.probe.curl("/metrics", "-X", method)[0] == 404


def test_rules_of_administrators_and_of_probes_stay_apart(plain):
    """A probe has any Host, and an administrator's token opens nothing here."""
    admin = Administrator(plain)
    for target, status in (("/health", 200), ("/metrics", 404), ("/clients", 404)):
        fields = ["-H", "Host: probe.example.com", "-H", admin.bearer]
        assert plain.probe.curl(target, *fields)[0] == status
    assert admin.curl("/health", "-H", "Host: probe.example.com", fields=[])[0] == 403
    assert admin.curl("/metrics", fields=[])[0] == 401
    assert admin.curl("/ready", fields=[])[0] == 200


# Peers that behave badly.


def test_garbage_is_refused_and_forgotten(plain, secured):
    chance = random.Random(17)
    for server in (plain, secured):
        for size in (1, 16, 700, 20_000):
            with connected(server) as one:
                # The server may refuse before all of it is sent.
                try:
                    one.sendall(chance.randbytes(size))
                    one.shutdown(socket.SHUT_WR)
                except OSError as error:
                    assert not isinstance(error, TimeoutError), error
                assert closed_after(one) < 3
        assert server.probe.status("/health") == 200


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00\x01"])
def test_a_peer_that_goes_in_its_handshake_is_not_waited_for(secured, sent):
    """A socket whose peer has ended stays readable, and would keep the thread turning."""
    with connected(secured) as one:
        one.sendall(sent)
        one.shutdown(socket.SHUT_WR)
        assert closed_after(one) < 1.5


def test_a_request_with_content_or_a_long_head_is_refused(plain):
    assert plain.probe.curl("/health", "-X", "GET", "--data", "a")[0] == 413
    assert plain.probe.curl("/health", "-H", f"X-Long: {'a' * 9000}")[0] == 431
    assert plain.probe.status("/health") == 200


@pytest.mark.waiting
def test_a_slow_peer_has_two_seconds(plain, secured):
    for server, sent in (
        (plain, b""), (plain, b"GET /health HTTP/1.1\r\nHost: a\r\n"),
        (secured, b""), (secured, b"\x16\x03\x01\x02\x00\x01"),
    ):  # fmt: skip
        with connected(server) as one:
            one.sendall(sent)
            assert 1.5 < closed_after(one) < 4


@pytest.mark.waiting
def test_bytes_now_and_then_do_not_move_the_end(plain):
    with connected(plain) as one:
        began = time.monotonic()
        for byte in b"GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa":
            try:
                one.sendall(bytes([byte]))
            except ConnectionError:
                break
            if is_closed(one):
                break
            time.sleep(0.1)
        assert 1.5 < time.monotonic() - began < 4


@pytest.mark.waiting
def test_at_most_64_connections_are_held_and_a_probe_gets_through(plain):
    others = [connected(plain, f"127.0.0.{2 + i // 32}") for i in range(64)]
    assert not any(is_closed(one) for one in others)
    assert plain.probe.status("/health") == 200
    # The oldest that has asked nothing made room.
    expect.eventually(lambda: is_closed(others[0]))
    assert not any(is_closed(one) for one in others[1:])
    more = [connected(plain, "127.0.0.4") for _ in range(40)]
    assert plain.probe.status("/health") == 200
    held = expect.eventually(
        lambda: 0 < sum(not is_closed(one) for one in others + more) <= 64
    )
    assert held
    for one in others + more:
        one.close()
    assert plain.probe.status("/ready") == 200


# A server in trouble.


@pytest.mark.waiting
def test_a_stuck_reactor_is_seen_and_readiness_goes_on(stuck):
    server, file = stuck
    admin = Administrator(server)
    assert server.probe.json("/health") == (200, {"status": "ok"})
    # Longer than the five seconds: an idle reactor is not taken for a stuck one.
    time.sleep(6)
    assert server.probe.json("/health") == (200, {"status": "ok"})
    file.touch()
    began = time.monotonic()
    expect.eventually(lambda: server.probe.json("/health") == (503, {"status": "stuck"}), within=8)
    assert 3.5 < time.monotonic() - began < 12
    assert admin.curl("/health", fields=[])[0] == 503
    assert server.probe.json("/ready") == (200, {"state": "full"})
    expect.eventually(lambda: "a reactor does not turn its loop" in server.log, within=2)
    expect.logged(server, '"reactor":"0"')
    file.unlink()
    expect.eventually(lambda: server.probe.json("/health") == (200, {"status": "ok"}), within=3)
    assert admin.curl("/health", fields=[])[0] == 200
    expect.logged(server, "a reactor turns its loop again", within=3)


@pytest.mark.waiting
def test_a_stopped_process_is_not_stuck_when_it_goes_on(plain):
    with plain.frozen():
        time.sleep(7)
    assert plain.probe.json("/health") == (200, {"status": "ok"})
    assert "does not turn its loop" not in plain.log


@pytest.mark.waiting
def test_a_draining_server_says_so_to_the_end(probed):
    server = probed(env={"HANDFAST_LIMITS_DRAIN_DELAY_SECONDS": "3"})
    assert server.probe.json("/ready") == (200, {"state": "full"})
    server.signal(signal.SIGTERM)
    expect.eventually(lambda: server.probe.json("/ready") == (503, {"state": "draining"}))
    assert server.probe.json("/health") == (503, {"status": "draining"})
    status, fields, _ = server.probe.curl("/ready")
    assert (status, fields["retry-after"]) == (503, "1")
    assert server.wait() == 0
    with pytest.raises(ConnectionRefusedError):
        connected(server)


# The configuration.


@pytest.mark.parametrize(("lines", "key", "word"), [
    (["certificate: /c"], "probe.key", "is missing"),
    (["key: /k"], "probe.certificate", "is missing"),
    (["metrics: true", "metrics_clients: /m"], "probe.metrics_clients", "needs TLS"),
    (["certificate: /c", "key: /k"], "probe.certificate", "/c"),
])  # fmt: skip
def test_check_names_what_is_wrong(tmp_path, lines, key, word):
    file = tmp_path / "h.yaml"
    lines = ["address: 127.0.0.1:9445", *lines]
    file.write_text("probe:\n" + "".join(f"  {line}\n" for line in lines))
    done = handfast("check", "--config", file, check=False)
    assert done.returncode == 1
    assert any(key in line and word in line for line in done.stderr.splitlines()), done.stderr


def test_an_address_that_is_taken_keeps_the_server_from_starting(plain, tmp_path):
    other = ProbedServer(tmp_path / "data")
    other.env["HANDFAST_PROBE_ADDRESS"] = f"127.0.0.1:{plain.probe.port}"
    other.launch()
    assert other.wait() == 1
    expect.logged(other, "probe.address", "in use")
