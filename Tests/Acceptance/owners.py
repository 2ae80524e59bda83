# SPDX-License-Identifier: Apache-2.0
"""Data directories of a service's own user, as root sees them."""

import os
import pwd
import subprocess
import tempfile
from pathlib import Path

from server import environment

OWNER = pwd.getpwnam("nobody")
AS_OWNER = [
    "setpriv", f"--reuid={OWNER.pw_uid}", f"--regid={OWNER.pw_gid}", "--clear-groups",
]  # fmt: skip


def run(place, *arguments, prefix=(), **more):
    """Runs the program that stands in `place`, by root's rights or those that `prefix` leaves."""
    return subprocess.run(
        [*prefix, str(place / "handfast"), *map(str, arguments)],
        capture_output=True, text=True, timeout=60, env=environment(), **more,
    )  # fmt: skip


def folder(place, name, mode=0o700, owner=OWNER.pw_uid, group=OWNER.pw_gid):
    path = place / name
    path.mkdir()
    os.chown(path, owner, group)
    path.chmod(mode)
    return path


def strangers(data):
    """Files whose owner is another one than that of the folder."""
    owner = data.stat().st_uid
    return [path for path in sorted(data.rglob("*")) if path.lstat().st_uid != owner]


def let_by(folder):
    """Lets other users come by the folders of a test, which pytest makes for its own alone.

    Nothing is opened that is not for temporary files.
    """
    for one in (folder, *folder.parents):
        if Path(tempfile.gettempdir()) not in one.parents:
            break
        if one.stat().st_uid == os.geteuid() and one.stat().st_mode & 0o077 == 0:
            one.chmod(0o711)
