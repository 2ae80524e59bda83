# SPDX-License-Identifier: Apache-2.0
"""Changes that wait for a busy store, and the memory that they may take meanwhile."""

import contextlib
import json
import socket
import time

import pytest

import expect
from administrator import Administrator, everything
from database import busy, transaction
from server import free_port

# `LocalServiceLimits`: sixteen of the longest contents, and answers of 32 MiB.
CONTENTS = 16
LONG = 1 << 20


@pytest.fixture(params=["loopback", "socket"])
def admin(request, other):
    port = free_port() if request.param == "loopback" else None
    return Administrator(other(f"127.0.0.1:{port}" if port else None), port)


def put(admin, name, more="", size=0):
    """The bytes that make a client."""
    content = json.dumps({"client_name": name}).encode().ljust(size)
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


def test_contents_whose_connections_have_gone_are_bounded(admin):
    refused = 0
    with busy(admin.server):
        for number in range(4 * CONTENTS):
            with admin.connect() as gone:
                # Refused before all of it was sent, or away before the work begins.
                with contextlib.suppress(BrokenPipeError):
                    gone.sendall(put(admin, f"gone-{number}", size=LONG - 1))
                gone.settimeout(0.1)
                with contextlib.suppress(TimeoutError):
                    answer = gone.recv(4096)
                    assert status(answer) == 503 and b"content at once" in answer
                    refused += 1
        assert refused >= 2 * CONTENTS
        # The emergency switch has no content.
        assert admin.post("/clients/nobody/disable")[0] in (404, 503)
    # Room again once the work has ended.
    expect.eventually(
        lambda: admin.curl(
            "/clients/roomy", "-X", "PUT", "--data-binary", "@-",
            fields=[admin.bearer, "Content-Type: application/json"],
        )[0] in (200, 201, 400),
        within=15,
    )  # fmt: skip


def test_answers_that_are_not_read_are_bounded(admin):
    made = admin.server.add_client("long")["client_id"]
    with transaction(admin.server.data) as opened:
        opened.execute("UPDATE client SET name = hex(zeroblob(600000)) WHERE client_id = ?", [made])
    target = f"/clients/{made}"
    assert admin.curl(target)[0] == 200
    with contextlib.ExitStack() as stack:
        for _ in range(80):
            deaf = stack.enter_context(admin.connect())
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.sendall(admin.request(target))

        def refused():
            answered, _, body = admin.curl(target)
            return answered == 503 and b"wait to be read" in body

        expect.eventually(refused, within=4)
        # Small answers are always kept: metrics may have to wait, the switch has not.
        assert admin.curl("/health")[0] == 200
        assert admin.post(f"{target}/disable")[0] == 204
    expect.eventually(lambda: admin.curl(target)[0] == 200)
