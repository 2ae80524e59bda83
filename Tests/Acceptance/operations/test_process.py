# SPDX-License-Identifier: Apache-2.0
"""The process as the kernel sees it: privileges, threads, linkage, and the cost of a refusal."""

import os
import subprocess
from pathlib import Path

import pytest

import expect
from server import BINARY
from wire import basic_credentials


def test_it_needs_no_swift_on_the_machine():
    shown = subprocess.run(["ldd", BINARY], capture_output=True, text=True).stdout
    assert "libssl" in shown
    assert "libswift" not in shown and "Foundation" not in shown and "not found" not in shown


def test_it_starts_without_swift_in_the_environment(fresh):
    server = fresh(prefix=["env", "-i", "PATH=/usr/bin:/bin"])
    with server:
        assert server.get("/health").status == 200
        assert server.stop() == 0


def test_there_is_one_thread_for_each_reactor_and_a_bounded_pool(fresh):
    for reactors in (1, 3):
        with fresh(reactors=reactors) as server:
            tasks = list(Path(f"/proc/{server.pid}/task").iterdir())
            names = [(task / "comm").read_text().strip() for task in tasks]
            # Threads of Swift's runtime come and go.
            assert sum(name.startswith("reactor-") for name in names) == reactors, names
            assert sum(name.startswith("worker-") for name in names) == os.cpu_count(), names
            assert len(names) < 32


def test_it_gains_no_privileges_and_writes_no_core(server):
    assert server.status["NoNewPrivs"].strip() == "1"
    limits = Path(f"/proc/{server.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4] == "0"


def test_it_sleeps_when_nothing_happens(server):
    with server.connect() as connection:
        connection.get("/health")
        import time

        time.sleep(0.3)
        before = server.cpu_seconds
        time.sleep(2)
        assert server.cpu_seconds - before <= 0.1


def work_for(server, attempt, times=20):
    before = server.cpu_seconds
    for _ in range(times):
        attempt()
    return server.cpu_seconds - before


def test_an_unknown_user_costs_the_same_work_as_a_wrong_password(server, clients):
    """Processor time of the server, not the clock: what differs here could be told from outside."""
    server.add_user("admin", "admin")
    body = {"grant_type": "password", "client_id": clients.self_signed["client_id"]}
    with server.connect(clients.certificate) as connection:

        def attempt(name):
            answer = connection.token({**body, "username": name, "password": "wrong"})
            expect.error(answer, "invalid_grant")

        expect.eventually(
            lambda: (
                connection.token({**body, "username": "admin", "password": "admin"}).status == 200
            )
        )
        known = work_for(server, lambda: attempt("admin"))
        unknown = work_for(server, lambda: attempt("nobody"))
    assert known > 0.1, "no work is done for a wrong password"
    assert 0.6 < unknown / known < 1.6


def test_an_unknown_client_costs_no_more_than_a_wrong_secret(server, clients):
    with server.connect() as connection:

        def attempt(client_id):
            header = ("Authorization", basic_credentials(client_id, "wrong-secret"))
            answer = connection.token({"grant_type": "client_credentials"}, headers=[header])
            expect.error(answer, "invalid_client", 401)

        known = work_for(server, lambda: attempt(clients.basic["client_id"]), 300)
        unknown = work_for(server, lambda: attempt("no-such-client"), 300)
    # Clock ticks of 10 ms: only a difference that matters is seen.
    assert abs(known - unknown) <= max(0.1, 0.4 * max(known, unknown))


@pytest.mark.parametrize(
    "environment", [{"TZ": "Asia/Colombo"}, {"LC_ALL": "de_DE.UTF-8"}, {"HOME": "/nonexistent"}]
)
def test_place_and_language_do_not_matter(fresh, environment):
    with fresh(env=environment) as server:
        assert server.get("/health").status == 200
        assert server.stop() == 0
