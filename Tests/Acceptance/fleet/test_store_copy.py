# SPDX-License-Identifier: Apache-2.0
"""`handfast store copy`: a node's own database moves into a store that nodes share."""

import itertools
import signal
import sqlite3
import subprocess

import expect
import jwt
import pytest
from assertions import Signer, assertion_claims, asserting
from database import file_of
from grants import Browser, Shop
from parties import Caller
from pki import CA
from postgres import Fleet
from server import BINARY, Server, environment, handfast

pytestmark = pytest.mark.waiting

PASSWORD = "correct horse"
NUMBERS = itertools.count(1)
TABLES = (
    "client", "certificate", '"user"', "trust_set", "server_key", "admin_token", "audit",
    "authorization_code", "refresh_family", "pushed_request", "revoked_token", "used_assertion",
    "trusted_issuer",
)  # fmt: skip


@pytest.fixture
def target(cluster, tmp_path):
    """A store that was just migrated."""
    one = Fleet(cluster, tmp_path / "fleet", f"copied_{next(NUMBERS)}")
    yield one
    one.close()


@pytest.fixture
def own(tmp_path):
    """A directory with a client, a user, and no server."""
    data = tmp_path / "own"
    handfast("client", "add", "mine", "--auth-method", "client_secret_basic", "--data", data)
    handfast("user", "add", "ann", "--password-stdin", "--data", data, text_input=PASSWORD + "\n")
    return data


def copy(data, fleet, *options, **more):
    return handfast(
        "store", "copy", "--from", data, "--to", fleet.url, "--store-key-file", fleet.key,
        *options, **more,
    )  # fmt: skip


def is_empty(fleet):
    return all(fleet.psql(f"SELECT count(*) FROM {table}") == "0" for table in TABLES)


def content(data):
    """Every row of the database, as text."""
    with sqlite3.connect(f"file:{file_of(data)}?mode=ro", uri=True) as opened:
        return list(opened.iterdump())


def served(data, fleet, port, issuer):
    """The directory's node with the store, where its clients know it."""
    return Server(
        data, port=port, env={**fleet.settings, "HANDFAST_ISSUER": issuer}
    )  # fmt: skip


class Furnished:
    """A server with clients of every kind, and what they hold when it stops."""

    def __init__(self, server, folder, pki):
        self.server = server
        server.add_user("ann", PASSWORD)
        self.shop = Shop(server, pki, "shop", "--token-format", "sealed")
        self.signer = Signer(server, folder, "ES256", "signer")
        self.secret = server.add_client(
            "basic", "--auth-method", "client_secret_post", "--grant-types", "client_credentials",
            "--no-bound-tokens", "--label", "team=red",
        )  # fmt: skip
        self.hmac = server.add_client(
            "hmac", "--auth-method", "client_secret_jwt", "--grant-types", "client_credentials",
            "--no-bound-tokens",
        )  # fmt: skip
        ca = CA(folder / "ca", "/O=Handfast/CN=partners")
        server.handfast("trust-set", "add", "partners", "--ca-certificate", ca.certificate)
        self.partner = ca.issue("partner", subject="/CN=partner")
        added = server.add_client(
            "partner", "--trust-set", "partners", "--subject-dn", "CN=partner"
        )
        self.partner_body = {"grant_type": "client_credentials", "client_id": added["client_id"]}
        server.handfast("admin-token", "add", "desk", "--role", "read")
        self.disabled = Caller(server, pki, "off")
        server.handfast("client", "disable", "off")
        server.handfast("key", "rotate", "--alg", "ES256", "--active-in", "60")
        browser = Browser(self.shop, "ann", PASSWORD)
        expect.eventually(lambda: self.signer.ask().status == 200)
        self.first = expect.token(self.shop.exchange(browser.code()))
        self.code = browser.code()
        self.revoked = self.shop.token()
        assert self.shop.revoke(self.revoked).status == 200
        self.assertion = self.signer.sign()
        expect.token(self.signer.ask(self.assertion))
        browser.close()
        self.keys = server.get("/oauth2/jwks").json
        self.certificate = (server.data / "server.pem").read_bytes()

    def at(self, node):
        self.shop.server = self.signer.server = node
        return self

    def hmac_ask(self, node, secret):
        claims = assertion_claims(self.hmac["client_id"], self.server.url)
        return node.token(asserting(jwt.encode(claims, secret, "HS256")))

    def secret_ask(self, node, secret):
        return node.token({
            "grant_type": "client_credentials", "client_id": self.secret["client_id"],
            "client_secret": secret,
        })  # fmt: skip


def test_everything_goes_on_at_the_store(target, tmp_path, pki):
    with Server(tmp_path / "own") as server:
        had = Furnished(server, tmp_path, pki)
        assert server.stop() == 0
    before = content(server.data)
    tried = copy(server.data, target, "--dry-run")
    assert "nothing stands against it" in tried.stdout and "clients: 6" in tried.stdout
    assert is_empty(target) and content(server.data) == before
    done = copy(server.data, target)
    for line in ("clients: 6", "users: 1", "trust sets: 1", "refresh tokens: 1", "copied: "):
        assert line in done.stdout, done.stdout
    assert "shop" in handfast("client", "list", env=target.settings).stdout
    with served(server.data, target, server.port, server.url) as node:
        _goes_on(had.at(node), node)
        assert node.get("/oauth2/jwks").json == had.keys
        assert (node.data / "server.pem").read_bytes() == had.certificate
        assert node.handfast("audit", "verify", env=target.settings).returncode == 0
        assert node.stop() == 0
    # None of it is served twice.
    refused = Server(server.data, port=server.port)
    with pytest.raises(AssertionError, match="give --store"):
        refused.start()
    expect.logged(refused, "give --store")
    for table in ("revoked_token", "refresh_family"):
        assert target.psql(f"SELECT count(*) FROM {table}") != "0"
    assert had.hmac["client_secret"].encode() not in target.cluster.dump(target.name)


def _goes_on(had, node):
    shop = had.shop
    expect.token(shop.ask())
    expect.token(node.token(had.partner_body, had.partner))
    expect.token(had.secret_ask(node, had.secret["client_secret"]))
    expect.error(had.secret_ask(node, had.secret["client_secret"][::-1]), "invalid_client")
    expect.token(had.hmac_ask(node, had.hmac["client_secret"]))
    expect.error(had.hmac_ask(node, had.hmac["client_secret"][::-1]), "invalid_client")
    expect.error(node.token(had.disabled.body, had.disabled.credential), "invalid_client")
    # Sealed tokens open; revoked ones stay so.
    assert shop.is_active(had.first["access_token"])
    assert not shop.is_active(had.revoked)
    # The code in flight, once; its family ends with the second use.
    family = expect.token(shop.exchange(had.code))["refresh_token"]
    expect.error(shop.exchange(had.code), "invalid_grant")
    expect.error(shop.refresh(family), "invalid_grant")
    # The refresh token that was issued before.
    expect.token(shop.refresh(had.first["refresh_token"]))
    expect.error(shop.refresh(had.first["refresh_token"][::-1]), "invalid_grant")
    # The assertion that was used, and its twin.
    expect.error(had.signer.ask(had.assertion), "invalid_client")
    expect.token(had.signer.ask())
    # The user's password.
    assert shop.log_in("ann", PASSWORD)["refresh_token"]


def test_a_running_server_is_not_copied(target, own):
    with Server(own) as server:
        done = copy(own, target, check=False)
        assert done.returncode == 1 and f"(process {server.pid})" in done.stderr
        assert is_empty(target) and not (own / "shared-store").exists()
        assert server.stop() == 0
    copy(own, target)


def test_a_store_with_anything_in_it_is_left_as_it_is(target, own):
    node = target.node()
    with node:
        node.stop()
    held = target.psql("SELECT count(*) FROM server_key")
    for options in ((), ("--dry-run",)):
        done = copy(own, target, *options, check=False)
        assert done.returncode == 1 and f"keys of tokens: {held}" in done.stderr, done.stderr
        assert "handfast store migrate" in done.stderr
    assert target.psql("SELECT count(*) FROM client") == "0"
    with Server(own) as server:
        assert server.stop() == 0


def test_the_same_command_again_copies_nothing(target, own):
    copy(own, target)
    again = copy(own, target, check=False)
    assert again.returncode == 1 and "was moved" in again.stderr
    assert target.psql("SELECT count(*) FROM client") == "1"
    done = handfast("client", "disable", "mine", "--data", own, check=False)
    assert done.returncode == 1 and "give --store" in done.stderr
    handfast("client", "disable", "mine", "--data", own, env=target.settings)
    assert target.psql("SELECT enabled FROM client") == "f"


def test_tables_must_be_there(cluster, target, own):
    cluster.psql("CREATE DATABASE bare_copy")
    url = cluster.url("bare_copy")
    done = handfast(
        "store", "copy", "--from", own, "--to", url, "--store-key-file", target.key, check=False
    )
    assert done.returncode == 1 and "handfast store migrate" in done.stderr
    assert not (own / "shared-store").exists()


def test_another_key_file_is_refused(target, own, tmp_path):
    wrong = tmp_path / "wrong.key"
    wrong.write_text("cd" * 32 + "\n")
    done = handfast(
        "store", "copy", "--from", own, "--to", target.url, "--store-key-file", wrong, check=False
    )
    assert done.returncode == 1 and "does not have" in done.stderr
    assert is_empty(target) and not (own / "shared-store").exists()


def test_a_folder_without_a_database_is_refused_and_left_alone(target, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in (empty, tmp_path / "missing"):
        done = copy(folder, target, check=False)
        assert done.returncode == 1 and "no Handfast database" in done.stderr
    assert not list(empty.iterdir()) and not (tmp_path / "missing").exists()


def test_a_database_that_is_away_is_told(target, own):
    url = "postgresql://postgres@127.0.0.1:1/handfast?sslmode=disable"
    done = handfast(
        "store", "copy", "--from", own, "--to", url, "--store-key-file", target.key, check=False
    )
    assert done.returncode == 1 and "cannot be reached" in done.stderr
    assert not (own / "shared-store").exists()
    copy(own, target)


def test_a_role_that_does_not_own_the_tables_is_refused(cluster, target, own):
    role = f"guest_{target.name}"
    target.psql(f"CREATE ROLE {role} LOGIN")
    target.psql(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
    done = handfast(
        "store", "copy", "--from", own, "--to", cluster.url(target.name, user=role),
        "--store-key-file", target.key, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and "does not own" in done.stderr
    assert is_empty(target)


def test_an_audit_that_was_changed_is_not_taken_along(target, own):
    with sqlite3.connect(file_of(own)) as opened:
        opened.execute("UPDATE audit SET author = 'command:mallory' WHERE sequence = 1")
    done = copy(own, target, check=False)
    assert done.returncode == 1 and "not whole" in done.stderr and is_empty(target)
    # The twin: a new chain.
    handfast("audit", "renew", "--data", own)
    copy(own, target)


@pytest.mark.parametrize("table", ["trust_set", "audit"])
def test_a_copy_that_is_killed_leaves_both_as_they_were(target, own, pki, tmp_path, table):
    ca = CA(tmp_path / "ca", "/O=Handfast/CN=partners")
    handfast(
        "trust-set", "add", "set", "--ca-certificate", ca.certificate, "--data", own
    )
    target.psql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$; "
        f"CREATE TRIGGER slow BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION slow()"
    )
    before = content(own)
    process = subprocess.Popen(
        list(map(str, (
            BINARY, "store", "copy", "--from", own, "--to", target.url, "--store-key-file",
            target.key,
        ))),
        env=environment(),
    )  # fmt: skip
    active = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND "
        f"query LIKE 'INSERT INTO {table}%'"
    )
    expect.eventually(lambda: target.psql(active) == "1", within=10)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    target.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    )
    assert is_empty(target) and content(own) == before
    assert not (own / "shared-store").exists()
    target.psql(f"DROP TRIGGER slow ON {table}")
    with Server(own) as server:
        assert server.stop() == 0
    copy(own, target)
    assert target.psql("SELECT count(*) FROM trust_set") == "1"
