# SPDX-License-Identifier: Apache-2.0
"""How much a page is on a slow line, and that nothing comes from elsewhere."""

import json
import re

import pytest

from oauth import CC
from server import ROOT

PAGE = (ROOT / "Documentation" / "console.md").read_text()
# The bound as the manual has it: a page with its style and script, in KiB.
BOUND = int(re.search(r"at most (\d+) KiB", PAGE)[1]) * 1024
# All that the browser has loaded for a page.
LOADED = """
return performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
  .map((one) => one.name);
"""


@pytest.fixture(scope="module")
def full(server, estate, tmp_path_factory):
    """A server whose lists are longer than a page: clients, refusals, changes."""
    clients = [
        {
            "client_name": f"warehouse gateway {number:03d}", "scope": "stock:read stock:write",
            "token_endpoint_auth_method": "tls_client_auth", "trust_set": "partners",
            "tls_client_auth_subject_dn": f"CN=gateway-{number:03d},O=Acme",
            "grant_types": ["client_credentials"],
            "labels": {"team": "platform", "stage": "production", "site": f"fra{number % 7}"},
        }
        for number in range(100)
    ]  # fmt: skip
    file = tmp_path_factory.mktemp("full") / "clients.json"
    file.write_text(json.dumps({"clients": clients}))
    server.handfast("apply", "-f", file)
    for number in range(60):
        assert server.token({**CC, "client_id": f"unknown-{number}"}).status == 401
    listed = server.handfast("client", "list", "--json").stdout
    assert len(json.loads(listed)) > 100
    return server


def weight(reader, address):
    """The bytes of a page, and those of what it loads besides."""
    reader.open(address)
    page, own = reader.page, len(reader.answer.body)
    places = [one["href"] for one in page.all("link", rel="stylesheet")]
    places += [one["src"] for one in page.all("script")]
    assert len(places) == 2 and all(one.startswith(reader.console.base + "/") for one in places)
    return own, sum(len(reader.ask("GET", one).body) for one in places)


def test_every_page_is_light_enough_for_a_slow_line(full, plain):
    weights = {address: weight(plain, address) for address in plain.crawl(most=2)}
    assert {"/clients", "/refusals", "/audit", "/configuration"} <= set(weights)
    heavy = {address: sum(sizes) for address, sizes in weights.items() if sum(sizes) > BOUND}
    assert not heavy, (heavy, BOUND)
    # Half of a page of a hundred clients is shown, and a link leads to the rest.
    plain.open("/clients")
    assert len(plain.page.one("tbody").all("tr")) == 50
    plain.follow("Next page")
    assert len(plain.page.one("tbody").all("tr")) == 50
    for line in sorted((sum(sizes), *sizes, address) for address, sizes in weights.items()):
        print(*line)


def test_a_list_that_somebody_asks_for_may_be_heavier(full, plain):
    """The bound is one of what links lead to, and the sum does count what is in a list."""
    few, many = (sum(weight(plain, f"/refusals?limit={limit}")) for limit in (25, 500))
    assert many > few


def test_nothing_is_loaded_from_elsewhere(full, window, plain):
    for address in plain.crawl(most=1):
        window.open(window.console.home + address)
        loaded = [one for one in window.run(LOADED) if not one.startswith("data:")]
        assert len(loaded) >= 3, loaded
        assert all(one.startswith(window.console.home + "/") for one in loaded), loaded
    plain.open("/clients")
    page = plain.page
    for place in (page.one("link", rel="stylesheet")["href"], page.one("script")["src"]):
        text = plain.ask("GET", place).body.decode()
        assert len(text) > 1_000 and not re.search(r"url\(|@import|https?:|//[a-z]", text), place
