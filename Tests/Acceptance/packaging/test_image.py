# SPDX-License-Identifier: Apache-2.0
"""script/image makes an image that other programs check, unpack and run, and that holds tight."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import expect
from images import PORT, USER, BubblewrapContainer, Image, RuncContainer, require_root, run, volume
from namespaces import Space
from oauth import CC
from server import BINARY
from wire import Connection

BYTES_MAX = 25_000_000
LABELS = "org.opencontainers.image."
# Swift's own libraries are linked into the release program alone.
RELEASED = "swift" not in run("ldd", BINARY).stdout


@pytest.fixture
def space():
    one = Space()
    yield one
    one.remove()


@pytest.fixture
def container(bundle, tmp_path, space):
    """The image as it is, in a network of its own."""
    return RuncContainer(bundle, volume(tmp_path / "volume"), space)


def test_the_layout_is_whole_and_small(image):
    manifest, configuration = image.manifest, image.configuration
    digests = [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in image.layers]
    assert configuration["rootfs"] == {"type": "layers", "diff_ids": digests}
    blobs = {path.name for path in (image.folder / "blobs/sha256").iterdir()}
    named = [image.descriptor, manifest["config"], *manifest["layers"]]
    assert blobs == {one["digest"].removeprefix("sha256:") for one in named}
    compressed = sum(one["size"] for one in named)
    assert not RELEASED or compressed <= BYTES_MAX, compressed
    assert re.search(rf"handfast {re.escape(image.tag)}, [\d.]+ MB, sha256:", image.said)


def test_the_configuration_is_what_runtimes_go_by(image):
    config = image.configuration["config"]
    assert config["User"] == f"{USER}:{USER}"
    assert config["Entrypoint"] == ["/usr/bin/handfast"]
    assert config["Cmd"] == ["serve", "--listen", f"0.0.0.0:{PORT}"]
    assert (config["StopSignal"], config["Volumes"]) == ("SIGTERM", {"/data": {}})
    assert config["ExposedPorts"] == {f"{PORT}/tcp": {}}
    version = run(BINARY, "--version").stdout.split()[1]
    labels = {name.removeprefix(LABELS): value for name, value in config["Labels"].items()}
    assert labels["version"] == image.tag == version
    assert labels["revision"] == image.revision
    assert labels["licenses"] == "Apache-2.0"
    assert image.manifest["annotations"] == config["Labels"]


def test_folders_user_and_licences_are_there_and_nothing_of_a_distribution_s_tools(image):
    entries = image.entries
    for empty in ("data", "dev", "proc", "tmp"):
        assert entries[empty].isdir()
        assert not [name for name in entries if name.startswith(f"{empty}/")]
    assert (entries["data"].uid, entries["data"].mode) == (USER, 0o700)
    assert {entry.uid for name, entry in entries.items() if name != "data"} == {0}
    assert f"handfast:x:{USER}:{USER}:" in image.content("etc/passwd").decode()
    programs = [name for name, one in entries.items() if one.isfile() and one.mode & 0o111]
    assert sorted(programs) == ["usr/bin/handfast", "usr/lib64/ld-linux-x86-64.so.2"]
    assert not [name for name, entry in entries.items() if entry.mode & 0o6000]
    described = {Path(name).name for name in entries if name.startswith("var/lib/dpkg/status.d/")}
    assert {"libssl3", "libc6", "libsqlite3-0"} <= {name.removesuffix("t64") for name in described}
    for package in described:
        text = image.content(f"var/lib/dpkg/status.d/{package}").decode()
        assert f"Package: {package}\n" in text and "\nVersion: " in text
        assert entries[f"usr/share/doc/{package}/copyright"].size > 0


def test_the_cas_are_those_of_the_package_and_none_of_this_machine(image):
    """A CA that an administrator added here would be trusted wherever the image runs."""
    bundle = image.content("etc/ssl/certs/ca-certificates.crt").decode()
    package = sorted(Path("/usr/share/ca-certificates/mozilla").glob("*.crt"))
    assert len(package) > 100
    assert all(file.read_text().strip() in bundle for file in package)
    assert bundle.count("BEGIN CERTIFICATE") == len(package)


def test_the_same_tree_gives_the_same_image(image, tmp_path):
    """Another time gives another one: test_image_page.py makes it of a tree without commits."""
    run(image.tree / "script/image", "--out", tmp_path / "again")
    assert Image(tmp_path / "again").index == image.index


def test_a_folder_that_is_no_image_is_left_alone(image, tmp_path):
    (tmp_path / "mine").write_text("kept")
    done = run(image.tree / "script/image", "--out", tmp_path, check=False)
    assert done.returncode != 0 and "stays as it is" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("number", [0, 1])
def test_a_layer_that_was_changed_is_refused(image, tmp_path, number):
    """By umoci, and by the check above."""
    require_root()
    folder = tmp_path / "changed"
    shutil.copytree(image.folder, folder)
    changed = Image(folder)
    digest = changed.manifest["layers"][number]["digest"].removeprefix("sha256:")
    blob = folder / "blobs/sha256" / digest
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)
    with pytest.raises(AssertionError, match="was changed"):
        assert changed.layers
    assert changed.unpack(tmp_path / "bundle", check=False).returncode != 0
    assert image.unpack(tmp_path / "good").returncode == 0


class Client:
    """A client that a command inside has registered, and curl on this machine."""

    def __init__(self, container, credential, port=PORT):
        self.container, self.credential, self.port = container, credential, port
        self.server = container.data / "handfast/server.pem"

    def register(self, run_inside):
        # A file of this machine is not there inside; the volume is.
        shown = self.container.data / "client.pem"
        shutil.copy(self.credential.certificate, shown)
        shown.chmod(0o644)
        return run_inside("client", "add", "billing", "--client-id", "billing",
                          "--certificate", "/data/client.pem")  # fmt: skip

    def curl(self, *more):
        return run(
            "curl", "-sS", "--max-time", "10", "--cacert", self.server,
            "--connect-to", f"localhost:{self.port}:{self.container.host}:{self.port}",
            "--cert", self.credential.certificate, "--key", self.credential.key,
            "-d", "grant_type=client_credentials&client_id=billing",
            *more, f"https://localhost:{self.port}/oauth2/token",
        )  # fmt: skip

    def answer(self, *more):
        return json.loads(self.curl(*more).stdout)

    def gets_a_token(self):
        expect.eventually(lambda: self.answer().get("token_type") == "Bearer")


def test_runc_runs_it_and_curl_gets_a_token_from_outside(container, pki):
    with container:
        client = Client(container, pki.self_signed("image", "p256"))
        assert client.answer()["error"] == "invalid_client"
        client.register(container.handfast)
        client.gets_a_token()
        other = Client(container, pki.self_signed("other", "p256"))
        assert other.answer()["error"] == "invalid_client"
        status = container.status
        assert status["Uid"].split() == status["Gid"].split() == [str(USER)] * 4
        assert status["NSpid"].split()[-1] == "1"
        assert {status[f"Cap{kind}"] for kind in ("Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
        assert status["NoNewPrivs"] == "1"
        assert container.stop() == 0
        assert '"message":"stopped"' in container.said


def test_what_is_written_outside_of_the_volume_fails(container):
    """The root is read-only, and its folders are root's besides."""
    with container:
        container.handfast("backup", "/data/good.tar")
        assert (container.data / "good.tar").stat().st_size > 0
        for place in ("/bad.tar", "/etc/bad.tar", "/usr/bin/bad.tar", "/tmp/bad.tar"):
            done = container.handfast("backup", place, check=False)
            assert done.returncode != 0 and "ead-only" in done.stderr, (place, done.stderr)
        # As a root user inside: what a fault of the runtime or a wrong setting would leave.
        name, program = container.name, "/usr/bin/handfast"
        done = run(*container._runc, "exec", "--user", "0:0", name, program, "backup", "/bad.tar",
                   check=False)  # fmt: skip
        assert done.returncode != 0
    files = {path.name for path in container.rootfs.rglob("*.tar*")}
    assert files == set()


def test_a_request_that_is_under_way_is_answered_when_it_is_stopped(container, pki):
    credential = pki.self_signed("image", "p256")
    with container:
        Client(container, credential).register(container.handfast)
        Client(container, credential).gets_a_token()
        body = b"grant_type=client_credentials&client_id=billing"
        with Connection((container.host, PORT), credential) as connection:
            connection.send(
                b"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body) + body[:10]
            )
            run(*container._runc, "kill", container.name, "TERM")
            expect.eventually(lambda: '"message":"draining"' in container.said)
            assert container.process.poll() is None
            connection.send(body[10:])
            expect.token(connection.read())
        assert container.wait() == 0


VOLUMES = [
    # Docker's and Podman's: made like the image's folder.
    (USER, USER, 0o700, True),
    # Kubernetes' with fsGroup.
    (0, USER, 0o2775, True),
    # A folder of this machine's administrator, and of another user.
    (0, 0, 0o755, False),
    (1000, 1000, 0o700, False),
]


@pytest.mark.parametrize(("owner", "group", "mode", "works"), VOLUMES)
def test_volumes_of_other_owners(bundle, tmp_path, owner, group, mode, works):
    """Where the volume can be written the server makes a folder in it, for itself alone."""
    place = volume(tmp_path / "volume", owner, group, mode)
    container = RuncContainer(bundle, place)
    if works:
        with container:
            inside = (place / "handfast").stat()
            assert (inside.st_uid, inside.st_mode & 0o7777) == (USER, 0o700)
            assert container.stop() == 0
        return
    try:
        assert container.start().wait() != 0
        assert "/data/handfast" in container.said and "ermission denied" in container.said
    finally:
        container.clean()


def test_libraries_that_are_loaded_late_are_there(image, tmp_path):
    """libcurl and libpq, which the loader does not see; without them commands say so."""
    check = ["check", "--config", "/data/handfast.yaml"]
    away = ["client", "list", "--store", "postgresql://nobody@127.0.0.1:1/none",
            "--store-key-file", "/data/store.key"]  # fmt: skip
    require_root()
    bundle, place = tmp_path / "bundle", volume(tmp_path / "volume")
    image.unpack(bundle)

    (place / "handfast.yaml").write_text("issuer: https://id.example.com\n")

    def said(arguments):
        container = RuncContainer(bundle, place, arguments=arguments)
        try:
            container.start().wait()
            return container.said
        finally:
            container.clean()

    assert "libcurl" not in said(check)
    assert "libpq" not in (words := said(away)) and "store.key" in words
    for library in ("libcurl.so.4", "libpq.so.5"):
        (bundle / "rootfs/usr/lib/x86_64-linux-gnu" / library).unlink()
    assert "libcurl" in said(check)
    assert "libpq" in said(away)


def test_bubblewrap_runs_it_for_a_user_without_rights(bundle, tmp_path, pki):
    container = BubblewrapContainer(bundle, volume(tmp_path / "volume"))
    with container:
        client = Client(container, pki.self_signed("image", "p256"), container.port)
        assert client.answer()["error"] == "invalid_client"
        status = container.status
        assert status["Uid"].split() == [str(USER)] * 4
        assert {status[f"Cap{kind}"] for kind in ("Prm", "Eff")} == {"0" * 16}
        assert container.stop() == 0
