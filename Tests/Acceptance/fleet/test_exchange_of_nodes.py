# SPDX-License-Identifier: Apache-2.0
"""Token exchange on nodes: revocations by others, the database away, a node that only reads."""

import time

import expect
import pytest
from exchanges import PASSWORD, USER, Gateway, Web
from oauth import REVOCATION
from postgres import issued_everywhere


@pytest.fixture(scope="module")
def parties(nodes, pki):
    nodes[0].handfast("user", "add", USER, "--password-stdin", text_input=PASSWORD + "\n")
    web = Web(nodes[0], pki, "web-of-nodes")
    gateway = Gateway(nodes[0], pki, "gateway-of-nodes")
    impersonator = Gateway(nodes[0], pki, "impersonator-of-nodes", "--exchange", "impersonate")
    for caller in (web, gateway, impersonator):
        issued_everywhere(nodes, caller)
    return web, gateway, impersonator


def exchanged(node, caller, token):
    return node.token(caller.form(token), caller.credential)


def test_what_one_node_has_revoked_another_does_not_exchange(nodes, parties):
    web, gateway, _ = parties
    token, other = web.for_user(), web.for_user()
    expect.token(exchanged(nodes[1], gateway, token))
    asked = {"client_id": web.client_id, "token": token}
    assert nodes[0].token(asked, web.credential, target=REVOCATION).status == 200
    expect.eventually(lambda: exchanged(nodes[1], gateway, token).status == 400)
    expect.error(exchanged(nodes[1], gateway, token), "invalid_request")
    expect.token(exchanged(nodes[1], gateway, other))


def test_a_user_who_is_disabled_is_on_every_node(nodes, parties):
    web, gateway, _ = parties
    token = web.for_user()
    expect.token(exchanged(nodes[1], gateway, token))
    nodes[0].handfast("user", "disable", USER)
    try:
        expect.eventually(lambda: exchanged(nodes[1], gateway, token).status == 400)
        expect.error(exchanged(nodes[1], gateway, token), "invalid_request")
    finally:
        nodes[0].handfast("user", "enable", USER)


def test_an_impersonation_on_any_node_is_in_the_one_audit(nodes, parties):
    web, _, impersonator = parties
    token = web.for_itself()
    for node in nodes:
        expect.token(exchanged(node, impersonator, token))
    listed = nodes[0].handfast("audit", "list", "--action", "impersonate").stdout
    assert listed.count(web.client_id) >= len(nodes)
    assert nodes[1].handfast("audit", "verify").stdout.startswith("whole:")


def test_while_the_database_is_away_delegation_goes_on_and_impersonation_does_not(
    cluster, nodes, parties
):
    web, gateway, impersonator = parties
    token = web.for_itself()
    cluster.freeze()
    try:
        for node in nodes:
            expect.token(exchanged(node, gateway, token))
            began = time.monotonic()
            answer = exchanged(node, impersonator, token)
            expect.error(answer, "temporarily_unavailable", 503)
            assert int(answer.header("retry-after")) >= 1
            # The promise is two seconds; a busy machine may take longer.
            assert time.monotonic() - began < 2 * expect.PATIENCE
            expect.token(exchanged(node, gateway, token))
    finally:
        cluster.thaw()
    for node in nodes:
        expect.eventually(
            lambda n=node: exchanged(n, impersonator, token).status == 200, within=5
        )


def test_a_node_that_only_reads_delegates_and_does_not_impersonate(fleet, nodes, parties):
    web, gateway, impersonator = parties
    fleet.psql("CREATE ROLE peeks LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO peeks")
    url = fleet.cluster.url(fleet.name, "peeks")
    reader = fleet.node(env={"HANDFAST_STORE_URL": url, "HANDFAST_STORE_MODE": "read"})
    token = web.for_itself()
    with reader:
        expect.token(exchanged(reader, gateway, token))
        answer = exchanged(reader, impersonator, token)
        expect.error(answer, "temporarily_unavailable", 503)
        assert expect.token(exchanged(nodes[0], impersonator, token))
