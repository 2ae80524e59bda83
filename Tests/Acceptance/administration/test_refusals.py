# SPDX-License-Identifier: Apache-2.0
"""The latest refusals, as administrators read them: who, why, and with which certificate."""

import json
import socket
import ssl
import subprocess
import time

import pytest

import expect
from administrator import Administrator
from oauth import CC
from wire import client_context

INTROSPECT, REVOKE, PUSH = "/oauth2/introspect", "/oauth2/revoke", "/oauth2/par"


def latest(admin, query="", many=1):
    """The newest refusals that the query asks for, once there are so many."""
    target = f"/refusals?{query}"
    expect.eventually(lambda: len(admin.json(target)["refusals"]) >= many)
    return admin.json(target)["refusals"]


def openssl(pem, *options):
    done = subprocess.run(
        ["openssl", "x509", "-noout", *options], input=pem, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout.strip()


def fingerprint(pem):
    return openssl(pem, "-fingerprint", "-sha256").split("=", 1)[1]


@pytest.fixture(scope="module")
def chained(server, pki):
    client = server.add_client(
        "chained", "--ca-certificate", pki.root.certificate, "--subject-dn", "CN=leaf,O=Handfast",
        "--grant-types", "client_credentials",
    )  # fmt: skip
    good = pki.issued("good-leaf", subject="/O=Handfast/CN=leaf")
    body = {**CC, "client_id": client["client_id"]}
    expect.eventually(lambda: server.token(body, good).status == 200)
    return client["client_id"]


def test_a_wrong_certificate_comes_with_all_that_registering_it_takes(server, clients, pki, admin):
    wrong, id = pki.self_signed("wrong"), clients.self_signed["client_id"]
    expect.error(server.token({**CC, "client_id": id}, wrong), "invalid_client")
    refusal = latest(admin, f"client={id}")[0]
    assert refusal["check"] == "certificate-not-registered" and refusal["kind"] == "request"
    assert (refusal["peer"], refusal["listener"]) == ("127.0.0.1", "main") and refusal["port"] > 0
    assert refusal["client_id"] == id and refusal["endpoint"] == "/oauth2/token"
    assert refusal["thumbprint"] == wrong.thumbprint and refusal["registered"] is False
    assert fingerprint(refusal["certificate"]) == fingerprint(wrong.certificate.read_text())
    assert refusal["subject"] and refusal["issuer"] and refusal["not_before"] < refusal["not_after"]
    # The certificate can be registered as it is shown, and works then.
    file = wrong.certificate.with_suffix(".shown.pem")
    file.write_text(refusal["certificate"])
    shown = server.handfast("verify", "--client", id, "--certificate", file, check=False)
    assert "certificate-not-registered" in shown.stdout
    server.handfast("client", "certificate", "add", id, file)
    expect.eventually(lambda: server.token({**CC, "client_id": id}, wrong).status == 200)


def test_a_registered_certificate_is_not_shown_again(server, clients, admin):
    id = clients.self_signed["client_id"]
    body = {**CC, "client_id": id, "scope": "nothing"}
    expect.error(server.token(body, clients.certificate), "invalid_scope")
    refusal = latest(admin, f"client={id}&check=scope")[0]
    assert refusal["thumbprint"] == clients.certificate.thumbprint
    assert refusal["registered"] is True and refusal["subject"]
    assert "certificate" not in refusal


@pytest.mark.parametrize("kind, check, reason", [
    ("expired", "chain-refused", "expired"), ("other", "subject-mismatch", None),
    ("namesake", "chain-refused", "unknownAuthority"),
])  # fmt: skip
def test_a_refused_chain_says_why(server, pki, admin, chained, kind, check, reason):
    subject = "/O=Handfast/CN=leaf"
    credential = {
        "expired": lambda: pki.issued("r-expired", subject=subject, start=-7200, end=-3600),
        "other": lambda: pki.issued("r-other", subject="/O=Handfast/CN=somebody"),
        "namesake": lambda: pki.issued("r-namesake", pki.namesake, subject=subject),
    }[kind]()  # fmt: skip
    expect.error(server.token({**CC, "client_id": chained}, credential), "invalid_client")
    refusal = latest(admin, f"client={chained}&check={check}")[0]
    assert refusal["thumbprint"] == credential.thumbprint
    assert refusal.get("reason") == reason and (reason is None) == ("detail" not in refusal)
    shown = credential.certificate.read_text()
    assert fingerprint(refusal["certificate"]) == fingerprint(shown)


def test_a_certificate_that_is_in_order_is_not_called_unregistered(server, pki, admin, chained):
    good = pki.issued("good-leaf", subject="/O=Handfast/CN=leaf")
    body = {**CC, "client_id": chained, "scope": "nothing"}
    expect.error(server.token(body, good), "invalid_scope")
    refusal = latest(admin, f"client={chained}&check=scope")[0]
    assert refusal["thumbprint"] == good.thumbprint and "registered" not in refusal
    told = server.handfast("refusals", "--client", chained, "--check", "scope").stdout
    assert good.thumbprint in told and "registered there" not in told


@pytest.mark.parametrize("target", [INTROSPECT, REVOKE, PUSH])
def test_every_endpoint_is_told(server, clients, admin, target):
    id = clients.basic["client_id"]
    with server.connect() as line:
        line.token({"client_id": id, "client_secret": "wrong", "token": "t0ken"}, target=target)
    refusal = latest(admin, f"client={id}")[0]
    assert refusal["endpoint"] == target and "thumbprint" not in refusal


def test_clients_that_nobody_knows_and_requests_without_one(server, admin):
    expect.error(server.token({**CC, "client_id": "stranger"}), "invalid_client")
    assert latest(admin, "client=stranger")[0]["check"] == "client-unknown"
    server.token(CC)
    refusal = latest(admin, "check=client-id-missing")[0]
    assert "client_id" not in refusal
    # The twin: nobody else's is told under a name that was not presented.
    assert admin.json("/refusals?client=strange")["refusals"] == []


def test_nothing_secret_is_told(server, clients, admin):
    basic, marks = clients.basic["client_id"], ["s3cret-a", "s3cret-b", "s3cret-c", "s3cret-d"]
    bodies = [
        {**CC, "client_id": basic, "client_secret": marks[0]},
        {"grant_type": "password", "client_id": basic, "username": "u", "password": marks[1]},
        {"grant_type": "authorization_code", "client_id": basic, "code": marks[2]},
        {"grant_type": "refresh_token", "client_id": basic, "refresh_token": marks[3]},
    ]
    for body in bodies:
        assert server.token(body).status in (400, 401)
    expect.eventually(lambda: len(latest(admin, f"client={basic}")) >= 4)
    _, _, told = admin.curl("/refusals")
    assert not any(mark.encode() in told for mark in marks)
    assert admin.token.encode() not in told


# Handshakes.


def plain(server):
    return socket.create_connection(server.address, 10)


def test_a_client_that_does_not_trust_the_server(server, admin):
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with plain(server) as one, pytest.raises(ssl.SSLError):
        context.wrap_socket(one, server_hostname="localhost")
    refusal = latest(admin, "check=tls-handshake")[0]
    assert (refusal["kind"], refusal["failure"]) == ("handshake", "alert")
    assert (refusal["alert"], refusal["alert_sender"]) == ("unknown_ca", "peer")
    assert refusal["progress"] == "answered" and refusal["listener"] == "main"
    labels = {"listener": "main", "sender": "peer", "alert": "unknown_ca"}
    assert admin.series("handshake_alerts_total", **labels) >= 1
    by_progress = {"listener": "main", "progress": "answered"}
    assert admin.series("handshake_failures_by_progress_total", **by_progress) >= 1


def test_a_client_without_a_common_version(server, admin):
    context = client_context()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with plain(server) as one, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(one)
    refusal = latest(admin, "check=tls-handshake")[0]
    assert refusal["failure"] == "version" and refusal["progress"] == "hello"
    assert (refusal["alert"], refusal["alert_sender"]) == ("protocol_version", "server")


def test_a_certificate_that_is_needed(fresh, pki, tmp_path):
    file = tmp_path / "h.yaml"
    from server import free_port

    port = free_port()
    file.write_text(
        f"listeners: {{strict: {{address: '127.0.0.1:{port}', client_certificate: need}}}}\n"
        "issuer: https://localhost\n"
    )
    server = fresh(options=["--config", file], port=port, flags=False).start()
    context = client_context(version="1.2")
    with plain(server) as one, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(one)
    refusal = latest(Administrator(server), "check=tls-handshake")[0]
    assert refusal["failure"] == "certificate_missing" and refusal["listener"] == "strict"
    assert refusal["progress"] == "certificate" and refusal["alert_sender"] == "server"


def test_probes_of_the_port_are_not_told(fresh):
    server = fresh().start()
    for _ in range(5):
        plain(server).close()
    admin = Administrator(server)
    kind = {"listener": "main", "kind": "closed"}
    expect.eventually(lambda: admin.series("handshake_failures_total", **kind) == 5)
    assert admin.json("/refusals")["refusals"] == []


# How many.


@pytest.mark.parametrize("most", [0, 3])
def test_each_reactor_keeps_so_many(fresh, most):
    env = {"HANDFAST_ADMINISTRATION_REFUSALS_MAX": str(most)}
    server = fresh(env=env, reactors=1).start()
    for number in range(5):
        server.token({**CC, "client_id": f"client-{number}"})
        with plain(server) as one:
            one.sendall(b"GET / HTTP/1.1\r\n\r\n")
            one.recv(100)
    admin = Administrator(server)
    expect.eventually(lambda: admin.metrics["handfast_refusals_total"] == 5)
    told = admin.json("/refusals")["refusals"]
    assert len(told) == 2 * most
    clients = [one["client_id"] for one in told if one["kind"] == "request"]
    assert clients == [f"client-{number}" for number in (4, 3, 2)][:most]


def test_reactors_are_merged_in_order(fresh):
    server = fresh(reactors=4).start()
    for number in range(24):
        server.token({**CC, "client_id": f"client-{number}"})
        time.sleep(0.003)
    admin = Administrator(server)
    told = latest(admin, many=24)
    assert [one["client_id"] for one in told] == [f"client-{n}" for n in reversed(range(24))]
    assert [one["time"] for one in told] == sorted((one["time"] for one in told), reverse=True)
    page = admin.json("/refusals?limit=5")
    assert page["more"] is True and page["refusals"] == told[:5]


@pytest.mark.parametrize("query", ["limit=x", "limit=0", "limit=1001", "check=none", "limit=%zz"])
def test_a_query_that_cannot_be_answered(admin, query):
    status, _, body = admin.curl(f"/refusals?{query}")
    assert status == 400 and json.loads(body)


def test_nobody_reads_them_without_the_token(admin):
    assert admin.curl("/refusals", fields=[])[0] == 401


# The command.


def test_the_command_tells_people_and_programs(server, clients, pki):
    id = clients.self_signed["client_id"]
    server.token({**CC, "client_id": id}, pki.self_signed("wrong-again"))
    done = server.handfast("refusals", "--client", id, "--limit", "1")
    first, second = done.stdout.splitlines()[:2]
    assert "certificate-not-registered" in first and id in first and "127.0.0.1" in first
    assert "x5t#S256" in second and "not registered" in second
    told = json.loads(server.handfast("refusals", "--check", "scope", "--json").stdout)
    assert set(told) == {"refusals", "more"}
    wrong = server.handfast("refusals", "--check", "none", check=False)
    assert wrong.returncode == 64 and "check" in wrong.stderr


def test_the_command_says_that_no_server_runs(fresh):
    server = fresh().start()
    server.stop()
    done = server.handfast("refusals", check=False)
    assert done.returncode == 1 and "No server listens" in done.stderr
