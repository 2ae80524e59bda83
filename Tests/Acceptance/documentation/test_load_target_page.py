# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/load-target.md, run as printed."""

import json
import re

from server import ROOT
from targets import claims

PAGE = "Documentation/load-target.md"


def values(text):
    """The JSON values in a text, one after the other."""
    decoder, found = json.JSONDecoder(), []
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def members(heading):
    """The members in the table under a heading of the page."""
    section = (ROOT / PAGE).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.M))


def test_a_load_target_from_its_beginning_to_its_end(walk, serving):
    page = walk(PAGE, **serving)
    (seeded,) = page.run("Seed")
    assert seeded.startswith("seeded: target: 1000 clients, 0 users, seed 7, p256, self_signed, ")

    exported, shown = page.run("Export")
    assert exported.count("exported: ") == 5
    assert len(list((page.folder / "clients").iterdir())) == 2001
    assert len((page.folder / "clients.jsonl").read_text().splitlines()) == 1000
    assert len(list((page.folder / "keystores").iterdir())) == 100
    assert "clients/load-000001.pem: OK" in shown
    assert "SOK_qP8b7zifK7hQ9HwbvimcWTJUaNm_oMDrprT8THA" in shown

    assert "\nload target, for tests only: listening on " in f"\n{page.serve('Serve')}"
    (answer,) = page.run("A token")
    token = claims(json.loads(answer)["access_token"])
    assert token["test"] is True and token["client_id"] == "load-000001"

    first, second, listed = values(page.run("Faults")[0])
    assert (first["id"], second["id"]) == (1, 2)
    assert [rule["fault"] for rule in listed["rules"]] == ["status", "delay"]

    calls, counters, own, bill = values(page.run("Calls and counters")[0])
    (call,) = calls["calls"]
    assert (call["client"], call["outcome"], call["connection"]) == ("load-000001", "token", "full")
    assert set(call) == members("Calls and counters")
    assert counters == own and counters["tokens"] == bill["tokens"] == 1

    turned, now, back = values(page.run("The clock")[0])
    assert [one["offset_seconds"] for one in (turned, now, back)] == [3600, 3600, 0]
    assert 3590 < now["time"] - back["time"] <= 3600

    (added,) = page.run("The same over HTTP")
    assert json.loads(added) == {"id": 3}
