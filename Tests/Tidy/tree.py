# SPDX-License-Identifier: Apache-2.0
"""The files of the tree, and their texts, for the tests that look at them."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SWIFT_HOME = ("Sources/", "Benchmarks/", "Fuzz/Targets/", "Tests/")


def tree():
    """Every file that is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [name for name in sorted(set(listed)) if (ROOT / name).is_file()]


TREE = tree()
SWIFT = [n for n in TREE if n.endswith(".swift") and n.startswith(SWIFT_HOME)]
C = [n for n in TREE if n.endswith((".c", ".h"))]
PYTHON = [n for n in TREE if n.endswith(".py")]
TEXT = {name: (ROOT / name).read_text() for name in [*SWIFT, *C, *PYTHON]}
SHELL = [
    name
    for name in TREE
    if "." not in Path(name).name and (ROOT / name).read_bytes().startswith(b"#!/usr/bin/env bash")
] + [name for name in TREE if name == "script/prerequisites"]  # fmt: skip


def module_of(name):
    parts = Path(name).parts
    return parts[1] if parts[0] == "Sources" else parts[0]


def bare(text):
    """Swift or C without comments and the contents of strings, line for line."""

    def blank(match):
        found = match[0]
        if found.startswith(("/", "#")) or '"""' in found:
            return "\n" * found.count("\n")
        return '""'

    pattern = r'/\*.*?\*/|//[^\n]*|#*"""(?:\\.|.)*?"""#*|"(?:\\.|[^"\\\n])*"'
    return re.sub(pattern, blank, text, flags=re.S)


BARE = {name: bare(TEXT[name]) for name in [*SWIFT, *C]}


def report(problems):
    assert not problems, "\n" + "\n".join(problems)
