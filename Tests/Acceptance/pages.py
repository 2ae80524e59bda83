# SPDX-License-Identifier: Apache-2.0
"""Pages of the manual: their blocks, and a walk that runs their commands as they are printed."""

import os
import re
import signal
import subprocess
from dataclasses import dataclass

import expect
from server import BINARY, ROOT, environment

BLOCK = re.compile(
    r"^#+ (?P<heading>[^\n]+)$|^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)

# Commands that no test runs as they are printed: why, and what is run instead.
NOT_RUN = {
    ("README.md", "script/test"): "it runs these tests; `script/test --on` runs it in a bare root",
    (
        "Documentation/first-token.md",
        "script/install",
    ): "it writes to /usr/local; test_readme.py runs it with another --prefix",
    (
        "Documentation/performance.md",
        "swift run -c release Benchmarks",
    ): "it builds for minutes; test_benchmarks.py runs the program, test_readme.py asks for it",
}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, and the heading that it stands under."""

    heading: str
    language: str
    text: str


def blocks(page, language=None):
    """The blocks of a page in their order, all or those of one language."""
    heading, found = "", []
    for match in BLOCK.finditer((ROOT / page).read_text()):
        if match["heading"]:
            heading = match["heading"]
        elif language in (None, match["language"]):
            found.append(Block(heading, match["language"], match["text"]))
    return found


def block(page, language, heading):
    """The one block of a language under a heading."""
    (found,) = [one for one in blocks(page, language) if one.heading == heading]
    return found.text


class Walk:
    """Runs the commands of a page in a folder, under one heading after the other.

    `handfast` is the program under test. curl finds it on the port that the pages print, and
    apt-get installs nothing.
    """

    def __init__(self, page, folder, port=None, **env):
        self.folder = folder
        self.left = [
            one for one in blocks(page, "sh") if (page, one.text.strip()) not in NOT_RUN
        ]
        self.started = []
        tools = folder / ".tools"
        tools.mkdir(parents=True)
        (tools / "handfast").symlink_to(BINARY)
        (tools / "apt-get").write_text("#!/bin/sh\necho 'a package is missing' >&2\nexit 1\n")
        (tools / "apt-get").chmod(0o755)
        (tools / ".curlrc").write_text(f'connect-to = "localhost:9443:127.0.0.1:{port or 9443}"\n')
        self.env = environment(
            PATH=f"{tools}:{os.environ['PATH']}", CURL_HOME=str(tools),
            **{name: str(value) for name, value in env.items()},
        )  # fmt: skip

    def take(self, heading):
        """The blocks under a heading, which are then no longer left; there must be one."""
        taken = [one.text for one in self.left if one.heading == heading]
        assert taken, f"no command is left under '{heading}'"
        self.left = [one for one in self.left if one.heading != heading]
        return taken

    def shell(self, commands, status=0):
        """Runs commands, the first of which that fails ends them; returns what they printed."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands], cwd=self.folder, env=self.env,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == status, (commands, done.stdout, done.stderr)
        return done.stdout

    def run(self, heading):
        """Runs the blocks under a heading; returns what each printed."""
        return [self.shell(commands) for commands in self.take(heading)]

    def serve(self, heading, within=20):
        """Starts the command under a heading, which serves; returns what it has printed."""
        (command,) = self.take(heading)
        output = self.folder / ".tools" / f"output-{len(self.started)}"
        with output.open("wb") as opened:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=self.folder, env=self.env,
                stdin=subprocess.DEVNULL, stdout=opened, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.started.append(process)

        def listens():
            assert process.poll() is None, output.read_text()
            return "listening on " in output.read_text()

        expect.eventually(listens, within)
        return output.read_text()

    def end(self):
        """Ends what was started, by its process identifiers; returns their statuses."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        return [process.wait(30) for process in self.started]
