# SPDX-License-Identifier: Apache-2.0
"""The fuzzing targets are whole; `script/fuzz` runs them, which takes longer than a test may."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "Fuzz" / "Seeds"
SEEDS_MAX = 20
SEED_BYTES_MAX = 4096


def fuzz(*options):
    return subprocess.run(
        [ROOT / "script" / "fuzz", *options], capture_output=True, text=True, timeout=30
    )


TARGETS = fuzz("--list").stdout.split()


def test_every_target_has_a_folder_of_seeds_and_a_row_in_the_readme():
    assert len(TARGETS) > 10
    assert sorted(TARGETS) == sorted(path.name for path in SEEDS.iterdir())
    rows = re.findall(r"^\| `([a-z-]+)/` \|", (ROOT / "Fuzz/README.md").read_text(), re.M)
    assert rows == TARGETS


def test_every_target_is_declared_and_called():
    text = (ROOT / "Fuzz/Targets/Target.swift").read_text()
    declared = re.findall(r'^    case (\w+) = "([a-z-]+)"$', text, re.M)
    assert [name for _, name in declared] == TARGETS
    called = re.findall(r"^        case \.(\w+): (\w+)\.test\(input\)$", text, re.M)
    assert [case for case, _ in called] == [case for case, _ in declared]
    for _, target in called:
        assert (ROOT / f"Fuzz/Targets/{target}.swift").is_file(), target


def dependencies(package):
    """The names of a package's targets, and what each depends on."""
    text = (ROOT / package).read_text()
    pattern = r'\.target\(\s*name: "(\w+)"(?:,\s*dependencies: \[([^\]]*)\])?'
    return {name: set(re.findall(r'"(\w+)"', listed)) for name, listed in re.findall(pattern, text)}


def test_the_modules_that_are_fuzzed_depend_on_what_the_program_s_do():
    """A module that is missing there shows when `script/fuzz` is run, which is seldom."""
    ours, theirs = dependencies("Package.swift"), dependencies("Fuzz/Package.swift")
    del theirs["Fuzz"]
    assert len(theirs) > 10 and theirs == {name: ours[name] for name in theirs}
    for listed in theirs.values():
        assert listed <= theirs.keys()


@pytest.mark.parametrize("target", TARGETS)
def test_seeds_are_few_and_small(target):
    seeds = sorted((SEEDS / target).iterdir())
    assert 0 < len(seeds) <= SEEDS_MAX
    for seed in seeds:
        assert 0 < seed.stat().st_size <= SEED_BYTES_MAX, seed


@pytest.mark.parametrize(
    "options", [["--target", "none"], ["--target"], ["--seconds", "0"], ["--what"]]
)
def test_what_is_not_known_is_refused(options):
    done = fuzz(*options)
    assert done.returncode == 2 and done.stderr and not done.stdout
