# SPDX-License-Identifier: Apache-2.0
"""SIGTERM: accepting stops, requests in flight are answered, and the exit code is 0."""

import contextlib
import signal
import socket
import threading

import pytest

import expect
from wire import FORM, Refused, form

pytestmark = pytest.mark.waiting


@pytest.fixture
def draining(fresh, pki):
    """A server with a client and a user; the test sends the signal itself."""
    server = fresh()
    credential = pki.self_signed("playground2")
    client = server.add_client("drained", "--certificate", credential.certificate)
    server.add_user("admin", "admin")
    server.credential = credential
    server.body = form(
        grant_type="password", username="admin", password="admin", client_id=client["client_id"]
    )
    return server.start()


def head(body):
    return (
        f"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )


@pytest.mark.smoke
def test_a_request_in_flight_is_finished_and_health_says_503(draining):
    server = draining
    working = server.connect(server.credential)
    watching, idle = server.connect(), server.connect()
    assert idle.get("/health").status == 200
    working.send(head(server.body) + server.body[:10])
    watching.send("GET /health HTTP/1.1\r\nHost: localhost\r\n")
    # The other halves are on their way; the server must have seen the first ones.
    assert idle.get("/health").status == 200
    server.signal(signal.SIGTERM)

    def refuses_new():
        try:
            socket.create_connection(server.address, 1).close()
        except OSError:
            return True
        return False

    expect.eventually(refuses_new, within=2)
    watching.send("\r\n")
    assert watching.read().status == 503
    with contextlib.suppress(Refused):  # an idle connection may be closed; it never hears 200
        assert idle.get("/health").status == 503
    working.send(server.body[10:])
    response = working.read()
    expect.token(response)
    assert (response.header("connection") or "").lower() == "close"
    assert working.closed_by_peer()
    watching.close()
    assert server.wait(15) == 0


def test_idle_connections_do_not_hold_it_up(draining):
    server = draining
    idle = [server.connect(server.credential) for _ in range(20)]
    for connection in idle[:10]:
        expect.token(connection.token(server.body))
    assert server.stop(timeout=15) == 0
    for connection in idle:
        assert connection.closed_by_peer()


def test_a_request_that_never_ends_holds_it_up_within_a_bound(draining):
    server = draining
    stuck = server.connect(server.credential)
    stuck.send(head(server.body) + server.body[:10])
    silent = socket.create_connection(server.address, 5)
    assert server.stop(timeout=25) == 0
    silent.close()
    stuck.close()
    # The reactor without a connection has ended long before, and is not called stuck.
    assert [line["message"] for line in server.records if line["level"] == "error"] == []


def test_a_drain_under_load_cuts_no_answer_short(draining):
    """Each request gets a whole answer, or the connection ends before its first byte."""
    server = draining
    outcomes, cut = [], []

    def work():
        try:
            connection = server.connect(server.credential)
            while True:
                outcomes.append(connection.token(server.body).status)
        except Refused:
            if connection.buffer:
                cut.append(connection.buffer)
        except (OSError, UnboundLocalError):
            pass

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    expect.eventually(lambda: len(outcomes) > 20, within=10)
    assert server.stop(timeout=20) == 0
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert set(outcomes) <= {200, 503} and not cut


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_zero_when_nothing_is_going_on(fresh, number):
    server = fresh().start()
    server.signal(number)
    assert server.wait(10) == 0
    with pytest.raises(OSError):
        socket.create_connection(server.address, 1)


def test_a_second_signal_does_no_harm(draining):
    server = draining
    working = server.connect(server.credential)
    working.send(head(server.body) + server.body[:10])
    server.signal(signal.SIGTERM)
    server.signal(signal.SIGTERM)
    assert server.wait(25) in (0, -signal.SIGTERM, 143)


def test_with_a_delay_it_still_accepts_while_balancers_are_told(fresh, pki):
    server = fresh(env={"HANDFAST_LIMITS_DRAIN_DELAY_SECONDS": "2"})
    credential = pki.self_signed("delayed")
    client = server.add_client("delayed", "--certificate", credential.certificate)
    body = {"grant_type": "client_credentials", "client_id": client["client_id"]}
    server.start()
    assert server.get("/ready").json == {"state": "full"}
    server.signal(signal.SIGTERM)
    expect.eventually(lambda: server.get("/ready").status == 503)
    ready = server.get("/ready")
    assert ready.json == {"state": "draining"} and ready.header("retry-after")
    assert server.get("/health").status == 503
    expect.token(server.token(body, credential))
    assert server.wait() == 0
    lines = [line["message"] for line in server.records]
    assert lines.index("leaving") < lines.index("draining") < lines.index("stopped")


def test_a_second_signal_ends_the_delay(fresh):
    server = fresh(env={"HANDFAST_LIMITS_DRAIN_DELAY_SECONDS": "600"}).start()
    server.signal(signal.SIGTERM)
    expect.eventually(lambda: server.get("/ready").status == 503)
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
