# SPDX-License-Identifier: Apache-2.0
"""Backups, taken apart and restored."""

import tarfile

from server import handfast


def members(file):
    """The contents of a backup by their names."""
    with tarfile.open(file) as opened:
        return {m.name: opened.extractfile(m).read() for m in opened.getmembers()}


def restore(file, target, *options, check=True, **more):
    return handfast("restore", file, "--data", target, *options, check=check, **more)
