# SPDX-License-Identifier: Apache-2.0
"""The database is down, frozen or killed: tokens that need no row go on, the others fail closed."""

import signal
import time

import expect
import pytest
from assertions import Signer, asserting
from grants import Shop
from parties import Caller
from partners import JWT_BEARER, Partner, presenter
from postgres import issued_everywhere
from probing import Probe
from server import free_port, freeze

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def shop(nodes, pki):
    nodes[0].handfast("user", "add", "ann", "--password-stdin", text_input=PASSWORD + "\n")
    one = Shop(nodes[0], pki, "shop", "--refresh-rotation", "on")
    issued_everywhere(nodes, one)
    return one


def log_in(node, shop):
    return node.token(shop.logging_in("ann", PASSWORD), shop.credential)


def begun(node, shop):
    return expect.token(log_in(node, shop))["refresh_token"]


def presents(partner):
    """A request with a new JWT of the partner."""
    form = {"grant_type": JWT_BEARER, "client_id": partner.caller.client_id}
    return {**form, "assertion": partner.sign(aud="urn:fleet")}


def goes_on(nodes, shop, signer, partner, token):
    """Row-free answers are as ever; those that need a row are refused, and soon."""
    for node in nodes:
        with node.connect(shop.credential) as line:
            for _ in range(50):
                expect.token(line.token(shop.body))
        assert node.get("/oauth2/jwks").status == 200
    for node in nodes:
        for parameters, credential in (
            (shop.refreshing(token), shop.credential),
            (asserting(signer.sign()), None),
            (presents(partner), partner.caller.credential),
        ):
            began = time.monotonic()
            answer = node.token(parameters, credential)
            expect.error(answer, "temporarily_unavailable", 503)
            assert int(answer.header("retry-after")) >= 1
            # The promise is two seconds; a busy machine may take longer.
            assert time.monotonic() - began < 2 * expect.PATIENCE
    done = nodes[0].handfast("client", "disable", "shop", check=False)
    assert done.returncode == 1 and "cannot be reached" in done.stderr, done.stderr
    # Tokens go on although calls for rows have failed.
    for node in nodes:
        for _ in range(20):
            expect.token(node.token(shop.body, shop.credential))


def comes_back(nodes, shop, partner, token):
    """Within five seconds, without a restart; nothing that was acknowledged is lost."""
    for node in nodes:
        expect.eventually(lambda n=node: log_in(n, shop).status == 200, within=5)
        expect.token(node.token(shop.refreshing(begun(node, shop)), shop.credential))
        expect.token(node.token(presents(partner), partner.caller.credential))
    expect.token(nodes[1].token(shop.refreshing(token), shop.credential))
    nodes[0].handfast("client", "disable", "shop")
    for node in nodes:
        expect.everywhere(lambda n=node: n.token(shop.body, shop.credential), 401)
    nodes[0].handfast("client", "enable", "shop")
    issued_everywhere(nodes, shop)


@pytest.fixture(scope="module")
def signer(nodes, tmp_path_factory):
    one = Signer(nodes[0], tmp_path_factory.mktemp("keys"), "ES256", "signs")
    for node in nodes:
        expect.eventually(lambda n=node: n.token(asserting(one.sign())).status == 200)
    return one


@pytest.fixture(scope="module")
def partner(nodes, pki, tmp_path_factory):
    """A trusted issuer, whose JWTs are used once among all nodes."""
    caller = presenter(nodes[0], pki, "presents")
    options = ("--expect-audience", "urn:fleet")
    one = Partner(nodes[0], tmp_path_factory.mktemp("partner"), "partner", caller, *options)
    for node in nodes:
        expect.eventually(
            lambda n=node: n.token(presents(one), caller.credential).status == 200
        )
    return one


def test_a_frozen_database(cluster, nodes, shop, signer, partner):
    token = begun(nodes[0], shop)
    cluster.freeze()
    try:
        goes_on(nodes, shop, signer, partner, token)
    finally:
        cluster.thaw()
    comes_back(nodes, shop, partner, token)


def test_a_database_that_was_killed(cluster, nodes, shop, signer, partner):
    token = begun(nodes[0], shop)
    cluster.crash()
    goes_on(nodes, shop, signer, partner, token)
    cluster.start()
    comes_back(nodes, shop, partner, token)


def test_a_database_that_comes_back_with_another_history_is_read_anew(
    fleet, cluster, nodes, shop, pki
):
    """As after a promotion that has lost changes: the numbers are the same, the changes are not."""
    gone = Caller(nodes[0], pki, "gone-meanwhile")
    issued_everywhere(nodes, gone)
    for node in nodes:
        freeze(node.pid)
    try:
        cluster.crash()
        cluster.start()
        last = fleet.psql("SELECT value FROM change_position")
        fleet.psql(
            f"UPDATE client SET enabled = false WHERE client_id = '{gone.client_id}';"
            f"DELETE FROM change WHERE sequence = {last};"
            f"UPDATE change SET sequence = {last} WHERE sequence > {last};"
            f"UPDATE change_position SET value = {last}"
        )
    finally:
        for node in nodes:
            node.signal(signal.SIGCONT)
    for node in nodes:
        expect.eventually(
            lambda n=node: n.token(gone.body, gone.credential).status == 401, within=5
        )
        expect.token(node.token(shop.body, shop.credential))


def test_a_node_does_not_start_on_a_database_that_is_away(fleet, cluster, nodes, shop):
    """The twin of going on: nothing is served without a registry, or a snapshot of it."""
    node = fleet.node()
    cluster.freeze()
    try:
        assert "cannot be reached" in node.refuses_to_start()
    finally:
        cluster.thaw()
    with node:
        expect.eventually(lambda: node.token(shop.body, shop.credential).status == 200, within=5)


def test_a_node_without_news_for_too_long_issues_nothing(fleet, cluster, nodes, shop, signer):
    """It cannot hear of a disabled client; the twins, the other nodes, may go on for longer."""
    probe = Probe(free_port())
    env = {
        "HANDFAST_STORE_STALENESS_MAX_SECONDS": "1",
        "HANDFAST_PROBE_ADDRESS": f"127.0.0.1:{probe.port}",
    }
    node = fleet.node(env=env)
    with node:
        expect.eventually(lambda: node.token(shop.body, shop.credential).status == 200)
        assert node.get("/ready").json == {"state": "full"}
        assert probe.json("/ready") == (200, {"state": "full"})
        cluster.freeze()
        try:
            expect.eventually(
                lambda: node.token(shop.body, shop.credential).status == 503, within=5
            )
            answer = node.token(shop.body, shop.credential)
            expect.error(answer, "temporarily_unavailable", 503)
            assert int(answer.header("retry-after")) >= 1
            expect.logged(node, '"check":"store-stale"')
            expect.logged(node, "no news of the store for too long")
            ready = node.get("/ready")
            assert ready.status == 503 and ready.json == {"state": "stale"}
            assert probe.json("/ready") == (503, {"state": "stale"})
            assert probe.json("/health") == (200, {"status": "ok"})
            asked = {"client_id": shop.client_id, "token": "x"}
            answer = node.token(asked, shop.credential, target="/oauth2/introspect")
            expect.error(answer, "temporarily_unavailable", 503)
            assert node.get("/oauth2/authorize?client_id=shop").status == 503
            assert node.get("/health").status == 200
            assert node.get("/oauth2/jwks").status == 200
            for other in nodes:
                expect.token(other.token(shop.body, shop.credential))
                expect.eventually(
                    lambda o=other: o.get("/ready").json["state"] == "snapshot", within=5
                )
                ready = other.get("/ready")
                assert ready.status == 200
                assert ready.json["age"] >= 1 and ready.json["refused"] == [
                    "impersonation", "client_assertions", "authorization_code", "refresh_token",
                    "revocation", "registration",
                ]  # fmt: skip
        finally:
            cluster.thaw()
        expect.eventually(
            lambda: node.token(shop.body, shop.credential).status == 200, within=5
        )
        assert node.get("/ready").status == 200
