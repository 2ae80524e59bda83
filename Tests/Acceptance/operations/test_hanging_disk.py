# SPDX-License-Identifier: Apache-2.0
"""A disk that hangs: no write ends, and none is refused."""

import json

import pytest

import expect
from administrator import Switched, everything
from allocations import library
from assertions import Signer, asserting

pytestmark = pytest.mark.waiting


@pytest.fixture
def disk(fresh, tmp_path):
    """A server whose disk hangs while a file is there; the server, and the file."""
    file = tmp_path / "hanging"
    preloaded = library("hanging_sync.c", tmp_path)
    env = {
        "LD_PRELOAD": str(preloaded),
        "HANDFAST_HANG": str(file),
        **{f"HANDFAST_LIMITS_{n}_SECONDS": "3" for n in ("HEADER", "BODY", "REQUEST")},
    }
    server = fresh(env=env)
    yield server.start(), file
    file.unlink(missing_ok=True)


def test_the_emergency_switch_works_at_once_for_every_client(disk, pki):
    server, file = disk
    clients = [Switched(server, pki, name) for name in ("first", "second")]
    bystander = Switched(server, pki, "bystander")
    file.touch()
    asking = [one.asking("disable") for one in clients]
    expect.eventually(lambda: [one.status for one in clients] == [401, 401], within=3)
    assert bystander.status == 200
    # The listener goes on, with what needs no write.
    assert bystander.admin.curl("/health")[0] == 200
    metrics = bystander.admin.metrics
    assert metrics["handfast_switches_not_durable"] == 2
    # No write ends, but the store is read as ever.
    assert metrics["handfast_store_unread_seconds"] == 0
    for one in asking:
        head, _, content = everything(one).partition(b"\r\n\r\n")
        assert b" 202 " in head.split(b"\r\n")[0]
        said = json.loads(content)
        assert said["enabled"] is False and said["durable"] is False
        assert "not answered yet" in said["reason"]
        one.close()
    file.unlink()
    expect.eventually(
        lambda: bystander.admin.metrics["handfast_switches_not_durable"] == 0, within=10
    )
    for one in clients:
        assert one.enabled_in_the_store is False and one.status == 401
    assert bystander.enabled_in_the_store is True and bystander.status == 200


def test_switching_on_says_that_nothing_has_changed_yet(disk, pki):
    server, file = disk
    client = Switched(server, pki, "one")
    assert client.admin.post(f"/clients/{client.id}/disable")[0] == 204
    file.touch()
    with client.asking("enable") as asking:
        head = everything(asking).split(b"\r\n")
    assert b" 503 " in head[0] and b"Retry-After: 1" in head
    assert client.status == 401
    file.unlink()
    # The change was asked for, and is written when the disk goes on.
    expect.eventually(lambda: client.status == 200, within=10)
    assert client.enabled_in_the_store is True


def test_a_request_that_waits_for_the_store_is_told_so_in_time(disk, pki, tmp_path):
    server, file = disk
    signer = Signer(server, tmp_path, "ES256", "signer")
    other = Switched(server, pki, "bystander")

    def fresh_one():
        return server.token(asserting(signer.sign())).status

    expect.eventually(lambda: fresh_one() == 200)
    file.touch()
    assertion = signer.sign()
    with server.connect() as line:
        answer = line.token(asserting(assertion))
    expect.error(answer, "temporarily_unavailable", 503)
    assert int(answer.header("retry-after")) > 0
    # Others need no write.
    assert other.status == 200
    expect.logged(server, "assertion-not-kept")
    refused = [line for line in server.log.splitlines() if "assertion-not-kept" in line]
    assert len(refused) == 1 and signer.id in refused[0]
    file.unlink()
    # Its use was written when the disk went on: it counts, though nothing was issued.
    expect.eventually(lambda: fresh_one() == 200)
    expect.error(server.token(asserting(assertion)), "invalid_client")
