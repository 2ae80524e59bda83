# SPDX-License-Identifier: Apache-2.0
"""Load targets that are seeded, their exports, and a server on them."""

from pki import Credential
from server import handfast
from targets import Target

PASSWORD = "handfast"


class Seeded:
    """A data directory that `handfast load-target seed` has made."""

    def __init__(self, folder, seed=7, clients=50, options=(), **more):
        self.data = folder / f"seed-{seed}"
        self.clients = clients
        self.said = handfast(
            "load-target", "seed", "--data", self.data, "--clients", clients, "--seed", seed,
            *options, **more,
        )  # fmt: skip

    def export(self, form, out, *options, **more):
        """Exports to `out`, and returns that path."""
        handfast(
            "load-target", "export", "--data", self.data, "--format", form, "--out", out,
            *options, **more,
        )  # fmt: skip
        return out

    def server(self):
        return Target(self.data)


def client_id(number):
    return f"load-{number:06}"


def credential(folder, number):
    """A client's files in an exported folder, from number 1 on."""
    name = client_id(number)
    return Credential(folder / f"{name}.pem", folder / f"{name}.key")
