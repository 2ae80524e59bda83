# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random instants during `handfast apply`: all is registered, or nothing."""

import json
import random
import subprocess
import time

import pytest

from server import BINARY, environment

SEED = 20_261_201
CLIENTS = 2_000
KILLS = 8


@pytest.mark.endurance
def test_a_killed_apply_has_written_all_or_nothing(books, tmp_path):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    secrets = tmp_path / "secrets"

    def command(round):
        clients = [{"client_id": f"r{round}-{number}"} for number in range(CLIENTS)]
        file = books.declare({"clients": clients}, f"round-{round}.json")
        arguments = ["apply", "-f", file, "--secrets", secrets, "--data", books.data]
        return [BINARY, *map(str, arguments)]

    start = time.monotonic()
    subprocess.run(command("whole"), check=True, capture_output=True, env=environment())
    takes = time.monotonic() - start
    expected, whole = CLIENTS, 0
    for round in range(KILLS):
        running = subprocess.Popen(
            command(round), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        time.sleep(chance.uniform(0.1, 1.2) * takes)
        running.kill()
        running.communicate()
        registered = [client["client_id"] for client in books.listed()]
        ours = [name for name in registered if name.startswith(f"r{round}-")]
        assert len(ours) in (0, CLIENTS), f"{len(ours)} of {CLIENTS} in round {round}"
        expected += len(ours)
        whole += len(ours) == CLIENTS
        assert len(registered) == expected
        # Whoever is registered has a secret that somebody knows.
        known = {json.loads(line)["client_id"] for line in secrets.read_text().splitlines()}
        assert known.issuperset(registered)
    print(f"{whole} of {KILLS} were written")
