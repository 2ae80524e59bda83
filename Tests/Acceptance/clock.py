# SPDX-License-Identifier: Apache-2.0
"""A clock of the server's own, which a test moves while the server runs (libfaketime)."""

import contextlib
import time
from pathlib import Path

from allocations import library
from server import Server

# The server's malloc reads the clock before libfaketime is ready for it, so libc's comes first.
PRELOADED = ["libc.so.6"]
# libfaketime calls setenv when it is new in a line of programs, and the Swift runtime then finds no
# arguments. So a shell is the first.
SHELL = ["sh", "-c", 'exec "$@"', "sh"]
SHARED = Path("/dev/shm")


class Clock:
    """The time of one server; timers, which go by the monotonic clock, are left alone."""

    def __init__(self, folder):
        found = list(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        assert found, "libfaketime is not there: apt-get install faketime"
        self.libraries = [library("clock.c", folder), found[0]]
        self.file = folder / "clock"
        self.move(0)

    @property
    def environment(self):
        """What a program must be started with."""
        return {
            "LD_PRELOAD": ":".join([*map(str, self.libraries), *PRELOADED]),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
            "NO_FAKE_STAT": "1",
            # A moment at which the clock stands is read as local time.
            "TZ": "UTC",
        }

    def move(self, seconds):
        """Sets the clock so many seconds off the true time; the next reading of it has that."""
        following = self.file.with_suffix(".next")
        following.write_text(f"{seconds:+d}\n")
        following.rename(self.file)
        self.offset = seconds

    def stand(self, moment):
        """Stops the clock at a moment, written as `2027-06-30 23:59:59`, UTC."""
        following = self.file.with_suffix(".next")
        following.write_text(f"{moment}\n")
        following.rename(self.file)

    @contextlib.contextmanager
    def moved(self, seconds):
        """Moves the clock for a while."""
        self.move(seconds)
        try:
            yield self
        finally:
            self.move(0)

    @property
    def now(self):
        return time.time() + self.offset


class Timed(Server):
    """A server whose clock can be moved; `mode` is its `tls.resumption`."""

    def __init__(self, folder, mode):
        self.clock = Clock(folder)
        environment = {**self.clock.environment, "HANDFAST_TLS_RESUMPTION": mode}
        super().__init__(folder / "data", env=environment, prefix=SHELL)
        self.mode = mode

    def __enter__(self):
        """Starts it a day ago: its keys are older than every time that a test goes back to."""
        with self.clock.moved(-86_400):
            return self.start()

    def kill(self):
        """Ends it, and removes what libfaketime leaves in shared memory."""
        super().kill()
        if self.process:
            for name in (f"sem.faketime_sem_{self.pid}", f"faketime_shm_{self.pid}"):
                (SHARED / name).unlink(missing_ok=True)
