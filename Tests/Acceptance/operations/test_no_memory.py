# SPDX-License-Identifier: Apache-2.0
"""No memory is to be had any more; and a connection wakes no more threads than it needs."""

import resource
import subprocess
import time
from pathlib import Path

import expect
from oauth import CC
from server import Server
from wire import Connection, Refused


def register(server, number):
    """One more client, as an administrator would; its secret once that is acknowledged."""
    done = server.handfast(
        "client", "add", f"late-{number}", "--auth-method", "client_secret_basic", check=False
    )
    facts = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    return (facts["client_id"], facts["client_secret"]) if done.returncode == 0 else None


def answer(server, secret):
    """The status of a token request; None where there is no answer."""
    try:
        return server.token(CC, basic=secret).status
    except (Refused, OSError):
        return None


def test_without_memory_it_ends_or_refuses_and_a_restart_has_what_was_acknowledged(data):
    with Server(data) as server:
        first = register(server, 0)
        expect.eventually(lambda: answer(server, first) == 200)
        # Memory that it has stays; from here on the kernel gives it nothing more.
        pages = int(Path(f"/proc/{server.pid}/statm").read_text().split()[0])
        frozen = pages * resource.getpagesize()
        subprocess.run(["prlimit", f"--pid={server.pid}", f"--as={frozen}"], check=True)
        held, kept = [], [first]
        for number in range(1, 401):
            try:
                held.append(Connection(server.address, timeout=2))
            except (Refused, OSError):
                if not server.running:
                    break
            if number % 80 == 0 and server.running and (made := register(server, number)):
                kept.append(made)
        statuses = {answer(server, secret) for secret in kept}
        assert statuses <= {200, 401, 503, None}, statuses
        assert answer(server, (first[0], "wrong")) in (401, 503, None)
        for one in held:
            one.close()
        # A trap or a refusal, and no hanging: a supervisor can act on it.
        assert not server.running or answer(server, first) in (200, 503, None)
    # The supervisor's part.
    with Server(data) as again:
        for secret in kept:
            expect.eventually(lambda one=secret: answer(again, one) == 200)
        assert answer(again, (first[0], "wrong")) == 401
        assert again.stop() == 0


def switches(server):
    """Of each reactor's thread, how often it has slept and been woken."""
    found = {}
    for task in Path(f"/proc/{server.pid}/task").iterdir():
        if (task / "comm").read_text().startswith("reactor-"):
            line = next(
                one for one in (task / "status").read_text().splitlines()
                if one.startswith("voluntary_ctxt_switches")
            )  # fmt: skip
            found[task.name] = int(line.split()[1])
    return found


def test_a_connection_wakes_one_reactor(fresh):
    server = fresh(reactors=4)
    with server:
        woken = []
        for _ in range(40):
            before = switches(server)
            with Connection(server.address) as connection:
                connection.get("/health")
            time.sleep(0.01)
            after = switches(server)
            assert len(after) == 4
            woken.append(sum(after[task] > before[task] for task in after))
        # Timers wake the others now and then.
        assert sorted(woken)[len(woken) // 2] == 1, woken
        assert server.stop() == 0
