# SPDX-License-Identifier: Apache-2.0
"""The client of the openssl command, for what Python's ssl does not show."""

import os
import select
import subprocess

# Behind all else that is said of a handshake that is done.
SHAKEN_HANDS = "Verify return code"


def s_client(server, *options, text_input="Q\n", until=SHAKEN_HANDS, timeout=20):
    """Runs `openssl s_client`, with its input once it has said `until`; all that it says.

    Names are written without the spaces that versions before 3.2 have beside the equals sign.
    """
    process = subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", *map(str, options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = b""
    # A client that ends before has failed, and says so.
    while until.encode() not in said and select.select([process.stdout], [], [], timeout)[0]:
        part = os.read(process.stdout.fileno(), 65536)
        if not part:
            break
        said += part
    rest, _ = process.communicate(text_input.encode(), timeout=timeout)
    return (said + rest).decode(errors="replace").replace(" = ", "=")
