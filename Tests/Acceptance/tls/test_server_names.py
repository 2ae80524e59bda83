# SPDX-License-Identifier: Apache-2.0
"""Certificates by the name that a client asks for (RFC 6066 §3; CVE-2025-23419; threats row 9)."""

import signal
import socket
import ssl
import subprocess

import pytest

import expect
from oauth import CC, RESUMPTION_MODES
from openssl_client import s_client
from pki import openssl
from server import Server, handfast
from wire import VERSIONS, Connection, client_context

SUITES = {"rsa": "ECDHE-RSA-AES128-GCM-SHA256", "ecdsa": "ECDHE-ECDSA-AES128-GCM-SHA256"}


class Pair:
    """A self-signed server certificate for `names`, and its key, as a configuration names them."""

    def __init__(self, folder, name, algorithm, *names):
        self.name, self.names = name, names
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.pem"
        self.renew(algorithm)

    def renew(self, algorithm):
        curve = ["-pkeyopt", "ec_paramgen_curve:P-256"] if algorithm == "EC" else []
        openssl("genpkey", "-algorithm", algorithm, *curve, "-out", self.key)
        alternative = ",".join(f"DNS:{name}" for name in self.names or ["localhost"])
        openssl(
            "req", "-x509", "-new", "-key", self.key, "-subj", f"/CN={self.name}", "-days", "90",
            "-out", self.certificate, "-addext", f"subjectAltName={alternative}",
        )  # fmt: skip

    def yaml(self, names=None):
        names = self.names if names is None else names
        text = f"    {self.name}:\n      certificate: {self.certificate}\n      key: {self.key}\n"
        return text + (f"      server_names: '{' '.join(names)}'\n" if names else "")


def yaml(pairs, rest=""):
    return "tls:\n" + rest + "  certificates:\n" + "".join(pair.yaml() for pair in pairs)


class Named:
    """A server with names, the file that says them, and a client to ask for tokens."""

    def __init__(self, folder, mode, pki):
        folder.mkdir(exist_ok=True)
        self.mode = mode
        self.plain = Pair(folder, "plain", "EC")
        self.plain_rsa = Pair(folder, "plain-rsa", "RSA")
        self.web = Pair(folder, "web", "EC", "id.example.com", "both.example.com")
        self.web_rsa = Pair(folder, "web-rsa", "RSA", "both.example.com", "rsa.example.com")
        self.edge = Pair(folder, "edge", "EC", "*.edge.example.com")
        self.exact = Pair(folder, "exact", "EC", "a.edge.example.com")
        self.pairs = [
            self.plain, self.plain_rsa, self.web, self.web_rsa, self.edge, self.exact,
        ]  # fmt: skip
        self.path = folder / "names.yaml"
        self.write(self.pairs)
        self.server = Server(folder / "data", ["--config", self.path])
        self.credential = pki.self_signed("names")
        client = self.server.add_client("names", "--certificate", self.credential.certificate)
        self.body = {**CC, "client_id": client["client_id"]}

    def write(self, pairs):
        self.path.write_text(yaml(pairs, f"  resumption: {self.mode}\n"))

    def ask(self, name, version=None, session=None, context=None, ciphers=None):
        """A connection that asks for `name`; None sends no name."""
        context = context or client_context(
            self.credential, version, ciphers=ciphers or "ALL:@SECLEVEL=0"
        )
        return Asking(self.server.address, name, context, session)

    def leaf(self, name, version=None, ciphers=None):
        with self.ask(name, version, ciphers=ciphers) as connection:
            return connection.leaf


class Asking(Connection):
    """A connection whose hello has the name that a test gives, or none."""

    def __init__(self, address, name, context, session):
        asking = Context(context, name)
        super().__init__(address, context=asking, session=session)
        self.context = context

    @property
    def leaf(self):
        """The CN of the certificate that the server showed."""
        der = self.socket.getpeercert(binary_form=True)
        pem = ssl.DER_cert_to_PEM_cert(der)
        shown = openssl("x509", "-noout", "-subject", "-nameopt", "RFC2253", text_input=pem)
        return shown.strip().removeprefix("subject=CN=")


class Context:
    """A context that puts its own name in the place of `wire`'s."""

    def __init__(self, context, name):
        self.context, self.name = context, name

    def wrap_socket(self, plain, server_hostname, session):
        return self.context.wrap_socket(plain, server_hostname=self.name, session=session)


@pytest.fixture(scope="module", params=RESUMPTION_MODES)
def named(request, tmp_path_factory, pki):
    made = Named(tmp_path_factory.mktemp("names") / request.param, request.param, pki)
    with made.server:
        yield made
        assert made.server.stop() == 0, made.server.log


# Which certificate.


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "name, leaf",
    [
        ("id.example.com", "web"),
        ("ID.EXAMPLE.com", "web"),
        ("b.edge.example.com", "edge"),
        ("B.Edge.Example.Com", "edge"),
        ("xn--bcher-kva.edge.example.com", "edge"),
        ("a.edge.example.com", "exact"),
        ("b.a.edge.example.com", "plain"),
        ("edge.example.com", "plain"),
        ("other.example.com", "plain"),
        ("localhost", "plain"),
        ("127.0.0.1", "plain"),
        (None, "plain"),
    ],
)
def test_the_certificate_of_a_name(named, version, name, leaf):
    ecdsa = SUITES["ecdsa"] if version == "1.2" else None
    assert named.leaf(name, version, ecdsa) == leaf


@pytest.mark.parametrize(
    "name, kind, leaf",
    [
        ("both.example.com", "rsa", "web-rsa"),
        ("both.example.com", "ecdsa", "web"),
        (None, "rsa", "plain-rsa"),
        ("other.example.com", "ecdsa", "plain"),
        ("rsa.example.com", "rsa", "web-rsa"),
    ],
)
def test_clients_of_one_kind_of_key_get_that_of_their_name(named, name, kind, leaf):
    assert named.leaf(name, "1.2", SUITES[kind]) == leaf
    # In TLS 1.3 the signature algorithms say it.
    algorithms = {"rsa": "rsa_pss_rsae_sha256", "ecdsa": "ecdsa_secp256r1_sha256"}[kind]
    asks = ["-servername", name] if name else ["-noservername"]
    shown = s_client(named.server, "-tls1_3", "-sigalgs", algorithms, *asks)
    assert f"subject=CN={leaf}\n" in shown, shown


def test_a_name_without_the_clients_kind_of_key_is_a_handshake_failure(named):
    for version, option in (("-tls1_2", ["-cipher", SUITES["ecdsa"]]),
                            ("-tls1_3", ["-sigalgs", "ecdsa_secp256r1_sha256"])):  # fmt: skip
        shown = s_client(named.server, version, *option, "-servername", "rsa.example.com")
        assert "alert number 40" in shown, shown
        shown = s_client(named.server, version, *option, "-servername", "id.example.com")
        assert "subject=CN=web\n" in shown, shown


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_name_is_acknowledged_where_it_was_used_and_never_an_alert(named, version):
    for name, used in (("id.example.com", True), ("other.example.com", False)):
        shown = s_client(named.server, version, "-servername", name, "-tlsextdebug")
        assert ('TLS server extension "server name"' in shown) == used, shown
        assert "alert" not in shown, shown


def test_a_second_hello_is_decided_like_the_first(named):
    """The client's share is of a group that the server does not have: it asks for another hello."""
    for name, leaf in (("b.edge.example.com", "edge"), ("other.example.com", "plain")):
        shown = s_client(
            named.server, "-tls1_3", "-groups", "X448:P-384", "-servername", name, "-msg"
        )
        assert shown.count("ClientHello") == 2 and f"subject=CN={leaf}\n" in shown, shown


def test_curl_trusts_each_name_by_its_own_certificate(named):
    port = named.server.port

    def curl(name, pair):
        return subprocess.run(
            ["curl", "-sS", "--cacert", pair.certificate, "--resolve", f"{name}:{port}:127.0.0.1",
             f"https://{name}:{port}/health"],
            capture_output=True, text=True,
        )  # fmt: skip

    for name, pair in (
        ("id.example.com", named.web), ("b.edge.example.com", named.edge),
        ("a.edge.example.com", named.exact), ("localhost", named.plain),
    ):  # fmt: skip
        done = curl(name, pair)
        assert done.returncode == 0, (name, done.stderr)
    for name, pair in (
        ("id.example.com", named.plain), ("b.a.edge.example.com", named.edge),
        ("other.example.com", named.web),
    ):  # fmt: skip
        assert curl(name, pair).returncode == 60, name  # the certificate is not trusted


def test_a_malformed_name_is_a_decode_error(named):
    import hello

    def offer(payload):
        plain = socket.create_connection(named.server.address, 10)
        with plain:
            body = hello.client_hello(0x0303, hello.RECOMMENDED)
            good = hello.extension(0, hello.block(2, b"\0" + hello.block(2, b"localhost")))
            bad = hello.extension(0, payload)
            at = body.index(good)
            before = body[: at - 2]  # the length of all extensions stands in front of the first
            rest = bad + body[at + len(good) :]
            handshake = before[9:] + hello.block(2, rest)
            plain.sendall(b"\x16\x03\x01" + hello.block(2, b"\x01" + hello.block(3, handshake)))
            head = hello.receive(plain, 5)
            return head[0], hello.receive(plain, int.from_bytes(head[3:5], "big"))

    whole = hello.block(2, b"\0" + hello.block(2, b"id.example.com"))
    assert offer(whole)[0] == 22
    for broken in (
        b"", b"\0", whole[:-1], whole + b"\0", hello.block(2, b""),
        hello.block(2, b"\0\0\x20a"), hello.block(2, b"\1" + hello.block(2, b"id.example.com")),
    ):  # fmt: skip
        kind, payload = offer(broken)
        assert kind == 21 and payload[1] in (50, 112), (broken, payload)
    zero = hello.block(2, b"\0" + hello.block(2, b"id.example.com\0.edge.example.com"))
    assert offer(zero)[0] == 21
    assert named.leaf("id.example.com") == "web"


# Resumption.


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["id.example.com", "b.edge.example.com", "other.example", None])
def test_a_session_is_resumed_under_its_own_name_with_its_identity(named, version, name):
    with named.ask(name, version) as first:
        assert not first.resumed
        expect.token(first.token(named.body))
        with named.ask(name, session=first.session, context=first.context) as second:
            assert second.resumed
            expect.token(second.token(named.body))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "opened, asked",
    [
        ("id.example.com", "b.edge.example.com"),
        ("b.edge.example.com", "id.example.com"),
        ("id.example.com", "other.example"),
        ("other.example", "id.example.com"),
        ("id.example.com", None),
        (None, "id.example.com"),
        ("b.edge.example.com", "c.edge.example.com"),
    ],
)
def test_a_session_of_one_name_is_not_resumed_under_another(named, version, opened, asked):
    wanted = named.leaf(asked, version)
    with named.ask(opened, version) as first:
        expect.token(first.token(named.body))
        with named.ask(asked, session=first.session, context=first.context) as second:
            assert not second.resumed
            assert second.leaf == wanted
            # The certificate of the new handshake is the client's, so it is served.
            expect.token(second.token(named.body))


# Reload.


@pytest.mark.parametrize("mode", RESUMPTION_MODES)
def test_new_names_and_certificates_come_with_sighup(tmp_path, pki, mode):
    made = Named(tmp_path / "reload", mode, pki)
    with made.server as server:

        def reload(pairs):
            made.write(pairs)
            count = server.log.count("configuration reloaded")
            server.signal(signal.SIGHUP)
            expect.eventually(lambda: server.log.count("configuration reloaded") > count, 2)

        def shows(name, leaf):
            # On every reactor.
            expect.eventually(lambda: all(
                made.leaf(name, "1.2", SUITES["ecdsa"]) == leaf for _ in range(6)
            ))  # fmt: skip

        kept = made.ask("id.example.com", "1.3")
        shows("id.example.com", "web")
        reload([made.plain, made.edge])
        shows("id.example.com", "plain")
        shows("b.edge.example.com", "edge")
        # Open connections stay, and a session of the old certificate is not resumed.
        expect.token(kept.token(made.body))
        with made.ask("id.example.com", session=kept.session, context=kept.context) as other:
            assert not other.resumed and other.leaf == "plain"
        kept.close()
        reload(made.pairs)
        shows("id.example.com", "web")
        # A configuration that is no good changes nothing.
        made.path.write_text(yaml([made.plain, Pair(made.path.parent, "twin", "EC")]))
        server.signal(signal.SIGHUP)
        expect.logged(server, "as plain does too", within=2)
        shows("id.example.com", "web")
        assert server.stop() == 0


# `handfast check`, and a start that is refused.


def checked(path):
    return handfast("check", "--config", path, check=False)


def test_check_warns_of_names_that_a_certificate_does_not_cover(tmp_path):
    plain = Pair(tmp_path, "plain", "EC")
    web = Pair(tmp_path, "web", "EC", "id.example.com", "*.edge.example.com")
    path = tmp_path / "names.yaml"
    path.write_text(yaml([plain, web]))
    done = checked(path)
    assert (done.returncode, done.stderr) == (0, "")
    names = ["id.example.com", "*.other.example", "a.edge.example.com"]
    path.write_text(yaml([plain]) + web.yaml(names))
    done = checked(path)
    assert done.returncode == 0 and done.stdout.endswith(": ok\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith('warning: tls.certificates.web.server_names: "*.other.example"'), line


@pytest.mark.parametrize(
    "names, key, reason",
    [
        (
            (["id.example.com"], ["id.example.com"]),
            "two.certificate",
            "is for id.example.com and has a key of the kind EC, as one does too",
        ),
        (([], []), "two.certificate", "has no server_names and has a key of the kind EC"),
        ((["bad_name.example"], []), "one.server_names", "bad_name.example, which is no host name"),
        ((["192.0.2.1"], []), "one.server_names", "which is an address"),
    ],
)
def test_pairs_that_cannot_be_served_are_refused(tmp_path, fresh, names, key, reason):
    pairs = [Pair(tmp_path, "one", "EC"), Pair(tmp_path, "two", "EC")]
    rsa = Pair(tmp_path, "zzz", "RSA")
    path = tmp_path / "names.yaml"
    path.write_text(
        yaml([rsa]) + "".join(pair.yaml(own) for pair, own in zip(pairs, names, strict=True))
    )
    done = checked(path)
    assert done.returncode == 1 and f"tls.certificates.{key}" in done.stderr
    assert reason in done.stderr, done.stderr
    server = fresh(options=["--config", path])
    server.launch()
    assert server.wait() != 0
    assert reason in server.log or reason in "\n".join(server.stdout), server.log


def test_a_pair_for_everybody_else_must_be_there(tmp_path):
    path = tmp_path / "names.yaml"
    path.write_text(yaml([Pair(tmp_path, "web", "EC", "id.example.com")]))
    done = checked(path)
    assert done.returncode == 1
    assert "has server_names in every pair" in done.stderr
