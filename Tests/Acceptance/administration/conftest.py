# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the administrative listener's tests."""

import pytest


@pytest.fixture
def other(fresh):
    """Makes servers with an administrative address of their own, started."""

    def make(address=None, **options):
        env = {"HANDFAST_ADMINISTRATION_ADDRESS": address} if address else {}
        return fresh(env=env, **options).start()

    return make
