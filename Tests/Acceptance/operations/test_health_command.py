# SPDX-License-Identifier: Apache-2.0
"""`handfast health`: yes, no, or not asked, whichever way the address is found."""

import http.server
import signal
import threading
import time

import pytest

import expect
from probing import ProbedServer
from server import ROOT, free_port, handfast


def health(*options, env=None, code=0):
    """Runs the command; its one line, which is on the stream that the exit belongs to."""
    done = handfast("health", *options, check=False, env=env)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    line, empty = (done.stderr, done.stdout) if code == 2 else (done.stdout, done.stderr)
    assert line.count("\n") == 1 and line.endswith("\n") and not empty, (line, empty)
    return line


def by_file(folder, **values):
    """The options for a configuration file with these settings of the probe."""
    file = folder / f"{len(list(folder.iterdir()))}.yaml"
    lines = "".join(f"  {name}: {value}\n" for name, value in values.items())
    file.write_text(f"data: {folder}/data\nprobe:\n{lines}")
    return ["--config", file]


# Yes.


@pytest.mark.smoke
@pytest.mark.parametrize("options", [[], ["--ready"]])
def test_yes_by_every_way_to_the_address(plain, secured, tmp_path, options):
    said = '200 {"state":"full"}' if options else '200 {"status":"ok"}'
    address = f"127.0.0.1:{plain.probe.port}"
    pair = {name.lower(): secured.env[f"HANDFAST_PROBE_{name}"] for name in ("CERTIFICATE", "KEY")}
    socket = plain.data / "admin.sock"
    for way in (
        ["--address", address], ["--address", f"http://{address}"],
        ["--address", f"http://{address}/"], ["--address", f"localhost:{plain.probe.port}"],
        ["--address", f"https://127.0.0.1:{secured.probe.port}"],
        ["--address", socket], ["--address", f"unix:{socket}"], ["--data", plain.data],
        by_file(tmp_path, address=address),
        by_file(tmp_path, address=f"0.0.0.0:{plain.probe.port}"),
        by_file(tmp_path, address=f"127.0.0.1:{secured.probe.port}", **pair),
    ):  # fmt: skip
        assert said in health(*options, *way)


def test_variables_are_heeded_as_by_serve(plain, secured, tmp_path):
    assert "200" in health(env=plain.env)
    line = health("--config", ROOT / "handfast.example.yaml", env=secured.env)
    assert f"https://127.0.0.1:{secured.probe.port}/health" in line
    assert "200" in health(env={"HANDFAST_DATA": str(plain.data)})
    # The environment stands above the file.
    options = by_file(tmp_path, address=f"127.0.0.1:{free_port()}")
    assert "200" in health(*options, env=plain.env)
    health(*options, code=2)


def test_it_is_quick_enough_for_a_probe(plain):
    began = time.monotonic()
    health("--address", plain.probe.url)
    assert time.monotonic() - began < 1


def test_a_mistake_elsewhere_in_the_file_is_no_sign_of_death(plain, tmp_path):
    file = tmp_path / "h.yaml"
    address = f"127.0.0.1:{plain.probe.port}"
    file.write_text(f"issuer: nonsense\nunknown: 1\nprobe: {{address: '{address}'}}\n")
    assert handfast("check", "--config", file, check=False).returncode == 1
    assert "200" in health("--config", file)


# No.


@pytest.mark.waiting
def test_no_while_it_drains(tmp_path):
    env = {"HANDFAST_LIMITS_DRAIN_DELAY_SECONDS": "3"}
    with ProbedServer(tmp_path / "data", env=env) as server:
        server.signal(signal.SIGTERM)
        expect.eventually(lambda: server.probe.json("/ready")[0] == 503)
        for way in (["--address", server.probe.url], ["--data", server.data]):
            assert '503 {"status":"draining"}' in health(*way, code=1)
            assert '503 {"state":"draining"}' in health("--ready", *way, code=1)


@pytest.mark.waiting
def test_no_while_a_reactor_is_stuck_which_is_ready_all_the_same(stuck):
    server, file = stuck
    file.touch()
    expect.eventually(lambda: server.probe.json("/health")[0] == 503, within=8)
    for way in (["--address", server.probe.url], ["--data", server.data]):
        assert '503 {"status":"stuck"}' in health(*way, code=1)
        assert '200 {"state":"full"}' in health("--ready", *way)


# Not asked.


def test_nobody_listens(tmp_path):
    port = free_port()
    for way in (
        ["--address", f"127.0.0.1:{port}"], ["--address", f"https://127.0.0.1:{port}"],
        ["--address", tmp_path / "nothing.sock"], ["--data", tmp_path / "nothing"],
        by_file(tmp_path, address=f"127.0.0.1:{port}"),
    ):  # fmt: skip
        assert "No server listens" in health(*way, code=2)


def test_there_is_nowhere_to_ask(tmp_path):
    assert "are none" in health(env={"HANDFAST_ADMINISTRATION_ADDRESS": "none"}, code=2)
    health("--config", tmp_path / "missing.yaml", code=2)
    assert "probe.address" in health(*by_file(tmp_path, address="nonsense"), code=2)
    for text in ("nonsense", "http://unix:/a", "9443", "https://a"):
        assert "--address" in health("--address", text, code=2)


def test_another_protocol_or_another_server_is_no_answer(plain, secured):
    assert "TLS" in health("--address", f"https://127.0.0.1:{plain.probe.port}", code=2)
    health("--address", f"http://127.0.0.1:{secured.probe.port}", code=2)
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {
        "log_message": lambda *_: None, "protocol_version": "HTTP/1.1",
    })  # fmt: skip
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), quiet) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        line = health("--address", f"127.0.0.1:{other.server_port}", code=2)
        assert "404" in line
        other.shutdown()


@pytest.mark.waiting
def test_a_frozen_server_does_not_answer_in_time(plain, secured):
    for server in (plain, secured):
        with server.frozen():
            for way, limit in (([], 2), (["--timeout", "1"], 1)):
                began = time.monotonic()
                line = health("--address", server.probe.url, *way, code=2)
                assert "answer" in line
                assert limit - 0.1 < time.monotonic() - began < limit + 1.5
        assert "200" in health("--address", server.probe.url)


@pytest.mark.parametrize("options", [
    ["--timeout", "0"], ["--timeout", "61"], ["--address", "a:1", "--data", "b"],
    ["--address", "a:1", "--config", "b"],
])  # fmt: skip
def test_options_that_cannot_be_meant(options):
    assert handfast("health", *options, check=False).returncode == 64
