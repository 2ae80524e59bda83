# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that have keys fetched."""

import pytest

from origin import Origin, web_pair
from pki import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """The CA of the web server's certificate."""
    return Authority(tmp_path_factory.mktemp("web") / "ca", "/O=Handfast/CN=Web")


@pytest.fixture(scope="module")
def origin(authority):
    """The web server that clients publish their keys at."""
    with Origin(web_pair(authority)) as running:
        yield running
