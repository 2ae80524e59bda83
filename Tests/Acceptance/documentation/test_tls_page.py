# SPDX-License-Identifier: Apache-2.0
"""Documentation/tls.md: its configuration, and its command with a group that is spoken and not."""

from pages import block

PAGE = "Documentation/tls.md"


def test_the_groups_of_the_page(walk, fresh, tmp_path):
    path = tmp_path / "handfast.yaml"
    path.write_text(block(PAGE, "yaml", "Groups"))
    server = fresh(options=["--config", path]).start()
    page = walk(PAGE, port=server.port)
    (command,) = page.take("How it is tried")
    assert page.shell(command) == "200\n"
    # curl's status for a handshake that failed.
    assert page.shell(command.replace("P-256", "P-384"), status=35) == "000\n"
    assert not page.left
