# SPDX-License-Identifier: Apache-2.0
"""Token introspection: RFC 7662, and RFC 8705 §3.2 (INT-*)."""

import base64
import json
import subprocess
import time
import urllib.parse

import jwt
import pytest

import expect
from oauth import INTROSPECTION, TOKEN_FORMATS
from parties import Caller, ResourceServer
from server import Server
from wire import FORM, form


@pytest.fixture(scope="module")
def callers(server, pki):
    """One client for each form of token; neither may introspect others' tokens."""
    return {
        kind: Caller(server, pki, f"app-{kind}", "--token-format", kind, "--scope", "read write")
        for kind in TOKEN_FORMATS
    }


@pytest.fixture(params=TOKEN_FORMATS)
def app(request, callers):
    return callers[request.param]


def segment(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def unsegment(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


# Answers for a good token.


@pytest.mark.smoke
@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_a_resource_server_learns_what_a_token_says(api, callers, server, kind):
    app = callers[kind]
    members = app.members(scope="read")
    said = api.reads(members["access_token"])
    assert said["client_id"] == said["sub"] == app.client_id
    assert said["scope"] == "read"
    assert said["exp"] - said["iat"] == members["expires_in"]
    assert abs(said["iat"] - time.time()) < 60
    assert said["cnf"] == {"x5t#S256": app.credential.thumbprint}
    metadata = server.get("/.well-known/oauth-authorization-server").json
    assert said["iss"] == said["aud"] == metadata["issuer"]


def test_a_signed_token_says_the_same_to_those_who_read_it_themselves(api, callers, server):
    token = callers["jwt"].token()
    claims = expect.verified(token, server.address)
    said = api.reads(token)
    assert {name: said[name] for name in claims} == claims
    assert said.keys() - claims.keys() == {"active", "token_type"}


def test_the_metadata_announce_the_endpoint_and_curl_finds_it(api, callers, server):
    metadata = server.get("/.well-known/oauth-authorization-server").json
    url = metadata["introspection_endpoint"]
    assert urllib.parse.urlsplit(url).path == INTROSPECTION
    methods = metadata["introspection_endpoint_auth_methods_supported"]
    assert set(methods) == set(metadata["token_endpoint_auth_methods_supported"])
    token = callers["sealed"].token()
    credential = ["--cert", api.credential.certificate, "--key", api.credential.key]
    for more, active in ((credential, True), ([], None)):
        done = subprocess.run(
            ["curl", "-ksS", *more, "-d", f"client_id={api.client_id}",
             "--data-urlencode", f"token={token}", url],
            capture_output=True,
            text=True,
            timeout=30,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout).get("active") is active


def test_an_unbound_token_without_scope_says_neither(api, server, pki):
    kind = ("--auth-method", "client_secret_basic", "--grant-types", "client_credentials")
    for form_of_token in TOKEN_FORMATS:
        name = f"plain-{form_of_token}"
        client = server.add_client(name, *kind, "--token-format", form_of_token)
        pair = (client["client_id"], client["client_secret"])
        body = {"grant_type": "client_credentials"}
        expect.eventually(lambda p=pair: server.token(body, basic=p).status == 200)
        token = expect.token(server.token(body, basic=pair))["access_token"]
        said = api.reads(token)
        assert "cnf" not in said and "scope" not in said
        assert said["client_id"] == client["client_id"]


def test_an_audience_and_a_lifetime_of_ones_own_are_said(api, server, pki):
    for kind in TOKEN_FORMATS:
        app = Caller(
            server, pki, f"aimed-{kind}", "--token-format", kind, "--token-lifetime", "77",
            "--audience", "https://a.example", "--audience", "https://b.example",
        )  # fmt: skip
        said = api.reads(app.token())
        assert said["aud"] == ["https://a.example", "https://b.example"]
        assert said["exp"] - said["iat"] == 77
        assert api.reads(app.token(resource="https://b.example"))["aud"] == "https://b.example"


# Tokens that are not good: one answer, to the byte.


def test_everything_that_is_no_token_gets_the_same_bytes(api, app, server):
    token = app.token()
    good = api.introspect(token)
    api.reads(token)
    texts = [
        "x", ".", "..", "a.b.c", "a.b.c.d", "null", "{}", "A" * 16_384, "A" * 40_000,
        "." * 1_000, "é", "token with spaces", "a\tb", "%2e", token + token, token + "=",
        token[:-1], token[1:], token[: len(token) // 2], token.swapcase(), "=" + token,
        " " + token, token + "\n",
    ]  # fmt: skip
    shapes = set()
    for text in texts:
        answer = api.introspect(text)
        if answer.status != 200:  # what a form may not carry ends before
            expect.error(answer, "invalid_request")
            continue
        expect.inactive(answer)
        shapes.add(answer.shape)
    assert len(shapes) == 1
    assert api.introspect(token).shape == good.shape


def test_a_token_with_one_character_changed_is_not_good(api, app):
    token = app.token()
    with app.server.connect(api.credential) as connection:
        for at in range(len(token)):
            changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
            body = {"client_id": api.client_id, "token": changed}
            expect.inactive(connection.token(body, target=INTROSPECTION))
    api.reads(token)


def test_a_signed_token_is_not_good_when_its_parts_do_not_belong_together(api, callers):
    first, second = (callers["jwt"].token().split(".") for _ in range(2))
    api.refuses(".".join([first[0], first[1], second[2]]))
    api.refuses(".".join([first[0], second[1], first[2]]))
    api.refuses(".".join([first[0], first[1], ""]))
    api.refuses(".".join([first[0], first[1], segment(bytes(64))]))
    api.reads(".".join(first))


@pytest.mark.parametrize(
    "changes",
    [{"alg": "none"}, {"alg": "HS256"}, {"typ": "JWT"}, {"kid": "other"}, {"crit": ["exp"]}],
)
def test_a_signed_token_with_another_header_is_not_good(api, callers, changes):
    header, claims, signature = callers["jwt"].token().split(".")
    changed = segment({**unsegment(header), **changes})
    api.refuses(f"{changed}.{claims}.{signature}")
    api.refuses(f"{changed}.{claims}.")


def test_a_token_signed_by_a_key_that_is_published_as_a_secret_is_not_good(api, callers, server):
    # The confusion of algorithms: the public key, which everybody has, taken for an HMAC key.
    claims = unsegment(callers["jwt"].token().split(".")[1])
    published = server.get("/oauth2/jwks").json["keys"][0]
    for secret in (json.dumps(published).encode(), published["x"].encode()):
        header = segment({"alg": "HS256", "typ": "at+jwt", "kid": published["kid"]})
        body = f"{header}.{segment(claims)}"
        signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
            body.encode(), secret
        )
        api.refuses(f"{body}.{segment(signature)}")


def test_a_token_of_another_server_with_the_same_name_is_not_good(tmp_path, pki):
    issuer = ["--issuer", "https://same.example"]
    with (
        Server(tmp_path / "ours", options=issuer) as ours,
        Server(tmp_path / "theirs", options=issuer) as theirs,
    ):
        api = ResourceServer(ours, pki)
        for kind in TOKEN_FORMATS:
            options = ("--token-format", kind)
            own = Caller(ours, pki, f"app-{kind}", *options, "--client-id", f"same-{kind}")
            foreign = Caller(theirs, pki, f"app-{kind}", *options, "--client-id", f"same-{kind}")
            assert own.client_id == foreign.client_id
            api.reads(own.token())
            api.refuses(foreign.token())


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_an_expired_token_is_not_good(api, server, pki, kind):
    short = Caller(server, pki, f"short-{kind}", "--token-format", kind, "--token-lifetime", "2")
    token = short.token()
    said = expect.active(api.introspect(token))
    while time.time() < said["exp"] + 0.05:
        time.sleep(0.05)
    api.refuses(token)


# Access.


def test_nobody_learns_anything_without_credentials(api, app, server, clients, pki):
    token = app.token()
    body = {"client_id": api.client_id, "token": token}

    def ask(credential=None, parameters=body, **more):
        return server.token(parameters, credential, target=INTROSPECTION, **more)

    expect.error(ask(), "invalid_client")
    expect.error(ask(app.credential), "invalid_client")
    expect.error(ask(pki.self_signed("stranger")), "invalid_client")
    expect.error(ask(api.credential, {"token": token}), "invalid_client")
    expect.error(ask(api.credential, {**body, "client_id": "nobody"}), "invalid_client")
    wrong = ask(parameters={"token": token}, basic=(clients.basic["client_id"], "wrong"))
    expect.error(wrong, "invalid_client")
    assert wrong.header("www-authenticate").lower().startswith("basic")
    # Whether the token is good does not show in the refusal.
    assert ask(parameters={**body, "token": "x"}).shape == ask().shape
    expect.active(ask(api.credential))


@pytest.mark.parametrize("scheme", ["Bearer", "DPoP", "Negotiate"])
def test_a_token_is_no_credential_to_ask_with(api, app, server, scheme):
    token = app.token()
    headers = [("Authorization", f"{scheme} {token}")]
    for parameters in ({"token": token}, {"token": token, "client_id": api.client_id}):
        for credential in (None, api.credential):
            answer = server.token(parameters, credential, headers=headers, target=INTROSPECTION)
            expect.error(answer, "invalid_client")


def test_a_client_without_the_right_sees_its_own_tokens_only(callers, api):
    for own, other in (("jwt", "sealed"), ("sealed", "jwt")):
        token = callers[own].token()
        assert expect.active(callers[own].introspect(token))["client_id"] == callers[own].client_id
        expect.inactive(callers[other].introspect(token))
        api.reads(token)
        # A foreign token and no token at all look the same.
        foreign, nothing = (callers[other].introspect(t) for t in (token, "x"))
        assert foreign.shape == nothing.shape


def test_a_client_with_a_secret_or_a_ca_may_have_the_right(callers, server, clients, pki):
    token = callers["sealed"].token()
    for method in ("client_secret_basic", "client_secret_post"):
        one = server.add_client(
            f"keeper-{method}", "--auth-method", method, "--introspect",
            "--grant-types", "client_credentials",
        )  # fmt: skip
        pair = (one["client_id"], one["client_secret"])

        def ask(secret, method=method, pair=pair):
            if method == "client_secret_basic":
                return server.token({"token": token}, basic=(pair[0], secret), target=INTROSPECTION)
            body = {"token": token, "client_id": pair[0], "client_secret": secret}
            return server.token(body, target=INTROSPECTION)

        expect.eventually(lambda a=ask, p=pair: a(p[1]).status == 200)
        expect.active(ask(pair[1]))
        expect.error(ask(pair[1] + "x"), "invalid_client")
    body = {"token": token, "client_id": clients.under_ca["client_id"]}
    expect.inactive(server.token(body, clients.leaf, target=INTROSPECTION))
    server.handfast("client", "update", "under-ca", "--introspect")
    answer = expect.eventually(
        lambda: (a := server.token(body, clients.leaf, target=INTROSPECTION)).json["active"] and a
    )
    expect.active(answer)
    false = pki.issued("introspecting", pki.namesake, subject="/O=Handfast/CN=leaf")
    expect.refused(lambda: server.token(body, false, target=INTROSPECTION))


# The request.


def test_a_missing_or_repeated_token_is_an_invalid_request(api, app, server):
    token = app.token()
    good = [("client_id", api.client_id), ("token", token)]
    bad = [good[:1], [good[0], ("token", "")], [*good, good[1]], [*good, ("token", "x")]]
    with server.connect(api.credential) as connection:
        for pairs in bad:
            answer = connection.token(form(pairs), target=INTROSPECTION)
            expect.error(answer, "invalid_request")
        for hint in ("token_type_hint", "client_id"):
            twice = form([*good, (hint, "a"), (hint, "a")])
            expect.error(connection.token(twice, target=INTROSPECTION), "invalid_request")
        expect.active(connection.token(form(good), target=INTROSPECTION))


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "id_token", "nonsense", ""])
def test_a_wrong_hint_does_not_matter(api, app, hint):
    expect.active(api.introspect(app.token(), token_type_hint=hint))
    expect.inactive(api.introspect("x", token_type_hint=hint))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_token_is_never_read_from_an_address(api, app, server, method):
    query = form({"client_id": api.client_id, "token": app.token()})
    with server.connect(api.credential) as connection:
        answer = connection.request(method, f"{INTROSPECTION}?{query}")
        assert answer.status == 405
        assert "POST" in answer.header("allow")
        assert b"active" not in answer.body
        posted = connection.token("", target=f"{INTROSPECTION}?{query}")
        expect.error(posted, ("invalid_request", "invalid_client"), 400, 401)
        split = connection.token(
            {"client_id": api.client_id}, target=f"{INTROSPECTION}?token={app.token()}"
        )
        expect.error(split, "invalid_request")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", None, FORM + "x"])
def test_another_content_type_is_not_read(api, app, server, kind):
    body = {"client_id": api.client_id, "token": app.token()}
    with server.connect(api.credential) as connection:
        answer = connection.token(body, kind=kind, target=INTROSPECTION)
        expect.error(answer, "invalid_request", 400, 415)
        expect.active(connection.token(body, target=INTROSPECTION))


@pytest.mark.parametrize("accept", ["application/jwt", "text/html", "*/*"])
def test_the_answer_is_json_whatever_is_accepted(api, app, server, accept):
    body = {"client_id": api.client_id, "token": app.token()}
    with server.connect(api.credential) as connection:
        headers = [("Accept", accept)]
        expect.active(connection.token(body, headers=headers, target=INTROSPECTION))


def test_questions_and_tokens_may_share_a_connection(app, server):
    with server.connect(app.credential) as connection:
        seen = set()
        for _ in range(100):
            token = expect.token(connection.token(app.body))["access_token"]
            body = {"client_id": app.client_id, "token": token}
            seen.add(expect.active(connection.token(body, target=INTROSPECTION))["jti"])
            expect.inactive(connection.token({**body, "token": "x"}, target=INTROSPECTION))
        assert len(seen) == 100
