# SPDX-License-Identifier: Apache-2.0
"""Documentation/survival.md has a row for each attack, and names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Documentation/survival.md").read_text()
ROWS = re.findall(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \| ([^|]*) \|$", TEXT, re.M)


def exists(name):
    if name.startswith("script/"):
        return (ROOT / name).exists()
    if name.startswith("fuzz "):
        return (ROOT / "Fuzz/Seeds" / name.removeprefix("fuzz ")).is_dir()
    if ": " in name:
        file, test = name.split(": ")
        paths = (ROOT / "Tests/Acceptance").glob(f"*/test_{file}.py")
        return any(f"def test_{test}(" in path.read_text() for path in paths)
    return (ROOT / f"Tests/{name}.swift").exists()


def test_every_attack_has_one_row():
    assert [int(row[0]) for row in ROWS] == list(range(1, 104))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_tests_that_exist_or_says_that_it_is_not_built(row):
    _, _, tests, often, outcome = row
    named = re.findall(r"`([^`]+)`", tests)
    assert [name for name in named if not exists(name)] == []
    if named:
        assert often.strip() and outcome.strip()
    else:
        assert tests.startswith("not built")
    assert not re.search("not (?:yet )?tested", " ".join(row))


def test_a_name_of_no_test_is_found_out():
    assert not exists("tls: no_such_test")
    assert not exists("TLSTests/NoSuchTests")
    assert exists("tls: renegotiation_is_refused")
