# SPDX-License-Identifier: Apache-2.0
"""The acceptance tests stand in folders by subject, and none is used by another."""

import re
from pathlib import Path

ACCEPTANCE = Path(__file__).resolve().parents[1] / "Acceptance"
README = (ACCEPTANCE / "README.md").read_text()
PYTHON = sorted(ACCEPTANCE.rglob("*.py"))
TESTS = [file for file in PYTHON if file.name.startswith("test_")]


def test_every_test_stands_in_a_folder_and_has_a_name_of_its_own():
    assert len(TESTS) > 80
    assert {file.parent.parent for file in TESTS} == {ACCEPTANCE}
    # Documentation/conformance.md and survival.md name them without the folder.
    assert len({file.name for file in TESTS}) == len(TESTS)


def test_no_test_imports_another():
    """Shared code of tests is in a module named after its subject; also in tidy."""
    tidy = sorted(Path(__file__).parent.glob("*.py"))
    assert len(tidy) > 10
    assert [
        (file.name, found)
        for file in [*PYTHON, *tidy]
        for found in re.findall(r"^ *(?:from|import) (test_\w+)", file.read_text(), re.M)
    ] == []


def test_the_readme_names_every_folder_and_every_shared_module():
    folders = {file.parent.name for file in TESTS}
    modules = {file.name for file in ACCEPTANCE.glob("*.py")}
    named = set(re.findall(r"^\| `([\w.]+)/?` \|", README, re.M))
    assert named == folders | modules


def test_lines_of_the_log_are_waited_for():
    """Answers come before their lines are read here: `expect.logged`, unless the server ended."""
    plain = re.compile(
        r"^ *assert (?!.*(?:not in |wait\(|any\()).* in \w[\w.]*\.log(?:, .*)?$", re.M
    )
    assert [
        (file.name, found) for file in TESTS for found in plain.findall(file.read_text())
    ] == []


def test_processes_are_stopped_whole():
    """`server.freeze` waits for each thread: one on another processor runs on for a moment."""
    stopping = re.compile(r"(?:kill|signal)\(.*SIGSTOP\)")
    assert [
        file.name
        for file in PYTHON
        if stopping.search(file.read_text()) and file.name != "server.py"
    ] == []
