# SPDX-License-Identifier: Apache-2.0
"""`handfast store rewrap`: another key for a store's secrets, while nodes serve."""

import itertools
import os
import shutil
import signal
import stat
import subprocess
import threading
import time

import expect
import jwt
import pytest
from assertions import assertion_claims, asserting
from parties import Caller
from postgres import Fleet, issued_everywhere
from server import BINARY, environment, handfast

pytestmark = pytest.mark.waiting

NUMBERS = itertools.count(1)
SECRETS = "SELECT encode(substr(material, 1, 8), 'hex') FROM {table}"


@pytest.fixture
def shared(cluster, tmp_path):
    """A store of its own, and the key files of nodes apart from each other."""
    one = Fleet(cluster, tmp_path / "fleet", f"wrapped_{next(NUMBERS)}")
    yield one
    one.close()


def rewrap(fleet, new, old=None, **more):
    return handfast(
        "store", "rewrap", "--store", fleet.url, "--store-key-file", old or fleet.key,
        "--new-key-file", new, **more,
    )  # fmt: skip


def node_with_own_key(fleet):
    """A node whose key file is a copy of its own."""
    node = fleet.node()
    node.key = fleet.folder / f"key-{len(fleet.nodes)}"
    shutil.copy(fleet.key, node.key)
    node.env["HANDFAST_STORE_KEY_FILE"] = str(node.key)
    return node


def distribute(new, node):
    """Puts the new file in the place of the node's, as a careful operator does."""
    partial = node.key.with_suffix(".new")
    shutil.copy(new, partial)
    os.replace(partial, node.key)


def wrapped_under(fleet):
    """The ids of the keys that rows name."""
    found = set()
    for table in ("server_key", "wrapped_secret"):
        found |= set(fleet.psql(SECRETS.format(table=table)).split())
    return found


class Traffic:
    """Token requests to each node, one after the other, until it ends."""

    def __init__(self, nodes, caller):
        self.statuses = []
        self.stopped = threading.Event()
        self.threads = [
            threading.Thread(target=self._run, args=(node, caller)) for node in nodes
        ]

    def _run(self, node, caller):
        while not self.stopped.is_set():
            self.statuses.append(node.token(caller.body, caller.credential).status)
            time.sleep(0.01)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join(20)


class Hmac:
    """A client that signs with its secret."""

    def __init__(self, node, name, **more):
        self.issuer = node.fleet.nodes[0].url
        added = node.add_client(
            name, "--auth-method", "client_secret_jwt", "--grant-types", "client_credentials",
            "--no-bound-tokens", **more,
        )  # fmt: skip
        self.id, self.secret = added["client_id"], added["client_secret"]

    def ask(self, node, secret=None):
        claims = assertion_claims(self.id, self.issuer)
        return node.token(asserting(jwt.encode(claims, secret or self.secret, "HS256")))


def test_nodes_go_on_and_take_the_new_file_up(shared, pki, tmp_path):
    nodes = [node_with_own_key(shared).start() for _ in range(2)]
    one, two = nodes
    caller = Caller(one, pki, "steady")
    other = Caller(one, pki, "switched")
    old_hmac = Hmac(one, "before")
    for known in (caller, other):
        issued_everywhere(nodes, known)
    for node in nodes:
        expect.eventually(lambda n=node: old_hmac.ask(n).status == 200)
    before, new = wrapped_under(shared), tmp_path / "new.key"
    keys = one.get("/oauth2/jwks").body
    with Traffic(nodes, caller) as traffic:
        said = rewrap(shared, new).stdout
        assert "secrets of clients: 1" in said, said
        distribute(new, one)
        # A change is heard of by both, also by the one that cannot open the new rows.
        settings = {"HANDFAST_STORE_KEY_FILE": str(new)}
        one.handfast("client", "disable", "switched", env=settings)
        for node in nodes:
            expect.everywhere(lambda n=node: n.token(other.body, other.credential), 401)
        _added_is_refused_alone(nodes, new, settings)
        expect.logged(two, "does not have", "handfast store rewrap")
        assert [node.get("/oauth2/jwks").body for node in nodes] == [keys, keys]
        # Clients from before go on by what is in memory, on both.
        for node in nodes:
            expect.token(old_hmac.ask(node))
        distribute(new, two)
        late = Hmac(one, "late", env=settings)
        for node in nodes:
            expect.eventually(lambda n=node: late.ask(n).status == 200, within=5)
        expect.eventually(lambda: len(traffic.statuses) > 50, within=10)
    assert set(traffic.statuses) == {200}
    assert len(wrapped_under(shared)) == 1 and not wrapped_under(shared) & before
    for node in nodes:
        assert node.stop() == 0


def _added_is_refused_alone(nodes, new, settings):
    """A client whose secret the second node cannot open, and the command of such a machine."""
    one, two = nodes
    added = Hmac(one, "between", env=settings)
    expect.eventually(lambda: added.ask(one).status == 200)
    expect.error(added.ask(two), "invalid_client")
    # With the old file nothing is written, and no secret is dropped.
    old = {"HANDFAST_STORE_KEY_FILE": str(two.key)}
    row = "SELECT shared_secret FROM client WHERE name = 'between'"
    kept = one.fleet.psql(row)
    for command in (("update", "between", "--rename", "renamed"), ("disable", "between")):
        done = two.handfast("client", *command, env=old, check=False)
        assert done.returncode == 1 and "does not have" in done.stderr, done.stderr
    assert one.fleet.psql(row) == kept
    expect.error(added.ask(one, added.secret[::-1]), "invalid_client")


def test_a_node_takes_up_what_it_could_not_open_when_its_file_comes(shared, tmp_path):
    nodes = [node_with_own_key(shared).start() for _ in range(2)]
    new = tmp_path / "new.key"
    rewrap(shared, new)
    distribute(new, nodes[0])
    added = Hmac(nodes[0], "between", env={"HANDFAST_STORE_KEY_FILE": str(new)})
    expect.eventually(lambda: added.ask(nodes[0]).status == 200)
    for _ in range(3):
        expect.error(added.ask(nodes[1]), "invalid_client")
    distribute(new, nodes[1])
    expect.eventually(lambda: added.ask(nodes[1]).status == 200, within=5)
    # A key that was rotated meanwhile, too: what one signs and seals, both know.
    assert nodes[0].get("/oauth2/jwks").body == nodes[1].get("/oauth2/jwks").body


def test_a_key_that_a_node_cannot_open_is_left_out_alone(shared, pki, tmp_path):
    nodes = [node_with_own_key(shared).start() for _ in range(2)]
    caller = Caller(nodes[0], pki, "steady")
    issued_everywhere(nodes, caller)
    new = tmp_path / "new.key"
    rewrap(shared, new)
    distribute(new, nodes[0])
    nodes[0].handfast(
        "key", "rotate", "--alg", "ES256", "--active-in", "600",
        env={"HANDFAST_STORE_KEY_FILE": str(new)},
    )  # fmt: skip
    expect.eventually(lambda: len(nodes[0].get("/oauth2/jwks").json["keys"]) == 2)
    assert len(nodes[1].get("/oauth2/jwks").json["keys"]) == 1
    for node in nodes:
        token = expect.token(node.token(caller.body, caller.credential))["access_token"]
        expect.verified(token, nodes[1].address, issuer=nodes[0].url)
    distribute(new, nodes[1])
    expect.eventually(lambda: len(nodes[1].get("/oauth2/jwks").json["keys"]) == 2, within=5)


def test_a_node_with_the_old_file_does_not_start(shared, tmp_path):
    new = tmp_path / "new.key"
    node = shared.node()
    with node:
        assert node.stop() == 0
    rewrap(shared, new)
    assert "does not have" in node.refuses_to_start()
    done = node.handfast("client", "list", check=False)
    assert done.returncode == 1 and "does not have" in done.stderr
    node.env["HANDFAST_STORE_KEY_FILE"] = str(new)
    with node:
        assert node.stop() == 0


def test_a_dump_opens_nothing_with_the_old_key(shared, tmp_path):
    with shared.node() as node:
        assert node.stop() == 0
    old, new = shared.key.read_text().split(), tmp_path / "new.key"
    before = wrapped_under(shared)
    rewrap(shared, new)
    lines = new.read_text().split()
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert len(lines) == 2 and lines[1:] == old and lines[0] != old[0]
    assert len(wrapped_under(shared)) == 1 and not wrapped_under(shared) & before
    # The second line is for earlier dumps: without it everything opens.
    alone = tmp_path / "alone.key"
    alone.write_text(lines[0] + "\n")
    for path, code in ((alone, 0), (shared.key, 1)):
        done = handfast(
            "audit", "verify", "--data", tmp_path / "owner", check=False,
            env={**shared.settings, "HANDFAST_STORE_KEY_FILE": str(path)},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
    # And once more, from the file of one line.
    rewrap(shared, tmp_path / "third.key", old=alone)


def test_a_file_that_is_there_is_kept(shared, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("mine\n")
    before = wrapped_under(shared)
    for path in (taken, shared.key):
        done = rewrap(shared, path, check=False)
        assert done.returncode == 1 and "never overwritten" in done.stderr
    assert taken.read_text() == "mine\n" and wrapped_under(shared) == before


def test_with_another_key_nothing_is_changed(shared, tmp_path):
    wrong, new = tmp_path / "wrong.key", tmp_path / "new.key"
    wrong.write_text("cd" * 32 + "\n")
    before = wrapped_under(shared)
    done = rewrap(shared, new, old=wrong, check=False)
    assert done.returncode == 1 and "does not have" in done.stderr
    assert wrapped_under(shared) == before and not new.exists()
    rewrap(shared, new)


def test_a_secret_that_was_changed_is_not_wrapped_again(shared, tmp_path):
    with shared.node() as node:
        Hmac(node, "spoilt")
        node.stop()
    shared.psql("UPDATE client SET shared_secret = reverse(shared_secret)")
    before, new = wrapped_under(shared), tmp_path / "new.key"
    done = rewrap(shared, new, check=False)
    assert done.returncode == 1 and not new.exists() and wrapped_under(shared) == before


def test_one_that_is_killed_leaves_all_or_nothing(shared, tmp_path):
    with shared.node() as node:
        assert node.stop() == 0
    shared.psql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$; "
        "CREATE TRIGGER slow BEFORE UPDATE ON wrapped_secret FOR EACH ROW EXECUTE FUNCTION slow()"
    )
    before, new = wrapped_under(shared), tmp_path / "new.key"
    process = subprocess.Popen(
        list(map(str, (
            BINARY, "store", "rewrap", "--store", shared.url, "--store-key-file", shared.key,
            "--new-key-file", new,
        ))),
        env=environment(),
    )  # fmt: skip
    asleep = "FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    expect.eventually(lambda: shared.psql(f"SELECT count(*) {asleep}") == "1", within=10)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    shared.psql(f"SELECT pg_terminate_backend(pid) {asleep}")
    assert wrapped_under(shared) == before
    shared.psql("DROP TRIGGER slow ON wrapped_secret")
    # Both files open the store: the one that was made has both keys.
    for path in (shared.key, new):
        node.env["HANDFAST_STORE_KEY_FILE"] = str(path)
        with node:
            assert node.stop() == 0
    rewrap(shared, tmp_path / "again.key")


def test_a_file_that_others_may_read_is_warned_of(shared, tmp_path):
    open_file = tmp_path / "open.key"
    shutil.copy(shared.key, open_file)
    open_file.chmod(0o644)
    node = shared.node()
    for path, warned in ((open_file, True), (shared.key, False)):
        node.env["HANDFAST_STORE_KEY_FILE"] = str(path)
        done = node.handfast("client", "list", env={"HANDFAST_STORE_KEY_FILE": str(path)})
        assert ("others may read" in done.stderr) == warned
        with node:
            assert node.stop() == 0
        assert ("others may read" in node.log) == warned


def test_check_reads_the_key_file(shared, tmp_path):
    file = tmp_path / "handfast.yaml"
    for text, good in ((shared.key.read_text(), True), ("not a key\n", False), (None, False)):
        key = tmp_path / "checked.key"
        key.unlink(missing_ok=True)
        if text:
            key.write_text(text)
            key.chmod(0o600)
        file.write_text(f"store:\n  url: {shared.url}\n  key_file: {key}\n")
        done = handfast("check", "--config", file, check=False)
        assert (done.returncode == 0) == good, done.stdout + done.stderr
        assert good or "store.key_file" in done.stdout + done.stderr
