# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random instants during `handfast apply`: all is registered, or nothing."""

import json
import random
import subprocess
import time

import pytest

from audits import Audit
from releases import ROUNDS
from server import BINARY, environment

SEED = 20_261_201
CLIENTS = 2_000
# Each round exports all that is there, which grows.
KILLS = 20 if ROUNDS else 4


def size(path):
    return path.stat().st_size if path.exists() else 0


@pytest.mark.endurance
def test_a_killed_apply_has_written_all_or_nothing(books, tmp_path):
    """Secrets are written just before the transaction: from then on the command is in it."""
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    secrets = tmp_path / "secrets"

    def start(round):
        clients = [
            {"client_id": f"r{round}-{number}", "labels": {"round": f"{round}"}}
            for number in range(CLIENTS)
        ]
        file = books.declare({"clients": clients}, f"round-{round}.json")
        arguments = ["apply", "-f", file, "--secrets", secrets, "--data", books.data]
        before = size(secrets)
        running = subprocess.Popen(
            [BINARY, *map(str, arguments)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        while size(secrets) == before and running.poll() is None:
            time.sleep(0.001)
        return running, time.monotonic()

    whole, begun = start("whole")
    assert whole.wait(300) == 0, whole.stderr.read()
    takes = time.monotonic() - begun
    print(f"the transaction takes {takes:.2f} s")
    state, outcomes = books.export(), []
    for round in range(KILLS):
        running, begun = start(round)
        # Some before the end, and some about it.
        time.sleep(chance.uniform(0, 1.1) * takes)
        running.kill()
        running.communicate()
        after = books.export()
        ours = [name for name in map(str, books.listed_ids()) if name.startswith(f"r{round}-")]
        assert len(ours) in (0, CLIENTS), f"{len(ours)} of {CLIENTS} in round {round}"
        # Nothing of it, to the letter; or all of it, and everything else as it was.
        if ours:
            added = after.count(f'round: "{round}"')
            assert added == CLIENTS and len(after) > len(state)
            others = books.export("--label", "round=whole")
            assert others.count("client_id:") == CLIENTS
        else:
            assert after == state
        outcomes.append(bool(ours))
        state = after
        # Whoever is registered has a secret that somebody knows, and the audit is whole.
        known = {json.loads(line)["client_id"] for line in secrets.read_text().splitlines()}
        assert known.issuperset(books.listed_ids())
        Audit(books.data).verify()
    print(f"{outcomes.count(True)} of {KILLS} were written")
    assert False in outcomes, "no command was killed in its transaction"
