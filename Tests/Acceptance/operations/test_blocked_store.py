# SPDX-License-Identifier: Apache-2.0
"""A store of which nothing can be read for seconds holds up neither signals nor upkeep."""

import contextlib
import fcntl
import signal
import time

import expect
from administrator import Administrator
from oauth import CC

# SQLite's locks of a database in WAL mode stand in its -shm file, from this byte on.
LOCKS = (120, 8)


@contextlib.contextmanager
def unreadable(server):
    """Every read of the server's database waits, some ten seconds, and then fails."""
    with (server.data / "handfast.db-shm").open("r+b") as index:
        start, count = LOCKS

        def locked():
            try:
                fcntl.lockf(index, fcntl.LOCK_EX | fcntl.LOCK_NB, count, start)
            except OSError:
                return False
            return True

        # The server holds one for the time of a read.
        expect.eventually(locked, within=10)
        yield
        fcntl.lockf(index, fcntl.LOCK_UN, count, start)


def started(fresh, pki):
    server = fresh()
    credential = pki.self_signed("playground2")
    client = server.add_client("steady", "--certificate", credential.certificate)
    server.start()
    body = {**CC, "client_id": client["client_id"]}
    expect.token(server.token(body, credential))
    return server, body, credential


def test_sigterm_is_obeyed_at_once_while_the_store_blocks(fresh, pki):
    server, _, _ = started(fresh, pki)
    with unreadable(server):
        # Until a read is under way that does not come back soon.
        time.sleep(0.5)
        before = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert time.monotonic() - before < 1.9
    expect.logged(server, "stopped")


def test_a_reload_is_taken_over_at_once_while_the_store_blocks(fresh, pki):
    server, body, credential = started(fresh, pki)
    with unreadable(server):
        time.sleep(0.5)
        for count in range(1, 4):
            server.signal(signal.SIGHUP)
            expect.eventually(
                lambda count=count: server.log.count("configuration reloaded") == count
            )
        expect.token(server.token(body, credential))
    # Changes by commands take effect afterwards.
    server.handfast("client", "disable", "steady")
    expect.eventually(lambda: server.token(body, credential).status == 401, within=20)


def test_a_metric_says_for_how_long_the_store_was_not_read(fresh, pki):
    server, body, credential = started(fresh, pki)
    admin = Administrator(server)

    def unread():
        return admin.metrics["handfast_store_unread_seconds"]

    assert unread() == 0
    with unreadable(server):
        expect.eventually(lambda: unread() >= 2, within=10)
        before = unread()
        expect.eventually(lambda: unread() > before, within=5)
        # Known clients are served meanwhile.
        expect.token(server.token(body, credential))
    expect.eventually(lambda: unread() == 0, within=20)
    server.handfast("client", "disable", "steady")
    expect.eventually(lambda: server.token(body, credential).status == 401)
