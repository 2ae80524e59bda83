# SPDX-License-Identifier: Apache-2.0
"""Several listeners of one server: what each asks of the client, and that sessions do not cross."""

import itertools

import pytest

import expect
from oauth import CC
from server import Server, free_port
from wire import Connection, Refused, client_context

MODES = {"main": "want", "strict": "need", "open": "none"}


@pytest.fixture(scope="module")
def several(tmp_path_factory, pki):
    folder = tmp_path_factory.mktemp("several")
    ports = {name: free_port() for name in MODES}
    text = "reactors: 2\nlisteners:\n"
    for name, mode in MODES.items():
        text += f"  {name}:\n    address: 127.0.0.1:{ports[name]}\n    client_certificate: {mode}\n"
    (folder / "several.yaml").write_text(text)
    server = Server(
        folder / "data", ["--config", folder / "several.yaml"], port=ports["main"], flags=False
    )
    server.ports = {name: ("127.0.0.1", port) for name, port in ports.items()}
    server.credential = pki.self_signed("playground2")
    client = server.add_client("several", "--certificate", server.credential.certificate)
    server.body = {**CC, "client_id": client["client_id"]}
    with server:
        yield server


def ask(several, name, credential, version=None):
    with Connection(several.ports[name], credential, version) as connection:
        return connection.token(several.body)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_each_listener_asks_as_it_is_told(several, version):
    expect.token(ask(several, "main", several.credential, version))
    expect.token(ask(several, "strict", several.credential, version))
    expect.error(ask(several, "main", None, version), "invalid_client")
    with pytest.raises(Refused):
        ask(several, "strict", None, version)
    expect.error(ask(several, "open", several.credential, version), "invalid_client")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("pair", list(itertools.permutations(MODES, 2)))
def test_a_session_of_one_listener_is_not_resumed_at_another(several, pair, version):
    origin, target = pair
    context = client_context(several.credential, version)
    with Connection(several.ports[origin], context=context) as first:
        first.token(several.body)
        with Connection(several.ports[origin], context=context, session=first.session) as same:
            assert same.resumed
            same.get("/health")
        try:
            with Connection(several.ports[target], context=context, session=first.session) as other:
                assert not other.resumed
                answer = other.token(several.body)
        except Refused:
            return
    if target == "open":
        expect.error(answer, "invalid_client")
    else:
        expect.token(answer)


def test_every_listener_is_announced(several):
    text = "\n".join(several.stdout)
    for _, port in several.ports.values():
        assert f"listening on https://127.0.0.1:{port}" in text


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_session_ends_with_its_lifetime(fresh, pki, version):
    import time

    credential = pki.self_signed("playground2")
    server = fresh(env={"HANDFAST_TLS_SESSION_LIFETIME": "1"})
    client = server.add_client("brief", "--certificate", credential.certificate)
    body = {**CC, "client_id": client["client_id"]}
    with server, server.connect(credential, version) as first:
        expect.token(first.token(body))
        with Connection(server.address, context=first.context, session=first.session) as second:
            assert second.resumed
            expect.token(second.token(body))
        time.sleep(2.2)
        with Connection(server.address, context=first.context, session=first.session) as third:
            assert not third.resumed
            expect.token(third.token(body))


def test_resumption_that_is_off_is_off(fresh, pki):
    server = fresh(env={"HANDFAST_TLS_RESUMPTION": "off"})
    with server:
        for version in ("1.2", "1.3"):
            with server.connect(pki.self_signed("playground2"), version) as first:
                assert first.get("/health").status == 200
                with Connection(
                    server.address, context=first.context, session=first.session
                ) as second:
                    assert not second.resumed
                    assert second.get("/health").status == 200
