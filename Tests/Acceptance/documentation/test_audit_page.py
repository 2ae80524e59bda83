# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/audit.md, run as printed, and the table of members."""

import json
import re
import shutil
import subprocess

import expect
from audits import Audit
from pages import block
from server import ROOT

PAGE = "Documentation/audit.md"


def test_the_page_from_its_beginning_to_its_end(walk, pki, tmp_path):
    data = tmp_path / "data"
    page = walk(PAGE, HANDFAST_DATA=data)
    shutil.copy(pki.self_signed("audit-page").certificate, page.folder / "client.pem")
    (listed,) = page.run("Reading")
    assert "      scope: null -> \"read write\"" in listed.splitlines()
    newest = Audit(data).newest()
    printed = json.loads(block(PAGE, "json", "Reading"))
    assert set(newest) == set(printed)
    for member in ("kind", "action", "before", "after"):
        assert newest[member] == printed[member]

    (checked,) = page.run("Tampering")
    assert re.fullmatch(r"whole: 2 rows\nhead: (2:[0-9a-f]{64})\n\1\n", checked)

    (command,) = page.take("Following")
    follower = subprocess.Popen(
        ["bash", "-c", f"exec {command}"], cwd=page.folder, env=page.env
    )
    try:
        file = page.folder / "audit.jsonl"
        expect.eventually(lambda: file.exists() and file.read_text().count("\n") == 2, 10)
    finally:
        follower.kill()
        follower.wait()
    assert [json.loads(line) for line in file.read_text().splitlines()] == Audit(data).entries()

    (made,) = page.run("Tokens for administrators")
    assert re.search(r"^token: [\w-]{43}$", made, re.M) and "removed: pipeline" in made


def test_the_page_names_every_sort_of_change():
    """As `AuditAction` has them."""
    source = (ROOT / "Sources/Storage/Audit/AuditEntry.swift").read_text()
    cases = source.partition("enum AuditAction")[2].partition("\n}\n")[0]
    words = {raw or name for name, raw in re.findall(r'case (\w+)(?: = "(\w+)")?\n', cases)}
    row = re.search(r"^\| `action` \|(.*)\|$", (ROOT / PAGE).read_text(), re.M)[1]
    assert len(words) > 10 and set(re.findall(r"`(\w+)`", row)) == words
