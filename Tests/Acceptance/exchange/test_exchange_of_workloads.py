# SPDX-License-Identifier: Apache-2.0
"""Token exchange (RFC 8693) of the tokens that workloads get with their X.509-SVIDs."""

import pytest

import expect
from exchanges import ACCESS_TOKEN, EXCHANGE, GATEWAY, PASSWORD, USER, Gateway, Web
from oauth import CC
from workloads import accepted, add, mesh_server

BILLING = "spiffe://example.org/ns/pay/billing"


@pytest.fixture(scope="module")
def server(tmp_path_factory, domain):
    with mesh_server(tmp_path_factory.mktemp("mesh"), domain) as running:
        running.add_user(USER, PASSWORD)
        yield running


@pytest.fixture(scope="module")
def billing(server, domain):
    """A workload whose tokens are for the gateway: its client_id and its certificate."""
    client_id = add(
        server, "billing", BILLING, "mesh", "--grant-types", "client_credentials,token_exchange",
        "--scope", "read write", "--audience", GATEWAY, "--no-bound-tokens",
    )  # fmt: skip
    svid = domain.svid("/ns/pay/billing")
    accepted(server, client_id, svid)
    return client_id, svid


@pytest.fixture(scope="module")
def of_billing(server, billing):
    """A token of the workload for the gateway."""
    client_id, svid = billing
    answer = server.token({**CC, "client_id": client_id, "resource": GATEWAY}, svid)
    return expect.token(answer)["access_token"]


def test_a_workload_narrows_its_own_token(server, billing, of_billing, domain):
    client_id, svid = billing
    form = {
        "grant_type": EXCHANGE, "client_id": client_id, "subject_token": of_billing,
        "subject_token_type": ACCESS_TOKEN, "scope": "read",
    }  # fmt: skip
    claims = expect.verified(
        expect.token(server.token(form, svid))["access_token"], server.address, audience=GATEWAY
    )
    assert (claims["sub"], claims["client_id"]) == (BILLING, client_id)
    assert claims["scope"] == "read" and "act" not in claims
    assert claims["cnf"]["x5t#S256"] == svid.thumbprint
    # Its twin: with the certificate of a sibling the workload is not the caller.
    expect.error(server.token(form, domain.svid("/ns/pay/other")), "invalid_client")


def test_a_workload_s_own_token_goes_on_with_its_next_certificate(server, domain):
    """Tokens are bound where nothing else is said, and SVIDs change every few minutes."""
    client_id = add(
        server, "renewed", "spiffe://example.org/renewed/*", "mesh", "--grant-types",
        "client_credentials,token_exchange", "--scope", "read",
    )  # fmt: skip
    svid, later = domain.svid("/renewed/a"), domain.svid("/renewed/a")
    accepted(server, client_id, svid)
    form = {
        "grant_type": EXCHANGE, "client_id": client_id, "subject_token_type": ACCESS_TOKEN,
        "subject_token": expect.token(server.token({**CC, "client_id": client_id}, svid))[
            "access_token"
        ],
    }  # fmt: skip
    claims = expect.verified(
        expect.token(server.token(form, later))["access_token"], server.address
    )
    assert claims["cnf"]["x5t#S256"] == later.thumbprint and "act" not in claims
    # Its twin: a sibling of the same pattern.
    expect.error(server.token(form, domain.svid("/renewed/b")), "invalid_request")


@pytest.mark.parametrize("options", [(), ("--exchange-bound-tokens",)], ids=["", "bound tokens"])
def test_siblings_of_one_registration_are_not_one_another(server, domain, options):
    name = "fleet-bound" if options else "fleet"
    client_id = add(
        server, name, f"spiffe://example.org/{name}/*", "mesh", "--grant-types",
        "client_credentials,token_exchange", "--scope", "read", *options,
        *(() if options else ("--no-bound-tokens",)),
    )  # fmt: skip
    svid, sibling = domain.svid(f"/{name}/a"), domain.svid(f"/{name}/b")
    accepted(server, client_id, svid)
    token = expect.token(server.token({**CC, "client_id": client_id}, svid))["access_token"]
    form = {
        "grant_type": EXCHANGE, "client_id": client_id, "subject_token": token,
        "subject_token_type": ACCESS_TOKEN,
    }  # fmt: skip
    expect.error(server.token(form, sibling), "invalid_request")
    theirs = expect.token(server.token({**CC, "client_id": client_id}, sibling))["access_token"]
    acting = {"actor_token": token, "actor_token_type": ACCESS_TOKEN}
    expect.error(
        server.token({**form, "subject_token": theirs, **acting}, sibling), "invalid_request"
    )
    # Its twin: the workload itself, with the certificate that it has by now.
    renewed = domain.svid(f"/{name}/a")
    claims = expect.verified(
        expect.token(server.token(form, renewed))["access_token"], server.address
    )
    assert claims["sub"] == f"spiffe://example.org/{name}/a"
    assert claims["cnf"]["x5t#S256"] == renewed.thumbprint


def test_a_user_s_token_is_that_of_the_workload_that_got_it(server, domain):
    """A sibling exchanges it as other clients do: for an audience of its own, with an `act`."""
    client_id = add(
        server, "crew", "spiffe://example.org/crew/*", "mesh", "--grant-types",
        "client_credentials,password,token_exchange", "--scope", "read", "--audience", GATEWAY,
        "--audience", "https://orders.example", "--exchange-bound-tokens",
    )  # fmt: skip
    svid, sibling = domain.svid("/crew/a"), domain.svid("/crew/b")
    accepted(server, client_id, svid)
    user = {"grant_type": "password", "username": USER, "password": PASSWORD}
    answer = server.token({**user, "client_id": client_id, "resource": GATEWAY}, svid)
    form = {
        "grant_type": EXCHANGE, "client_id": client_id, "subject_token_type": ACCESS_TOKEN,
        "subject_token": expect.token(answer)["access_token"],
    }  # fmt: skip
    own = expect.verified(
        expect.token(server.token(form, svid))["access_token"], server.address, audience=GATEWAY
    )
    assert own["cnf"]["x5t#S256"] == svid.thumbprint and "act" not in own
    expect.error(server.token(form, sibling), "invalid_request")
    server.handfast("client", "update", "crew", "--own-audience", GATEWAY)
    expect.eventually(lambda: server.token(form, sibling).status == 200)
    claims = expect.verified(
        expect.token(server.token({**form, "audience": GATEWAY}, sibling))["access_token"],
        server.address, audience=GATEWAY,
    )  # fmt: skip
    assert claims["cnf"]["x5t#S256"] == sibling.thumbprint
    assert claims["sub"] == own["sub"] and claims["act"]["sub"] == client_id


@pytest.mark.parametrize("mode", ["delegate", "impersonate"])
def test_the_token_of_a_workload_is_none_for_another_client(server, of_billing, pki, mode):
    gateway = Gateway(server, pki, f"gateway-{mode}", "--exchange", mode)
    web = Web(server, pki, f"web-{mode}")
    # Its twin: that of a client whose name is its subject, with the same audience.
    gateway.exchanged(web.for_itself())
    before = len(server.stderr)
    expect.error(gateway.exchange(of_billing), "invalid_request")
    expect.eventually(
        lambda: any('"check":"subject-token-party"' in line for line in server.stderr[before:])
    )


def test_a_workload_exchanges_a_token_that_is_for_it(server, domain, pki):
    """As an actor it is its client: a SPIFFE ID is a subject, never an actor."""
    web = Web(server, pki, "web-of-workload")
    client_id = add(
        server, "shop", "spiffe://example.org/shop/*", "mesh", "--grant-types",
        "client_credentials,token_exchange", "--scope", "read", "--own-audience", GATEWAY,
        "--audience", "https://orders.example",
    )  # fmt: skip
    svid = domain.svid("/shop/one")
    accepted(server, client_id, svid)
    form = {
        "grant_type": EXCHANGE, "client_id": client_id, "subject_token_type": ACCESS_TOKEN,
        "subject_token": web.for_itself(),
    }  # fmt: skip
    claims = expect.verified(
        expect.token(server.token(form, svid))["access_token"], server.address,
        audience="https://orders.example",
    )  # fmt: skip
    assert claims["sub"] == web.client_id and claims["act"]["sub"] == client_id
    assert claims["cnf"]["x5t#S256"] == svid.thumbprint
    # Its twin: a workload of the same client whose token is not for it.
    other = web.for_itself(resource="https://api.example")
    expect.error(server.token({**form, "subject_token": other}, svid), "invalid_request")
