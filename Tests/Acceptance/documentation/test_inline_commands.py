# SPDX-License-Identifier: Apache-2.0
"""Commands and flags that pages name in their sentences: the program has them."""

import functools
import re
import subprocess

import pytest

from benchmarks import PROGRAM
from pages import BLOCK
from server import BINARY, ROOT

PAGES = ["README.md", *sorted(f"Documentation/{path.name}"
                              for path in (ROOT / "Documentation").glob("*.md"))]  # fmt: skip
# Flags of what others wrote: certbot, and curl.
OTHERS = {"--standalone", "--server", "--curves"}
SCRIPTS = [*sorted((ROOT / "script").iterdir()), ROOT / "Examples/edge/one-by-one"]


@functools.cache
def usage(*command):
    """The text of `handfast help` about a command."""
    done = subprocess.run([BINARY, "help", *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def subcommands(*command):
    _, _, listed = usage(*command).partition("SUBCOMMANDS:\n")
    return re.findall(r"^  ([a-z-]+)\s", listed, re.M)


def every_command(*command):
    yield command
    for name in subcommands(*command):
        yield from every_command(*command, name)


def flags(text):
    return re.findall(r"--[a-z][a-z-]*", text)


@functools.cache
def benchmarks_usage():
    done = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def script_usage(path):
    """The comment at a script's head, with the options that it hands on."""
    text = re.match(r"(?:#.*\n)+", path.read_text())[0]
    for command in re.findall(r"options of `handfast ([a-z -]+)`", text):
        text += usage(*command.split())
    if "options of Benchmarks" in text:
        text += benchmarks_usage()
    return text


@functools.cache
def every_flag():
    return {
        *(flag for command in every_command() for flag in flags(usage(*command))),
        *(flag for path in SCRIPTS for flag in flags(script_usage(path))),
        *flags(benchmarks_usage()),
    }


def spans(page):
    """The code in the sentences of a page, each on one line."""
    text = BLOCK.sub("", (ROOT / page).read_text())
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


def unknown(span):
    """The words of `handfast …` that the program does not have."""
    words = span.split()[1:]
    if words[:1] == ["help"]:
        words = words[1:]
    command = []
    while words and words[0] in subcommands(*command):
        command.append(words.pop(0))
    if words and subcommands(*command) and re.match(r"[a-z]", words[0]):
        return [words[0]]
    return sorted(set(flags(" ".join(words))) - set(flags(usage(*command))))


@pytest.mark.parametrize("page", PAGES)
def test_every_command_in_a_sentence_is_one_of_the_program(page):
    named = [span for span in spans(page) if span.startswith("handfast ")]
    assert [(span, unknown(span)) for span in named if unknown(span)] == []


def unknown_of_script(span):
    """The flags of `script/NAME …` that the script's own usage does not have."""
    name, *words = span.split()
    path = ROOT / name
    assert path.is_file(), name
    return sorted(set(flags(" ".join(words))) - set(flags(script_usage(path))))


@pytest.mark.parametrize("page", PAGES)
def test_every_flag_of_a_script_in_a_sentence_is_in_its_usage(page):
    named = [span for span in spans(page) if span.startswith("script/")]
    assert [(span, unknown_of_script(span)) for span in named if unknown_of_script(span)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_flag_in_a_sentence_is_one_of_the_program(page):
    named = {flag for span in spans(page) if span.startswith("--") for flag in flags(span)}
    known = every_flag() | OTHERS
    # `--san-…` is any of those that begin so.
    families = {flag for flag in named if flag.endswith("-")}
    assert named - known - families == set()
    assert all(any(one.startswith(family) for one in known) for family in families)


def test_what_the_program_does_not_have_is_found():
    assert len(every_flag()) > 40
    assert unknown("handfast client add --certificate FILE") == []
    assert unknown("handfast client certificate remove x") == []
    assert unknown("handfast help client add") == []
    assert unknown("handfast client ad") == ["ad"]
    assert unknown("handfast client add --certificat FILE") == ["--certificat"]
    assert unknown("handfast verify --absent") == ["--absent"]
    assert "--thorough" in every_flag() and "--settle" in every_flag()
    assert unknown_of_script("script/benchmark --on trixie --thorough") == []
    assert unknown_of_script("script/server --listen 127.0.0.1:1") == []
    assert unknown_of_script("script/test --absent") == ["--absent"]
