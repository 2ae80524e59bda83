# SPDX-License-Identifier: Apache-2.0
"""Pairs of a certificate and its key for the server, and the configuration that names them."""

from pki import new_key, openssl


def pair(folder, name, algorithm="p256", names=("localhost",)):
    """A self-signed certificate for the host names and its key, as `NAME.pem` and `NAME.key`."""
    folder.mkdir(exist_ok=True)
    certificate, key = folder / f"{name}.pem", new_key(folder / f"{name}.key", algorithm)
    alternative = ",".join(f"DNS:{one}" for one in names)
    openssl(
        "req", "-x509", "-new", "-key", key, "-subj", f"/CN={name}", "-days", "90",
        "-addext", f"subjectAltName={alternative}", "-out", certificate,
    )  # fmt: skip
    return certificate, key


def pair_yaml(**pairs):
    """The section `tls` with these pairs, each under its name."""
    text = "tls:\n  certificates:\n"
    for name, (certificate, key) in pairs.items():
        text += f"    {name}:\n      certificate: {certificate}\n      key: {key}\n"
    return text
