# SPDX-License-Identifier: Apache-2.0
"""A clock of the server's own, which a test moves while the server runs.

Not libfaketime: where threads read its clock at the same time, some see the true time now and then.
"""

import contextlib
import time
from datetime import datetime

from allocations import library
from server import Server


class Clock:
    """The time of one server; timers, which go by the monotonic clock, are left alone."""

    def __init__(self, folder):
        self.library = library("clock.c", folder)
        self.file = folder / "moment"
        self.move(0)

    @property
    def environment(self):
        """The environment to start a program with."""
        return {"LD_PRELOAD": str(self.library), "HANDFAST_CLOCK": str(self.file)}

    def move(self, seconds):
        """Sets the clock so many seconds off the true time; the next reading of it has that."""
        following = self.file.with_suffix(".next")
        following.write_text(f"{seconds:+d}\n")
        following.rename(self.file)
        self.offset = seconds

    def stand(self, moment):
        """Stops the clock at a moment, written as `2027-06-30 23:59:59`, UTC."""
        moment = datetime.strptime(f"{moment} +0000", "%Y-%m-%d %H:%M:%S %z")
        following = self.file.with_suffix(".next")
        following.write_text(f"@{int(moment.timestamp())}\n")
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
        super().__init__(folder / "data", env=environment)
        self.mode = mode

    def __enter__(self):
        """Starts it a day ago: its keys are older than every time that a test goes back to."""
        with self.clock.moved(-86_400):
            return self.start()
