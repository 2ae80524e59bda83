# SPDX-License-Identifier: Apache-2.0
"""Certificates for the tests, all made by the `openssl` command, as an operator would make them."""

import base64
import datetime
import functools
import hashlib
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

DAY = 86_400
SUBJECT = "/C=LK/O=WSO2/CN=playground2"

CA_CONFIGURATION = """
[ca]
default_ca = tests
[tests]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
default_crl_days = 1
policy = anything
unique_subject = no
copy_extensions = none
[anything]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
serialNumber = optional
"""


def openssl(*arguments, text_input=None, cwd=None):
    """Runs openssl and returns its standard output; its own words are in the failure."""
    done = subprocess.run(
        ["openssl", *map(str, arguments)],
        input=text_input,
        capture_output=True,
        text=True,
        cwd=cwd,
    )
    assert done.returncode == 0, f"openssl {' '.join(map(str, arguments))}: {done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Credential:
    """A certificate file (leaf first, perhaps its chain) and the key file that belongs to it."""

    certificate: Path
    key: Path

    @functools.cached_property
    def thumbprint(self) -> str:
        """The RFC 8705 `x5t#S256` of the leaf."""
        pem = self.certificate.read_text()
        end = "-----END CERTIFICATE-----"
        der = ssl.PEM_cert_to_DER_cert(pem[: pem.index(end) + len(end)])
        return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()

    @functools.cached_property
    def subject(self) -> str:
        """The subject as RFC 4514 writes it."""
        shown = openssl(
            "x509", "-in", self.certificate, "-noout", "-subject", "-nameopt", "RFC2253"
        )
        return shown.strip().removeprefix("subject=")


KEY_ALGORITHMS = {
    "rsa1024": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "rsa2048": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa3072": ["RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
    "rsa4096": ["RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
    "rsapss": ["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
    "p224": ["EC", "-pkeyopt", "ec_paramgen_curve:P-224"],
    "p256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "ed25519": ["ED25519"],
}


def new_key(path: Path, algorithm: str) -> Path:
    openssl("genpkey", "-algorithm", *KEY_ALGORITHMS[algorithm], "-out", path)
    return path


def utc(offset_seconds: float) -> str:
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=offset_seconds)
    return moment.strftime("%Y%m%d%H%M%SZ")


class CA:
    """A certification authority (CA) in a folder of its own."""

    def __init__(self, folder: Path, subject: str, algorithm="p256", parent=None, constraints=""):
        folder.mkdir(parents=True)
        self.folder = folder
        (folder / "index.txt").write_text("")
        (folder / "ca.cnf").write_text(CA_CONFIGURATION.format(folder=folder))
        self.key = new_key(folder / "ca-key.pem", algorithm)
        self.certificate = folder / "ca.pem"
        extensions = (
            "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n"
            "subjectKeyIdentifier=hash\n" + constraints
        )
        if parent:
            parent.sign(self.key, self.certificate, subject, extensions)
        else:
            self.sign(self.key, self.certificate, subject, extensions, itself=True)

    def sign(
        self,
        key,
        certificate,
        subject,
        extensions,
        start=-3600,
        end=DAY,
        itself=False,
        options=(),
    ):
        """Signs a certificate; `start` and `end` are seconds from now."""
        request = certificate.with_suffix(".csr")
        openssl("req", "-new", "-key", key, "-subj", subject, "-out", request, "-utf8", *options)
        (certificate.with_suffix(".ext")).write_text(extensions)
        issuer = ["-selfsign"] if itself else ["-cert", self.certificate]
        openssl(
            "ca", "-batch", "-notext", "-config", self.folder / "ca.cnf", "-preserveDN", "-utf8",
            "-keyfile", key if itself else self.key, *issuer, "-in", request, "-out", certificate,
            "-extfile", certificate.with_suffix(".ext"),
            "-startdate", utc(start), "-enddate", utc(end),
        )  # fmt: skip

    def issue(
        self, name, subject=SUBJECT, algorithm="p256", eku="clientAuth", extra="", chain=(), **dates
    ) -> Credential:
        """Issues a client certificate; `chain` lists CAs whose certificates go along."""
        key = new_key(self.folder / f"{name}-key.pem", algorithm)
        certificate = self.folder / f"{name}.pem"
        extensions = "basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\n"
        if eku:
            extensions += f"extendedKeyUsage={eku}\n"
        self.sign(key, certificate, subject, extensions + extra, **dates)
        if chain:
            together = certificate.read_text() + "".join(a.certificate.read_text() for a in chain)
            certificate.write_text(together)
        return Credential(certificate, key)

    def _command(self, *options):
        """A command of the CA that needs its key."""
        openssl(
            "ca", "-config", self.folder / "ca.cnf", "-batch",
            "-keyfile", self.key, "-cert", self.certificate, *options,
        )  # fmt: skip

    def revoke(self, certificate):
        """Puts the certificate of a file on the lists that follow."""
        self._command("-revoke", certificate)

    def revocation_list(self, seconds=DAY, start=0):
        """A new list in PEM, which ends so many seconds from now."""
        out = self.folder / "list.pem"
        self._command(
            "-gencrl", "-out", out,
            "-crl_lastupdate", utc(start - 60), "-crl_nextupdate", utc(seconds),
        )  # fmt: skip
        return out.read_bytes()


class PKI:
    """Everything that the tests present, each made on first use and kept for the session."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._made = {}

    def _once(self, name, make):
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def self_signed(self, name, algorithm="p256", subject=SUBJECT) -> Credential:
        """A self-signed certificate valid for ten years, as in the original instructions.

        Those have RSA, which takes long to make: tests that are about the kind of a key say it.
        """

        def make():
            key = new_key(self.folder / f"{name}-key.pem", algorithm)
            certificate = self.folder / f"{name}.pem"
            openssl(
                "req", "-x509", "-new", "-key", key, "-out", certificate,
                "-days", 3650, "-subj", subject,
            )  # fmt: skip
            return Credential(certificate, key)

        return self._once(("self", name), make)

    def short_lived(self, name, seconds, subject=SUBJECT, start=-3600) -> Credential:
        """A self-signed certificate that ends `seconds` from now (never cached)."""
        ca = CA(self.folder / f"short-{name}", subject)
        certificate = ca.folder / "short.pem"
        extensions = "basicConstraints=CA:false\n"
        ca.sign(
            ca.key, certificate, subject, extensions, start=start, end=seconds, itself=True
        )
        return Credential(certificate, ca.key)

    @property
    def root(self) -> CA:
        return self._once("root", lambda: CA(self.folder / "root", "/O=Handfast/CN=Root"))

    @property
    def intermediate(self) -> CA:
        def make():
            return CA(
                self.folder / "intermediate", "/O=Handfast/CN=Intermediate", parent=self.root
            )

        return self._once("intermediate", make)

    @property
    def namesake(self) -> CA:
        """Another CA with the root's name and a key of its own."""
        return self._once(
            "namesake", lambda: CA(self.folder / "namesake", "/O=Handfast/CN=Root")
        )

    def issued(self, name, ca=None, **options) -> Credential:
        """A certificate of the root (or another CA), made once under this name."""
        ca = ca or self.root
        return self._once(
            ("issued", ca.folder.name, name), lambda: ca.issue(name, **options)
        )
