# SPDX-License-Identifier: Apache-2.0
"""Writes a program and the libraries that it needs as an OCI image layout; script/image calls it.

https://github.com/opencontainers/image-spec: image-layout.md, manifest.md, config.md, layer.md.
The same program on the same packages gives the same bytes: entries are sorted and belong to root,
times are SOURCE_DATE_EPOCH.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

USER = 65532
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
TRIPLE = "x86_64-linux-gnu"
LIBRARIES = f"usr/lib/{TRIPLE}"
INTERPRETER = "usr/lib64/ld-linux-x86-64.so.2"
# Opened by dlopen when they are needed, so that ldd does not name them.
LOADED = [f"/usr/lib/{TRIPLE}/libcurl.so.4", f"/usr/lib/{TRIPLE}/libpq.so.5"]
# OpenSSL's module for the ciphers of old keystores; a package of its own in Debian 13.
LEGACY = f"/usr/lib/{TRIPLE}/ossl-modules/legacy.so"
# The package's CAs, and not /etc/ssl/certs, which has those of this machine's owner too.
AUTHORITIES = Path("/usr/share/ca-certificates/mozilla")
TEXTS = {
    "etc/passwd": "root:x:0:0:root:/:/sbin/nologin\n"
    f"handfast:x:{USER}:{USER}:Handfast:/data:/sbin/nologin\n",
    "etc/group": f"root:x:0:\nhandfast:x:{USER}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    # Runtimes mount theirs over these.
    "etc/hostname": "",
    "etc/resolv.conf": "",
}
LINKS = {"lib": "usr/lib", "lib64": "usr/lib64", "etc/os-release": "../usr/lib/os-release"}
MODES = {"data": 0o700, "tmp": 0o1777}
FOLDERS = ["data", "dev", "etc/handfast", "proc", "sys", "tmp", "run"]


def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Layer:
    """The files of one layer, by their paths without the leading slash."""

    def __init__(self):
        self.files = {}
        self.links = {}
        self.folders = set()

    def add(self, path, content, mode=0o644):
        self.files[path] = (content, mode)

    def tar(self):
        """The bytes of the archive: parents first, everything in the order of its name."""
        folders = set(self.folders)
        for path in [*self.files, *self.links, *self.folders]:
            folders |= {str(parent) for parent in Path(path).parents} - {"."}
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for path in sorted({*folders, *self.files, *self.links}):
                entry = tarfile.TarInfo(path)
                entry.mtime, entry.uname, entry.gname = EPOCH, "", ""
                content = b""
                if path in folders:
                    entry.type, entry.mode = tarfile.DIRTYPE, MODES.get(path, 0o755)
                    entry.uid = entry.gid = USER if path == "data" else 0
                elif path in self.links:
                    entry.type, entry.linkname, entry.mode = (
                        tarfile.SYMTYPE, self.links[path], 0o777
                    )  # fmt: skip
                else:
                    content, entry.mode = self.files[path]
                    entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        return out.getvalue()


def needed(file):
    """The libraries that the loader finds for a file: from the name asked for to the path."""
    text = said("ldd", file)
    if missing := re.findall(r"^\s*(\S+) => not found", text, re.M):
        raise SystemExit(f"{file} needs {', '.join(missing)}, which this machine does not have")
    return dict(re.findall(r"^\s*(\S+) => (/\S+)", text, re.M))


def packages_of(paths):
    """The Debian packages that the files are of, under either name of a merged /usr."""
    names = set()
    for path in paths:
        for name in (path, os.path.realpath(path)):
            plain = name.removeprefix("/usr")
            names |= {plain, f"/usr{plain}"}
    done = subprocess.run(
        ["dpkg-query", "-S", *sorted(names)], capture_output=True, text=True
    )  # fmt: skip
    return set(re.findall(r"^([^\s:]+)(?::\w+)?: /", done.stdout, re.M))


def add_package(layer, package):
    """Its licence, and its entry where scanners of images look for packages of such an image."""
    folder = Path(f"/usr/share/doc/{package}/copyright")
    layer.add(str(folder)[1:], folder.resolve().read_bytes())
    layer.add(f"var/lib/dpkg/status.d/{package}", said("dpkg-query", "-s", package).encode())


def system_layer(program):
    """What is of Debian: libraries, CAs, their licences; and the folders and the user."""
    layer = Layer()
    libraries = needed(program)
    for path in [*LOADED, *([LEGACY] if os.path.exists(LEGACY) else [])]:
        libraries |= needed(path)
        libraries[path.removeprefix(f"/usr/lib/{TRIPLE}/")] = path
    for name, path in libraries.items():
        layer.add(f"{LIBRARIES}/{name}", Path(path).read_bytes())
    layer.add(INTERPRETER, Path(f"/{INTERPRETER}").read_bytes(), 0o755)
    authorities = sorted(AUTHORITIES.glob("*.crt"))
    bundle = "".join(file.read_text().rstrip("\n") + "\n" for file in authorities)
    layer.add("etc/ssl/certs/ca-certificates.crt", bundle.encode())
    layer.add("usr/lib/os-release", Path("/usr/lib/os-release").read_bytes())
    for path, text in TEXTS.items():
        layer.add(path, text.encode())
    layer.links = dict(LINKS)
    layer.folders = set(FOLDERS)
    for package in sorted({*packages_of(libraries.values()), "ca-certificates", "base-files"}):
        add_package(layer, package)
    return layer


def program_layer(program):
    """The program without its symbols, and the licence."""
    layer = Layer()
    with tempfile.TemporaryDirectory() as folder:
        stripped = f"{folder}/handfast"
        subprocess.run(["strip", "-o", stripped, program], check=True)
        layer.add("usr/bin/handfast", Path(stripped).read_bytes(), 0o755)
    layer.add("usr/share/doc/handfast/copyright", Path("LICENSE").read_bytes())
    return layer


class Layout:
    """The folder: blobs by their digests, and the index that names the manifest."""

    def __init__(self, folder):
        self.folder = Path(folder)
        if self.folder.exists() and not (self.folder / "oci-layout").is_file():
            if not self.folder.is_dir() or any(self.folder.iterdir()):
                raise SystemExit(f"{folder} is there and is no image layout; it stays as it is")
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "blobs/sha256").mkdir(parents=True)

    def blob(self, kind, content, **more):
        """Writes a blob; returns its descriptor."""
        digest = hashlib.sha256(content).hexdigest()
        (self.folder / "blobs/sha256" / digest).write_bytes(content)
        media = f"application/vnd.oci.image.{kind}"
        return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(content), **more}

    def document(self, kind, value, **more):
        return self.blob(kind, json.dumps(value, sort_keys=True).encode(), **more)

    def close(self, manifest):
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json"}
        index["manifests"] = [manifest]
        (self.folder / "index.json").write_text(json.dumps(index, sort_keys=True))
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def labels(version, revision):
    """https://github.com/opencontainers/image-spec/blob/main/annotations.md"""
    known = {
        "title": "handfast",
        "description": "OAuth 2.0 token endpoint for clients with mutual TLS (RFC 8705)",
        "licenses": "Apache-2.0",
        "version": version,
        "revision": revision,
        "created": moment(),
    }
    return {f"org.opencontainers.image.{name}": value for name, value in known.items() if value}


def moment():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH))


def configuration(tars, made):
    platform_of = {"architecture": "amd64", "os": "linux"}
    digests = [f"sha256:{hashlib.sha256(tar).hexdigest()}" for tar in tars]
    config = {
        "User": f"{USER}:{USER}",
        "Entrypoint": ["/usr/bin/handfast"],
        "Cmd": ["serve", "--listen", "0.0.0.0:9443"],
        # A volume's own folder may belong to root; the server makes this one for itself alone.
        "Env": [
            "PATH=/usr/bin",
            "HANDFAST_DATA=/data/handfast",
            # A crash report prints memory, in which keys are.
            "SWIFT_BACKTRACE=enable=no",
        ],
        "ExposedPorts": {"9443/tcp": {}},
        "Volumes": {"/data": {}},
        "WorkingDir": "/",
        "StopSignal": "SIGTERM",
        "Labels": made,
    }
    history = [
        {"created": moment(), "created_by": f"script/image: {what}"}
        for what in ("Debian's libraries", "handfast")
    ]
    return {
        "created": moment(), **platform_of, "config": config, "history": history,
        "rootfs": {"type": "layers", "diff_ids": digests},
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--revision", default="")
    parser.add_argument("--out", required=True)
    given = parser.parse_args()
    if platform.machine() != "x86_64":
        raise SystemExit(f"images are made on x86_64 only; this is {platform.machine()}")
    version = said(given.program, "--version").split()[1]
    made = labels(version, given.revision)
    layout = Layout(given.out)
    tars = [system_layer(given.program).tar(), program_layer(given.program).tar()]
    layers = [
        layout.blob("layer.v1.tar+gzip", gzip.compress(tar, 6, mtime=EPOCH)) for tar in tars
    ]  # fmt: skip
    config = layout.document("config.v1+json", configuration(tars, made))
    manifest = layout.document(
        "manifest.v1+json",
        {
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config, "layers": layers, "annotations": made,
        },
        platform={"architecture": "amd64", "os": "linux"},
        annotations={"org.opencontainers.image.ref.name": version},
    )  # fmt: skip
    layout.close(manifest)
    compressed = sum(layer["size"] for layer in layers)
    print(f"{given.out}: handfast {version}, {compressed / 1e6:.1f} MB, {manifest['digest']}")


if __name__ == "__main__":
    main()
