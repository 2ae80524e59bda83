# SPDX-License-Identifier: Apache-2.0
"""kill -9 in the midst of changes: a record and its row are both there, or neither is."""

import random
import sqlite3
import subprocess
import time

import pytest

from audits import Audit
from grants import rounds
from server import BINARY, environment, handfast

SEED = 20_261_201


def changes(data):
    """What the tables and the audit have of the same users."""
    with sqlite3.connect(data / "handfast.db") as opened:
        users = [row[0] for row in opened.execute("SELECT name FROM user ORDER BY name")]
        rows = opened.execute(
            "SELECT id FROM audit WHERE kind = 'user' AND action = 'add' ORDER BY id"
        ).fetchall()
    return users, [row[0] for row in rows]


@pytest.mark.endurance
def test_a_killed_command_leaves_a_record_and_its_row_or_neither(tmp_path):
    data, chance = tmp_path / "data", random.Random(SEED)
    handfast("user", "add", "first", "--password-stdin", "--data", data, text_input="a\n")
    killed = 0
    for number in range(rounds(8)):
        begun = time.monotonic()
        one = subprocess.Popen(
            [BINARY, "user", "add", f"user{number}", "--password-stdin", "--data", data],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment(),
        )  # fmt: skip
        one.stdin.write(b"correct horse\n")
        one.stdin.close()
        # Most of a command's time is the hash; the transaction is at its end.
        time.sleep(chance.uniform(0, 0.25))
        one.kill()
        killed += one.wait() == -9
        assert time.monotonic() - begun < 60
        Audit(data).verify()
        users, rows = changes(data)
        assert users == rows
    print(f"killed {killed} (seed {SEED})")


@pytest.mark.endurance
def test_a_killed_renewal_leaves_a_chain_with_its_key(tmp_path):
    data, chance = tmp_path / "data", random.Random(SEED)
    handfast("user", "add", "first", "--password-stdin", "--data", data, text_input="a\n")
    audit, killed = Audit(data), 0
    for number in range(rounds(15)):
        one = subprocess.Popen([BINARY, "audit", "renew", "--data", data], env=environment(),
                               stdout=subprocess.DEVNULL)  # fmt: skip
        time.sleep(chance.uniform(0, 0.06))
        one.kill()
        killed += one.wait() == -9
        audit.verify()
        # Changes go on, and are written under the key that counts.
        handfast("user", "disable" if number % 2 else "enable", "first", "--data", data)
        audit.verify()
    assert killed, f"no command was killed (seed {SEED})"
    print(f"killed {killed} (seed {SEED})")
    audit.run("renew")
    audit.verify()
    assert (data / "audit.key.old").exists() and not (data / "audit.key.new").exists()
