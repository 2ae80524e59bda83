# SPDX-License-Identifier: Apache-2.0
"""Counts what a thread of the program allocates, by a library that is loaded before jemalloc."""

import mmap
import shutil
import socket
import ssl
import struct
import subprocess
import time
from collections import namedtuple
from pathlib import Path

from server import Server

HERE = Path(__file__).parent
# The layout of `counts` in allocations.c: an entry of eight numbers, of which six are used.
ENTRY = struct.Struct("6Q16x")
Counts = namedtuple("Counts", "allocations frees requested given taken")
SETTINGS = {
    # The defaults: the suite is run with others too.
    "HANDFAST_TLS_RESUMPTION": "store",
    "HANDFAST_TLS_SLIM_PROVIDER": "true",
    # No deadline comes before the test is done, nor before an earlier one of its connection: either
    # allocates in the timer wheel.
    "HANDFAST_LIMITS_HANDSHAKE_SECONDS": "60",
    "HANDFAST_LIMITS_HEADER_SECONDS": "120",
    "HANDFAST_LIMITS_BODY_SECONDS": "120",
    "HANDFAST_LIMITS_REQUEST_SECONDS": "600",
}


def compiled(source, folder, *options):
    """Builds a C file of this folder; Swift brings clang, and many systems have cc."""
    compiler = shutil.which("clang") or shutil.which("cc")
    assert compiler, "neither clang (which Swift brings) nor cc is on the path"
    made = folder / Path(source).stem
    subprocess.run(
        [compiler, "-O2", "-Wall", "-Wextra", "-Werror", *options, "-o", made, HERE / source],
        check=True,
    )
    return made


def library(source, folder):
    return compiled(source, folder, "-shared", "-fPIC", "-ldl")


class Counting:
    """The file of counts of one program, and what the program needs in its environment."""

    def __init__(self, folder, *libraries):
        self.file = folder / "counts"
        self.file.write_bytes(b"")
        self.environment = {
            "LD_PRELOAD": ":".join(map(str, libraries)),
            "HANDFAST_ALLOCATIONS": str(self.file),
        }

    def start(self, pid, name="reactor-0"):
        """Looks for the thread with this name, once the program has all its threads."""
        with self.file.open("rb") as file:
            self._entries = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        (thread,) = [
            task for task in Path(f"/proc/{pid}/task").iterdir()
            if (task / "comm").read_text().strip() == name
        ]  # fmt: skip
        self._stat = thread / "stat"
        self._offset = self._place_of(int(thread.name))

    def _all(self):
        *entries, last = ENTRY.iter_unpack(self._entries)
        assert not last[0], "more threads than allocations.c has entries for"
        return entries

    def _place_of(self, number):
        return [entry[0] for entry in self._all()].index(number) * ENTRY.size

    def counts_of(self, number):
        """Bytes that the thread with this ID has allocated since it began."""
        return Counts(*ENTRY.unpack_from(self._entries, self._place_of(number))[1:])

    @property
    def live_bytes(self):
        """Usable bytes that all threads together have: some blocks another thread frees."""
        return sum(given - taken for *_, given, taken in self._all())

    def settled(self):
        """The thread's counts once it has been asleep, with these counts, in two looks."""
        before, limit = None, time.monotonic() + 30
        while time.monotonic() < limit:
            asleep = self._stat.read_text().rsplit(")", 1)[1].split()[0] == "S"
            now = Counts(*ENTRY.unpack_from(self._entries, self._offset)[1:]) if asleep else None
            if now and now == before:
                return now
            before = now
            time.sleep(0.0003)
        raise AssertionError("the thread is not idle after 30 s")


class CountedServer(Server):
    """A server with one reactor whose allocations are counted."""

    def __init__(self, folder, *libraries):
        self.counting = Counting(folder, *libraries)
        super().__init__(folder / "data", reactors=1, env={**self.counting.environment, **SETTINGS})

    def start(self, timeout=20):
        super().start(timeout)
        self.counting.start(self.pid)
        return self


class SteppedConnection:
    """One TLS connection whose every flight waits until the reactor sleeps.

    Otherwise the reactor reads a flight whole or in parts, as the machine is busy, and allocates
    a buffer for each read.
    """

    def __init__(self, server, context, session=None):
        self.counting = server.counting
        self.socket = socket.create_connection(server.address, 15)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.counting.settled()
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(
            self.incoming, self.outgoing, server_hostname="localhost", session=session
        )
        self._until_done(self.tls.do_handshake)

    def _flush(self):
        if data := self.outgoing.read():
            self.socket.sendall(data)
            self.counting.settled()

    def _until_done(self, step):
        while True:
            try:
                done = step()
                self._flush()
                return done
            except ssl.SSLWantReadError:
                self._flush()
                data = self.socket.recv(65536)
                assert data, "closed by the server"
                self.incoming.write(data)

    def ask(self, request):
        """Sends one request; the first bytes of its answer."""
        self._until_done(lambda: self.tls.write(request))
        return self._until_done(lambda: self.tls.read(65536))

    def close(self):
        self.socket.close()
        self.counting.settled()
