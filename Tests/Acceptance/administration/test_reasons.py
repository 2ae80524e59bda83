# SPDX-License-Identifier: Apache-2.0
"""The log and the metrics say why: chains, handshakes, changes by commands."""

import json
import re
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest

import expect
from administrator import Administrator
from database import copy_client
from oauth import CC
from server import ROOT
from wire import Refused, client_context

DOCUMENT = (ROOT / "Documentation/metrics-and-log.md").read_text()


def wait_for(server, **wanted):
    """The newest record of the log that has all of this."""

    def find():
        for record in reversed(server.records):
            if all(record.get(name) == value for name, value in wanted.items()):
                return record
        return None

    return expect.eventually(find)


# Chains.


@pytest.fixture(scope="module")
def chained(server, pki):
    client = server.add_client(
        "chained", "--ca-certificate", pki.root.certificate, "--subject-dn", "CN=leaf,O=Handfast",
        "--grant-types", "client_credentials",
    )  # fmt: skip
    body = {**CC, "client_id": client["client_id"]}
    good = pki.issued("good-leaf", subject="/O=Handfast/CN=leaf")
    expect.eventually(lambda: server.token(body, good).status == 200)
    return body


def openssl(credential, *options):
    done = subprocess.run(
        ["openssl", "x509", "-in", credential.certificate, "-noout", *options],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip().split("=", 1)[1]


@pytest.mark.parametrize("kind, reason", [
    ("expired", "expired"), ("server", "purpose"), ("namesake", "unknownAuthority"),
])  # fmt: skip
def test_a_refused_chain_says_why_and_which_certificate(server, pki, chained, kind, reason):
    subject = "/O=Handfast/CN=leaf"
    credential = {
        "expired": lambda: pki.issued("why-expired", subject=subject, start=-7200, end=-3600),
        "server": lambda: pki.issued("why-server", eku="serverAuth", subject=subject),
        "namesake": lambda: pki.issued("why-namesake", pki.namesake, subject=subject),
    }[kind]()  # fmt: skip
    expect.error(server.token(chained, credential), "invalid_client")
    record = wait_for(server, check="chain-refused", reason=reason)
    assert record["client_id"] == chained["client_id"]
    assert record["detail"].endswith(".")
    serial = openssl(credential, "-serial").lower()
    assert record["serial"].lower().lstrip("0") in (serial.lstrip("0"), "")
    assert "leaf" in record["subject"].lower() and record["issuer"]


def test_another_subject_is_told(server, pki, chained):
    credential = pki.issued("why-other", subject="/O=Handfast/CN=somebody else")
    expect.error(server.token(chained, credential), "invalid_client")
    record = wait_for(server, check="subject-mismatch")
    assert "somebody else" in record["subject"]


@pytest.mark.parametrize("name", ["a\x1b[31mred", 'a","level":"critical', "x" * 60, "\u202eleft"])
def test_names_of_strangers_cannot_forge_a_line(server, pki, chained, name):
    credential = pki.issued(f"why-hostile-{len(name)}-{ord(name[-1])}", subject=f"/CN={name}")
    before = len(server.stderr)
    expect.error(server.token(chained, credential), "invalid_client")
    expect.eventually(lambda: len(server.stderr) > before)
    line = next(line for line in server.stderr[before:] if "subject-mismatch" in line)
    record = json.loads(line)
    assert record["level"] == "notice" and "\x1b" not in line and "\u202e" not in line
    assert len(line) < 4096


def test_a_refusal_that_is_not_about_a_chain_says_nothing_of_one(server, pki, chained, clients):
    expect.error(server.token(chained, pki.issued("why-again", eku="serverAuth")), "invalid_client")
    body = {**CC, "client_id": clients.self_signed["client_id"]}
    expect.error(server.token(body, clients.other_certificate), "invalid_client")
    record = wait_for(server, check="certificate-not-registered")
    # Whose certificate it was is said all the same: the time that takes must not tell who is known.
    assert not {"reason", "detail"} & set(record)
    assert "playground2" in record["subject"] and record["issuer"] and record["serial"]


# Handshakes.


def plain(server):
    return socket.create_connection(server.address, 10)


def no_tls(server):
    with plain(server) as one:
        one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        while one.recv(4096):
            pass


def old_version(server):
    context = client_context()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with plain(server) as one, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(one)


def no_suite(server):
    context = client_context(version="1.2", ciphers="AES128-SHA:@SECLEVEL=0")
    with plain(server) as one, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(one)


def distrust(server):
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with plain(server) as one, pytest.raises(ssl.SSLError):
        context.wrap_socket(one, server_hostname="localhost")


def goes_away(server):
    with plain(server) as one:
        one.sendall(b"\x16\x03\x01")
        time.sleep(0.1)


def garbage(server):
    with plain(server) as one:
        one.sendall(b"\x16\x03\x01\x00\x05" + b"\x01\x00\x00\x01\xff")
        while one.recv(4096):
            pass


def no_http_1_1(server):
    context = client_context()
    context.set_alpn_protocols(["h2"])
    with plain(server) as one, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(one)


KINDS = {
    "not_tls": no_tls, "version": old_version, "algorithms": no_suite, "alert": distrust,
    "application_protocol": no_http_1_1, "closed": goes_away, "malformed": garbage,
}  # fmt: skip


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_failed_handshake_is_counted_by_its_kind_and_logged(server, admin, kind):
    labels = {"listener": "main", "kind": kind}
    before = admin.series("handshake_failures_total", **labels)
    time.sleep(1.1)
    KINDS[kind](server)
    expect.eventually(
        lambda: admin.series("handshake_failures_total", **labels) == before + 1
    )
    if kind == "closed":
        # Load balancers that look whether the port is open do that all day.
        return
    record = wait_for(server, message="TLS handshake failed", kind=kind)
    assert record["level"] == "info" and record["listener"] == "main"
    assert record["peer"] == "127.0.0.1" and record["reason"]


def test_a_certificate_that_is_needed_and_a_peer_that_is_slow(fresh, tmp_path):
    from server import free_port

    port = free_port()
    file = tmp_path / "h.yaml"
    file.write_text(
        f"listeners: {{strict: {{address: '127.0.0.1:{port}', client_certificate: need}}}}\n"
        "issuer: https://localhost\nlimits: {handshake_seconds: 1}\n"
    )
    server = fresh(options=["--config", file], port=port, flags=False).start()
    with pytest.raises(Refused):
        server.get("/health")
    with plain(server) as silent:
        silent.settimeout(10)
        assert silent.recv(1) == b""
    admin = Administrator(server)
    for kind in ("certificate_missing", "timeout"):
        wait_for(server, message="TLS handshake failed", kind=kind, listener="strict")
        assert admin.series("handshake_failures_total", listener="strict", kind=kind) == 1


def test_a_flood_of_failures_writes_few_lines_and_a_count(fresh):
    server = fresh().start()
    began = time.monotonic()
    for _ in range(300):
        with plain(server) as one:
            one.sendall(b"GET / HTTP/1.1\r\n\r\n")
            one.recv(4096)
    seconds = time.monotonic() - began
    expect.logged(server, "more TLS handshakes failed", within=3)
    time.sleep(1.2)
    told = [r for r in server.records if r["message"] == "TLS handshake failed"]
    counted = [int(r["count"]) for r in server.records
               if r["message"] == "more TLS handshakes failed"]  # fmt: skip
    assert len(told) <= 10 * (seconds + 2)
    assert len(told) + sum(counted) == 300


# Metrics.


def test_tokens_and_refusals_are_told_apart(server, clients, admin):
    tokens = "listener_tokens_issued_total"
    basic = {"listener": "main", "grant": "client_credentials", "method": "client_secret_basic"}
    tls = {**basic, "method": "self_signed_tls_client_auth"}
    password = {**tls, "grant": "password"}
    wrong = {"listener": "main", "check": "secret-wrong"}
    before = [admin.series(tokens, **labels) for labels in (basic, tls, password)]
    refused = admin.series("listener_refusals_total", **wrong)
    server.add_user("counted", "counted")
    secret = (clients.basic["client_id"], clients.basic["client_secret"])
    for _ in range(3):
        expect.token(server.token(CC, basic=secret))
    body = {**CC, "client_id": clients.self_signed["client_id"]}
    expect.token(server.token(body, clients.certificate))
    login = {**body, "grant_type": "password", "username": "counted", "password": "counted"}
    expect.eventually(lambda: server.token(login, clients.certificate).status == 200)
    for _ in range(2):
        expect.error(server.token(CC, basic=(secret[0], "wrong")), "invalid_client")
    after = [admin.series(tokens, **labels) for labels in (basic, tls, password)]
    assert [b - a for a, b in zip(before, after)] == [3, 1, 1]
    assert admin.series("listener_refusals_total", **wrong) == refused + 2
    whole = admin.metrics
    of_listener = admin.series("listener_requests_total", listener="main")
    assert whole["handfast_requests_total"] == of_listener


def test_what_clients_choose_makes_no_series(server, admin):
    def count():
        return len(admin.samples)

    expect.error(server.token({**CC, "client_id": "nobody"}), "invalid_client")
    before = count()
    for number in range(50):
        expect.error(server.token({**CC, "client_id": f"nobody-{number}"}), "invalid_client")
    assert count() == before


def test_the_latency_is_of_the_right_size(server, clients, admin):
    name = "request_seconds"
    body = {**CC, "client_id": clients.self_signed["client_id"]}

    def now(endpoint):
        return (admin.series(f"{name}_count", endpoint=endpoint),
                admin.series(f"{name}_sum", endpoint=endpoint))  # fmt: skip

    counted, summed = now("token")
    others = now("other")[0]
    began = time.monotonic()
    with server.connect(clients.certificate) as connection:
        for _ in range(20):
            expect.token(connection.token(body))
        connection.get("/health")
    seconds = time.monotonic() - began
    assert now("token")[0] == counted + 20 and now("other")[0] == others + 1
    assert 20 * 5e-6 < now("token")[1] - summed < seconds
    buckets = [
        (float(sample.labels["le"]), sample.value)
        for sample in admin.samples
        if sample.name == f"handfast_{name}_bucket" and sample.labels["endpoint"] == "token"
    ]
    assert buckets == sorted(buckets) and buckets[-1] == (float("inf"), now("token")[0])
    # A request whose second half takes its time counts for as long.
    with server.connect(clients.certificate) as connection:
        counted, summed = now("token")
        connection.send(b"POST /oauth2/token HTTP/1.1\r\nHost: a\r\n")
        time.sleep(0.3)
        connection.send(b"Content-Length: 0\r\n\r\n")
        connection.read()
    assert now("token")[1] - summed > 0.25


# Changes by commands.


def test_a_command_leaves_a_line(server, pki):
    credential = pki.self_signed("told")
    client_id = server.add_client("told", "--certificate", credential.certificate)["client_id"]
    words = {"message": "registration changed", "kind": "client", "id": client_id}
    wait_for(server, **words, change="added", level="info")
    for command, change in (
        (["update", client_id, "--scope", "read"], "changed"), (["disable", client_id], "disabled"),
        (["enable", client_id], "enabled"), (["remove", client_id], "removed"),
    ):  # fmt: skip
        server.handfast("client", *command)
        wait_for(server, **words, change=change)
    server.add_user("told", "told")
    wait_for(server, message="registration changed", kind="user", id="told", change="added")
    server.handfast("user", "remove", "told")
    wait_for(server, message="registration changed", kind="user", id="told", change="removed")
    server.handfast("trust-set", "add", "told", "--ca-certificate", pki.root.certificate)
    wait_for(server, message="registration changed", kind="trust_set", id="told", change="added")
    server.handfast("trust-set", "remove", "told")
    wait_for(server, message="registration changed", kind="trust_set", id="told", change="removed")
    server.handfast("key", "rotate")
    record = wait_for(server, message="registration changed", kind="key", change="added")
    assert len(record["id"]) == 43


def test_the_switch_leaves_one_line_and_not_two(server, admin, clients):
    client_id = clients.post["client_id"]
    before = len(server.stderr)
    assert admin.post(f"/clients/{client_id}/disable")[0] == 204
    wait_for(server, message="client disabled over the administrative listener")
    time.sleep(0.5)
    lines = [line for line in server.stderr[before:] if client_id in line]
    assert len(lines) == 1, lines
    assert admin.post(f"/clients/{client_id}/enable")[0] == 204


def test_changes_in_bulk_write_few_lines_and_a_count(fresh, pki):
    server = fresh().start()
    server.add_client("one", "--auth-method", "client_secret_basic")
    copy_client(server.data, "one", 500)
    expect.logged(server, "more registrations changed", within=3)

    def told():
        return [r for r in server.records if r["message"] == "registration changed"]

    def counted():
        more = [r for r in server.records if r["message"] == "more registrations changed"]
        return len(told()) + sum(int(r["count"]) for r in more)

    expect.eventually(lambda: counted() == 501, within=3)
    assert len(told()) <= 41


# The document.


def test_every_metric_stands_in_the_document(admin):
    for family in admin.families:
        name = family.name + ("_total" if family.type == "counter" else "")
        assert f"`{name}`" in DOCUMENT, name
        for sample in family.samples:
            for label in sample.labels:
                assert f"`{label}`" in DOCUMENT, label


def test_every_check_stands_in_the_document():
    """The values of `check` are those of one enum, and no literal stands beside them."""
    sources = Path(ROOT) / "Sources"
    cases = re.findall(
        r'^    case (\w+)(?: = "([a-z0-9-]+)")?$', (sources / "OAuth/Check.swift").read_text(), re.M
    )
    found = {value or name for name, value in cases}
    assert len(found) > 50
    for path in sources.rglob("*.swift"):
        text = path.read_text()
        assert not re.search(r'"?\bcheck"?: "[a-z0-9-]+"|invalidClient\(\s*"', text), path
    missing = sorted(check for check in found if f"`{check}`" not in DOCUMENT)
    assert not missing
