# SPDX-License-Identifier: Apache-2.0
"""Copies of the tree in which scripts run, and find the program under test built already."""

import shutil

from server import BINARY, ROOT


def copied(folder):
    """The scripts and what they install, in a folder that is made."""
    for part in ["script", "Documentation/man", "Documentation/completions"]:
        shutil.copytree(ROOT / part, folder / part)
    program = folder / ".build/release/handfast"
    program.parent.mkdir(parents=True)
    build = f"#!/bin/sh\ncp {BINARY} {program}\n"
    shutil.copy(ROOT / "LICENSE", folder)
    (folder / "script/build").write_text(build)
    return folder
