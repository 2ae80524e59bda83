# SPDX-License-Identifier: Apache-2.0
"""The command of Documentation/image.md, run as printed, and the figures and words of the page."""

import re
from pathlib import Path

from images import Image, run
from pages import blocks
from server import BINARY, ROOT

PAGE = "Documentation/image.md"
TEXT = (ROOT / PAGE).read_text()


def test_the_image_is_made_as_printed_and_is_what_the_page_says(walk, tree, image):
    page = walk(PAGE, tree)
    (said,) = page.run("Making it")
    committed, image = image, Image(tree / ".build/image")
    # No commit tells the time here.
    assert image.configuration["created"] == "1970-01-01T00:00:00Z"
    assert image.index != committed.index
    assert image.descriptor["digest"] in said
    config = image.configuration["config"]
    assert f"`{config['Entrypoint'][0]}`; `{' '.join(config['Cmd'])}`" in TEXT
    variables = dict(one.split("=", 1) for one in config["Env"])
    assert f"`{variables['HANDFAST_DATA']}` (`HANDFAST_DATA`)" in TEXT
    compressed = sum(layer["size"] for layer in image.manifest["layers"]) / 1e6
    if "swift" not in run("ldd", BINARY).stdout:
        told = [int(one) for one in re.findall(r"(\d+) MB (?:compressed|unpacked)", TEXT)]
        assert abs(compressed - told[0]) < 2
        # The libraries are those of the Debian that made it.
        whole = told[1 if "bookworm" in Path("/etc/os-release").read_text() else 2]
        assert abs(sum(map(len, image.layers)) / 1e6 - whole) < 4


def test_other_commands_of_the_page_name_this_version():
    version = run(BINARY, "--version").stdout.split()[1]
    named = {found for one in blocks(PAGE, "text")
             for found in re.findall(r"(?:handfast|image):(\d+\.\d+\.\d+)", one.text)}  # fmt: skip
    assert named == {version}
    for name in ("compose/compose.yaml", "compose/compose.postgres.yaml", "kubernetes/node.yaml",
                 "kubernetes/fleet.yaml"):  # fmt: skip
        text = (ROOT / "Examples" / name).read_text()
        assert set(re.findall(r"image: \S*handfast:(\S+)", text)) == {version}
