# SPDX-License-Identifier: Apache-2.0
"""A disk without room."""

import contextlib
import subprocess

import pytest


class SmallDisk:
    """A file system of its own that can be filled to the last byte."""

    def __init__(self, folder):
        self.folder = folder
        self.filler = folder / "filler"

    def fill(self):
        for size in (4096, 1):
            with self.filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)

    def free(self):
        self.filler.unlink()


@contextlib.contextmanager
def mounted(folder, size="1m"):
    """A small disk at a new folder; skips where nothing may be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this machine allows no mount")
    yield SmallDisk(folder)
    subprocess.run(["umount", "-l", folder], check=True)
