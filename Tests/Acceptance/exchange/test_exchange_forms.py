# SPDX-License-Identifier: Apache-2.0
"""Forms of token exchange that are refused, each beside the one that it differs from."""

import pytest

import expect
from exchanges import ACCESS_TOKEN, GATEWAY, JWT, Web

WRONG = {
    "no subject token": ({"subject_token": None}, "invalid_request"),
    "no subject token type": ({"subject_token_type": None}, "invalid_request"),
    "a refresh token's type": (
        {"subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        "invalid_request",
    ),
    "an ID token's type": (
        {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
        "invalid_request",
    ),
    "a partner's type for our token": ({"subject_token_type": JWT}, "invalid_request"),
    "an actor token alone": ({"actor_token": "x"}, "invalid_request"),
    "an actor token type alone": ({"actor_token_type": ACCESS_TOKEN}, "invalid_request"),
    "an actor token that is none": (
        {"actor_token": "x", "actor_token_type": ACCESS_TOKEN},
        "invalid_request",
    ),
    "a refresh token asked for": (
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        "invalid_request",
    ),
    "an ID token asked for": (
        {"requested_token_type": "urn:ietf:params:oauth:token-type:id_token"},
        "invalid_request",
    ),
    "a subject token twice": ({"subject_token": ["a", "b"]}, "invalid_request"),
    "a type twice": ({"subject_token_type": [ACCESS_TOKEN, JWT]}, "invalid_request"),
    "a requested type twice": ({"requested_token_type": [ACCESS_TOKEN] * 2}, "invalid_request"),
    "a scope twice": ({"scope": ["read", "write"]}, "invalid_request"),
    "a text as the token": ({"subject_token": "token"}, "invalid_request"),
    "a scope of others": ({"scope": "admin"}, "invalid_scope"),
    "a scope that the token has not": ({"scope": "read pack"}, "invalid_scope"),
    "another audience": ({"audience": "https://x.example"}, "invalid_target"),
    "the gateway as the audience": ({"audience": GATEWAY}, "invalid_target"),
    "another resource": ({"resource": "https://x.example"}, "invalid_target"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_form_that_differs_is_refused(web, gateway, name):
    changes, error = WRONG[name]
    token = web.for_user()
    gateway.exchanged(token)
    if changes.get("subject_token", "") == "token":
        expect.error(gateway.exchange("token"), error)
    else:
        form = {"subject_token": token, **changes}
        expect.error(gateway.exchange(form.pop("subject_token"), **form), error)


def test_parameters_of_others_are_ignored(web, gateway, api):
    more = {"want_composite": "true", "subject_issuer": "x", "may_act": "y", "act": "z"}
    said = api.reads(gateway.exchanged(web.for_user(), **more)["access_token"])
    assert said["act"]["sub"] == gateway.client_id and "may_act" not in said


def test_a_refusal_says_nothing_about_the_token(server, pki, web, gateway):
    """Whoever has found a token learns nothing about it (RFC 8693 §2.2.2)."""
    bound = Web(server, pki, "quiet", "--bound-tokens")
    tokens = ["token", bound.for_user(), web.for_user(resource="https://api.example")]
    assert len({gateway.exchange(token).shape for token in tokens}) == 1
    expected = ["subject-token", "subject-token-binding", "subject-token-audience"]

    def checks():
        return [
            line["check"]
            for line in server.records
            if line.get("client_id") == gateway.client_id and "check" in line
        ]

    # The log's thread writes after the answer.
    expect.eventually(lambda: checks()[-3:] == expected)
