# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/console.md, run as printed beside a running server."""

import re
import signal
import subprocess
import urllib.error
import urllib.request

from server import free_port

PAGE = "Documentation/console.md"


def opened(page, command):
    """Runs the command, opens its link, and ends it as Ctrl-C does; the link's port."""
    console = subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=page.folder, env=page.env, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        link = console.stdout.readline().strip()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/open\?ticket=[\w-]{43}", link)
        with urllib.request.urlopen(link, timeout=10) as answer:
            assert answer.status == 200 and "HttpOnly" in answer.headers["Set-Cookie"]
        try:
            urllib.request.urlopen(link, timeout=10)
            raise AssertionError("the link has opened twice")
        except urllib.error.HTTPError as error:
            assert error.code == 403
        console.send_signal(signal.SIGINT)
        assert console.wait(10) == 0
        return int(found[1])
    finally:
        console.kill()
        console.wait()
        console.stdout.close()


def test_the_page_from_its_beginning_to_its_end(walk, server):
    page = walk(PAGE, port=server.port)
    (page.folder / "data").symlink_to(server.data)
    here, elsewhere = page.take("Open it")
    opened(page, here)
    tunnel, _, command = elsewhere.partition(" HOST ")
    assert tunnel == "ssh -t -L 9445:127.0.0.1:9445" and command.endswith(" --port 9445\n")
    port = free_port()
    assert opened(page, command.replace("9445", str(port))) == port
