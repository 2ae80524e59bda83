# SPDX-License-Identifier: Apache-2.0
"""Replay protection of assertions over restarts; a use that cannot be stored is refused."""

import concurrent.futures
import signal
import threading
import time

import pytest

import expect
from assertions import asserting, known_signer
from database import busy
from clock import Timed
from oauth import CC, INTROSPECTION
from wire import FORM, Refused, form, message


@pytest.fixture
def signing(fresh, tmp_path):
    """A server with one client that signs; its address stays over restarts."""
    server = fresh().start()
    return server, known_signer(server, tmp_path)


def kill(server):
    server.kill()


def end(server):
    assert server.stop() == 0


def end_in_the_middle(server):
    """A drain that is interrupted."""
    server.signal(signal.SIGTERM)
    server.kill()


@pytest.mark.parametrize("ending", [kill, end, end_in_the_middle])
def test_a_used_assertion_is_refused_after_a_restart(signing, ending):
    server, one = signing
    used, unused = [one.sign(exp=int(time.time()) + 300) for _ in range(20)], one.sign()
    for assertion in used:
        expect.token(one.ask(assertion))
    for _ in range(2):
        ending(server)
        server.start()
        for assertion in used:
            expect.error(one.ask(assertion), "invalid_client")
    # The twin: one that was made before the restart, and not used.
    expect.token(one.ask(unused))
    expect.error(one.ask(unused), "invalid_client")
    expect.token(one.ask())


def test_every_answer_before_kill_9_counts(signing):
    """Under load: whatever was answered with a token is refused afterwards."""
    server, one = signing
    answered, lock = [], threading.Lock()

    def ask_until_the_end(_):
        while True:
            assertion = one.sign(exp=int(time.time()) + 300)
            try:
                answer = one.ask(assertion)
            except (OSError, Refused):
                return
            with lock:
                answered.append((assertion, answer.status))

    for _ in range(3):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            running = [pool.submit(ask_until_the_end, n) for n in range(8)]
            start = len(answered)
            expect.eventually(lambda s=start: len(answered) > s + 60, within=20)
            server.kill()
            for one_of_them in running:
                one_of_them.result()
        server.start()
        assert {status for _, status in answered} == {200}
        for assertion, _ in answered[start:]:
            expect.error(one.ask(assertion), "invalid_client")


def test_a_refused_request_uses_its_assertion_up_for_good(signing):
    server, one = signing
    assertion = one.sign()
    expect.error(one.ask(assertion, scope="unknown"), "invalid_scope", 400)
    assertion_of_introspection = one.sign()
    form = {**asserting(assertion_of_introspection), "token": "x"}
    expect.inactive(server.token(form, target=INTROSPECTION))
    server.kill()
    server.start()
    for used in (assertion, assertion_of_introspection):
        expect.error(one.ask(used), "invalid_client")


def test_the_password_grant_of_a_signing_client(signing, tmp_path):
    server, one = signing
    server.handfast("client", "update", "signs", "--grant-types", "password,client_credentials")
    server.add_user("admin", "admin")

    def ask(assertion, word):
        return one.ask(assertion, grant_type="password", username="admin", password=word)

    expect.eventually(lambda: ask(one.sign(), "admin").status == 200)
    used = [one.sign(), one.sign()]
    expect.token(ask(used[0], "admin"))
    expect.error(ask(used[1], "wrong"), "invalid_grant", 400)
    server.kill()
    server.start()
    for assertion in used:
        expect.error(ask(assertion, "admin"), "invalid_client")
    expect.token(ask(one.sign(), "admin"))


def test_pipelined_requests_are_answered_in_order(signing):
    """Each waits for its own use; the same one twice is refused the second time."""
    server, one = signing
    first, second = one.sign(), one.sign()

    def request(assertion):
        body = form(asserting(assertion))
        return message("POST", "/oauth2/token", body, [("Content-Type", FORM)])

    health = message("GET", "/health")
    with server.connect() as connection:
        connection.send(request(first) + request(first) + health + request(second))
        expect.token(connection.read())
        expect.error(connection.read(), "invalid_client")
        assert connection.read("GET").json == {"status": "ok"}
        expect.token(connection.read())
    # Two at once on two connections, in one transaction if it so happens.
    for _ in range(10):
        assertion = one.sign()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda a: one.ask(a).status, [assertion] * 4))
        assert sorted(answers) == [200, 401, 401, 401]


def test_a_database_kept_busy_refuses_signing_clients_and_no_others(signing):
    server, one = signing
    plain = server.add_client("plain", "--grant-types", "client_credentials", "--no-bound-tokens")
    secret = (plain["client_id"], plain["client_secret"])

    def ask_plainly():
        return server.token(CC, basic=secret)

    expect.eventually(lambda: ask_plainly().status == 200)
    assertion = one.sign()
    with busy(server):
        answer = one.ask(assertion)
        expect.error(answer, "temporarily_unavailable", 503)
        assert int(answer.header("Retry-After")) > 0
        expect.token(ask_plainly())
        expect.logged(server, "used assertions cannot be kept")
    # No token was issued for the assertion, so it is good as before; once.
    expect.token(one.ask(assertion))
    expect.error(one.ask(assertion), "invalid_client")
    expect.logged(server, "used assertions are kept again")


def test_commands_are_served_while_assertions_are_written(signing):
    """Neither side keeps the database from the other."""
    server, one = signing
    stop = threading.Event()
    statuses = []

    def ask_on():
        while not stop.is_set():
            statuses.append(one.ask().status)

    threads = [threading.Thread(target=ask_on) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        for number in range(5):
            server.handfast("client", "add", f"beside-{number}")
        expect.eventually(lambda: len(statuses) > 20, within=10)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {200}


def test_a_full_disk_refuses_signing_clients_and_no_others(
    fresh, tmp_path, pki, small_disk
):
    credential = pki.self_signed("playground2")
    server = fresh(data=small_disk.folder / "data")
    client = server.add_client("beside", "--certificate", credential.certificate)
    with server:
        one = known_signer(server, tmp_path)
        small_disk.fill()
        refused = []
        # Until the pages that the database has left are written too.
        limit = time.monotonic() + 30
        while len(refused) < 5 and time.monotonic() < limit:
            assertion = one.sign(exp=int(time.time()) + 300)
            answer = one.ask(assertion)
            assert answer.status in (200, 503), answer.body
            if answer.status == 503:
                refused.append(assertion)
        assert refused, "the disk was never full"
        expect.token(server.token({**CC, "client_id": client["client_id"]}, credential))
        expect.logged(server, "used assertions cannot be kept", "disk", "full")
        assert server.log.count("used assertions cannot be kept") == 1
        small_disk.free()
        for assertion in refused:
            expect.token(one.ask(assertion))
            expect.error(one.ask(assertion), "invalid_client")
        assert server.stop() == 0


def test_a_clock_that_jumps_ahead_and_back_before_a_restart(tmp_path):
    """A clock that is set back: an assertion that was expired meanwhile is still remembered."""
    with Timed(tmp_path, "store") as server:
        one = known_signer(server, tmp_path)
        used = one.sign(exp=int(time.time()) + 300)
        expect.token(one.ask(used))
        with server.clock.moved(7200):
            now = int(time.time()) + 7200
            end = time.monotonic() + 4
            # Every part of the table is swept in some of these transactions' time.
            while time.monotonic() < end:
                expect.token(one.ask(one.sign(iat=now, exp=now + 60)))
        expect.error(one.ask(used), "invalid_client")
        server.kill()
        server.start()
        expect.error(one.ask(used), "invalid_client")
        expect.token(one.ask())
        # And a server that starts while the clock is ahead.
        server.kill()
        with server.clock.moved(7200):
            server.start()
        expect.error(one.ask(used), "invalid_client")
        expect.token(one.ask())
        assert server.stop() == 0
