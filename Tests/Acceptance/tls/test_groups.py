# SPDX-License-Identifier: Apache-2.0
"""The groups of the key exchange, and the versions of TLS that are spoken."""

import ssl
import subprocess

import pytest

import expect
import hello
from administrator import Administrator
from hello import ILLEGAL_PARAMETER, P_256, P_384, X25519, X25519MLKEM768, answer, key_share
from oauth import CC
from openssl_client import s_client
from server import handfast, openssl_version
from wire import Connection, Refused

HAS_HYBRID = openssl_version() >= (3, 5)
PREFERRED = X25519MLKEM768 if HAS_HYBRID else X25519


def offered(groups, shares):
    return hello.client_hello_13(groups, [(group, key_share(group)) for group in shares])


def ask(server, groups, shares, *cuts):
    return answer(server.address, hello.records(offered(groups, shares), *cuts))


def said(server, listed):
    return ask(server, listed, listed[:1])


def register(server, credential, version=None):
    """A client of this certificate, once the server knows it; its request for a token."""
    client = server.add_client("registered", "--certificate", credential.certificate)
    body = {**CC, "client_id": client["client_id"]}
    expect.eventually(lambda: server.token(body, credential, version).status == 200)
    return body


@pytest.fixture
def configured(fresh, tmp_path):
    """Starts a server with these lines in its `tls` section."""

    def start(*lines):
        path = tmp_path / "groups.yaml"
        path.write_text("tls:\n" + "".join(f"  {line}\n" for line in lines))
        return fresh(options=["--config", path]).start()

    return start


def check(tmp_path, *lines, env=None):
    path = tmp_path / "check.yaml"
    path.write_text("tls:\n" + "".join(f"  {line}\n" for line in lines))
    return handfast("check", "--config", path, check=False, env=env)


def test_the_hybrid_is_taken_with_its_share_where_openssl_has_it(server):
    both = ask(server, [X25519MLKEM768, X25519], [X25519MLKEM768, X25519])
    assert (both.kind, both.group, both.retries) == ("hello", PREFERRED, False)


def test_a_client_that_lists_the_hybrid_and_sends_another_share_gets_that(server):
    one = ask(server, [X25519MLKEM768, X25519], [X25519])
    assert (one.group, one.retries) == (X25519, False)
    # Without a share of any group that is spoken one is asked for.
    none = ask(server, [0x001E, X25519MLKEM768, P_256, X25519], [])
    assert (none.group, none.retries) == (PREFERRED, True)


@pytest.mark.parametrize("cut", [1, 5, 200, 1200, 1380])
def test_a_hello_in_two_packets_or_two_records_is_answered_alike(server, cut):
    message = offered([X25519MLKEM768, X25519], [X25519MLKEM768, X25519])
    assert len(message) > 1280, "fits into any packet"
    (whole,) = hello.records(message)
    for packets in ([whole[:cut], whole[cut:]], hello.records(message, cut)):
        one = answer(server.address, packets)
        assert (one.kind, one.group, one.retries) == ("hello", PREFERRED, False)


@pytest.mark.skipif(not HAS_HYBRID, reason="OpenSSL has no ML-KEM")
@pytest.mark.parametrize(
    "share",
    [
        key_share(X25519MLKEM768)[:-1],
        key_share(X25519MLKEM768) + b"\0",
        # FIPS 203 §7.2: coefficients of the encapsulation key are below q.
        b"\xff" * 1152 + bytes(64),
        b"",
    ],
    ids=["short", "long", "not-reduced", "empty"],
)
def test_a_hybrid_share_of_another_form_is_refused(server, share):
    message = hello.client_hello_13([X25519MLKEM768, X25519], [(X25519MLKEM768, share)])
    one = answer(server.address, hello.records(message))
    assert (one.kind, one.alert) in [("alert", ILLEGAL_PARAMETER), ("alert", 50)]
    assert said(server, [X25519]).group == X25519


def test_groups_that_are_not_spoken_are_refused(server):
    for group in (0x001E, 0x0100, 0x0101, 0x001F):  # X448, ffdhe2048, ffdhe3072, brainpoolP256r1
        one = answer(
            server.address, hello.records(hello.client_hello_13([group], [(group, b"\2" * 256)]))
        )
        assert (one.kind, one.alert) == ("alert", hello.HANDSHAKE_FAILURE), hex(group)


def test_the_configured_groups_are_spoken_in_their_order(configured, pki):
    server = configured("groups: P-384 X25519")
    assert said(server, [X25519, P_384]).group == X25519
    none = ask(server, [P_256, X25519, P_384], [])
    assert (none.group, none.retries) == (P_384, True)
    refused = ask(server, [P_256], [])
    assert (refused.kind, refused.alert) == ("alert", hello.HANDSHAKE_FAILURE)
    credential = pki.self_signed("curves", "rsa2048")
    client = register(server, credential)
    for group, works in (("P-384", True), ("X25519", True), ("P-256", False)):
        done = subprocess.run(
            ["curl", "-sk", "--curves", group, "--cert", credential.certificate]
            + ["--key", credential.key, "-d", f"client_id={client['client_id']}"]
            + ["-d", "grant_type=client_credentials", f"{server.url}/oauth2/token"],
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert ("access_token" in done.stdout) == works, (group, done)
        assert (done.returncode == 0) == works


def test_in_tls_1_2_a_clients_curve_must_be_one_of_the_groups(configured, pki):
    server = configured("groups: X25519 P-384")
    credential = pki.self_signed("curve-of-client", "p256")
    body = register(server, credential, "1.3")
    with pytest.raises(Refused):
        server.token(body, credential, "1.2")
    with server.connect(version="1.2") as connection:
        assert connection.get("/health").status == 200
    expect.logged(server, "leaves out P-256, P-521")


def test_groups_are_taken_over_by_a_reload(configured, tmp_path):
    server = configured("groups: P-384")
    assert said(server, [X25519]).kind == "alert"
    (tmp_path / "groups.yaml").write_text("tls: {groups: X25519}\n")
    server.signal(1)
    expect.eventually(lambda: said(server, [X25519]).kind == "hello", within=5)
    assert said(server, [P_384]).kind == "alert"


def test_the_group_is_in_a_metric(fresh):
    server = fresh().start()
    administrator = Administrator(server)

    def count(**labels):
        return administrator.series("handshake_groups_total", listener="main", **labels)

    for group, times in (("P-256", 2), ("P-384", 1)):
        for _ in range(times):
            s_client(server, "-tls1_3", "-groups", group)
    expect.eventually(lambda: count(group="P-384") == 1, within=5)
    assert count(group="P-256") == 2
    # A session that TLS 1.2 resumes has no key exchange.
    with server.connect(version="1.2") as first:
        assert first.get("/health").status == 200
        assert first.socket.version() == "TLSv1.2"
        (before,) = totals(administrator)
        with Connection(server.address, context=first.context, session=first.session) as again:
            assert again.resumed and again.get("/health").status == 200
    assert totals(administrator) == [before]


def totals(administrator):
    return [
        sum(sample.value for sample in family.samples)
        for family in administrator.families
        if family.name == "handfast_handshake_groups"
    ]


@pytest.mark.parametrize("version, other", [("1.2", "1.3"), ("1.3", "1.2")])
def test_one_version_may_be_spoken_alone(configured, pki, version, other):
    server = configured(f"minimum_version: '{version}'", f"maximum_version: '{version}'")
    credential = pki.self_signed(f"alone-{version}", "rsa2048")
    body = register(server, credential, version)
    with server.connect(credential, version) as first:
        expect.token(first.token(body))
        with Connection(server.address, context=first.context, session=first.session) as again:
            assert again.resumed and again.version == version
    with pytest.raises(Refused):
        server.connect(credential, other)


def test_check_says_which_groups_and_versions_there_are(tmp_path):
    known = "X25519, P-256, P-384, P-521"
    for value, problem in (
        ("X25519 X448", "has X448, which is not known"),
        ("prime256v1", "has prime256v1, which is not known"),
        ("X25519 X25519", "has the group X25519 twice"),
    ):
        done = check(tmp_path, f"groups: {value}")
        assert done.returncode != 0 and problem in done.stderr
        assert "twice" in problem or known in done.stderr
    done = check(tmp_path, "groups: X25519MLKEM768 X25519")
    if HAS_HYBRID:
        assert done.returncode == 0, done.stderr
    else:
        assert done.returncode != 0
        assert "has X25519MLKEM768, which OpenSSL 3." in done.stderr and known in done.stderr
    done = check(tmp_path, "minimum_version: '1.3'", "maximum_version: '1.2'")
    assert done.returncode != 0 and "tls.maximum_version" in done.stderr
    assert "is below tls.minimum_version" in done.stderr
    assert check(tmp_path, "groups: P-256 P-384 P-521 X25519").stderr == ""


def test_the_default_groups_are_shown(tmp_path):
    path = tmp_path / "empty.yaml"
    path.write_text("tls:\n  resumption: off\n")
    lines = handfast("check", "--config", path, "--verbose").stdout.splitlines()
    (line,) = [line for line in lines if "tls.groups" in line]
    assert ("X25519MLKEM768" in line) == HAS_HYBRID
    assert "X25519 P-256 P-384 P-521" in line


@pytest.mark.skipif(not HAS_HYBRID, reason="OpenSSL has no ML-KEM")
def test_a_client_with_the_hybrid_gets_a_token(configured, pki):
    server = configured("groups: X25519MLKEM768")
    credential = pki.self_signed("hybrid", "p256")
    if ssl.OPENSSL_VERSION_INFO >= (3, 5):
        register(server, credential, "1.3")
    # TLS 1.2 has no such group, and the client's list must have another one for TLS 1.3 too.
    with pytest.raises(Refused):
        server.token(CC, credential, "1.2")
    assert said(server, [X25519]).kind == "alert"
