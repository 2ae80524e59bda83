# SPDX-License-Identifier: Apache-2.0
"""The client of the openssl command, for what Python's ssl does not show."""

import subprocess
import time


def s_client(server, *options, text_input="Q\n", timeout=20, settle=0.3):
    """Runs `openssl s_client`; what it says on both outputs."""
    process = subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", *map(str, options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    time.sleep(settle)
    out, _ = process.communicate(text_input, timeout=timeout)
    return out
