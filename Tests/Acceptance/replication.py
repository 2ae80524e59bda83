# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL with a synchronous standby, which is promoted, and a new standby after that."""

import shutil
import time
import urllib.parse

import expect
from postgres import Cluster


class Replicated:
    """Two servers: a commit of the primary waits for the standby, until one of them is lost."""

    def __init__(self, folder, *settings):
        self.primary = Cluster(folder / "one", *settings)
        self.standby = Cluster(folder / "two", *settings)

    def start(self):
        self.primary.start()
        self.follow()
        return self

    def stop(self):
        for one in (self.standby, self.primary):
            one.stop()

    def follow(self):
        """Makes the standby anew from the primary, and has the primary's commits wait for it."""
        shutil.rmtree(self.standby.folder / "data", ignore_errors=True)
        self.standby.source = ("--standby-of", str(self.primary.socket))
        self.standby.start()
        self._wait_for_standby("standby")
        expect.eventually(lambda: self._standby_is("sync"), within=20)

    def _standby_is(self, state):
        return self.primary.psql("SELECT sync_state FROM pg_stat_replication") == state

    def _wait_for_standby(self, names):
        self.primary.psql(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.primary.psql("SELECT pg_reload_conf()")

    def promote(self):
        """Makes the standby the primary, once the primary has crashed; the moment it took writes.

        Commits wait for no standby until there is one again.
        """
        assert self.primary.process is None
        self.primary, self.standby = self.standby, self.primary
        # Allowed on a standby, since a file is all that it writes.
        self._wait_for_standby("")
        assert self.primary.psql("SELECT pg_promote()") == "t"
        return time.monotonic()

    def part(self):
        """Has the standby follow no more, and commits not wait for it: as if asynchronous."""
        self._wait_for_standby("")
        self.standby.psql("ALTER SYSTEM SET primary_conninfo = ''")
        self.standby.psql("SELECT pg_reload_conf()")
        expect.eventually(
            lambda: self.primary.psql("SELECT count(*) FROM pg_stat_replication") == "0",
            within=10,
        )

    # A store's cluster, as `Fleet` asks for one.

    def psql(self, sql, database="postgres", **more):
        return self.primary.psql(sql, database, **more)

    def url(self, database, user="postgres"):
        """Both hosts: nodes look for the one that takes writes."""
        hosts = ",".join(
            urllib.parse.quote(str(one.socket), safe="")
            for one in sorted((self.primary, self.standby), key=lambda one: one.folder)
        )
        return f"postgresql://{user}@{hosts}/{database}"

