# SPDX-License-Identifier: Apache-2.0
"""Properties whose exclusive access release programs do not check: those of the Decision."""

import re

from tree import ROOT, SWIFT, TEXT, report

DECISION = "Decisions/0068-exclusive-access-that-release-programs-do-not-check.md"
ATTRIBUTE = "exclusivity(unchecked)"
# Debug builds, which the unit tests are, check them.
DECLARED = re.compile(
    r"#if !DEBUG\n\s+@safe @exclusivity\(unchecked\)\n\s+#endif\n\s+[\w()\s]*?\bvar (\w+)"
)


def test_each_unchecked_property_has_its_argument():
    found, problems = [], []
    for name in (n for n in SWIFT if n.startswith("Sources/")):
        properties = DECLARED.findall(TEXT[name])
        if len(properties) != TEXT[name].count(ATTRIBUTE):
            problems.append(f"{name}: unchecked in debug builds, too")
        stem = name.rpartition("/")[2].removesuffix(".swift")
        found += [f"{stem}.{each}" for each in properties]
    argued = re.findall(r"^\| `(\w+\.\w+)` \|", (ROOT / DECISION).read_text(), re.M)
    assert len(argued) > 3
    problems += [f"{each}: without an argument in {DECISION}" for each in set(found) - set(argued)]
    problems += [f"{each}: checked, and yet in {DECISION}" for each in set(argued) - set(found)]
    report(problems)
