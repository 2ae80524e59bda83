# SPDX-License-Identifier: Apache-2.0
"""The listener for probes with TLS: its certificate, and whom the metrics are for."""

import re
import signal
import ssl
import subprocess

import pytest

import expect
from administrator import Administrator
from oauth import CC
from pki import openssl
from probing import ProbedServer, connected
from server import free_port


# Metrics.


def test_tls_asks_for_a_certificate_only_where_metrics_are_pinned(secured, probed, credentials):
    def talk(server):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{server.probe.port}"],
            input=b"",
            capture_output=True,
        )
        return done.stdout.decode()

    assert "CN = probe.test" in talk(secured) or "CN=probe.test" in talk(secured)
    assert "No client certificate CA names sent" in talk(secured)
    assert "Requested Signature Algorithms" in talk(secured)
    other = probed(credentials.server)
    assert "Requested Signature Algorithms" not in talk(other)
    assert other.probe.json("/health") == (200, {"status": "ok"})
    with pytest.raises(ConnectionError), connected(other) as one:
        one.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        # An alert at most: no answer in the clear.
        assert b"HTTP" not in one.recv(4096)
        one.recv(4096)
        raise ConnectionError


def test_the_pinned_key_opens_the_metrics_and_nothing_else(secured, credentials):
    status, fields, content = secured.probe.curl("/metrics", credential=credentials.collector)
    assert status == 200 and b"handfast_build_info" in content
    assert fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    for target in ("/clients", "/refusals", "/"):
        assert secured.probe.status(target, credential=credentials.collector) == 404


@pytest.mark.parametrize("name", [None, "stranger", "namesake"])
def test_nobody_else_reads_the_metrics(secured, credentials, name):
    credential = name and getattr(credentials, name)
    assert secured.probe.curl("/metrics", credential=credential)[0] == 403
    assert secured.probe.curl("/metrics", "-I", credential=credential)[0] == 403
    for target in ("/health", "/ready"):
        assert secured.probe.status(target, credential=credential) == 200


def test_another_certificate_of_the_pinned_key_opens_the_metrics(
    secured, credentials, tmp_path
):
    other = tmp_path / "renewed.pem"
    openssl(
        "req", "-x509", "-new", "-key", credentials.collector.key, "-out", other,
        "-days", "1", "-subj", "/CN=renewed",
    )  # fmt: skip
    renewed = type(credentials.collector)(other, credentials.collector.key)
    assert secured.probe.status("/metrics", credential=renewed) == 200


def test_a_shown_certificate_without_its_key_is_no_key(secured, credentials):
    """The collector's certificate is public: possession of its key is what counts."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(ssl.SSLError):
        context.load_cert_chain(credentials.collector.certificate, credentials.stranger.key)
    # OpenSSL's own command is as strict; the handshake's proof is tested where clients are.
    assert secured.probe.status("/metrics", credential=credentials.stranger) == 403


def test_metrics_name_no_client_no_user_and_no_subject(probed, pki):
    server = probed(probe={"METRICS": "true"})
    credential = pki.self_signed("metered", "p256", "/CN=very-private-subject")
    made = server.add_client("very-private-client", "--certificate", credential.certificate)
    server.add_user("very-private-user", "very-private-password")
    body = {**CC, "client_id": made["client_id"]}
    expect.eventually(lambda: server.token(body, credential).status == 200)
    stranger = pki.self_signed("unmetered", "p256", "/CN=very-private-stranger")
    refused = [
        (body, stranger), ({**CC, "client_id": "very-private-unknown"}, credential),
        ({
            "grant_type": "password", "client_id": made["client_id"],
            "username": "very-private-user", "password": "very-private-guess",
        }, credential),
    ]  # fmt: skip

    def refusals():
        status, _, content = server.probe.curl("/metrics")
        assert status == 200
        return int(re.search(r"^handfast_refusals_total (\d+)$", content.decode(), re.M)[1])

    # A reactor that did not know the client yet has refused it, too.
    before = refusals()
    for parameters, shown in refused:
        assert server.token(parameters, shown).status in (400, 401)
    expect.eventually(lambda: refusals() == before + 3)
    text = server.probe.curl("/metrics")[2].decode()
    for word in ("very-private", made["client_id"], credential.thumbprint, "CN="):
        assert word not in text
    # Of the labels' values none is what a peer has sent.
    known = Administrator(server)
    names = {name for sample in known.samples for name in sample.labels}
    assert names <= {
        "version", "openssl", "listener", "grant", "method", "check", "kind", "progress", "sender",
        "alert", "endpoint", "le", "operation", "needs_row", "name", "group",
    }, names


@pytest.mark.parametrize("address", ["0.0.0.0", "[::]"])
def test_metrics_beyond_loopback_are_warned_of(fresh, address):
    port = free_port()
    env = {"HANDFAST_PROBE_ADDRESS": f"{address}:{port}", "HANDFAST_PROBE_METRICS": "true"}
    server = fresh(env=env).start()
    expect.logged(server, '"key":"probe.metrics"')
    expect.logged(server, "shows the metrics to everybody")


def test_metrics_on_loopback_are_not_warned_of(probed):
    server = probed(probe={"METRICS": "true"})
    assert server.probe.status("/metrics") == 200
    assert "shows the metrics" not in server.log


# Changes while it serves.


@pytest.mark.waiting
def test_a_pair_that_is_renewed_in_place_is_shown(probed, pki, tmp_path):
    pair = tmp_path / "probe.pem", tmp_path / "probe.key"

    def install(name):
        made = pki.self_signed(name, "p256", f"/CN={name}")
        for file, source in zip(pair, (made.certificate, made.key), strict=True):
            file.write_bytes(source.read_bytes())
        return type(made)(*pair)

    server = probed(install("before-renewal"))
    address = ("127.0.0.1", server.probe.port)
    before = ssl.get_server_certificate(address)
    install("after-renewal")
    expect.eventually(lambda: ssl.get_server_certificate(address) != before, within=10)
    expect.logged(server, "the renewed certificate of probes is in use")
    # Half a pair leaves the one in force.
    after = ssl.get_server_certificate(address)
    pair[1].write_bytes(pki.self_signed("before-renewal", "p256").key.read_bytes())
    expect.logged(server, "waits for its key", within=10)
    assert ssl.get_server_certificate(address) == after
    assert server.probe.status("/health") == 200


def test_sighup_takes_over_all_but_the_address(fresh, credentials, tmp_path):
    port = free_port()
    file = tmp_path / "h.yaml"

    def write(*lines):
        address = lines[0] if lines and lines[0].startswith("address") else None
        rest = lines[1:] if address else lines
        all_lines = [address or f"address: 127.0.0.1:{port}", *rest]
        file.write_text("probe:\n" + "".join(f"  {line}\n" for line in all_lines))

    write()
    server = fresh(options=["--config", file]).start()
    url = f"http://127.0.0.1:{port}"

    def status(target, scheme="http", *options):
        done = subprocess.run(
            ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", *options,
             f"{url.replace('http', scheme, 1)}{target}"],
            capture_output=True, text=True,
        )  # fmt: skip
        return int(done.stdout)

    assert (status("/health"), status("/metrics")) == (200, 404)
    write("metrics: true")
    server.signal(signal.SIGHUP)
    expect.eventually(lambda: status("/metrics") == 200)
    write(
        "metrics: true", f"certificate: {credentials.server.certificate}",
        f"key: {credentials.server.key}", f"metrics_clients: {credentials.collector.certificate}",
    )  # fmt: skip
    server.signal(signal.SIGHUP)
    expect.eventually(lambda: status("/health", "https") == 200)
    assert status("/metrics", "https") == 403
    shown = ["--cert", credentials.collector.certificate, "--key", credentials.collector.key]
    assert status("/metrics", "https", *shown) == 200
    # A bad file changes nothing.
    write(f"certificate: {credentials.server.certificate}", "key: /nowhere")
    server.signal(signal.SIGHUP)
    expect.eventually(lambda: "configuration not reloaded" in server.log)
    assert status("/metrics", "https", *shown) == 200
    # Another address waits for a restart, and so does all that was written for it: the protections
    # of the present one stay.
    write(f"address: 127.0.0.1:{free_port()}", "metrics: true")
    server.signal(signal.SIGHUP)
    expect.logged(server, '"key":"probe.address"')
    for _ in range(5):
        assert status("/metrics", "https") == 403 and status("/metrics") == 0
        assert status("/metrics", "https", *shown) == 200
    write("address: none")
    server.signal(signal.SIGHUP)
    expect.eventually(lambda: server.log.count('"key":"probe.address"') == 2)
    assert status("/metrics", "https") == 403 and status("/metrics") == 0


def test_files_are_tried_before_the_server_starts(tmp_path, credentials):
    other = ProbedServer(
        tmp_path / "data",
        credentials.server,
        probe={"METRICS": "true", "METRICS_CLIENTS": credentials.server.key},
    )
    other.launch()
    assert other.wait() == 1
    expect.logged(other, str(credentials.server.key))
