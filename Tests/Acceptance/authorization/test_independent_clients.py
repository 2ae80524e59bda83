# SPDX-License-Identifier: Apache-2.0
"""Authlib and requests-oauthlib get tokens by every grant, with the client's certificate."""

import ssl

import pytest
import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client as AuthlibOverHTTPX
from authlib.integrations.requests_client import OAuth2Session as Authlib
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient
from oauthlib.oauth2.rfc6749.errors import OAuth2Error
from requests_oauthlib import OAuth2Session as RequestsOAuthlib

import expect
from codes import CALLBACK, PASSWORD, REVOKE, USER, CodeClient, challenge
from server import Server
from visitor import Visitor

ALL = "client_credentials,password,authorization_code,refresh_token"
VERIFIER = "a-verifier-of-43-characters-at-the-very-least"


@pytest.fixture(scope="module")
def client(server, pki):
    """A client that has every grant."""
    return CodeClient(server, pki, "every", "--scope", "read write", grants=ALL)


@pytest.fixture(scope="module")
def endpoint(server):
    return f"{server.url}/oauth2/token"


def certified(session, client, trusted):
    """The session with the client's certificate, as Requests takes it."""
    session.cert = (str(client.credential.certificate), str(client.credential.key))
    session.verify = trusted
    # Else REQUESTS_CA_BUNDLE counts for more.
    session.trust_env = False
    return session


def allowed(server, url):
    """Where a user who signs in and allows is sent back to."""
    assert url.startswith(server.url)
    visitor = Visitor(server)
    visitor.open(url.removeprefix(server.url))
    visitor.sign_in()
    visitor.follow()
    visitor.send("allow")
    assert visitor.sent_back(CALLBACK)["code"]
    return visitor.answer.header("location")


def bound(server, client, token):
    """The token is this client's, and bound to its certificate; its claims."""
    claims = expect.verified(token["access_token"], server.address)
    assert claims["client_id"] == client.client_id
    assert claims["cnf"] == {"x5t#S256": client.credential.thumbprint}
    return claims


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A server that answers no used refresh token again."""
    data = tmp_path_factory.mktemp("strict") / "data"
    running = Server(data, env={"HANDFAST_TOKENS_REFRESH_GRACE_SECONDS": "0"})
    running.add_user(USER, PASSWORD)
    with running:
        yield running
        assert running.running and running.stop() == 0


@pytest.fixture(scope="module")
def turning(strict, pki):
    """Its client, whose refresh tokens are replaced; and the server's certificate."""
    client = CodeClient(strict, pki, "turning", "--refresh-rotation", "on", grants=ALL)
    file = strict.data.parent / "server.pem"
    strict.handfast("certificate", "export", "--out", file)
    return client, str(file)


class TestAuthlib:
    @pytest.fixture
    def session(self, client, trusted):
        session = Authlib(
            client.client_id, redirect_uri=CALLBACK, scope="read", code_challenge_method="S256",
            token_endpoint_auth_method="none",
        )  # fmt: skip
        return certified(session, client, trusted)

    def test_client_credentials(self, server, client, session, endpoint):
        token = session.fetch_token(endpoint, grant_type="client_credentials")
        assert bound(server, client, token)["sub"] == client.client_id

    def test_password(self, server, client, session, endpoint):
        token = session.fetch_token(endpoint, username=USER, password=PASSWORD)
        assert bound(server, client, token)["sub"] == f"user:{USER}"
        with pytest.raises(OAuthError, match="invalid_grant"):
            session.fetch_token(endpoint, username=USER, password="wrong")

    def test_code_refresh_and_revocation(self, server, client, session, endpoint, api):
        url, state = session.create_authorization_url(
            f"{server.url}/oauth2/authorize", code_verifier=VERIFIER
        )
        answer = allowed(server, url)
        token = session.fetch_token(
            endpoint, authorization_response=answer, state=state, code_verifier=VERIFIER
        )
        assert bound(server, client, token)["sub"] == f"user:{USER}"
        assert token["scope"] == "read"
        # Authlib compares the state by itself; a foreign answer is refused before it is sent.
        with pytest.raises(Exception, match="(?i)state"):
            session.fetch_token(endpoint, authorization_response=answer, state="other")
        again = session.refresh_token(endpoint, refresh_token=token["refresh_token"])
        bound(server, client, again)

        done = session.revoke_token(
            server.url + REVOKE, token=token["refresh_token"], token_type_hint="refresh_token"
        )
        assert done.status_code == 200
        api.comes_to_refuse(again["access_token"])
        with pytest.raises(OAuthError, match="invalid_grant"):
            session.refresh_token(endpoint, refresh_token=token["refresh_token"])

    def test_a_replaced_refresh_token_is_the_one_that_it_uses_next(self, strict, turning):
        client, trusted = turning
        endpoint, told = f"{strict.url}/oauth2/token", []
        session = certified(
            Authlib(
                client.client_id, redirect_uri=CALLBACK, code_challenge_method="S256",
                token_endpoint_auth_method="none", token_endpoint=endpoint,
                update_token=lambda token, **more: told.append((token, more)),
            ), client, trusted,
        )  # fmt: skip
        url, state = session.create_authorization_url(
            f"{strict.url}/oauth2/authorize", code_verifier=VERIFIER
        )
        session.fetch_token(
            endpoint, authorization_response=allowed(strict, url), state=state,
            code_verifier=VERIFIER,
        )  # fmt: skip
        used = [session.token["refresh_token"]]
        for _ in range(3):
            # The token has run out, and the library renews it before the next request.
            session.token = {**session.token, "expires_at": 1}
            session.get(f"{strict.url}/oauth2/jwks")
            used.append(session.token["refresh_token"])
            token, more = told[-1]
            assert token["refresh_token"] == used[-1] and more["refresh_token"] == used[-2]
        assert len(set(used)) == 4 and len(told) == 3
        bound(strict, client, session.token)
        with pytest.raises(OAuthError, match="invalid_grant"):
            session.refresh_token(endpoint, refresh_token=used[0])
        # A used token is a thief's or a thief's victim's: the newest one has ended too.
        with pytest.raises(OAuthError, match="invalid_grant"):
            session.refresh_token(endpoint, refresh_token=used[-1])

    def test_without_the_certificate_nothing_comes(self, session, endpoint):
        session.cert = None
        with pytest.raises(OAuthError, match="invalid_client"):
            session.fetch_token(endpoint, grant_type="client_credentials")

    def test_over_httpx(self, server, client, trusted, endpoint, api):
        context = ssl.create_default_context(cafile=trusted)
        context.load_cert_chain(client.credential.certificate, client.credential.key)
        with AuthlibOverHTTPX(
            client.client_id, verify=context, redirect_uri=CALLBACK,
            code_challenge_method="S256", token_endpoint_auth_method="none",
        ) as session:  # fmt: skip
            url, state = session.create_authorization_url(
                f"{server.url}/oauth2/authorize", code_verifier=VERIFIER
            )
            token = session.fetch_token(
                endpoint, authorization_response=allowed(server, url), state=state,
                code_verifier=VERIFIER,
            )  # fmt: skip
            bound(server, client, token)
            session.revoke_token(server.url + REVOKE, token=token["access_token"])
        api.comes_to_refuse(token["access_token"])


class TestRequestsOAuthlib:
    @pytest.fixture
    def session(self, client, trusted):
        def make(application=None, **more):
            session = RequestsOAuthlib(client.client_id, client=application, **more)
            return certified(session, client, trusted)

        return make

    def test_client_credentials(self, server, client, session, endpoint):
        one = session(BackendApplicationClient(client.client_id, scope="read"))
        token = one.fetch_token(endpoint, include_client_id=True)
        assert bound(server, client, token)["scope"] == "read"
        one.cert = None
        with pytest.raises(OAuth2Error, match="invalid_client"):
            one.fetch_token(endpoint, include_client_id=True)

    def test_password(self, server, client, session, endpoint):
        one = session(LegacyApplicationClient(client.client_id))
        form = {"username": USER, "include_client_id": True}
        token = one.fetch_token(endpoint, password=PASSWORD, **form)
        assert bound(server, client, token)["sub"] == f"user:{USER}"
        with pytest.raises(OAuth2Error, match="invalid_grant"):
            one.fetch_token(endpoint, password="wrong", **form)

    def test_code_and_refresh(self, server, client, session, endpoint):
        one = session(redirect_uri=CALLBACK, scope="read write", pkce="S256")
        url, _ = one.authorization_url(f"{server.url}/oauth2/authorize")
        answer = allowed(server, url)
        token = one.fetch_token(endpoint, authorization_response=answer, include_client_id=True)
        assert bound(server, client, token)["scope"] == "read write"
        again = one.refresh_token(endpoint, client_id=client.client_id)
        assert bound(server, client, again)["sub"] == f"user:{USER}"
        # The code is good once; the library has the verifier of its own request only.
        with pytest.raises(OAuth2Error, match="invalid_grant"):
            one.fetch_token(endpoint, authorization_response=answer, include_client_id=True)


    def test_a_replaced_refresh_token_is_the_one_that_it_uses_next(self, strict, turning):
        client, trusted = turning
        endpoint, told = f"{strict.url}/oauth2/token", []
        one = certified(
            RequestsOAuthlib(
                client.client_id, redirect_uri=CALLBACK, pkce="S256", auto_refresh_url=endpoint,
                auto_refresh_kwargs={"client_id": client.client_id}, token_updater=told.append,
            ), client, trusted,
        )  # fmt: skip
        url, _ = one.authorization_url(f"{strict.url}/oauth2/authorize")
        one.fetch_token(
            endpoint, authorization_response=allowed(strict, url), include_client_id=True
        )
        used = [one.token["refresh_token"]]
        for _ in range(3):
            # The token has run out, and the library renews it before the next request.
            one.token = {**one.token, "expires_at": 1}
            one.get(f"{strict.url}/oauth2/jwks")
            used.append(one.token["refresh_token"])
            assert told[-1]["refresh_token"] == used[-1]
        assert len(set(used)) == 4 and len(told) == 3
        bound(strict, client, one.token)
        for token in (used[0], used[-1]):
            with pytest.raises(OAuth2Error, match="invalid_grant"):
                one.refresh_token(endpoint, refresh_token=token, client_id=client.client_id)


def test_a_pushed_request_by_requests_alone(server, client, trusted, endpoint):
    with certified(requests.Session(), client, trusted) as session:
        pushed = session.post(f"{server.url}/oauth2/par", data={
            "client_id": client.client_id, "response_type": "code", "redirect_uri": CALLBACK,
            "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256",
        })  # fmt: skip
        assert pushed.status_code == 201
        query = {"client_id": client.client_id, "request_uri": pushed.json()["request_uri"]}
        prepared = requests.Request("GET", f"{server.url}/oauth2/authorize", params=query).prepare()
        code = dict(
            pair.split("=") for pair in allowed(server, prepared.url).partition("?")[2].split("&")
        )["code"]
        answer = session.post(endpoint, data={
            "grant_type": "authorization_code", "client_id": client.client_id, "code": code,
            "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
        })  # fmt: skip
    bound(server, client, answer.json())
