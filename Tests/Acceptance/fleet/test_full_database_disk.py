# SPDX-License-Identifier: Apache-2.0
"""A database whose disk is full: under its tables alone, and under all that it has."""

import shutil
import tempfile
import time
from pathlib import Path

import expect
import pytest
from disks import mounted
from figures import often, told
from postgres import Cluster, Fleet
from traffic import ENVIRONMENT, Traffic

pytestmark = pytest.mark.waiting


@pytest.fixture(params=["tables", "everything"])
def filling(request):
    """A database, the disk that fills, and which."""
    folder = Path(tempfile.mkdtemp(prefix="handfast-full-"))
    folder.chmod(0o711)
    try:
        if request.param == "tables":
            with mounted(folder / "disk", "24m") as disk:
                shutil.chown(disk.folder, "postgres", "postgres")
                cluster = Cluster(folder / "postgres").start()
                cluster.psql(f"CREATE TABLESPACE small LOCATION '{disk.folder}'")
                # New databases are copies of this one.
                cluster.psql("ALTER DATABASE template1 SET TABLESPACE small")
                yield cluster, disk, request.param
                cluster.stop()
        else:
            with mounted(folder / "disk", "192m") as disk:
                cluster = Cluster(
                    disk.folder / "postgres", "max_wal_size=32MB", "min_wal_size=32MB"
                ).start()
                yield cluster, disk, request.param
                cluster.stop()
    finally:
        shutil.rmtree(folder)


def is_refused(traffic):
    return any(one.refused for one in traffic.rowed)


def use_up_the_log(cluster):
    """Has the database want new segments of its log, for which there is no room."""
    for _ in range(8):
        if cluster.process.poll() is None:
            cluster.psql("SELECT pg_switch_wal()", check=False)
            time.sleep(0.1)


@pytest.mark.endurance
def test_a_full_disk_at_the_database_refuses_what_needs_a_row(filling, pki, tmp_path):
    cluster, disk, which = filling
    fleet = Fleet(cluster, tmp_path / "fleet", "shared")
    try:
        nodes = [fleet.node(env=ENVIRONMENT).start() for _ in range(2)]
        traffic = Traffic(nodes, pki, tmp_path)
        with traffic.running():
            # The twin: with room all is answered.
            time.sleep(0.5)
            assert not is_refused(traffic)
            disk.fill()
            if which == "everything":
                use_up_the_log(cluster)
            expect.eventually(lambda: is_refused(traffic), within=20)
            time.sleep(often(1, 10))
            disk.free()
            ended = cluster.process.poll() is not None
            if ended:
                cluster.process.stdout.close()
                cluster.start()
            freed = time.monotonic()
            recovered = max(0.0, traffic.recovers(freed) - freed)
        traffic.check()
        for node in nodes:
            assert node.running and node.stop() == 0, node.log
    finally:
        fleet.close()
    told(
        f"a full disk under {which} of the database",
        f"{traffic.tally()}; back {recovered:.2f} s after there was room"
        + (", once PostgreSQL, which had ended, was started" if ended else ""),
    )
