# SPDX-License-Identifier: Apache-2.0
"""Writes the nodes of `one-by-one` as targets of Prometheus' file_sd.

python3 nodes_for_prometheus.py NODES PORT OUT.json

NODES has lines of a node's name and its address; PORT is that of `probe.address`.
"""

import json
import os
import sys
from pathlib import Path


def targets(text, port):
    """The nodes of a text, each with its name as a label."""
    found = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, address = line.split()
        host = address.rpartition(":")[0]
        found.append({"targets": [f"{host}:{port}"], "labels": {"node": name}})
    if not found:
        raise ValueError("no node is named")
    return found


if __name__ == "__main__":
    nodes, port, out = sys.argv[1:]
    new = Path(out + ".new")
    new.write_text(json.dumps(targets(Path(nodes).read_text(), int(port)), indent=2) + "\n")
    # A rename: Prometheus never reads half a file.
    os.replace(new, out)
