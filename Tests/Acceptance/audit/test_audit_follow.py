# SPDX-License-Identifier: Apache-2.0
"""`handfast audit follow`: to standard output, a file and syslog, and never in anybody's way."""

import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import time

import pytest

import expect
from audits import Audit
from server import BINARY, environment, frozen, handfast

# RFC 5424 §6; what stands in the structured data may contain escaped characters.
MESSAGE = re.compile(
    r"<109>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+) handfast (\d+) audit"
    r' \[audit@32473((?: \w+="(?:[^"\\\]]|\\["\\\]])*")*)\] (\{[ -~]*\})'
)
WITHIN = 10


class Books:
    """A data directory with users."""

    def __init__(self, data):
        self.data = data
        self.audit = Audit(data)
        self.add("first")

    def add(self, *names):
        for name in names:
            handfast("user", "add", name, "--password-stdin", "--data", self.data, text_input="a\n")

    def disable(self, name):
        begun = time.monotonic()
        handfast("user", "disable", name, "--data", self.data)
        return time.monotonic() - begun


class Follower:
    """A running `audit follow`; its standard output, and what it says of itself."""

    def __init__(self, books, *options, output=subprocess.PIPE):
        self.notes_file = books.data.parent / f"notes-{time.monotonic_ns()}"
        with self.notes_file.open("w") as notes:
            self.process = subprocess.Popen(
                [BINARY, "audit", "follow", "--data", books.data, *options],
                stdout=output, stderr=notes, text=True, env=environment(),
            )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    @property
    def notes(self):
        return self.notes_file.read_text()


@pytest.fixture
def books(tmp_path):
    return Books(tmp_path / "data")


def ids(text):
    return [json.loads(line)["id"] for line in text.splitlines()]


def test_standard_output_gets_each_change_as_it_is_made(books):
    with Follower(books, "--after", "0") as follower:
        line = json.loads(follower.process.stdout.readline())
        assert (line["id"], line["action"], line["kind"]) == ("first", "add", "user")
        assert line == books.audit.newest()
        books.add("second")
        assert json.loads(follower.process.stdout.readline())["id"] == "second"


def test_without_after_it_begins_with_what_comes(books):
    with Follower(books) as follower:
        # Nothing of before must come.
        time.sleep(1)
        books.add("late")
        assert json.loads(follower.process.stdout.readline())["id"] == "late"


def test_a_file_goes_on_where_it_stopped_after_a_kill(books, tmp_path):
    file, position = tmp_path / "audit.jsonl", tmp_path / "position"
    options = ["--after", "0", "--to", file, "--position", position]
    with Follower(books, *options):
        expect.eventually(lambda: file.exists() and ids(file.read_text()) == ["first"], WITHIN)
        expect.eventually(lambda: position.read_text().strip() == books.audit.head(), WITHIN)
    books.add("second", "third")
    with Follower(books, *options):
        expect.eventually(lambda: len(ids(file.read_text())) >= 3, WITHIN)
    found = ids(file.read_text())
    # Twice at most, and none is left out.
    assert list(dict.fromkeys(found)) == ["first", "second", "third"]
    assert os.stat(file).st_mode & 0o777 == 0o600
    # A file that was moved away is made anew.
    file.rename(tmp_path / "rotated")
    with Follower(books, *options):
        books.add("fourth")
        expect.eventually(lambda: file.exists() and ids(file.read_text())[-1] == "fourth", WITHIN)


def test_what_comes_between_the_first_start_and_a_restart_is_handed_on(books, tmp_path):
    file, position = tmp_path / "audit.jsonl", tmp_path / "position"
    options = ["--to", file, "--position", position]
    with Follower(books, *options):
        expect.eventually(position.exists, WITHIN)
    assert position.read_text().strip() == books.audit.head() and not file.exists()
    books.add("meanwhile")
    with Follower(books, *options):
        expect.eventually(lambda: file.exists() and ids(file.read_text()) == ["meanwhile"], WITHIN)


def test_a_position_that_cannot_be_written_is_refused(books, tmp_path):
    with Follower(books, "--position", tmp_path / "away" / "position") as follower:
        assert follower.process.wait(WITHIN) == 1
        assert "position cannot be written" in follower.notes


def test_a_follower_that_stands_still_holds_up_no_change(books):
    with Follower(books, "--after", "0") as follower:
        follower.process.stdout.readline()
        with frozen(follower.process.pid):
            # Each would wait two seconds for a lock, and then be refused.
            for _ in range(5):
                assert books.disable("first") < 2 * expect.PATIENCE
        for _ in range(5):
            action = json.loads(follower.process.stdout.readline())["action"]
            # The second of the day decides what a repetition changes.
            assert action in ("disable", "change", "end_tokens")
    assert books.audit.verify() == 6


def test_a_restored_directory_is_not_followed_as_if_nothing_had_been(books, tmp_path):
    backup, file, position = tmp_path / "backup.tar", tmp_path / "out", tmp_path / "position"
    handfast("backup", backup, "--data", books.data)
    books.add("second", "third")
    options = ["--after", "0", "--to", file, "--position", position]
    with Follower(books, *options):
        expect.eventually(lambda: file.exists() and len(ids(file.read_text())) == 3, WITHIN)
        # As `audit head` prints it.
        expect.eventually(lambda: position.read_text().strip() == books.audit.head(), WITHIN)
    shutil.rmtree(books.data)
    handfast("restore", backup, "--data", books.data)
    for state in ("ends with row 1", "has another row 3"):
        with Follower(books, *options) as follower:
            assert follower.process.wait(WITHIN) == 1
            assert state in follower.notes and f"remove {position}" in follower.notes
        books.add("other", "another", "one more") if "row 1" in state else None
    # The way on that is said.
    position.unlink()
    with Follower(books, "--after", "1", "--to", file, "--position", position):
        expect.eventually(lambda: len(ids(file.read_text())) == 6, WITHIN)
    assert ids(file.read_text())[3:] == ["other", "another", "one more"]


def test_a_reader_that_stands_still_is_said(books):
    reading, writing = os.pipe()
    names = [f"{number}-{'n' * 100}" for number in range(40)]
    os.set_blocking(writing, True)
    with os.fdopen(reading, "rb") as reader, Follower(
        books, "--after", "0", output=writing
    ) as follower:
        os.close(writing)
        # The pipe takes one page, and the entries are more.
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
        books.add(*names)
        expect.eventually(lambda: "standard output takes no entries" in follower.notes, 3 * WITHIN)
        assert re.search(r"takes no entries; \d+ wait", follower.notes)
        lines = [json.loads(reader.readline())["id"] for _ in range(len(names) + 1)]
        assert lines == ["first", *names]
        expect.eventually(lambda: "takes entries again" in follower.notes, WITHIN)


def received(receiver, count):
    messages = [receiver.recv(65_536) for _ in range(count)]
    return [MESSAGE.fullmatch(one.decode()) for one in messages], messages


@pytest.fixture
def dev_log(tmp_path):
    """A socket as syslog daemons have it."""
    path = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(WITHIN)
        receiver.bind(str(path))
        yield path, receiver


def test_syslog_gets_messages_of_rfc_5424_by_socket(books, dev_log):
    path, receiver = dev_log
    with Follower(books, "--after", "0", "--to", f"syslog:unix:{path}"):
        hostile = 'a"b\\c]d é'
        books.add(hostile)
        (first, second), _ = received(receiver, 2)
    assert first and second
    assert first[2] == socket.gethostname() and json.loads(first[5])["id"] == "first"
    assert 'id="a\\"b\\\\c\\]d é"' in second[4]
    assert json.loads(second[5]) == books.audit.newest()
    assert json.loads(second[5])["id"] == hostile


def test_syslog_gets_the_same_by_udp(books):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(WITHIN)
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        with Follower(books, "--after", "0", "--to", f"syslog:udp:127.0.0.1:{port}"):
            (match,), _ = received(receiver, 1)
    assert json.loads(match[5])["id"] == "first"


def test_a_message_is_bounded(books, dev_log, pki):
    path, receiver = dev_log
    own = pki.self_signed("followed").certificate
    uris = [f"https://a.example/{number}/{'x' * 200}" for number in range(15)]
    handfast(
        "client", "add", "long", "--certificate", own, "--data", books.data,
        "--grant-types", "authorization_code", *(p for u in uris for p in ("--redirect-uri", u)),
    )  # fmt: skip
    with Follower(books, "--after", "1", "--to", f"syslog:unix:{path}"):
        (match,), (message,) = received(receiver, 1)
    assert match and len(message) <= 2_048
    assert "handfast audit list --after 1 --limit 1" in json.loads(match[5])["left_out"]


def test_a_daemon_that_is_away_is_said_and_nothing_is_lost(books, tmp_path):
    path = tmp_path / "log"
    with Follower(books, "--after", "0", "--to", f"syslog:unix:{path}") as follower:
        expect.eventually(lambda: "; 1 wait" in follower.notes, WITHIN)
        books.add("second")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
            receiver.settimeout(20)
            receiver.bind(str(path))
            matches, _ = received(receiver, 2)
            assert [json.loads(one[5])["id"] for one in matches] == ["first", "second"]
        expect.eventually(lambda: "takes entries again" in follower.notes, WITHIN)


def rsyslogd():
    return shutil.which("rsyslogd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def test_rsyslogd_takes_the_messages_apart(books, tmp_path):
    path, output = tmp_path / "dev-log", tmp_path / "out"
    template = "%hostname% %app-name% %msgid% %syslogfacility% %structured-data% %msg%\\n"
    (tmp_path / "rsyslog.conf").write_text(f"""
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{path}" CreatePath="on" UseSpecialParser="off"
      ParseHostname="on")
template(name="all" type="string" string="{template}")
*.* action(type="omfile" file="{output}" template="all")
""")
    daemon = subprocess.Popen(
        [rsyslogd(), "-n", "-f", tmp_path / "rsyslog.conf", "-i", tmp_path / "pid"],
        stderr=subprocess.DEVNULL,
    )
    try:
        expect.eventually(path.exists, WITHIN)
        with Follower(books, "--after", "0", "--to", f"syslog:unix:{path}"):
            books.add('second "]')
            expect.eventually(
                lambda: output.exists() and output.read_text().count("\n") >= 2, WITHIN
            )
    finally:
        daemon.terminate()
        daemon.wait()
    lines = output.read_text().splitlines()
    assert all(f"{socket.gethostname()} handfast audit 13 [audit@32473 " in one for one in lines)
    assert 'id="second \\"\\]"' in lines[1]
    assert json.loads(lines[1].split("] ", 2)[-1])["id"] == 'second "]'
