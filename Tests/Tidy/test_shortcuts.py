# SPDX-License-Identifier: Apache-2.0
"""The README of COpenSSL/Faster keeps up with the shortcuts that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "Sources/COpenSSL/Faster"


def test_each_shortcut_has_its_rows_and_each_file_is_named():
    source = (ROOT / "Sources/Cryptography/Shortcut.swift").read_text()
    names = re.findall(r'^    case \w+ = "(.+)"$', source, re.M)
    readme = (FOLDER / "README.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \|", readme, re.M)
    assert len(names) > 3
    # One row says what it is, the others what it gains with OpenSSL 3.0 and 3.5.
    assert sorted(rows) == sorted(names * 3)
    missing = [path.name for path in FOLDER.glob("*.c") if f"`{path.name}`" not in readme]
    assert not missing
