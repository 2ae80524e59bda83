# SPDX-License-Identifier: Apache-2.0
"""Faults of the store: kill -9, a foreign writer, a full disk. What was said is durable."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import expect
from database import busy, file_of
from oauth import CC
from server import handfast
from wire import Refused


def test_what_a_command_confirmed_survives_kill_9(fresh, pki):
    credential = pki.self_signed("playground2")
    data, known = None, []
    for round_number in range(8):
        server = fresh(data=data).start()
        data = server.data
        for client in known:
            body = {**CC, "client_id": client["client_id"]}
            expect.token(server.token(body, credential))
        name = f"round-{round_number}"
        known.append(server.add_client(name, "--certificate", credential.certificate))
        server.add_user(name, "password")
        server.kill()
    listed = handfast("client", "list", "--data", data).stdout
    users = handfast("user", "list", "--data", data).stdout
    for number in range(8):
        assert f"round-{number}" in listed and f"round-{number}" in users


def test_kill_9_while_clients_are_added_loses_no_confirmed_one(fresh, pki):
    """Commands run against a server that dies and comes back; each that said yes is there."""
    credential = pki.self_signed("playground2")
    first = fresh().start()
    confirmed, stop = [], threading.Event()

    def add():
        number = 0
        while not stop.is_set():
            number += 1
            name = f"storm-{number}"
            done = first.handfast(
                "client", "add", name, "--certificate", credential.certificate, check=False
            )
            if done.returncode == 0:
                confirmed.append(name)

    adding = threading.Thread(target=add)
    adding.start()
    server = first
    for count in range(1, 4):
        expect.eventually(lambda c=count: len(confirmed) >= 3 * c, within=20)
        server.kill()
        server = fresh(data=first.data).start()
    stop.set()
    adding.join()
    listed = server.handfast("client", "list").stdout.split()
    assert set(confirmed) <= set(listed)
    connection = sqlite3.connect(f"file:{file_of(server.data)}?mode=ro", uri=True)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_foreign_writer_delays_commands_but_not_tokens(fresh, pki):
    credential = pki.self_signed("playground2")
    server = fresh()
    client = server.add_client("steady", "--certificate", credential.certificate)
    server.add_user("admin", "admin")
    body = {**CC, "client_id": client["client_id"]}
    login = {**body, "grant_type": "password", "username": "admin", "password": "admin"}
    with server:
        expect.token(server.token(login, credential))
        late = {}
        adding = threading.Thread(
            target=lambda: late.update(
                done=server.handfast(
                    "client", "add", "late", "--certificate", credential.certificate, check=False
                )
            )
        )
        with busy(server):
            adding.start()
            for _ in range(20):
                expect.token(server.token(body, credential))
            answer = server.token(login, credential)
            assert answer.status in (200, 503), answer.body
            adding.join(2)
        adding.join(30)
        done = late["done"]
        listed = server.handfast("client", "list").stdout
        # The command waited and succeeded, or said that the store is busy and left nothing.
        assert ("late" in listed.split()) == (done.returncode == 0), done.stderr
        assert (
            done.returncode == 0 or "busy" in done.stderr.lower() or "lock" in done.stderr.lower()
        )


def test_a_full_disk_stops_registrations_and_not_tokens(fresh, pki, small_disk):
    credential = pki.self_signed("playground2")
    server = fresh(data=small_disk.folder / "data")
    client = server.add_client("before", "--certificate", credential.certificate)
    body = {**CC, "client_id": client["client_id"]}
    with server:
        small_disk.fill()
        confirmed, failed = [], []
        for number in range(12):
            name = f"full-{number}"
            done = server.handfast(
                "client", "add", name, "--certificate", credential.certificate, check=False
            )
            (confirmed if done.returncode == 0 else failed).append(name)
            if done.returncode != 0:
                assert done.returncode not in (132, 134, 139, -4, -6, -11)
                assert done.stderr.strip()
            expect.token(server.token(body, credential))
        assert failed, "the disk was never full"
        small_disk.free()
        server.add_client("after", "--certificate", credential.certificate)
        listed = server.handfast("client", "list").stdout.split()
        assert {"before", "after", *confirmed} <= set(listed)
        assert not set(failed) & set(listed)
        expect.token(server.token(body, credential))
        assert server.stop() == 0


HALF_DONE = """
import os, sqlite3, sys
one = sqlite3.connect(sys.argv[1], isolation_level=None)
one.execute("PRAGMA journal_mode = DELETE")
one.execute("PRAGMA cache_size = 1")
one.execute("BEGIN IMMEDIATE")
one.execute("CREATE TABLE filler (content BLOB)")
for _ in range(200):
    one.execute("INSERT INTO filler VALUES (randomblob(4000))")
os._exit(0)
"""


def test_a_write_that_a_killed_program_left_half_done_is_taken_back(fresh, pki):
    server = fresh()
    server.add_client("kept", "--certificate", pki.self_signed("kept").certificate)
    database = file_of(server.data)
    subprocess.run([sys.executable, "-c", HALF_DONE, database], check=True)
    assert Path(f"{database}-journal").stat().st_size > 512
    assert "kept" in server.handfast("client", "list").stdout
    assert not Path(f"{database}-journal").exists()
    with server:
        assert "kept" in server.handfast("client", "list").stdout
        assert server.stop() == 0


def test_a_database_that_is_moved_away_is_told_and_no_other_is_made(fresh):
    server = fresh(env={"HANDFAST_LOG_FORMAT": "json"})
    server.add_client("known", "--grant-types", "client_credentials")
    with server:
        database = file_of(server.data)
        away = server.data / "away"
        database.rename(away)
        expect.eventually(lambda: "is not the file any more that was opened" in server.log)
        done = server.handfast("client", "add", "lost", check=False)
        assert done.returncode == 1 and "a server is running" in done.stderr
        assert not done.stdout and not database.exists()
        away.rename(database)
        expect.logged(server, "the store is read again")
        server.add_client("found", "--grant-types", "client_credentials")
        assert server.stop() == 0


def test_a_database_that_vanishes_while_serving_mints_nothing_for_a_stranger(fresh, pki):
    credential = pki.self_signed("playground2")
    server = fresh()
    client = server.add_client("vanished", "--certificate", credential.certificate)
    body = {**CC, "client_id": client["client_id"]}
    with server:
        expect.token(server.token(body, credential))
        file_of(server.data).rename(server.data / "gone")
        stranger = pki.self_signed("stranger")
        for _ in range(5):
            expect.refused(lambda: server.token(body, stranger))
            try:
                assert server.token(body, credential).status in (200, 401, 503)
            except Refused:
                pass
        assert server.running
