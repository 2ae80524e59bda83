# SPDX-License-Identifier: Apache-2.0
"""`script/package`, and Debian packages taken apart and put together again."""

import os
import subprocess

from server import ROOT


def script_package(into, *options, check=True, **env):
    """Runs script/package in the tree, which compresses little; returns what it said."""
    done = subprocess.run(
        [ROOT / "script/package", "--into", into, *options],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, "DPKG_DEB_COMPRESSOR_LEVEL": "1", **env},
    )  # fmt: skip
    if check:
        assert done.returncode == 0, (done.stdout, done.stderr)
    return done


def unpacked(package, folder):
    """The contents of a package, and in DEBIAN its control files."""
    subprocess.run(["dpkg-deb", "--raw-extract", package, folder], check=True)
    return folder


def packed(folder, package):
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "-z0", "--build", folder, package],
        check=True, capture_output=True,
    )  # fmt: skip
    return package


def fields(package):
    """The fields of a package's control file that have one line."""
    shown = subprocess.run(["dpkg-deb", "-f", package], capture_output=True, text=True, check=True)
    return dict(line.split(": ", 1) for line in shown.stdout.splitlines() if line[0] != " ")


class Keys:
    """A home of gpg with keys without passphrases."""

    def __init__(self, home):
        self.home = home
        home.mkdir(mode=0o700)

    def gpg(self, *words):
        return subprocess.run(
            ["gpg", "--homedir", self.home, "--batch", "--yes", *words],
            check=True, capture_output=True,
        ).stdout  # fmt: skip

    def make(self, name):
        """The file of a new key's public half, as `signed-by` takes it."""
        self.gpg("--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never")
        file = self.home / f"{name}.gpg"
        file.write_bytes(self.gpg("--export", name))
        return file

    def end(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], check=True)
