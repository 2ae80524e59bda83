# SPDX-License-Identifier: Apache-2.0
"""README is short, a page names its readers, and every command on a page is run by a test."""

import re
import xml.etree.ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README_LINES_MAX = 150
README = (ROOT / "README.md").read_text()
MANUAL = {path.name: path.read_text() for path in sorted((ROOT / "Documentation").glob("*.md"))}
PAGES = {"README.md": README, **{f"Documentation/{name}": text for name, text in MANUAL.items()}}
OPENING = re.compile(r"# [^\n]+\n\nThis page is for ")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
# `sh` is for commands, which tests run; configurations are tested by what reads them.
LANGUAGES = {
    "sh", "yaml", "ini", "nginx", "haproxy", "apache", "caddy", "http", "json", "text", "sql",
}  # fmt: skip
# Pages whose blocks are run by a test of their own, and which.
OWN_TESTS = {"Documentation/public-ca-cliff.md": "test_public_ca_page.py, by the blocks' names"}
COMMAND = re.compile(
    r"^\s*(?:\$ |(?:sudo|handfast|curl|openssl|swift|keytool|apt-get|systemctl) |script/|\.venv/)",
    re.M,
)


def problems(page, text):
    """Blocks of the page in another form: not fenced, without a language, commands not `sh`."""
    found = []
    for language, content in BLOCK.findall(text):
        if language not in LANGUAGES:
            found.append(f"{page}: a block of the language '{language}'")
        elif language != "sh" and COMMAND.search(content):
            found.append(f"{page}: a command in a block of the language '{language}'")
    rest = BLOCK.sub("", text)
    if "```" in rest:
        found.append(f"{page}: a fence that is not closed, or in the midst of a line")
    # Four spaces after an empty line are a block as well, unless a list goes on there.
    for match in re.finditer(r"\n\n {4,}(\S[^\n]*)", rest):
        found.append(f"{page}: a block without a fence: {match[1]}")
    return found


def test_readme_is_short():
    assert README.count("\n") <= README_LINES_MAX


def test_every_page_says_what_it_is_for_and_whom():
    assert len(MANUAL) > 10
    assert [name for name, text in MANUAL.items() if not OPENING.match(text)] == []
    assert not OPENING.match("# A page\n\nA paragraph.\n")


def test_readme_leads_to_every_page():
    assert [name for name in MANUAL if f"(Documentation/{name}" not in README] == []


@pytest.mark.parametrize("page", PAGES)
def test_commands_stand_where_tests_find_them(page):
    assert problems(page, PAGES[page]) == []


@pytest.mark.parametrize(
    "text",
    [
        "```\nx\n```\n", "```python\nx\n```\n", "```text\nhandfast serve\n```\n",
        "```yaml\n  curl https://localhost\n```\n", "words\n\n    handfast serve\n", "```sh\nx\n",
    ],
)  # fmt: skip
def test_a_command_elsewhere_is_found(text):
    assert problems("page", text)
    assert not problems("page", "```sh\nhandfast serve\n```\n\n- a list\n  goes on\n")


def walked(source):
    """The pages through which a test walks, by their names or by constants."""
    names = dict(re.findall(r'^(\w+) = "([\w/-]+\.md)"$', source, re.M))
    given = re.findall(r'\bwalk\(("[^"]+"|\w+)', source)
    return {names.get(one, one.strip('"')) for one in given}


def test_every_page_with_commands_is_walked_through():
    """A walk (`Tests/Acceptance/pages.py`) fails where a command of its page is left."""
    tests = (ROOT / "Tests/Acceptance").rglob("test_*.py")
    found = {page for path in tests for page in walked(path.read_text())} | OWN_TESTS.keys()
    assert [page for page, text in PAGES.items() if "```sh" in text and page not in found] == []
    assert walked('PAGE = "Documentation/clients.md"\n\nwalk(PAGE)\nwalk("README.md")\n') == {
        "Documentation/clients.md", "README.md",
    }  # fmt: skip


def spans(text):
    """The code in the lines of a text, each on one line."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", BLOCK.sub("", text))]


def test_scripts_and_programs_that_a_page_names_are_there():
    named = [
        (page, word)
        for page, text in PAGES.items()
        for span in spans(text)
        for word in re.findall(r"(?:^|\s)((?:script|Benchmarks|Tests|Sources)/[\w./-]+)", span)
    ]
    assert len(named) > 5
    assert [(page, word) for page, word in named if not (ROOT / word).exists()] == []


def keys():
    """Every key of the configuration that handfast.example.yaml has, as `section.key`."""
    section, found = "", set()
    for line in (ROOT / "handfast.example.yaml").read_text().splitlines():
        if match := re.match(r"([a-z]+):", line):
            section = match[1]
        elif match := re.match(r" +(?:# )? *([a-z_0-9]+):", line):
            found.add(f"{section}.{match[1]}")
    return found


def test_configuration_keys_that_a_page_names_are_there():
    known = keys()
    sections = {key.partition(".")[0] for key in known}
    named = [
        (page, span)
        for page, text in PAGES.items()
        for span in spans(text)
        if re.fullmatch(r"([a-z]+)\.[a-z_]+", span) and span.partition(".")[0] in sections
    ]
    assert len(named) > 10
    assert [(page, span) for page, span in named if span not in known] == []


PICTURES = {
    "where-handfast-stands.svg": README,
    "where-the-binding-is-checked.svg": MANUAL["resource-servers.md"],
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_both_schemes_and_words_for_those_who_do_not_see_it(name):
    root = xml.etree.ElementTree.parse(ROOT / "Documentation" / name).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text and root.find(f"{space}desc").text
    light, _, dark = root.find(f"{space}style").text.partition("(prefers-color-scheme: dark)")
    colour = re.compile(r"([.\w-]+) \{[^}]*?(?:fill|stroke): (#\w+)")
    assert dict(colour.findall(light)).keys() == dict(colour.findall(dark)).keys()
    used = {name for one in root.iter() for name in one.get("class", "").split()}
    assert used <= set(re.findall(r"\.([\w-]+) \{", light))
    assert f"{name})" in PICTURES[name]
