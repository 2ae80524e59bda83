# SPDX-License-Identifier: Apache-2.0
"""Certificates forwarded in header fields: accepted from the trusted proxy alone."""


import pytest

import expect
from forwarding import (
    CERTIFICATE, FORMATS, NETWORK, SECRET, SECRET_FIELD, VERIFICATIONS, WITH_CHAIN, Proxied, alias,
    binding, configuration, nothing_told, refusal, told,
)  # fmt: skip
from oauth import CC, INTROSPECTION
from pki import Credential, openssl
from server import free_port
from wire import Connection, client_context, form

LEAF = "/O=Handfast/CN=behind"
each_format = pytest.mark.parametrize("kind", FORMATS)


@pytest.fixture(scope="module")
def behind(tmp_path_factory, pki):
    folder = tmp_path_factory.mktemp("behind")
    listeners = {kind: ("127.0.0.1", free_port()) for kind in [*FORMATS, "renamed", "strict"]}
    main = free_port()
    options = ["--config", folder / "handfast.yaml"]
    server = Proxied(folder / "data", options, port=main, flags=False)
    server.addresses = listeners
    server.proxy = pki.self_signed("proxy", "p256", subject="/CN=proxy")
    (folder / "proxies.pem").write_text(server.proxy.certificate.read_text())
    (folder / "secret").write_text(SECRET + "\n")
    (folder / "handfast.yaml").write_text(configuration(folder, listeners, main))
    server.credential = pki.self_signed("behind", "p256")
    server.body = server.register("behind", "--certificate", server.credential.certificate)
    server.own = server.register("proxy", "--certificate", server.proxy.certificate)
    server.under_ca = server.register(
        "under-ca", "--ca-certificate", pki.root.certificate,
        "--subject-dn", "CN=behind,O=Handfast",
    )  # fmt: skip
    server.basic = server.secretive("unbound")
    server.bound = server.secretive("bound", "--bound-tokens")
    with server:
        yield server
        assert server.running and server.stop() == 0
        assert SECRET not in server.log


@pytest.mark.smoke
@each_format
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_token_is_bound_to_the_certificate_that_the_proxy_tells(behind, kind, version):
    bound = behind.binding(kind, told(kind, behind.credential), version=version)
    assert bound == behind.credential.thumbprint != behind.proxy.thumbprint


@each_format
def test_the_secret_from_a_network_is_as_good_as_the_key(behind, kind):
    assert binding(behind, behind.by_secret(kind, [SECRET])) == behind.credential.thumbprint


@pytest.mark.smoke
@each_format
def test_nobody_else_is_believed(behind, kind):
    fields = told(kind, behind.credential)
    for peer in (None, behind.credential):
        for sent in (fields, []):
            behind.refusal("invalid_request", "proxy-unknown", kind, sent, proxy=peer)
    behind.refusal(
        "invalid_request", "proxy-unknown", kind, fields, proxy=None, target=INTROSPECTION
    )


WRONG_SECRETS = {
    "none": [], "another": [SECRET[:-1] + "3"], "cut": [SECRET[:-1]], "longer": [SECRET + "2"],
    "twice": [SECRET, SECRET], "right, then wrong": [SECRET, "x"], "empty": [""],
    "wrong, then right": ["x", SECRET],
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_SECRETS)
def test_a_secret_is_right_and_there_once(behind, case):
    refusal(
        behind, lambda: behind.by_secret("nginx", WRONG_SECRETS[case]),
        "invalid_request", "proxy-unknown",
    )  # fmt: skip


def test_a_secret_under_two_names_is_there_twice(behind):
    fields = told("nginx", behind.credential)
    fields += [(SECRET_FIELD, SECRET), (alias(SECRET_FIELD), "x")]
    behind.refusal("invalid_request", "proxy-unknown", "nginx", fields, proxy=None, source=NETWORK)


def test_the_secret_from_another_address_counts_for_nothing(behind):
    for source in ("127.0.0.1", "127.0.0.8"):
        refusal(
            behind, lambda: behind.by_secret("haproxy", [SECRET], source=source),
            "invalid_request", "proxy-unknown",
        )  # fmt: skip


def test_it_is_the_key_that_proves_a_proxy_and_not_the_name(behind, pki, tmp_path):
    fields = told("apache", behind.credential)
    namesake = pki.self_signed("proxy-namesake", "p256", subject="/CN=proxy")
    behind.refusal("invalid_request", "proxy-unknown", "apache", fields, proxy=namesake)
    renewed = tmp_path / "renewed.pem"
    openssl("req", "-x509", "-new", "-key", behind.proxy.key, "-out", renewed, "-subj", "/CN=new")
    other = Credential(renewed, behind.proxy.key)
    assert behind.binding("apache", fields, proxy=other) == behind.credential.thumbprint


@pytest.mark.smoke
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_proxy_that_resumes_is_still_known(behind, version):
    context = client_context(behind.proxy, version)
    fields = told("nginx", behind.credential)
    with Connection(behind.addresses["nginx"], context=context) as first:
        expect.token(first.token(behind.body, headers=fields))
        session = first.session
    with Connection(behind.addresses["nginx"], context=context, session=session) as second:
        assert second.resumed
        expect.token(second.token(behind.body, headers=fields))
        expect.error(second.token(behind.body), "invalid_client")


@each_format
def test_a_field_that_is_there_twice_or_under_an_alias_is_refused(behind, kind):
    name, value = told(kind, behind.credential)[0]
    rest = told(kind, behind.credential)[1:]
    twins = [
        [(name, value), (name, value)], [(name, value), (name.lower(), value)],
        [(name, value), (alias(name), value)], [(alias(name), value)],
    ]  # fmt: skip
    for twin in twins:
        behind.refusal("invalid_request", "forwarded-certificate", kind, twin + rest)
    other_case = [(name.swapcase(), value)]
    assert behind.binding(kind, other_case + rest) == behind.credential.thumbprint


@pytest.mark.parametrize("kind", VERIFICATIONS)
def test_a_verification_that_is_there_twice_or_under_an_alias_is_refused(behind, kind):
    verification = VERIFICATIONS[kind]
    fields = told(kind, behind.credential)
    for name in (verification.field, alias(verification.field)):
        for word in (verification.accepted, verification.refused):
            behind.refusal(
                "invalid_request", "forwarded-certificate", kind, fields + [(name, word)]
            )


@each_format
def test_what_is_cut_short_or_is_no_certificate_is_refused(behind, kind):
    (name, value), *rest = told(kind, behind.credential)
    half = len(value) // 2
    for broken in (value[:-30], value[:half], value[3:], "x", value + "A", value + value[:half]):
        behind.refusal("invalid_request", "forwarded-certificate", kind, [(name, broken)] + rest)


@each_format
def test_a_certificate_that_is_not_registered_is_refused(behind, pki, kind):
    fields = told(kind, pki.self_signed("not-behind", "p256"))
    behind.refusal("invalid_client", "certificate-not-registered", kind, fields)
    behind.refusal("invalid_client", "subject-mismatch", kind, fields, behind.under_ca)


@each_format
def test_the_proxy_is_no_client_itself(behind, kind):
    """A registered certificate of the proxy's own authenticates no client behind it."""
    for fields in (nothing_told(kind), []):
        for body in (behind.own, behind.body):
            behind.refusal("invalid_client", "certificate-missing", kind, fields, body)
    with behind.connect(behind.proxy) as plain:
        expect.token(plain.token(behind.own))


@pytest.mark.parametrize("kind", VERIFICATIONS)
def test_what_the_proxy_refuses_is_refused(behind, pki, kind):
    leaf = pki.issued("behind", subject=LEAF)
    for credential, body in ((behind.credential, behind.body), (leaf, behind.under_ca)):
        assert behind.binding(kind, told(kind, credential), body) == credential.thumbprint
        for verification in ("refused", None):
            fields = told(kind, credential, verification)
            behind.refusal("invalid_client", "proxy-objection", kind, fields, body)


@pytest.mark.parametrize("kind", [kind for kind in VERIFICATIONS if VERIFICATIONS[kind].unknown_ca])
def test_an_unknown_ca_matters_to_clients_of_cas_only(behind, pki, kind):
    fields = told(kind, behind.credential, "unknown_ca")
    assert behind.binding(kind, fields) == behind.credential.thumbprint
    leaf = pki.issued("behind", subject=LEAF)
    fields = told(kind, leaf, "unknown_ca")
    behind.refusal("invalid_client", "proxy-objection", kind, fields, behind.under_ca)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_chain_is_checked_here_again(behind, pki, kind):
    good = pki.issued("behind", subject=LEAF)
    assert behind.binding(kind, told(kind, good), behind.under_ca) == good.thumbprint
    bad = {
        "foreign": pki.issued("foreign", pki.namesake, subject=LEAF),
        "expired": pki.issued("behind-expired", subject=LEAF, start=-7200, end=-60),
        "early": pki.issued("behind-early", subject=LEAF, start=3600),
    }
    for credential in bad.values():
        behind.refusal(
            "invalid_client", "chain-refused", kind, told(kind, credential), behind.under_ca
        )
    other = pki.issued("other-subject", subject="/O=Handfast/CN=other")
    answer = behind.ask(kind, told(kind, other), behind.under_ca)
    expect.error(answer, "invalid_client")


@each_format
def test_an_intermediate_counts_where_the_format_tells_of_it(behind, pki, kind):
    # A leaf of its own for each format: an accepted chain is remembered.
    sent = pki.issued(f"sent-{kind}", pki.intermediate, subject=LEAF, chain=[pki.intermediate])
    bare = pki.issued(f"bare-{kind}", pki.intermediate, subject=LEAF)
    if kind in WITH_CHAIN:
        assert behind.binding(kind, told(kind, sent), behind.under_ca) == sent.thumbprint
    else:
        behind.refusal("invalid_client", "chain-refused", kind, told(kind, sent), behind.under_ca)
    behind.refusal("invalid_client", "chain-refused", kind, told(kind, bare), behind.under_ca)


def test_a_registered_certificate_that_has_expired_is_refused(behind, pki):
    brief = pki.short_lived("behind", 4)
    body = behind.register("brief", "--certificate", brief.certificate)
    expect.eventually(lambda: behind.ask("envoy", told("envoy", brief), body).status == 200)
    expect.eventually(
        lambda: behind.ask("envoy", told("envoy", brief), body).status == 401, within=5
    )
    for kind in FORMATS:
        behind.refusal(
            "invalid_client", "certificate-expired", kind, told(kind, brief), body
        )


@pytest.mark.smoke
@each_format
def test_each_request_of_a_connection_stands_for_itself(behind, pki, kind):
    other = pki.self_signed("not-behind", "p256")
    with Connection(behind.addresses[kind], behind.proxy) as connection:
        for _ in range(2):
            good = connection.token(behind.body, headers=told(kind, behind.credential))
            assert binding(behind, good) == behind.credential.thumbprint
            for fields in ([], nothing_told(kind), told(kind, other)):
                expect.error(connection.token(behind.body, headers=fields), "invalid_client")
            broken = [(CERTIFICATE[kind], "x")]
            expect.error(connection.token(behind.body, headers=broken), "invalid_request")
            expect.error(connection.token(behind.body), "invalid_client")


def pipelined(body, fields):
    text = form(body)
    lines = [f"{name}: {value}" for name, value in fields]
    head = [
        "POST /oauth2/token HTTP/1.1", "Host: localhost",
        "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(text)}", *lines,
    ]  # fmt: skip
    return "\r\n".join(head) + "\r\n\r\n" + text


@pytest.mark.smoke
def test_clients_behind_a_slow_request_keep_their_own_certificates(behind, pki):
    """A password is checked elsewhere while the next client's request waits."""
    behind.add_user("walker", "a-password-of-some-length")
    second = pki.self_signed("second-behind", "p256")
    body = behind.register("second-behind", "--certificate", second.certificate)
    expect.eventually(lambda: behind.ask("nginx", told("nginx", second), body).status == 200)
    password = {
        "grant_type": "password", "username": "walker", "password": "a-password-of-some-length",
        "client_id": behind.body["client_id"],
    }  # fmt: skip
    first = told("nginx", behind.credential)
    expect.eventually(lambda: behind.ask("nginx", first, password).status == 200)
    with Connection(behind.addresses["nginx"], behind.proxy) as connection:
        connection.send(
            pipelined(password, first) + pipelined(body, told("nginx", second))
            + pipelined(behind.body, []) + pipelined(password, first)
        )  # fmt: skip
        assert binding(behind, connection.read()) == behind.credential.thumbprint
        assert binding(behind, connection.read()) == second.thumbprint
        expect.error(connection.read(), "invalid_client")
        assert binding(behind, connection.read()) == behind.credential.thumbprint


@each_format
def test_clients_with_a_secret_come_through_the_proxy(behind, pki, kind):
    other = pki.self_signed("not-behind", "p256")
    for fields in (nothing_told(kind), told(kind, other)):
        assert behind.binding(kind, fields, CC, basic=behind.basic) is None
    bound = behind.binding(kind, told(kind, other), CC, basic=behind.bound)
    assert bound == other.thumbprint
    expect.error(behind.ask(kind, nothing_told(kind), CC, basic=behind.bound), "invalid_request")
    wrong = (behind.basic[0], "wrong")
    behind.refusal(
        "invalid_client", "secret-wrong", kind, nothing_told(kind), CC, basic=wrong
    )  # fmt: skip
    broken = [(CERTIFICATE[kind], "x")]
    behind.refusal(
        "invalid_request", "forwarded-certificate", kind, broken, CC, basic=behind.basic
    )


def test_what_some_formats_say_twice_must_agree(behind, pki):
    good = dict(told("envoy", behind.credential))["X-Forwarded-Client-Cert"]
    other = dict(told("envoy", pki.self_signed("not-behind", "p256")))["X-Forwarded-Client-Cert"]
    parts, others = good.split(";"), other.split(";")
    mixtures = [
        [others[0], *parts[1:]], [parts[0], others[1], parts[2]], [parts[0], parts[1], others[2]],
    ]  # fmt: skip
    values = [";".join(mixture) for mixture in mixtures] + [f"{good},{other}", f"{other},{good}"]
    for value in values:
        fields = [("X-Forwarded-Client-Cert", value)]
        behind.refusal("invalid_request", "forwarded-certificate", "envoy", fields)


def test_a_revoked_certificate_of_cloudflare_is_refused(behind):
    fields = dict(told("cloudflare", behind.credential))
    fields["Cf-Cert-Revoked"] = "true"
    behind.refusal("invalid_client", "proxy-objection", "cloudflare", list(fields.items()))


def test_a_load_balancer_that_verifies_tells_of_the_leaf_alone(behind):
    name, value = told("aws-alb", behind.credential)[0]
    leaf = [(name + "-Leaf", value)]
    assert behind.binding("aws-alb", leaf) == behind.credential.thumbprint
    behind.refusal("invalid_request", "forwarded-certificate", "aws-alb", leaf + [(name, value)])


def test_fields_can_have_other_names(behind):
    renaming = {"SSL-Client-Cert": "X-Client", "SSL-Client-Verify": "X-Client-Verify"}
    usual = told("nginx", behind.credential)
    fields = [(renaming[name], value) for name, value in usual]
    assert behind.binding("renamed", fields) == behind.credential.thumbprint
    behind.refusal("invalid_client", "certificate-missing", "renamed", usual)
    broken = fields + [(alias("X-Client-Verify"), "SUCCESS")]
    behind.refusal("invalid_request", "forwarded-certificate", "renamed", broken)


def test_a_strict_listener_can_be_a_proxys(behind):
    fields = told("rfc9440", behind.credential)
    assert behind.binding("strict", fields) == behind.credential.thumbprint
    answer = behind.ask("strict", fields, CC, basic=behind.basic)
    expect.error(answer, ("invalid_client", "unauthorized_client"), 400, 401)


def test_tokens_are_introspected_through_the_proxy(behind, pki):
    api = pki.self_signed("behind-api", "p256")
    body = behind.register("behind-api", "--certificate", api.certificate, "--introspect")
    token = expect.token(behind.ask("traefik", told("traefik", behind.credential)))["access_token"]
    question = {"client_id": body["client_id"], "token": token}
    more = {"target": INTROSPECTION}
    fields = told("traefik", api)
    expect.eventually(lambda: behind.ask("traefik", fields, body).status == 200)
    members = expect.active(behind.ask("traefik", fields, question, **more))
    assert members["cnf"] == {"x5t#S256": behind.credential.thumbprint}
    for refused in (told("traefik", behind.credential), []):
        expect.error(behind.ask("traefik", refused, question, **more), "invalid_client")


IGNORED = "client certificate in a header field ignored"


@each_format
def test_an_ordinary_listener_ignores_the_fields_and_says_so_once(behind, pki, kind):
    fields = told(kind, behind.credential)
    before = behind.log.count(IGNORED)
    with behind.connect() as connection:
        for _ in range(3):
            expect.error(connection.token(behind.body, headers=fields), "invalid_client")
    expect.eventually(lambda: behind.log.count(IGNORED) == before + 1)
    # A certificate in the handshake takes precedence over forwarded ones.
    with behind.connect(behind.credential) as connection:
        lies = told(kind, pki.self_signed("not-behind", "p256"))
        answer = connection.token(behind.body, headers=lies + [(SECRET_FIELD, SECRET)])
        assert binding(behind, answer) == behind.credential.thumbprint
    expect.eventually(lambda: behind.log.count(IGNORED) == before + 2)
    with behind.connect(behind.credential) as connection:
        expect.token(connection.token(behind.body))
    assert behind.log.count(IGNORED) == before + 2


def test_what_everybody_may_read_is_there_for_everybody(behind):
    with Connection(behind.addresses["nginx"]) as connection:
        assert connection.get("/health").status == 200
        assert connection.get("/.well-known/oauth-authorization-server").status == 200
