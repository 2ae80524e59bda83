# SPDX-License-Identifier: Apache-2.0
"""Apache with mod_oauth2 as Documentation/resource-servers.md configures it, and bound tokens."""

import shutil

import pytest

import expect
from allocations import library
from codes import CodeClient
from oauth import CC
from pages import block
from proxies import AROUND, Folder, Proxy, replaced
from server import free_port
from wire import Connection

AUDIENCE = "https://files.example"
CONTENT = "for those who may"
# Without modules that a proxy needs; the module finds the client's certificate in SSL_CLIENT_CERT.
MODULES = """
LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
LoadModule oauth2_module /usr/lib/apache2/modules/mod_oauth2.so
"""
SITE = """
DocumentRoot FOLDER/site
<VirtualHost *>
SSLEngine on
SSLCertificateFile /etc/proxy/server.pem
SSLCertificateKeyFile /etc/proxy/server.key
PAGE
</VirtualHost>
"""
PLACES = ["/signed", "/asked"]


class Guard(Proxy):
    """Apache that admits by tokens."""

    def __init__(self, folder, server, asker, environment):
        self.kind = "apache"
        self.environment = environment
        self.port = free_port()
        self.home = folder.directory(f"guard-{self.port}")
        site = self.home / "site"
        site.mkdir(mode=0o700)
        folder.give(site)
        for place in PLACES:
            folder.write(f"{self.home.name}/site{place}", CONTENT)
        around = AROUND["apache"].replace("LoadModule proxy", "# LoadModule proxy")
        text = replaced(around, [("127.0.0.1:443", f"127.0.0.1:{self.port}")]) + MODULES + SITE
        page = block("Documentation/resource-servers.md", "apache", "Apache")
        text = replaced(text, [
            ("PAGE", page), ("https://localhost:9443", server.url),
            ("client_id=ID", f"client_id={asker['client_id']}"),
            ("=SECRET", f"={asker['client_secret']}"), ("https://files.example", AUDIENCE),
            ("/etc/proxy", str(folder.path)), ("FOLDER", str(self.home)),
        ])  # fmt: skip
        folder.write(f"{self.home.name}/proxy.cfg", text)

    def get(self, place, token=None, credential=None):
        fields = [("Authorization", f"Bearer {token}")] if token else []
        with Connection(self.address, credential) as connection:
            return connection.get(place, fields)

    def admits(self, place, token, credential):
        answer = self.get(place, token, credential)
        if answer.status == 200:
            assert answer.body.decode() == CONTENT
            return True
        assert answer.status in (401, 403), (answer.status, answer.body, self.said())
        assert CONTENT not in answer.body.decode()
        return False


@pytest.fixture(scope="module")
def folder():
    made = Folder()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def asker(server):
    """Apache's own client. By a secret: with a certificate the module sends no client_id."""
    return server.add_client("apache", "--auth-method", "client_secret_basic", "--introspect")


@pytest.fixture(scope="module")
def trusting(folder, server, asker, tmp_path_factory):
    """Apache whose HTTP client trusts this server's certificate."""
    folder.copy("server.pem", server.data / "server.pem")
    folder.copy("server.key", server.data / "server.key")
    built = library("system_authorities.c", tmp_path_factory.mktemp("preloaded"))
    preloaded = folder.path / built.name
    shutil.copy(built, preloaded)
    folder.give(preloaded)
    environment = {
        "LD_PRELOAD": str(preloaded), "HANDFAST_AUTHORITIES": str(folder.path / "server.pem"),
    }  # fmt: skip
    with Guard(folder, server, asker, environment) as guard:
        yield guard


@pytest.fixture(scope="module")
def files(server, pki):
    """A client whose tokens are for Apache."""
    return CodeClient(server, pki, "files", "--audience", AUDIENCE)


@pytest.mark.parametrize("place", PLACES)
def test_a_bound_token_is_admitted_with_its_certificate_alone(trusting, files, pki, place):
    token = files.tokens()["access_token"]
    assert trusting.admits(place, token, files.credential)
    assert not trusting.admits(place, token, pki.self_signed("stranger", "p256"))
    assert not trusting.admits(place, token, None)
    assert not trusting.admits(place, None, files.credential)
    assert trusting.admits(place, token, files.credential)


@pytest.mark.parametrize("place", PLACES)
def test_a_token_that_was_changed_or_is_for_elsewhere_is_not(trusting, files, portal, place):
    token = files.tokens()["access_token"]
    head, claims, signature = token.split(".")
    other = "A" if signature[0] != "A" else "B"
    for changed in (f"{head}.{claims}.{other}{signature[1:]}", f"{head}.{claims}.", "x", claims):
        assert not trusting.admits(place, changed, files.credential)
    assert not trusting.admits(place, portal.tokens()["access_token"], portal.credential)
    assert trusting.admits(place, token, files.credential)


@pytest.mark.parametrize("place", PLACES)
def test_a_token_is_admitted_until_its_end(trusting, server, pki, place):
    brief = CodeClient(
        server, pki, f"brief-{place[1:]}", "--audience", AUDIENCE, "--token-lifetime", "5"
    )
    members = brief.tokens()
    token = members["access_token"]
    assert trusting.admits(place, token, brief.credential)
    expect.eventually(lambda: not trusting.admits(place, token, brief.credential), within=10)
    again = expect.token(brief.refresh(members["refresh_token"]))["access_token"]
    assert trusting.admits(place, again, brief.credential)


def test_a_revoked_token_ends_where_the_server_is_asked(trusting, files):
    """What is signed is good until its end: whoever needs more asks."""
    members = files.tokens()
    token = members["access_token"]
    for place in PLACES:
        assert trusting.admits(place, token, files.credential)
    assert files.revoke(members["refresh_token"]).status == 200
    # The module keeps an answer for as long as it is told to, a second here.
    expect.eventually(lambda: not trusting.admits("/asked", token, files.credential), within=5)
    assert trusting.admits("/signed", token, files.credential)
    fresh = files.tokens()["access_token"]
    assert trusting.admits("/asked", fresh, files.credential)


@pytest.mark.parametrize("place", PLACES)
def test_a_sealed_token_is_read_by_asking_alone(trusting, server, pki, place):
    sealed = CodeClient(
        server, pki, f"sealed-{place[1:]}", "--audience", AUDIENCE, "--token-format", "sealed"
    )
    token = sealed.tokens()["access_token"]
    assert trusting.admits(place, token, sealed.credential) == (place == "/asked")
    assert not trusting.admits(place, token, pki.self_signed("stranger", "p256"))


def test_an_unbound_token_is_not_enough_where_binding_is_required(trusting, server, pki):
    loose = server.add_client(
        "loose", "--auth-method", "client_secret_basic", "--audience", AUDIENCE,
        "--grant-types", "client_credentials",
    )  # fmt: skip
    secret = (loose["client_id"], loose["client_secret"])
    with server.connect() as connection:
        expect.eventually(lambda: connection.token(CC, basic=secret).status == 200)
        token = expect.token(connection.token(CC, basic=secret))["access_token"]
    for place in PLACES:
        assert not trusting.admits(place, token, pki.self_signed("stranger", "p256"))


@pytest.mark.parametrize("place", PLACES)
def test_without_trust_in_the_server_nothing_is_admitted(
    folder, server, asker, files, place, trusting
):
    """The keys and answers of a server that somebody else may be are worth nothing."""
    with Guard(folder, server, asker, {}) as guard:
        token = files.tokens()["access_token"]
        assert not guard.admits(place, token, files.credential)
        assert "self-signed certificate" in guard.said()
    assert trusting.admits(place, token, files.credential)
