# SPDX-License-Identifier: Apache-2.0
"""Bundles and X.509-SVIDs as SPIRE makes them, by Python's cryptography."""

import base64
import datetime
import itertools
import json
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pki import Credential

HOUR = 3600
NUMBERS = itertools.count(1)
USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def moment(seconds):
    """So many seconds from now."""
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)


def key_usage(*names):
    return x509.KeyUsage(**{name: name in names for name in USAGES})


def name(*parts):
    kinds = {"C": NameOID.COUNTRY_NAME, "O": NameOID.ORGANIZATION_NAME}
    return x509.Name([x509.NameAttribute(kinds[kind], value) for kind, value in parts])


class Authority:
    """A CA of a trust domain."""

    def __init__(self, domain, seconds=24 * HOUR, parent=None, start=-60):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.parent = parent
        subject = name(("C", "US"), ("O", f"SPIFFE {next(NUMBERS)}"))
        issuer = parent or self
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if parent is None else parent.certificate.subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(moment(start))
            .not_valid_after(moment(seconds))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False
            )
            .add_extension(
                x509.SubjectAlternativeName(
                    [x509.UniformResourceIdentifier(f"spiffe://{domain}")]
                ),
                critical=False,
            )
            .sign(issuer.key, hashes.SHA256())
        )

    @property
    def der(self):
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def jwk(self):
        """Its entry of a bundle (X509-SVID §6.1)."""
        numbers = self.key.public_key().public_numbers()

        def coordinate(number):
            return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()

        return {
            "use": "x509-svid", "kty": "EC", "crv": "P-256",
            "x": coordinate(numbers.x), "y": coordinate(numbers.y),
            "x5c": [base64.b64encode(self.der).decode()],
        }  # fmt: skip


class TrustDomain:
    """A SPIRE server of one trust domain, which puts what it signs into a folder."""

    def __init__(self, folder: Path, domain="example.org"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.domain = folder, domain
        self.authorities = [Authority(domain)]
        self.sequence = 1

    def rotate(self):
        """A new CA, which signs from now on; the one before stays in the bundle."""
        self.authorities.append(Authority(self.domain))
        self.sequence += 1

    def retire(self):
        """Takes the oldest CA out of the bundle."""
        self.authorities.pop(0)
        self.sequence += 1

    def bundle(self, hint=None, keys=None, **members):
        """The bundle in JSON, with a key for JWT-SVIDs beside the CAs."""
        if keys is None:
            keys = [one.jwk for one in self.authorities]
            keys.append({**Authority(self.domain).jwk, "use": "jwt-svid", "kid": "jwt"})
            del keys[-1]["x5c"]
        document = {"keys": keys, "spiffe_sequence": self.sequence}
        if hint is not None:
            document["spiffe_refresh_hint"] = hint
        return json.dumps({**document, **members}).encode()

    def write(self, path=None, **options):
        """The bundle as a file, put in place as one."""
        path = path or self.folder / "bundle.json"
        fresh = path.with_suffix(".new")
        fresh.write_bytes(self.bundle(**options))
        fresh.rename(path)
        return path

    def svid(
        self,
        path,
        *,
        domain=None,
        uris=None,
        dns=(),
        subject=(("C", "US"), ("O", "SPIRE")),
        usages=("digital_signature", "key_encipherment", "key_agreement"),
        purposes=(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
        is_ca=False,
        san_is_critical=None,
        authority=None,
        chain=(),
        start=-60,
        seconds=HOUR,
    ) -> Credential:
        """A new X.509-SVID of the workload at `path`, with a new key."""
        authority = authority or self.authorities[-1]
        if uris is None:
            uris = [f"spiffe://{domain or self.domain}{path}"]
        names = [x509.UniformResourceIdentifier(uri) for uri in uris]
        names += [x509.DNSName(one) for one in dns]
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(*subject))
            .issuer_name(authority.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(moment(start))
            .not_valid_after(moment(seconds))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if usages is not None:
            builder = builder.add_extension(key_usage(*usages), critical=True)
        if purposes is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        if names:
            critical = not subject if san_is_critical is None else san_is_critical
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=critical)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
        certificate = builder.sign(authority.key, hashes.SHA256())
        number = next(NUMBERS)
        files = self.folder / f"svid-{number}.pem", self.folder / f"svid-{number}-key.pem"
        pem = serialization.Encoding.PEM
        sent = [certificate, *(one.certificate for one in chain)]
        files[0].write_bytes(b"".join(one.public_bytes(pem) for one in sent))
        files[1].write_bytes(
            key.private_bytes(
                pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return Credential(*files)
