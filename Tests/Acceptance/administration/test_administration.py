# SPDX-License-Identifier: Apache-2.0
"""The administrative listener: access, answers, and the emergency switch."""

import base64
import json
import os
import re
import stat
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

import expect
from administrator import Administrator
from database import copy_client
from oauth import CC
from server import free_port
from wire import Connection, Refused

REFUSAL = "administration-credential"


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


# Access.


@pytest.mark.smoke
def test_the_token_opens_and_only_its_owner_can_read_it(admin, server):
    assert stat.S_ISSOCK(os.stat(admin.path).st_mode)
    assert mode(admin.path) == 0o600
    assert mode(server.data / "admin.token") == 0o600
    assert len(base64.urlsafe_b64decode(admin.token + "=")) == 32
    assert admin.json("/health") == {"status": "ok"}
    assert admin.curl("/metrics", fields=[f"authorization: bearer {admin.token}"])[0] == 200


def wrong_credentials(token):
    basic = base64.b64encode(f"admin:{token}".encode()).decode()
    bearer = f"Authorization: Bearer {token}"
    return {
        "none": [],
        "wrong": ["Authorization: Bearer " + "A" * len(token)],
        "prefix": [bearer[:-1]],
        "longer": [bearer + "A"],
        "other case": ["Authorization: Bearer " + token.swapcase()],
        "Basic": [f"Authorization: Basic {basic}"],
        "Basic with the token": [f"Authorization: Basic {token}"],
        "twice": [bearer, bearer],
        "right and wrong": [bearer, "Authorization: Bearer x"],
        "no scheme": [f"Authorization: {token}"],
        "another field": [f"X-Api-Key: {token}", f"Cookie: token={token}"],
    }


@pytest.mark.parametrize("kind", list(wrong_credentials("x")))
def test_without_the_token_every_path_gives_the_same_answer(admin, server, clients, kind):
    fields = wrong_credentials(admin.token)[kind]
    before = server.log.count(REFUSAL)
    client_id = clients.basic["client_id"]
    answers = []
    targets = ["/metrics", "/users", "/clients", f"/clients/{client_id}", "/nothing", "/"]
    for target in targets:
        status, head, body = admin.curl(target, fields=fields)
        head.pop("date")
        answers.append((status, head, body))
    for method, target in [("POST", f"/clients/{client_id}/disable"), ("PUT", "/metrics")]:
        status, head, body = admin.curl(target, "-X", method, fields=fields)
        head.pop("date")
        answers.append((status, head, body))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == json.loads(answers[0][2])["status"] == 401
    assert answers[0][1]["content-type"] == "application/problem+json"
    assert answers[0][1]["www-authenticate"] == 'Bearer realm="handfast administration"'
    expect.eventually(lambda: server.log.count(REFUSAL) >= before + len(answers))
    assert admin.json(f"/clients/{client_id}")["enabled"] is True


def test_a_token_in_the_query_or_the_body_is_none(admin):
    for name in ("access_token", "token"):
        pair = f"{name}={admin.token}"
        assert admin.curl(f"/metrics?{pair}", fields=[])[0] == 401
        assert admin.curl("/metrics", "-d", pair, "-X", "GET", fields=[])[0] == 401
        assert admin.curl("/clients/x/disable", "-d", pair, fields=[])[0] == 401


def test_a_new_token_counts_at_once_and_a_missing_one_lets_nobody_in(other):
    admin = Administrator(other())
    file = admin.server.data / "admin.token"
    old = admin.bearer
    file.write_text("a-token-of-my-own-with-enough-characters\n")
    assert admin.curl("/metrics", fields=[old])[0] == 401
    assert admin.curl("/metrics")[0] == 200
    for nothing in ("", "\n", "short\n"):
        file.write_text(nothing)
        for field in (old, "Authorization: Bearer ", f"Authorization: Bearer {nothing.strip()}"):
            assert admin.curl("/metrics", fields=[field])[0] == 401
    file.unlink()
    assert admin.curl("/metrics", fields=[old])[0] == 401
    assert admin.server.stop() == 0
    admin.server.start()
    assert admin.curl("/health")[0] == 200
    assert admin.bearer != old


def test_no_certificate_opens_anything(other, pki, clients):
    """The administrative port speaks no TLS, whatever certificate is shown."""
    port = free_port()
    admin = Administrator(other(f"127.0.0.1:{port}"), port)
    kinds = {
        "none": None,
        "registered": clients.certificate,
        "under a CA": clients.leaf,
        "unknown": pki.self_signed("stranger"),
        "ed25519": pki.self_signed("admin-ed25519", "ed25519"),
        "named admin": pki.self_signed("admin-name", "p256", "/CN=admin"),
        "of a namesake": pki.issued("admin-namesake", pki.namesake),
        "for servers": pki.issued("admin-server", eku="serverAuth"),
        "ended": pki.short_lived("admin-ended", -60, start=-3600),
    }
    for kind, credential in kinds.items():
        for version in ("1.2", "1.3"):
            with pytest.raises(Refused):
                Connection(admin.connect().getpeername(), credential, version).get("/metrics")
            assert admin.curl("/metrics", fields=[])[0] == 401, kind
    assert admin.curl("/metrics")[0] == 200


def test_the_listener_of_clients_knows_no_administration(server, clients, admin):
    fields = [("Authorization", f"Bearer {admin.token}")]
    client_id = clients.self_signed["client_id"]
    for credential in (None, clients.certificate, clients.leaf):
        with server.connect(credential) as connection:
            for target in ("/metrics", "/clients", f"/clients/{client_id}"):
                assert connection.request("GET", target, headers=fields).status == 404
            for change in ("disable", "enable"):
                target = f"/clients/{client_id}/{change}"
                assert connection.request("POST", target, "", fields).status == 404
    assert admin.json(f"/clients/{client_id}")["enabled"] is True


def test_an_access_token_is_no_administrators_token(server, clients, admin):
    body = {**CC, "client_id": clients.self_signed["client_id"]}
    members = expect.token(server.token(body, clients.certificate))
    field = f"Authorization: Bearer {members['access_token']}"
    assert admin.curl("/metrics", fields=[field])[0] == 401


# Metrics and listings.


def test_metrics_are_well_formed_and_move(server, clients, admin):
    body = {**CC, "client_id": clients.self_signed["client_id"]}
    with server.connect(clients.certificate) as connection:
        before = admin.metrics
        for _ in range(10):
            expect.token(connection.token(body))
        expect.error(connection.token({**CC, "client_id": "nobody"}), "invalid_client")
        after = admin.metrics
        assert after["handfast_connections_open"] >= 1
    assert after["handfast_tokens_issued_total"] == before["handfast_tokens_issued_total"] + 10
    assert after["handfast_refusals_total"] == before["handfast_refusals_total"] + 1
    assert after["handfast_requests_total"] == before["handfast_requests_total"] + 11
    with server.connect(clients.certificate):
        pass
    expect.eventually(
        lambda: admin.metrics["handfast_handshakes_total"] > after["handfast_handshakes_total"]
    )
    assert abs(before["handfast_start_time_seconds"] - time.time()) < 3600
    assert before["handfast_clients"] == len(admin.json("/clients")["clients"])


LABELS = {
    "handfast_build_info": {"version", "openssl"},
    "handfast_server_certificate_not_after_seconds": {"name"},
    "handfast_listener_handshakes": {"listener"},
    "handfast_handshake_groups": {"listener", "group"},
    "handfast_listener_requests": {"listener"},
    "handfast_listener_tokens_issued": {"listener", "grant", "method"},
    "handfast_listener_refusals": {"listener", "check"},
    "handfast_handshake_failures": {"listener", "kind"},
    "handfast_handshake_failures_by_progress": {"listener", "progress"},
    "handfast_handshake_alerts": {"listener", "sender", "alert"},
    "handfast_request_seconds": {"endpoint"},
    "handfast_operation_served": {"operation", "needs_row"},
}


def test_metrics_are_series_with_fixed_labels_only(admin, clients):
    text = admin.metrics_text
    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families) >= 16
    for family in families:
        assert family.type in ("counter", "gauge", "histogram") and family.documentation
        wanted = LABELS.get(family.name, set())
        if not wanted:
            assert len(family.samples) == 1
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == wanted, sample
            assert sample.labels.get("listener", "main") == "main"
    for line in text.splitlines():
        assert re.fullmatch(
            r'# (HELP|TYPE) handfast_\w+ .+|handfast_\w+({(\w+="[^"\\]*",?)+})? [\d.]+', line
        ), line
    for client in vars(clients).values():
        if isinstance(client, dict):
            assert client["client_id"] not in text


def test_a_client_is_shown_as_the_command_shows_it(server, clients, admin):
    for client in (clients.self_signed, clients.basic, clients.under_ca):
        client_id = client["client_id"]
        shown = server.handfast("client", "show", client_id, "--json").stdout
        known = admin.json(f"/clients/{client_id}")
        # The server's own counts, which the store does not have.
        known.pop("activity", None)
        assert known == json.loads(shown)
        assert "client_secret" not in json.loads(shown)
        body = admin.curl(f"/clients/{client_id}")[2].decode()
        assert "secret" not in body.replace("client_secret_basic", "")
    assert admin.curl("/clients/nobody")[0] == 404
    # By its name a client cannot be asked for: names are for people.
    assert admin.curl("/clients/playground2")[0] == 404


def test_a_client_id_is_percent_encoded_in_paths(server, admin):
    client_id = "a/disable ?%41+ü&".replace("ü", "u")
    server.add_client(
        "odd", "--client-id", client_id, "--auth-method", "client_secret_basic",
        "--grant-types", "client_credentials",
    )  # fmt: skip
    encoded = "".join(f"%{byte:02x}" for byte in client_id.encode())
    assert admin.json(f"/clients/{encoded}")["client_id"] == client_id
    assert admin.post(f"/clients/{encoded}/disable")[0] == 204
    assert admin.json(f"/clients/{encoded}")["enabled"] is False
    assert admin.post("/clients/a/disable")[0] == 404
    server.handfast("client", "remove", client_id)


def test_clients_come_in_pages(tmp_path, other):
    admin = Administrator(other())
    assert admin.json("/clients") == {"clients": []}
    names = [f"c{number:04}" for number in range(3)]
    for name in names:
        admin.server.add_client(
            name, "--client-id", name, "--auth-method", "client_secret_basic",
            "--grant-types", "client_credentials",
        )  # fmt: skip
    method = "client_secret_basic"
    wanted = [
        {
            "client_id": name, "client_name": name, "token_endpoint_auth_method": method,
            "enabled": True, "certificate_count": 0,
        }
        for name in names
    ]  # fmt: skip
    assert admin.json("/clients") == {"clients": wanted}
    assert admin.json("/clients?after=c0000") == {"clients": wanted[1:]}
    assert admin.json("/clients?after=c00005") == {"clients": wanted[1:]}
    assert admin.json("/clients?after=zz") == {"clients": []}
    assert admin.curl("/clients?after=a&after=b")[0] == 400


@pytest.mark.endurance
def test_a_page_has_a_thousand_clients_and_says_where_the_next_begins(other):
    admin = Administrator(other())
    admin.server.add_client("one", "--auth-method", "client_secret_basic")
    copy_client(admin.server.data, "one", 2500)
    found, target = [], "/clients"
    while target:
        page = admin.json(target)
        assert len(page["clients"]) <= 1000
        found += [client["client_id"] for client in page["clients"]]
        target = f"/clients?after={page['next']}" if "next" in page else None
    assert len(found) == len(set(found)) == 2501
    assert found == sorted(found)


@pytest.mark.parametrize("target", [
    "/", "/metric", "/metrics/", "/clients/", "/oauth2/token", "/clients/a/b", "/.well-known/x",
])  # fmt: skip
def test_every_other_path_is_not_there(admin, target):
    assert admin.curl(target)[0] == 404
    assert admin.post(target)[0] == 404


def test_wrong_methods_are_told_the_right_ones(admin, clients):
    client_id = clients.basic["client_id"]
    for target in ("/metrics", "/health", "/clients", f"/clients/{client_id}"):
        for method in ("TRACE", "OPTIONS"):
            status, fields, _ = admin.curl(target, "-X", method)
            assert status == 405 and fields["allow"].startswith("GET, HEAD")
        status, fields, body = admin.curl(target, "-I")
        assert status == 200 and int(fields["content-length"]) > 0 and not body
    for method in ("GET", "PUT", "DELETE"):
        status, fields, _ = admin.curl(f"/clients/{client_id}/disable", "-X", method)
        assert (status, fields["allow"]) == (405, "POST")
    assert admin.json(f"/clients/{client_id}")["enabled"] is True


# The switch.


@pytest.mark.smoke
def test_the_switch_works_within_a_second_on_open_connections(server, pki, admin):
    credential = pki.self_signed("switched")
    client = server.add_client("switched", "--certificate", credential.certificate)
    client_id = client["client_id"]
    body = {**CC, "client_id": client_id}
    expect.eventually(lambda: server.token(body, credential).status == 200)
    with server.connect(credential) as connection:
        expect.token(connection.token(body))
        for _ in range(2):
            assert admin.post(f"/clients/{client_id}/disable")[0] == 204
            # Durable: another program sees it at once.
            shown = json.loads(server.handfast("client", "show", client_id, "--json").stdout)
            assert shown["enabled"] is False
            expect.eventually(lambda: connection.token(body).status == 401)
            expect.error(connection.token(body), "invalid_client")
            assert admin.post(f"/clients/{client_id}/enable")[0] == 204
            expect.eventually(lambda: connection.token(body).status == 200)
    for change in ("enable", "enable", "disable", "disable"):
        assert admin.post(f"/clients/{client_id}/{change}")[0] == 204
    for change in ("disable", "enable"):
        assert admin.post(f"/clients/nobody/{change}")[0] == 404
    expect.logged(server, f'"client_id":"{client_id}"')


def test_what_was_switched_off_stays_off_after_a_crash(other, pki):
    admin = Administrator(other())
    server = admin.server
    credential = pki.self_signed("crashed")
    client = server.add_client("crashed", "--certificate", credential.certificate)
    token = admin.token
    assert admin.post(f"/clients/{client['client_id']}/disable")[0] == 204
    server.kill()
    assert admin.path.exists()
    server.start()
    assert admin.token == token
    assert admin.json(f"/clients/{client['client_id']}")["enabled"] is False
    expect.error(server.token({**CC, "client_id": client["client_id"]}, credential),
                 "invalid_client")  # fmt: skip
    assert server.stop() == 0
    assert not admin.path.exists()


def test_the_token_is_told_nowhere(admin, server):
    """Last: after all that was sent to this server, its token stands in one file only."""
    token = admin.token
    assert token not in server.log and token not in "\n".join(server.stdout)
    assert token not in admin.metrics_text
    holders = [f.name for f in server.data.iterdir()
               if f.is_file() and token.encode() in f.read_bytes()]  # fmt: skip
    assert holders == ["admin.token"]
    for path in (f"/proc/{server.pid}/cmdline", f"/proc/{server.pid}/environ"):
        try:
            assert token.encode() not in open(path, "rb").read()
        except PermissionError:
            pass
