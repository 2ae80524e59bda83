# SPDX-License-Identifier: Apache-2.0
"""Writes the ES256 keys of a JWK Set as PEM files, for programs that read no JWK Set (HAProxy).

python3 jwk_set_to_pem.py FOLDER <jwks.json

makes FOLDER/handfast-1.pem to FOLDER/handfast-3.pem of the newest keys, which Handfast lists last;
some have the same key where there are fewer than three. Tokens of an older key are refused then.
"""

import base64
import json
import os
import sys
from pathlib import Path

# RFC 5480 §2: SubjectPublicKeyInfo of id-ecPublicKey on secp256r1, up to the uncompressed point.
PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
FILES = 3


def coordinate(text):
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(data) != 32:
        raise ValueError("a coordinate of P-256 has 32 bytes")
    return data


def pem(key):
    """SubjectPublicKeyInfo of a JWK (RFC 7518 §6.2.1), in PEM."""
    text = base64.b64encode(PREFIX + coordinate(key["x"]) + coordinate(key["y"])).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def main(folder):
    keys = [key for key in json.load(sys.stdin)["keys"] if key.get("crv") == "P-256"][-FILES:]
    if not keys:
        sys.exit("there is no key of P-256 in this JWK Set")
    for number in range(FILES):
        path = folder / f"handfast-{number + 1}.pem"
        # A rename: half a file is never read.
        new = path.with_suffix(".new")
        new.write_text(pem(keys[max(0, len(keys) - 1 - number)]))
        os.replace(new, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
