# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that measure the program."""

import subprocess

import pytest

from server import BINARY


@pytest.fixture(scope="module")
def release():
    """The release program; other builds have other code in them, and skip."""
    linked = subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout
    if "libjemalloc" not in linked:
        pytest.skip("the program is linked without jemalloc: a sanitizer brings its own allocator")
    if BINARY.resolve().parent.name == "debug":
        pytest.skip("a debug build allocates more and is larger: the bars are of the release")
    return BINARY
