# SPDX-License-Identifier: Apache-2.0
"""nginx, HAProxy and Apache in front, configured as Documentation/behind-a-proxy.md tells."""

import subprocess

import pytest

import expect
from forwarding import SECRET_FIELD, VERIFICATIONS, alias, binding, nothing_told, refusal, told
from oauth import CC
from proxies import (
    PROGRAMS, SECRET, TERMINATING, Backend, Folder, Front, Proxy, furnish, listener, register,
    snippet, told_besides, without,
)  # fmt: skip
from server import free_port
from wire import Connection, Refused, client_context

WAYS = ("keys", "socket", "secret")
LEAF = "/O=Handfast/CN=proxied"


@pytest.fixture(scope="module")
def folder():
    """The folder of the proxies' files and sockets."""
    folder = Folder()
    yield folder
    folder.remove()


@pytest.fixture(scope="module")
def backend(tmp_path_factory, pki, folder):
    home = tmp_path_factory.mktemp("backend")
    main = free_port()
    server = Backend(home / "data", ["--config", home / "handfast.yaml"], port=main, flags=False)
    server.ports = {(kind, way): free_port() for kind in PROGRAMS for way in WAYS}
    server.tunnel = free_port()
    text = "issuer: https://id.example\nlog: {requests: true}\nlisteners:\n"
    text += f"  main: {{address: '127.0.0.1:{main}'}}\n"
    for (kind, way), port in server.ports.items():
        text += listener(way, f"{kind}-{way}", [
            ("127.0.0.1:9444", f"127.0.0.1:{port}"), ("certificate: nginx", f"certificate: {kind}"),
            ("/run/handfast/", f"{folder.path}/{kind}-"), ("/etc/handfast/", f"{home}/"),
        ])  # fmt: skip
    text += listener("tunnel", "tunnel", [("9445", str(server.tunnel))])
    (home / "handfast.yaml").write_text(text)
    server.proxy = pki.self_signed("real-proxy", "p256", subject="/CN=proxy")
    (home / "proxies.pem").write_text(server.proxy.certificate.read_text())
    (home / "proxy-secret").write_text(SECRET + "\n")
    register(server, pki)
    with server:
        for kind in PROGRAMS:
            folder.give(folder.path / f"{kind}-proxy.sock")
        furnish(folder, server, pki)
        yield server
        assert server.running and server.stop() == 0
        assert SECRET not in server.log


@pytest.fixture(scope="module", params=[f"{kind}-{way}" for kind in PROGRAMS for way in WAYS])
def front(request, folder, backend):
    kind, way = request.param.split("-")
    with Front(kind, way, folder, backend) as front:
        yield front
        assert front.process.poll() is None, front.said()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_self_signed_client_gets_a_token_bound_to_its_own_certificate(front, backend, version):
    bound = front.binding(backend.credential, version=version)
    assert bound == backend.credential.thumbprint
    front.refusal("certificate-not-registered", backend.other, version=version)
    front.refusal("certificate-missing", None, version=version)


def test_an_rsa_client_that_curl_speaks_for(front, backend, pki):
    credential = pki.self_signed("proxied-rsa", "rsa4096")
    name = f"curl-{front.port}"
    body = backend.register(name, "--certificate", credential.certificate)

    def ask():
        done = subprocess.run(
            [
                "curl", "-sk", "--cert", credential.certificate, "--key", credential.key,
                "-d", f"grant_type=client_credentials&client_id={body['client_id']}",
                f"https://localhost:{front.port}/oauth2/token",
            ],
            capture_output=True,
            text=True,
        )  # fmt: skip
        return "access_token" in done.stdout

    expect.eventually(ask)


def test_a_client_of_a_ca(front, backend, pki):
    leaf = pki.issued("proxied", subject=LEAF)
    assert front.binding(leaf, backend.authority) == leaf.thumbprint
    foreign = pki.issued("proxied-foreign", pki.namesake, subject=LEAF)
    front.refusal("proxy-objection", foreign, backend.authority)
    other = pki.issued("proxied-other", subject="/O=Handfast/CN=other")
    front.refusal("subject-mismatch", other, backend.authority)


def test_an_expired_certificate_is_refused_by_the_proxy_itself_or_by_its_word(front, backend, pki):
    expired = pki.issued("proxied-expired", subject=LEAF, start=-7200, end=-60)
    if front.kind == "haproxy":
        front.refusal("proxy-objection", expired, backend.authority)
    elif front.kind == "nginx":
        answer = front.ask(expired, backend.authority)
        assert answer.status == 400 and b"SSL certificate error" in answer.body
    else:
        with pytest.raises(Refused):
            front.ask(expired, backend.authority)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_after_a_resumed_handshake_no_proxy_tells_an_intermediate(front, backend, pki, version):
    leaf = pki.issued(
        f"resumed-{front.port}-{version}", pki.intermediate, subject=LEAF, chain=[pki.intermediate]
    )
    context = client_context(leaf, version)
    with Connection(front.address, context=context) as first:
        first.get("/health")
        session = first.session
    with Connection(front.address, context=context, session=session) as again:
        assert again.resumed
        refusal(
            backend, lambda: again.token(backend.authority), "invalid_client", "chain-refused"
        )  # fmt: skip
        assert binding(backend, again.token(backend.authorities)) == leaf.thumbprint


def test_haproxy_can_do_without_resumption(backend, folder, pki):
    leaf = pki.issued("unresumed", pki.intermediate, subject=LEAF, chain=[pki.intermediate])
    text = f"global\n    {told_besides('tune.ssl.cachesize 0')}\n" + TERMINATING["haproxy"]("keys")
    option = told_besides("no-tls-tickets")
    changes = [
        ("9444", str(backend.ports["haproxy", "keys"])), ("no-ca-names", f"no-ca-names {option}"),
    ]  # fmt: skip
    with Proxy("haproxy", folder, text, changes) as proxy:
        for version in ("1.2", "1.3"):
            context = client_context(leaf, version)
            with Connection(proxy.address, context=context) as first:
                first.get("/health")
                session = first.session
            with Connection(proxy.address, context=context, session=session) as again:
                assert not again.resumed
                assert binding(backend, again.token(backend.authority)) == leaf.thumbprint


def names_authorities(proxy):
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{proxy.port}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert "BEGIN CERTIFICATE" in done.stdout
    return "No client certificate CA names sent" not in done.stdout


def test_cas_are_named_to_clients_by_apache_only(front):
    """Some clients show no other certificate where they are named."""
    assert names_authorities(front) == (front.kind == "apache")


def test_an_intermediate_is_told_by_haproxy_and_must_be_registered_for_others(front, backend, pki):
    # A leaf of its own for each proxy: an accepted chain is remembered.
    leaf = pki.issued(
        f"proxied-{front.port}", pki.intermediate, subject=LEAF, chain=[pki.intermediate]
    )
    if front.kind == "haproxy":
        assert front.binding(leaf, backend.authority) == leaf.thumbprint
    else:
        front.refusal("chain-refused", leaf, backend.authority)
    assert front.binding(leaf, backend.authorities) == leaf.thumbprint
    bare = pki.issued("proxied-bare", pki.intermediate, subject=LEAF)
    front.refusal("proxy-objection", bare, backend.authority)


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
    for _ in range(3):
        with Connection(front.address, context=context, session=session) as again:
            assert binding(backend, again.token(backend.body)) == backend.credential.thumbprint
            expect.error(again.token(backend.others), "invalid_client")


def test_clients_do_not_mix_on_the_proxys_connections(front, backend):
    one = Connection(front.address, backend.credential)
    two = Connection(front.address, backend.other)
    none = Connection(front.address)
    for _ in range(5):
        assert binding(backend, one.token(backend.body)) == backend.credential.thumbprint
        expect.error(none.token(backend.body), "invalid_client")
        assert binding(backend, two.token(backend.others)) == backend.other.thumbprint
        expect.error(two.token(backend.body), "invalid_client")
        expect.error(one.token(backend.others), "invalid_client")
    for connection in (one, two, none):
        connection.close()


def spoofs(kind, credential):
    """Header fields that a client may forge to be taken for `credential`."""
    fields = told(kind, credential)
    secret = (SECRET_FIELD, "x" * 32)
    lower = [(name.lower(), value) for name, value in fields]
    upper = [(name.upper(), value) for name, value in fields]
    aliased = [(alias(name), value) for name, value in fields]
    verification = VERIFICATIONS[kind]
    return {
        "exact": fields,
        "twice": fields + fields,
        "lower case": lower,
        "upper case": upper,
        "alias": aliased,
        "alias of the certificate": aliased[:1],
        "alias and exact": fields + aliased,
        "with a secret": [*fields, secret],
        "with a secret twice": [*fields, secret, (SECRET_FIELD, SECRET)],
        "with a secret under an alias": [*fields, (alias(SECRET_FIELD), SECRET)],
        "a verification": [(verification.field, verification.accepted)],
        "a verification under an alias": [(alias(verification.field), verification.accepted)],
        "nothing told": nothing_told(kind),
        "named as hop-by-hop": [*fields, ("Connection", f"{fields[0][0]}, {verification.field}")],
        "a hop-by-hop secret": [*fields, ("Connection", SECRET_FIELD)],
    }


# Spellings that the proxy replaces; the rest may be refused, as long as it is not believed.
HARMLESS = ("exact", "twice", "lower case", "upper case", "with a secret", "nothing told")


def test_what_a_client_says_in_the_proxys_fields_is_nobody(front, backend):
    for case, fields in spoofs(front.kind, backend.credential).items():
        answer = front.ask(None, headers=fields)
        codes = ("invalid_client",) if case in HARMLESS else ("invalid_client", "invalid_request")
        expect.error(answer, codes, 400, 401)
        expect.refused(lambda sent=fields: front.ask(None, backend.own, headers=sent), *codes)


def test_what_a_client_says_in_the_proxys_fields_does_not_change_who_it_is(front, backend):
    for case, fields in spoofs(front.kind, backend.credential).items():
        answer = front.ask(backend.other, headers=fields)
        expect.error(answer, ("invalid_client", "invalid_request"), 400, 401)
        own = front.ask(backend.other, backend.others, headers=fields)
        if case in HARMLESS or own.status == 200:
            assert binding(backend, own) == backend.other.thumbprint, case
        else:
            expect.error(own, ("invalid_client", "invalid_request"), 400, 401)


def test_apache_without_cas_names_none(backend, folder):
    text = without(TERMINATING["apache"]("keys"), "SSLCACertificateFile")
    with Proxy("apache", folder, text, [("9444", str(backend.ports["apache", "keys"]))]) as proxy:
        assert not names_authorities(proxy)
        with Connection(proxy.address, backend.credential) as connection:
            answer = connection.token(backend.body)
            assert binding(backend, answer) == backend.credential.thumbprint
            expect.error(connection.token(backend.others), "invalid_client")


SETTING = {
    "nginx": ["proxy_set_header SSL-Client-Cert", "proxy_set_header SSL-Client-Verify"],
    "haproxy": [f"http-request set-header X-SSL-Client-{word}" for word in ("DER", "Verify")],
    "apache": ["RequestHeader set SSL_CLIENT_CERT", "RequestHeader set SSL_CLIENT_VERIFY"],
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_proxy_that_lets_the_fields_pass_would_give_identities_away(backend, folder, kind):
    """Without those lines of the page, the forgeries of the tests above would work."""
    text = TERMINATING[kind]("keys")
    for line in SETTING[kind]:
        text = without(text, line)
    with Proxy(kind, folder, text, [("9444", str(backend.ports[kind, "keys"]))]) as proxy:
        with Connection(proxy.address) as connection:
            expect.error(connection.token(backend.body), "invalid_client")
            answer = connection.token(backend.body, headers=told(kind, backend.credential)[:1])
            expect.error(answer, "invalid_client")
            answer = connection.token(backend.body, headers=told(kind, backend.credential))
            assert binding(backend, answer) == backend.credential.thumbprint


@pytest.mark.parametrize("kind", PROGRAMS)
def test_who_goes_around_the_proxy_is_refused(backend, folder, kind):
    fields = told(kind, backend.credential)
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
    assert (folder.path / f"{kind}-proxy.sock").stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
def test_a_tunnel_tells_the_source_and_leaves_the_certificate(backend, folder, kind, version):
    source = "127.0.0.44" if version == "1.2" else "127.0.0.45"
    changes = [("9445", str(backend.tunnel))]
    with Proxy(kind, folder, snippet(f"{kind} tunnel"), changes) as proxy:
        lines = len(backend.stderr)
        with Connection(
            proxy.address, backend.credential, version, source=(source, 0)
        ) as connection:  # fmt: skip
            answer = connection.token(backend.body)
            assert binding(backend, answer) == backend.credential.thumbprint
            # No proxy has seen this certificate, whatever the client says.
            lies = told(kind, backend.other)
            expect.error(connection.token(backend.others, headers=lies), "invalid_client")
        peer = f'"peer":"{source}"'
        expect.eventually(lambda: any(peer in line for line in list(backend.stderr)[lines:]))
        with pytest.raises(Refused):
            Connection(
                proxy.address, backend.credential,
                introduction=b"PROXY TCP4 198.51.100.7 203.0.113.1 40000 443\r\n",
            )  # fmt: skip


def test_apache_connects_clients_that_ask_for_it(backend, folder):
    changes = [("AllowCONNECT 9443", f"AllowCONNECT {backend.port}")]
    with Proxy("apache", folder, snippet("apache tunnel"), changes) as proxy:
        credential = backend.credential

        def through(port):
            return subprocess.run(
                [
                    "curl", "-sk", "-p", "-x", f"http://127.0.0.1:{proxy.port}",
                    "--cert", credential.certificate, "--key", credential.key,
                    "-d", f"grant_type=client_credentials&client_id={backend.body['client_id']}",
                    f"https://localhost:{port}/oauth2/token",
                ],
                capture_output=True,
                text=True,
            )  # fmt: skip

        assert "access_token" in through(backend.port).stdout, proxy.said()
        # Only the port that it is told.
        assert through(backend.tunnel).returncode == 56
