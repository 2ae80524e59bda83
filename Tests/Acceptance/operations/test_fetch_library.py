# SPDX-License-Identifier: Apache-2.0
"""libcurl is loaded when something is to be fetched; without it nothing else is missing."""

import os
import re
import subprocess

import pytest

import expect
from oauth import CC
from server import BINARY, environment, handfast

# Another file where libcurl is, for one process and what it starts.
WITHOUT = (
    'library=$(ldconfig -p | sed -n "s/.*libcurl\\.so\\.4 .* => //p" | head -n 1)'
    ' && mount --bind /dev/null "$(readlink -f "$library")" && exec "$@"'
)


@pytest.fixture(scope="module")
def without():
    """The beginning of a command that has no libcurl."""
    prefix = ["unshare", "--mount", "--propagation", "private", "bash", "-c", WITHOUT, "bash"]
    if os.geteuid() != 0:
        prefix.insert(1, "--map-root-user")
    if subprocess.run([*prefix, "true"], capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here, not even in a namespace")
    return prefix


def loads_libcurl(pid):
    with open(f"/proc/{pid}/maps") as maps:
        return "/libcurl.so.4" in maps.read()


def run(prefix, *arguments):
    command = [*prefix, str(BINARY), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)


def test_the_program_is_not_linked_to_libcurl():
    read = subprocess.run(["readelf", "-d", BINARY], capture_output=True, text=True, check=True)
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", read.stdout)
    assert any(name.startswith("libssl.so") for name in needed), needed
    assert not [name for name in needed if "curl" in name]


def test_a_server_that_fetches_nothing_does_not_load_it(fresh, pki):
    credential = pki.self_signed("playground2")
    server = fresh()
    client = server.add_client("plain", "--certificate", credential.certificate)
    with server:
        expect.token(server.token({**CC, "client_id": client["client_id"]}, credential))
        assert not loads_libcurl(server.pid)


def test_a_server_that_may_fetch_loads_it_at_the_start(fresh, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("fetch:\n  networks: 192.0.2.0/24\n")
    with fresh(options=["--config", path]) as server:
        assert loads_libcurl(server.pid)
        assert "nothing can be fetched" not in server.log


def test_without_it_check_warns(without, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("reactors: 1\n")
    assert handfast("check", "--config", path).stderr == ""
    done = run(without, "check", "--config", path)
    assert done.returncode == 0 and done.stdout == f"{path}: ok\n", done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith("warning: ") and "jwks_uri" in line
    assert "libcurl.so.4" in line and "install the package libcurl4" in line


def test_without_it_what_must_be_fetched_fails_closed_and_is_named(without, fresh, pki):
    credential = pki.self_signed("playground2")
    server = fresh(prefix=without)
    plain = server.add_client("plain", "--certificate", credential.certificate)
    fetched = server.add_client(
        "fetched", "--auth-method", "self_signed_tls_client_auth",
        "--jwks-uri", "https://keys.example/jwks",
    )  # fmt: skip
    with server:
        expect.logged(server, "nothing can be fetched", "install the package libcurl4")
        expect.token(server.token({**CC, "client_id": plain["client_id"]}, credential))
        refused = server.token({**CC, "client_id": fetched["client_id"]}, credential)
        assert refused.status == 401 and refused.json["error"] == "invalid_client"
        expect.eventually(lambda: server.log.count("libcurl cannot be used") > 1)
        assert server.stop() == 0


def test_without_it_a_hard_list_of_a_url_lets_nobody_in(without, fresh, pki):
    server = fresh(prefix=without)
    credential = pki.issued("behind-a-list")
    clients = {}
    for name, more in {
        "open": [],
        "listed": ["--crl", "http://127.0.0.1:9/list.crl", "--revocation", "hard"],
    }.items():
        roots = ["--ca-certificate", pki.root.certificate]
        server.handfast("trust-set", "add", name, *roots, *more)
        clients[name] = server.add_client(
            name, "--trust-set", name, "--subject-dn", credential.subject
        )  # fmt: skip
    with server:
        expect.token(server.token({**CC, "client_id": clients["open"]["client_id"]}, credential))
        refused = server.token({**CC, "client_id": clients["listed"]["client_id"]}, credential)
        assert refused.status == 401 and refused.json["error"] == "invalid_client"
        expect.logged(server, "libcurl cannot be used")
