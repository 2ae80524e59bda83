# SPDX-License-Identifier: Apache-2.0
"""Resumed sessions give an identity, never a decision (TLS-13 to 15), by tickets and by a store."""

import concurrent.futures
import contextlib

import pytest

import expect
from oauth import CC
from server import Server
from wire import Connection, client_context

pytestmark = pytest.mark.smoke
ALGORITHMS = ["rsa2048", "p256", "ed25519"]


class Resuming(Server):
    """A server with one kind of resumption, and a client for each key algorithm."""

    def register(self, pki, name, algorithm):
        credential = pki.self_signed(f"resuming-{algorithm}", algorithm)
        client = self.add_client(name, "--certificate", credential.certificate)
        return credential, {**CC, "client_id": client["client_id"]}

    def again(self, connection):
        """A new connection that resumes the session of an earlier one."""
        return Connection(self.address, context=connection.context, session=connection.session)


@pytest.fixture(scope="module", params=["tickets", "store"])
def resuming(request, tmp_path_factory, pki):
    data = tmp_path_factory.mktemp(request.param) / "data"
    server = Resuming(data, env={"HANDFAST_TLS_RESUMPTION": request.param})
    server.mode = request.param
    server.known = {a: server.register(pki, a, a) for a in ALGORITHMS}
    with server:
        yield server
        assert server.stop() == 0


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_resumed_session_has_the_identity_of_the_full_handshake(resuming, version, algorithm):
    credential, body = resuming.known[algorithm]
    with resuming.connect(credential, version) as first:
        assert not first.resumed
        expect.token(first.token(body))
        with resuming.again(first) as second:
            assert second.resumed
            answer = second.token(body)
    claims = expect.verified(expect.token(answer)["access_token"], resuming.address)
    assert claims["client_id"] == body["client_id"]
    assert claims["cnf"]["x5t#S256"] == credential.thumbprint


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_resumed_session_is_refused_as_another_client(resuming, version):
    credential, body = resuming.known["rsa2048"]
    other = resuming.known["p256"][1]
    with resuming.connect(credential, version) as first:
        expect.token(first.token(body))
        with resuming.again(first) as second:
            assert second.resumed
            expect.error(second.token(other), "invalid_client")
            expect.token(second.token(body))


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_chain_of_resumptions_keeps_the_identity(resuming, version):
    credential, body = resuming.known["rsa2048"]
    connection = resuming.connect(credential, version)
    for _ in range(12):  # enough to meet every reactor
        expect.token(connection.token(body))
        following = resuming.again(connection)
        assert following.resumed
        connection.close()
        connection = following
    claims = expect.verified(expect.token(connection.token(body))["access_token"], resuming.address)
    assert claims["cnf"]["x5t#S256"] == credential.thumbprint
    connection.close()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_session_opened_without_certificate_stays_without(resuming, version):
    _, body = resuming.known["rsa2048"]
    with resuming.connect(None, version) as first:
        expect.error(first.token(body), "invalid_client")
        with resuming.again(first) as second:
            assert second.resumed
            expect.error(second.token(body), "invalid_client")


def test_tls_1_2_without_tickets_resumes_by_session_id_where_there_is_a_store(resuming):
    credential, body = resuming.known["rsa2048"]
    with resuming.connect(credential, "1.2", tickets=False) as first:
        expect.token(first.token(body))
        with resuming.again(first) as second:
            assert second.resumed or resuming.mode == "tickets"
            expect.token(second.token(body))
            expect.error(second.token(resuming.known["p256"][1]), "invalid_client")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_resumed_connection_can_be_resumed_in_its_turn(resuming, version):
    """A TLS 1.3 client uses a ticket once, so each handshake must bring it the next one."""
    credential, body = resuming.known["rsa2048"]
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(resuming.connect(credential, version))
        expect.token(connection.token(body))
        for _ in range(4):
            connection = stack.enter_context(resuming.again(connection))
            assert connection.resumed
            expect.token(connection.token(body))
            expect.error(connection.token(resuming.known["p256"][1]), "invalid_client")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_session_used_by_many_at_once_is_judged_each_time(resuming, pki, version):
    credential, body = resuming.register(pki, f"shared-{version}", "rsa2048")
    expect.eventually(lambda: resuming.token(body, credential, version).status == 200)
    with resuming.connect(credential, version) as first:
        expect.token(first.token(body))

        def once(_):
            with resuming.again(first) as second:
                return second.resumed, second.token(body)

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for _, answer in pool.map(once, range(40)):
                expect.token(answer)
            resuming.handfast("client", "disable", f"shared-{version}")
            expect.eventually(lambda: first.token(body).status == 401)
            expect.eventually(lambda: all(once(0)[1].status == 401 for _ in range(4)))
            for _, answer in pool.map(once, range(40)):
                expect.error(answer, "invalid_client")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_sessions_of_another_server_are_not_resumed(resuming, fresh, pki, version):
    """Another process has other keys: the ticket is worth nothing, the handshake is full."""
    credential, body = resuming.known["rsa2048"]
    other = fresh(env={"HANDFAST_TLS_RESUMPTION": resuming.mode})
    client = other.add_client(
        "same-id", "--client-id", body["client_id"], "--certificate", credential.certificate
    )
    with other, resuming.connect(credential, version) as first:
        expect.token(first.token(body))
        with Connection(other.address, context=first.context, session=first.session) as second:
            assert not second.resumed
            expect.token(second.token({**CC, "client_id": client["client_id"]}))


def test_garbage_in_place_of_a_ticket_falls_back_to_a_full_handshake(resuming, tmp_path):
    """A session file whose ticket bytes are flipped is taken as none at all."""
    import re
    import subprocess

    port, kept = resuming.port, tmp_path / "session.pem"
    base = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2"]
    subprocess.run([*base, "-sess_out", kept], input="Q\n", capture_output=True, text=True)
    lines = kept.read_text().splitlines()
    for spoiled in (False, True):
        text = list(lines)
        if spoiled:
            middle = len(text) // 2
            text[middle] = text[middle][::-1]
        trial = tmp_path / f"trial-{spoiled}.pem"
        trial.write_text("\n".join(text) + "\n")
        done = subprocess.run(
            [*base, "-sess_in", trial], input="Q\n", capture_output=True, text=True
        )
        if not spoiled:
            assert re.search("^Reused, TLSv1.2", done.stdout, re.M), done.stdout
    with resuming.connect() as connection:
        assert connection.get("/health").status == 200


def test_without_resumption_by_the_client_every_handshake_is_full(resuming):
    credential, body = resuming.known["rsa2048"]
    context = client_context(credential, "1.3")
    for _ in range(3):
        with Connection(resuming.address, context=context) as connection:
            assert not connection.resumed
            expect.token(connection.token(body))
