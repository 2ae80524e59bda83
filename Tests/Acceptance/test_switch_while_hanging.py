# SPDX-License-Identifier: Apache-2.0
"""The emergency switch while the disk hangs: no write ends, and none is refused (Decision 0026)."""

import json

import pytest

import expect
from allocations import library
from test_switch_while_busy import Switched


@pytest.fixture
def disk(fresh, tmp_path):
    """A server whose disk hangs while a file is there; the server, and the file."""
    file = tmp_path / "hanging"
    preloaded = library("hanging_sync.c", tmp_path)
    server = fresh(env={"LD_PRELOAD": str(preloaded), "HANDFAST_HANG": str(file)})
    yield server.start(), file
    file.unlink(missing_ok=True)


def answered(one):
    received = b""
    while part := one.recv(65536):
        received += part
    return received


def test_it_works_at_once_for_every_client(disk, pki):
    server, file = disk
    clients = [Switched(server, pki, name) for name in ("first", "second")]
    bystander = Switched(server, pki, "bystander")
    file.touch()
    asking = [one.asking("disable") for one in clients]
    expect.eventually(lambda: [one.status for one in clients] == [401, 401], within=3)
    assert bystander.status == 200
    # The listener goes on, with what needs no write.
    assert bystander.admin.curl("/health")[0] == 200
    assert bystander.admin.metrics["handfast_switches_not_durable"] == 2
    for one in asking:
        head, _, content = answered(one).partition(b"\r\n\r\n")
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
        head = answered(asking).split(b"\r\n")
    assert b" 503 " in head[0] and b"Retry-After: 1" in head
    assert client.status == 401
    file.unlink()
    # It was asked for, and is written when the disk goes on.
    expect.eventually(lambda: client.status == 200, within=10)
    assert client.enabled_in_the_store is True
