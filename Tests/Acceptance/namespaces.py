# SPDX-License-Identifier: Apache-2.0
"""Nodes in network namespaces of their own, each with a wire to the database that can be cut."""

import os
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


class Space:
    """A network namespace with two wires: one for clients, one to the database."""

    def __init__(self, number):
        self.name = f"hf{os.getpid() % 100_000}n{number}"
        if ip("netns", "add", self.name, check=False).returncode != 0:
            pytest.skip("this machine allows no network namespaces")
        part = os.getpid() % 200
        self.clients = Wire(self.name, f"hf{part}c{number}", f"10.{part}.{number}")
        self.database = Wire(self.name, f"hf{part}d{number}", f"10.{part}.{number + 100}")

    def remove(self):
        """Its wires end with it."""
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
