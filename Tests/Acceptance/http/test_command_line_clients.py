# SPDX-License-Identifier: Apache-2.0
"""ab and curl as people use them: kept connections of HTTP/1.0, and forms from files."""

import gzip
import json
import re
import subprocess

import pytest

import expect
from wire import FORM


def ab(server, credential, body, tmp_path, *options):
    """Runs ab for forty requests; returns its counts, by the names in its report."""
    posted, both = tmp_path / "body", tmp_path / "both.pem"
    posted.write_text(body)
    both.write_bytes(credential.certificate.read_bytes() + credential.key.read_bytes())
    done = subprocess.run(
        ["ab", "-q", "-l", "-s", "5", "-n", "40", "-c", "4", "-p", posted, "-T", FORM]
        + ["-E", both, *options, f"{server.url}/oauth2/token"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return {name: int(count) for name, count in re.findall(r"^(.+?):\s+(\d+)$", done.stdout, re.M)}


def test_ab_keeps_its_connections(server, clients, body, tmp_path):
    before = server.descriptors
    counted = ab(server, clients.certificate, body, tmp_path, "-k")
    assert counted["Complete requests"] == 40
    assert counted["Keep-Alive requests"] == 40
    assert counted["Failed requests"] == 0
    assert "Non-2xx responses" not in counted
    expect.eventually(lambda: server.descriptors <= before, within=2)


def test_ab_without_kept_connections_gets_each_closed(server, clients, body, tmp_path):
    counted = ab(server, clients.certificate, body, tmp_path)
    assert counted["Complete requests"] == 40
    assert counted.get("Keep-Alive requests", 0) == 0
    assert counted["Failed requests"] == 0
    assert "Non-2xx responses" not in counted


def test_ab_with_a_form_that_ends_in_a_line_break_is_refused(server, clients, body, tmp_path):
    counted = ab(server, clients.certificate, body + "\n", tmp_path, "-k")
    assert counted["Complete requests"] == counted["Non-2xx responses"] == 40
    assert counted["Keep-Alive requests"] == 40


VERSIONS = [
    ("1.0", "Connection: keep-alive\r\n", "keep-alive"),
    ("1.0", "Connection: Keep-Alive\r\n", "keep-alive"),
    ("1.0", "", "close"),
    ("1.0", "Connection: keep-alive, close\r\n", "close"),
    ("1.1", "", None),
    ("1.1", "Connection: keep-alive\r\n", None),
    ("1.1", "Connection: close\r\n", "close"),
]


@pytest.mark.parametrize("version, field, said", VERSIONS)
@pytest.mark.parametrize("target", ["/health", "/oauth2/token", "/nowhere"])
def test_an_answer_says_whether_the_connection_stays(line, version, field, said, target, body):
    method = "POST" if target == "/oauth2/token" else "GET"
    content = body if method == "POST" else ""
    head = f"{method} {target} HTTP/{version}\r\nHost: localhost\r\n{field}"
    head += f"Content-Type: {FORM}\r\nContent-Length: {len(content)}\r\n\r\n"
    line.send(head + content)
    first = line.read()
    assert first.header("connection") == said
    if said == "close":
        assert line.closed_by_peer()
    else:
        line.send(head + content)
        assert line.read().status == first.status


def test_a_kept_connection_of_http_1_0_is_told_of_a_refusal_too(line):
    line.send(
        "POST /oauth2/token HTTP/1.0\r\nConnection: keep-alive\r\nContent-Type: text/plain\r\n"
        "Content-Length: 1\r\n\r\na"
    )
    refusal = line.read()
    assert (refusal.status, refusal.header("connection")) == (400, "keep-alive")
    line.send("GET /health HTTP/1.0\r\n\r\n")
    assert line.read().status == 200
    assert line.closed_by_peer()


def curl(server, credential, posted, *options):
    """Posts a file's bytes as they are: the status and the answer."""
    done = subprocess.run(
        ["curl", "-sk", "--cert", credential.certificate, "--key", credential.key]
        + ["--data-binary", f"@{posted}", "-w", "\n%{http_code}", *options]
        + [f"{server.url}/oauth2/token"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    answer, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(answer)


FILES = {
    "line break": (lambda body: body + b"\n", "ends in a line break"),
    "DOS line break": (lambda body: body + b"\r\n", "ends in a line break"),
    "two line breaks": (lambda body: body + b"\n\n", "ends in a line break"),
    "one parameter a line": (lambda body: body.replace(b"&", b"\n"), "control character"),
    "byte order mark": (lambda body: b"\xef\xbb\xbf" + body, "byte order mark"),
    "UTF-16": (lambda body: body.decode().encode("utf-16"), "byte order mark"),
    "Latin-1": (lambda body: body + b"&scope=\xe9", "not UTF-8"),
    "percent sign": (lambda body: body + b"&scope=100%", "percent sign"),
    "compressed": (gzip.compress, "compressed"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_form_from_a_file_is_refused_with_the_cause(server, clients, body, tmp_path, name):
    change, cause = FILES[name]
    posted = tmp_path / "form"
    posted.write_bytes(body.encode())
    assert curl(server, clients.certificate, posted)[0] == 200
    posted.write_bytes(change(body.encode()))
    status, answer = curl(server, clients.certificate, posted)
    assert (status, answer["error"]) == (400, "invalid_request")
    assert cause in answer["error_description"]


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "x-unknown", "gzip, identity"])
@pytest.mark.parametrize("endpoint", ["token", "introspect"])
def test_a_content_coding_is_refused_with_415(line, body, coding, endpoint):
    answer = line.token(
        gzip.compress(body.encode()),
        headers=[("Content-Encoding", coding)],
        target=f"/oauth2/{endpoint}",
    )
    assert answer.status == 415
    # RFC 9110 §12.5.3: what would be taken instead.
    assert answer.header("accept-encoding") == "identity"
    assert answer.json["error"] == "invalid_request"
    assert "compressed" in answer.json["error_description"]
    assert coding not in answer.body.decode().replace("Content-Encoding", "")
    # The next request is served.
    expect.token(line.token(body))


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_the_coding_that_is_none_is_taken(line, body, coding):
    answer = line.token(body, headers=[("Content-Encoding", coding)])
    expect.token(answer)
    assert answer.header("accept-encoding") is None
