# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the load target's tests: one that is seeded with everything there is."""

import pytest

from seeds import Seeded


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    """Fifty clients with every kind of key and both methods, and three users."""
    options = ("--key", "mix", "--method", "mix", "--users", 3)
    return Seeded(tmp_path_factory.mktemp("seeded"), options=options)


@pytest.fixture(scope="session")
def folder(seeded, tmp_path_factory):
    """The clients of `seeded` as PEM files."""
    return seeded.export("pem-folder", tmp_path_factory.mktemp("exported") / "clients")
