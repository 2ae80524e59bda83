# SPDX-License-Identifier: Apache-2.0
"""The database of a data directory as another program sees and writes it."""

import contextlib
import sqlite3


def file_of(data):
    """The one file of a data directory that is a database."""
    return next(
        file for file in data.iterdir()
        if file.is_file() and file.read_bytes()[:15] == b"SQLite format 3"
    )  # fmt: skip


def contents(data):
    """All that stands in it, as SQL."""
    with contextlib.closing(sqlite3.connect(f"file:{file_of(data)}?mode=ro", uri=True)) as opened:
        return "\n".join(opened.iterdump())


@contextlib.contextmanager
def transaction(data):
    """A transaction of another program, which waits for the server's."""
    opened = sqlite3.connect(data / "handfast.db", timeout=5)
    with contextlib.closing(opened), opened:
        yield opened


def copy_client(data, name, count):
    """Copies of a client, with the identifiers `~00000` and on, in one transaction."""
    with transaction(data) as opened:
        names = [row[1] for row in opened.execute("PRAGMA table_info(client)") if row[1] != "id"]
        others = ", ".join(one for one in names if one not in ("client_id", "name"))
        opened.executemany(
            f"INSERT INTO client (client_id, name, {others}) SELECT ?, ?, {others} FROM client"
            " WHERE name = ?",
            [(f"~{number:05}", f"n{number}", name) for number in range(count)],
        )


@contextlib.contextmanager
def busy(server):
    """Holds SQLite's write lock; yields a call that gives it back before the block ends.

    The server waits two seconds for it (`SQLiteDatabase.busyMilliseconds`), and then reports a busy
    store.
    """
    # Closing a descriptor of the file would drop the lock: nothing else in this process opens it.
    foreign = sqlite3.connect(server.data / "handfast.db", isolation_level=None)
    try:
        foreign.execute("BEGIN IMMEDIATE")

        def release():
            if foreign.in_transaction:
                foreign.execute("ROLLBACK")

        try:
            yield release
        finally:
            release()
    finally:
        foreign.close()
