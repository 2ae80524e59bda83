# SPDX-License-Identifier: Apache-2.0
"""Lists that are narrowed down: the address has the search, and the next page keeps it."""

import datetime
import pwd
import re

import pytest

import expect

SECRET = ["--auth-method", "client_secret_basic", "--grant-types", "client_credentials"]
DAY = datetime.timedelta(days=1)


def user(server):
    return f"command:{pwd.getpwuid(server.data.stat().st_uid).pw_name}"


@pytest.fixture(scope="module")
def changed(server):
    """A server with more changes than two pages of the audit have."""
    made = server.add_client("searched", *SECRET)["client_id"]
    server.handfast("client", "disable", made)
    server.handfast("client", "enable", made)
    server.add_user("ann", "a long passphrase")
    for number in range(60):
        server.handfast("client", "update", made, "--scope", f"scope-{number}")
    return made


def entries(reader):
    """The heading and the line of each entry that is shown."""
    items = reader.page.one("ol", id="entries").all("li")
    return [(one.one("h2").text, one.one("p").text) for one in items]


def test_the_audit_is_searched_by_action_and_record(changed, reader):
    reader.open(f"/audit?kind=client&id={changed}&action=disable")
    assert [heading for heading, _ in entries(reader)] == [f"Disable client {changed}"]
    reader.open("/audit?kind=user")
    assert [heading for heading, _ in entries(reader)] == ["Add user ann"]
    reader.open("/audit?kind=user&action=disable")
    assert "No entry is like that" in reader.shown


def test_the_audit_is_searched_by_author_and_links_to_it(changed, server, reader):
    reader.open("/audit?kind=client")
    author = user(server)
    reader.follow(author)
    assert f"author={author.replace(':', '%3A')}" in reader.target
    assert all(f"by {author}" in line for _, line in entries(reader))
    reader.open("/audit?author=command%3Anobody-of-this-name")
    assert "No entry is like that" in reader.shown
    reader.open(f"/clients/{changed}")
    reader.press("Disable")
    reader.press("Enable")
    reader.open("/audit?author=" + author.replace("command:", "console%3A"))
    assert len(entries(reader)) == 2


def test_the_audit_is_searched_by_days(changed, reader):
    today = datetime.datetime.now(datetime.UTC)
    days = [(today + number * DAY).strftime("%Y-%m-%d") for number in (-1, 2)]
    reader.open(f"/audit?since={days[0]}&until={days[1]}&action=disable")
    assert entries(reader)
    for search in (f"since={days[1]}", f"until={days[0]}"):
        reader.open(f"/audit?{search}")
        assert "No entry is like that" in reader.shown


def test_pages_of_the_audit_keep_the_search(changed, reader):
    search = f"kind=client&id={changed}&action=change"
    reader.open(f"/audit?{search}")
    first = entries(reader)
    reader.follow("Next page")
    assert all(f"{one}" in reader.target for one in search.split("&"))
    second = entries(reader)
    assert len(first) == 25 == len(second) and not set(first) & set(second)
    assert {heading for heading, _ in first + second} == {f"Change client {changed}"}
    form = reader.page.one("form", role="search")
    selected = [one["value"] for one in form.all("option") if "selected" in one.attributes]
    assert selected == ["client", "change"]
    reader.follow("First page")
    assert entries(reader) == first


@pytest.mark.parametrize(
    ("search", "field"),
    [("since=soon", "since"), ("until=2026-13-01", "until"), ("kind=star", "kind"),
     ("action=think", "action"), ("id=x", "kind")],
)  # fmt: skip
def test_a_search_that_means_nothing_is_refused_at_its_field(changed, reader, search, field):
    reader.open(f"/audit?{search}", status=400)
    assert reader.page.one(id=field).get("aria-invalid") == "true"
    assert reader.page.all(id=f"{field}-problem") and "Nothing was looked for" in reader.shown


def test_what_ends_is_read_from_either_side(server, reader, pki):
    ends = {"gone-1": 4, "gone-2": 6, "soon-1": 3 * 86_400, "soon-2": 4 * 86_400}
    for name, seconds in ends.items():
        made = pki.short_lived(f"ends-{name}", seconds=seconds, subject=f"/CN={name}")
        server.add_client(
            name, "--certificate", made.certificate, "--grant-types", "client_credentials"
        )

    def shown(query=""):
        """The names of each group, in their order."""
        reader.open(f"/expiring{query}")
        return {
            one.one("h2").text: re.findall(r"CN=((?:gone|soon)-\d)", one.one("tbody").raw)
            for one in reader.page.all("section", class_="ends")
        }

    expect.eventually(lambda: len(shown().get("Ended", [])) == 2, within=15)
    first = shown()
    assert first["Ended"] == ["gone-1", "gone-2"]
    assert first["Within 7 days"] == ["soon-1", "soon-2"]
    last = shown("?within=90&order=descending")
    assert last["Ended"] == ["gone-2", "gone-1"] and last["Within 7 days"] == ["soon-2", "soon-1"]
    form = reader.page.one("form", role="search")
    chosen = [one.text for one in form.all("option") if "selected" in one.attributes]
    assert chosen == ["90 days", "Everything", "Latest first"]
    reader.follow("Show all")
    assert shown("?order=sideways") == first
