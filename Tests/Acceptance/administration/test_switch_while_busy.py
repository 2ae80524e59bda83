# SPDX-License-Identifier: Apache-2.0
"""The emergency switch while another program keeps the store busy (Decision 0026)."""

import contextlib
import json
import time

import pytest

import expect
from administrator import Switched, everything
from database import busy

pytestmark = pytest.mark.waiting


@pytest.fixture
def client(other, pki):
    one = Switched(other(), pki, "switched")
    # One change of a client is told from the next by its second.
    expect.next_second()
    return one


def status(answer):
    return int(answer.split(b" ")[1])


def told(answer):
    """The content of a 202."""
    assert status(answer) == 202, answer
    said = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert said["enabled"] is False and said["durable"] is False and "busy" in said["reason"]
    return said


def stays_off(client):
    """Off over several polls of the store, for the store too, and after a restart."""
    for _ in range(10):
        assert client.status == 401
        time.sleep(0.1)
    assert client.enabled_in_the_store is False
    client.server.kill()
    client.server.start()
    assert client.status == 401


def test_it_works_at_once_and_the_listener_goes_on_answering(client):
    admin, server = client.admin, client.server
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(server.connect(client.credential))
        expect.token(kept.token(client.body))
        watching = stack.enter_context(admin.connect())
        stack.enter_context(busy(server))
        asking = stack.enter_context(client.asking("disable"))
        # In memory first: before the answer to the administrator, and on open connections.
        expect.eventually(lambda: kept.token(client.body).status == 401)
        watching.sendall(admin.request("/health", more="Connection: close\r\n"))
        told(everything(asking))
        assert status(everything(watching)) == 200
        # Each second it is tried again, which waits for the store again.
        for target in ("/health", "/clients", f"/clients/{client.id}"):
            assert admin.curl(target)[0] == 200
            assert admin.curl("/metrics", fields=[])[0] == 401
            assert admin.metrics["handfast_switches_not_durable"] == 1
            expect.error(kept.token(client.body), "invalid_client")
            time.sleep(0.5)
        assert "in memory alone" in server.log and "disabled durably now" not in server.log
    expect.logged(server, "disabled durably now", within=3)
    expect.eventually(lambda: admin.metrics["handfast_switches_not_durable"] == 0)
    stays_off(client)


def test_of_a_store_that_is_free_nothing_of_the_kind_is_said(client):
    with client.asking("disable") as asking:
        assert status(everything(asking)) == 204
    assert client.status == 401
    assert client.admin.metrics["handfast_switches_not_durable"] == 0
    assert "in memory alone" not in client.server.log
    stays_off(client)


def test_several_switches_at_once_all_count(client, pki):
    clients = [client, *(Switched(client.server, pki, name) for name in ("second", "third"))]
    bystander = Switched(client.server, pki, "bystander")
    with contextlib.ExitStack() as stack:
        release = stack.enter_context(busy(client.server))
        asking = [stack.enter_context(one.asking("disable")) for one in clients]
        for one in asking:
            told(everything(one))
        assert [one.status for one in clients] == [401] * 3
        assert bystander.status == 200
        release()
        expect.eventually(
            lambda: client.admin.metrics["handfast_switches_not_durable"] == 0, within=3
        )
    for one in clients:
        assert one.enabled_in_the_store is False
    assert bystander.enabled_in_the_store is True
    stays_off(clients[-1])
    assert bystander.status == 200


def test_no_switch_waits_for_another_to_work(client, pki):
    clients = [client, *(Switched(client.server, pki, f"at-once-{n}") for n in range(4))]
    with contextlib.ExitStack() as stack:
        stack.enter_context(busy(client.server))
        asking = [stack.enter_context(one.asking("disable")) for one in clients]
        # Each write waits for two seconds: one after the other, the last would work after eight.
        expect.eventually(lambda: all(one.status == 401 for one in clients), within=5)
        # The listener has answered none of them, and answers others.
        assert client.admin.curl("/health")[0] == 200
        for one in asking[:2]:
            told(everything(one))
    for one in clients:
        expect.eventually(lambda one=one: one.enabled_in_the_store is False, within=10)


def test_who_shows_no_token_switches_nothing(client):
    with busy(client.server), client.admin.connect() as one:
        request = client.request("disable").replace(client.admin.bearer.encode(), b"X: y")
        one.sendall(request)
        assert status(everything(one)) == 401
        assert client.status == 200
    assert client.enabled_in_the_store is True


def test_a_client_that_is_not_there_is_not_promised_anything(client):
    with busy(client.server):
        for change in ("disable", "enable"):
            assert client.admin.post(f"/clients/nobody/{change}")[0] in (404, 503)
    assert client.admin.metrics["handfast_switches_not_durable"] == 0
    assert client.status == 200


def test_switched_off_twice_it_is_switched_on_by_once(client):
    with busy(client.server) as release:
        for _ in range(2):
            with client.asking("disable") as asking:
                told(everything(asking))
            assert client.status == 401
        assert client.admin.metrics["handfast_switches_not_durable"] == 1
        release()
        expect.logged(client.server, "disabled durably now", within=3)
    assert client.admin.post(f"/clients/{client.id}/enable")[0] == 204
    expect.eventually(lambda: client.status == 200)
    assert client.enabled_in_the_store is True
    client.server.kill()
    client.server.start()
    assert client.status == 200


@pytest.mark.parametrize("frees", [False, True], ids=["it stays busy", "it becomes free"])
def test_switching_off_wins_over_switching_on_that_still_waits(client, frees):
    assert client.admin.post(f"/clients/{client.id}/disable")[0] == 204
    expect.eventually(lambda: client.status == 401)
    with contextlib.ExitStack() as stack:
        release = stack.enter_context(busy(client.server))
        enabling = stack.enter_context(client.asking("enable"))
        disabling = stack.enter_context(client.asking("disable"))
        assert client.status == 401
        if frees:
            release()
        answers = status(everything(enabling)), status(everything(disabling))
        if frees:
            # The store may have been free for neither in time, on a busy machine.
            assert answers in ((204, 204), (503, 204), (503, 202))
        else:
            assert answers == (503, 202)
        assert client.status == 401
    expect.eventually(lambda: client.admin.metrics["handfast_switches_not_durable"] == 0, within=3)
    stays_off(client)


def test_switching_on_alone_counts_when_the_store_is_free_in_time(client):
    assert client.admin.post(f"/clients/{client.id}/disable")[0] == 204
    for _ in range(5):
        with busy(client.server) as release, client.asking("enable") as enabling:
            assert client.status == 401
            release()
            answer = everything(enabling)
        if status(answer) == 204:
            break
        # After the deadline of two seconds the answer says that no change was made.
        assert status(answer) == 503 and b"\r\nRetry-After: 1\r\n" in answer
        assert client.status == 401 and client.enabled_in_the_store is False
    expect.eventually(lambda: client.status == 200)
    assert client.enabled_in_the_store is True
