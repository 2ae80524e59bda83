# SPDX-License-Identifier: Apache-2.0
"""Parts of the Debian package, and what lintian, systemd-analyze and SPDX's own tools say of it."""

import json
import os
import re
import shutil
import subprocess


from packages import fields, packed, script_package, unpacked
from releases import with_packages
from server import BINARY, ROOT, handfast

UNIT = "lib/systemd/system/handfast.service"


def unit_of(contents):
    """The unit's file; newer releases of debhelper put it into /usr/lib."""
    (found,) = [one for one in (contents / UNIT, contents / "usr" / UNIT) if one.exists()]
    return found


def lintian(package, *options):
    return subprocess.run(
        ["lintian", "--fail-on", "error,warning", *options, package],
        capture_output=True, text=True,
    )  # fmt: skip


def test_the_package_has_program_pages_completions_and_one_conffile(contents):
    files = {str(one.relative_to(contents)) for one in contents.rglob("*") if one.is_file()}
    pages = {f"usr/share/man/man1/{one.name}.gz" for one in ROOT.glob("Documentation/man/*.1")}
    assert len(pages) > 40
    documents = {"CHANGELOG.md.gz", "changelog.gz", "copyright", "examples/handfast.example.yaml"}
    assert {one for one in files if not one.startswith("DEBIAN/")} == pages | {
        "usr/bin/handfast", "etc/handfast/handfast.yaml", "usr/lib/sysusers.d/handfast.conf",
        str(unit_of(contents).relative_to(contents)), "usr/share/lintian/overrides/handfast",
        "usr/share/bash-completion/completions/handfast",
        "usr/share/zsh/vendor-completions/_handfast",
        "usr/share/fish/vendor_completions.d/handfast.fish",
        *(f"usr/share/doc/handfast/{one}" for one in documents),
    }  # fmt: skip
    assert (contents / "DEBIAN/conffiles").read_text() == "/etc/handfast/handfast.yaml\n"
    example = contents / "usr/share/doc/handfast/examples/handfast.example.yaml"
    assert example.read_bytes() == (ROOT / "handfast.example.yaml").read_bytes()


def test_the_program_is_the_one_under_test_without_its_symbols(contents):
    program = contents / "usr/bin/handfast"
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout == handfast("--version").stdout
    assert program.stat().st_size < BINARY.stat().st_size
    listed = subprocess.run(["nm", program], capture_output=True, text=True)
    assert "no symbols" in listed.stderr and not listed.stdout


def test_the_configuration_is_short_and_good(contents, tmp_path):
    text = (contents / "etc/handfast/handfast.yaml").read_text()
    assert text.count("\n") <= 10
    (tmp_path / "handfast.yaml").write_text(text)
    checked = handfast("check", "--verbose", "--config", tmp_path / "handfast.yaml")
    assert "127.0.0.1:9443" in checked.stdout and "/var/lib/handfast" in checked.stdout
    (tmp_path / "handfast.yaml").write_text(text + "unknown: 1\n")
    refused = handfast("check", "--config", tmp_path / "handfast.yaml", check=False)
    assert refused.returncode == 1


@with_packages
def test_lintian_finds_nothing_and_each_override_has_its_reason(package, contents, tmp_path):
    done = lintian(package)
    assert done.returncode == 0, done.stdout
    overrides = (contents / "usr/share/lintian/overrides/handfast").read_text()
    assert re.match(r"# SPDX[^\n]*\n(# [^\n]+\n(handfast: [^\n]+\n)+)+\Z", overrides), overrides
    # The twin has no copyright and an open file; without what takes lintian longest.
    folder = unpacked(package, tmp_path / "worse")
    (folder / "usr/bin/handfast").unlink()
    shutil.rmtree(folder / "usr/share/man")
    (folder / "usr/share/doc/handfast/copyright").unlink()
    (folder / "etc/handfast/handfast.yaml").chmod(0o666)
    worse = lintian(packed(folder, tmp_path / "handfast_1_amd64.deb"))
    assert worse.returncode != 0
    assert "no-copyright-file" in worse.stdout and "non-standard-file-perm" in worse.stdout


def test_the_unit_is_exposed_little(contents, tmp_path):
    """`systemd-analyze` of this machine; test_package_life.py has that of each Debian."""
    unit = tmp_path / "handfast.service"
    judge = ["systemd-analyze", "security", "--offline=yes", "--threshold=16", unit]
    unit.write_text(unit_of(contents).read_text())
    judged = subprocess.run(judge, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout
    # The twin: all system calls.
    unit.write_text(re.sub(r"SystemCallFilter=.*\n", "", unit.read_text()))
    assert subprocess.run(judge, capture_output=True).returncode == 1


def test_the_package_depends_on_what_the_program_links(package):
    """Debian 13 provides libssl3 by libssl3t64; test_package_life.py installs it there."""
    needed = subprocess.run(["readelf", "-d", BINARY], capture_output=True, text=True).stdout
    libraries = set(re.findall(r"\[(lib\w+(?:\+\+)?)", needed)) - {"libm", "libgcc_s", "libc"}
    shown = fields(package)
    depends = shown["Depends"]
    known = {"libssl": "libssl3", "libcrypto": "libssl3", "libsqlite3": "libsqlite3-0",
             "libyaml": "libyaml-0-2", "libargon2": "libargon2-1", "libjemalloc": "libjemalloc2",
             "libstdc++": "libstdc++6"}  # fmt: skip
    assert len(libraries) > 5 and [one for one in libraries if known[one] not in depends] == []
    assert "libcurl4" in shown["Recommends"] and "libpq5" in shown["Suggests"]
    assert shown["Architecture"] == "amd64"


def test_a_moment_and_a_commit_stand_in_the_version(package):
    """Below the version that is not released, and growing with the commits."""
    version = fields(package)["Version"]
    program = handfast("--version").stdout.split()[1]
    assert re.fullmatch(rf"{re.escape(program)}[~+]git\d{{14}}\.[0-9a-f]{{8}}(\.changed)?", version)

    def is_below(one, other):
        return subprocess.run(["dpkg", "--compare-versions", one, "lt", other]).returncode == 0

    if "~" in version:
        assert is_below(version, program) and not is_below(program, version)
    assert is_below(re.sub(r"git\d", "git1", version), version)


def test_a_version_or_an_option_that_is_none_is_refused(tmp_path):
    for options in (["--version", "new"], ["--sign", "KEY"], ["--other"], ["--into"]):
        assert script_package(tmp_path / "into", *options, check=False).returncode == 2
    assert not (tmp_path / "into").exists()


def test_the_checksums_are_right(made, package, tmp_path):
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=made).returncode == 0
    assert (made / "SHA256SUMS").read_text().count("\n") == 2
    folder = shutil.copytree(made, tmp_path / "changed")
    with (folder / package.name).open("ab") as file:
        file.write(b"\0")
    assert subprocess.run(check, cwd=folder, capture_output=True).returncode == 1


def spdx(file):
    """What SPDX's own tools say of a document."""
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    document = parse_file(str(file))
    return document, validate_full_spdx_document(document, "SPDX-2.3")


def test_the_bill_of_materials_is_valid_and_complete(made, package, tmp_path):
    (file,) = made.glob("*.spdx.json")
    document, findings = spdx(file)
    assert findings == []
    versions = {one.name: one.version for one in document.packages}
    assert versions["handfast"] == fields(package)["Version"]
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    pinned = {pin["identity"]: pin["state"]["version"] for pin in pins}
    for name in ("swift-argument-parser", "swift-log"):
        assert versions[name] == pinned[name]
    # Of Benchmarks alone.
    assert "hdrhistogram-swift" in pinned and "hdrhistogram-swift" not in versions
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?", versions["swift"])
    form = ["dpkg-query", "-W", "-f", "${Version}"]
    libraries = [one for one in versions if one.startswith("lib")]
    assert {"libsqlite3-0", "libyaml-0-2", "libjemalloc2", "libcurl4"} <= set(
        one.removesuffix("t64") for one in libraries
    )
    for name in libraries:
        known = subprocess.run([*form, f"{name}:amd64"], capture_output=True, text=True).stdout
        assert known == versions[name], name
    # The twin: a relation to something that is not there.
    worse = json.loads(file.read_text())
    worse["relationships"][0]["relatedSpdxElement"] = "SPDXRef-absent"
    (tmp_path / "worse.spdx.json").write_text(json.dumps(worse))
    assert spdx(tmp_path / "worse.spdx.json")[1]


@with_packages
def test_two_packages_of_one_program_are_the_same_bytes(made, package, tmp_path):
    """Another folder, another time, other moments of the tree's files, another mask."""
    tree = tmp_path / "elsewhere"
    tree.mkdir()
    names = ["Packaging", "Documentation", "script", "CHANGELOG.md", "handfast.example.yaml",
             "Package.resolved"]  # fmt: skip
    for name in names:
        # Without metadata: the files get moments of their own.
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, tree / name)
    for path in tree.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    moment = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    done = subprocess.run(
        ["bash", "-c", 'umask 077; exec script/package "$@"', "-", "--into", tmp_path / "again",
         "--program", BINARY, "--version", fields(package)["Version"]],
        cwd=tree, capture_output=True, text=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", moment)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for file in made.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name
