# SPDX-License-Identifier: Apache-2.0
"""Another program's write transaction on a server's database: every other writer waits for it."""

import contextlib
import sqlite3


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
