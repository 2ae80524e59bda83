# SPDX-License-Identifier: Apache-2.0
"""`--allow-server-auth-until`: to the last second of its day, and not one longer."""

import time

import pytest

import expect
from clock import Timed
from oauth import RESUMPTION_MODES
from publicca import SAN, PublicCA, body, day, refusals
from wire import VERSIONS, Connection

LAST_DAY = day(3)
NEXT_DAY = day(4)


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return PublicCA(tmp_path_factory.mktemp("cas"))


@pytest.fixture(scope="module")
def leaves(ca):
    """For servers, directly and through an intermediate for servers; and for clients, beside."""
    return {
        "for servers": ca.issue("servers", eku="serverAuth"),
        "through an intermediate": ca.issue(
            "deep", ca.new_intermediate, eku="serverAuth", chain=[ca.new_intermediate]
        ),
    }


@pytest.fixture(scope="module")
def good(ca):
    return ca.issue("good", eku="clientAuth,serverAuth")


@pytest.fixture(scope="module", params=RESUMPTION_MODES)
def timed(request, tmp_path_factory, ca):
    server = Timed(tmp_path_factory.mktemp(f"timed-{request.param}"), request.param)
    root = ("--ca-certificate", ca.root.certificate)
    server.handfast("trust-set", "add", "bridged", *root, "--allow-server-auth-until", LAST_DAY)
    server.handfast("trust-set", "add", "plain", *root)
    with server:
        server.clients = {
            "bridged": server.add_client("bridged", "--trust-set", "bridged", *SAN),
            "plain": server.add_client("plain", "--trust-set", "plain", *SAN),
            "own": server.add_client("own", *root, *SAN),
        }
        yield server
        assert server.running, server.log
        assert server.stop() == 0, server.log


@pytest.fixture
def clock(timed, good):
    for client in timed.clients.values():
        expect.eventually(lambda c=client: timed.token(body(c), good).status == 200)
    yield timed.clock
    timed.clock.move(0)


def resumed(server, connection, parameters):
    with Connection(
        server.address, context=connection.context, session=connection.session
    ) as again:
        assert again.resumed
        return again.token(parameters)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["for servers", "through an intermediate"])
def test_the_last_second_counts_and_the_next_one_does_not(timed, clock, leaves, kind, version):
    leaf, asked = leaves[kind], body(timed.clients["bridged"])
    clock.stand(f"{LAST_DAY} 23:59:50")
    with timed.connect(leaf, version) as kept:
        expect.token(kept.token(asked))
        clock.stand(f"{LAST_DAY} 23:59:59")
        # The first is by a cached result, the others by it or by a new one.
        expect.token(kept.token(asked))
        expect.token(resumed(timed, kept, asked))
        for _ in range(4):
            expect.token(timed.token(asked, leaf, version))
        clock.stand(f"{NEXT_DAY} 00:00:00")
        expect.error(kept.token(asked), "invalid_client")
        expect.error(resumed(timed, kept, asked), "invalid_client")
        for _ in range(4):
            expect.error(timed.token(asked, leaf, version), "invalid_client")
        expect.error(kept.token(asked), "invalid_client")
    expect.eventually(lambda: refusals(timed, timed.clients["bridged"]))
    said = refusals(timed, timed.clients["bridged"])[-1]
    assert said["check"] == "chain-refused"
    for words in ("until a day that is over", "Documentation/public-ca-cliff.md"):
        assert words in said["explanation"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_certificate_for_clients_goes_on(timed, clock, good, version):
    asked = body(timed.clients["bridged"])
    clock.stand(f"{LAST_DAY} 23:59:50")
    with timed.connect(good, version) as kept:
        expect.token(kept.token(asked))
        for moment in (f"{LAST_DAY} 23:59:59", f"{NEXT_DAY} 00:00:00", f"{NEXT_DAY} 12:00:00"):
            clock.stand(moment)
            expect.token(kept.token(asked))
            expect.token(timed.token(asked, good, version))


@pytest.mark.parametrize("kind", ["for servers", "through an intermediate"])
def test_nobody_else_is_let_in_meanwhile(timed, clock, ca, leaves, kind):
    """Clients of another set, or with CAs of their own; other subjects, signers and purposes."""
    for name in ("plain", "own"):
        expect.error(timed.token(body(timed.clients[name]), leaves[kind]), "invalid_client")
    asked = body(timed.clients["bridged"])
    expect.token(timed.token(asked, leaves[kind]))
    for other in (
        ca.issue(f"private-{kind[:3]}", ca.private, eku="serverAuth"),
        ca.issue(f"mail-{kind[:3]}", eku="emailProtection"),
        ca.issue(f"any-{kind[:3]}", eku="serverAuth,anyExtendedKeyUsage"),
        ca.issue(f"ended-{kind[:3]}", eku="serverAuth", start=-7200, days=-0.01),
    ):
        expect.error(timed.token(asked, other), "invalid_client")
    named = ca.root.issue(f"named-{kind[:3]}", eku="serverAuth", extra="subjectAltName=DNS:a.b\n")
    expect.error(timed.token(asked, named), "invalid_client")
    # The key usage counts as it did: it must allow signatures.
    folder = ca.root.folder
    usage = ca.root.issue(f"usage-{kind[:3]}", eku="serverAuth")
    ca.root.sign(
        usage.key, usage.certificate, "/CN=billing.example",
        "keyUsage=critical,keyEncipherment\nextendedKeyUsage=serverAuth\n"
        "basicConstraints=CA:false\nsubjectAltName=DNS:billing.example\n",
    )  # fmt: skip
    assert folder.exists()
    expect.error(timed.token(asked, usage), "invalid_client")


def test_what_is_changed_counts_within_a_second(timed, clock, leaves):
    leaf, asked = leaves["for servers"], body(timed.clients["plain"])
    with timed.connect(leaf) as kept:
        expect.error(kept.token(asked), "invalid_client")
        update = ("trust-set", "update", "plain")
        timed.handfast(*update, "--allow-server-auth-until", day(1))
        expect.eventually(lambda: kept.token(asked).status == 200)
        timed.handfast(*update, "--no-allow-server-auth")
        expect.eventually(lambda: kept.token(asked).status == 401)
        expect.error(resumed(timed, kept, asked), "invalid_client")


def test_the_log_tells_daily_and_of_the_end(timed, clock):
    def said(words):
        return [
            record
            for record in timed.records
            if words in record["message"] and record.get("trust_set") == "bridged"
        ]

    force, over = "for servers, until its permission ends", "no longer"
    expect.eventually(lambda: said(force))
    clock.stand(f"{LAST_DAY} 01:00:00")
    expect.eventually(lambda: said(force)[-1]["time"].startswith(f"{LAST_DAY}T01:00"))
    line = said(force)[-1]
    assert line["level"] == "warning" and line["until"] == LAST_DAY and line["clients"] == "1"
    told, ended = len(said(force)), len(said(over))
    clock.stand(f"{LAST_DAY} 23:59:59")
    time.sleep(1)
    assert len(said(force)) == told and len(said(over)) == ended
    clock.stand(f"{NEXT_DAY} 00:00:00")
    expect.eventually(lambda: len(said(over)) == ended + 1)
    clock.stand(f"{NEXT_DAY} 23:00:00")
    time.sleep(1)
    assert len(said(over)) == ended + 1 and len(said(force)) == told
    assert said(over)[-1]["until"] == LAST_DAY
