# SPDX-License-Identifier: Apache-2.0
"""Revoked certificates get no token: lists from files and URLs, hard and soft, and their end."""

import json
import socket
import time

import pytest

import expect
from oauth import CC
from origin import Origin, fetching_server, web_pair
from revocation import Lists
from server import Server, free_port

pytestmark = pytest.mark.waiting


@pytest.fixture(scope="module")
def revoking(tmp_path_factory):
    folder = tmp_path_factory.mktemp("revoking")
    port = free_port()
    (folder / "server.yaml").write_text(f"""
listeners:
  main:
    address: 127.0.0.1:{port}
fetch:
  refresh_seconds: 5
  networks: 127.0.0.0/8
""")
    server = Server(folder / "data", ["--config", folder / "server.yaml"], port=port, flags=False)
    server.folder = folder
    with server:
        yield server
        assert server.running and server.stop() == 0


class Party:
    """A client of tls_client_auth under a trust set with lists of its own."""

    def __init__(self, server, name, mode, *sources, lists=None):
        self.server, self.name = server, name
        self.lists = lists or Lists(server.folder, name)
        server.handfast(
            "trust-set", "add", name, "--ca-certificate", self.lists.ca.certificate,
            *(part for source in sources or [self.lists.file] for part in ("--crl", source)),
            "--revocation", mode,
        )  # fmt: skip
        self.client = server.add_client(
            name, "--trust-set", name, "--subject-dn", "CN=revocable,O=Handfast",
            "--grant-types", "client_credentials",
        )  # fmt: skip
        self.body = {**CC, "client_id": self.client["client_id"]}

    def ask(self, credential, **more):
        return self.server.token(self.body, credential, **more)

    def comes_to_serve(self, credential):
        expect.eventually(lambda: self.ask(credential).status == 200, within=6)
        expect.everywhere(lambda: self.ask(credential), 200)
        expect.token(self.ask(credential))

    def comes_to_refuse(self, credential):
        expect.eventually(lambda: self.ask(credential).status == 401, within=6)
        expect.everywhere(lambda: self.ask(credential), 401)
        for _ in range(3):
            expect.error(self.ask(credential), "invalid_client")


@pytest.mark.smoke
@pytest.mark.parametrize("mode", ["hard", "soft"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_revoked_certificate_gets_no_token_open_resumed_or_new(revoking, mode, version):
    party = Party(revoking, f"listed-{mode}-{version[-1]}", mode)
    good, bad = party.lists.issue("good"), party.lists.issue("bad")
    party.comes_to_serve(good)
    with revoking.connect(bad, version) as first:
        expect.token(first.token(party.body))
        context, session = first.context, first.session
        party.lists.revoke(bad)
        party.comes_to_refuse(bad)
        expect.error(first.token(party.body), "invalid_client")
    with revoking.connect(context=context, session=session) as again:
        assert again.resumed
        expect.error(again.token(party.body), "invalid_client")
    expect.token(party.ask(good, version=version))
    expect.logged(revoking, '"check":"certificate-revoked"')


def test_without_a_list_hard_refuses_and_soft_accepts(revoking):
    missing = revoking.folder / "missing.crl"
    hard = Party(revoking, "missing-hard", "hard", missing)
    soft = Party(revoking, "missing-soft", "soft", missing)
    soft.comes_to_serve(soft.lists.issue("one"))
    expect.error(hard.ask(hard.lists.issue("one")), "invalid_client")
    expect.logged(revoking, "a revocation list cannot be had")


def test_a_list_that_has_ended_no_longer_counts_as_good(revoking):
    hard = Party(revoking, "ends-hard", "hard")
    soft = Party(revoking, "ends-soft", "soft", lists=None)
    good, other, bad = hard.lists.issue("one"), soft.lists.issue("one"), soft.lists.issue("two")
    hard.comes_to_serve(good)
    soft.comes_to_serve(other)
    hard.lists.publish(seconds=12)
    soft.lists.revoke(bad, seconds=3)
    soft.comes_to_refuse(bad)
    end = time.time() + 12
    # The cached result ends with the list.
    with revoking.connect(good) as connection:
        expect.token(connection.token(hard.body))
        time.sleep(max(0, end - time.time()) + 1.5)
        expect.error(connection.token(hard.body), "invalid_client")
    expect.error(hard.ask(good), "invalid_client")
    expect.token(soft.ask(other))
    expect.error(soft.ask(bad), "invalid_client")
    hard.lists.publish()
    hard.comes_to_serve(good)


def test_an_intermediate_is_revoked_by_the_root(revoking):
    root = Lists(revoking.folder, "top")
    between = Lists(revoking.folder, "between", parent=root.ca)
    leaf = between.issue("leaf", chain=[between.ca])
    party = Party(revoking, "tree", "hard", root.file, between.file, lists=root)
    party.comes_to_serve(leaf)
    root.ca.revoke(between.ca.certificate)
    root.publish()
    party.comes_to_refuse(leaf)


def test_a_list_of_another_ca_with_the_same_name_says_nothing(revoking):
    party = Party(revoking, "forged", "hard")
    good = party.lists.issue("one")
    party.comes_to_serve(good)
    folder = revoking.folder / "forger"
    folder.mkdir()
    forger = Lists(folder, "forged")
    forger.revoke(good)
    party.lists.file.write_bytes(forger.file.read_bytes())
    expect.eventually(lambda: "it is not signed by" in revoking.log, within=6)
    expect.token(party.ask(good))


def test_an_older_list_does_not_take_the_place_of_a_newer_one(revoking):
    party = Party(revoking, "older", "hard")
    good, bad = party.lists.issue("one"), party.lists.issue("two")
    before = party.lists.pem(start=-600)
    party.comes_to_serve(good)
    party.lists.revoke(bad)
    party.comes_to_refuse(bad)
    party.lists.file.write_bytes(before)
    expect.eventually(lambda: "it is older than the one in use" in revoking.log, within=6)
    expect.error(party.ask(bad), "invalid_client")
    expect.token(party.ask(good))


def test_a_broken_list_leaves_the_last_good_one(revoking):
    party = Party(revoking, "broken", "hard")
    good, bad = party.lists.issue("one"), party.lists.issue("two")
    party.lists.revoke(bad)
    party.comes_to_serve(good)
    party.comes_to_refuse(bad)
    whole = party.lists.file.read_bytes()
    for content in [whole[: len(whole) // 2], b"", b"not a list", whole.replace(b"A", b"B", 3)]:
        party.lists.file.write_bytes(content)
        time.sleep(2.5)
        assert party.ask(good).status == 200
        expect.error(party.ask(bad), "invalid_client")


def test_lists_come_from_urls(revoking, pki):
    lists = Lists(revoking.folder, "fetched")
    with Origin() as origin:
        origin.content["/ca.crl"] = lists.pem()
        party = Party(revoking, "fetched", "hard", origin.url("/ca.crl"), lists=lists)
        good, bad = lists.issue("one"), lists.issue("two")
        party.comes_to_serve(good)
        expect.token(party.ask(bad))
        lists.revoke(bad)
        origin.content["/ca.crl"] = lists.file.read_bytes()
        expect.eventually(lambda: party.ask(bad).status == 401, within=10)
        expect.token(party.ask(good))
        # A server that fails, or serves something else, changes nothing.
        for content in [500, b"<html>"]:
            origin.content["/ca.crl"] = content
            count = len(origin.asked)
            expect.eventually(lambda: len(origin.asked) > count, within=10)
            time.sleep(0.5)
            expect.token(party.ask(good))
            expect.error(party.ask(bad), "invalid_client")
    expect.logged(revoking, "revocation list taken over")


def test_the_next_list_is_there_before_the_one_in_use_ends(tmp_path, ca):
    """Though `fetch.refresh_seconds` is an hour."""
    lists = Lists(tmp_path, "brief")
    good, bad = lists.issue("one"), lists.issue("two")
    server = fetching_server(tmp_path, ca)
    with Origin(web_pair(ca, "brief")) as origin, server:
        origin.content["/brief.crl"] = lists.pem(seconds=20)
        end = time.time() + 20
        party = Party(server, "brief", "hard", origin.url("/brief.crl"), lists=lists)
        party.comes_to_serve(good)
        expect.token(party.ask(bad))
        lists.revoke(bad)
        origin.content["/brief.crl"] = lists.file.read_bytes()
        while time.time() < end + 2:
            expect.token(party.ask(good))
            time.sleep(0.2)
        party.comes_to_refuse(bad)
        # The new one lasts a day: its server is left alone.
        assert 2 <= len(origin.asked) <= 4
        assert server.stop() == 0


def test_a_list_that_comes_after_the_end_of_the_last_is_found_soon(tmp_path, ca):
    lists = Lists(tmp_path, "late")
    good = lists.issue("one")
    server = fetching_server(tmp_path, ca)
    with Origin(web_pair(ca, "late")) as origin, server:
        origin.content["/late.crl"] = lists.pem(seconds=15)
        party = Party(server, "late", "hard", origin.url("/late.crl"), lists=lists)
        party.comes_to_serve(good)
        expect.eventually(lambda: party.ask(good).status == 401, within=20)
        origin.content["/late.crl"] = 500
        time.sleep(6)
        expect.error(party.ask(good), "invalid_client")
        # Looks are five seconds apart at least.
        assert len(origin.asked) <= 6
        origin.content["/late.crl"] = lists.pem()
        expect.eventually(lambda: party.ask(good).status == 200, within=15)
        assert server.stop() == 0


def test_the_url_in_a_certificate_is_never_asked(revoking):
    with Origin() as origin:
        party = Party(revoking, "points", "hard")
        url = origin.url("/evil.crl")
        pointing = party.lists.issue(
            "pointing",
            extra=f"crlDistributionPoints=URI:{url}\nauthorityInfoAccess=OCSP;URI:{url}\n",
        )
        party.comes_to_serve(pointing)
        time.sleep(1)
        assert origin.asked == []


def test_a_trust_set_that_changes_is_another_judgement(revoking):
    party = Party(revoking, "turned", "hard")
    good = party.lists.issue("one")
    party.comes_to_serve(good)
    other = Lists(revoking.folder, "turned-2")
    revoking.handfast(
        "trust-set", "update", "turned", "--ca-certificate", other.ca.certificate
    )
    party.comes_to_refuse(good)
    revoking.handfast(
        "trust-set", "update", "turned", "--ca-certificate", party.lists.ca.certificate
    )
    party.comes_to_serve(good)
    shown = json.loads(revoking.handfast("trust-set", "show", "turned", "--json").stdout)
    assert shown["revocation"] == "hard"


def test_a_list_of_nobody_does_not_take_the_place_of_the_ca_s(revoking):
    """In soft mode that would let a revoked certificate in again, and an old list after it."""
    lists = Lists(revoking.folder, "displaced")
    folder = revoking.folder / "evil"
    folder.mkdir()
    evil = Lists(folder, "evil")
    old = lists.pem(start=-600)
    with Origin() as origin:
        origin.content["/l.crl"] = lists.pem()
        party = Party(revoking, "displaced", "soft", origin.url("/l.crl"), lists=lists)
        bad = lists.issue("one")
        party.comes_to_serve(bad)
        lists.revoke(bad)
        origin.content["/l.crl"] = lists.file.read_bytes()
        expect.eventually(lambda: party.ask(bad).status == 401, within=10)
        for content in [evil.pem(), old]:
            origin.content["/l.crl"] = content
            count = len(origin.asked)
            expect.eventually(lambda: len(origin.asked) > count, within=10)
            time.sleep(0.6)
            expect.error(party.ask(bad), "invalid_client")
    expect.logged(revoking, "it has no list of")


def test_another_mode_and_another_set_have_the_lists_at_once(revoking):
    party = Party(revoking, "shared", "soft")
    good, bad = party.lists.issue("one"), party.lists.issue("two")
    party.comes_to_serve(bad)
    party.lists.revoke(bad)
    party.comes_to_refuse(bad)
    for mode in ["soft", "hard"]:
        other = Party(revoking, f"shared-{mode}", mode, party.lists.file, lists=party.lists)
        other.comes_to_serve(good)
        expect.error(other.ask(bad), "invalid_client")
    party.lists.publish(seconds=2)
    time.sleep(5)
    expect.token(party.ask(good))
    revoking.handfast("trust-set", "update", "shared", "--revocation", "hard")
    party.comes_to_refuse(good)


def test_the_server_of_a_list_cannot_send_us_elsewhere(revoking):
    with Origin() as inside, Origin() as outside:
        lists = Lists(revoking.folder, "elsewhere")
        inside.content["/l.crl"] = lists.pem()
        outside.redirects["/l.crl"] = inside.url("/l.crl")
        party = Party(revoking, "elsewhere", "hard", outside.url("/l.crl"), lists=lists)
        expect.eventually(lambda: outside.asked, within=10)
        expect.error(party.ask(lists.issue("one")), "invalid_client")
        assert inside.asked == []


def test_silent_servers_of_keys_do_not_hold_up_lists(revoking, pki):
    party = Party(revoking, "unhindered", "hard")
    bad = party.lists.issue("one")
    party.comes_to_serve(bad)
    silent = socket.create_server(("127.0.0.1", 0))
    for number in range(12):
        revoking.add_client(
            f"silent-{number}", "--auth-method", "private_key_jwt", "--grant-types",
            "client_credentials", "--jwks-uri", f"https://127.0.0.1:{silent.getsockname()[1]}/k",
        )  # fmt: skip
    time.sleep(1)
    party.lists.revoke(bad)
    party.comes_to_refuse(bad)
    silent.close()


def test_a_ca_with_a_new_key_speaks_for_its_old_certificates(revoking):
    old = Lists(revoking.folder, "rekeyed")
    folder = revoking.folder / "rekeyed-new"
    folder.mkdir()
    new = Lists(folder, "rekeyed")
    good, bad = old.issue("one"), old.issue("two")
    # The new key's list has the old key's serial numbers.
    new_index = (old.ca.folder / "index.txt").read_text()
    (new.ca.folder / "index.txt").write_text(new_index)
    new.revoke(bad)
    # Under the old CA alone the new key's list is refused: it is not signed by that.
    party = Party(revoking, "rekeyed", "hard", old.file, lists=old)
    party.server.handfast(
        "trust-set", "update", "rekeyed", "--ca-certificate", old.ca.certificate,
        "--ca-certificate", new.ca.certificate, "--crl", new.file,
    )  # fmt: skip
    # Not revoked under the old list: its refusal shows that the new one is in force.
    party.comes_to_refuse(bad)
    party.comes_to_serve(good)
    expect.error(party.ask(bad), "invalid_client")


def test_lists_are_there_before_the_first_client_comes(tmp_path):
    port = free_port()
    (tmp_path / "server.yaml").write_text(f"listeners:\n  main:\n    address: 127.0.0.1:{port}\n")
    server = Server(
        tmp_path / "data", ["--config", tmp_path / "server.yaml"], port=port, flags=False
    )
    server.folder = tmp_path
    with Origin() as origin:
        lists = Lists(tmp_path, "early")
        good, bad = lists.issue("one"), lists.issue("two")
        lists.revoke(bad)
        origin.content["/early.crl"] = lists.file.read_bytes()
        party = Party(server, "early", "hard", origin.url("/early.crl"), lists=lists)
        for _ in range(3):
            with server:
                expect.token(party.ask(good))
                expect.error(party.ask(bad), "invalid_client")
                assert server.stop() == 0
        # A server that does not answer holds a start up for two seconds, and no more.
        origin.delay = 30
        begun = time.monotonic()
        with server:
            assert time.monotonic() - begun < 6
            expect.error(party.ask(good), "invalid_client")
            begun = time.monotonic()
            assert server.stop() == 0 and time.monotonic() - begun < 3


def test_verify_says_what_the_server_will(revoking):
    party = Party(revoking, "explained", "hard")
    good, bad = party.lists.issue("one"), party.lists.issue("two")
    party.lists.revoke(bad)
    party.comes_to_refuse(bad)
    party.comes_to_serve(good)
    for credential, decided in [(good, None), (bad, "revocation")]:
        done = revoking.handfast(
            "verify", "--client", "explained", "--certificate", credential.certificate, "--json",
            check=False,
        )  # fmt: skip
        report = json.loads(done.stdout)
        assert report["authenticated"] == (decided is None)
        assert report.get("decided_by") == decided
