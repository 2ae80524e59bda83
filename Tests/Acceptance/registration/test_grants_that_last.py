# SPDX-License-Identifier: Apache-2.0
"""Flags for codes, refresh tokens, pushed requests and tokens: set, shown, taken away."""

import json

import pytest

from server import handfast

CODE = ["--grant-types", "authorization_code,refresh_token"]
HTTPS = ["--redirect-uri", "https://client.example/cb"]


@pytest.fixture
def books(tmp_path):
    """A data directory, and its commands; `shown` is what `client show --json` says."""

    class Books:
        def run(self, *arguments, check=True):
            return handfast(*arguments, "--data", tmp_path / "data", check=check)

        def shown(self, name="app"):
            return json.loads(self.run("client", "show", name, "--json").stdout)

    return Books()


def test_everything_is_set_shown_and_taken_away(books):
    books.run(
        "client", "add", "app", *CODE, *HTTPS, "--redirect-uri", "com.example.app:/cb",
        "--refresh-rotation", "off", "--refresh-lifetime", "86400", "--refresh-idle", "3600",
        "--require-par", "--token-signing-alg", "PS256", "--claim", 'tenant="a"',
        "--claim", "limits={ \"x\": [1] }",
    )  # fmt: skip
    said = {
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": ["https://client.example/cb", "com.example.app:/cb"],
        "refresh_token_rotation": False,
        "refresh_token_lifetime": 86400,
        "refresh_token_idle_lifetime": 3600,
        "require_pushed_authorization_requests": True,
        "access_token_signing_alg": "PS256",
        "access_token_claims": {"tenant": "a", "limits": {"x": [1]}},
    }
    shown = books.shown()
    assert {name: shown.get(name) for name in said} == said
    lines = books.run("client", "show", "app").stdout
    for word in ("86400 s", "3600 s", "PS256", 'tenant="a"', "pushed requests"):
        assert word in lines

    books.run("client", "update", "app", "--claim", "tenant=7", "--no-claim", "limits")
    assert books.shown()["access_token_claims"] == {"tenant": 7}
    books.run("client", "update", "app", "--no-claims", "--claim", "a=1", "--claim", "b=2")
    assert books.shown()["access_token_claims"] == {"a": 1, "b": 2}
    books.run(
        "client", "update", "app", "--refresh-rotation", "default", "--refresh-lifetime",
        "default", "--refresh-idle", "default", "--no-require-par", "--token-signing-alg",
        "ES256", "--no-claims",
    )  # fmt: skip
    left = set(said) - {"grant_types", "response_types", "redirect_uris"}
    assert not left & set(books.shown())
    books.run("client", "update", "app", "--grant-types", "client_credentials")
    assert books.shown()["response_types"] == []


REFUSED = {
    "a code without redirect": (CODE, ["--redirect-uri", "§3.1.2.2"]),
    "nothing to refresh": (["--grant-types", "client_credentials,refresh_token"], ["§4.4.3"]),
    "http beyond this machine": ([*CODE, "--redirect-uri", "http://c.example/"], ["127.0.0.1"]),
    "a scheme without a dot": ([*CODE, "--redirect-uri", "app://cb"], ["with a dot"]),
    "a pattern": ([*CODE, "--redirect-uri", "https://*.c.example/"], ["*.c.example", "a pattern"]),
    "a lifetime of nothing": (["--refresh-lifetime", "0"], ["--refresh-lifetime is from 1"]),
    "a pause of eleven years": (["--refresh-idle", "346896000"], ["--refresh-idle is from 1"]),
    "a word that is none": (["--refresh-rotation", "yes"], ["--refresh-rotation"]),
    "an unsigned token": (["--token-signing-alg", "none"], ["none", "PS256"]),
    "a text without quotation marks": (["--claim", "tenant=a"], ["tenant", "no JSON"]),
    "a claim of the server's": (["--claim", 'sub="root"'], ["claim sub"]),
    "a role": (["--claim", 'roles=["admin"]'], ["claim roles"]),
    "a claim twice": (["--claim", "a=1", "--claim", "a=2"], ["once"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_options_that_make_no_sense_are_refused(books, name):
    options, words = REFUSED[name]
    done = books.run("client", "add", "app", *options, check=False)
    assert done.returncode == 64
    for word in words:
        assert word in done.stderr


def test_all_that_is_wrong_is_said_at_once(books):
    done = books.run(
        "client", "add", "app", *CODE, "--refresh-lifetime", "0", "--refresh-idle", "0",
        "--token-signing-alg", "x", "--claim", "iss=1", "--claim", "exp=1", check=False,
    )  # fmt: skip
    assert done.returncode == 64 and done.stderr.count("Error: ") == 6


def test_a_claim_that_is_not_there_is_not_taken_away(books):
    books.run("client", "add", "app")
    done = books.run("client", "update", "app", "--no-claim", "tenant", check=False)
    assert done.returncode == 1 and "tenant" in done.stderr and "client show" in done.stderr
