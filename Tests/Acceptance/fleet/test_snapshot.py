# SPDX-License-Identifier: Apache-2.0
"""A node that starts while the database is away serves from what it has written to its own disk."""

import shutil
import time

import expect
import pytest
from assertions import Signer, asserting
from grants import Shop
from parties import Caller, ResourceServer
from postgres import issued_everywhere

pytestmark = pytest.mark.waiting

PASSWORD = "correct horse"
PARTS = ("registry", "revocations", "secrets", "mark")


@pytest.fixture(scope="module")
def node(fleet):
    one = fleet.node().start()
    yield one
    assert one.stop() == 0, one.log


@pytest.fixture(scope="module")
def shop(node, pki):
    node.handfast("user", "add", "ann", "--password-stdin", text_input=PASSWORD + "\n")
    one = Shop(node, pki, "shop", "--refresh-rotation", "on")
    issued_everywhere([node], one)
    return one


def log_in(node, shop):
    return node.token(shop.logging_in("ann", PASSWORD), shop.credential)


@pytest.fixture
def away(cluster):
    """Stops the database when it is called, and starts it again at the end."""

    def stop():
        cluster.crash()

    yield stop
    if cluster.process is None:
        cluster.start()


def restart(node):
    """As after a crash of the machine: nothing is written at the end."""
    node.kill()
    node.start()


def comes_back(node, caller):
    """Within five seconds of the database, without a restart."""
    expect.eventually(lambda: node.get("/ready").json == {"state": "full"}, within=5)
    expect.eventually(lambda: node.token(caller.body, caller.credential).status == 200)


def test_a_node_starts_while_the_database_is_away(cluster, node, shop, pki, away, tmp_path):
    sealed = Caller(node, pki, "sealed", "--token-format", "sealed")
    api = ResourceServer(node, pki, "reader")
    signer = Signer(node, tmp_path, "ES256", "signs")
    off = Caller(node, pki, "off")
    issued_everywhere([node], off)
    node.handfast("client", "disable", "off")
    gone = Caller(node, pki, "gone")
    issued_everywhere([node], gone)
    node.handfast("client", "remove", "gone")
    for caller in (off, gone):
        expect.everywhere(lambda c=caller: node.token(c.body, c.credential), 401)
    issued_everywhere([node], sealed)
    kept, revoked = (
        expect.token(node.token(sealed.body, sealed.credential))["access_token"] for _ in range(2)
    )
    asked = {"client_id": sealed.client_id, "token": revoked}
    assert node.token(asked, sealed.credential, target="/oauth2/revoke").status == 200
    keys = node.get("/oauth2/jwks").body
    refresh = expect.token(log_in(node, shop))["refresh_token"]
    for part in (*PARTS, "key"):
        assert (node.data / f"snapshot.{part}").stat().st_mode & 0o777 == 0o600

    away()
    time.sleep(1.1)
    restart(node)
    ready = node.get("/ready")
    assert ready.status == 200 and ready.json["state"] == "snapshot", ready.json
    assert 1 <= ready.json["age"] < 60
    expect.logged(node, "starts from its snapshot")
    for _ in range(30):
        expect.token(node.token(shop.body, shop.credential))
    assert node.get("/oauth2/jwks").body == keys

    def introspected(token):
        parameters = {"client_id": api.client_id, "token": token}
        return node.token(parameters, api.credential, target="/oauth2/introspect")

    assert expect.active(introspected(kept))["client_id"] == sealed.client_id
    fresh = expect.token(node.token(sealed.body, sealed.credential))["access_token"]
    expect.active(introspected(fresh))
    # The twins: taken back, switched off, removed, somebody else's.
    expect.inactive(introspected(revoked))
    for caller in (off, gone):
        expect.everywhere(lambda c=caller: node.token(c.body, c.credential), 401)
    stranger = pki.self_signed("stranger", "p256")
    expect.refused(lambda: node.token(shop.body, stranger))
    # The password grant needs no row without its refresh token, and rows fail closed.
    expect.error(log_in(node, shop), "temporarily_unavailable", 503)
    refused = node.token(shop.refreshing(refresh), shop.credential)
    expect.error(refused, "temporarily_unavailable", 503)
    expect.error(node.token(asserting(signer.sign())), "temporarily_unavailable", 503)

    cluster.start()
    comes_back(node, shop)
    expect.token(node.token(shop.refreshing(refresh), shop.credential))
    expect.eventually(lambda: node.token(asserting(signer.sign())).status == 200)
    expect.inactive(introspected(revoked))
    node.handfast("client", "enable", "off")
    issued_everywhere([node], off)


def test_a_change_that_was_in_force_is_in_force_after_a_kill(cluster, node, shop):
    """Written before it counts: a crash right after takes nothing back."""
    for turn in range(4):
        command, status = (("disable", 401), ("enable", 200))[turn % 2]
        node.handfast("client", command, "shop")
        expect.eventually(lambda s=status: node.token(shop.body, shop.credential).status == s)
        node.kill()
        cluster.freeze()
        try:
            node.start()
            assert node.token(shop.body, shop.credential).status == status
        finally:
            cluster.thaw()
    comes_back(node, shop)


def test_a_snapshot_that_was_changed_is_none(cluster, fleet, node, shop, away, tmp_path):
    saved = tmp_path / "saved"
    saved.mkdir()
    for part in PARTS:
        shutil.copy(node.data / f"snapshot.{part}", saved)
    node.handfast("client", "update", "shop", "--rename", "Newer")
    expect.eventually(
        lambda: (node.data / "snapshot.registry").read_bytes()
        != (saved / "snapshot.registry").read_bytes()
    )
    other = fleet.node()
    with other:
        pass
    away()
    node.kill()
    files = {part: (node.data / f"snapshot.{part}").read_bytes() for part in PARTS}

    def refused(part, content, reason):
        file = node.data / f"snapshot.{part}"
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        said = node.refuses_to_start()
        assert reason in said and "cannot be reached" in said, said
        file.write_bytes(files[part])

    flipped = bytearray(files["registry"])
    flipped[len(flipped) // 2] ^= 1
    refused("registry", bytes(flipped), "was changed")
    refused("registry", (saved / "snapshot.registry").read_bytes(), "older than what this node")
    refused("registry", (other.data / "snapshot.registry").read_bytes(), "of another node")
    refused("registry", None, "no snapshot to start from")
    refused("mark", None, "no snapshot to start from")
    refused("mark", bytes(80), "was changed")
    # The twin: as it was.
    node.start()
    expect.token(node.token(shop.body, shop.credential))
    cluster.start()
    comes_back(node, shop)


def test_a_snapshot_that_is_too_old_issues_nothing(cluster, fleet, node, shop, away):
    """Its age counts while the node is off; the node recovers by itself."""
    short = fleet.node(env={"HANDFAST_STORE_STALENESS_MAX_SECONDS": "4"})
    none = fleet.node(env={"HANDFAST_STORE_STALENESS_MAX_SECONDS": "0"})
    for one in (short, none):
        one.start()
        issued_everywhere([one], shop)
        one.kill()
    away()
    time.sleep(5)
    for one in (short, none):
        one.start()
        answer = one.token(shop.body, shop.credential)
        expect.error(answer, "temporarily_unavailable", 503)
        ready = one.get("/ready")
        assert (ready.status, ready.json) == (503, {"state": "stale"})
    # The twin: an hour is allowed.
    restart(node)
    expect.token(node.token(shop.body, shop.credential))
    cluster.start()
    for one in (short, none, node):
        comes_back(one, shop)
    for one in (short, none):
        assert one.stop() == 0, one.log
