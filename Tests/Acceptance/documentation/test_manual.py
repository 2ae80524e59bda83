# SPDX-License-Identifier: Apache-2.0
"""Man pages and completions of every command: current, without warnings, and they work."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from server import BINARY, ROOT

PAGES = sorted((ROOT / "Documentation/man").glob("*.1"))
BASH = ROOT / "Documentation/completions/handfast.bash"


def manual(*options):
    env = {**os.environ, "HANDFAST_BINARY": str(BINARY)}
    command = [ROOT / "script/manual", *options]
    return subprocess.run(command, capture_output=True, text=True, env=env)


def commands(command, words=()):
    words = (*words, command["commandName"])
    yield words
    for child in command.get("subcommands", []):
        if child["commandName"] != "help" and child["shouldDisplay"]:
            yield from commands(child, words)


@pytest.fixture(scope="module")
def every_command():
    done = subprocess.run(
        [BINARY, "--experimental-dump-help"], capture_output=True, text=True, check=True
    )
    return list(commands(json.loads(done.stdout)["command"]))


def test_they_are_current():
    done = manual("--check")
    assert done.returncode == 0, done.stderr


def test_one_that_is_not_current_is_told_and_written_anew(tmp_path):
    for folder in ("man", "completions"):
        shutil.copytree(ROOT / "Documentation" / folder, tmp_path / folder)
    assert manual("--check", "--into", tmp_path).returncode == 0
    page, other = tmp_path / "man/handfast-serve.1", tmp_path / "man/handfast-gone.1"
    page.write_text(page.read_text().replace("--", "-", 1) + "more\n")
    other.write_text("of a command that there is no more\n")
    done = manual("--check", "--into", tmp_path)
    assert done.returncode == 1
    assert {line.split()[0] for line in done.stderr.splitlines()} == {str(page), str(other)}
    assert manual("--into", tmp_path).returncode == 0
    assert page.read_text() == (ROOT / "Documentation/man/handfast-serve.1").read_text()
    assert not other.exists() and manual("--check", "--into", tmp_path).returncode == 0


def test_every_command_has_a_page(every_command):
    assert {path.stem for path in PAGES} == {"-".join(words) for words in every_command}
    assert len(PAGES) > 40


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_read_without_warnings(page):
    done = subprocess.run(
        # So wide that a newer groff abridges no title.
        ["groff", "-rLL=120n", "-man", "-ww", "-Tutf8", page],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    text = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
    assert "SYNOPSIS" in text and page.stem.upper() in text


def test_a_page_says_what_help_says(every_command):
    words = ("handfast", "client", "add")
    shown = subprocess.run([BINARY, *words[1:], "--help"], capture_output=True, text=True).stdout
    page = (ROOT / "Documentation/man/handfast-client-add.1").read_text().replace("\\-", "-")
    wanted = set(re.findall(r"(?m)^  (--[a-z-]+)", shown))
    assert wanted and all(f"\\fB{option}\\fR" in page for option in wanted)


def completed(*words):
    line = " ".join(words)
    done = subprocess.run(
        ["bash", "-c", f"""
            shopt -s extglob
            source "$1"; shift
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE='{line}' COMP_POINT={len(line)}
            _handfast handfast "${{COMP_WORDS[-1]}}" "${{COMP_WORDS[-2]}}"
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """, "-", BASH, *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {word.strip() for word in done.stdout.split("\n") if word.strip()}


def test_bash_completes_commands_and_options():
    assert {"client", "certificate", "check"} <= completed("handfast", "c")
    assert completed("handfast", "client", "di") == {"disable"}
    assert "--json" in completed("handfast", "client", "list", "--j")
    # The twin: nothing is made up for a beginning that no command has.
    assert completed("handfast", "xyz") == set()


@pytest.mark.parametrize("shell, name", [("zsh", "_handfast"), ("fish", "handfast.fish")])
def test_other_shells_read_theirs(shell, name):
    file: Path = ROOT / "Documentation/completions" / name
    assert "handfast" in file.read_text()
    if shutil.which(shell):
        subprocess.run([shell, "-n", file], check=True)
