# SPDX-License-Identifier: Apache-2.0
"""Changes that wait for a busy store."""

import contextlib
import json
import time

import pytest

import expect
from administrator import Administrator, everything
from database import busy
from server import free_port

pytestmark = pytest.mark.waiting


@pytest.fixture(params=["loopback", "socket"])
def admin(request, other):
    port = free_port() if request.param == "loopback" else None
    return Administrator(other(f"127.0.0.1:{port}" if port else None), port)


def put(admin, name, more=""):
    """The bytes that make a client."""
    content = json.dumps({"client_name": name}).encode()
    fields = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n{more}"
    return admin.request(f"/clients/{name}", "PUT", fields) + content


def status(answer):
    return int(answer.split(b" ")[1])


def test_a_change_that_had_not_begun_when_its_answer_came_is_not_made(admin):
    names = [f"late-{number}" for number in range(30)]
    with contextlib.ExitStack() as stack:
        release = stack.enter_context(busy(admin.server))
        made = {name: stack.enter_context(admin.connect()) for name in names}
        for name, connection in made.items():
            connection.sendall(put(admin, name, "Connection: close\r\n"))
        # Two threads, two seconds for each: a third of them has not begun after ten seconds.
        time.sleep(10.5)
        release()
        answers = {name: everything(connection) for name, connection in made.items()}
    late = [name for name, answer in answers.items() if b"has not answered yet" in answer]
    assert len(late) >= 10, answers
    assert {status(answer) for answer in answers.values()} <= {201, 503}
    # Those that had begun may be there; whoever was told of nothing repeats the rest.
    time.sleep(3)
    there = [name for name in late if admin.curl(f"/clients/{name}")[0] == 200]
    assert len(there) <= 2, there
    assert admin.curl(
        "/clients/late-again", "-X", "PUT", "--data-binary", "{}",
        fields=[admin.bearer, "Content-Type: application/json"],
    )[0] == 201  # fmt: skip
