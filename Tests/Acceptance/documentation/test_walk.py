# SPDX-License-Identifier: Apache-2.0
"""A walk through a page notices each command that is new, fails, or is gone."""

import pytest

from pages import Walk

TEXT = """# A page

```sh
handfast --version
echo one >file
```

```yaml
not: a command
```

## Another

```sh
# a comment, and no heading
cat file
false
```
"""


@pytest.fixture
def begun(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(TEXT)
    return Walk(str(page), tmp_path / "folder")


def test_commands_that_are_not_run_are_left(begun):
    assert len(begun.left) == 2
    (printed,) = begun.run("A page")
    assert printed and (begun.folder / "file").read_text() == "one\n"
    assert [one.heading for one in begun.left] == ["Another"]


def test_a_command_that_fails_is_told(begun):
    begun.run("A page")
    with pytest.raises(AssertionError, match="false"):
        begun.run("Another")


def test_a_heading_without_commands_is_told(begun):
    begun.run("A page")
    for heading in ("A page", "Absent"):
        with pytest.raises(AssertionError, match=heading):
            begun.run(heading)


def test_no_package_is_installed(begun):
    begun.shell("apt-get install x", status=1)
