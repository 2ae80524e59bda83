# SPDX-License-Identifier: Apache-2.0
"""Each record in Decisions/ has a number of its own, and a row in ARCHITECTURE.md's table."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = {path.name: path.read_text() for path in (ROOT / "Decisions").iterdir()}
TABLE = (ROOT / "ARCHITECTURE.md").read_text()
ROW = re.compile(r"^\| \[(\d{4})\]\(Decisions/([^)]+)\) \| ([^|]+) \|$", re.M)


def problems(files, table):
    """Problems of the records, from name to text, and of the table's rows."""
    numbers = [name[:4] for name in sorted(files)]
    found = [f"{n}: two records have it" for n in sorted(set(numbers)) if numbers.count(n) > 1]
    expected = []
    for name, text in sorted(files.items()):
        heading = re.match(r"# (\d{4}) (.+)\n", text)
        if not heading or heading[1] != name[:4]:
            found.append(f"{name}: its heading is not '# {name[:4]} ' and a title")
        else:
            expected.append((name[:4], name, heading[2]))
    rows = ROW.findall(table)
    found += [f"{row[1]}: ARCHITECTURE.md has no row {row}" for row in expected if row not in rows]
    found += [f"{row[1]}: no record is like the row {row}" for row in rows if row not in expected]
    if len(rows) != len(set(rows)):
        found.append("ARCHITECTURE.md: a row stands twice")
    if rows != sorted(rows):
        found.append("ARCHITECTURE.md: the rows are not in the order of their numbers")
    return found


def test_every_decision_has_a_number_and_a_row():
    assert len(FILES) > 20
    assert not problems(FILES, TABLE), "\n" + "\n".join(problems(FILES, TABLE))


GOOD = {"0001-first.md": "# 0001 The first\n", "0002-second.md": "# 0002 The second\n"}
GOOD_ROWS = """
| [0001](Decisions/0001-first.md) | The first |
| [0002](Decisions/0002-second.md) | The second |
"""


@pytest.mark.parametrize(
    ("files", "table", "words"),
    [
        ({**GOOD, "0002-other.md": "# 0002 Other\n"}, GOOD_ROWS, "0002: two records have it"),
        ({**GOOD, "0003-third.md": "# 0003 Third\n"}, GOOD_ROWS, "0003-third.md: ARCHITECTURE.md"),
        ({**GOOD, "0003-third.md": "# 0004 Third\n"}, GOOD_ROWS, "0003-third.md: its heading"),
        ({"0001-first.md": "# 0001 The first\n"}, GOOD_ROWS, "0002-second.md: no record"),
        (GOOD, GOOD_ROWS.replace("The second", "Another"), "0002-second.md: ARCHITECTURE.md"),
        (GOOD, GOOD_ROWS + GOOD_ROWS, "a row stands twice"),
        (GOOD, "\n".join(reversed(GOOD_ROWS.splitlines())), "not in the order"),
    ],
)
def test_a_record_or_a_row_that_is_wrong_is_found(files, table, words):
    assert not problems(GOOD, GOOD_ROWS)
    assert any(words in problem for problem in problems(files, table))
