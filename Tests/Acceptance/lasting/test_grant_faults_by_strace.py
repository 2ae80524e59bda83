# SPDX-License-Identifier: Apache-2.0
"""Faults that strace makes in system calls of a running server: no token without its row."""

import contextlib
import signal
import subprocess

import pytest

import expect
from grants import rows

SYNCS = "fsync,fdatasync"
# Counted in each thread: some syncs are good before the first that fails.
LATE = 5


@pytest.fixture
def injected(tmp_path):
    """Attaches strace with a fault to all threads of a server; what it did stands in `traced`."""
    traced = tmp_path / "traced"

    @contextlib.contextmanager
    def attached(server, calls, fault):
        command = [
            "strace", "-f", "-o", traced, "-e", f"trace={calls}", "-e", f"inject={calls}:{fault}",
            "-p", str(server.pid),
        ]  # fmt: skip
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            said = tracer.stderr.readline()
            assert "attached" in said, f"strace cannot attach: {said}{tracer.stderr.read()}"
            try:
                yield traced
            finally:
                tracer.send_signal(signal.SIGINT)
                tracer.communicate(timeout=20)
        assert server.running, server.log

    return attached


def refused(answer):
    members = expect.error(answer, "temporarily_unavailable", 503)
    assert members["error_description"] and int(answer.header("retry-after")) > 0
    assert not {"access_token", "refresh_token"} & set(members)


def families(server):
    return rows(server.data)["refresh_family"]


def others_go_on(shop, members):
    """Client credentials, introspection and pages need no write."""
    expect.token(shop.ask())
    shop.reads(shop.token(), members["access_token"], members["refresh_token"])
    assert shop.browser.shows()


def all_is_refused(shop, token, code):
    """Each grant that has a row, and no row comes of it."""
    before = families(shop.server)
    refused(shop.refresh(token))
    refused(shop.exchange(code))
    refused(shop.ask(grant_type="password", username=shop.user, password=shop.password))
    assert families(shop.server) == before
    expect.logged(shop.server, "grants cannot be kept")
    expect.logged(shop.server, '"check":"grant-not-kept"')


@pytest.fixture
def server(fresh):
    return fresh(env={"HANDFAST_TOKENS_REFRESH_GRACE_SECONDS": "300"}).start()


@pytest.fixture
def shop(server, opened):
    return opened(server, "shop", "--refresh-rotation", "on")


def begun(shop):
    """A family that stays, the token of another one, and a code."""
    steady = expect.token(shop.exchange(shop.browser.code()))
    token = expect.token(shop.exchange(shop.browser.code()))["refresh_token"]
    return steady, token, shop.browser.code()


@pytest.mark.parametrize("error, word", [("ENOSPC", "full"), ("EIO", "")])
def test_a_failed_write_refuses_grants_until_strace_lets_go(server, shop, injected, error, word):
    steady, token, code = begun(shop)
    with injected(server, "pwrite64", f"error={error}") as traced:
        all_is_refused(shop, token, code)
        others_go_on(shop, steady)
        assert f"{error} " in traced.read_text() and "(INJECTED)" in traced.read_text()
    reason = next(line for line in server.stderr if "grants cannot be kept" in line)
    assert word in reason
    before = families(server)
    # The same requests, and nothing else was done to the server.
    expect.eventually(lambda: shop.refresh(token).status == 200)
    members = expect.token(shop.exchange(code))
    assert families(server) == before + 1
    shop.reads(members["access_token"], members["refresh_token"], steady["access_token"])
    expect.logged(server, "grants are kept again")


def test_a_sync_that_fails_late_takes_nothing_back(server, shop, injected):
    """A failed sync is for good until a restart: the kernel may have dropped what it had."""
    steady, token, code = begun(shop)
    acknowledged = 0
    with injected(server, SYNCS, f"error=EIO:when={LATE}+") as traced:
        for _ in range(LATE + 1):
            answer = shop.refresh(token)
            if answer.status != 200:
                break
            token = expect.token(answer)["refresh_token"]
            acknowledged += 1
        refused(answer)
        assert acknowledged and "(INJECTED)" in traced.read_text()
        all_is_refused(shop, token, code)
        others_go_on(shop, steady)
    refused(shop.refresh(token))
    others_go_on(shop, steady)
    server.kill()
    server.start()
    # All that was acknowledged is there, and the same requests are answered.
    following = expect.token(shop.refresh(token))
    members = expect.token(shop.exchange(code))
    shop.reads(steady["access_token"], following["refresh_token"], members["refresh_token"])


@pytest.mark.parametrize("calls", ["pwrite64", SYNCS])
def test_strace_without_a_fault_that_comes_refuses_nothing(server, shop, injected, calls):
    """The twin: what refuses is the fault, and no tracer."""
    steady, token, code = begun(shop)
    before = families(server)
    with injected(server, calls, "error=EIO:when=60000+") as traced:
        expect.token(shop.refresh(token))
        expect.token(shop.exchange(code))
        others_go_on(shop, steady)
        called = traced.read_text()
    assert any(f"{call}(" in called for call in calls.split(","))
    assert "(INJECTED)" not in called
    assert families(server) == before + 1
    assert "grants cannot be kept" not in server.log
