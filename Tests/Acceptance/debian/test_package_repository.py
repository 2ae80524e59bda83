# SPDX-License-Identifier: Apache-2.0
"""A repository that `script/package --repository` makes, read by apt."""

import os
import shutil
import subprocess

import pytest

from packages import fields


@pytest.fixture(scope="module")
def version(package):
    return fields(package)["Version"]


class Apt:
    """apt with lists and sources of its own, and the packages of this machine."""

    def __init__(self, folder, repository, options):
        for part in ("lists/partial", "cache/archives/partial", "parts"):
            (folder / part).mkdir(parents=True)
        source = folder / "handfast.list"
        source.write_text(f"deb [{options}] file:{repository} ./\n")
        self.settings = [
            f"Dir::Etc::sourcelist={source}", f"Dir::Etc::sourceparts={folder}/parts",
            f"Dir::State::lists={folder}/lists", f"Dir::Cache={folder}/cache",
            "APT::Sandbox::User=root", "Dir::Etc::trusted=/dev/null",
            f"Dir::Etc::trustedparts={folder}/parts",
        ]  # fmt: skip

    def run(self, program, *words):
        given = [word for one in self.settings for word in ("-o", one)]
        return subprocess.run([program, *given, *words], capture_output=True, text=True)

    def update(self):
        return self.run("apt-get", "update", "--error-on=any")

    def offered(self):
        return self.run("apt-cache", "madison", "handfast").stdout


def test_apt_offers_what_a_signed_repository_has(repository, key, tmp_path, version):
    apt = Apt(tmp_path / "apt", repository, f"signed-by={key}")
    done = apt.update()
    assert done.returncode == 0, done.stderr
    assert version in apt.offered()
    fetched = apt.run("apt-get", "--simulate", "install", "handfast")
    assert fetched.returncode == 0 and f"Inst handfast ({version}" in fetched.stdout


def test_another_key_and_no_signature_are_refused(repository, keys, tmp_path, version):
    other = keys.make("other@repository.test")
    apt = Apt(tmp_path / "other", repository, f"signed-by={other}")
    done = apt.update()
    # In the words of gpgv, and of sqv from Debian 13 on.
    words = ("NO_PUBKEY", "OpenPGP signature verification failed")
    assert done.returncode != 0 and any(word in done.stderr for word in words), done.stderr
    assert version not in apt.offered()
    unsigned = shutil.copytree(repository, tmp_path / "unsigned")
    (unsigned / "InRelease").unlink()
    apt = Apt(tmp_path / "without", unsigned, f"signed-by={other}")
    assert apt.update().returncode != 0 and version not in apt.offered()


@pytest.mark.parametrize("file", ["InRelease", "Packages", "package"])
def test_a_changed_repository_is_refused(repository, key, tmp_path, file, version):
    changed = shutil.copytree(repository, tmp_path / "changed")
    (package,) = changed.glob("*.deb")
    if file == "package":
        with package.open("ab") as opened:
            opened.write(b"\0")
    else:
        (changed / "Packages.gz").unlink()
        text = (changed / file).read_text()
        (changed / file).write_text(text.replace("Handfast", "Another").replace("net\n", "web\n"))
        assert (changed / file).read_text() != text
    apt = Apt(tmp_path / "apt", changed, f"signed-by={key}")
    updated = apt.update()
    if file != "package":
        assert updated.returncode != 0 and version not in apt.offered()
        return
    # The signed lists have the checksum of a package; apt compares when it fetches one.
    assert updated.returncode == 0
    done = apt.run("apt-get", "-y", "--download-only", "install", "handfast")
    assert done.returncode != 0
    assert "Hash Sum mismatch" in done.stderr or "size" in done.stderr.lower(), done.stderr


def test_a_machine_installs_from_it(repository, key, machine, tmp_path, version):
    inside = machine.path("/srv/apt")
    shutil.copytree(repository, inside)
    os.chmod(inside, 0o755)
    machine.path("/etc/apt/keyrings").mkdir(exist_ok=True)
    machine.copy(key, "/etc/apt/keyrings")
    machine.path("/etc/apt/sources.list.d/handfast.list").write_text(
        f"deb [signed-by=/etc/apt/keyrings/{key.name}] file:/srv/apt ./\n"
    )
    only = ["-o", "Dir::Etc::sourcelist=sources.list.d/handfast.list",
            "-o", "Dir::Etc::sourceparts=-", "-o", "APT::Get::List-Cleanup=0"]  # fmt: skip
    machine.run("apt-get", *only, "update")
    machine.run("apt-get", "-y", "-q", "--no-install-recommends", "install", f"handfast={version}")
    assert machine.run("systemctl", "is-active", "handfast").stdout == "active\n"
