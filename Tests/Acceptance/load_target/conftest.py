# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the load target's tests: seeds, a running target, its callers and its rules."""

import pytest

from parties import Caller
from seeds import Seeded
from targets import Rules


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    """Fifty clients with every kind of key and both methods, and three users."""
    options = ("--key", "mix", "--method", "mix", "--users", 3)
    return Seeded(tmp_path_factory.mktemp("seeded"), options=options)


@pytest.fixture(scope="session")
def folder(seeded, tmp_path_factory):
    """The clients of `seeded` as PEM files."""
    return seeded.export("pem-folder", tmp_path_factory.mktemp("exported") / "clients")


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """A load target of the module's own, which must be alive at the end."""
    with Seeded(tmp_path_factory.mktemp("target"), clients=1).server() as started:
        yield started
        assert started.running


@pytest.fixture(scope="module")
def app(target, pki):
    return Caller(target, pki, "app", "--client-id", "load-app")


@pytest.fixture(scope="module")
def other(target, pki):
    credential = pki.self_signed("other", "p256")
    return Caller(target, pki, "other", "--client-id", "load-other", credential=credential)


@pytest.fixture
def tester(target, app, other):
    """Rules of `target` for one test, and what is counted in it."""
    one = Rules(target)
    # The callers have asked until they were known.
    assert one.post("/load-target/reset")[0] == 204
    yield one
    for rule in one.json("/load-target/faults")["rules"]:
        assert one.remove(rule["id"]) == 204
    assert one.post("/load-target/reset")[0] == 204
