# SPDX-License-Identifier: Apache-2.0
"""The package of the program under test, an earlier one, and Debians to install them on."""

import os
import subprocess
from pathlib import Path

import pytest

from machines import Machine, bare, fetched
from packages import Keys, packed, script_package, unpacked
from releases import SUITES
from server import BINARY, ROOT


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    made = Keys(tmp_path_factory.mktemp("keys") / "gnupg")
    yield made
    made.end()


@pytest.fixture(scope="session")
def key(keys):
    """The file of the key that signs the repository."""
    return keys.make("handfast@repository.test")


@pytest.fixture(scope="session")
def repository(key, keys, tmp_path_factory):
    """A signed repository with the package of the program under test; `made` is beside it."""
    linked = subprocess.run(["ldd", BINARY], capture_output=True, text=True).stdout
    if "libswiftCore" in linked:
        pytest.skip("only release programs, which have Swift's libraries in them, are packaged")
    folder = tmp_path_factory.mktemp("packaging")
    script_package(
        folder / "made", "--program", BINARY,
        "--repository", folder / "apt", "--sign", key.stem, GNUPGHOME=str(keys.home),
    )  # fmt: skip
    return folder / "apt"


@pytest.fixture(scope="session")
def made(repository):
    """The folder of what script/package has made of the program under test."""
    return repository.parent / "made"


@pytest.fixture(scope="session")
def package(made):
    (found,) = made.glob("*.deb")
    return found


@pytest.fixture(scope="session")
def contents(package, tmp_path_factory):
    return unpacked(package, tmp_path_factory.mktemp("contents") / "package")


@pytest.fixture(scope="session")
def earlier(package, tmp_path_factory):
    """A package of a lower version: the one that is named, else this one under another number."""
    if named := os.environ.get("HANDFAST_EARLIER_PACKAGE"):
        return Path(named)
    folder = tmp_path_factory.mktemp("earlier")
    control = unpacked(package, folder / "contents") / "DEBIAN/control"
    lines = control.read_text().splitlines()
    changed = ["Version: 0.0.1" if one.startswith("Version: ") else one for one in lines]
    control.write_text("\n".join(changed) + "\n")
    return packed(folder / "contents", folder / "handfast_0.0.1_amd64.deb")


@pytest.fixture(scope="session", params=SUITES or ["here"])
def base(request, package):
    """The root of a Debian, which machines leave as it is."""
    if request.param == "here":
        return "/"
    return fetched(bare(request.param, ROOT / ".build-root/packages"), package)


@pytest.fixture
def machine(base, tmp_path):
    """A Debian for one test."""
    with Machine(tmp_path / "machine", base) as one:
        yield one
