# SPDX-License-Identifier: Apache-2.0
"""`handfast export`: what is registered as a declaration, whose application changes nothing."""

import json

import pytest
import yaml

from database import contents

METHODS = [
    "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt",
    "tls_client_auth", "self_signed_tls_client_auth", "none",
]  # fmt: skip

KEY = {
    "kty": "EC", "crv": "P-256", "kid": "k",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}  # fmt: skip


@pytest.fixture
def filled(books, pki, tmp_path):
    """A directory with a client of every method with every setting."""
    settings = {
        "scope": "read write", "audiences": ["https://a.example/"], "enabled": False,
        "redirect_uris": ["https://c.example/cb"], "access_token_format": "sealed",
        "grant_types": ["password", "refresh_token"], "access_token_lifetime": 60,
        "access_token_reuse_window": 5, "refresh_token_rotation": True,
        "refresh_token_lifetime": 600, "refresh_token_idle_lifetime": 60,
        "require_pushed_authorization_requests": True, "access_token_signing_alg": "PS256",
        "access_token_claims": {"yes": "no", "n": 1.5, "deep": [None, {"a": {}}]},
        "labels": {"team": "a", "on": 'off: "no"'},
    }  # fmt: skip
    pem = pki.self_signed("exported").certificate.read_text()
    ca = pki.root.certificate.read_text()
    credentials = {
        "private_key_jwt": {"jwks": {"keys": [KEY]}},
        "self_signed_tls_client_auth": {"certificates": [pem]},
        "tls_client_auth": {"ca_certificates": [ca], "tls_client_auth_subject_dn": "CN=a"},
    }
    clients = [
        {
            "client_name": f"{method} ä {number}", "token_endpoint_auth_method": method,
            **(settings if number else {}), **credentials.get(method, {}),
        }
        for method in METHODS for number in range(2)
    ]  # fmt: skip
    sets = [{"name": "internal", "ca_certificates": [ca], "labels": {"team": "b"}}]
    users = [{"name": "ann", "enabled": False}]
    clients.append({
        "client_id": "billing", "client_name": "billing",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
    })  # fmt: skip
    issuers = [{
        "name": "partner", "issuer": "https://partner.example", "algorithms": ["EdDSA"],
        "jwks": {"keys": [{"x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kty": "OKP",
                           "crv": "Ed25519", "kid": "ä"}]},
        "clients": ["billing"], "subjects": "on", "scopes": ["read"], "max_lifetime": 60,
    }]  # fmt: skip
    document = {"clients": clients, "trust_sets": sets, "users": users, "issuers": issuers}
    books.apply(document, "--secrets", tmp_path / "secrets")
    return books


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_applying_an_export_changes_nothing(filled, format):
    before = contents(filled.data)
    text = filled.export("--format", format)
    assert filled.export("--format", format) == text
    name = f"export.{format}"
    filled.apply(text, "--dry-run", name=name)
    assert "0 created, 0 changed, 0 removed, 19 unchanged" in filled.apply(text, name=name).stdout
    assert contents(filled.data) == before
    altered = text.replace("read write", "read")
    assert "7 to change" in filled.apply(altered, "--dry-run", status=2, name=name).stdout


def test_both_languages_say_the_same_to_other_readers(filled):
    read = yaml.safe_load(filled.export())
    assert read == json.loads(filled.export("--format", "json"))
    assert len(read["clients"]) == 15
    assert [one["name"] for one in read["users"]] == ["ann", "keeper"]


def test_an_export_has_no_secrets(filled, tmp_path):
    text = filled.export()
    for line in (tmp_path / "secrets").read_text().splitlines():
        assert json.loads(line)["client_secret"] not in text
    assert "argon2" not in text and "sha256:" not in text


def test_a_label_selects(filled):
    read = yaml.safe_load(filled.export("--label", "team"))
    assert len(read["clients"]) == 7 and len(read["trust_sets"]) == 1 and not read["users"]
    assert yaml.safe_load(filled.export("--label", "team=b"))["clients"] is None
    assert not any(yaml.safe_load(filled.export("--label", "nobody")).values())


def test_an_export_moves_to_an_empty_directory(filled, fresh, tmp_path):
    file = filled.declare(filled.export(), "moved.yaml")
    other = fresh(tmp_path / "other")
    refused = other.handfast("apply", "-f", file, check=False)
    assert refused.returncode == 1 and "--secrets" in refused.stderr
    other.handfast("apply", "-f", file, "--secrets", tmp_path / "new")
    assert other.handfast("export").stdout == filled.export()
