# SPDX-License-Identifier: Apache-2.0
"""`Documentation/apply-schema.json` and the program accept and refuse the same."""

import json
import re

import jsonschema
import pytest
import yaml

from server import ROOT

SCHEMA = json.loads((ROOT / "Documentation/apply-schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
NONE = {"client_name": "a", "token_endpoint_auth_method": "none"}
KEYED = {
    "client_name": "b", "token_endpoint_auth_method": "private_key_jwt",
    "jwks_uri": "https://client.example/jwks",
}  # fmt: skip

BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ISSUER = {
    "name": "partner", "issuer": "https://partner.example", "algorithms": ["ES256"],
    "jwks_uri": "https://partner.example/jwks", "clients": ["b"],
}  # fmt: skip

VALID = [
    {}, {"clients": None}, {"clients": []}, {"clients": [NONE], "users": [{"name": "ann"}]},
    {"clients": [{**NONE, "scope": None, "labels": {"team": "a", "b/c": ""}}]},
    {"clients": [{**NONE, "client_id": "x", "enabled": False, "access_token_lifetime": 5}]},
    {"clients": [{**NONE, "client_id_issued_at": 5, "tokens_valid_from": 6}]},
    {"users": [{"name": "ann", "enabled": False, "labels": {"a": "b"}, "created_at": 1}]},
    {"clients": [{**NONE, "access_token_claims": {"a": [1, None, {"b": "c"}]}}]},
    {"clients": [{**KEYED, "rate": "9/60"}]}, {"clients": [{**KEYED, "rate": "1000000/86400"}]},
    {"clients": [{**NONE, "rate": None, "activity": {"slowed_down": 1}}]},
    {"clients": [{**KEYED, "client_id": "b", "grant_types": [BEARER]}], "issuers": [ISSUER]},
    {
        "clients": [{**KEYED, "client_id": "b"}],
        "issuers": [{**ISSUER, "max_lifetime": 60, "replay": "allow", "scopes": None}],
    },
]  # fmt: skip

INVALID = [
    {"client": []}, {"clients": {}}, {"clients": [1]}, {"clients": [{}]},
    {"clients": [{**NONE, "scopes": "a"}]}, {"clients": [{**NONE, "scope": ["a"]}]},
    {"clients": [{**NONE, "enabled": "yes"}]}, {"clients": [{**NONE, "grant_types": "password"}]},
    {"clients": [{**NONE, "grant_types": ["implicit"]}]},
    {"clients": [{**NONE, "token_endpoint_auth_method": "magic"}]},
    {"clients": [{**NONE, "access_token_lifetime": 0}]},
    {"clients": [{**NONE, "access_token_lifetime": 1.5}]},
    {"clients": [{**NONE, "labels": {"a b": "c"}}]}, {"clients": [{**NONE, "labels": {"a": 1}}]},
    {"clients": [{**NONE, "access_token_format": "saml"}]},
    {"clients": [{**NONE, "access_token_claims": []}]}, {"clients": [{**NONE, "trust_set": "a b"}]},
    {"clients": [{**NONE, "rate": 100}]}, {"clients": [{**NONE, "rate": "0/60"}]},
    {"users": [{"enabled": True}]}, {"users": [{"name": "ann", "password": "x"}]},
    {"trust_sets": [{"ca_certificates": []}]}, {"trust_sets": [{"name": "a b"}]},
    {"trust_sets": [{"name": "a", "revocation": "perhaps"}]},
    {"issuers": [{**ISSUER, "name": "user"}]}, {"issuers": [{**ISSUER, "algorithms": ["HS256"]}]},
    {"issuers": [{**ISSUER, "clients": []}]}, {"issuers": [{**ISSUER, "max_lifetime": 3601}]},
    {"issuers": [{**ISSUER, "replay": True}]},
    {"clients": [{**NONE, "grant_types": ["jwt_bearer"]}]},
]  # fmt: skip


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("sample", VALID, ids=json.dumps)
def test_both_accept(books, sample):
    VALIDATOR.validate(sample)
    done = books.apply(sample, "--dry-run", status=2 if any(sample.values()) else 0)
    assert "Error" not in done.stderr


@pytest.mark.parametrize("sample", INVALID, ids=json.dumps)
def test_both_refuse(books, sample):
    assert not VALIDATOR.is_valid(sample)
    books.apply(sample, "--dry-run", status=1)


def test_the_schema_has_every_member_that_the_program_has():
    source = (ROOT / "Sources/Registration/Findings/RegistrationField.swift").read_text()
    names = dict(re.findall(r'case (\w+) = "(\w+)"', source))
    names |= {name: name for name in re.findall(r"case (\w+)$", source, re.MULTILINE)}
    clients = (ROOT / "Sources/Registration/Clients/ClientMetadata.swift").read_text()
    block = clients[clients.index("ofClients: [RegistrationField]"):].split("] + subjects")[0]
    members = {names[case] for case in re.findall(r"\.(\w+)", block)}
    assert len(members) > 25
    schema = set(SCHEMA["$defs"]["client"]["properties"])
    subjects = {value for value in names.values() if value.startswith("tls_client_auth_")}
    assert members | subjects <= schema
    ours = {"certificate_file", "ca_certificate_file"}
    read_only = {
        "client_id_issued_at", "client_secret_expires_at", "fetched_jwks", "tokens_valid_from",
        "activity", "warnings",
    }  # fmt: skip
    assert schema == members | subjects | ours | read_only


def test_the_schema_has_every_member_of_trust_sets_users_and_issuers():
    """By the description of the API, which a unit test holds against the readers themselves."""
    described = json.loads((ROOT / "Documentation/openapi.json").read_text())["components"]
    files = {"certificate_file", "ca_certificate_file"}
    for name, document, more in (
        ("trust_set", "TrustSetDocument", files), ("user", "UserDocument", set()),
        ("issuer", "IssuerDocument", set()),
    ):  # fmt: skip
        # An instruction, and no state to be declared.
        members = set(described["schemas"][document]["properties"]) - {"accept_sequence"}
        assert set(SCHEMA["$defs"][name]["properties"]) == members | more


@pytest.mark.parametrize("kind", ["trust_sets", "users", "issuers"])
def test_a_member_of_the_schema_is_one_of_the_program(books, pki, kind):
    """Each by itself: what has a wrong value is refused for that, and never as unknown."""
    name = {"trust_sets": "trust_set", "users": "user", "issuers": "issuer"}[kind]
    for member, schema in SCHEMA["$defs"][name]["properties"].items():
        value = {"labels": {"team": "a"}}.get(member, [])
        entry = {"name": "probe", member: value}
        done = books.handfast("apply", "-f", books.declare({kind: [entry]}, "probe.json"),
                              "--dry-run", check=False)  # fmt: skip
        assert "There is no such member" not in done.stderr, (member, done.stderr)
    done = books.apply({kind: [{"name": "probe", "nonsense": 1}]}, "--dry-run", status=1)
    assert "There is no such member" in done.stderr


def test_an_export_is_valid(books, tmp_path):
    books.apply({"clients": [NONE, {"client_name": "b"}]}, "--secrets", tmp_path / "secrets")
    VALIDATOR.validate(yaml.safe_load(books.export()))
