# SPDX-License-Identifier: Apache-2.0
"""nginx, HAProxy, Envoy, Python and Java admit by bound tokens, as resource-servers.md tells."""

import base64
import json
import subprocess

import pytest

import expect
from codes import CodeClient
from guards import AUDIENCE, EXAMPLES, ISSUER, PAGE, Guard, furnish
from oauth import CC
from pages import block
from parties import Caller
from proxies import Folder
from server import Server
from wire import Connection, client_context

KINDS = ["nginx", "haproxy", "envoy", "python", "java"]
# These ask the server about each token, and so read sealed ones, and learn of revocations.
ASKING = ["nginx"]


@pytest.fixture(scope="module")
def files(server, pki):
    """A client whose tokens are for the resource server."""
    return CodeClient(server, pki, "files", "--audience", AUDIENCE)


@pytest.fixture(scope="module")
def stranger(pki):
    return pki.self_signed("stranger", "p256")


@pytest.fixture(scope="module")
def brief(server, pki):
    return Caller(server, pki, "brief", "--audience", AUDIENCE, "--token-lifetime", "3")


@pytest.fixture(scope="module")
def sealed(server, pki):
    return Caller(server, pki, "sealed", "--audience", AUDIENCE, "--token-format", "sealed")


@pytest.fixture(scope="module")
def loose(server):
    """The secret of a client without a certificate, whose tokens are bound to nothing."""
    made = server.add_client(
        "loose", "--auth-method", "client_secret_basic", "--audience", AUDIENCE
    )
    secret = (made["client_id"], made["client_secret"])
    expect.everywhere(lambda: server.token(CC, basic=secret), 200)
    return secret


@pytest.fixture(scope="module")
def foreign(tmp_path_factory, pki, files):
    """A token as those of `files`, from another server."""
    with Server(tmp_path_factory.mktemp("foreign") / "data") as other:
        caller = Caller(
            other, pki, "files", "--audience", AUDIENCE, credential=files.credential
        )
        return caller.token()


@pytest.fixture(scope="module")
def folder(server, pki, files, stranger, portal, brief, sealed):
    made = Folder()
    callers = [one.credential for one in (files, portal, brief, sealed)]
    furnish(made, server, pki, [*callers, stranger])
    commands = block(PAGE, "sh", "HAProxy").replace(ISSUER, server.url)
    commands = commands.replace("jwk_set_to_pem.py", str(EXAMPLES / "jwk_set_to_pem.py"))
    subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=made.path, check=True)
    for number in (1, 2, 3):
        made.give(made.path / f"handfast-{number}.pem")
    yield made
    made.remove()


@pytest.fixture(scope="module", params=KINDS)
def guard(request, folder, server):
    asker = server.add_client(
        f"asker-{request.param}", "--auth-method", "client_secret_basic", "--introspect"
    )
    with Guard(request.param, folder, server, asker) as guard:
        guard.asks = request.param in ASKING
        yield guard
        assert guard.process.poll() is None, guard.said()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_bound_token_is_admitted_with_its_certificate_alone(guard, files, stranger, version):
    token = files.tokens()["access_token"]
    # A server that asks for keys in the background may not have them at its start.
    expect.eventually(lambda: guard.admits(token, files.credential, version), within=5)
    assert not guard.admits(token, stranger, version)
    assert not guard.admits(token, None, version)
    assert not guard.admits(None, files.credential, version)
    assert guard.admits(token, files.credential, version)


def changes(token):
    """Tokens that differ from a good one in one place."""
    head, claims, signature = token.split(".")
    other = "A" if signature[0] != "A" else "B"
    none = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0"
    return [
        f"{head}.{claims}.{other}{signature[1:]}", f"{head}.{claims}.", f"{none}.{claims}.",
        f"{head}.{claims[:-4]}.{signature}", f"{head}.{claims}", "x", claims, f"{token}.x",
    ]  # fmt: skip


def test_a_token_that_was_changed_is_not(guard, files):
    token = files.tokens()["access_token"]
    for changed in changes(token):
        assert not guard.admits(changed, files.credential), changed
    assert not guard.admits("x", files.credential, more=[("Authorization", f"Bearer {token}")])
    assert guard.admits(token, files.credential)


def test_a_token_for_elsewhere_is_not(guard, portal, files):
    token = portal.tokens()["access_token"]
    assert not guard.admits(token, portal.credential)
    assert guard.admits(files.tokens()["access_token"], files.credential)


def test_a_token_of_another_server_is_not(guard, files, foreign):
    assert not guard.admits(foreign, files.credential)
    assert guard.admits(files.tokens()["access_token"], files.credential)


def test_a_token_is_admitted_until_its_end(guard, brief):
    token = brief.token()
    assert guard.admits(token, brief.credential)
    expect.eventually(lambda: not guard.admits(token, brief.credential), within=8)


def test_a_sealed_token_is_read_by_asking_alone(guard, sealed, stranger):
    token = sealed.token()
    assert guard.admits(token, sealed.credential) == guard.asks
    assert not guard.admits(token, stranger)


def test_an_unbound_token_is_not_enough(guard, server, loose, stranger):
    token = expect.token(server.token(CC, basic=loose))["access_token"]
    for credential in (None, stranger):
        assert not guard.admits(token, credential)


def test_a_revoked_token_ends_where_the_server_is_asked(guard, files):
    members = files.tokens()
    token = members["access_token"]
    assert guard.admits(token, files.credential)
    assert files.revoke(members["refresh_token"]).status == 200
    if guard.asks:
        expect.eventually(lambda: not guard.admits(token, files.credential))
    else:
        assert guard.admits(token, files.credential)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_resumed_session_is_judged_by_its_own_certificate(guard, files, stranger, version):
    token = files.tokens()["access_token"]
    fields = [("Authorization", f"Bearer {token}")]
    for credential, status in ((files.credential, 200), (stranger, 401)):
        context = client_context(credential, version)
        with Connection(guard.address, context=context) as first:
            assert first.get("/signed", fields).status == status
            session = first.session
        with Connection(guard.address, context=context, session=session) as again:
            assert again.get("/signed", fields).status == status


def test_what_a_client_says_of_its_certificate_is_nothing(guard, files, stranger):
    token = files.tokens()["access_token"]
    der = "".join(files.credential.certificate.read_text().splitlines()[1:-1])
    more = [("Client-Cert", f":{der}:"), ("SSL-Client-Cert", der), ("X-SSL-Client-DER", der)]
    for credential in (None, stranger):
        assert not guard.admits(token, credential, more=more)


def test_the_newest_keys_become_files(tmp_path):
    """The set has the oldest first; of one key all files are made, of none no file changes."""
    points = [base64.urlsafe_b64encode(bytes([n]) * 32).decode().strip("=") for n in range(4)]
    keys = [{"kty": "EC", "crv": "P-256", "x": point, "y": point} for point in points]
    program = ["python3", str(EXAMPLES / "jwk_set_to_pem.py"), str(tmp_path)]
    for count, status, newest in ((1, 0, [0, 0, 0]), (4, 0, [3, 2, 1]), (0, 1, [3, 2, 1])):
        text = json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519"}, *keys[:count]]})
        done = subprocess.run(program, input=text, text=True, capture_output=True)
        assert done.returncode == status, done.stderr
        files = [tmp_path / f"handfast-{number}.pem" for number in (1, 2, 3)]
        assert sorted(tmp_path.iterdir()) == files
        made = [base64.b64decode("".join(one.read_text().splitlines()[1:-1]))[-1] for one in files]
        assert made == newest


def test_without_trust_in_the_server_nothing_is_admitted(folder, server, files, pki, guard):
    """The keys and answers of a server that somebody else may be are worth nothing."""
    if guard.kind == "guard-haproxy":
        pytest.skip("it asks nobody: its keys are files")
    right = (folder.path / "handfast.pem").read_text()
    asker = server.add_client(
        f"distrusting-{guard.kind}", "--auth-method", "client_secret_basic", "--introspect"
    )
    folder.copy("handfast.pem", pki.self_signed("impostor", "p256").certificate)
    try:
        with Guard(guard.kind.removeprefix("guard-"), folder, server, asker) as distrusting:
            answer = distrusting.ask(files.tokens()["access_token"], files.credential)
            assert answer.status in (401, 500, 503), (answer.status, answer.body)
    finally:
        folder.write("handfast.pem", right)
