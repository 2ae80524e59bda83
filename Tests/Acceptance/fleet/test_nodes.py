# SPDX-License-Identifier: Apache-2.0
"""Nodes that share a store in PostgreSQL: what one is told, all know."""

import base64
import json
import subprocess

import expect
import jwt
from assertions import assertion_claims, asserting
from oauth import CC
from parties import Caller, ResourceServer
from postgres import issued_everywhere, switched_in_turns


def test_a_client_gets_the_same_tokens_of_every_node(nodes, pki):
    one, two = nodes
    caller = Caller(one, pki, "everywhere", "--scope", "read")
    issued_everywhere(nodes, caller)
    assert one.get("/oauth2/jwks").body == two.get("/oauth2/jwks").body
    for node in nodes:
        token = expect.token(node.token(caller.body, caller.credential))["access_token"]
        claims = expect.verified(token, two.address, issuer=one.url)
        assert claims["client_id"] == caller.client_id
    # The twin: somebody else's certificate.
    other = pki.self_signed("nobody", "p256")
    for node in nodes:
        expect.refused(lambda n=node: n.token(caller.body, other))


def test_each_node_counts_a_rate_for_itself(nodes, pki):
    caller = Caller(nodes[0], pki, "counted")
    issued_everywhere(nodes, caller)
    caller.update("--rate", "3/3600")
    for node in nodes:
        expect.eventually(lambda n=node: n.token(caller.body, caller.credential).status == 429)
        expect.error(node.token(caller.body, caller.credential), "slow_down", 429)
    caller.update("--rate", "default")
    issued_everywhere(nodes, caller)
    # Another client's, which only one node has seen by now.
    other = Caller(nodes[0], pki, "counted-too", "--rate", "3/3600")
    answers = [nodes[0].token(other.body, other.credential).status for _ in range(5)]
    assert answers[-1] == 429
    expect.eventually(lambda: nodes[1].token(other.body, other.credential).status != 401)
    answers = [nodes[1].token(other.body, other.credential).status for _ in range(5)]
    assert answers.count(200) == 2 and answers[-1] == 429


def test_every_node_reads_what_another_sealed(nodes, pki):
    one, two = nodes
    caller = Caller(one, pki, "sealed", "--token-format", "sealed")
    api = ResourceServer(one, pki, "reader")
    issued_everywhere(nodes, caller)
    issued_everywhere(nodes, api)
    for node, other in ((one, two), (two, one)):
        token = expect.token(node.token(caller.body, caller.credential))["access_token"]
        asked = {"client_id": api.client_id, "token": token}
        answer = other.token(asked, api.credential, target="/oauth2/introspect")
        assert expect.active(answer)["client_id"] == caller.client_id
        # The twin: one bit of it is another.
        broken = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
        asked["token"] = broken
        answer = other.token(asked, api.credential, target="/oauth2/introspect")
        expect.inactive(answer)


def test_a_change_is_in_force_on_every_node_within_a_second(nodes, pki):
    one, two = nodes
    caller = Caller(one, pki, "switched")
    issued_everywhere(nodes, caller)
    switched_in_turns(nodes, caller, 10)


def test_changes_of_all_nodes_make_one_audit(nodes, pki):
    for turn, node in enumerate(nodes * 3):
        node.add_client(f"audited-{turn}", "--auth-method", "client_secret_basic")
    assert nodes[0].handfast("audit", "verify").stdout.startswith("whole:")
    listed = nodes[1].handfast("audit", "list", "--json").stdout
    assert all(f"audited-{turn}" in listed for turn in range(6))


def test_a_change_made_without_a_command_is_in_force_too_and_breaks_no_audit(nodes, fleet, pki):
    """Triggers write the change log: whoever changes a row is heard."""
    caller = Caller(nodes[0], pki, "by-hand")
    issued_everywhere(nodes, caller)
    fleet.psql("UPDATE client SET enabled = false WHERE client_id = '" + caller.client_id + "'")
    for node in nodes:
        expect.everywhere(lambda n=node: n.token(caller.body, caller.credential), 401)
    assert nodes[0].handfast("audit", "verify").stdout.startswith("whole:")
    # The twin: a row of the audit that was changed by hand shows.
    fleet.psql("UPDATE audit SET author = 'command:mallory' WHERE sequence = 1")
    done = nodes[0].handfast("audit", "verify", check=False)
    assert done.returncode != 0 and "1" in done.stdout + done.stderr
    fleet.psql("UPDATE audit SET author = 'command:root' WHERE sequence = 1", check=False)


def test_a_dump_signs_nothing_and_opens_nothing(nodes, fleet, tmp_path):
    kept = fleet.psql("SELECT kind, encode(material, 'base64') FROM server_key ORDER BY kind")
    materials = [base64.b64decode(line.split("|")[1]) for line in _joined(kept)]
    assert len(materials) >= 2
    for material in materials:
        file = tmp_path / "stolen"
        file.write_bytes(material)
        done = subprocess.run(
            ["openssl", "pkey", "-inform", "DER", "-in", file, "-noout"], capture_output=True
        )
        assert done.returncode != 0
    dump = fleet.cluster.dump(fleet.name)
    for key in fleet.key.read_text().split():
        assert key.encode() not in dump and bytes.fromhex(key) not in dump
    assert b"BEGIN PRIVATE KEY" not in dump
    # A node with another key file does not start with what is there.
    stranger = fleet.node()
    other = tmp_path / "other.key"
    other.write_text("ab" * 32 + "\n")
    stranger.env["HANDFAST_STORE_KEY_FILE"] = str(other)
    assert "wrapped under a key" in stranger.refuses_to_start()


def _joined(text):
    """psql breaks Base64 into lines, which begin with no kind."""
    rows = []
    for line in text.splitlines():
        if "|" in line:
            rows.append(line)
        else:
            rows[-1] += line
    return rows


def test_the_secret_of_an_assertion_s_key_is_wrapped_too(nodes, fleet):
    added = nodes[0].add_client(
        "signs", "--auth-method", "client_secret_jwt", "--grant-types", "client_credentials",
        "--no-bound-tokens",
    )  # fmt: skip
    secret = added["client_secret"]
    assert secret.encode() not in fleet.cluster.dump(fleet.name)

    def ask(node, key):
        claims = assertion_claims(added["client_id"], nodes[0].url)
        return node.token(asserting(jwt.encode(claims, key, "HS256")))

    for node in nodes:
        expect.eventually(lambda n=node: ask(n, secret).status == 200)
        expect.error(ask(node, secret[::-1]), "invalid_client")
    # One that was changed in the database opens nothing, and the client is refused.
    fleet.psql("UPDATE client SET shared_secret = reverse(shared_secret) WHERE name = 'signs'")
    for node in nodes:
        expect.everywhere(lambda n=node: ask(n, secret), 401)
    fleet.psql("DELETE FROM client WHERE name = 'signs'")


def test_an_idle_administrator_stops_nobody(nodes, fleet, pki):
    caller = Caller(nodes[0], pki, "locked")
    other = Caller(nodes[0], pki, "free", "--auth-method", "self_signed_tls_client_auth")
    issued_everywhere(nodes, caller)
    with fleet.cluster.session(fleet.name) as session:
        row = f"WHERE client_id = '{caller.client_id}'"
        session.stdin.write(f"BEGIN; UPDATE client SET name = name {row};\n")
        session.stdin.flush()
        expect.eventually(lambda: "idle in transaction" in fleet.psql(
            "SELECT string_agg(state, ',') FROM pg_stat_activity"
        ))
        # Tokens need no row; another client's change is made; the locked one is refused in time.
        for node in nodes:
            expect.token(node.token(caller.body, caller.credential))
        done = nodes[0].handfast("client", "disable", "locked", check=False)
        assert done.returncode == 1 and "busy" in done.stderr
        nodes[0].handfast("client", "disable", "free")
        for node in nodes:
            expect.everywhere(lambda n=node: n.token(other.body, other.credential), 401)
        session.stdin.close()
        session.wait(10)
    nodes[0].handfast("client", "disable", "locked")
    for node in nodes:
        expect.everywhere(lambda n=node: n.token(caller.body, caller.credential), 401)


def test_a_killed_node_takes_only_its_own_connections_along(fleet, nodes, pki):
    caller = Caller(nodes[0], pki, "survivor")
    issued_everywhere(nodes, caller)
    third = fleet.node().start()
    with nodes[0].connect(caller.credential) as kept:
        expect.token(kept.token(caller.body))
        third.kill()
        for _ in range(20):
            expect.token(kept.token(caller.body))
    again = fleet.node(port=third.port)
    with again:
        expect.eventually(lambda: again.token(caller.body, caller.credential).status == 200)


def test_the_metadata_of_nodes_is_one(nodes):
    documents = [
        json.loads(node.get("/.well-known/oauth-authorization-server").body) for node in nodes
    ]
    assert documents[0] == documents[1]
    assert documents[0]["issuer"] == nodes[0].url
    assert nodes[1].token(CC).status in (400, 401)
