# SPDX-License-Identifier: Apache-2.0
"""Rules for the tree that the compiler does not check."""

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from floors import IMPORTS
from tree import BARE, PYTHON, ROOT, SHELL, SWIFT, TEXT, TREE, C, module_of, report

LICENSE = "SPDX-License-Identifier: Apache-2.0"
LINES_MAX = 400
COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 50
# Lines of the command line's module for each of its commands; it had 53 with 38 of them.
COMMAND_LINES_MAX = 60

# Modules that may be imported besides those of `floors.py`.
SYSTEM = {"Glibc", "Synchronization"}
FOUNDATION = {"Foundation", "FoundationEssentials", "Dispatch"}
WITH_FOUNDATION = {"Benchmarks", "Fuzz"}

# How many times `unsafe` stands in each module. A higher number needs a reason in the change that
# raises it; a module that is not here has none. Cryptography looks at what it opens, and waits for
# pipes no longer than it must; its registration policy asks for the handshake's bound; it makes
# keys, certificates and keystores of load targets. Text has it for the loop that encodes Base64,
# Fetch to load and call libcurl and for the thread's library context, Reactor for system calls,
# folders, the owners of files, the rights of commands, the environment, the name of the user and
# the sockets of commands, TLS for the state of a handshake, which is made late and told when it
# fails, SQLiteStore for its calls of SQLite and of the file system, PostgresStore for its calls of
# libpq, YAML for its calls of libyaml, Benchmarks for the sockets of its floods, the chains that
# its clients send and the file that it syncs, and Fuzz for libcurl and inet_pton, which tell it
# what others read.
UNSAFE_MAX = {
    "Fetch": 49, "Cryptography": 271, "TLS": 161, "Reactor": 93, "SQLiteStore": 66,
    "Benchmarks": 214, "Fuzz": 12, "Text": 14, "YAML": 35, "PostgresStore": 82,
}  # fmt: skip
# How far above a use of `unsafe` the comment that says why it is sound may stand.
SAFETY_REACH = 40

BANNED = {
    r"\bTODO\b|\bFIXME\b|\bXXX\b": "unfinished work belongs in an issue",
    r"\btry!": "an error must be handled",
    r"@unchecked\s+Sendable": "the compiler must check what crosses threads",
    r"nonisolated\(unsafe\)": "the compiler must check what crosses threads",
    r"\bfatalError\(": "a server does not end for one request's sake",
    r"-Ounchecked": "it drops preconditions",
    r"@_\w+": "underscored attributes are not the language",
}
# (file, pattern) pairs that may stand, with the reason.
ALLOWED = {
    (
        "Sources/Reactor/Lock.swift",
        "nonisolated(unsafe)",
    ): "the lock itself: its mutex and what it guards",
    (
        "Sources/TLS/SessionResumption.swift",
        "nonisolated(unsafe)",
    ): "a C store with a lock of its own",
}

def test_there_is_something_to_check():
    assert len(SWIFT) > 20 and PYTHON and SHELL


def has_license(name):
    """Whether the licence is the first line, or the second behind one that must be the first."""
    sign = "//" if name.endswith((".swift", ".c", ".h", ".js", ".java")) else "#"
    first, second, *_ = [*(ROOT / name).read_text().splitlines(), "", ""]
    if first.startswith(("#!", "# shellcheck", "// swift-tools-version")):
        first = second
    return first == f"{sign} {LICENSE}"


def test_every_source_file_begins_with_its_licence():
    """https://spdx.dev/learn/handling-license-info: a file that is copied takes it along."""
    sources = [name for name in TREE if name.endswith((".swift", ".c", ".h", ".py"))]
    sources += [name for name in TREE if name.startswith("script/") or name == ".ci/run"]
    sources.append("Tests/postgres-cluster")
    # In XML the line is a comment, behind the declaration; JSON has none.
    without = (".md", ".jmx", ".json")
    sources += [n for n in TREE if n.startswith("Examples/") and not n.endswith(without)]
    assert {*SWIFT, *C, *PYTHON, *SHELL, "Package.swift", "Fuzz/Package.swift"} <= {*sources}
    assert not has_license("README.md")
    report([f"{name}: no line '{LICENSE}'" for name in sources if not has_license(name)])


def test_files_are_short():
    """The licence's line does not count."""
    report(
        [
            f"{name}: {count} lines, at most {LINES_MAX}"
            for name, text in TEXT.items()
            if (count := text.count("\n") - has_license(name)) > LINES_MAX
        ]
    )


def test_lines_are_short():
    report(
        [
            f"{name}:{number}: {len(line)} columns, at most {COLUMNS_MAX}"
            for name in [*SWIFT, *PYTHON]
            for number, line in enumerate(TEXT[name].splitlines(), 1)
            if len(line) > COLUMNS_MAX
        ]
    )


def functions(text):
    """Each Swift function's first line and number of lines, by counting braces."""
    starts = re.compile(r"^[^\n\"]*?\b(func [^\s(<]+|init[?]?\s*[(<]|deinit\b)[^\n]*", re.M)
    for match in starts.finditer(text):
        line = match[0].split("func ")[0]
        if re.search(r"[.=(]\s*$", line) or re.search(r"\.init", match[0].split("{")[0]):
            continue
        opening = text.find("{", match.start())
        if opening < 0 or re.search(r"\n\s*\n|\n\s*\}", text[match.start() : opening]):
            continue  # a requirement of a protocol
        depth, position = 0, opening
        for brace in re.finditer(r"[{}]", text[opening:]):
            depth += 1 if brace[0] == "{" else -1
            position = opening + brace.start()
            if depth == 0:
                break
        first = text.count("\n", 0, match.start()) + 1
        yield first, text.count("\n", match.start(), position) + 1, match.start(), position


def test_functions_are_short():
    report(
        [
            f"{name}:{first}: a function of {count} lines, at most {FUNCTION_LINES_MAX}"
            for name in SWIFT
            for first, count, _, _ in functions(BARE[name])
            if count > FUNCTION_LINES_MAX
        ]
    )


def test_commands_are_thin():
    """Flags, their help, and calls: rules, texts of records and work stand in modules below."""
    paths = [name for name in SWIFT if name.startswith("Sources/handfast/")]
    sources = [(ROOT / name).read_text() for name in paths]
    commands = sum(source.count("commandName:") for source in sources)
    lines = sum(len(source.splitlines()) for source in sources)
    assert commands > 60, "the commands are not found any more"
    assert lines <= COMMAND_LINES_MAX * commands, f"{lines} lines for {commands} commands"


def test_nothing_banned_stands_in_the_sources():
    problems = []
    for name in [*SWIFT, *C]:
        for pattern, reason in BANNED.items():
            where = TEXT[name] if "TODO" in pattern else BARE[name]
            for match in re.finditer(pattern, where):
                if (name, match[0]) not in ALLOWED:
                    line = where.count("\n", 0, match.start()) + 1
                    problems.append(f"{name}:{line}: {match[0]}: {reason}")
    for name, pattern in ALLOWED:
        if pattern not in TEXT.get(name, ""):
            problems.append(f"{name}: {pattern} is allowed there, and is not there any more")
    report(problems)


def imports(name):
    pattern = r"^\s*(?:@\w+\s+)*(?:(?:public|internal|package|private|fileprivate) )?import (.+)"
    return {found.split()[-1].split(".")[0] for found in re.findall(pattern, BARE[name], re.M)}


def test_imports_go_down_only():
    problems = []
    for name in SWIFT:
        module = module_of(name)
        if module not in IMPORTS:
            assert name.startswith("Tests/"), f"{name}: {module} stands on no floor"
            continue
        may = IMPORTS[module] | SYSTEM
        if "Foundation" in may:
            may |= FOUNDATION
        for found in imports(name) - may:
            problems.append(f"{name}: {module} may not import {found}")
    report(problems)


def test_the_program_has_no_foundation():
    report(
        [
            f"{name}: no Foundation in {module_of(name)}"
            for name in SWIFT
            if module_of(name) in IMPORTS.keys() - WITH_FOUNDATION and imports(name) & FOUNDATION
        ]
    )


def test_unsafe_stands_only_where_it_may_and_does_not_grow():
    counts = defaultdict(int)
    for name in SWIFT:
        if not name.startswith("Tests/"):
            counts[module_of(name)] += len(re.findall(r"\bunsafe\b", BARE[name]))
    report(
        [
            f"{module}: unsafe stands {count} times, at most {UNSAFE_MAX.get(module, 0)}"
            for module, count in counts.items()
            if count > UNSAFE_MAX.get(module, 0)
        ]
    )


def modules_named(page, opening):
    """The modules that the sentence of a page with this opening lists."""
    text = " ".join((ROOT / page).read_text().split())
    listed = text.partition(opening)[2]
    return set(re.findall(r"\b[A-Z]\w+", re.split(r"[;.]", listed)[0]))


def test_style_and_architecture_name_the_modules_that_may_have_unsafe():
    assert modules_named("STYLE.md", "`unsafe` may stand in ") == UNSAFE_MAX.keys()
    opening = "`unsafe` stands only in "
    assert modules_named("ARCHITECTURE.md", opening) == UNSAFE_MAX.keys() - {"Fuzz"}


def test_every_group_of_unsafe_says_why_it_is_sound():
    problems = []
    for name in SWIFT:
        if name.startswith("Tests/"):
            continue
        lines = TEXT[name].splitlines()
        for number, line in enumerate(BARE[name].splitlines()):
            if re.search(r"\bunsafe\b", line):
                above = "\n".join(lines[max(0, number - SAFETY_REACH) : number + 1])
                if "SAFETY:" not in above:
                    problems.append(f"{name}:{number + 1}: unsafe without a SAFETY comment above")
    report(problems)


def test_no_sentence_of_a_comment_has_an_empty_subject():
    """STYLE.md, "Comments": the mechanism comes first, in the field's word."""
    comment = re.compile(r"^\s*(?:///?|/?\*+|#)\s+(?:- )?(.*)|\s(?://|#) (.*)")
    opening = re.compile(r"(?:^|[.!?] )(?:What|Who|Nobody|It)\b")
    problems = []
    for name in [*SWIFT, *C, *PYTHON, *SHELL, "Package.swift", "Fuzz/Package.swift"]:
        text = TEXT.get(name) or (ROOT / name).read_text()
        for number, line in enumerate(text.splitlines(), 1):
            found = comment.search(line)
            if found and (subject := opening.search(found[1] or found[2] or "")):
                problems.append(f"{name}:{number}: a sentence that begins with '{subject[0]}'")
    report(problems)


def test_names_say_what_a_thing_is():
    vague = re.compile(r"(Manager|Helper|Utils|Utility|Utilities)(?![a-z])")
    problems = [f"{name}: a vague name" for name in TREE if vague.search(Path(name).stem)]
    declared = re.compile(r"\b(?:struct|class|enum|protocol|actor|typealias)\s+(\w+)")
    for name in SWIFT:
        for found in declared.findall(BARE[name]):
            if vague.search(found):
                problems.append(f"{name}: {found} is a vague name")
    report(problems)


DECLARED = re.compile(
    r"\b(?:struct|class|enum|protocol|actor|typealias|func|var|let|case|extension)\s+`?(\w+)"
)


def test_no_source_file_is_dead():
    """Something that a file declares is named in another one, or the file starts a program."""
    words = {name: set(re.findall(r"\w+", BARE[name])) for name in SWIFT}
    problems = []
    for name in SWIFT:
        if name.startswith("Tests/") or "@main" in BARE[name] or name.endswith("main.swift"):
            continue
        declared = set(DECLARED.findall(BARE[name]))
        if not any(declared & words[other] for other in SWIFT if other != name):
            problems.append(f"{name}: nothing of it is used elsewhere")
    report(problems)


def test_every_other_file_is_mentioned_somewhere():
    """Scripts, documents and test parts that no other file names are forgotten ones."""
    contents = {}
    for name in TREE:
        try:
            contents[name] = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue
    problems = []
    for name in TREE:
        path = Path(name)
        if (
            name in SWIFT
            or path.name.startswith((".", "test_", "conftest"))
            or len(path.parts) == 1
        ):
            continue
        if name in C or path.name in ("README.md", "pytest.ini", "run", "module.modulemap"):
            continue
        # A folder of vectors or corpora is used as a whole.
        wanted = {path.name, path.stem, path.parent.name + "/"}
        named = any(
            re.search(rf"(?<!\w){re.escape(word)}(?!\w)|{re.escape(path.parent.name)}/$", text)
            for other, text in contents.items()
            if other != name
            for word in wanted
        )
        if not named:
            problems.append(f"{name}: no other file mentions it")
    report(problems)


def test_the_code_map_names_every_folder():
    architecture = (ROOT / "ARCHITECTURE.md").read_text()
    code_map = architecture.partition("\n## Code map\n")[2].partition("\n## ")[0]
    folders = sorted({Path(n).parts[1] for n in TREE if n.startswith("Sources/")})
    folders += ["Benchmarks", "Examples", "Fuzz", "Tests", "script", "Decisions", "Documentation"]
    report(
        [f"ARCHITECTURE.md: the code map lacks {folder}" for folder in folders
         if not re.search(rf"\b{re.escape(folder)}\b", code_map)]
    )  # fmt: skip


@pytest.mark.parametrize("name", SHELL)
def test_shell_scripts_parse_and_stop_at_errors(name):
    done = subprocess.run(["bash", "-n", ROOT / name], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    if name != "script/prerequisites":
        assert "set -euo pipefail" in (ROOT / name).read_text()


def test_no_generated_or_private_file_is_committed():
    suspicious = (
        ".pem", ".key", ".p12", ".jks", ".sqlite", ".db", ".o", ".so", ".pyc", ".dia", ".swiftdeps",
        ".swiftmodule", ".profraw",
    )  # fmt: skip
    allowed = (
        "Tests/Vectors/", "Tests/CryptographyTests/", "Tests/TLSTests/",
        "Tests/SQLiteStoreTests/Databases/",
    )  # fmt: skip
    report(
        [f"{n}: does not belong here" for n in TREE
         if n.endswith(suspicious) and not n.startswith(allowed)]
    )  # fmt: skip


def test_swift_is_formatted():
    if not shutil.which("swift"):
        pytest.fail("swift is not on the path")
    # Fuzz/Sources is a link, and would be looked at twice.
    folders = ["Sources", "Benchmarks", "Fuzz/Targets", "Fuzz/Package.swift", "Tests"]
    done = subprocess.run(
        ["swift", "format", "lint", "--strict", "--recursive", "--parallel", *folders,
         "Package.swift"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, "\n" + done.stderr
