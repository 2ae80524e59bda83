# SPDX-License-Identifier: Apache-2.0
"""Rules for types: their names, and the files that extend them."""

import re

from tree import BARE, SWIFT, report

DECLARED = re.compile(r"\b(?:struct|class|enum|protocol)\s+(\w+)(?:<[^>]*>)?(?:\s*:\s*([^{]*))?\{")
# Words that all say "something went wrong", each for another shape of it.
VAGUE = re.compile(r"(Problem|Refusal|Failure|Fault|Concern|Outcome|Verdict|Standing)$")
# Types that may have such a name, or are thrown without the name of an error, with the reason.
NAMED = {
    "ProblemDetails": "RFC 9457's word",
    "HandshakeFailure": "a label of metrics: TLS's word, neither thrown nor listed",
    "Fault": "a load target's deviation (ARCHITECTURE.md, Words)",
}


def declared(name):
    """The types that a file declares, each with what it inherits and conforms to."""
    for found in DECLARED.finditer(BARE[name]):
        line = BARE[name].count("\n", 0, found.start()) + 1
        yield line, found[1], re.findall(r"\w+", (found[2] or "").partition(" where ")[0])


def test_what_is_thrown_is_called_an_error():
    """STYLE.md, "Names". Tests throw what they like."""
    problems = []
    seen = set()
    for name in (n for n in SWIFT if n.startswith("Sources/")):
        for line, type_, parents in declared(name):
            seen.add(type_)
            if type_ in NAMED:
                continue
            if "Error" in parents and not type_.endswith("Error"):
                problems.append(f"{name}:{line}: {type_} is thrown, and not called …Error")
            if VAGUE.search(type_):
                problems.append(f"{name}:{line}: {type_}: …Error, …Finding, or what it is")
    problems += [f"{type_} may have its name, and is not there" for type_ in NAMED.keys() - seen]
    report(problems)
