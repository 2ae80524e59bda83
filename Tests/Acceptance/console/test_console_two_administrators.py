# SPDX-License-Identifier: Apache-2.0
"""Two administrators at once: the second one is told, and loses nothing of what was entered."""

import json

import pytest

from audits import Audit
from consoles import Console, Reader
from estates import CALLBACK

SECRET = ["--auth-method", "client_secret_basic", "--grant-types", "client_credentials"]


@pytest.fixture
def client(server, request):
    """A client of the test's own, shown by the command."""
    made = server.add_client(
        f"shared {request.node.name}"[:100], *SECRET, "--scope", "read", "--label", "team=shop",
        "--label", "stage=test",
    )  # fmt: skip
    return made["client_id"]


@pytest.fixture(scope="module")
def colleague(server):
    """The console of somebody else."""
    with Console(server.data) as console:
        yield Reader(console)
        assert console.stop() == 0


def shown(server, client):
    return json.loads(server.handfast("client", "show", client, "--json").stdout)


def edit(reader, client):
    reader.open(f"/clients/{client}/edit")
    return reader.form("Save")


def test_what_was_entered_is_saved_and_audited(server, client, reader):
    form = edit(reader, client).fill("Name", f"renamed {client}").fill("Scopes", "read write")
    form.fill("Labels", "team=payments\nsite=fra1").fill("Callback URLs", CALLBACK)
    form.fill("Audiences", "https://api.example\nhttps://other.example")
    reader.submit(form, "Save")
    assert reader.title == f"renamed {client}" and "saved" in reader.shown
    now = shown(server, client)
    assert now["client_name"] == f"renamed {client}" and now["scope"] == "read write"
    assert now["labels"] == {"team": "payments", "site": "fra1"}
    assert now["redirect_uris"] == [CALLBACK]
    assert now["audiences"] == ["https://api.example", "https://other.example"]
    entry = Audit(server.data).newest()
    assert entry["author"].startswith("console:") and entry["after"] != entry["before"]
    assert f"renamed {client}" in json.dumps(entry["after"])


def test_what_has_no_field_stays_as_it_was(server, client, reader):
    server.handfast("client", "update", client, "--token-format", "sealed")
    before = shown(server, client)
    reader.submit(edit(reader, client).fill("Scopes", "read write"), "Save")
    after = shown(server, client)
    assert {**before, "scope": "read write"} == after


def test_saving_what_was_not_changed_changes_nothing(server, client, reader):
    before = shown(server, client)
    reader.submit(edit(reader, client), "Save")
    assert shown(server, client) == before


def test_a_wrong_value_changes_nothing_and_loses_nothing(server, client, reader):
    before = shown(server, client)
    form = edit(reader, client).fill("Scopes", 'a"b').fill("Labels", "team=other")
    form.fill("Callback URLs", "http://evil.example/")
    reader.submit(form, "Save", status=400)
    again = reader.form("Save")
    assert again.value("Scopes") == 'a"b' and again.value("Labels") == "team=other"
    assert again.labelled("Scopes").get("aria-invalid") == "true"
    assert shown(server, client) == before


def test_the_second_to_save_is_told_and_loses_nothing(server, client, reader, colleague):
    mine, theirs = edit(reader, client), edit(colleague, client)
    colleague.submit(theirs.fill("Scopes", "read theirs"), "Save")
    mine.fill("Name", f"mine {client}").fill("Scopes", "read mine")
    mine.fill("Labels", "team=mine\nmore=x").fill("Callback URLs", CALLBACK)
    reader.submit(mine, "Save", status=412)
    said = reader.page.one("main").text
    assert "Somebody else has changed this client" in said and "Nothing was changed" in said
    # Both are shown: the registration as it is now, and what was entered.
    assert "theirs" in said
    assert shown(server, client)["scope"] == "read theirs"
    again = reader.form("Save")
    assert again.value("Name") == f"mine {client}" and again.value("Scopes") == "read mine"
    assert again.value("Labels").split() == ["team=mine", "more=x"]
    assert again.value("Callback URLs").strip() == CALLBACK
    # Saved over it, knowingly.
    reader.submit(again, "Save")
    now = shown(server, client)
    assert (now["client_name"], now["scope"]) == (f"mine {client}", "read mine")
    assert now["labels"] == {"team": "mine", "more": "x"}


def test_between_the_warning_and_saving_over_it_a_third_change_counts_too(
    server, client, reader, colleague
):
    mine, theirs = edit(reader, client), edit(colleague, client)
    colleague.submit(theirs.fill("Scopes", "read one"), "Save")
    reader.submit(mine.fill("Scopes", "read mine"), "Save", status=412)
    warned = reader.form("Save")
    colleague.submit(edit(colleague, client).fill("Scopes", "read two"), "Save")
    reader.submit(warned, "Save", status=412)
    assert reader.form("Save").value("Scopes") == "read mine" and "two" in reader.shown
    assert shown(server, client)["scope"] == "read two"


@pytest.mark.parametrize("first", ["Disable", "Enable"])
def test_a_switch_in_between_is_not_undone(server, client, reader, colleague, first):
    if first == "Enable":
        server.handfast("client", "disable", client)
    mine = edit(reader, client)
    colleague.open(f"/clients/{client}")
    colleague.press(first)
    reader.submit(mine.fill("Scopes", "read mine"), "Save", status=412)
    assert shown(server, client)["enabled"] == (first == "Enable")
    reader.submit(reader.form("Save"), "Save")
    now = shown(server, client)
    assert now["enabled"] == (first == "Enable") and now["scope"] == "read mine"


def test_disabling_twice_is_no_fault(server, client, reader, colleague):
    for one in (reader, colleague):
        one.open(f"/clients/{client}")
    forms = [one.form("Disable") for one in (reader, colleague)]
    for one, form in zip((reader, colleague), forms, strict=True):
        one.submit(form, "Disable")
        assert "disabled" in one.shown
    assert not shown(server, client)["enabled"]


def test_who_was_changed_is_not_removed_unseen(server, client, reader, colleague):
    reader.open(f"/clients/{client}/remove")
    form = reader.form("Remove the client")
    colleague.submit(edit(colleague, client).fill("Scopes", "read theirs"), "Save")
    reader.submit(form, "Remove the client", status=412)
    assert "Nothing was removed" in reader.shown and "theirs" in reader.shown
    assert shown(server, client)
    reader.submit(reader.form("Remove the client"), "Remove the client")
    done = server.handfast("client", "show", client, check=False)
    assert done.returncode != 0
    # Without the tag, as no page of the console sends it.
    assert reader.submit(form, "Remove the client", status=None, without=["tag"]).status >= 400


def test_without_its_tag_a_removal_is_refused(server, client, reader):
    reader.open(f"/clients/{client}/remove")
    form = reader.form("Remove the client")
    for more in ([], [("tag", "")], [("tag", "*")], [("tag", '"x"')], [("tag", 'W/"1"')]):
        answer = reader.submit(
            form, "Remove the client", status=None, follow=False, without=["tag"], more=more
        )
        assert answer.status in (400, 412), (more, answer.status)
        reader.open(f"/clients/{client}/remove")
    assert shown(server, client)


def test_without_its_tag_a_form_is_not_saved(server, client, reader):
    before = shown(server, client)
    for more in ([], [("tag", "")], [("tag", "*")], [("tag", '"x", *')]):
        form = edit(reader, client).fill("Scopes", "forced")
        answer = reader.submit(form, "Save", status=None, without=["tag"], more=more)
        assert answer.status in (400, 412)
    assert shown(server, client) == before


def test_a_client_that_is_gone_meanwhile_says_so(server, client, reader):
    form = edit(reader, client)
    server.handfast("client", "remove", client)
    reader.submit(form.fill("Scopes", "mine"), "Save", status=404)
    assert reader.page.all("nav") and "client" in reader.page.one("main").text
    reader.open(f"/clients/{client}", status=404)


def test_a_form_that_failed_for_want_of_a_server_can_be_sent_again(fresh, consoles):
    """Nothing was made the first time, and nothing says that it was."""
    server = fresh().start()
    reader = Reader(consoles(data=server.data))
    reader.open("/clients/add")
    form = reader.form("Register").fill("Name", "patient")
    form.fill("Authentication", "client_secret_basic")
    assert server.stop() == 0
    reader.submit(form, "Register", status=503)
    with server:
        reader.submit(form, "Register")
        listed = json.loads(server.handfast("client", "list", "--json").stdout)
        assert [one["client_name"] for one in listed] == ["patient"], reader.shown
        assert server.stop() == 0
