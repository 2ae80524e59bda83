# SPDX-License-Identifier: Apache-2.0
"""The administrative interface: records, from outside, each with what is refused of it."""

import json
import ssl
import threading

import pytest

import expect
from administrator import Administrator
from oauth import CC

JSON = "application/json"
PATCH = "application/merge-patch+json"


class Interface(Administrator):
    """An administrator who sends documents, and is answered with JSON or with problems."""

    def send(self, method, target, content=None, *fields, type=JSON, token=None):
        """Status, header fields, and what the content says."""
        bearer = f"Authorization: Bearer {token}" if token else self.bearer
        options = ["-X", method]
        given = [bearer, *fields]
        if content is not None:
            text = content if isinstance(content, (str, bytes)) else json.dumps(content)
            options += ["--data-binary", text]
            given.append(f"Content-Type: {type}")
        status, head, body = self.curl(target, *options, fields=given)
        if not body:
            return status, head, None
        problem = head["content-type"] == "application/problem+json"
        assert problem == (status >= 400), (status, body)
        said = json.loads(body)
        if problem:
            assert said["status"] == status and said["type"] == "about:blank" and said["title"]
        return status, head, said

    def refused(self, status, method, target, content=None, *fields, **more):
        """The members that the problem names."""
        found, _, said = self.send(method, target, content, *fields, **more)
        assert found == status, said
        return [error.get("member") for error in said.get("errors", [])]


@pytest.fixture
def api(server):
    return Interface(server)


@pytest.fixture
def certified(api, pki):
    """A client that authenticates by its certificate, and its document as it was made."""
    credential = pki.self_signed("documented", "p256")
    pem = credential.certificate.read_text()
    document = {
        "client_name": "documented",
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "certificates": [pem],
        "labels": {"team": "a"},
    }
    status, head, made = api.send("POST", "/clients", document)
    assert status == 201, made
    assert head["location"] == f"/clients/{made['client_id']}"
    yield credential, made, head["etag"]
    api.send("DELETE", head["location"])


@pytest.mark.smoke
def test_a_client_is_made_gets_a_token_and_is_removed(api, server, certified):
    credential, made, tag = certified
    target = f"/clients/{made['client_id']}"
    assert made["client_secret"] and made["labels"] == {"team": "a"}
    body = {**CC, "client_id": made["client_id"]}
    expect.eventually(lambda: server.token(body, credential).status == 200)
    status, head, shown = api.send("GET", target)
    assert (status, head["etag"]) == (200, tag)
    assert "client_secret" not in shown
    printed = server.handfast("client", "show", made["client_id"], "--json").stdout
    assert json.loads(printed) == shown
    assert api.send("GET", target, None, f"If-None-Match: {tag}")[0] == 304
    assert api.send("DELETE", target, None, f"If-Match: {tag}")[0] == 204
    expect.eventually(lambda: server.token(body, credential).status == 401)
    api.refused(404, "GET", target)
    api.refused(404, "DELETE", target)
    api.refused(404, "PATCH", target, {"scope": "a"}, type=PATCH)


def test_a_document_replaces_and_a_patch_changes_what_it_names(api, certified):
    _, made, tag = certified
    target = f"/clients/{made['client_id']}"
    status, head, patched = api.send("PATCH", target, {"scope": "read write"}, type=PATCH)
    assert status == 200 and patched["scope"] == "read write"
    assert patched["client_name"] == "documented" and patched["labels"] == {"team": "a"}
    assert head["etag"] != tag
    # Stale by now: nothing is changed.
    api.refused(412, "PATCH", target, {"scope": "stale"}, f"If-Match: {tag}", type=PATCH)
    api.refused(412, "DELETE", target, None, f"If-Match: {tag}")
    status, head, read = api.send("GET", target)
    document = {k: v for k, v in read.items() if k != "scope"}
    status, _, replaced = api.send("PUT", target, document, f"If-Match: {head['etag']}")
    assert status == 200 and replaced["scope"] == ""
    assert replaced["jwks"] == read["jwks"] and replaced["enabled"] is True
    api.refused(412, "PUT", target, document, f"If-Match: {head['etag']}")


def test_a_document_makes_the_client_of_its_address(api):
    document = {"client_name": "put", "token_endpoint_auth_method": "client_secret_basic"}
    api.refused(412, "PUT", "/clients/put-here", document, 'If-Match: "1-1"')
    status, head, made = api.send("PUT", "/clients/put-here", document, "If-None-Match: *")
    assert (status, head["location"]) == (201, "/clients/put-here"), made
    assert made["client_id"] == "put-here" and made["client_secret"]
    api.refused(412, "PUT", "/clients/put-here", document, "If-None-Match: *")
    # The name is taken, for every other client.
    api.refused(409, "PUT", "/clients/put-there", document)
    api.refused(409, "POST", "/clients", document)
    status, _, again = api.send("PUT", "/clients/put-here", document)
    assert status == 200 and "client_secret" not in again
    status, _, renewed = api.send("POST", "/clients/put-here/secret")
    assert status == 200 and renewed["client_secret"] != made["client_secret"]
    assert api.send("DELETE", "/clients/put-here")[0] == 204


def test_what_is_wrong_with_a_document_is_said_by_its_members(api):
    assert api.refused(400, "POST", "/clients", {"scope": 1, "grant_types": "x"}) != []
    assert api.refused(400, "POST", "/clients", {"client_nmae": "typo"}) == ["client_nmae"]
    for content in ("", "{", "[]", "null", '{"a":1,"a":2}', b"\xff"):
        api.refused(400, "POST", "/clients", content)
    api.refused(415, "POST", "/clients", "client_name=a", type="application/x-www-form-urlencoded")
    api.refused(415, "PATCH", "/clients/any", {"scope": "a"})
    api.refused(415, "PUT", "/clients/any", {"scope": "a"}, type=PATCH)


def test_certificates_are_added_and_taken_away_one_by_one(api, certified, pki):
    first, made, tag = certified
    second = pki.self_signed("documented-next", "p256")
    target = f"/clients/{made['client_id']}/certificates"
    der = second.certificate.parent / "next.der"
    der.write_bytes(ssl.PEM_cert_to_DER_cert(second.certificate.read_text()))
    pem = second.certificate.read_text()
    api.refused(412, "POST", target, pem, 'If-Match: "1-1"', type="application/x-pem-file")
    status, _, said = api.send("POST", target, f"@{der}", type="application/pkix-cert")
    assert status == 201 and len(said["keys"]) == 2
    # Twice is once too often, and other things are no certificates.
    assert api.refused(400, "POST", target, "nothing", type="application/x-pem-file") == [
        "certificates"
    ]
    api.refused(415, "POST", target, pem, type="application/json")
    _, _, listed = api.send("GET", target)
    prints = {key["x5t#S256"] for key in listed["keys"]}
    assert prints == {first.thumbprint, second.thumbprint}
    assert api.send("DELETE", f"{target}/{first.thumbprint}")[0] == 204
    api.refused(404, "DELETE", f"{target}/{first.thumbprint}")
    api.refused(400, "DELETE", f"{target}/nothing")
    _, _, listed = api.send("GET", target)
    assert [key["x5t#S256"] for key in listed["keys"]] == [second.thumbprint]


def test_clients_are_found(api, certified, server):
    credential, made, _ = certified
    client_id = made["client_id"]

    def found(query):
        status, _, page = api.send("GET", f"/clients?{query}")
        assert status == 200, page
        return [client["client_id"] for client in page["clients"]]

    for query in (
        "q=document", f"q={client_id}", f"q={credential.thumbprint[:10]}", "label=team",
        "label=team%3Da", "expires_before=2099-01-01T00:00:00Z&label=team",
        "method=self_signed_tls_client_auth&q=document", "enabled=true&label=team",
    ):  # fmt: skip
        assert found(query) == [client_id], query
    for query in (
        "q=nobody-at-all", "label=team%3Db", "enabled=false&label=team", "method=none&label=team",
        "expires_before=1999-01-01T00:00:00Z&label=team",
    ):  # fmt: skip
        assert found(query) == [], query
    for query in ("limit=x", "limit=0", "enabled=1", "expires_before=soon", "nmae=a"):
        member = query.partition("=")[0]
        assert api.refused(400, "GET", f"/clients?{query}") == [member]


def test_two_administrators_at_once_and_one_of_them_is_told(api, certified):
    """Eight read the same record and change it: one change counts, and none is lost unseen."""
    _, made, tag = certified
    target = f"/clients/{made['client_id']}"
    answers = []

    def change(number):
        patch = {"scope": f"scope-{number}"}
        answers.append(api.send("PATCH", target, patch, f"If-Match: {tag}", type=PATCH))

    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    statuses = sorted(status for status, _, _ in answers)
    assert statuses == [200] + [412] * 7
    (winner,) = [said for status, _, said in answers if status == 200]
    assert api.send("GET", target)[2]["scope"] == winner["scope"]


def test_users_are_made_without_passwords_and_given_one(api, server):
    assert api.send("PUT", "/users/alex", {"labels": {"team": "a"}})[0] == 201
    status, head, user = api.send("GET", "/users/alex")
    assert user["has_password"] is False and user["sub"] == "user:alex"
    assert api.refused(400, "PUT", "/users/alex", {"password": "secret"}) == ["password"]
    assert api.send("POST", "/users/alex/password", {"password": "secret"})[0] == 204
    assert api.refused(400, "POST", "/users/alex/password", {"password": ""}) == ["password"]
    api.refused(412, "PATCH", "/users/alex", {"enabled": False}, 'If-Match: "x"', type=PATCH)
    assert api.send("PATCH", "/users/alex", {"enabled": False}, type=PATCH)[2]["enabled"] is False
    assert api.send("POST", "/users/alex/enable")[0] == 204
    assert api.send("POST", "/users/alex/disable")[0] == 204
    _, _, said = api.send("GET", "/users")
    assert [one["enabled"] for one in said["users"] if one["name"] == "alex"] == [False]
    status, _, said = api.send("POST", "/tokens/revoke", {"user": "alex"})
    assert status == 200 and said["tokens_valid_from"] > 0
    assert api.send("DELETE", "/users/alex")[0] == 204
    for method, target in (("GET", ""), ("DELETE", ""), ("POST", "/disable")):
        api.refused(404, method, f"/users/alex{target}")
    assert "secret" not in server.log


def test_a_trust_set_in_use_stays(api, pki):
    ca = pki.root.certificate.read_text()
    document = {"ca_certificates": [ca]}
    status, head, made = api.send("PUT", "/trust-sets/internal", document)
    assert status == 201 and made["revocation"] == "off"
    client = {
        "client_name": "of-the-set", "token_endpoint_auth_method": "tls_client_auth",
        "trust_set": "internal", "tls_client_auth_subject_dn": "CN=of-the-set",
        "grant_types": ["client_credentials"],
    }  # fmt: skip
    assert api.send("PUT", "/clients/of-the-set", client)[0] == 201
    api.refused(409, "DELETE", "/trust-sets/internal")
    assert api.send("GET", "/trust-sets/internal")[2]["clients"] == 1
    assert api.send("DELETE", "/clients/of-the-set")[0] == 204
    api.refused(400, "PUT", "/trust-sets/internal", {"ca_certificates": ["nothing"]})
    assert api.send("DELETE", "/trust-sets/internal", None, f"If-Match: {head['etag']}")[0] == 204
    api.refused(404, "GET", "/trust-sets/internal")


def test_keys_are_rotated_and_never_shown(api):
    _, _, before = api.send("GET", "/keys")
    status, _, made = api.send("POST", "/keys", {"kind": "sealing", "active_in": 60})
    assert status == 201 and made["state"] == "next"
    assert api.refused(400, "POST", "/keys", {"kind": "other"}) == ["kind"]
    _, _, after = api.send("GET", "/keys")
    assert len(after["keys"]) == len(before["keys"]) + 1
    members = {"kid", "kind", "state", "created_at", "active_from", "retired_at"}
    assert all(set(key) <= members for key in after["keys"])


def test_verify_says_what_the_command_says(api, certified, server, pki):
    credential, made, _ = certified
    other = pki.self_signed("documented-other", "p256")
    for one, is_authenticated in ((credential, True), (other, False)):
        asked = {"client_id": made["client_id"], "certificate": one.certificate.read_text()}
        status, _, said = api.send("POST", "/verify", asked)
        assert (status, said["authenticated"]) == (200, is_authenticated)
        printed = server.handfast(
            "verify", "--client", made["client_id"], "--certificate", one.certificate, "--json",
            check=False,
        ).stdout  # fmt: skip
        told = json.loads(printed)
        for name in set(said) | set(told) - {"checked_at", "checkedAt"}:
            if "checked" not in name:
                assert said[name] == told[name]
    assert api.refused(400, "POST", "/verify", {"client_id": "a"}) == ["certificate"]
    nothing = {"client_id": "a", "certificate": "nothing"}
    assert api.refused(400, "POST", "/verify", nothing) == ["certificate"]


def test_a_client_that_is_not_registered_is_verified_without_being_made(api, pki):
    own, other = pki.self_signed("to-be-made", "p256"), pki.self_signed("never-made", "p256")
    client = {
        "client_name": "to be made", "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "grant_types": ["client_credentials"], "certificates": [own.certificate.read_text()],
    }  # fmt: skip
    before = len(api.send("GET", "/clients")[2]["clients"])
    for one, is_authenticated in ((own, True), (other, False)):
        asked = {"client": client, "certificate": one.certificate.read_text()}
        status, _, said = api.send("POST", "/verify", asked)
        assert (status, said["authenticated"]) == (200, is_authenticated)
    under_ca = {
        "client_name": "to be made", "token_endpoint_auth_method": "tls_client_auth",
        "grant_types": ["client_credentials"], "trust_set": "absent",
        "tls_client_auth_subject_dn": "CN=to-be-made",
    }  # fmt: skip
    bad = {"client": under_ca, "certificate": own.certificate.read_text()}
    assert "trust_set" in api.refused(400, "POST", "/verify", bad)
    assert len(api.send("GET", "/clients")[2]["clients"]) == before


def test_what_ends_is_listed_with_the_server_s_own_certificate(api, certified):
    _, made, _ = certified
    _, _, page = api.send("GET", "/expiring")
    ends = [thing["ends"] for thing in page["expiring"]]
    assert ends == sorted(ends)
    kinds = {thing["kind"] for thing in page["expiring"]}
    assert {"client_certificate", "server_certificate"} <= kinds
    assert made["client_id"] in [thing.get("client_id") for thing in page["expiring"]]
    assert api.refused(400, "GET", "/expiring?limit=x") == ["limit"]


def test_the_configuration_in_effect_has_the_place_of_each_value(api, server):
    _, _, shown = api.send("GET", "/configuration")
    settings = {setting["key"]: setting for setting in shown["settings"]}
    assert settings["data"]["source"] == "option"
    assert settings["log.level"]["source"] in ("default", "environment", "file")
    assert settings["listeners.main.address"]["value"].split(":")[-1] not in ("", "0")


def test_changes_are_audited_under_the_token_s_name(api, certified):
    _, made, _ = certified
    status, _, token = api.send("POST", "/admin-tokens", {"name": "ci", "role": "administer"})
    assert status == 201 and token["token"]
    target = f"/clients/{made['client_id']}"
    patch = {"scope": "by-ci"}
    assert api.send("PATCH", target, patch, type=PATCH, token=token["token"])[0] == 200
    query = f"/audit?kind=client&id={made['client_id']}"
    _, _, page = api.send("GET", query)
    authors = [entry["author"] for entry in page["entries"]]
    assert authors == ["administration:ci", "administration:first"]
    secret = made["client_secret"]
    assert secret not in json.dumps(page) and token["token"] not in json.dumps(page)
    _, _, page = api.send("GET", f"{query}&limit=1")
    assert len(page["entries"]) == 1 and page["next"] == page["entries"][0]["sequence"]
    _, _, page = api.send("GET", f"{query}&before={page['next']}")
    assert [entry["author"] for entry in page["entries"]] == ["administration:first"]
    assert api.refused(400, "GET", "/audit?id=x") == ["kind"]
    assert api.send("DELETE", "/admin-tokens/ci")[0] == 204
    api.refused(401, "GET", target, token=token["token"])
    api.refused(404, "DELETE", "/admin-tokens/ci")
