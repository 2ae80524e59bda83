# SPDX-License-Identifier: Apache-2.0
"""The Benchmarks program, and a folder of clients for it."""

import os
import shutil
import subprocess
from pathlib import Path

from server import ROOT, environment

PROGRAM = Path(
    os.environ.get("HANDFAST_BENCHMARKS", ROOT / ".build/release/Benchmarks")
).absolute()  # fmt: skip


def benchmarks(*arguments, timeout=240):
    assert PROGRAM.exists(), f"no program at {PROGRAM}: script/test builds it"
    return subprocess.run(
        [PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment(),
        cwd=ROOT,
    )


def put_client(folder, client_id, credential):
    """`ID.pem` and `ID.key`, as `--clients-from` reads them."""
    folder.mkdir(exist_ok=True)
    shutil.copy(credential.certificate, folder / f"{client_id}.pem")
    shutil.copy(credential.key, folder / f"{client_id}.key")
