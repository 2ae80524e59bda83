# SPDX-License-Identifier: Apache-2.0
"""Bundles of trust domains: renewed, rolled back, malformed, gone, and from servers of others."""

import contextlib
import json
import signal
import threading
import time

import pytest

import expect
from clock import Clock
from origin import Origin, web_pair
from pki import CA
from spire import Authority, TrustDomain
from workloads import accepted, add, add_set, ask, refused, spiffe_server


def test_rotation_under_load(tmp_path):
    domain = TrustDomain(tmp_path / "spire")
    with spiffe_server(tmp_path / "server") as server:
        add_set(server, "mesh", domain.domain, domain.write())
        client_id = add(server, "load", "spiffe://example.org/*")
        accepted(server, client_id, domain.svid("/start"))
        done, failures, answered = threading.Event(), [], [0]
        lock = threading.Lock()

        def work(number):
            while not done.is_set():
                with lock:
                    svid = domain.svid(f"/w/{number}")
                answer = ask(server, client_id, svid)
                answered[0] += 1
                if answer.status != 200:
                    failures.append(answer.body)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                # As SPIRE does it: the new CA is published before it signs, and stays a while.
                with lock:
                    waiting = Authority(domain.domain)
                    domain.authorities.insert(0, waiting)
                    domain.sequence += 1
                    domain.write()
                sequence = domain.sequence
                expect.eventually(lambda s=sequence: bundle(server)["sequence"] == s, within=8)
                time.sleep(0.5)
                with lock:
                    domain.authorities.append(domain.authorities.pop(0))
                time.sleep(0.5)
            old = domain.svid("/old", authority=domain.authorities[0])
            accepted(server, client_id, old)
            expect.eventually(lambda: answered[0] > 40 or failures, within=10)
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert not failures
        domain.retire()
        domain.write()
        expect.eventually(lambda: ask(server, client_id, old).status == 401, within=8)
        accepted(server, client_id, domain.svid("/new"))


def bundle(server, name="mesh"):
    shown = server.handfast("trust-set", "show", name, "--json").stdout
    return json.loads(shown)["bundle"]


@contextlib.contextmanager
def published(tmp_path, ca, **options):
    """A trust domain whose bundle is at a URL, a server that fetches it, and its origin."""
    domain = TrustDomain(tmp_path / "spire")
    with Origin(web_pair(ca, f"bundle-{tmp_path.name}")) as origin:
        origin.content["/bundle"] = domain.bundle(hint=1)
        with spiffe_server(tmp_path / "server", ca, **options) as server:
            add_set(server, "mesh", domain.domain, origin.url("/bundle"), "--max-staleness", 60)
            yield domain, origin, server


@pytest.mark.waiting
def test_a_bundle_is_fetched_and_a_bad_one_changes_nothing(tmp_path, ca):
    with published(tmp_path, ca) as (domain, origin, server):
        client_id = add(server, "far", "spiffe://example.org/far")
        accepted(server, client_id, domain.svid("/far"))
        assert bundle(server)["refresh_hint"] == 30
        old = domain.authorities[0]
        stranger = Authority(domain.domain)
        bad = [
            500, b"", b"{}", domain.bundle(keys=[]), domain.bundle(keys=[old.jwk | {"use": "sig"}]),
            domain.bundle(keys=[{**stranger.jwk, "use": "jwt-svid"}], spiffe_sequence=9),
            domain.bundle(spiffe_sequence="2"), b"x" * 300_000,
        ]  # fmt: skip
        for content in bad:
            count = len(origin.asked)
            origin.content["/bundle"] = content
            # A reload looks at once, in place of the hint's half minute.
            server.signal(signal.SIGHUP)
            expect.eventually(lambda count=count: len(origin.asked) > count, within=4)
            accepted(server, client_id, domain.svid("/far"))
            assert ask(server, client_id, domain.svid("/far", authority=stranger)).status == 401
        expect.logged(server, "cannot be had; the last good one stays")
        domain.rotate()
        origin.content["/bundle"] = domain.bundle(hint=1)
        server.signal(signal.SIGHUP)
        accepted(server, client_id, domain.svid("/far"))


@pytest.mark.waiting
def test_the_server_of_a_bundle_is_verified_like_every_other(tmp_path, ca):
    other = CA(tmp_path / "elsewhere", "/O=Handfast/CN=Elsewhere")
    domain = TrustDomain(tmp_path / "spire")
    with (
        Origin(web_pair(other)) as stranger,
        Origin(web_pair(ca, "verified")) as known,
        spiffe_server(tmp_path / "server", ca) as server,
    ):
        for origin in (stranger, known):
            origin.content["/bundle"] = domain.bundle()
        add_set(server, "mesh", domain.domain, stranger.url("/bundle"))
        client_id = add(server, "far", "spiffe://example.org/far")
        expect.logged(server, "cannot be had yet; its clients are refused")
        refused(server, client_id, domain.svid("/far"), "trust-missing")
        # No redirect leads there either.
        known.redirects["/moved"] = stranger.url("/bundle")
        server.handfast("trust-set", "update", "mesh", "--spiffe-bundle", known.url("/moved"))
        expect.eventually(lambda: "/moved" in known.asked)
        refused(server, client_id, domain.svid("/far"), "trust-missing")
        assert stranger.asked == []
        server.handfast("trust-set", "update", "mesh", "--spiffe-bundle", known.url("/bundle"))
        accepted(server, client_id, domain.svid("/far"))


@pytest.mark.waiting
def test_the_cas_of_another_source_do_not_count(tmp_path, ca):
    with published(tmp_path, ca) as (domain, origin, server):
        client_id = add(server, "far", "spiffe://example.org/far")
        accepted(server, client_id, domain.svid("/far"))
        update = ("trust-set", "update", "mesh", "--spiffe-bundle")
        server.handfast(*update, origin.url("/nothing"))
        expect.everywhere(lambda: ask(server, client_id, domain.svid("/far")), 401)
        refused(server, client_id, domain.svid("/far"), "trust-missing")
        # The sequence stays: no other source brings back a key that was taken away.
        older = TrustDomain(tmp_path / "older")
        older.sequence = domain.sequence - 1
        origin.content["/older"] = older.bundle()
        server.handfast(*update, origin.url("/older"))
        expect.logged(server, "sequence goes back", within=4)
        assert ask(server, client_id, older.svid("/far")).status == 401
        server.handfast(*update, origin.url("/bundle"))
        accepted(server, client_id, domain.svid("/far"))


@pytest.mark.waiting
def test_a_sequence_that_goes_back_keeps_the_old_over_restarts(tmp_path, ca):
    with published(tmp_path, ca) as (domain, origin, server):
        client_id = add(server, "far", "spiffe://example.org/far")
        domain.rotate()
        domain.retire()
        origin.content["/bundle"] = domain.bundle(hint=1)
        server.signal(signal.SIGHUP)
        accepted(server, client_id, domain.svid("/far"))
        rebuilt = TrustDomain(tmp_path / "rebuilt")
        origin.content["/bundle"] = rebuilt.bundle()
        warning = "sequence goes back; the one that is there stays"
        for turn in range(2):
            if turn == 1:
                assert server.stop() == 0
                server.start()
            else:
                server.signal(signal.SIGHUP)
            expect.logged(server, warning, within=4)
            assert ask(server, client_id, rebuilt.svid("/far")).status == 401
            accepted(server, client_id, domain.svid("/far"))
            assert bundle(server)["sequence"] == 3
        server.handfast("trust-set", "update", "mesh", "--accept-sequence", 1)
        accepted(server, client_id, rebuilt.svid("/far"))
        expect.eventually(
            lambda: ask(server, client_id, domain.svid("/far")).status == 401, within=4
        )
        assert bundle(server)["sequence"] == 1


def test_a_file_older_than_the_bundle_that_another_node_took_is_no_look(tmp_path):
    """The stored bundle is not confirmed by a file that has not changed and that was not it."""
    domain = TrustDomain(tmp_path / "spire")
    with spiffe_server(tmp_path / "server") as server:
        add_set(server, "mesh", domain.domain, domain.write())
        client_id = add(server, "late", "spiffe://example.org/late")
        accepted(server, client_id, domain.svid("/late"))
        warning = "sequence goes back; the one that is there stays"
        newer = bundle(server)["sequence"] + 2
        assert warning not in server.log
        # As if another node had read a newer one: the store is ahead of this node's file.
        server.handfast("trust-set", "update", "mesh", "--accept-sequence", newer)
        expect.logged(server, warning, within=8)
        assert bundle(server)["sequence"] == newer
        accepted(server, client_id, domain.svid("/late"))


@pytest.mark.waiting
def test_a_bundle_that_cannot_be_looked_at_is_refused_when_it_is_too_old(tmp_path, ca):
    clock = Clock(tmp_path)
    with published(tmp_path, ca, env=clock.environment) as (domain, origin, server):
        client_id = add(server, "far", "spiffe://example.org/far")
        svid = domain.svid("/far")
        accepted(server, client_id, svid)
        origin.content["/bundle"] = 500
        server.signal(signal.SIGHUP)
        expect.logged(server, "cannot be had; the last good one stays")
        clock.move(50)
        assert ask(server, client_id, svid).status == 200
        clock.move(120)
        # Though the certificate was accepted a moment ago, on this connection too.
        refused(server, client_id, svid, "bundle-stale")
        expect.logged(server, "SPIFFE bundle is too old", within=4)
        # Nor does a restart make it younger.
        assert server.stop() == 0
        server.start()
        refused(server, client_id, svid, "bundle-stale")
        origin.content["/bundle"] = domain.bundle(hint=1)
        server.signal(signal.SIGHUP)
        expect.eventually(lambda: ask(server, client_id, svid).status == 200, within=4)
