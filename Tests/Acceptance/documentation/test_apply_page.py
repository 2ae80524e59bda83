# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/apply.md, run as printed."""

import json
import shutil

import pytest

from pki import CA

PAGE = "Documentation/apply.md"


@pytest.fixture
def begun(walk, server, pki):
    walk = walk(PAGE, port=server.port, HANDFAST_DATA=server.data)
    ca = CA(walk.folder / "ca", "/O=Example/CN=Clients")
    shutil.copy(ca.certificate, walk.folder / "ca.pem")
    shutil.copy(pki.self_signed("applied", "p256").certificate, walk.folder / "orders.pem")
    return walk


def test_a_file_is_applied_pruned_and_exported(begun, server):
    (said,) = begun.run("A file")
    assert said.count("+ client orders") == 2 and "3 unchanged" in said
    (said,) = begun.run("Secrets")
    assert "+ client reports" in said
    assert json.loads((begun.folder / "secrets.jsonl").read_text())["client_name"] == "reports"
    (said,) = begun.run("Removing what is gone")
    assert "- client billing" in said and "reports" not in said
    begun.run("Out of a server")
    exported = json.loads((begun.folder / "payments.json").read_text())
    assert [one["client_name"] for one in exported["clients"]] == ["orders"]
