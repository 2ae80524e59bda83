# SPDX-License-Identifier: Apache-2.0
"""A database that opens and then fails while a node reads all of it at its start."""

import contextlib

import expect
import pytest
from parties import Caller
from postgres import issued_everywhere

pytestmark = pytest.mark.waiting

# Of the registry, the revocations, the keys of tokens, the used assertions.
TABLES = ("client", "revoked_token", "server_key", "used_assertion")
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@contextlib.contextmanager
def locked(fleet, table):
    """The table, kept from every reader until the end."""
    session = fleet.cluster.session(fleet.name)
    session.stdin.write(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;\n")
    session.stdin.flush()
    held = f"SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND granted"
    expect.eventually(lambda: fleet.psql(f"{held} AND mode = 'AccessExclusiveLock'") == "1", 5)
    try:
        yield
    finally:
        session.kill()
        session.wait(10)
        session.stdin.close()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("ending", ["late", "cut off"])
def test_a_node_whose_first_reads_fail_starts_from_its_snapshot(fleet, pki, table, ending):
    node = fleet.node().start()
    caller = Caller(node, pki, f"{table}-{ending}".replace(" ", "-"))
    issued_everywhere([node], caller)
    node.kill()
    with locked(fleet, table):
        node.launch()
        if ending == "cut off":
            expect.eventually(lambda: fleet.psql(WAITING) != "0", 20)
            fleet.psql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock'"
            )
        node.wait_for_line("listening on ", 60)
        if table == "client":
            # The others are not read again with the registry, after which the node is whole.
            expect.eventually(lambda: node.get("/ready").json["state"] == "snapshot", within=2)
        expect.logged(node, "starts from its snapshot")
        expect.token(node.token(caller.body, caller.credential))
        stranger = pki.self_signed("stranger", "p256")
        expect.refused(lambda: node.token(caller.body, stranger))
    expect.eventually(lambda: node.get("/ready").json == {"state": "full"}, within=10)
    node.handfast("client", "disable", caller.name)
    expect.everywhere(lambda: node.token(caller.body, caller.credential), 401)
    assert node.stop() == 0, node.log


def test_a_node_without_a_snapshot_ends_and_says_why(fleet):
    node = fleet.node()
    with locked(fleet, "client"):
        said = node.refuses_to_start()
    assert "there is no snapshot" in said or "no snapshot" in said, said
