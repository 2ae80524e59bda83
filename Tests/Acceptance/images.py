# SPDX-License-Identifier: Apache-2.0
"""Images of script/image: their layout, and containers that run them, by runc and by bubblewrap."""

import functools
import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import tarfile
import threading
import time
from pathlib import Path

import pytest

from owners import let_by
from server import free_port
from trees import copied

USER = 65532
PORT = 9443
MEDIA = "application/vnd.oci.image."


def run(*command, check=True, timeout=600, **more):
    words = list(map(str, command))
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, **more)
    assert not check or done.returncode == 0, f"{words}: {done.returncode}: {done.stderr}"
    return done


def git(tree, *words):
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    return run("git", "-C", tree, *who, *words).stdout.strip()


class Image:
    """An image layout as https://github.com/opencontainers/image-spec has it, read strictly."""

    def __init__(self, folder):
        self.folder = Path(folder)

    @classmethod
    def made(cls, folder):
        """That of a tree which is a copy of ours, and in which the program is built already."""
        tree = copied(folder / "tree")
        git(tree, "init", "--quiet")
        git(tree, "add", "script", "LICENSE")
        git(tree, "commit", "--quiet", "--message", "A tree")
        image = cls(tree / ".build/image")
        image.tree, image.revision = tree, git(tree, "rev-parse", "HEAD")
        image.said = run(tree / "script/image").stdout
        return image

    def blob(self, descriptor):
        """The bytes of a descriptor, whose digest and size must be theirs."""
        algorithm, digest = descriptor["digest"].split(":")
        content = (self.folder / "blobs" / algorithm / digest).read_bytes()
        assert len(content) == descriptor["size"], f"{digest} has another size"
        assert hashlib.new(algorithm, content).hexdigest() == digest, f"{digest} was changed"
        return content

    def document(self, descriptor, kind):
        assert descriptor["mediaType"] == MEDIA + kind
        return json.loads(self.blob(descriptor))

    @property
    def index(self):
        layout = json.loads((self.folder / "oci-layout").read_text())
        assert layout == {"imageLayoutVersion": "1.0.0"}
        return json.loads((self.folder / "index.json").read_text())

    @property
    def descriptor(self):
        (only,) = self.index["manifests"]
        assert only["platform"] == {"architecture": "amd64", "os": "linux"}
        return only

    @property
    def tag(self):
        return self.descriptor["annotations"]["org.opencontainers.image.ref.name"]

    @property
    def manifest(self):
        return self.document(self.descriptor, "manifest.v1+json")

    @property
    def configuration(self):
        return self.document(self.manifest["config"], "config.v1+json")

    @functools.cached_property
    def layers(self):
        """The archives, as they are unpacked; read once."""
        found = []
        for descriptor in self.manifest["layers"]:
            assert descriptor["mediaType"] == MEDIA + "layer.v1.tar+gzip"
            found.append(gzip.decompress(self.blob(descriptor)))
        return found

    @functools.cached_property
    def files(self):
        """What is in the layers, by its path: its entry, and its content where it is a file."""
        found = {}
        for layer in self.layers:
            with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
                for entry in archive:
                    file = archive.extractfile(entry) if entry.isfile() else None
                    found[entry.name] = (entry, file.read() if file else None)
        return found

    @property
    def entries(self):
        return {path: entry for path, (entry, _) in self.files.items()}

    def content(self, path):
        return self.files[path][1]

    def unpack(self, folder, check=True):
        """Has umoci check and unpack it, and write a configuration for runtimes from it."""
        return run("umoci", "unpack", "--image", f"{self.folder}:{self.tag}", folder, check=check)


class Container:
    """A process in a container, ended by its own identifier. `lines` is all that it says."""

    def __init__(self, bundle, data):
        self.bundle, self.data = Path(bundle), Path(data)
        self.configuration = json.loads((self.bundle / "config.json").read_text())
        self.rootfs = self.bundle / self.configuration["root"]["path"]
        self.lines = []

    def _begin(self, command, **more):
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, **more,
        )  # fmt: skip
        self.reader = threading.Thread(target=self._collect, daemon=True)
        self.reader.start()
        return self

    def _collect(self):
        self.lines.extend(line.rstrip("\n") for line in self.process.stdout)

    @property
    def said(self):
        return "\n".join(self.lines)

    def listening(self, timeout=30):
        limit = time.monotonic() + timeout
        while "listening on " not in self.said:
            assert self.process.poll() is None and time.monotonic() < limit, self.said
            time.sleep(0.02)
        return self

    @property
    def status(self):
        """What the kernel says of the process inside."""
        lines = Path(f"/proc/{self.inside}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def wait(self, timeout=30):
        code = self.process.wait(timeout)
        self.reader.join(5)
        return code

    def __enter__(self):
        return self.start().listening()

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.kill(self.inside, signal.SIGKILL)
            self.wait()
        self.clean()

    def clean(self):
        pass


class RuncContainer(Container):
    """By runc as root, as Kubernetes and Podman run it: no capability, a root that is read-only."""

    def __init__(self, bundle, data, space=None, arguments=None):
        super().__init__(bundle, data)
        self.name = f"handfast-{os.getpid()}-{free_port()}"
        self.states = self.bundle / "states"
        process = self.configuration["process"]
        process["terminal"] = False
        process["capabilities"] = {kind: [] for kind in process["capabilities"]}
        if arguments:
            process["args"] = [process["args"][0], *arguments]
        self.configuration["root"]["readonly"] = True
        places = self.configuration["linux"]["namespaces"]
        (network,) = [one for one in places if one["type"] == "network"]
        if space:
            network["path"] = f"/var/run/netns/{space.name}"
        mounts = self.configuration["mounts"]
        mounts[:] = [one for one in mounts if one["destination"] not in ("/data", "/sys/fs/cgroup")]
        self.mount("/data", data, "rw")
        self.host = space.clients.remote if space else None

    def mount(self, place, source, mode):
        self.configuration["mounts"].append(
            {
                "destination": place, "type": "bind", "source": str(source),
                "options": ["bind", mode, "nosuid", "nodev", "noexec"],
            }  # fmt: skip
        )

    def start(self):
        (self.bundle / "config.json").write_text(json.dumps(self.configuration))
        return self._begin([*self._runc, "run", "--bundle", self.bundle, self.name])

    @property
    def _runc(self):
        return ["runc", "--root", self.states]

    @property
    def inside(self):
        return json.loads(run(*self._runc, "state", self.name).stdout)["pid"]

    def handfast(self, *arguments, check=True):
        """A command of the program inside, as `kubectl exec` and `podman exec` run it."""
        program = self.configuration["process"]["args"][0]
        return run(*self._runc, "exec", self.name, program, *arguments, check=check)

    def stop(self):
        run(*self._runc, "kill", self.name, "TERM")
        return self.wait()

    def clean(self):
        run(*self._runc, "delete", "--force", self.name, check=False)


class BubblewrapContainer(Container):
    """By bubblewrap as an ordinary user, in the network of this machine."""

    def __init__(self, bundle, data, arguments=(), variables=None):
        super().__init__(bundle, data)
        let_by(self.rootfs)
        self.variables = variables or {}
        self.port = free_port()
        self.host = "127.0.0.1"
        self.arguments = arguments

    def command(self, arguments):
        process = self.configuration["process"]
        variables = {**dict(one.split("=", 1) for one in process["env"]), **self.variables}
        variables = [word for one in variables.items() for word in ("--setenv", *one)]
        return [
            "setpriv", "--reuid", USER, "--regid", USER, "--clear-groups",
            "bwrap", "--unshare-all", "--share-net", "--die-with-parent", "--as-pid-1",
            "--ro-bind", self.rootfs, "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
            "--bind", self.data, "/data", "--clearenv", *variables,
            "--info-fd", self.writing, process["args"][0], *arguments,
        ]  # fmt: skip

    def start(self):
        reading, self.writing = os.pipe()
        listen = ["serve", "--listen", f"127.0.0.1:{self.port}"]
        self._begin(self.command(self.arguments or listen), pass_fds=[self.writing])
        os.close(self.writing)
        with os.fdopen(reading) as told:
            self.inside = json.loads(told.read())["child-pid"]
        return self

    def stop(self):
        os.kill(self.inside, signal.SIGTERM)
        return self.wait()


def require_root():
    """Containers with a user of their own are root's to make; CI is root."""
    if os.geteuid() != 0:
        pytest.skip("running containers needs root here")


def volume(folder, owner=USER, group=USER, mode=0o700):
    """A volume as an orchestrator makes it."""
    folder.mkdir(parents=True)
    os.chown(folder, owner, group)
    folder.chmod(mode)
    let_by(folder.parent)
    return folder
