# SPDX-License-Identifier: Apache-2.0
"""Rules for types: their names, and the files that extend them."""

import re

from tree import BARE, SWIFT, TEXT, module_of, report

DECLARED = re.compile(
    r"\b(?:struct|class|enum|protocol)\s+(\w+)(?:<[^>]*>)?"
    r"(?:\s*:\s*([^{]*))?(?:\s+where [^{]*)?\s*\{"
)
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


# Declarations at the top of a file, and the extensions among it up to their closing braces.
TOP = re.compile(
    r"^(?:(?:public|package|internal|private|fileprivate|final|indirect|@\w+(?:\([^)]*\))?)\s+)*"
    r"(struct|class|enum|protocol|actor|extension|func|typealias|let|var)\s+(\w+)",
    re.M,
)
MEMBER = re.compile(r"^    (?:(?:\w+|@\w+)\s+)*(?:func|var|let|init|subscript|case)\b.*", re.M)


def homes():
    """The modules that declare a type of each name."""
    found = {}
    for name in (n for n in SWIFT if n.startswith("Sources/")):
        for _, type_, _ in declared(name):
            found.setdefault(type_, set()).add(module_of(name))
    return found


def foreign_extensions(name, found):
    """Of a file of nothing but extensions: those of other modules' types that other files use.

    Each with its line, the type, and the comment above it.
    """
    tops = list(TOP.finditer(BARE[name]))
    if {top[1] for top in tops} != {"extension"}:
        return
    for top in tops:
        body = BARE[name][top.start() :].partition("\n}")[0]
        members = MEMBER.findall(body)
        if module_of(name) in found.get(top[2], ()) or (
            members and all(re.search(r"\b(fileprivate|private)\b", one) for one in members)
        ):
            continue
        line = BARE[name].count("\n", 0, top.start())
        comment = []
        for above in reversed(TEXT[name].splitlines()[:line]):
            if not above.startswith("//") or "SPDX" in above:
                break
            comment.insert(0, above.lstrip("/ "))
        yield line + 1, top[2], " ".join(comment)


def test_an_extension_of_another_modules_type_says_why_it_stands_there():
    """STYLE.md, "Shape": the comment above it names the module of the type, if that is ours."""
    found = homes()
    problems, seen = [], 0
    for name in (n for n in SWIFT if n.startswith("Sources/")):
        for line, type_, comment in foreign_extensions(name, found):
            seen += 1
            modules = found.get(type_, ())
            named = any(re.search(rf"\b{module}\b", comment) for module in modules)
            if not comment or (modules and not named):
                problems.append(f"{name}:{line}: why does this extension of {type_} stand here?")
    assert seen > 10
    report(problems)
