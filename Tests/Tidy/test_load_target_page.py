# SPDX-License-Identifier: Apache-2.0
"""The page about faults of a load target has every fault, its bounds, and nothing besides."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "Sources/LoadTarget"
PAGE = (ROOT / "Documentation/load-target-faults.md").read_text()
ROWS = PAGE.partition("\n## Faults\n")[2].partition("\n## ")[0]


def test_each_fault_has_a_row_with_its_step():
    text = (SOURCES / "Faults/FaultKind.swift").read_text()
    names = dict(re.findall(r'case \.(\w+): "(\w+)"', text))
    steps = {
        names[case]: step
        for cases, step in re.findall(r"case ((?:\.\w+,?\s*)+): \.(\w+)\n", text)
        for case in re.findall(r"\.(\w+)", cases)
    }
    assert len(names) == 17
    rows = re.findall(r"^\| `(\w+)` \|.*\| (\w+) \|$", ROWS, re.M)
    assert rows[1:] == [(name, steps[name]) for name in names.values()]


def test_each_bound_is_on_the_page():
    texts = [
        (SOURCES / name).read_text()
        for name in ["Faults/Fault.swift", "Rules/CallSelection.swift", "Rules/ClientPattern.swift"]
    ]
    numbers = [
        int(number.replace("_", ""))
        for text in texts
        for declaration in re.findall(r"static let \w+ = ([\d_.]+)$", text, re.M)
        for number in re.findall(r"\d[\d_]*", declaration)
        # Millionths of a percent, and their decimals in words.
        if declaration not in ("6", "100_000_000")
    ]
    assert len(numbers) > 15
    assert [number for number in numbers if f"{number:,}" not in PAGE] == []
