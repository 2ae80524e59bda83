# SPDX-License-Identifier: Apache-2.0
"""How often the tests of a fleet repeat what depends on chance, and the figures that they print."""

import os
import random
import statistics
import sys
from pathlib import Path

from server import BINARY

# `script/test --fleet`, before a release; a few times each otherwise.
FULL = os.environ.get("HANDFAST_FLEET") == "full"
SEED = int(os.environ.get("HANDFAST_SEED", "20261201"))


def often(few, many):
    """A number of repetitions, or of seconds."""
    return many if FULL else few


def chance(name):
    """What depends on chance in one test: the same in each run with the same seed."""
    return random.Random(f"{SEED} {name}")


def spread(seconds):
    """Median, 99th percentile and the longest of times, in milliseconds."""
    ordered = sorted(one * 1000 for one in seconds)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return (
        f"p50 {statistics.median(ordered):.0f} ms, p99 {last:.0f} ms, at most {ordered[-1]:.0f} ms"
    )


def percentile(seconds, part):
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def kind_of_build():
    return "debug build" if "debug" in Path(BINARY).parts else "release build"


def told(what, figure):
    """Prints a figure for Documentation/fleet.md, and adds it to the file of HANDFAST_FIGURES."""
    line = f"figure: {what} (seed {SEED}, {kind_of_build()}): {figure}"
    print(line, file=sys.stderr)
    if where := os.environ.get("HANDFAST_FIGURES"):
        with open(where, "a") as file:
            file.write(line + "\n")
