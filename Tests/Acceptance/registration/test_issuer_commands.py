# SPDX-License-Identifier: Apache-2.0
"""`handfast issuer`: what it takes, what it refuses, and what it says; the API beside it."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from assertions import public_jwk
from server import handfast

EC = public_jwk(ec.generate_private_key(ec.SECP256R1()), "ES256", "one")
RSA = public_jwk(rsa.generate_private_key(65537, 2048), "RS256", "two")


class Issuers:
    """A data directory without a server, with two clients."""

    def __init__(self, folder):
        self.data = folder / "data"
        self.jwks = folder / "keys.jwks"
        self.jwks.write_text(json.dumps({"keys": [EC]}))
        self.secret = folder / "secret.jwks"
        self.secret.write_text(json.dumps({"keys": [{"kty": "oct", "k": "AAAA"}]}))
        for name in ("a", "b"):
            handfast(
                "client", "add", name, "--client-id", name, "--auth-method",
                "client_secret_basic", "--grant-types", "client_credentials,jwt_bearer",
                "--data", self.data,
            )  # fmt: skip

    def run(self, *arguments, **more):
        return handfast("issuer", *arguments, "--data", self.data, **more)

    def add(self, name="partner", *options, iss=None, **more):
        return self.run(
            "add", name, "--issuer", iss or f"https://{name}.example", "--jwks", self.jwks,
            "--alg", "ES256", "--clients", "a", *options, **more,
        )  # fmt: skip

    def shown(self, name="partner"):
        return json.loads(self.run("show", name, "--json").stdout)

    def refused(self, *arguments, status=64):
        done = self.run(*arguments, check=False)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done.stderr


@pytest.fixture
def issuers(tmp_path):
    return Issuers(tmp_path)


def test_an_issuer_is_added_shown_updated_listed_and_removed(issuers):
    assert issuers.add().stdout == "added: partner\n"
    assert issuers.shown() | {"created_at": 0} == {
        "name": "partner", "issuer": "https://partner.example", "jwks": {"keys": [EC]},
        "algorithms": ["ES256"], "clients": ["a"], "token_audiences": [], "scopes": [],
        "max_lifetime": 300, "replay": "refuse", "created_at": 0,
    }  # fmt: skip
    issuers.run(
        "update", "partner", "--clients", "a,b", "--expect-audience", "urn:a", "--subjects",
        "repo:*", "--token-audiences", "https://x.example,https://y.example", "--scopes",
        "read write", "--max-lifetime", "60", "--replay", "allow", "--label", "team=red",
    )  # fmt: skip
    assert issuers.shown() | {"created_at": 0, "jwks": 0} == {
        "name": "partner", "issuer": "https://partner.example", "jwks": 0,
        "algorithms": ["ES256"], "clients": ["a", "b"], "audience": "urn:a",
        "subjects": "repo:*", "token_audiences": ["https://x.example", "https://y.example"],
        "scopes": ["read", "write"], "max_lifetime": 60, "replay": "allow",
        "labels": {"team": "red"}, "created_at": 0,
    }  # fmt: skip
    text = issuers.run("show", "partner").stdout
    assert "partner:repo:*" in text and "one (EC, P-256, ES256)" in text
    issuers.run(
        "update", "partner", "--no-expect-audience", "--no-subjects", "--no-token-audiences",
        "--no-scopes", "--no-label", "team", "--replay", "refuse",
    )  # fmt: skip
    bare = issuers.shown()
    assert not {"audience", "subjects", "labels"} & set(bare) and bare["scopes"] == []
    issuers.add("other")
    listed = issuers.run("list").stdout.splitlines()
    assert [line.split() for line in listed[1:]] == [
        ["1", "jwks", "other", "https://other.example"],
        ["2", "jwks", "partner", "https://partner.example"],
    ]
    assert [one["name"] for one in json.loads(issuers.run("list", "--json").stdout)] == [
        "other", "partner",
    ]  # fmt: skip
    assert issuers.run("remove", "partner").stdout == "removed: partner\n"
    assert "there is no issuer partner" in issuers.refused("show", "partner", status=1)
    audit = handfast("audit", "list", "--issuer", "partner", "--json", "--data", issuers.data)
    actions = [json.loads(line)["action"] for line in audit.stdout.splitlines()]
    assert actions == ["add", "change", "change", "remove"]


@pytest.mark.parametrize(
    "name", ["", "A", "1a", "a_b", "a.b", "a:b", "user", "client", "spiffe", "http", "https",
             "urn", "a" * 33],
)  # fmt: skip
def test_another_name_is_refused(issuers, name):
    done = issuers.add(name, iss="https://x.example", check=False)
    assert done.returncode == 64, done.stderr
    assert json.loads(issuers.run("list", "--json").stdout) == []


@pytest.mark.parametrize(
    "options, word",
    [
        (["--alg", "HS256"], "shared"), (["--alg", "none"], "shared"),
        (["--alg", "RS256"], "No key of the set"), (["--clients", "a,a"], "each once"),
        (["--clients", "nobody"], "no client with the client_id nobody"),
        (["--max-lifetime", "0"], "--max-lifetime"), (["--max-lifetime", "3601"], "3600"),
        (["--replay", "allow", "--max-lifetime", "301"], "300 seconds at most"),
        (["--subjects", "a\nb"], "pattern"), (["--scopes", 'a"b'], "scopes"),
        (["--token-audiences", "a b"], "audiences"), (["--expect-audience", "a b"], "aud"),
        (["--jwks-uri", "https://x.example/jwks"], "either"),
        (["--issuer", "https://x y"], "--issuer"), (["--label", "a b=c"], "label"),
    ],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_refused_with_its_flag(issuers, options, word):
    done = issuers.add("partner", *options, check=False)
    assert done.returncode == 64 and word in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""
    assert json.loads(issuers.run("list", "--json").stdout) == []
    issuers.add()


def test_keys_that_are_secret_are_refused(issuers):
    done = issuers.run(
        "add", "partner", "--issuer", "https://p.example", "--jwks", issuers.secret, "--alg",
        "ES256", "--clients", "a", check=False,
    )  # fmt: skip
    assert done.returncode != 0 and "private or symmetric" in done.stderr
    done = issuers.run(
        "add", "partner", "--issuer", "https://p.example", "--jwks-uri", "http://p.example/j",
        "--alg", "ES256", "--clients", "a", check=False,
    )  # fmt: skip
    assert done.returncode == 64 and "jwks_uri" in done.stderr


def test_an_iss_belongs_to_one_issuer(issuers):
    issuers.add()
    done = issuers.add("twin", iss="https://partner.example", check=False)
    assert done.returncode == 1 and "iss" in done.stderr
    done = issuers.add(check=False)
    assert done.returncode == 1 and "handfast issuer update" in done.stderr
    issuers.add("twin")


def test_nobody_begins_as_an_issuer_s_subjects_do(issuers):
    issuers.add()

    def client(client_id, check=True):
        return handfast(
            "client", "add", client_id.replace(":", "-"), "--client-id", client_id,
            "--auth-method", "client_secret_basic", "--data", issuers.data, check=check,
        )  # fmt: skip

    def user(name, check=True):
        return handfast(
            "user", "add", name, "--password-stdin", "--data", issuers.data,
            text_input="a long password\n", check=check,
        )  # fmt: skip

    for make in (client, user):
        done = make("partner:alice", check=False)
        assert done.returncode == 1 and "begins with partner:" in done.stderr
        make("partner")
        make("other:alice")
        done = issuers.add("other", check=False)
        assert done.returncode == 1 and "other:alice begins with other:" in done.stderr
        kind = "client" if make is client else "user"
        handfast(kind, "remove", "other:alice", "--data", issuers.data)
    issuers.add("other")
    issuers.run("remove", "partner")
    client("partner:alice")


def test_no_client_is_the_iss_of_an_issuer(issuers):
    """With one key for both, an assertion of the client would be a JWT about a subject."""
    iss = "https://twice.example"

    def client(check=True):
        return handfast(
            "client", "add", "twice", "--client-id", iss, "--auth-method", "client_secret_basic",
            "--data", issuers.data, check=check,
        )  # fmt: skip

    issuers.add("twice", iss=iss)
    done = client(check=False)
    assert done.returncode == 1 and "iss of the issuer twice" in done.stderr
    issuers.run("update", "twice", "--issuer", "https://once.example")
    client()
    done = issuers.run("update", "twice", "--issuer", iss, check=False)
    assert done.returncode == 1 and "client_id of a client" in done.stderr
    done = issuers.add("thrice", iss=iss, check=False)
    assert done.returncode == 1 and "client_id of a client" in done.stderr
    handfast("client", "remove", "twice", "--data", issuers.data)
    issuers.add("thrice", iss=iss)


def test_grants_have_short_names_on_the_command_line_and_urns_in_json(issuers):
    shown = handfast("client", "show", "a", "--data", issuers.data).stdout
    assert "client_credentials, jwt_bearer" in shown and "urn:" not in shown
    document = json.loads(handfast("client", "show", "a", "--json", "--data", issuers.data).stdout)
    urn = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert document["grant_types"] == ["client_credentials", urn]
    handfast("client", "update", "a", "--grant-types", urn, "--data", issuers.data)
    done = handfast(
        "client", "update", "a", "--grant-types", "jwt-bearer", "--data", issuers.data, check=False
    )
    assert done.returncode == 64 and "jwt_bearer" in done.stderr


def test_a_client_that_proves_nothing_has_no_such_grant(issuers):
    done = handfast(
        "client", "add", "open", "--auth-method", "none", "--grant-types", "jwt_bearer",
        "--data", issuers.data, check=False,
    )  # fmt: skip
    assert done.returncode == 64 and "jwt_bearer" in done.stderr


def test_issuers_go_through_apply_and_export(issuers, tmp_path):
    issuers.add("partner", "--scopes", "read", "--label", "team=red")
    exported = tmp_path / "all.yaml"
    exported.write_text(handfast("export", "--data", issuers.data).stdout)
    again = handfast("apply", "-f", exported, "--data", issuers.data)
    assert "0 created, 0 changed, 0 removed" in again.stdout
    text = exported.read_text().replace("max_lifetime: 300", "max_lifetime: 60")
    exported.write_text(text)
    said = handfast("apply", "-f", exported, "--data", issuers.data).stdout
    assert "~ issuer partner" in said and "max_lifetime: 300 -> 60" in said
    exported.write_text(text.replace("max_lifetime", "max_lifetme"))
    done = handfast("apply", "-f", exported, "--data", issuers.data, check=False)
    assert done.returncode == 1 and "Is max_lifetime meant?" in done.stderr
    exported.write_text("clients: []\nusers:\n  - name: ann\n    labels: {team: red}\n")
    said = handfast("apply", "-f", exported, "--prune", "team=red", "--data", issuers.data).stdout
    assert "- issuer partner" in said and json.loads(issuers.run("list", "--json").stdout) == []


@pytest.fixture(scope="module")
def client(server):
    made = server.add_client(
        "caller", "--auth-method", "client_secret_basic", "--grant-types",
        "client_credentials,jwt_bearer",
    )  # fmt: skip
    return made["client_id"]


class TestInterface:
    """The same over HTTP: documents with tags, and problems by member."""

    def send(self, admin, method, path, document=None, *more):
        options = ["-X", method, *more]
        if document is not None:
            kind = "merge-patch+json" if method == "PATCH" else "json"
            options += ["-H", f"Content-Type: application/{kind}", "-d", json.dumps(document)]
        status, fields, body = admin.curl(path, *options)
        return status, fields, json.loads(body) if body else None

    def test_it_is_made_changed_and_removed(self, admin, client):
        document = {
            "issuer": "https://partner.example", "jwks": {"keys": [EC, RSA]},
            "algorithms": ["ES256", "RS256"], "clients": [client],
        }  # fmt: skip
        status, fields, made = self.send(admin, "PUT", "/issuers/partner", document)
        assert status == 201 and fields["location"] == "/issuers/partner"
        assert made["max_lifetime"] == 300 and made["name"] == "partner"
        tag = fields["etag"]
        status, fields, changed = self.send(
            admin, "PATCH", "/issuers/partner", {"scopes": ["read"]}, "-H", f"If-Match: {tag}"
        )
        assert status == 200 and changed["scopes"] == ["read"] and fields["etag"] != tag
        stale = ("-H", f"If-Match: {tag}")
        assert self.send(admin, "DELETE", "/issuers/partner", None, *stale)[0] == 412
        assert [one["name"] for one in admin.json("/issuers")["issuers"]] == ["partner"]
        entry = admin.json("/audit?kind=issuer&id=partner&limit=1")["entries"][0]
        assert entry["action"] == "change" and entry["after"] == {"scopes": ["read"]}
        status, _, _ = self.send(admin, "DELETE", "/issuers/partner")
        assert status == 204
        assert self.send(admin, "GET", "/issuers/partner")[0] == 404

    @pytest.mark.parametrize(
        "name, change, status, member",
        [
            ("user", {}, 400, "name"), ("a:b", {}, 400, "name"),
            ("one", {"algorithms": ["HS256"]}, 400, "algorithms"),
            ("one", {"clients": ["nobody"]}, 400, "clients"),
            ("one", {"max_lifetime": 301, "replay": "allow"}, 400, "replay"),
            ("one", {"jwks": {"keys": [{**EC, "d": "AAAA"}]}}, 422, "jwks"),
            ("one", {"name": "two"}, 400, "name"), ("one", {"nonsense": 1}, 400, "nonsense"),
        ],
    )  # fmt: skip
    def test_problems_are_named(self, admin, client, name, change, status, member):
        document = {
            "issuer": "https://one.example", "jwks": {"keys": [EC]}, "algorithms": ["ES256"],
            "clients": [client], **change,
        }  # fmt: skip
        answer = self.send(admin, "PUT", f"/issuers/{name}", document)
        assert answer[0] in (status, 400), answer
        assert member in [problem.get("member") for problem in answer[2]["errors"]], answer
        assert admin.json("/issuers") == {"issuers": []}
