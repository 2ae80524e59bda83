# SPDX-License-Identifier: Apache-2.0
"""The program under test: its commands, and a running server with what the kernel knows of it."""

import collections
import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from wire import Connection

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("HANDFAST_BINARY", ROOT / ".build/release/handfast")).absolute()
EXTRA_OPTIONS = shlex.split(os.environ.get("HANDFAST_SERVE_OPTIONS", ""))


def environment(**more):
    return {**os.environ, "SWIFT_BACKTRACE": "enable=no", **more}


# The processes that run tests side by side give ports of their own: `gw0` to `gw2` of
# pytest-xdist, and one without it. The kernel gives ports of one parity alone as long as it has
# some: the number of lanes is odd, so that each has its share of them.
LANES = 5
LANE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw3")[2:]) % LANES
given = collections.deque(maxlen=1_000)


def free_port(host="127.0.0.1"):
    """A port that nothing listens at, and that was not given lately: it may not be used yet."""
    while True:
        with socket.socket() as probe:
            probe.bind((host, 0))
            port = probe.getsockname()[1]
        if port % LANES == LANE and port not in given:
            given.append(port)
            return port


def handfast(*arguments, text_input=None, check=True, timeout=60, cwd=None, env=None):
    """Runs one command of the program; with `check`, failing is an error that shows its words."""
    done = subprocess.run(
        [BINARY, *map(str, arguments)],
        input=text_input,
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=cwd,
        env=environment(**(env or {})),
    )
    if check:
        command = " ".join(map(str, arguments))
        assert done.returncode == 0, f"handfast {command}: {done.returncode}: {done.stderr}"
    return done


def openssl_version():
    """Major and minor version of the OpenSSL that the program runs with, which need not be ours."""
    found = re.search(r"OpenSSL (\d+)\.(\d+)", handfast("--version").stdout)
    return int(found[1]), int(found[2])


def freeze(pid):
    """SIGSTOP, until each thread has stopped: one on another processor runs on for a moment."""
    os.kill(pid, signal.SIGSTOP)
    threads, limit = Path(f"/proc/{pid}/task"), time.monotonic() + 10
    while any(_state(thread) not in "TtZX" for thread in threads.iterdir()):
        assert time.monotonic() < limit, f"process {pid} does not stop"
        time.sleep(0.002)


def _state(thread):
    try:
        return (thread / "stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"  # ended meanwhile


@contextlib.contextmanager
def frozen(pid):
    freeze(pid)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Server:
    """A server on a data directory. A context manager; always ended by its own process id."""

    def __init__(
        self, data, options=(), reactors=2, env=None, prefix=(), port=None, flags=True
    ):  # fmt: skip
        self.data = Path(data)
        self.host = "127.0.0.1"
        self.port = port or free_port()
        self.options = list(map(str, options))
        self.reactors = reactors
        self.env = env or {}
        self.prefix = list(prefix)
        self.flags = flags  # False leaves address and reactors to the configuration file
        self.process = None
        self.stdout = []
        self.stderr = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    @property
    def address(self):
        return (self.host, self.port)

    @property
    def url(self):
        return f"https://localhost:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def command(self):
        flags = []
        if self.flags:
            flags = ["--listen", f"{self.host}:{self.port}", "--reactors", str(self.reactors)]
        return [
            *self.prefix, BINARY, "serve", "--data", self.data, *flags,
            *self.options, *EXTRA_OPTIONS,
        ]  # fmt: skip

    def launch(self):
        """Starts the process without waiting for it to serve."""
        self.process = subprocess.Popen(
            list(map(str, self.command())),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(**self.env),
        )
        self.stdout, self.stderr = [], []
        self._readers = [
            threading.Thread(target=self._collect, args=(pipe, lines), daemon=True)
            for pipe, lines in (
                (self.process.stdout, self.stdout),
                (self.process.stderr, self.stderr),
            )
        ]
        for reader in self._readers:
            reader.start()
        return self

    def start(self, timeout=20):
        self.launch()
        self.wait_for_line("listening on ", timeout)
        self._collect_start()
        return self

    def _collect_start(self):
        """Waits for the start's last line of the log, which another thread reads.

        A test that counts lines from here on counts none of the start. Half a second at most: a
        quieter level does not log that line.
        """
        limit = time.monotonic() + 0.5
        while '"message":"serving"' not in self.log and time.monotonic() < limit:
            time.sleep(0.005)

    def wait_for_line(self, text, timeout=20):
        limit = time.monotonic() + timeout
        while not any(text in line for line in self.stdout):
            if self.process.poll() is not None or time.monotonic() > limit:
                self.kill()
                raise AssertionError(f"no line '{text}'; stdout {self.stdout}, log:\n{self.log}")
            time.sleep(0.005)

    @staticmethod
    def _collect(pipe, lines):
        for line in pipe:
            lines.append(line.decode(errors="replace").rstrip("\n"))
        pipe.close()

    @property
    def log(self):
        return "\n".join(self.stderr)

    @property
    def records(self):
        """The lines of the log, each a JSON object."""
        return [json.loads(line) for line in list(self.stderr)]

    def signal(self, number):
        os.kill(self.pid, number)

    def frozen(self):
        return frozen(self.pid)

    def wait(self, timeout=30):
        code = self.process.wait(timeout)
        for reader in self._readers:
            reader.join(5)
        return code

    def stop(self, timeout=30):
        """Asks the server to drain; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.wait()

    @property
    def running(self):
        return self.process.poll() is None

    def connect(self, credential=None, version=None, **more):
        return Connection(self.address, credential, version, **more)

    def token(self, parameters=(), credential=None, version=None, **more):
        """One token request on a connection of its own."""
        with self.connect(credential, version) as connection:
            return connection.token(parameters, **more)

    def get(self, target):
        with self.connect() as connection:
            return connection.get(target)

    def handfast(self, *arguments, **more):
        return handfast(*arguments, "--data", self.data, **more)

    def add_client(self, name, *options, **more):
        """Registers a client and returns what `--json` prints."""
        done = self.handfast("client", "add", name, *options, "--json", **more)
        return json.loads(done.stdout)

    def add_user(self, name, password):
        return self.handfast("user", "add", name, "--password-stdin", text_input=password + "\n")

    # Numbers from the kernel.

    def _status(self, name):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return line.split(":", 1)[1].strip()
        raise KeyError(name)

    @property
    def resident_kib(self):
        return int(self._status("VmRSS").split()[0])

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    @property
    def connections(self):
        """TCP connections that it has not closed, at its port."""
        rows = [line.split() for line in Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()]
        listening, closed = "0A", "0"
        return sum(
            local.endswith(f":{self.port:04X}") and state != listening and inode != closed
            for _, local, _, state, _, _, _, _, _, inode, *_ in rows[1:]
        )

    @property
    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def status(self):
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)
