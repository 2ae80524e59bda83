# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/resource-servers.md."""

import subprocess

from server import ROOT, Server

PAGE = "Documentation/resource-servers.md"


def test_published_keys_become_files_that_openssl_reads(walk, serving, tmp_path):
    page = walk(PAGE, **serving)
    with Server(tmp_path / "data", port=serving["port"]) as server:
        server.handfast("certificate", "export", "--out", page.folder / "handfast.pem")
        program = ROOT / "Examples/resource-servers/jwk_set_to_pem.py"
        (page.folder / program.name).symlink_to(program)
        page.run("HAProxy")
        names = sorted(path.name for path in page.folder.glob("handfast-*.pem"))
        assert names == ["handfast-1.pem", "handfast-2.pem", "handfast-3.pem"]
        for name in names:
            shown = subprocess.run(
                ["openssl", "pkey", "-pubin", "-in", page.folder / name, "-noout", "-text"],
                capture_output=True, text=True, check=True,
            ).stdout  # fmt: skip
            assert "prime256v1" in shown
        # The twin: a server that is none of ours gives no keys.
        page.shell("openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out o.pem -subj /CN=x")
        page.shell(
            "curl --fail --silent --cacert o.pem https://localhost:9443/oauth2/jwks", status=60
        )
