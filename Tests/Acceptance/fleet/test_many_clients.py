# SPDX-License-Identifier: Apache-2.0
"""How long a node takes to start with very many clients, from PostgreSQL and from SQLite."""

import contextlib
import hashlib
import sqlite3
import time

import expect
from administrator import Administrator
from figures import often, told
from parties import Caller
from postgres import Fleet

COUNT = often(10_000, 1_000_000)

# Each a copy of the one that is there, with another certificate of the same contents.
COPIES = f"""
    CREATE TEMPORARY TABLE number AS
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {COUNT})
        SELECT i FROM n;
    INSERT INTO certificate (thumbprint, der, subject, not_before, not_after)
        SELECT thumbprint_of(i), der, subject, not_before, not_after FROM certificate, number;
    INSERT INTO client (client_id, name, COLUMNS)
        SELECT 'copy-' || i, 'copy ' || i, COLUMNS FROM client, number WHERE name = 'pattern';
    INSERT INTO client_certificate (client, thumbprint, not_before, not_after, created_at)
        SELECT client.id, thumbprint_of(i), link.not_before, link.not_after, link.created_at
        FROM number JOIN client ON client_id = 'copy-' || i,
            (SELECT * FROM client_certificate LIMIT 1) AS link;
"""


def copies(columns):
    kept = [one for one in columns if one not in ("id", "client_id", "name")]
    return COPIES.replace("COLUMNS", ", ".join(kept))


def fill_postgres(fleet):
    listed = fleet.psql(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'client'"
    )
    # No triggers: the change log and the search of clients are not what is measured.
    fleet.psql(
        "SET session_replication_role = replica;"
        "CREATE FUNCTION pg_temp.thumbprint_of(i BIGINT) RETURNS BYTEA LANGUAGE sql AS"
        " $$ SELECT sha256(convert_to(i::text, 'UTF8')) $$;"
        + copies(listed.splitlines()).replace("thumbprint_of", "pg_temp.thumbprint_of")
        + "ANALYZE client; ANALYZE client_certificate; ANALYZE certificate",
        timeout=600,
    )


def fill_sqlite(data):
    with contextlib.closing(sqlite3.connect(data / "handfast.db")) as opened, opened:
        opened.create_function(
            "thumbprint_of", 1, lambda i: hashlib.sha256(str(i).encode()).digest()
        )
        columns = [row[1] for row in opened.execute("PRAGMA table_info(client)")]
        triggers = opened.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            opened.execute(f"DROP TRIGGER {name}")
        for statement in copies(columns).split(";"):
            opened.execute(statement)
        for _, sql in triggers:
            opened.execute(sql)


def start(server, caller):
    """Seconds until a token is issued, seconds of the processor until then, and KiB in memory."""
    began = time.monotonic()
    server.start(timeout=240)
    expect.token(server.token(caller.body, caller.credential))
    took = time.monotonic() - began
    busy, resident = server.cpu_seconds, server.resident_kib
    assert Administrator(server).metrics["handfast_clients"] == COUNT + 1
    # The twin: a client that is not there.
    unknown = {**caller.body, "client_id": f"copy-{COUNT + 1}"}
    expect.error(server.token(unknown, caller.credential), "invalid_client")
    assert server.stop() == 0
    return took, busy, resident // 1024


def test_a_node_starts_with_many_clients_as_from_sqlite(cluster, fresh, pki, tmp_path):
    fleet = Fleet(cluster, tmp_path / "fleet", "many")
    node, own = fleet.node(), fresh(tmp_path / "own")
    try:
        caller = Caller(node, pki, "pattern")
        fill_postgres(fleet)
        shared, busy, memory = start(node, caller)
        size = sum(file.stat().st_size for file in node.data.glob("snapshot.*"))
        cluster.crash()
        kept, kept_busy, _ = start(node, caller)
        cluster.start()
    finally:
        fleet.close()
    caller = Caller(own, pki, "pattern", credential=caller.credential)
    fill_sqlite(own.data)
    alone, idle, less = start(own, caller)
    told(
        f"start with {COUNT} clients with a certificate each",
        f"{shared:.1f} s from PostgreSQL, {alone:.1f} s from SQLite, {shared / alone:.1f} times; "
        f"{busy:.1f} s and {idle:.1f} s of processor; {memory} MiB and {less} MiB resident",
    )
    told(
        f"start from a snapshot of {COUNT} clients, {size >> 20} MiB",
        f"{kept:.1f} s, {kept / alone:.1f} times SQLite's; {kept_busy:.1f} s of processor",
    )
    assert shared < 20 * expect.PATIENCE
