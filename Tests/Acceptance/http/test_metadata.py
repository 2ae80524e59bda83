# SPDX-License-Identifier: Apache-2.0
"""Metadata and keys: RFC 8414 and RFC 7517 (MET-*, JWK-*)."""

import base64
import re
import urllib.parse

import pytest

import expect
from oauth import WELL_KNOWN

SCHEMA = {  # RFC 8414 §2 and RFC 8705 §3.3, §5: the types of the members
    "issuer": str,
    "authorization_endpoint": str,
    "token_endpoint": str,
    "jwks_uri": str,
    "registration_endpoint": str,
    "scopes_supported": list,
    "response_types_supported": list,
    "response_modes_supported": list,
    "grant_types_supported": list,
    "token_endpoint_auth_methods_supported": list,
    "token_endpoint_auth_signing_alg_values_supported": list,
    "service_documentation": str,
    "introspection_endpoint": str,
    "introspection_endpoint_auth_methods_supported": list,
    "revocation_endpoint": str,
    "revocation_endpoint_auth_methods_supported": list,
    "code_challenge_methods_supported": list,
    # RFC 9126 §5, RFC 9207 §3.
    "pushed_authorization_request_endpoint": str,
    "require_pushed_authorization_requests": bool,
    "authorization_response_iss_parameter_supported": bool,
    "tls_client_certificate_bound_access_tokens": bool,
    "mtls_endpoint_aliases": dict,
}


@pytest.fixture(scope="module")
def metadata(server):
    response = server.get(WELL_KNOWN)
    assert response.status == 200
    assert response.header("content-type").split(";")[0] == "application/json"
    return response.json


@pytest.mark.smoke
def test_the_issuer_is_the_address_it_was_fetched_from(metadata, server):
    issuer = urllib.parse.urlsplit(metadata["issuer"])
    assert issuer.scheme == "https" and issuer.port == server.port
    assert issuer.hostname in ("localhost", "127.0.0.1")
    assert not issuer.query and not issuer.fragment and issuer.username is None


def test_every_member_has_its_type_and_none_is_empty(metadata):
    for name, value in metadata.items():
        assert value is not None and value != [] and value != {}, name
        if name in SCHEMA:
            assert type(value) is SCHEMA[name], name
        if isinstance(value, list):
            assert all(isinstance(one, str) for one in value)
            assert len(set(value)) == len(value)


def test_endpoints_are_absolute_https_addresses_that_answer(metadata, server):
    for name in ("token_endpoint", "jwks_uri"):
        assert name in metadata
    for name, value in metadata.items():
        if not name.endswith(("_endpoint", "_uri")):
            continue
        url = urllib.parse.urlsplit(value)
        assert url.scheme == "https" and url.netloc, name
        with server.connect() as connection:
            assert connection.get(url.path).status not in (404, 500), name


def test_it_says_what_works_and_only_that(metadata):
    assert set(metadata["token_endpoint_auth_methods_supported"]) >= {
        "tls_client_auth",
        "self_signed_tls_client_auth",
        "client_secret_basic",
        "client_secret_post",
    }
    assert set(metadata["grant_types_supported"]) >= {"client_credentials", "password"}
    assert metadata["tls_client_certificate_bound_access_tokens"] is True
    assert metadata["response_types_supported"] == ["code"]
    assert "registration_endpoint" not in metadata
    if "private_key_jwt" in metadata["token_endpoint_auth_methods_supported"]:
        algorithms = metadata["token_endpoint_auth_signing_alg_values_supported"]
        assert set(algorithms) & {"PS256", "ES256", "EdDSA"} and "none" not in algorithms
    for scope in metadata.get("scopes_supported", []):
        assert re.fullmatch(r"[\x21\x23-\x5B\x5D-\x7E]+", scope)


def test_aliases_when_present_are_endpoints_of_the_top_level(metadata):
    for name in metadata.get("mtls_endpoint_aliases", {}):
        assert name.endswith("_endpoint") and name in metadata
        assert name != "authorization_endpoint"


@pytest.mark.parametrize("target", [WELL_KNOWN, "/oauth2/jwks", "/health"])
def test_head_is_get_without_the_body_and_post_is_not_allowed(server, target):
    with server.connect() as connection:
        got = connection.get(target)
        head = connection.request("HEAD", target)
        assert head.status == got.status == 200
        assert head.header("content-length") == str(len(got.body))
        assert head.header("content-type") == got.header("content-type")
        posted = connection.request("POST", target, "a=b")
        assert posted.status == 405
        assert "GET" in posted.header("allow")
        assert connection.get(target).body == got.body


def test_it_answers_with_any_certificate_and_with_none(server, pki, metadata):
    with server.connect(pki.self_signed("stranger")) as connection:
        assert connection.get(WELL_KNOWN).json == metadata


def test_a_given_issuer_is_used_to_the_letter(fresh, pki):
    issuer = "https://login.example.org/tenant1"
    server = fresh(options=["--issuer", issuer])
    credential = pki.self_signed("playground2")
    client = server.add_client("issued", "--certificate", credential.certificate)
    with server:
        # RFC 8414 §3.1: the well-known part goes between host and path.
        found = server.get(WELL_KNOWN + "/tenant1")
        assert found.json["issuer"] == issuer
        assert found.json["token_endpoint"] == issuer + "/oauth2/token"
        body = {"grant_type": "client_credentials", "client_id": client["client_id"]}
        members = expect.token(server.token(body, credential))
        import jwt

        claims = jwt.decode(members["access_token"], options={"verify_signature": False})
        assert claims["iss"] == issuer


@pytest.mark.parametrize(
    "issuer",
    ["http://plain.example", "https://a.example/?q", "https://a.example/#f", "nonsense", ""],
)
def test_an_issuer_that_cannot_be_one_is_refused_at_start(fresh, issuer):
    server = fresh(options=["--issuer", issuer]).launch()
    assert server.wait(20) != 0
    assert "issuer" in server.log.lower()
    assert not any("listening" in line for line in server.stdout)


@pytest.mark.smoke
def test_the_key_set_holds_public_signing_keys_only(server):
    response = server.get("/oauth2/jwks")
    assert response.status == 200
    media_type = response.header("content-type").split(";")[0]
    assert media_type in ("application/jwk-set+json", "application/json")
    keys = response.json["keys"]
    assert keys and len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & key.keys()
        assert key["use"] == "sig" and key["alg"] == "ES256"
        assert key["kty"] == "EC" and key["crv"] == "P-256"
        for name in ("x", "y"):
            assert "=" not in key[name]
            assert len(base64.urlsafe_b64decode(key[name] + "=")) == 32


def test_keys_stay_the_same_over_a_restart(fresh):
    first = fresh()
    with first:
        keys = first.get("/oauth2/jwks").json
        with first.connect() as connection:
            certificate = connection.socket.getpeercert(binary_form=True)
        first.stop()
    with fresh(data=first.data) as second:
        assert second.get("/oauth2/jwks").json == keys
        with second.connect() as connection:
            assert connection.socket.getpeercert(binary_form=True) == certificate
    with fresh() as stranger:
        assert stranger.get("/oauth2/jwks").json != keys


def test_a_browser_may_read_metadata_and_keys_but_not_the_token_endpoint(server, clients):
    origin = [("Origin", "https://app.example")]
    with server.connect(clients.certificate) as connection:
        body = {"grant_type": "client_credentials", "client_id": clients.self_signed["client_id"]}
        answer = connection.token(body, headers=origin)
        assert answer.header("access-control-allow-origin") is None
        for target in (WELL_KNOWN, "/oauth2/jwks"):
            allowed = connection.get(target, origin).header("access-control-allow-origin")
            assert allowed == "*"


def test_an_entity_tag_saves_the_body(server):
    with server.connect() as connection:
        for target in (WELL_KNOWN, "/oauth2/jwks"):
            tag = connection.get(target).header("etag")
            assert connection.get(target, [("If-None-Match", tag)]).status == 304
            assert connection.get(target, [("If-None-Match", '"other"')]).status == 200
