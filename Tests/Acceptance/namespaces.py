# SPDX-License-Identifier: Apache-2.0
"""Nodes in network namespaces of their own, each with a wire to the database that can be cut."""

import random
import subprocess

import pytest

from postgres import Node


def ip(*words, check=True):
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=check)


class Wire:
    """Two ends of a virtual cable: one in a namespace, one on this machine."""

    # An address that no interface has: frames to it vanish, and nothing tells the sender.
    NOWHERE = "02:00:00:00:00:ff"

    def __init__(self, space, name, network):
        self.space, self.here, self.there = space, f"{name}h", f"{name}t"
        self.local, self.remote = f"{network}.1", f"{network}.2"
        ip("link", "add", self.here, "type", "veth", "peer", "name", self.there, "netns", space)
        ip("addr", "add", f"{self.local}/30", "dev", self.here)
        ip("link", "set", self.here, "up")
        ip("-n", space, "addr", "add", f"{self.remote}/30", "dev", self.there)
        ip("-n", space, "link", "set", self.there, "up")

    def cut(self):
        """Has all that is sent on it vanish, in both directions."""
        self._neighbours("replace", "lladdr", self.NOWHERE, "nud", "permanent")

    def heal(self):
        self._neighbours("del")

    def _neighbours(self, action, *more):
        ip("neigh", action, self.remote, "dev", self.here, *more)
        ip("-n", self.space, "neigh", action, self.local, "dev", self.there, *more)


def claimed():
    """The number of a namespace that this call made: the kernel lets one process make a name."""
    while True:
        number = random.randrange(256 * 128)
        made = ip("netns", "add", f"hf{number}", check=False)
        if made.returncode == 0:
            return number
        if "File exists" not in made.stderr:
            pytest.skip(f"this machine allows no network namespaces: {made.stderr}")


class Space:
    """A network namespace with two wires: one for clients, one to the database."""

    def __init__(self):
        number = claimed()
        self.name, self.wires = f"hf{number}", []
        high, low = divmod(number, 128)
        try:
            self.clients = self._wire("c", f"10.{high}.{low}")
            self.database = self._wire("d", f"10.{high}.{low + 128}")
        except BaseException:
            self.remove()
            raise

    def _wire(self, letter, network):
        self.wires.append(Wire(self.name, self.name + letter, network))
        return self.wires[-1]

    def remove(self):
        """Takes the wires away first: the kernel ends those of a removed namespace later."""
        for wire in self.wires:
            ip("link", "del", wire.here, check=False)
        ip("netns", "del", self.name, check=False)


class DistantNode(Node):
    """A node in a namespace, which reaches the database by its wire alone."""

    def __init__(self, fleet, data, space, port, **more):
        super().__init__(fleet, data, prefix=["ip", "netns", "exec", space.name], **more)
        self.space = space
        self.host = space.clients.remote
        address = f"{space.database.local}:{port}"
        self.env = {
            **fleet.settings, **self.env,
            "HANDFAST_STORE_URL": f"postgresql://postgres@{address}/{fleet.name}",
        }  # fmt: skip
        fleet.nodes.append(self)
