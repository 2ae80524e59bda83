# SPDX-License-Identifier: Apache-2.0
"""`store.mode: read`: a node whose role may only read serves what needs no row, and says so."""

import expect
import pytest
from assertions import Signer, asserting
from exchanges import EXCHANGE
from grants import Shop
from parties import Caller, ResourceServer
from partners import JWT_BEARER, Partner, presenter
from postgres import issued_everywhere
from server import handfast

pytestmark = pytest.mark.waiting

READ = {"HANDFAST_STORE_MODE": "read"}


@pytest.fixture(scope="module")
def roles(fleet):
    """A role that reads, and one that lacks a single right."""
    fleet.psql("CREATE ROLE looks LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO looks")
    fleet.psql(
        "CREATE ROLE lacks LOGIN;"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO lacks;"
        "REVOKE DELETE ON used_assertion FROM lacks"
    )


def node_as(fleet, role, **env):
    return fleet.node(env={"HANDFAST_STORE_URL": fleet.cluster.url(fleet.name, role), **env})


@pytest.fixture(scope="module")
def writer(fleet):
    one = fleet.node().start()
    yield one
    assert one.stop() == 0, one.log


@pytest.fixture(scope="module")
def reader(fleet, writer, roles):
    one = node_as(fleet, "looks", **READ).start()
    yield one
    assert one.stop() == 0, one.log


def test_what_needs_no_row_is_served(fleet, writer, reader, pki):
    caller = Caller(writer, pki, "edge")
    issued_everywhere([reader], caller)
    sealed = Caller(writer, pki, "edge-sealed", "--token-format", "sealed")
    issued_everywhere([reader], sealed)
    api = ResourceServer(writer, pki, "edge-api")
    issued_everywhere([reader], api)
    token, taken = (
        expect.token(reader.token(sealed.body, sealed.credential))["access_token"]
        for _ in range(2)
    )
    assert api.reads(token)["client_id"] == sealed.client_id

    def introspected(token):
        asked = {"client_id": api.client_id, "token": token}
        return reader.token(asked, api.credential, target="/oauth2/introspect")

    expect.active(introspected(token))
    # A token that another node takes back is taken back here, and so is a client.
    asked = {"client_id": sealed.client_id, "token": taken}
    assert writer.token(asked, sealed.credential, target="/oauth2/revoke").status == 200
    expect.eventually(lambda: introspected(taken).json == {"active": False})
    expect.active(introspected(token))
    writer.handfast("client", "disable", "edge")
    expect.everywhere(lambda: reader.token(caller.body, caller.credential), 401)
    assert reader.get("/oauth2/jwks").body == writer.get("/oauth2/jwks").body
    assert reader.get("/ready").json == {"state": "full"}
    assert not [line for line in reader.stderr if '"level":"error"' in line]


def test_what_needs_a_row_is_neither_announced_nor_served(writer, reader, pki, tmp_path):
    shop = Shop(writer, pki, "edge-shop", "--refresh-rotation", "on")
    issued_everywhere([reader], shop)
    announced = reader.get("/.well-known/oauth-authorization-server").json
    assert announced["grant_types_supported"] == [
        "client_credentials", "password", EXCHANGE,
    ]  # fmt: skip
    assert announced["response_types_supported"] == []
    for member in (
        "revocation_endpoint", "authorization_endpoint", "pushed_authorization_request_endpoint",
        "revocation_endpoint_auth_methods_supported",
    ):  # fmt: skip
        assert member not in announced
    methods = announced["token_endpoint_auth_methods_supported"]
    assert not {"private_key_jwt", "client_secret_jwt"} & set(methods)
    # The twin: a node that writes announces and serves them.
    whole = writer.get("/.well-known/oauth-authorization-server").json
    assert "refresh_token" in whole["grant_types_supported"] and "revocation_endpoint" in whole
    refused = reader.token(shop.refreshing("x" * 43), shop.credential)
    expect.error(refused, "unsupported_grant_type", 400)
    signer = Signer(writer, tmp_path, "ES256", "edge-signs")
    expect.eventually(lambda: writer.token(asserting(signer.sign())).status == 200)
    expect.refused(lambda: reader.token(asserting(signer.sign())))
    token = expect.token(reader.token(shop.body, shop.credential))["access_token"]
    asked = {"client_id": shop.client_id, "token": token}
    revoked = reader.token(asked, shop.credential, target="/oauth2/revoke")
    expect.error(revoked, "temporarily_unavailable", 503)
    assert writer.token(asked, shop.credential, target="/oauth2/revoke").status == 200


def test_nothing_is_written(fleet, writer, reader, pki):
    caller = Caller(writer, pki, "unseen")
    issued_everywhere([reader], caller)
    position = fleet.psql("SELECT value FROM change_position")
    rows = "SELECT count(*) FROM certificate_sighting JOIN client ON client.id = client"
    for _ in range(20):
        expect.token(reader.token(caller.body, caller.credential))
    assert fleet.psql("SELECT value FROM change_position") == position
    assert "lacks rights" not in reader.log and "permission denied" not in reader.log, (
        reader.log, rows,
    )  # fmt: skip


def test_assertions_may_be_used_once_on_each_node(fleet, writer, roles, tmp_path):
    """`assertions.replay: node`: without a row, and after a kill too."""
    signer = Signer(writer, tmp_path, "ES256", "edge-node-signs")
    own = {**READ, "HANDFAST_ASSERTIONS_REPLAY": "node"}
    with node_as(fleet, "looks", **own) as one:
        methods = one.get("/.well-known/oauth-authorization-server").json
        assert "private_key_jwt" in methods["token_endpoint_auth_methods_supported"]
        expect.eventually(lambda: one.token(asserting(signer.sign())).status == 200)
        used = signer.sign()
        expect.token(one.token(asserting(used)))
        expect.refused(lambda: one.token(asserting(used)))
        one.kill()
        one.start()
        expect.refused(lambda: one.token(asserting(used)))
        expect.token(one.token(asserting(signer.sign())))
        # The limit: another node does not know of it.
        expect.token(writer.token(asserting(used)))


def test_a_partner_s_jwt_may_be_used_once_on_each_node(fleet, writer, roles, pki, tmp_path):
    """The same of authorization grants (RFC 7523 §2.1), which are not the client's own."""
    partner = Partner(writer, tmp_path, "node-partner", presenter(writer, pki, "presents"))
    own = {"HANDFAST_ASSERTIONS_REPLAY": "node"}

    def ask(node, assertion):
        form = {
            "grant_type": JWT_BEARER, "client_id": partner.caller.client_id,
            "assertion": assertion,
        }  # fmt: skip
        return node.token(form, partner.caller.credential)

    with fleet.node(env=own) as one:
        expect.eventually(lambda: ask(one, partner.sign()).status == 200)
        used = partner.sign()
        expect.token(ask(one, used))
        expect.error(ask(one, used), "invalid_grant")
        one.kill()
        one.start()
        expect.error(ask(one, used), "invalid_grant")
        expect.token(ask(one, partner.sign()))
        # The limit: another node does not know of it.
        expect.token(ask(writer, used))
        expect.error(ask(writer, used), "invalid_grant")
    # The twin: a node that only reads offers the grant in neither way.
    for more in ({}, own):
        with node_as(fleet, "looks", **READ, **more) as one:
            expect.error(ask(one, partner.sign()), "unsupported_grant_type", 400)


def test_a_role_without_rights_is_refused_at_the_start(fleet, writer, roles):
    said = node_as(fleet, "looks").refuses_to_start()
    assert "lacks rights" in said and "INSERT on client" in said, said
    assert "store.mode: read" in said
    said = node_as(fleet, "lacks").refuses_to_start()
    assert "lacks rights" in said and "DELETE on used_assertion" in said, said
    assert "INSERT" not in said
    fleet.psql("CREATE ROLE nothing LOGIN")
    said = node_as(fleet, "nothing", **READ).refuses_to_start()
    assert "may not" in said or "lacks rights" in said, said


def test_a_reader_needs_a_store_with_keys(cluster, fleet, tmp_path):
    cluster.psql("CREATE DATABASE keyless TEMPLATE template0")
    url = cluster.url("keyless")
    node = fleet.node(env={**READ, "HANDFAST_STORE_URL": url})
    said = node.refuses_to_start()
    assert "handfast store migrate" in said, said
    key = tmp_path / "keyless.key"
    handfast("store", "migrate", "--store", url, "--new-key-file", key)
    node.env["HANDFAST_STORE_KEY_FILE"] = str(key)
    assert "no keys of tokens" in node.refuses_to_start()


def test_the_start_warns_of_a_database_that_may_lose_writes(writer):
    expect.logged(writer, "synchronous_standby_names", "fsync is off")
