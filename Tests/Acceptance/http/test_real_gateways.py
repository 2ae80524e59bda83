# SPDX-License-Identifier: Apache-2.0
"""Caddy, Envoy and Traefik in front, configured as Documentation/behind-a-proxy.md tells."""

import pytest

import expect
from forwarding import SECRET_FIELD, alias, binding, refusal, told
from gateways import FORMAT, GATEWAYS, WAYS, Gateway
from oauth import CC
from proxies import SECRET, Backend, Folder, furnish, listener, register
from server import free_port
from wire import Connection, Refused, client_context

LEAF = "/O=Handfast/CN=proxied"
EACH = [(kind, way) for kind in GATEWAYS for way in WAYS[kind]]


@pytest.fixture(scope="module")
def folder():
    folder = Folder()
    yield folder
    folder.remove()


@pytest.fixture(scope="module")
def backend(tmp_path_factory, pki, folder):
    home = tmp_path_factory.mktemp("backend")
    main = free_port()
    server = Backend(home / "data", ["--config", home / "handfast.yaml"], port=main, flags=False)
    server.ports = {one: free_port() for one in EACH}
    text = "issuer: https://id.example\nlog: {requests: true}\nlisteners:\n"
    text += f"  main: {{address: '127.0.0.1:{main}'}}\n"
    for (kind, way), port in server.ports.items():
        text += listener(way, f"{kind}-{way}", [
            ("127.0.0.1:9444", f"127.0.0.1:{port}"),
            ("certificate: nginx", f"certificate: {FORMAT[kind]}"),
            ("/run/handfast/", f"{folder.path}/{kind}-"), ("/etc/handfast/", f"{home}/"),
        ])  # fmt: skip
    (home / "handfast.yaml").write_text(text)
    server.proxy = pki.self_signed("real-proxy", "p256", subject="/CN=proxy")
    (home / "proxies.pem").write_text(server.proxy.certificate.read_text())
    (home / "proxy-secret").write_text(SECRET + "\n")
    register(server, pki)
    with server:
        for kind, way in EACH:
            if way == "socket":
                folder.give(folder.path / f"{kind}-proxy.sock")
        furnish(folder, server, pki)
        yield server
        assert server.running and server.stop() == 0
        assert SECRET not in server.log


@pytest.fixture(scope="module", params=EACH, ids="-".join)
def front(request, folder, backend):
    with Gateway(*request.param, folder, backend) as front:
        yield front
        assert front.process.poll() is None, front.said()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_self_signed_client_gets_a_token_bound_to_its_own_certificate(front, backend, version):
    bound = front.binding(backend.credential, version=version)
    assert bound == backend.credential.thumbprint
    front.refusal("certificate-not-registered", backend.other, version=version)
    front.refusal("certificate-missing", None, version=version)


def test_a_client_of_a_ca(front, backend, pki):
    leaf = pki.issued("proxied", subject=LEAF)
    assert front.binding(leaf, backend.authority) == leaf.thumbprint
    foreign = pki.issued("proxied-foreign", pki.namesake, subject=LEAF)
    front.refusal("chain-refused", foreign, backend.authority)
    other = pki.issued("proxied-other", subject="/O=Handfast/CN=other")
    front.refusal("subject-mismatch", other, backend.authority)
    expired = pki.issued("proxied-expired", subject=LEAF, start=-7200, end=-60)
    try:
        front.refusal("chain-refused", expired, backend.authority)
    except Refused:
        assert front.kind == "envoy"


def test_an_intermediate_is_told_by_envoy_and_traefik_and_must_be_registered_for_caddy(
    front, backend, pki
):
    # A leaf of its own for each proxy: an accepted chain is remembered.
    leaf = pki.issued(
        f"proxied-{front.port}", pki.intermediate, subject=LEAF, chain=[pki.intermediate]
    )
    if front.kind == "caddy":
        front.refusal("chain-refused", leaf, backend.authority)
    else:
        assert front.binding(leaf, backend.authority) == leaf.thumbprint
    assert front.binding(leaf, backend.authorities) == leaf.thumbprint
    bare = pki.issued("proxied-bare", pki.intermediate, subject=LEAF)
    front.refusal("chain-refused", bare, backend.authority)


def test_a_client_with_a_secret_needs_no_certificate(front, backend):
    for credential in (None, backend.credential):
        assert front.binding(credential, CC, basic=backend.basic) is None
    front.refusal("secret-wrong", None, CC, basic=(backend.basic[0], "wrong"))


def test_the_proxys_own_certificate_is_nobodys(front, backend):
    front.refusal("certificate-missing", None, backend.own)
    front.refusal("certificate-not-registered", backend.credential, backend.own)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_client_that_resumes_is_still_the_same(front, backend, version):
    context = client_context(backend.credential, version)
    with Connection(front.address, context=context) as first:
        expect.token(first.token(backend.body))
        session = first.session
    with Connection(front.address, context=context, session=session) as again:
        assert binding(backend, again.token(backend.body)) == backend.credential.thumbprint
        expect.error(again.token(backend.others), "invalid_client")


def test_clients_do_not_mix_on_the_proxys_connections(front, backend):
    one = Connection(front.address, backend.credential)
    two = Connection(front.address, backend.other)
    none = Connection(front.address)
    for _ in range(3):
        assert binding(backend, one.token(backend.body)) == backend.credential.thumbprint
        expect.error(none.token(backend.body), "invalid_client")
        assert binding(backend, two.token(backend.others)) == backend.other.thumbprint
        expect.error(two.token(backend.body), "invalid_client")
        expect.error(one.token(backend.others), "invalid_client")
    for connection in (one, two, none):
        connection.close()


def spoofs(kind, credential):
    """Header fields that a client may forge to be taken for `credential`."""
    fields = told(FORMAT[kind], credential)
    name = fields[0][0]
    aliased = [(alias(name), value) for name, value in fields]
    return {
        "exact": fields,
        "twice": fields + fields,
        "lower case": [(name.lower(), value) for name, value in fields],
        "upper case": [(name.upper(), value) for name, value in fields],
        "alias": aliased,
        "alias and exact": fields + aliased,
        "with a secret": [*fields, (SECRET_FIELD, "x" * 32)],
        "with the secret": [*fields, (SECRET_FIELD, SECRET)],
        "with a secret under an alias": [*fields, (alias(SECRET_FIELD), SECRET)],
        "named as hop-by-hop": [*fields, ("Connection", name)],
        "a hop-by-hop secret": [*fields, ("Connection", SECRET_FIELD)],
        "of other kinds": told("nginx", credential) + told("haproxy", credential),
    }


HARMLESS = ("exact", "twice", "lower case", "upper case", "with a secret", "of other kinds")


def not_believed(answer):
    """Refused by the gateway itself, or by the server as nobody."""
    if answer.status == 400 and b"invalid_" not in answer.body:
        return
    expect.error(answer, ("invalid_client", "invalid_request"), 400, 401)


def test_what_a_client_says_in_the_proxys_fields_is_nobody(front, backend):
    for case, fields in spoofs(front.kind, backend.credential).items():
        answer = front.ask(None, headers=fields)
        if case in HARMLESS:
            expect.error(answer, "invalid_client", 401)
        else:
            not_believed(answer)
        not_believed(front.ask(None, backend.own, headers=fields))


def test_what_a_client_says_in_the_proxys_fields_does_not_change_who_it_is(front, backend):
    for case, fields in spoofs(front.kind, backend.credential).items():
        not_believed(front.ask(backend.other, headers=fields))
        own = front.ask(backend.other, backend.others, headers=fields)
        if case in HARMLESS or own.status == 200:
            assert binding(backend, own) == backend.other.thumbprint, case
        else:
            not_believed(own)


# Changes of the page's text with which the forgeries of the tests above work.
LETTING = {
    "caddy": [("request_header -Client-Cert\n", "\n")],
    "envoy": [("SANITIZE_SET", "ALWAYS_FORWARD_ONLY")],
    "traefik": [('address: ":443"\n', 'address: ":443"\n    forwardedHeaders: {insecure: true}\n')],
}


@pytest.mark.parametrize("kind", GATEWAYS)
def test_a_proxy_that_lets_the_field_pass_would_give_identities_away(backend, folder, kind):
    with Gateway(kind, "keys", folder, backend, LETTING[kind]) as front:
        fields = told(FORMAT[kind], backend.credential)
        front.refusal("certificate-missing", None)
        assert front.binding(None, headers=fields) == backend.credential.thumbprint


@pytest.mark.parametrize("kind", GATEWAYS)
def test_who_goes_around_the_proxy_is_refused(backend, folder, kind):
    fields = told(FORMAT[kind], backend.credential)
    for way in ("keys", "secret"):
        for credential in (None, backend.credential):
            address = ("127.0.0.1", backend.ports[kind, way])
            with Connection(address, credential) as connection:
                refusal(
                    backend,
                    lambda open=connection: open.token(backend.body, headers=fields),
                    "invalid_request",
                    "proxy-unknown",
                )
