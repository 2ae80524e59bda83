# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/load-target.md, run as printed."""

PAGE = "Documentation/load-target.md"


def test_a_load_target_from_its_beginning_to_its_end(walk):
    page = walk(PAGE)
    (seeded,) = page.run("Seed")
    assert seeded.startswith("seeded: target: 1000 clients, 0 users, seed 7, p256, self_signed, ")

    exported, shown = page.run("Export")
    assert exported.count("exported: ") == 5
    assert len(list((page.folder / "clients").iterdir())) == 2001
    assert len((page.folder / "clients.jsonl").read_text().splitlines()) == 1000
    assert len(list((page.folder / "keystores").iterdir())) == 100
    assert "clients/load-000001.pem: OK" in shown
    assert "SOK_qP8b7zifK7hQ9HwbvimcWTJUaNm_oMDrprT8THA" in shown
