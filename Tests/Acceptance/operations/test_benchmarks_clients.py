# SPDX-License-Identifier: Apache-2.0
"""Benchmarks with a folder of clients, from several processes, at a rate that rises."""

import json
import shutil
import signal
import ssl
import subprocess
from pathlib import Path

import pytest

import expect
from administrator import Administrator
from benchmarks import PROGRAM, benchmarks, put_client
from oauth import CC
from pki import Credential, openssl
from server import environment

COUNT = 20


@pytest.fixture(scope="module")
def folder(server, pki, tmp_path_factory):
    """Twenty registered clients, two of them with a chain, and the CA of the server."""
    made = tmp_path_factory.mktemp("folder") / "clients"
    for number in range(COUNT):
        name = f"folder {number}"
        if number < 2:
            credential = pki.intermediate.issue(
                f"chained-{number}", subject=f"/CN=chained-{number}", chain=[pki.intermediate]
            )
            ca = ["--ca-certificate", pki.root.certificate]
            options = [*ca, "--subject-dn", f"CN=chained-{number}"]
        else:
            credential = pki.self_signed(f"folder-{number}", "p256")
            options = ["--certificate", credential.certificate]
        client = server.add_client(name, *options, "--grant-types", "client_credentials")
        put_client(made, client["client_id"], credential)
    # Each reactor learns of the last client by itself.
    body = {**CC, "client_id": client["client_id"]}
    expect.eventually(
        lambda: all(server.token(body, credential).status == 200 for _ in range(16)), within=3
    )
    (made / "ca.pem").write_text(ssl.get_server_certificate(server.address))
    return made


def copied(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def load(server, folder, *options):
    done = benchmarks(
        "--target", f"{server.url}/oauth2/token", "--clients-from", folder, "--json", *options
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def was_seen(server, client_id):
    done = server.handfast("client", "certificate", "list", client_id, "--json")
    return all(key["last_seen"] for key in json.loads(done.stdout)["keys"])


def test_every_client_of_a_folder_is_used(server, folder):
    results, said = expect.longer(
        lambda seconds: load(
            server, folder, "--mode", "full", "--duration", seconds, "--connections", "4"
        ),
        lambda outcome: f"All {COUNT} clients were used" in outcome[1],
    )
    assert results["rows"][0]["key"]["client"] == f"{COUNT} clients"
    assert results["answers"] > COUNT
    clients = [file.stem for file in folder.glob("*.key")]
    assert len(clients) == COUNT
    expect.eventually(lambda: all(was_seen(server, client) for client in clients), within=8)


def test_kept_alive_connections_say_how_many_clients_they_were(server, folder):
    _, said = load(server, folder, "--duration", "0.5", "--connections", "4")
    assert f"4 of the {COUNT} clients were used" in said


def test_several_processes_count_what_the_server_counts(folder, server):
    issued = Administrator(server)
    for options in (
        ["--mode", "mix", "--duration", "2"],
        ["--mode", "keepalive", "--duration", "2", "--rate", "300"],
        ["--mode", "full", "--duration", "1", "--threads", "2"],
    ):
        before = issued.metrics["handfast_tokens_issued_total"]
        results, _ = load(server, folder, *options, "--processes", "2", "--connections", "8")
        after = issued.metrics["handfast_tokens_issued_total"]
        assert results["answers"] == after - before
        rounds = [each for row in results["rows"][:1] for each in row["rounds"]]
        assert 0 < sum(each["succeeded"] for each in rounds) < results["answers"]
        if "--rate" in options:
            assert all(250 <= each["rate"] <= 350 for each in rounds), rounds


def test_a_rate_that_rises_is_offered_and_kept(server, folder):
    results, said = load(server, folder, "--ramp", "50:350:3", "--processes", "2")
    assert "from 50 to 350 per second in 3 s" in said
    timeline = results["timeline"]
    offered = [point["offered"] for point in timeline]
    assert offered == sorted(offered) and 50 < offered[0] < offered[-1] < 350
    third = len(timeline) // 3
    first = sum(point["rate"] for point in timeline[:third]) / third
    last = sum(point["rate"] for point in timeline[-third:]) / third
    assert 80 < first < 120 and 260 < last < 340, (first, last)
    # The mean of a rate that rises evenly.
    rounds = results["rows"][0]["rounds"]
    assert 170 < sum(each["rate"] for each in rounds) / len(rounds) < 230


def has_ended(process):
    """Whether it is gone, or a zombie, which an init of containers may leave."""
    try:
        return "State:\tZ" in (process / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_load_processes_end_with_the_one_that_started_them(server, folder, number, tmp_path):
    running = subprocess.Popen(
        [
            PROGRAM, "--target", f"{server.url}/oauth2/token", "--clients-from", folder,
            "--processes", "2", "--duration", "60",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=environment(TMPDIR=str(tmp_path)),
    )  # fmt: skip
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    expect.eventually(lambda: len(children.read_text().split()) == 2, within=5)
    workers = [Path("/proc") / child for child in children.read_text().split()]
    expect.eventually(lambda: server.connections >= 32, within=5)
    running.send_signal(number)
    running.wait(10)
    expect.eventually(lambda: all(map(has_ended, workers)), within=5)


def refused(server, folder, *words):
    done = benchmarks("--target", f"{server.url}/oauth2/token", "--clients-from", folder)
    assert done.returncode == 1, done.stdout
    for word in words:
        assert word in done.stderr, done.stderr


def test_a_key_that_does_not_fit_is_refused_by_name(server, folder, tmp_path):
    copy = copied(folder, tmp_path)
    one, other, *_ = sorted(copy.glob("*.key"))
    shutil.copy(other, one)
    refused(server, copy, one.name, "does not belong to the certificate")


def test_an_encrypted_key_is_refused_by_name(server, folder, tmp_path):
    copy = copied(folder, tmp_path)
    key = min(copy.glob("*.key"))
    plain = tmp_path / "plain.key"
    key.rename(plain)
    openssl("pkcs8", "-topk8", "-in", plain, "-out", key, "-passout", "pass:x")
    refused(server, copy, key.name, "not an unencrypted PEM private key")


def test_a_missing_key_and_an_empty_folder_are_refused(server, folder, tmp_path):
    copy = copied(folder, tmp_path)
    key = min(copy.glob("*.key"))
    key.unlink()
    refused(server, copy, f"{key.stem}.pem", "has no key")
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(server, empty, "no client in it", "ID.key")


def test_clients_that_are_not_registered_end_before_the_load(server, pki, tmp_path):
    credential = pki.self_signed("nowhere-registered", "p256")
    put_client(tmp_path / "strangers", "nobody", credential)
    done = benchmarks(
        "--target", f"{server.url}/oauth2/token", "--insecure",
        "--clients-from", tmp_path / "strangers", "--processes", "2",
    )  # fmt: skip
    assert done.returncode == 1 and "invalid_client" in done.stderr, done.stderr


def test_a_failure_in_one_of_the_processes_ends_the_run(server, folder, pki, tmp_path):
    """The first client, which is asked carefully, is registered; the others are not."""
    registered = min(folder.glob("*.key")).stem
    mixed = tmp_path / "mixed"
    files = [folder / f"{registered}.{kind}" for kind in ("pem", "key")]
    put_client(mixed, registered, Credential(*files))
    put_client(mixed, "zzz", pki.self_signed("nowhere-registered", "p256"))
    done = benchmarks(
        "--target", f"{server.url}/oauth2/token", "--insecure", "--clients-from", mixed,
        "--processes", "2", "--mode", "full", "--connections", "2", "--duration", "3",
    )  # fmt: skip
    assert done.returncode == 1 and "invalid_client" in done.stderr, done.stderr
