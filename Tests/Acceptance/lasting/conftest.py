# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of grants that last: a shop, a user, and her browser."""

import pytest

from grants import Browser, Shop

PASSWORD = "correct horse"


@pytest.fixture
def opened(pki):
    """Opens a shop on a server that runs: the shop, with `ann`, and her browser in `browser`."""
    browsers = []

    def make(server, name="shop", *options, user="ann", **more):
        server.add_user(user, PASSWORD)
        shop = Shop(server, pki, name, *options, **more)
        shop.user, shop.password = user, PASSWORD
        shop.browser = Browser(shop, user, PASSWORD)
        browsers.append(shop.browser)
        return shop

    yield make
    for browser in browsers:
        browser.close()
