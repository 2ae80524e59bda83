# SPDX-License-Identifier: Apache-2.0
"""TLS sessions of nodes that share a store: resumed on any node, and nowhere else."""

import base64
import contextlib
import os
import random
import re
import time

import expect
import pytest
from oauth import CC
from openssl_client import s_client
from parties import Caller
from postgres import Fleet, issued_everywhere
from server import Server
from sessions import VERSIONS, comes_back, is_resumed, resumed

pytestmark = pytest.mark.waiting


@pytest.fixture(scope="module")
def trio(fleet):
    started = fleet.start(3)
    yield started
    for node in started:
        assert node.running, node.log
        assert node.stop() == 0, node.log


@pytest.fixture(scope="module")
def caller(trio, pki):
    one = Caller(trio[0], pki, "anywhere")
    issued_everywhere(trio, one)
    return one


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("algorithm", ["rsa2048", "p256", "ed25519"])
def test_a_session_of_one_node_is_resumed_on_another(trio, pki, version, algorithm):
    credential = pki.self_signed(f"crosses-{algorithm}-{version}", algorithm)
    one = Caller(trio[0], pki, f"crosses-{algorithm}-{version}", credential=credential)
    issued_everywhere(trio, one)
    other = {**CC, "client_id": "nobody"}
    with trio[0].connect(credential, version) as first:
        expect.token(first.token(one.body))
        for node in trio[1:]:
            with resumed(node.address, first) as second:
                assert second.resumed
                answer = second.token(one.body)
                # The twin: what was proven is this client's key, and nobody else's.
                expect.error(second.token(other), "invalid_client")
            claims = expect.verified(
                expect.token(answer)["access_token"], node.address, issuer=trio[0].url
            )
            assert claims["cnf"]["x5t#S256"] == credential.thumbprint
    for node in trio:
        assert node.stdout and '"level":"error"' not in node.log


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_without_a_certificate_stays_without_one_everywhere(trio, caller, version):
    with trio[0].connect(None, version) as first:
        expect.error(first.token(caller.body), "invalid_client")
        with resumed(trio[1].address, first) as second:
            assert second.resumed
            expect.error(second.token(caller.body), "invalid_client")


@pytest.mark.parametrize("version", VERSIONS)
def test_changing_nodes_forces_no_full_handshake(trio, caller, version):
    """A random walk over three nodes, each connection with the latest session."""
    seed = int(os.environ.get("HANDFAST_SEED", random.randrange(2**32)))
    print(f"seed {seed}")
    chosen = random.Random(seed)
    steps = 100
    counted = 0
    with contextlib.ExitStack() as stack:
        latest = stack.enter_context(trio[0].connect(caller.credential, version))
        expect.token(latest.token(caller.body))
        for _ in range(steps):
            node = chosen.choice(trio)
            following = resumed(node.address, latest)
            expect.token(following.token(caller.body))
            counted += following.resumed
            latest.close()
            latest = stack.enter_context(following)
    assert counted == steps, f"seed {seed}"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_disabled_client_is_refused_on_every_node(trio, pki, version):
    victim = Caller(trio[0], pki, f"victim-{version}")
    issued_everywhere(trio, victim)
    with trio[0].connect(victim.credential, version) as first:
        expect.token(first.token(victim.body))
        trio[2].handfast("client", "disable", victim.name)
        for node in trio:

            def once(to=node):
                with resumed(to.address, first) as second:
                    assert second.resumed
                    return second.token(victim.body)

            expect.everywhere(once, 401)
            expect.error(once(), "invalid_client")


# No sessions here.


def ticket_of(session):
    """Where the ticket stands in OpenSSL's file of a session: `[10] OCTET STRING`."""
    found = re.search(rb"\xaa\x82..\x04\x82(..)", session, re.S)
    assert found, session
    begin = found.end()
    count = int.from_bytes(found[1], "big")
    assert begin + count <= len(session)
    return begin, count


@pytest.mark.parametrize("version", VERSIONS)
def test_a_ticket_that_was_changed_is_no_session(trio, caller, tmp_path, version):
    """Its key's name, nonce, content and code: one bit each; openssl is the client."""
    protocol = "-tls" + version.replace(".", "_")
    credential = ["-cert", caller.credential.certificate, "-key", caller.credential.key]
    kept = tmp_path / "session.pem"
    request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    options = [protocol, *credential, "-ign_eof", "-sess_out", kept]
    s_client(trio[0], *options, text_input=request)
    session = base64.b64decode("".join(kept.read_text().splitlines()[1:-1]))
    begin, count = ticket_of(session)

    def tried(changed):
        file = tmp_path / "tried.pem"
        text = base64.encodebytes(changed).decode()
        file.write_text(
            f"-----BEGIN SSL SESSION PARAMETERS-----\n{text}-----END SSL SESSION PARAMETERS-----\n"
        )
        said = s_client(
            trio[1], protocol, *credential, "-ign_eof", "-sess_in", file, text_input=request
        )
        assert "HTTP/1.1 200" in said, said
        return re.search(r"^(Reused|New), TLSv1", said, re.M)[1] == "Reused"

    assert tried(session)
    for place in (0, 15, 20, 40, count // 2, count - 1):
        broken = bytearray(session)
        broken[begin + place] ^= 1
        assert not tried(bytes(broken)), place


@pytest.mark.parametrize("version", VERSIONS)
def test_a_node_of_another_store_does_not_resume(cluster, trio, caller, tmp_path, pki, version):
    """Nor does one that has a database of its own."""
    other = Fleet(cluster, tmp_path / "other", f"other_{version[-1]}")
    alone = Server(
        tmp_path / "alone",
        env={"HANDFAST_TLS_RESUMPTION": "tickets", "HANDFAST_ISSUER": trio[0].url},
    )
    stranger = other.node(env={"HANDFAST_ISSUER": trio[0].url})
    try:
        with stranger, alone:
            for node in (stranger, alone):
                for here, there in ((trio[0], node), (node, trio[0])):
                    assert not is_resumed(here.address, there.address, caller.credential, version)
            # The twins, of the same stores.
            assert is_resumed(alone.address, alone.address, caller.credential, version)
            assert is_resumed(stranger.address, stranger.address, caller.credential, version)
    finally:
        other.close()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mode", ["off", "store"])
def test_a_node_without_tickets_resumes_nobody_else_s_session(fleet, trio, mode, version):
    with fleet.node(env={"HANDFAST_TLS_RESUMPTION": mode}) as node:
        assert not is_resumed(trio[0].address, node.address, None, version)
        assert not is_resumed(node.address, trio[0].address, None, version)
        assert is_resumed(node.address, node.address, None, version) == (mode == "store")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_ticket_ends_with_its_lifetime_on_every_node(fleet, version):
    brief = {"HANDFAST_TLS_SESSION_LIFETIME": "2"}
    with fleet.node(env=brief) as one, fleet.node(env=brief) as two:
        with one.connect(None, version) as first:
            first.get("/health")
            assert comes_back(two.address, first)
            # The key would open it for an hour more; OpenSSL counts whole seconds.
            time.sleep(3.2)
            assert not comes_back(two.address, first)
            assert not comes_back(one.address, first)


# The secret.


def test_nodes_that_make_the_secret_at_once_have_one(fleet, trio, caller):
    """And with another secret, after a compromise, the old sessions open nothing."""
    with trio[0].connect(caller.credential) as old:
        expect.token(old.token(caller.body))
        for _ in range(3):
            fleet.psql("DELETE FROM wrapped_secret WHERE name = 'tickets'")
            pair = [fleet.node().launch() for _ in range(2)]
            try:
                for node in pair:
                    node.wait_for_line("listening on ")
                one, two = (node.address for node in pair)
                for version in VERSIONS:
                    assert is_resumed(one, two, caller.credential, version)
                    assert is_resumed(two, one, caller.credential, version)
                for address in (one, two):
                    assert not comes_back(address, old)
                assert fleet.psql("SELECT count(*) FROM wrapped_secret") == "2"
            finally:
                for node in pair:
                    node.kill()
        # Nodes that go on have what they had.
        assert comes_back(trio[1].address, old)


def test_the_secret_stands_in_no_dump_and_in_no_log(fleet, trio):
    """It is wrapped: without the key file its row is noise, of another length than the secret."""
    hidden = fleet.psql(
        "SELECT encode(material, 'hex') FROM wrapped_secret WHERE name = 'tickets'"
    )
    assert len(bytes.fromhex(hidden)) == 8 + 12 + 32 + 16
    key = fleet.key.read_text().strip()
    for node in trio:
        assert hidden not in node.log and key not in node.log
    checked = trio[0].handfast("check", "--verbose", check=False)
    assert hidden not in checked.stdout + checked.stderr


def test_a_secret_that_was_changed_in_the_database_starts_no_node(fleet, trio):
    """Fails closed, and says so; the twin is every other node."""
    row = "wrapped_secret WHERE name = 'tickets'"
    kept = fleet.psql(f"SELECT encode(material, 'hex') FROM {row}")
    broken = kept[:-2] + ("00" if kept[-2:] != "00" else "01")

    def put(material):
        fleet.psql(
            f"UPDATE wrapped_secret SET material = decode('{material}', 'hex')"
            " WHERE name = 'tickets'"
        )

    put(broken)
    try:
        assert "was changed in the database" in fleet.node().refuses_to_start()
    finally:
        put(kept)
    with fleet.node() as node:
        assert node.get("/health").status == 200
