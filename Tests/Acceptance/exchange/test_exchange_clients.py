# SPDX-License-Identifier: Apache-2.0
"""Authlib and Java exchange tokens, and are refused where everybody is."""

import json
import subprocess
from pathlib import Path

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session as Authlib

from exchanges import ACCESS_TOKEN, EXCHANGE

JAVA = Path(__file__).with_name("ExchangeClient.java")


def test_authlib_exchanges_a_token(server, web, gateway, trusted, api):
    session = Authlib(gateway.client_id, token_endpoint_auth_method="none")
    session.cert = (str(gateway.credential.certificate), str(gateway.credential.key))
    session.verify, session.trust_env = trusted, False
    endpoint = f"{server.url}/oauth2/token"
    more = {"grant_type": EXCHANGE, "subject_token_type": ACCESS_TOKEN}
    token = session.fetch_token(endpoint, subject_token=web.for_user(), scope="read", **more)
    assert token["issued_token_type"] == ACCESS_TOKEN and token["scope"] == "read"
    assert api.reads(token["access_token"])["act"]["sub"] == gateway.client_id
    for changes, error in (
        ({"subject_token": "x"}, "invalid_request"),
        ({"subject_token": web.for_user(resource="https://api.example")}, "invalid_request"),
        ({"subject_token": web.for_user(), "scope": "admin"}, "invalid_scope"),
        ({"subject_token": web.for_user(), "audience": "urn:x"}, "invalid_target"),
    ):
        with pytest.raises(OAuthError, match=error):
            session.fetch_token(endpoint, **more, **changes)
    session.cert = None
    with pytest.raises(OAuthError, match="invalid_client"):
        session.fetch_token(endpoint, subject_token=web.for_user(), **more)


def test_java_exchanges_a_token(server, web, gateway, trusted, tmp_path, api):
    password = tmp_path / "password"
    password.write_text("a password for one run\n")
    store = tmp_path / "client.p12"
    subprocess.run(
        ["openssl", "pkcs12", "-export", "-in", gateway.credential.certificate,
         "-inkey", gateway.credential.key, "-out", store, "-passout", f"file:{password}"],
        check=True,
    )  # fmt: skip

    def run(token, **more):
        form = gateway.form(token, **more)
        done = subprocess.run(
            ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", JAVA,
             f"{server.url}/oauth2/token", trusted, store, password,
             *(f"{name}={value}" for name, value in form.items())],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        status, body = done.stdout.splitlines()
        return int(status), json.loads(body)

    status, members = run(web.for_user(), scope="read")
    assert status == 200 and members["issued_token_type"] == ACCESS_TOKEN
    assert api.reads(members["access_token"])["act"]["sub"] == gateway.client_id
    status, members = run(web.for_user(resource="https://api.example"))
    assert (status, members["error"]) == (400, "invalid_request")
    status, members = run(web.for_user(), scope="admin")
    assert (status, members["error"]) == (400, "invalid_scope")
