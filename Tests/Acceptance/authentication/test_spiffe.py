# SPDX-License-Identifier: Apache-2.0
"""Workloads with X.509-SVIDs (spiffe_x509): who they are, and what their certificates prove."""

import json
import re
import time

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

import expect
from administrator import Administrator
from oauth import CC, INTROSPECTION, WELL_KNOWN
from pairs import pair, pair_yaml
from server import Server, free_port
from spire import Authority, TrustDomain
from wire import Connection
from workloads import accepted, add, add_set, ask, mesh_server, refused, spiffe_server


@pytest.fixture(scope="module")
def mesh(tmp_path_factory, domain, ca):
    """A server with the trust set of the trust domain, by its bundle's file."""
    with mesh_server(tmp_path_factory.mktemp("mesh"), domain, ca) as server:
        yield server


# Names


@pytest.mark.smoke
def test_a_workload_is_named_by_its_client_id_or_by_its_spiffe_id(mesh, domain):
    client_id = add(mesh, "billing", "spiffe://example.org/ns/pay/billing")
    svid, other = domain.svid("/ns/pay/billing"), domain.svid("/ns/pay/other")
    for name in (client_id, "spiffe://example.org/ns/pay/billing"):
        claims = accepted(mesh, name, svid)
        assert claims["client_id"] == client_id
        assert claims["sub"] == "spiffe://example.org/ns/pay/billing"
        assert claims["cnf"]["x5t#S256"] == svid.thumbprint
    refused(mesh, client_id, other, "spiffe-id-mismatch")
    refused(mesh, "spiffe://example.org/ns/pay/billing", other, "spiffe-id-mismatch")
    refused(mesh, "spiffe://example.org/ns/pay/other", other, "client-unknown")
    # Each new certificate of the workload is as good.
    assert accepted(mesh, client_id, domain.svid("/ns/pay/billing"))["client_id"] == client_id


def test_the_exact_id_comes_first_then_the_longest_prefix(mesh, domain):
    names = ["all", "near", "far", "exact"]
    patterns = ["/t/*", "/t/a/*", "/t/a/b/*", "/t/a/b/c"]
    svid = domain.svid("/t/a/b/c")
    ids = {}
    for name, pattern in zip(names, patterns, strict=True):
        ids[name] = add(mesh, f"t-{name}", f"spiffe://example.org{pattern}")
        # The closest of those that there are by now.
        expect.eventually(
            lambda name=name: accepted(mesh, "spiffe://example.org/t/a/b/c", svid)["client_id"]
            == ids[name],
            within=4,
        )
    # None of them switches another one off.
    for name in names:
        claims = accepted(mesh, ids[name], svid)
        assert claims["client_id"] == ids[name] and claims["sub"].endswith("/t/a/b/c")
    deep = accepted(mesh, "spiffe://example.org/t/x/y/z", domain.svid("/t/x/y/z"))
    assert deep["client_id"] == ids["all"]
    mesh.handfast("client", "disable", "t-exact")
    expect.eventually(
        lambda: ask(mesh, "spiffe://example.org/t/a/b/c", svid).status == 401, within=4
    )
    assert accepted(mesh, ids["far"], svid)["client_id"] == ids["far"]


@pytest.fixture(scope="module")
def sibling(mesh, domain):
    """The client of a workload that has siblings."""
    client_id = add(mesh, "sibling", "spiffe://example.org/s/a")
    accepted(mesh, client_id, domain.svid("/s/a"))
    return client_id


@pytest.mark.parametrize("path", ["/s/ab", "/s/a/b", "/sa", "/S/a"])
def test_a_sibling_is_another_workload(mesh, domain, sibling, path):
    refused(mesh, sibling, domain.svid(path), "spiffe-id-mismatch")
    uris = ["spiffe://example.org/s/a", f"spiffe://example.org{path}"]
    for both in (uris, uris[::-1]):
        refused(mesh, sibling, domain.svid("", uris=both), "svid")
    # Names of other kinds are nobody's business.
    accepted(mesh, sibling, domain.svid("/s/a", dns=["a.example.org", "b.example.org"]))


# Certificates


@pytest.mark.parametrize(
    "options",
    [
        {}, {"subject": ()}, {"purposes": None}, {"usages": ("digital_signature",)},
        {"purposes": (Purpose.CLIENT_AUTH,)},
    ],
    ids=["plain", "no subject", "no purpose", "signatures alone", "clientAuth alone"],
)  # fmt: skip
def test_svids_that_are_taken(mesh, domain, options, request):
    path = "/taken/" + request.node.callspec.id.replace(" ", "-")
    client_id = add(mesh, path.replace("/", "-")[1:], f"spiffe://example.org{path}")
    accepted(mesh, client_id, domain.svid(path, **options))


@pytest.fixture(scope="module")
def refusing(mesh, domain):
    """A client for which the shortest and the longest ID are good."""
    client_id = add(mesh, "refusing", "spiffe://example.org/r/*")
    accepted(mesh, client_id, domain.svid("/r/a"))
    longest = "/r/" + "a" * (2048 - len("spiffe://example.org/r/"))
    accepted(mesh, client_id, domain.svid(longest))
    return client_id


@pytest.mark.parametrize(
    ("options", "check"),
    [
        ({"uris": []}, "svid"),
        ({"uris": [], "dns": ["a.example.org"]}, "svid"),
        ({"uris": ["spiffe://example.org"]}, "svid"),
        ({"uris": ["spiffe://example.org/r/"]}, "svid"),
        ({"uris": ["spiffe://example.org:443/r/a"]}, "svid"),
        ({"uris": ["spiffe://me@example.org/r/a"]}, "svid"),
        ({"uris": ["spiffe://example.org/r/a?b"]}, "svid"),
        ({"uris": ["spiffe://example.org/r/a#b"]}, "svid"),
        ({"uris": ["spiffe://example.org/r/%61"]}, "svid"),
        ({"uris": ["spiffe://example.org/r//a"]}, "svid"),
        ({"uris": ["spiffe://example.org/r/./a"]}, "svid"),
        ({"uris": ["spiffe://example.org/x/../r/a"]}, "svid"),
        ({"uris": ["https://example.org/r/a"]}, "svid"),
        ({"uris": ["spiffe://example.org/r/" + "a" * 2026]}, "svid"),  # 2,049 bytes
        ({"subject": (), "san_is_critical": False}, "svid"),
        ({"is_ca": True}, "svid"),
        ({"usages": ("key_encipherment",)}, "svid"),
        ({"usages": ("digital_signature", "key_cert_sign")}, "svid"),
        ({"usages": None}, "svid"),
        ({"purposes": (Purpose.SERVER_AUTH,)}, "svid"),
        ({"start": -7200, "seconds": -3600}, "chain-refused"),
        ({"domain": "other.example"}, "spiffe-id-mismatch"),
        ({"authority": Authority("example.org")}, "chain-refused"),
    ],
)
def test_certificates_that_are_refused(mesh, domain, refusing, options, check):
    refused(mesh, refusing, domain.svid("/r/a", **options), check)


def test_a_chain_through_an_intermediate_of_the_trust_domain(mesh, domain):
    client_id = add(mesh, "nested", "spiffe://example.org/nested")
    between = Authority(domain.domain, parent=domain.authorities[-1])
    accepted(mesh, client_id, domain.svid("/nested", authority=between, chain=[between]))
    refused(mesh, client_id, domain.svid("/nested", authority=between), "chain-refused")


def test_two_trust_domains_with_one_path(mesh, domain, tmp_path):
    other = TrustDomain(tmp_path / "other", "10.0.0.1")
    add_set(mesh, "other", other.domain, other.write())
    ours = add(mesh, "twin-ours", "spiffe://example.org/twin")
    theirs = add(mesh, "twin-theirs", "spiffe://10.0.0.1/twin", "other")
    assert accepted(mesh, ours, domain.svid("/twin"))["sub"] == "spiffe://example.org/twin"
    claims = accepted(mesh, "spiffe://10.0.0.1/twin", other.svid("/twin"))
    assert (claims["client_id"], claims["sub"]) == (theirs, "spiffe://10.0.0.1/twin")
    refused(mesh, ours, other.svid("/twin"), "spiffe-id-mismatch")
    refused(mesh, theirs, domain.svid("/twin"), "spiffe-id-mismatch")
    # The other server signs what it has no right to.
    for name, victim in ((ours, "example.org"), (theirs, "10.0.0.1")):
        signer = other if victim == "example.org" else domain
        refused(mesh, name, signer.svid("/twin", domain=victim), "chain-refused")


# Tokens, and what is known of workloads


def test_a_token_is_the_workloads_for_as_long_as_its_client_is_for_its_id(mesh, domain):
    client_id = add(mesh, "seen", "spiffe://example.org/seen/*", "mesh", "--token-format", "sealed")
    svid = domain.svid("/seen/a")
    accepting = lambda: ask(mesh, client_id, svid).status == 200  # noqa: E731
    expect.eventually(accepting, within=4)
    token = expect.token(ask(mesh, client_id, svid))["access_token"]

    def introspected(named, credential):
        form = {"token": token, "client_id": named}
        return mesh.token(form, credential, target=INTROSPECTION).json

    seen = introspected(client_id, svid)
    assert (seen["active"], seen["sub"]) == (True, "spiffe://example.org/seen/a")
    assert seen["client_id"] == client_id
    mesh.handfast("client", "update", "seen", "--spiffe-id", "spiffe://example.org/seen/b")
    other = domain.svid("/seen/b")
    assert ask(mesh, client_id, other).status == 200
    expect.eventually(lambda: introspected(client_id, other) == {"active": False}, within=4)


def test_uses_are_of_spiffe_ids_and_not_of_certificates(mesh, domain):
    client_id = add(mesh, "used", "spiffe://example.org/used/*")
    for _ in range(3):
        accepted(mesh, client_id, domain.svid("/used/a"))
    accepted(mesh, "spiffe://example.org/used/b", domain.svid("/used/b"))

    def listed():
        done = mesh.handfast("client", "certificate", "list", "used", "--json")
        return json.loads(done.stdout)["spiffe_ids"]

    expect.eventually(lambda: len(listed()) == 2, within=10)
    assert {one["spiffe_id"] for one in listed()} == {
        "spiffe://example.org/used/a", "spiffe://example.org/used/b"
    }  # fmt: skip
    assert all(one["first_seen"] <= one["last_seen"] for one in listed())
    text = mesh.handfast("client", "certificate", "list", "used").stdout
    assert len(re.findall("spiffe://", text)) == 2
    assert json.loads(mesh.handfast("client", "show", "used", "--json").stdout)["spiffe_id"]


def test_a_refresh_token_is_of_one_workload_of_its_client(mesh, domain):
    mesh.handfast(
        "user", "add", "spiffe-ann", "--password-stdin", text_input="a password of hers"
    )
    client_id = mesh.add_client(
        "refreshing", "--auth-method", "spiffe_x509", "--trust-set", "mesh",
        "--spiffe-id", "spiffe://example.org/refresh/*", "--grant-types", "password,refresh_token",
    )["client_id"]  # fmt: skip
    one, other = domain.svid("/refresh/a"), domain.svid("/refresh/b")
    form = {
        "grant_type": "password", "username": "spiffe-ann", "password": "a password of hers",
        "client_id": client_id,
    }  # fmt: skip
    expect.eventually(lambda: mesh.token(form, one).status == 200, within=4)
    answer = expect.token(mesh.token(form, one))
    assert expect.verified(answer["access_token"], mesh.address)["sub"] == "user:spiffe-ann"
    refresh = {
        "grant_type": "refresh_token", "refresh_token": answer["refresh_token"],
        "client_id": client_id,
    }  # fmt: skip
    expect.error(mesh.token(refresh, other), "invalid_grant")
    # The workload goes on with its next certificate.
    expect.token(mesh.token(refresh, domain.svid("/refresh/a")))


# Switches


def test_the_method_is_off_unless_it_is_switched_on(fresh, domain, mesh):
    member = "token_endpoint_auth_methods_supported"
    assert "spiffe_x509" in mesh.get(WELL_KNOWN).json[member]
    with fresh() as server:
        assert "spiffe_x509" not in server.get(WELL_KNOWN).json[member]
        add_set(server, "mesh", domain.domain, domain.write())
        client_id = add(server, "off", "spiffe://example.org/off")
        expect.eventually(lambda: client_id in server.handfast("client", "list").stdout)
        time.sleep(1)
        refused(server, client_id, domain.svid("/off"), "method-switched-off")
        refused(server, "spiffe://example.org/off", domain.svid("/off"), "client-unknown")


@pytest.mark.parametrize("profile", ["fapi1", "fapi2"])
def test_no_fapi_listener_takes_it(tmp_path, domain, profile):
    port, standard = free_port(), free_port()
    (tmp_path / "server.yaml").write_text(
        pair_yaml(rsa=pair(tmp_path, "rsa", "rsa2048"))
        + f"""
listeners:
  main: {{address: "127.0.0.1:{port}", profile: {profile}}}
  standard: {{address: "127.0.0.1:{standard}"}}
authentication: {{spiffe_x509: true}}
"""
    )
    with Server(
        tmp_path / "data", ["--config", tmp_path / "server.yaml"], port=port, flags=False
    ) as server:
        add_set(server, "mesh", domain.domain, domain.write())
        client_id, svid = add(server, "off", "spiffe://example.org/off"), domain.svid("/off")

        def beside():
            """The twin: at the listener without the profile."""
            with Connection(("127.0.0.1", standard), svid) as connection:
                return connection.token({**CC, "client_id": client_id})

        expect.eventually(lambda: beside().status == 200)
        refused(server, client_id, svid, "method-switched-off")
        expect.token(beside())


def test_why_a_workload_is_refused(mesh, domain, tmp_path):
    add(mesh, "why", "spiffe://example.org/why")

    def verify(svid):
        done = mesh.handfast(
            "verify", "--client", "why", "--certificate", svid.certificate, "--json", check=False
        )
        report = json.loads(done.stdout)
        return report.get("decided_by"), report.get("log"), report["checks"]

    decided, log, checks = verify(domain.svid("/why"))
    assert (decided, log) == (None, None)
    assert [one["check"] for one in checks][3:6] == ["bundle", "svid", "subject"]
    assert verify(domain.svid("/other"))[:2] == ("subject", "spiffe-id-mismatch")
    assert verify(domain.svid("/why", usages=None))[:2] == ("svid", "svid")
    stranger = domain.svid("/why", authority=Authority("example.org"))
    assert verify(stranger)[:2] == ("path", "chain-refused")


# The administrative interface


def test_the_interface_lists_the_ids_that_a_client_was_used_with(mesh, domain):
    admin = Administrator(mesh)
    client_id = add(mesh, "listed", "spiffe://example.org/listed/*")
    assert admin.json(f"/clients/{client_id}/certificates") == {"keys": [], "spiffe_ids": []}
    for name in ("a", "b"):
        accepted(mesh, client_id, domain.svid(f"/listed/{name}"))

    def listed():
        found = admin.json(f"/clients/{client_id}/certificates")["spiffe_ids"]
        return {one["spiffe_id"] for one in found if one["first_seen"] <= one["last_seen"]}

    ids = {f"spiffe://example.org/listed/{name}" for name in ("a", "b")}
    expect.eventually(lambda: listed() == ids, within=15)


def test_the_interface_accepts_a_sequence(tmp_path, ca):
    domain = TrustDomain(tmp_path / "spire")
    with spiffe_server(tmp_path / "server", ca) as server:
        add_set(server, "mesh", domain.domain, domain.write())
        admin = Administrator(server)
        patch = ["-X", "PATCH", "-H", "Content-Type: application/merge-patch+json"]
        before = admin.json("/trust-sets/mesh")["bundle"]["sequence"]
        status, _, body = admin.curl(
            "/trust-sets/mesh", *patch, "-d", json.dumps({"accept_sequence": before + 5})
        )
        assert status == 200, body
        assert admin.json("/trust-sets/mesh")["bundle"]["sequence"] == before + 5
        # Its twin: a number that is none.
        for wrong in (-1, "5", 1.5, 2**63):
            status, _, body = admin.curl(
                "/trust-sets/mesh", *patch, "-d", json.dumps({"accept_sequence": wrong})
            )
            assert status == 400 and b"accept_sequence" in body, (status, body)
