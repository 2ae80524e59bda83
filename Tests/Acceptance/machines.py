# SPDX-License-Identifier: Apache-2.0
"""Throw-away Debians: a root whose changes are forgotten, with systemd as its first process."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import expect

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MIRROR = "http://deb.debian.org/debian"

# A cgroup of its own, for what systemd makes there is to end with it.
CGROUP = """
set -eu
mkdir -p "$1/cgroups"
mount -t cgroup2 cgroup2 "$1/cgroups"
mkdir "$1/cgroups/$3"
echo $$ >"$1/cgroups/$3/cgroup.procs"
exec unshare --pid --fork --kill-child --uts --ipc --net --cgroup \
    --mount --propagation private bash -c "$4" - "$1" "$2"
"""
BOOT = """
set -eu
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
cd "$1/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for folder in run tmp dev; do mount -t tmpfs tmpfs "$folder"; done
chmod 1777 tmp
mkdir dev/pts dev/shm
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs dev/shm
# Packages may start their services.
rm -f usr/sbin/policy-rc.d
# The index of man pages takes longer than all else of an installation.
rm -f var/lib/man-db/auto-update
exec env -i container=handfast PATH="$3" chroot . /lib/systemd/systemd \
    --system --unit=basic.target --log-target=null --show-status=no
"""

# The last processes may still be ending.
SWEEP = """
mount -t cgroup2 cgroup2 "$1" || exit
for attempt in {1..50}; do
    find "$1/$2" -depth -type d -exec rmdir {} + 2>/dev/null
    [[ -d $1/$2 ]] || break
    sleep 0.1
done
"""


class Machine:
    """A Debian over the root of another one, on tmpfs: nothing that is done in it stays.

    It has its own processes, network (loopback alone), mounts and cgroup. A context manager.
    """

    def __init__(self, folder, base="/"):
        self.folder, self.base = Path(folder), base
        self.name = f"handfast-{os.getpid()}-{time.monotonic_ns()}"
        self.process = None

    def __enter__(self):
        self.folder.mkdir(parents=True)
        words = self.folder / "words"
        with words.open("wb") as output:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "bash", "-c", CGROUP, "-",
                 self.folder, self.base, self.name, BOOT.replace("$3", PATH)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            expect.eventually(self._has_booted, 60)
        except AssertionError:
            self.end()
            pytest.skip(f"this machine boots no systemd in namespaces: {words.read_text()}")
        self.run("ip", "link", "set", "lo", "up", root=False)
        return self

    def __exit__(self, *_):
        self.end()

    def _has_booted(self):
        assert self.process.poll() is None
        first = self.first
        try:
            name = Path(f"/proc/{first}/comm").read_text() if first else None
        except (FileNotFoundError, ProcessLookupError):
            # The process that was first until now has made way.
            return False
        if name != "systemd\n":
            return False
        done = self.run("systemctl", "is-active", "basic.target", check=False)
        return done.stdout == "active\n"

    @property
    def first(self):
        """The process identifier of its systemd, outside; 0 while there is none."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int((children.read_text().split() or ["0"])[0])

    def run(self, *command, user=None, root=True, check=True, timeout=120, text_input=None):
        """Runs a command in it; with `root` False, a program of this machine in its network."""
        into = ["-n"] if not root else ["-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w"]
        as_user = ["runuser", "-u", user, "--"] if user else []
        settings = [f"PATH={PATH}", "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        done = subprocess.run(
            ["nsenter", "-t", str(self.first), *into, "env", "-i", *settings, *as_user,
             *map(str, command)],
            capture_output=True, text=True, timeout=timeout, input=text_input or "",
        )  # fmt: skip
        if check:
            assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
        return done

    def path(self, path):
        """The path by which this machine sees a file of it."""
        return Path(f"/proc/{self.first}/root") / str(path).lstrip("/")

    def copy(self, file, folder="/root"):
        """Copies a file into it; returns its path there."""
        shutil.copy(file, self.path(folder))
        return f"{folder}/{Path(file).name}"

    def end(self):
        """Ends its first process, and so all; its mounts go with it, its cgroups by hand."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "bash", "-c", SWEEP, "-",
             self.folder / "cgroups", self.name],
            capture_output=True,
        )  # fmt: skip


def bare(suite, folder):
    """A root of Debian with systemd, which debootstrap makes in a minute, or has made before."""
    root = Path(folder) / suite
    if not (root / "made").exists():
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run(
            ["debootstrap", "--variant=minbase", "--include=systemd", suite, root, MIRROR],
            check=True, stdout=subprocess.DEVNULL, timeout=600,
        )  # fmt: skip
        (root / "made").touch()
    return root


def fetched(root, package):
    """Has apt fetch what a package needs into a root, for a machine without a network."""
    inside = root / "root" / Path(package).name
    shutil.copy(package, inside)
    command = f"apt-get update -qq && apt-get install -qq --download-only /root/{inside.name}"
    done = subprocess.run(
        ["chroot", root, "bash", "-c", command], capture_output=True, text=True, timeout=300,
        env={"PATH": PATH, "DEBIAN_FRONTEND": "noninteractive"},
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout, done.stderr)
    return root
