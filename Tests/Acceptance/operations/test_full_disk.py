# SPDX-License-Identifier: Apache-2.0
"""The emergency switch and a restart while the disk has no room left."""

import json

import pytest

import expect
from administrator import Administrator
from oauth import CC


@pytest.fixture
def full(small_disk, fresh, pki):
    """A server with a client, and then no room on its disk."""
    server = fresh(data=small_disk.folder / "data")
    server.credential = pki.self_signed("full")
    client = server.add_client("full", "--certificate", server.credential.certificate)
    server.client_id = client["client_id"]
    server.body = {**CC, "client_id": server.client_id}
    server.start()
    expect.token(server.token(server.body, server.credential))
    # One change of a client is told from the next by its second.
    expect.next_second()
    small_disk.fill()
    return server


def enabled_in_the_store(server):
    shown = server.handfast("client", "show", server.client_id, "--json", check=False)
    return json.loads(shown.stdout)["enabled"]


def answers(server):
    return server.token(server.body, server.credential).status


def test_the_switch_works_in_memory_says_so_and_becomes_durable(full, small_disk):
    admin = Administrator(full)
    target = f"/clients/{full.client_id}"
    with full.connect(full.credential) as kept, full.connect(full.credential) as other:
        expect.token(kept.token(full.body))
        status, _, body = admin.post(f"{target}/disable")
        assert status == 202
        said = json.loads(body)
        assert said["enabled"] is False and said["durable"] is False and "full" in said["reason"]
        for connection in (kept, other):
            expect.error(connection.token(full.body), "invalid_client")
    assert admin.json(target)["enabled"] is False
    assert admin.json("/clients")["clients"][0]["enabled"] is False
    assert admin.metrics["handfast_switches_not_durable"] == 1
    line = next(line for line in full.stderr if "in memory alone" in line)
    # The line names the remedy.
    assert str(full.data) in line and "free space on that disk" in line
    assert enabled_in_the_store(full) is True
    small_disk.free()
    expect.eventually(lambda: enabled_in_the_store(full) is False, within=3)
    expect.logged(full, "disabled durably now")
    expect.eventually(lambda: admin.metrics["handfast_switches_not_durable"] == 0)
    assert answers(full) == 401
    assert full.stop() == 0
    full.start()
    assert answers(full) == 401
    full.handfast("client", "enable", full.client_id)
    expect.eventually(lambda: answers(full) == 200)


def test_it_can_be_switched_on_again_before_it_was_durable(full):
    admin = Administrator(full)
    assert admin.post(f"/clients/{full.client_id}/disable")[0] == 202
    assert answers(full) == 401
    # The store never heard of the other, so there is nothing to write.
    assert admin.post(f"/clients/{full.client_id}/enable")[0] == 204
    expect.eventually(lambda: answers(full) == 200)
    assert admin.metrics["handfast_switches_not_durable"] == 0


def test_to_switch_on_what_the_store_has_as_off_is_refused(fresh, small_disk, pki):
    server = fresh(data=small_disk.folder / "data")
    credential = pki.self_signed("off")
    client_id = server.add_client("off", "--certificate", credential.certificate)["client_id"]
    server.handfast("client", "disable", client_id)
    server.start()
    small_disk.fill()
    admin = Administrator(server)
    assert admin.post(f"/clients/{client_id}/enable")[0] == 507
    assert server.token({**CC, "client_id": client_id}, credential).status == 401
    assert admin.post("/clients/nobody/disable")[0] == 404
    assert admin.post("/clients/nobody/enable")[0] == 404


def test_a_command_that_enables_wins_over_a_switch_that_waits(full, small_disk):
    admin = Administrator(full)
    assert admin.post(f"/clients/{full.client_id}/disable")[0] == 202
    small_disk.free()
    # The switch is written first, or the command is: what the command said counts in both cases.
    full.handfast("client", "enable", full.client_id)
    expect.eventually(lambda: answers(full) == 200, within=3)
    expect.eventually(lambda: admin.metrics["handfast_switches_not_durable"] == 0)
    assert enabled_in_the_store(full) is True


def test_a_stop_says_what_will_come_back(full):
    admin = Administrator(full)
    assert admin.post(f"/clients/{full.client_id}/disable")[0] == 202
    assert full.stop() == 0
    line = next(line for line in full.stderr if "enabled after a restart" in line)
    assert full.client_id in line


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_restart_serves_or_says_what_to_free(full, small_disk, end):
    getattr(full, end)()
    # Takes again the room that the end gave back.
    small_disk.fill()
    full.launch()
    try:
        full.wait_for_line("listening on ", 15)
    except AssertionError:
        assert full.process.returncode not in (0, None)
        last = full.stderr[-1]
        assert "full" in last and str(full.data) in last and "free" in last.lower(), full.log
        assert len(full.stderr) <= 3, full.log
    else:
        assert answers(full) == 200
        assert full.stop() == 0
    small_disk.free()
    full.start()
    assert answers(full) == 200
