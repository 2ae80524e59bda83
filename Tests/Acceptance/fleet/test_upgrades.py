# SPDX-License-Identifier: Apache-2.0
"""A node beside those of the next release: the store is one expansion ahead of it.

There is no release before this one to build yet: the expansion stands in for the next one's.
"""

import expect
import pytest
from grants import Shop
from parties import Caller
from postgres import issued_everywhere, switched_in_turns

pytestmark = pytest.mark.waiting

PASSWORD = "correct horse"
TABLES = (
    "client", "client_certificate", "client_authority", "certificate", '"user"', "trust_set",
    "server_key", "admin_token", "authorization_code", "refresh_family", "pushed_request",
    "revoked_token", "used_assertion", "audit", "change", "wrapped_secret", "trusted_issuer",
)  # fmt: skip

# Columns with a default, a table with a trigger of its own, an entry of the change log and a
# secret that only the next release knows, a key for an algorithm of later.
EXPANSION = (
    "".join(f"ALTER TABLE {table} ADD COLUMN later TEXT DEFAULT 'later';" for table in TABLES)
    + "CREATE TABLE gadget (name TEXT PRIMARY KEY);"
    "GRANT SELECT ON gadget TO PUBLIC;"
    "CREATE FUNCTION gadget_logged() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM handfast_log('gadget', NEW.name); RETURN NULL; END $$;"
    "CREATE TRIGGER gadget_logged AFTER INSERT ON gadget"
    " FOR EACH ROW EXECUTE FUNCTION gadget_logged();"
    "INSERT INTO gadget VALUES ('one');"
    "INSERT INTO wrapped_secret (name, material) SELECT 'zz-later', material FROM wrapped_secret"
    " WHERE name = 'audit';"
    "ALTER TABLE server_key DROP CONSTRAINT server_key_kind_check;"
    "INSERT INTO server_key (key_id, kind, material, created_at, active_from)"
    " SELECT 'zz-later', 'ML-DSA-44', material, created_at, active_from FROM server_key LIMIT 1;"
    "UPDATE handfast_schema SET version = version + 1"
)


@pytest.fixture(scope="module")
def shop(nodes, pki):
    nodes[0].handfast("user", "add", "ann", "--password-stdin", text_input=PASSWORD + "\n")
    one = Shop(nodes[0], pki, "shop", "--refresh-rotation", "on")
    issued_everywhere(nodes, one)
    return one


def log_in(node, shop):
    answer = node.token(shop.logging_in("ann", PASSWORD), shop.credential)
    return expect.token(answer)["refresh_token"]


def works(nodes, shop, pki, name):
    """Tokens, changes on every node, rows."""
    issued_everywhere(nodes, shop)
    switched_in_turns(nodes, shop, 2)
    caller = Caller(nodes[0], pki, name)
    issued_everywhere(nodes, caller)
    nodes[1].handfast("client", "remove", name)
    for node in nodes:
        expect.everywhere(lambda n=node: n.token(caller.body, caller.credential), 401)
    token = log_in(nodes[0], shop)
    expect.token(nodes[1].token(shop.refreshing(token), shop.credential))


def test_a_node_goes_on_beside_the_next_release(cluster, fleet, nodes, shop, pki):
    works(nodes, shop, pki, "before")
    token = log_in(nodes[0], shop)
    fleet.psql(EXPANSION)
    works(nodes, shop, pki, "after")
    expect.token(nodes[1].token(shop.refreshing(token), shop.credential))
    # Restarted, and started from its snapshot.
    for node in nodes:
        node.stop()
        node.start()
    works(nodes, shop, pki, "restarted")
    nodes[0].kill()
    cluster.freeze()
    try:
        nodes[0].start()
        expect.token(nodes[0].token(shop.body, shop.credential))
    finally:
        cluster.thaw()
    expect.eventually(lambda: nodes[0].get("/ready").json == {"state": "full"}, within=5)
    works(nodes, shop, pki, "snapshot")
    published = {key["kid"] for key in nodes[0].get("/oauth2/jwks").json["keys"]}
    assert "zz-later" not in published
    assert nodes[0].handfast("audit", "verify").stdout.startswith("whole:")
    # The twin: a step that takes something away is refused, with the reason.
    fleet.psql("UPDATE handfast_schema SET compatible_from = version")
    assert "use a newer version" in fleet.node().refuses_to_start()
