# SPDX-License-Identifier: Apache-2.0
"""The commands and the statements of Documentation/fleet.md, run as printed."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import expect
import pytest

from oauth import CC
from pages import block, blocks
from pki import CA
from postgres import Cluster
from server import Server, free_port

PAGE = "Documentation/fleet.md"


@pytest.fixture
def database():
    """A PostgreSQL on a port of this machine."""
    folder = Path(tempfile.mkdtemp(prefix="handfast-fleet-"))
    port = free_port()
    one = Cluster(folder / "postgres", "listen_addresses=127.0.0.1", f"port={port}")
    ca = CA(folder / "ca", "/CN=Databases")
    one.speak_tls(ca, "db.example.com")
    one.ca = folder / "ca.pem"
    shutil.copy(ca.certificate, one.ca)
    yield one.start()
    one.stop()
    shutil.rmtree(folder)


def statements(database, name, text, user="postgres"):
    done = subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--host=127.0.0.1",
         f"--port={database.port}", f"--username={user}", name],
        input=text,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_roles_have_the_rights_they_need_and_no_more(walk, serving, database):
    reaching = {"PGHOSTADDR": "127.0.0.1", "PGPORT": database.port, "PGSSLROOTCERT": database.ca}
    walk = walk(PAGE, **serving, **reaching)
    roles, rights = [one.text for one in blocks(PAGE, "sql")]
    assert block(PAGE, "text", "Several nodes on one PostgreSQL")
    statements(database, "postgres", roles)
    (said,) = walk.run("The database, and its roles")
    assert "key file: store.key" in said and "from 0" in said
    statements(database, "handfast", rights, user="handfast_owner")
    walk.shell("handfast client add moved --auth-method client_secret_basic --data old")
    (said,) = walk.run("Moving a node's store")
    assert "nothing was written" in said and said.count("clients: 1") == 2 and "copied: " in said
    walk.serve("Nodes")
    assert "sslmode" not in (walk.folder / ".tools" / "output-0").read_text()
    (said,) = walk.run("Commands")
    facts = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
    secret = (facts["client_id"], facts["client_secret"])
    node = Server(walk.folder / "node-1", port=serving["port"])
    expect.eventually(lambda: node.token(CC, basic=secret).status == 200)
    expect.error(node.token(CC, basic=(secret[0], "wrong")), "invalid_client")
    psql = ["psql", "-qAt", "-h", "127.0.0.1", "-p", str(database.port)]
    for user, statement, allowed in (
        ("handfast_reader", "SELECT count(*) FROM client", True),
        ("handfast_reader", "UPDATE client SET name = name", False),
        ("handfast_node", "UPDATE audit SET author = author", False),
        ("handfast_node", "DELETE FROM audit", False),
        ("handfast_node", "DROP TABLE audit", False),
        ("handfast_admin", "DELETE FROM refresh_family", False),
        ("handfast_admin", "UPDATE handfast_schema SET version = 9", False),
    ):
        done = subprocess.run(
            [*psql, "-U", user, "-c", statement, "handfast"], capture_output=True, text=True
        )
        assert (done.returncode == 0) == allowed, (user, statement, done.stderr)
    old = (walk.folder / "store.key").read_text()
    (said,) = walk.run("Another key for the store")
    assert "key file: new.key" in said
    assert (walk.folder / "store.key").read_text().split()[1:] == old.split()
    expect.eventually(lambda: node.token(CC, basic=secret).status == 200)
    # The twin: another CA's database is none that a node speaks to.
    other = CA(walk.folder / "other", "/CN=Others")
    walk.env["PGSSLROOTCERT"] = str(other.certificate)
    refused = walk.shell(
        "handfast client list --data admin --store-key-file store.key --store"
        " 'postgresql://handfast_admin@db.example.com/handfast?sslmode=verify-full' 2>&1",
        status=1,
    )
    assert "certificate verify failed" in refused
