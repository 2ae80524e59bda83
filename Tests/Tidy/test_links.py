# SPDX-License-Identifier: Apache-2.0
"""Every link of a text leads somewhere: to a file of the tree, to a heading, to a decision."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")
LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT, capture_output=True, text=True, check=True,
).stdout.splitlines()  # fmt: skip
TREE = {name for name in LISTED if (ROOT / name).is_file()}
TEXTS = {name: (ROOT / name).read_text() for name in sorted(TREE) if name.endswith(".md")}
# A text that is kept as it was names what was there then.
HISTORY = "CHANGELOG.md"


def anchors(text):
    """The names of the headings of a text, as GitHub makes them."""
    found = []
    for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        again = sum(re.fullmatch(rf"{re.escape(name)}(-\d+)?", one) is not None for one in found)
        found.append(f"{name}-{again}" if again else name)
    return found


def broken(name, text, texts=TEXTS, tree=TREE):
    """The links of a text that lead nowhere."""
    folders = {str(folder) for file in tree for folder in Path(file).parents}
    found = []
    for link in LINK.findall(FENCE.sub("", text)):
        if ELSEWHERE.match(link):
            continue
        path, _, anchor = link.partition("#")
        target = name
        if path:
            target = str((Path("/") / Path(name).parent / path).resolve().relative_to("/"))
        if target not in tree | folders:
            found.append(f"{name}: {link} is not there")
        elif anchor and anchor not in anchors(text if target == name else texts.get(target, "")):
            found.append(f"{name}: {link} has no such heading")
    return found


def test_every_link_leads_somewhere():
    assert sum(len(LINK.findall(text)) for text in TEXTS.values()) > 100
    problems = [problem for name, text in TEXTS.items() for problem in broken(name, text)]
    assert not problems, "\n" + "\n".join(problems)


def test_every_page_that_a_file_names_is_there():
    """The program's own texts name pages too."""
    problems = []
    for name in sorted(TREE):
        if name == HISTORY or not name.endswith((".swift", ".py", ".md", ".yaml", ".c", ".h")):
            continue
        for page in re.findall(r"\bDocumentation/[\w-]+\.\w+", (ROOT / name).read_text()):
            if page not in TREE:
                problems.append(f"{name}: {page} is not there")
    assert not problems, "\n" + "\n".join(problems)


def test_every_decision_that_a_file_names_is_there():
    numbers = {Path(name).name[:4] for name in TREE if name.startswith("Decisions/")}
    problems = []
    for name in sorted(TREE):
        if name.endswith((".swift", ".c", ".h", ".md")):
            for number in re.findall(r"\bDecisions?\s+(\d{4})\b", (ROOT / name).read_text()):
                if number not in numbers:
                    problems.append(f"{name}: there is no decision {number}")
    assert not problems, "\n" + "\n".join(problems)


THERE = {"one.md": "# One\n## Two words, `code`\n", "folder/two.md": "# Two\n"}


@pytest.mark.parametrize(
    "text",
    [
        "[x](one.md)", "[x](one.md#one)", "[x](one.md#two-words-code)", "[x](folder/)",
        "![x](folder/two.md)", "[`x`](https://example.com/absent)", "# Own\n[x](#own)",
        "```\n[x](absent.md)\n```\n",
    ],
)  # fmt: skip
def test_a_good_link_is_left_alone(text):
    assert broken("three.md", text, THERE, {*THERE, "three.md"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "[x](absent.md)", "[x](one.md#absent)", "[x](#absent)", "![a\npicture](absent.svg)",
        "[x](../one.txt)", "```\n# Own\n```\n[x](#own)", "[[x]](folder/absent.md)",
    ],
)  # fmt: skip
def test_a_broken_link_is_found(text):
    assert len(broken("three.md", text, THERE, {*THERE, "three.md"})) == 1


def test_headings_of_the_same_words_are_told_apart():
    assert anchors("# A b\n## A b\n### A b!\n") == ["a-b", "a-b-1", "a-b-2"]
