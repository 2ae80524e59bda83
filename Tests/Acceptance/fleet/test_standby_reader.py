# SPDX-License-Identifier: Apache-2.0
"""A node that reads a standby: what the primary is told, it hears; what it has heard, stays."""

import urllib.parse

import expect
import pytest
from parties import Caller
from postgres import Fleet, issued_everywhere

pytestmark = pytest.mark.waiting


def test_a_node_reads_a_standby(replicated, pki, tmp_path):
    fleet = Fleet(replicated, tmp_path / "fleet", "standby_read")
    try:
        writer = fleet.node().start()
        fleet.psql("CREATE ROLE edge LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO edge")
        reading = {"HANDFAST_STORE_MODE": "read"}
        standby = replicated.standby.url("standby_read", "edge")
        reader = fleet.node(env={**reading, "HANDFAST_STORE_URL": standby}).start()
        kept, gone = Caller(writer, pki, "kept"), Caller(writer, pki, "gone")
        issued_everywhere([reader], kept)
        issued_everywhere([reader], gone)
        writer.handfast("client", "disable", "gone")
        expect.everywhere(lambda: reader.token(gone.body, gone.credential), 401)
        assert reader.get("/ready").json == {"state": "full"}
        assert not [line for line in reader.stderr if '"level":"error"' in line], reader.log
        # The primary is lost: row-free tokens go on, and so they do after the promotion.
        replicated.primary.crash()
        for _ in range(20):
            expect.token(reader.token(kept.body, kept.credential))
        replicated.promote()
        expect.eventually(lambda: writer.get("/ready").json == {"state": "full"}, within=10)
        writer.handfast("client", "disable", "kept")
        expect.everywhere(lambda: reader.token(kept.body, kept.credential), 401)
        # The twin: a node that is to write does not start on a standby alone.
        replicated.follow()
        alone = replicated.standby.url("standby_read")
        other = fleet.node(env={"HANDFAST_STORE_URL": alone})
        assert "read-only" in other.refuses_to_start()
    finally:
        fleet.close()


def test_a_standby_that_is_behind_brings_nothing_back(replicated, pki, tmp_path):
    """A node that has read one standby goes to another that lags: it ages instead."""
    fleet = Fleet(replicated, tmp_path / "fleet", "behind")
    try:
        writer = fleet.node().start()
        fleet.psql("CREATE ROLE aged LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO aged")
        hosts = ",".join(
            urllib.parse.quote(str(one.socket), safe="")
            for one in (replicated.primary, replicated.standby)
        )
        both = f"postgresql://aged@{hosts}/behind"
        reader = fleet.node(
            env={"HANDFAST_STORE_MODE": "read", "HANDFAST_STORE_URL": both}
        ).start()
        gone = Caller(writer, pki, "gone-behind")
        issued_everywhere([reader], gone)
        replicated.part()
        writer.handfast("client", "disable", "gone-behind")
        expect.everywhere(lambda: reader.token(gone.body, gone.credential), 401)
        replicated.primary.crash()
        expect.eventually(lambda: reader.get("/ready").json["state"] == "snapshot", within=10)
        for _ in range(10):
            expect.error(reader.token(gone.body, gone.credential), "invalid_client")
        expect.logged(reader, "is behind what this node has seen")
        replicated.primary.start()
        expect.eventually(lambda: reader.get("/ready").json == {"state": "full"}, within=10)
        expect.error(reader.token(gone.body, gone.credential), "invalid_client")
    finally:
        fleet.close()
