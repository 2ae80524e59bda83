# SPDX-License-Identifier: Apache-2.0
"""Tokens for JWTs of trusted issuers (RFC 7523 §2.1): bound, narrowed, and each JWT once."""

import threading
import time
from functools import partial

import pytest

import expect
from assertions import asserting, known_signer
from oauth import WELL_KNOWN
from parties import Caller
from partners import JWT_BEARER, Partner, presenter, refused
from server import Server

READ, WRITE = "https://read.example", "https://write.example"


@pytest.fixture(scope="module")
def caller(server, pki):
    return presenter(
        server, pki, "billing", "--scope", "read write admin", "--audience", READ,
        "--audience", WRITE, "--token-lifetime", "600",
    )  # fmt: skip


@pytest.fixture(scope="module")
def partner(server, caller, tmp_path_factory):
    return Partner(server, tmp_path_factory.mktemp("partner"), "partner", caller).wait()


@pytest.fixture
def temporary(server, pki, tmp_path, request):
    """A partner of one test, with options."""

    def make(*options, caller=None, **more):
        name = f"p{abs(hash(request.node.name)) % 100_000_000}"
        caller = caller or presenter(server, pki, f"caller-{name}", "--scope", "read write")
        return Partner(server, tmp_path, name, caller, *options, **more).wait()

    return make


@pytest.mark.smoke
def test_a_jwt_of_a_partner_is_a_bound_token_of_its_subject(server, partner, caller, api):
    claims, members = partner.token()
    assert claims["sub"] == "partner:alice" and claims["client_id"] == caller.client_id
    assert claims["cnf"] == {"x5t#S256": caller.credential.thumbprint}
    assert claims["exp"] - claims["iat"] == members["expires_in"] == 600
    assert claims["aud"] == [READ, WRITE] and members["scope"] == "read write admin"
    # Never a refresh token: the partner's word is asked for again.
    assert "refresh_token" not in members
    assert api.reads(members["access_token"])["sub"] == "partner:alice"
    # RFC 7523 §2.1: the grant's name is a URN.
    metadata = server.get(WELL_KNOWN).json
    assert JWT_BEARER in metadata["grant_types_supported"]
    short = {"grant_type": "jwt_bearer", "client_id": caller.client_id}
    answer = server.token({**short, "assertion": partner.sign()}, caller.credential)
    expect.error(answer, "unsupported_grant_type")


def test_a_client_without_a_refresh_token_by_any_grant(server, pki, temporary):
    caller = presenter(
        server, pki, "refreshing", grants="client_credentials,password,refresh_token,jwt_bearer"
    )
    _, members = temporary(caller=caller).token()
    assert "refresh_token" not in members


def test_the_token_is_bound_however_the_client_is_registered(server, pki, temporary):
    unbound = presenter(server, pki, "unbound", "--no-bound-tokens")
    partner = temporary(caller=unbound)
    claims, _ = partner.token()
    assert claims["cnf"] == {"x5t#S256": unbound.credential.thumbprint}


def test_a_client_that_shows_no_certificate_gets_nothing(server, pki, temporary):
    made = server.add_client(
        "by-secret", "--auth-method", "client_secret_post",
        "--grant-types", "client_credentials,jwt_bearer", "--no-bound-tokens",
    )  # fmt: skip

    class BySecret:
        client_id = made["client_id"]
        credential = pki.self_signed("by-secret", "p256")

    secret = {"client_secret": made["client_secret"]}
    expect.eventually(
        lambda: server.token(
            {"grant_type": "client_credentials", "client_id": BySecret.client_id, **secret}
        ).status == 200
    )  # fmt: skip
    partner = temporary()
    partner.update("--clients", f"{partner.caller.client_id},{BySecret.client_id}")
    asked = {"client_id": BySecret.client_id, **secret}
    expect.eventually(lambda: partner.ask(caller=BySecret, **asked).status == 200)
    # With a certificate, which did not authenticate it, the token is bound to that.
    claims, _ = partner.token(caller=BySecret, **asked)
    assert claims["cnf"] == {"x5t#S256": BySecret.credential.thumbprint}
    one = partner.sign()
    form = {"grant_type": JWT_BEARER, "assertion": one, **asked}
    expect.error(server.token(form), "invalid_request")
    # Nor was it used up by that.
    expect.token(server.token(form, BySecret.credential))


# Narrowing.


def test_scope_and_audience_are_those_of_client_and_issuer(temporary, server, pki):
    caller = presenter(
        server, pki, "narrowed", "--scope", "read write admin", "--audience", READ,
        "--audience", WRITE,
    )  # fmt: skip
    partner = temporary(
        "--scopes", "read audit", "--token-audiences", f"{READ},https://x.example", caller=caller
    )
    claims, members = partner.token()
    assert members["scope"] == "read" and claims["aud"] == READ
    for more, code in [
        ({"scope": "write"}, "invalid_scope"), ({"scope": "read admin"}, "invalid_scope"),
        # The issuer may have it, and the client may not.
        ({"scope": "audit"}, "invalid_scope"), ({"resource": WRITE}, "invalid_target"),
        ({"resource": "https://x.example"}, "invalid_target"),
    ]:  # fmt: skip
        expect.error(partner.ask(**more), code)
    claims, members = partner.token(scope="read", resource=READ)
    assert members["scope"] == "read" and claims["aud"] == READ
    # Nothing in common is no token without scope, and none for another audience.
    partner.update("--scopes", "audit")
    expect.eventually(lambda: partner.ask().status == 400)
    expect.error(partner.ask(), "invalid_scope")
    partner.update("--no-scopes", "--token-audiences", "https://x.example")
    expect.eventually(lambda: b"invalid_target" in partner.ask().body)
    partner.update("--no-token-audiences")
    expect.eventually(lambda: partner.ask().status == 200)
    assert partner.token()[1]["scope"] == "read write admin"


def test_the_default_audience_is_one_that_the_issuer_may_have(temporary, server):
    partner = temporary("--token-audiences", server.url)
    assert partner.token()[0]["aud"] == server.url
    partner.update("--token-audiences", READ)
    expect.eventually(lambda: b"invalid_target" in partner.ask().body)


def test_an_expected_audience_takes_the_place_of_ours(temporary, server):
    partner = temporary()
    partner.update("--expect-audience", "urn:handfast:billing")
    expect.eventually(lambda: partner.ask().status == 400)
    expect.error(partner.ask(), "invalid_grant")
    expect.token(partner.ask(partner.sign(aud="urn:handfast:billing")))
    partner.update("--no-expect-audience")
    expect.eventually(lambda: partner.ask().status == 200)
    refused(partner, partner.sign(aud="urn:handfast:billing"))


def test_subjects_are_matched_whole(temporary):
    partner = temporary("--subjects", "*")
    partner.update("--subjects", "repo:acme/*:ref:main")
    good = "repo:acme/app:ref:main"
    expect.eventually(lambda: partner.ask(partner.sign(sub="bob")).status == 400)
    claims, _ = partner.token(partner.sign(sub=good))
    assert claims["sub"] == f"{partner.name}:{good}"
    evil = "repo:evil/repo:acme/app:ref:main"
    for sub in ["repo:acme/app:ref:dev", evil, "Repo:acme/x:ref:main"]:
        expect.error(partner.ask(partner.sign(sub=sub)), "invalid_grant")


def test_another_issuer_of_the_same_name_takes_no_token_over(server, temporary, api):
    partner = temporary()
    token = partner.token()[1]["access_token"]
    api.reads(token)
    server.handfast("issuer", "remove", partner.name)
    api.comes_to_refuse(token)
    # Times in tokens are whole seconds.
    time.sleep(1.1)
    server.handfast(
        "issuer", "add", partner.name, "--issuer", "https://another.example", "--clients",
        partner.caller.client_id, "--jwks", partner.file, "--alg", partner.algorithm,
    )  # fmt: skip
    partner.issuer = "https://another.example"
    expect.eventually(lambda: partner.ask().status == 200)
    api.reads(partner.token()[1]["access_token"])
    api.comes_to_refuse(token)


def test_a_subject_that_is_not_the_issuer_s_any_more_ends_its_tokens(temporary, api):
    partner = temporary()
    token = partner.token(partner.sign(sub="alice"))[1]["access_token"]
    kept = partner.token(partner.sign(sub="zoe"))[1]["access_token"]
    api.reads(token)
    partner.update("--subjects", "z*")
    api.comes_to_refuse(token)
    api.reads(kept)


# Parties.


def test_a_client_needs_the_grant_and_its_name_among_the_issuer_s(server, pki, temporary):
    partner = temporary()
    stranger = presenter(server, pki, "stranger")
    expect.error(partner.ask(caller=stranger), "invalid_grant")
    plain = Caller(server, pki, "plain", "--grant-types", "client_credentials")
    done = server.handfast(
        "issuer", "update", partner.name, "--clients",
        f"{partner.caller.client_id},{stranger.client_id},{plain.client_id}",
    )  # fmt: skip
    assert "plain" not in done.stdout and "not registered for the grant jwt_bearer" in done.stderr
    expect.eventually(lambda: partner.ask(caller=stranger).status == 200)
    expect.error(partner.ask(caller=plain), "unauthorized_client")


def test_what_is_taken_away_is_refused_from_the_next_request_on(server, pki, temporary, api):
    partner = temporary()
    token = partner.token()[1]["access_token"]
    name = partner.caller.name
    server.handfast("client", "disable", name)
    expect.eventually(lambda: partner.ask().status == 401)
    server.handfast("client", "enable", name)
    expect.eventually(lambda: partner.ask().status == 200)
    server.handfast("client", "update", name, "--grant-types", "client_credentials")
    expect.eventually(lambda: b"unauthorized_client" in partner.ask().body)
    server.handfast("client", "update", name, "--grant-types", "jwt_bearer")
    expect.eventually(lambda: partner.ask().status == 200)
    api.reads(partner.token()[1]["access_token"])
    # Another client takes its place, then another key, then the issuer goes.
    other = presenter(server, pki, "in-its-place")
    partner.update("--clients", other.client_id)
    expect.eventually(lambda: partner.ask().status == 400)
    expect.error(partner.ask(), "invalid_grant")
    expect.token(partner.ask(caller=other))
    token = partner.token(caller=other)[1]["access_token"]
    api.reads(token)
    server.handfast("issuer", "remove", partner.name)
    expect.eventually(lambda: partner.ask(caller=other).status == 400)
    # Introspection knows that nobody speaks for the subject any more.
    api.comes_to_refuse(token)


# Each JWT once.


def test_the_same_jti_in_another_jwt_is_no_other(partner):
    expect.token(partner.ask(partner.sign(jti="one")))
    refused(partner, partner.sign(jti="one"))
    refused(partner, partner.sign(jti="one", sub="bob"))


def test_two_issuers_may_use_one_jti(partner, temporary):
    other = temporary()
    for one in (partner, other):
        expect.token(one.ask(one.sign(jti="shared")))
    refused(other, other.sign(jti="shared"))


def test_of_many_at_once_one_wins(partner):
    one, answers = partner.sign(), []

    def ask():
        answers.append(partner.ask(one).status)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [400] * 7


def test_a_jwt_is_used_once_across_a_restart(pki, tmp_path):
    with Server(tmp_path / "data") as server:
        caller = presenter(server, pki, "restarted")
        partner = Partner(server, tmp_path, "partner", caller).wait()
        used, fresh = partner.sign(exp=int(time.time()) + 250), partner.sign()
        expect.token(partner.ask(used))
        server.kill()
        server.start()
        expect.error(partner.ask(used), "invalid_grant")
        expect.token(partner.ask(fresh))
        assert server.stop() == 0


def test_replay_may_be_allowed_where_jwts_live_shortly(temporary, server):
    partner = temporary("--replay", "allow")
    one = partner.sign()
    for _ in range(3):
        expect.token(partner.ask(one))
    # Neither jti nor a first use is asked for, but a lifetime that is known.
    expect.token(partner.ask(partner.sign(jti=None)))
    expect.error(partner.ask(partner.sign(iat=None)), "invalid_grant")
    now = int(time.time())
    expect.error(partner.ask(partner.sign(iat=now - 280, exp=now + 60)), "invalid_grant")
    partner.update("--replay", "refuse")
    expect.eventually(lambda: partner.ask(partner.sign(jti=None)).status == 400)
    expect.token(partner.ask(one))
    refused(partner, one)


def test_a_client_that_signs_uses_both_of_its_assertions_up(server, pki, tmp_path, temporary):
    signer = known_signer(server, tmp_path, "signing")
    server.handfast(
        "client", "update", "signing", "--grant-types", "client_credentials,jwt_bearer"
    )
    partner = temporary()
    partner.update("--clients", f"{partner.caller.client_id},{signer.id}")
    credential = pki.self_signed("signing", "p256")

    def ask(own, grant):
        form = {**asserting(own), "grant_type": JWT_BEARER, "assertion": grant}
        return server.token(form, credential)

    expect.eventually(lambda: ask(signer.sign(), partner.sign()).status == 200)
    own, grant = signer.sign(), partner.sign()
    expect.token(ask(own, grant))
    expect.error(ask(own, partner.sign()), "invalid_client")
    expect.error(ask(signer.sign(), grant), "invalid_grant")


# The log and the metrics.


def test_log_metrics_and_refusals_name_the_check(server, partner, admin):
    before = len(server.stderr)
    expect.error(partner.ask(partner.sign(iss="https://nobody.example")), "invalid_grant")
    expect.eventually(
        lambda: any('"check":"issuer-unknown"' in line for line in list(server.stderr)[before:])
    )
    newest = admin.json("/refusals?limit=1")["refusals"][0]
    assert newest["check"] == "issuer-unknown" and newest["error"] == "invalid_grant"
    assert newest["client_id"] == partner.caller.client_id and "iss" in newest["remedy"]
    issued = partial(
        admin.series, "listener_tokens_issued_total", listener="main", grant="jwt_bearer",
        method="self_signed_tls_client_auth",
    )  # fmt: skip
    count = issued()
    expect.token(partner.ask())
    assert issued() == count + 1 > 1
