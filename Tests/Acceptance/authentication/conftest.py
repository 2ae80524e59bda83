# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that have keys fetched."""

import pytest

from origin import Origin, web_pair
from pki import CA


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    """The CA of the web server's certificate."""
    return CA(tmp_path_factory.mktemp("web") / "ca", "/O=Handfast/CN=Web")


@pytest.fixture(scope="module")
def origin(ca):
    """The web server that clients publish their keys at."""
    with Origin(web_pair(ca)) as running:
        yield running
