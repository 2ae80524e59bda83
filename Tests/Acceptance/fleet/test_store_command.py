# SPDX-License-Identifier: Apache-2.0
"""`handfast store`, and what servers and commands say of a store that is not as it should be."""

import json
import re
import stat
from pathlib import Path

import expect
import pytest
from postgres import Fleet
from server import handfast

# A store that has one client, of the time before the second schema, and its key.
FIRST_SCHEMA = Path(__file__).with_name("first_schema.sql")
FIRST_KEY = "30aa01e713cb6618ecccce1b9b9ed9af6970c2c6c124b3559749f073dcd9d85b"


def test_the_first_migration_makes_tables_and_a_key_once(fleet, tmp_path):
    assert fleet.schema > 4
    assert stat.S_IMODE(fleet.key.stat().st_mode) == 0o600
    assert re.fullmatch(r"[0-9a-f]{64}\n", fleet.key.read_text())
    again = handfast("store", "migrate", "--store", fleet.url, "--store-key-file", fleet.key)
    assert "unchanged" in again.stdout
    # A key file is never overwritten, and a second key is none of this store.
    kept = fleet.key.read_bytes()
    other = tmp_path / "other.key"
    for path in (fleet.key, other):
        done = handfast(
            "store", "migrate", "--store", fleet.url, "--new-key-file", path, check=False
        )
        assert done.returncode == 1, done.stdout
    assert fleet.key.read_bytes() == kept and not other.exists()


def test_a_store_of_the_first_schema_gets_what_is_missing_and_keeps_all(
    cluster, fleet, tmp_path
):
    old = Fleet(cluster, tmp_path, "first", FIRST_SCHEMA.read_text(), FIRST_KEY)
    node = old.node()
    assert "handfast store migrate" in node.refuses_to_start()
    migrate = ("store", "migrate", "--store", old.url, "--store-key-file", old.key)
    assert f"schema: {fleet.schema}, from 1" in handfast(*migrate).stdout
    shown = json.loads(node.handfast("client", "show", "before", "--json").stdout)
    assert shown["scope"] == "read" and not {"rate", "exchange_mode", "spiffe_id"} & set(shown)
    node.handfast("client", "update", "before", "--rate", "100/60")
    # A program of the first schema writes the columns that it knows, and leaves this one alone.
    old.psql("UPDATE client SET scopes = 'write', version = version + 1")
    shown = json.loads(node.handfast("client", "show", "before", "--json").stdout)
    assert (shown["scope"], shown["rate"]) == ("write", "100/60")
    assert old.psql("SELECT compatible_from FROM handfast_schema") == "1"
    # The chain of the audit goes on where the older program left it.
    assert node.handfast("audit", "verify").returncode == 0
    old.close()


def test_a_migrated_store_has_the_tables_of_a_new_one(cluster, fleet, tmp_path):
    old = Fleet(cluster, tmp_path, "older", FIRST_SCHEMA.read_text(), FIRST_KEY)
    handfast("store", "migrate", "--store", old.url, "--store-key-file", old.key)
    assert tables(cluster, "older") == tables(cluster, fleet.name)


def tables(cluster, database):
    """The statements that make a database's tables, without pg_dump's own marks."""
    lines = cluster.dump(database, "--schema-only", "--no-owner").decode().splitlines()
    return [line for line in lines if not line.startswith(("--", "\\"))]


def test_a_key_file_that_is_there_is_not_overwritten_by_a_new_store(cluster, tmp_path):
    cluster.psql("CREATE DATABASE fresh")
    taken = tmp_path / "taken"
    taken.write_text("mine\n")
    done = handfast(
        "store", "migrate", "--store", cluster.url("fresh"), "--new-key-file", taken, check=False
    )
    assert done.returncode == 1 and "never overwritten" in done.stderr
    assert taken.read_text() == "mine\n"
    assert cluster.psql("SELECT to_regclass('client') IS NULL", "fresh") == "t"


def test_a_server_makes_no_tables_and_says_which_command_does(cluster, fleet, tmp_path):
    cluster.psql("CREATE DATABASE bare")
    node = fleet.node()
    node.env["HANDFAST_STORE_URL"] = cluster.url("bare")
    said = node.refuses_to_start()
    assert "no tables" in said and "handfast store migrate" in said
    assert cluster.psql("SELECT to_regclass('client') IS NULL", "bare") == "t"
    done = node.handfast(
        "client", "list", env={"HANDFAST_STORE_URL": cluster.url("bare")}, check=False
    )
    assert done.returncode == 1 and "handfast store migrate" in done.stderr


@pytest.mark.parametrize(
    ("steps", "compatible", "works"),
    [(1, 0, True), (1, 1, False), (-1, 0, False), (None, 0, False)],
)
def test_a_store_one_step_ahead_is_served_where_it_only_adds(fleet, steps, compatible, works):
    current = fleet.schema
    version = 0 if steps is None else current + steps
    oldest = current + 1 if compatible else min(version, 1)
    fleet.psql(f"UPDATE handfast_schema SET version = {version}, compatible_from = {oldest}")
    try:
        done = fleet.node().handfast("client", "list", check=False)
        assert (done.returncode == 0) == works, done.stderr
    finally:
        fleet.psql(f"UPDATE handfast_schema SET version = {current}, compatible_from = 1")


def test_a_password_is_shown_nowhere(fleet, tmp_path):
    secret = "pass-w0rd-of-the-store"
    url = fleet.url.replace("postgres@", f"postgres:{secret}@")
    node = fleet.node()
    node.env["HANDFAST_STORE_URL"] = url
    with node:
        file = tmp_path / "handfast.yaml"
        file.write_text(f"store:\n  url: {url}\n  key_file: {fleet.key}\n")
        checked = handfast("check", "--verbose", "--config", file).stdout
        listed = node.handfast("client", "list", env={"HANDFAST_STORE_URL": url})
        assert "store.url: postgresql://postgres@" in checked
        expect.logged(node, "PGPASSFILE")
        assert "PGPASSFILE" in listed.stderr
        shown = [node.log, checked, listed.stdout, listed.stderr, *node.stdout]
    # One that cannot be read is not repeated either.
    for bad in (url.replace("/shared", ""), url + "?options=-c", url + "?nonsense=1", "x" + url):
        done = node.handfast("client", "list", "--store", bad, check=False)
        assert done.returncode != 0, bad
        shown += [done.stdout, done.stderr]
    assert not any(secret in text for text in shown)


def test_a_store_needs_its_key_file(fleet, tmp_path):
    node = fleet.node()
    del node.env["HANDFAST_STORE_KEY_FILE"]
    assert "store.key_file" in node.refuses_to_start()
    bad = tmp_path / "bad.key"
    bad.write_text("not a key\n")
    for path, words in ((tmp_path / "missing", "cannot be read"), (bad, "no key file")):
        done = node.handfast("client", "list", "--store-key-file", path, check=False)
        assert done.returncode == 1 and words in done.stderr
    # The twin: with it, the same command works.
    assert node.handfast("client", "list").returncode == 0


def test_a_directory_with_a_database_of_its_own_is_not_served_beside_a_store(fleet, tmp_path):
    data = tmp_path / "own"
    handfast("client", "add", "own", "--auth-method", "client_secret_basic", "--data", data)
    node = fleet.node()
    node.data = data
    assert "store of its own" in node.refuses_to_start()


def test_a_backup_of_a_shared_store_is_postgresqls(fleet, tmp_path):
    done = fleet.node().handfast("backup", tmp_path / "copy.tar", check=False)
    assert done.returncode == 1 and "pg_dump" in done.stderr


def test_a_role_that_may_only_read_changes_nothing(cluster, fleet):
    fleet.psql("CREATE ROLE reader LOGIN")
    fleet.psql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    url = {"HANDFAST_STORE_URL": cluster.url(fleet.name, user="reader")}
    node = fleet.node()
    assert node.handfast("client", "list", env=url).returncode == 0
    done = node.handfast(
        "client", "add", "x", "--auth-method", "client_secret_basic", env=url, check=False
    )
    assert done.returncode == 1 and "may not do this" in done.stderr
    assert fleet.psql("SELECT count(*) FROM client WHERE name = 'x'") == "0"


def test_two_stores_in_one_cluster_have_nothing_in_common(cluster, fleet, tmp_path):
    other = Fleet(cluster, tmp_path / "other", "separate")
    one, two = fleet.node(), other.node()
    one.handfast("client", "add", "mine", "--auth-method", "client_secret_basic")
    assert "mine" in one.handfast("client", "list").stdout
    assert "mine" not in two.handfast("client", "list").stdout
    expect.eventually(lambda: True)


def test_a_wrong_key_file_is_told_also_where_there_is_nothing_to_do(fleet, tmp_path):
    wrong = tmp_path / "wrong.key"
    wrong.write_text("cd" * 32 + "\n")
    done = handfast(
        "store", "migrate", "--store", fleet.url, "--store-key-file", wrong, check=False
    )
    assert done.returncode == 1 and "does not have" in done.stderr
    assert "the key file that this store was made with" in done.stderr


def test_a_command_without_the_store_makes_no_database_in_a_node_s_folder(fleet):
    with fleet.node() as node:
        data = node.data
    add = ("client", "add", "lost", "--auth-method", "client_secret_basic", "--data", data)
    done = handfast(*add, check=False)
    assert done.returncode == 1 and "give --store" in done.stderr
    assert not (data / "handfast.db").exists()
    # The twin: with the store, the same is registered there, and the node starts again.
    handfast(*add, env=fleet.settings)
    with fleet.node() as node:
        assert "lost" in node.handfast("client", "list").stdout


def test_with_a_wrong_key_file_the_audit_is_not_renewed(fleet, tmp_path):
    wrong = tmp_path / "wrong.key"
    wrong.write_text("ef" * 32 + "\n")
    node = fleet.node()
    done = node.handfast("audit", "renew", "--store-key-file", wrong, check=False)
    assert done.returncode == 1 and "does not have" in done.stderr
    # The twin: with the store's key it is, and changes go on.
    assert "renewed" in node.handfast("audit", "renew").stdout
    node.handfast("client", "add", "after", "--auth-method", "client_secret_basic")
    assert node.handfast("audit", "verify").returncode == 0


def test_a_first_migration_that_fails_leaves_no_key_file(cluster, tmp_path):
    cluster.psql("CREATE DATABASE barred")
    cluster.psql("CREATE ROLE barred LOGIN")
    key = tmp_path / "barred.key"
    url = cluster.url("barred", user="barred")
    done = handfast("store", "migrate", "--store", url, "--new-key-file", key, check=False)
    assert done.returncode == 1 and "permission denied" in done.stderr and not key.exists()
    handfast("store", "migrate", "--store", cluster.url("barred"), "--new-key-file", key)
    assert key.exists()


def test_a_backup_is_not_restored_into_a_shared_store(fleet, tmp_path):
    own, copy = tmp_path / "own", tmp_path / "copy.tar"
    handfast("client", "add", "own", "--auth-method", "client_secret_basic", "--data", own)
    handfast("backup", copy, "--data", own)
    target = tmp_path / "restored"
    done = handfast("restore", copy, "--data", target, env=fleet.settings, check=False)
    assert done.returncode == 1 and "PostgreSQL's own tools" in done.stderr
    assert not target.exists()
    # The twin: without the store the same is restored.
    handfast("restore", copy, "--data", target)
    assert (target / "handfast.db").exists()


@pytest.mark.parametrize("password", ["s3cr@et", "pa/ss", "pa:ss@x"])
def test_a_password_that_is_not_escaped_is_not_shown_either(fleet, password):
    url = f"postgresql://node:{password}@127.0.0.1:5432/handfast"
    done = fleet.node().handfast("client", "list", "--store", url, check=False)
    said = done.stdout + done.stderr
    assert done.returncode != 0 and "hexadecimal digits" in said, said
    assert not any(part in said for part in (password, "et@", "ss@", "s3cr"))
