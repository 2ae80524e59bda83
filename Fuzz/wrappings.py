# SPDX-License-Identifier: Apache-2.0
"""The seeds of `keystore` that openssl writes, for `seeds.py`."""

import hashlib
import subprocess
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import hashes, hmac, serialization


def wrappings(parties, pem):
    """PKCS#12 of openssl's without a MAC, one with PBMAC1, PKCS#7, and trust settings."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in ("certificate", "key", "out")}
        files["certificate"].write_text(pem("CERTIFICATE", parties.pinned))
        files["key"].write_bytes(
            parties.client_key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

        def openssl(*options):
            subprocess.run(
                ["openssl", *options, "-out", files["out"]], check=True, capture_output=True
            )
            return files["out"].read_bytes()

        export = ["pkcs12", "-export", "-in", files["certificate"], "-inkey", files["key"],
                  "-name", "own", "-passout", "pass:changeit", "-nomac", "-iter", "1"]  # fmt: skip
        found["pkcs12-nomac"] = b"\1" + openssl(*export)
        plain = openssl(*export, "-certpbe", "NONE", "-keypbe", "PBE-SHA1-3DES")
        found["pkcs12-plain"] = b"\0" + plain
        found["pbmac1"] = b"\1" + with_pbmac1(plain)
        wrapped = openssl(
            "crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile", files["certificate"]
        )
        found["pkcs7"] = b"\0" + wrapped
        trusted = openssl(
            "x509", "-in", files["certificate"], "-trustout", "-addtrust", "clientAuth"
        )
        found["wrapped"] = b"\0" + trusted + pem("PKCS7", wrapped).encode()
    return found


def with_pbmac1(plain):
    """The file with a MAC as RFC 9579 has it, of one round."""
    content = plain[plain.index(bytes.fromhex("06092a864886f70d010701")) + 19 :]
    key = hashlib.pbkdf2_hmac("sha256", b"changeit", b"saltsalt", 1, 32)
    code = hmac.HMAC(key, hashes.SHA256())
    code.update(content)
    scheme = bytes.fromhex("300c06082a864886f70d02090500")
    parameters = b"\x04\x08saltsalt" + bytes.fromhex("020101 020120") + scheme
    derivation = bytes.fromhex("06092a864886f70d01050c") + sequence(parameters)
    kind = bytes.fromhex("06092a864886f70d01050e") + sequence(sequence(derivation) + scheme)
    mac = sequence(sequence(kind) + b"\x04\x20" + code.finalize())
    data = sequence(mac + b"\x04\x01x" + bytes.fromhex("020101"))
    return sequence(plain[4:] + data)


def sequence(content):
    size = len(content)
    head = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2)
    return b"\x30" + head + content
