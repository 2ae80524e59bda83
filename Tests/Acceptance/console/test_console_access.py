# SPDX-License-Identifier: Apache-2.0
"""Who gets into the console: the link that opens once, the session, and nobody else."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest

import expect
from consoles import Reader
from server import BINARY

COOKIE = "handfast_console_"


def opening(console, ticket, **more):
    """A browser that has asked for `/open` with this ticket."""
    reader = Reader(console, opened=False)
    target = "/open" if ticket is None else f"/open?ticket={ticket}"
    reader.ask("GET", target, **more)
    return reader


def enters(reader):
    """Whether the browser's cookie is a session."""
    answer = reader.ask("GET", "/clients")
    assert answer.status in (200, 401)
    return answer.status == 200


def test_a_link_opens_once(consoles):
    console = consoles()
    first = Reader(console)
    assert first.title == "Clients" and enters(first)
    second = opening(console, console.ticket)
    assert second.answer.status == 403 and not second.cookies
    assert "used already" in second.shown
    assert not enters(second) and enters(first)


@pytest.mark.parametrize(
    "change",
    [
        lambda ticket: ticket[:-1],
        lambda ticket: ticket + "A",
        lambda ticket: ticket[1:] + ticket[0],
        lambda ticket: ticket.swapcase(),
        lambda ticket: ticket + "=",
        lambda ticket: ticket + "%00",
        lambda ticket: "A" * 43,
        lambda ticket: "",
        lambda ticket: None,
        lambda ticket: "%FF%FE",
        lambda ticket: f"x&ticket={ticket}",
        lambda ticket: "A" * 1900,
    ],
    ids=[
        "cut short", "longer", "turned", "other case", "padded", "with NUL", "all the same",
        "empty", "none", "not UTF-8", "second of two", "overlong",
    ],
)  # fmt: skip
def test_another_ticket_opens_nothing_and_uses_nothing_up(console, change):
    """The module's console is opened by nobody: of that it must be none the less unopened."""
    wrong = change(console.ticket)
    reader = opening(console, wrong)
    assert reader.answer.status == 403 and not reader.cookies, reader.shown
    assert not enters(reader)


def test_after_wrong_tickets_the_right_one_opens(consoles):
    console = consoles()
    for number in range(50):
        reader = opening(console, f"{number:043d}")
        assert reader.answer.status == 403 and not reader.cookies
    assert enters(Reader(console))


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "OPTIONS"])
def test_other_methods_do_not_use_the_link_up(consoles, method):
    console = consoles()
    reader = Reader(console, opened=False)
    answer = reader.ask(method, f"/open?ticket={console.ticket}", b"" if method == "POST" else None)
    assert answer.status in (401, 403, 405) and not reader.cookies
    assert enters(Reader(console))


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender"])
def test_a_browser_that_looks_ahead_does_not_use_the_link_up(consoles, purpose):
    console = consoles()
    ahead = opening(console, console.ticket, fields=[("Sec-Purpose", purpose)])
    assert ahead.answer.status == 503 and not ahead.cookies
    assert enters(Reader(console))


def test_a_link_may_stand_in_a_page_elsewhere(consoles):
    """Such as that of a terminal in a browser: the ticket decides, which no page can guess."""
    console = consoles()
    reader = opening(console, console.ticket, fields=[("Sec-Fetch-Site", "cross-site")])
    assert reader.answer.status == 200 and enters(reader)


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(consoles):
    """`Reader` demands HttpOnly, SameSite=Strict, a path and no Domain of every cookie."""
    console = consoles()
    reader = Reader(console)
    assert list(reader.cookies) == [f"{COOKIE}{console.port}"]
    (value,) = reader.cookies.values()
    assert expect.strength(value) > 150 and console.ticket not in value
    assert "expires" not in reader.cookie.lower() and "max-age" not in reader.cookie.lower()


def test_a_cookie_that_was_there_before_is_not_taken_up(consoles):
    """Session fixation."""
    console = consoles()
    reader = Reader(console, opened=False)
    name = f"{COOKIE}{console.port}"
    reader.cookies[name] = "chosen-by-somebody-else-chosen-by-somebody"
    reader.enter()
    assert reader.cookies[name] != "chosen-by-somebody-else-chosen-by-somebody"
    planted = Reader(console, opened=False)
    planted.cookies[name] = "chosen-by-somebody-else-chosen-by-somebody"
    assert not enters(planted) and enters(reader)


def test_a_session_cannot_be_guessed(console, reader):
    name, value = f"{COOKIE}{console.port}", reader.cookies[f"{COOKIE}{console.port}"]
    stranger = Reader(console, opened=False)
    wrong = [
        value[:-1], value + "A", value.swapcase(), value[1:] + value[0], "", "A" * 43, f"{value} x",
        f'"{value}"', console.ticket, value + "%00", value + "\x00", "A" * 6_000,
    ]  # fmt: skip
    for guess in wrong:
        answer = stranger.ask("GET", "/clients", fields=[("Cookie", f"{name}={guess}")])
        assert answer.status in (400, 401, 431), guess
    twice = f"{name}={value}; {name}={value}"
    planted = f"{name}=x; {name}={value}"
    for field in (twice, planted, f"x{name}={value}", f"{name}x={value}", f"{COOKIE}={value}"):
        assert stranger.ask("GET", "/clients", fields=[("Cookie", field)]).status == 401, field
    both = [("Cookie", "a=b"), ("Cookie", f"{name}={value}")]
    assert stranger.ask("GET", "/clients", fields=both).status in (400, 401)
    others = f"a=b; {name}={value};c=d"
    assert stranger.ask("GET", "/clients", fields=[("Cookie", others)]).status == 200


def test_without_a_session_every_path_gets_the_same_answer(console, reader):
    stranger = Reader(console, opened=False)
    answers = {
        stranger.ask("GET", target).shape
        for target in ["/", "/clients", "/clients/x", "/nothing", "/console.css", "/console.js"]
    }
    assert len(answers) == 1 and stranger.answer.status == 401
    assert "has printed" in stranger.shown
    asset = reader.open("/").raw_head and reader.page.one("link", rel="stylesheet")["href"]
    assert stranger.ask("GET", asset).status == 401
    assert reader.ask("GET", asset).status == 200
    for method in ("POST", "DELETE"):
        assert stranger.ask(method, "/clients", b"a=b").status == 401


def test_two_consoles_keep_apart(consoles):
    one, other = consoles(), consoles()
    first, second = Reader(one), Reader(other)
    assert set(first.cookies) != set(second.cookies)
    first.cookies, second.cookies = second.cookies, first.cookies
    assert not enters(first) and not enters(second)
    (value,) = first.cookies.values()
    first.cookies = {f"{COOKIE}{one.port}": value}
    assert not enters(first)
    (value,) = second.cookies.values()
    second.cookies = {f"{COOKIE}{one.port}": value}
    second.console = one
    assert enters(second)
    assert one.stop() == 0 and other.running


def test_a_new_console_on_the_same_port_has_other_sessions(consoles, server):
    first = consoles()
    reader = Reader(first)
    assert first.stop(signal.SIGINT) == 0
    again = consoles("--port", first.port)
    assert again.port == first.port and again.ticket != first.ticket
    reader.console = again
    assert not enters(reader)
    assert opening(again, first.ticket).answer.status == 403


def test_it_listens_on_loopback_alone(console):
    """In `/proc/net/tcp` the address 0100007F is 127.0.0.1, and the state 0A listens."""
    rows = []
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{console.process.pid}/net/{table}") as lines:
            rows += [line.split() for line in lines][1:]
    listening = [one[1] for one in rows if one[3] == "0A"]
    mine = [one for one in listening if one.endswith(f":{console.port:04X}")]
    assert mine == [f"0100007F:{console.port:04X}"]


def test_a_port_that_is_taken_is_an_error_in_words(console, server):
    done = server.handfast("console", "--port", console.port, check=False)
    assert done.returncode == 1 and str(console.port) in done.stderr and not done.stdout
    assert console.token not in done.stderr


def test_the_ticket_stands_in_no_argument_and_no_environment(console):
    folder = f"/proc/{console.process.pid}"
    for name in ("cmdline", "environ"):
        with open(f"{folder}/{name}", "rb") as opened:
            whole = opened.read()
        assert console.ticket.encode() not in whole and console.token.encode() not in whole


def test_the_program_cannot_be_read_by_its_user_s_other_programs(console):
    """Not dumpable: the kernel gives its folder to root, and makes no core."""
    with open(f"/proc/{console.process.pid}/limits") as limits:
        (core,) = [line for line in limits if line.startswith("Max core file size")]
    assert core.split()[4] == "0", core


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_user_has_no_console_of_this_directory(server, tmp_path):
    """The token in the data directory is that of the user who serves."""
    assert stat.S_IMODE((server.data / "admin.token").stat().st_mode) == 0o600
    program = Path("/tmp") / f"handfast-console-{os.getpid()}"
    shutil.copy(BINARY, program)
    program.chmod(0o755)
    other = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    try:
        done = subprocess.run(
            [*other, program, "console", "--data", server.data, "--idle-minutes", "0.01"],
            capture_output=True, text=True, timeout=15, cwd="/",
        )  # fmt: skip
        assert done.returncode == 1 and not done.stdout, done
        assert "Permission denied" in done.stderr, done.stderr
    finally:
        program.unlink()
