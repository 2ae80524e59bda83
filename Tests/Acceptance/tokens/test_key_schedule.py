# SPDX-License-Identifier: Apache-2.0
"""Keys that the server replaces by itself (`keys.rotate_days`)."""

import json

import jwt
import pytest

import expect
from database import transaction
from parties import Caller
from server import handfast


def keys(server, kind="ES256"):
    listed = json.loads(server.handfast("key", "list", "--json").stdout)
    return [key for key in listed if key["kind"] == kind]


def test_without_a_schedule_a_key_stays(fresh):
    server = fresh()
    server.start()
    assert len(keys(server)) == 1
    assert len(keys(server, "A256GCM")) == 1


def age(server, days):
    """Makes the stored keys so much older."""
    with transaction(server.data) as database:
        database.execute("UPDATE server_key SET active_from = active_from - ?", [days * 86_400])


def test_a_schedule_makes_one_key_that_waits_for_a_day(fresh):
    first = fresh()
    first.start()
    (key,) = keys(first)
    first.stop()
    age(first, 8)
    again = fresh(first.data, env={"HANDFAST_KEYS_ROTATE_DAYS": "7"})
    again.start()
    expect.eventually(lambda: len(keys(again)) == 2 and len(keys(again, "A256GCM")) == 2)
    old, new = keys(again)
    assert old["kid"] == key["kid"] and old["state"] == "active" and new["state"] == "next"
    assert new["active_from"] == new["created_at"] + 86_400 == old["retired_at"]

    def published():
        return {one["kid"] for one in again.get("/oauth2/jwks").json["keys"]}

    expect.eventually(lambda: published() == {old["kid"], new["kid"]})


@pytest.mark.parametrize("algorithm", ["ES384", "EdDSA", "PS256", "RS256"])
def test_a_schedule_replaces_keys_of_every_algorithm(fresh, pki, algorithm):
    first = fresh()
    first.start()
    signer = Caller(first, pki, f"of-{algorithm}", "--token-signing-alg", algorithm)
    expect.eventually(lambda: signer.ask().status == 200, within=10)
    (key,) = keys(first, algorithm)
    first.stop()
    age(first, 8)
    again = fresh(first.data, env={"HANDFAST_KEYS_ROTATE_DAYS": "7"})
    again.start()
    expect.eventually(lambda: len(keys(again, algorithm)) == 2, within=10)
    old, new = keys(again, algorithm)
    assert old["kid"] == key["kid"] and (old["state"], new["state"]) == ("active", "next")
    # Once the day is over the new key signs, and the old one is still published.
    again.stop()
    age(first, 2)
    last = fresh(first.data)
    last.start()
    signer.server = last
    expect.eventually(lambda: signer.ask().status == 200, within=10)
    header = jwt.get_unverified_header(expect.token(signer.ask())["access_token"])
    assert (header["alg"], header["kid"]) == (algorithm, new["kid"])
    published = {one["kid"] for one in last.get("/oauth2/jwks").json["keys"]}
    assert {old["kid"], new["kid"]} <= published


def test_a_schedule_that_is_too_often_is_refused(tmp_path):
    configuration = tmp_path / "handfast.yaml"
    configuration.write_text(f"data: {tmp_path}/data\nkeys: {{rotate_days: 6}}\n")
    answer = handfast("check", "--config", configuration, check=False)
    assert answer.returncode != 0
    assert "keys.rotate_days" in answer.stdout + answer.stderr
