# SPDX-License-Identifier: Apache-2.0
"""The tests that run before a release alone, by the variables that script/test sets."""

import os

import pytest

# How often what depends on chance is repeated: a few times here, and 200 before a release.
ROUNDS = int(os.environ.get("HANDFAST_ROUNDS", "0"))
# Bare roots of these suites, in place of the Debian that the tests run on.
SUITES = os.environ.get("HANDFAST_DEBIANS", "").split()
# The folder that pictures of pages are kept in.
PICTURES = os.environ.get("HANDFAST_PICTURES")

with_rounds = pytest.mark.skipif(not ROUNDS, reason="before a release: script/test --rounds")
with_packages = pytest.mark.skipif(not SUITES, reason="before a release: script/test --packages")
# The pages themselves are asked for, and seen by axe, in every run.
with_pictures = pytest.mark.skipif(
    not PICTURES and not ROUNDS, reason="before a release: script/test --rounds"
)
