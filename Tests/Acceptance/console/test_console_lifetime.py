# SPDX-License-Identifier: Apache-2.0
"""How long the console lives, and what it does while its server is away."""

import os
import pwd
import signal
import time

import pytest

from audits import Audit
from consoles import Line, Reader
from wire import message

pytestmark = pytest.mark.waiting


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("opened", [False, True])
def test_a_signal_ends_it(consoles, number, opened):
    console = consoles()
    if opened:
        Reader(console)
    assert console.stop(number) == 0
    assert console.stdout == [console.link] and not console.stderr


def test_it_ends_with_a_page_on_its_way(consoles, server):
    """A server that is stopped answers nobody: a page waits, and the console ends none the less."""
    console = consoles()
    reader = Reader(console)
    with server.frozen():
        with Line(console.address) as line:
            fields = [("Cookie", reader.cookie)]
            line.send(message("GET", "/clients", None, fields, f"127.0.0.1:{console.port}"))
            assert not line.closed_by_peer(within=0.5)
            assert console.stop() == 0


def test_it_ends_where_nobody_uses_it(consoles):
    console = consoles("--idle-minutes", "0.02")
    reader = Reader(console)
    assert reader.answer.status == 200
    assert console.wait() == 0
    assert "not used any more" in "\n".join(console.stderr)


def test_use_keeps_it(consoles):
    console = consoles("--idle-minutes", "0.05")
    reader = Reader(console)
    for _ in range(10):
        time.sleep(0.6)
        assert reader.ask("GET", "/clients").status == 200
    assert console.running


def test_a_page_that_asks_by_itself_does_not_keep_it(consoles):
    console = consoles("--idle-minutes", "0.04")
    reader = Reader(console)
    reader.open("/live")
    answers = []
    limit = time.monotonic() + 30
    while console.running and time.monotonic() < limit:
        try:
            answers.append(reader.ask("GET", "/live/numbers").status)
        except OSError:
            break
        time.sleep(0.2)
    assert console.wait() == 0 and set(answers) == {200}, answers


def test_strangers_do_not_keep_it(consoles):
    console = consoles("--idle-minutes", "0.04")
    Reader(console)
    stranger = Reader(console, opened=False)
    limit = time.monotonic() + 30
    while console.running and time.monotonic() < limit:
        try:
            assert stranger.ask("GET", "/clients").status == 401
        except OSError:
            break
        time.sleep(0.2)
    assert console.wait() == 0


def test_a_change_without_an_answer_may_be_carried_out(consoles, server):
    """A stopped server takes the change, and answers nothing; a question changes nothing."""
    reader = Reader(consoles())
    reader.open("/keys/rotate?kind=ES256")
    form = reader.form("Make the key")
    with server.frozen():
        answer = reader.submit(form, "Make the key", follow=False)
        assert answer.status == 503 and "may be carried out all the same" in reader.shown
        answer = reader.ask("GET", "/keys")
        assert answer.status == 503 and "may be carried out" not in reader.shown
    # The same form makes no other key.
    reader.submit(form, "Make the key")
    assert "sent before" in reader.shown


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf", "10081", "x"])
def test_a_time_that_is_none_is_refused(server, minutes):
    done = server.handfast("console", f"--idle-minutes={minutes}", check=False)
    assert done.returncode == 64 and not done.stdout, done


@pytest.mark.parametrize("port", ["-1", "65536", "x", ""])
def test_a_port_that_is_none_is_refused(server, port):
    done = server.handfast("console", f"--port={port}", check=False)
    assert done.returncode == 64 and not done.stdout, done


def test_without_a_server_pages_say_so_and_come_back_with_it(fresh, consoles):
    server = fresh().start()
    console = consoles(data=server.data)
    reader = Reader(console)
    assert server.stop() == 0
    for target in ("/", "/clients", "/clients/x", "/refusals", "/live", "/audit"):
        answer = reader.ask("GET", target)
        assert answer.status == 503, (target, answer.status)
        assert "The server does not answer" in reader.shown and "handfast serve" in reader.shown
        assert reader.page.all("nav")
    with server:
        assert reader.open("/clients").status == 200
        assert server.stop() == 0
    assert reader.ask("GET", "/clients").status == 503


def test_without_a_server_no_link_is_printed(fresh):
    server = fresh().start()
    assert server.stop() == 0
    done = server.handfast("console", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "handfast serve" in done.stderr


def test_another_server_does_not_take_the_directory_s_token(server, fresh):
    other = fresh().start()
    socket = f"unix:{other.data}/admin.sock"
    done = server.handfast("console", "--administration", socket, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "token" in done.stderr and "--data" in done.stderr
    assert other.stop() == 0


def test_another_token_in_the_directory_is_taken_up(fresh, consoles):
    server = fresh().start()
    console = consoles(data=server.data)
    reader = Reader(console)
    (server.data / "admin.token").unlink()
    assert server.stop() == 0
    with server:
        assert reader.open("/clients").status == 200
        assert server.stop() == 0


def test_the_audit_names_the_system_s_user(server, consoles):
    made = server.add_client("named", "--auth-method", "client_secret_basic",
                             "--grant-types", "client_credentials")  # fmt: skip
    reader = Reader(consoles())
    reader.open(f"/clients/{made['client_id']}")
    reader.press("Disable")
    last = Audit(server.data).newest()
    user = pwd.getpwuid(os.geteuid()).pw_name
    assert last["author"] == f"console:{user}", last
    assert user in reader.page.one("footer").text


def test_nothing_of_it_is_in_the_server_s_log(server, console, reader):
    """Neither the link nor the session, nor the token."""
    reader.open("/clients")
    for secret in (console.ticket, console.token, *reader.cookies.values()):
        assert secret not in server.log
