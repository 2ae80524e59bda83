# SPDX-License-Identifier: Apache-2.0
"""Keystores and wrappings of other programs: what comes out of them, and what is refused."""

import hashlib
import hmac
import subprocess
import tempfile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

import expect
from oauth import CC
from pki import CA, openssl
from server import handfast

PASSWORD = "sécret"


def take(store, password=PASSWORD, check=True, env=None):
    options = [] if password is None else ["--password-stdin"]
    text = None if password is None else password + "\n"
    return handfast(
        "certificate", "import", store, *options, text_input=text, check=check, env=env
    )


def holds(store, credential, password=PASSWORD, **more):
    """The import has the certificate of `credential`, and nothing of a key."""
    done = take(store, password, **more)
    assert f"# x5t#S256: {credential.thumbprint}\n" in done.stdout
    assert "PRIVATE" not in done.stdout
    return done


def refused(store, *words, password=PASSWORD, **more):
    done = take(store, password, check=False, **more)
    assert done.returncode == 1 and done.stdout == "", done
    for word in words:
        assert word in done.stderr, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def own(pki):
    return pki.self_signed("keystored")


@pytest.fixture
def store(tmp_path, own):
    """Writes a keystore with openssl."""

    def write(*options, name="store.p12"):
        openssl(
            "pkcs12", "-export", "-in", own.certificate, "-inkey", own.key, "-name", "mine",
            "-passout", f"pass:{PASSWORD}", "-out", tmp_path / name, *options,
        )  # fmt: skip
        return tmp_path / name

    return write


@pytest.mark.parametrize("cipher", ["AES-256-CBC", "AES-128-CBC", "DES-EDE3-CBC", "PBE-SHA1-3DES"])
def test_without_a_mac_a_wrong_password_is_still_told(store, own, cipher):
    file = store("-nomac", "-certpbe", cipher)
    done = holds(file, own)
    assert "# alias: mine" in done.stdout and done.stderr == ""
    for wrong in ("secret", "sécret ", "x" * 100):
        assert "password is another one" in refused(file, password=wrong)
    for none in ("", None):
        assert "--password-stdin" in refused(file, password=none)


@pytest.mark.parametrize("key", ["NONE", "PBE-SHA1-3DES", "PBE-SHA1-RC2-40", "DES-CBC"])
def test_of_plain_certificates_the_key_does_not_matter(store, own, key):
    """An old cipher of the key is no hindrance, for the key stays shut."""
    options = ["-legacy", "-provider", "default"] if "RC2" in key or key == "DES-CBC" else []
    file = store("-nomac", "-certpbe", "NONE", "-keypbe", key, *options)
    for password in (PASSWORD, "wrong", "", None):
        done = holds(file, own, password, env={"OPENSSL_MODULES": "/nowhere"})
        assert ("the password was not used" in done.stderr) == bool(password)


@pytest.mark.parametrize("mac", [[], ["-nomac"]])
@pytest.mark.parametrize(
    "cipher", ["PBE-SHA1-RC2-40", "PBE-SHA1-RC2-128", "PBE-SHA1-RC4-128", "DES-CBC"]
)
def test_old_ciphers_are_read_where_openssl_has_them(store, own, cipher, mac):
    file = store("-legacy", "-provider", "default", *mac, "-certpbe", cipher)
    holds(file, own)
    assert "password" in refused(file, password="wrong")
    words = refused(file, "legacy provider", env={"OPENSSL_MODULES": "/nowhere"})
    assert "openssl pkcs12 -legacy" in words and "another one" not in words


def test_a_legacy_keystore_whose_mac_does_not_fit_is_refused(store, own):
    file = store("-legacy")
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    refused(file)


def test_pbmac1_is_checked(tmp_path, own):
    file = tmp_path / "pbmac1.p12"
    for digest in ("sha256", "sha384", "sha512"):
        file.write_bytes(with_pbmac1(own, digest))
        assert holds(file, own).stderr == ""
        assert "password is another one" in refused(file, password="secret")
        assert "--password-stdin" in refused(file, password=None)
        whole = bytearray(file.read_bytes())
        # In the certificate's encrypted bytes: the MAC is what shows it.
        whole[300] ^= 1
        file.write_bytes(whole)
        refused(file)


def test_pbmac1_of_unbounded_work_is_refused_at_once(tmp_path, own):
    file = tmp_path / "pbmac1.p12"
    file.write_bytes(with_pbmac1(own, "sha256", rounds=1_000_000, right=False))
    refused(file, "another one")
    for rounds in (1_000_001, 1 << 31, 1 << 80):
        file.write_bytes(with_pbmac1(own, "sha256", rounds=rounds, right=False))
        refused(file, "more than 1000000 rounds")
    # RFC 9579 §4: the length of the key must be there, and a code of SHA-256 at least.
    file.write_bytes(with_pbmac1(own, "sha256", key_length=None, right=False))
    refused(file, "damaged")
    file.write_bytes(with_pbmac1(own, "sha256", key_length=10_000, right=False))
    refused(file, "damaged")


def test_a_mac_of_an_unknown_kind_is_warned_of(tmp_path, own):
    file = tmp_path / "unknown.p12"
    file.write_bytes(with_pbmac1(own, "sha256", right=False).replace(PBMAC1, ODD))
    assert "MAC" in holds(file, own).stderr
    assert "password is another one" in refused(file, password="wrong")


@pytest.mark.parametrize("rounds", [1_000_001, 8_000_000])
def test_encryption_of_unbounded_work_is_refused(tmp_path, store, rounds):
    file = store("-iter", "65539", "-nomac", "-certpbe", "AES-256-CBC")
    whole = file.read_bytes()
    # The key's rounds stand in a bag of its own, which is never decrypted.
    assert whole.count(b"\x02\x03\x01\x00\x03") == 2, whole.hex()
    file.write_bytes(whole.replace(b"\x02\x03\x01\x00\x03", b"\x02\x03" + rounds.to_bytes(3)))
    refused(file, "rounds")


def test_an_unknown_cipher_is_no_wrong_password(store, own):
    file = store("-nomac", "-certpbe", "AES-256-CBC")
    aes = bytes.fromhex("060960864801650304012a")
    other = bytes.fromhex("060960864801650304017f")
    whole = file.read_bytes()
    assert whole.count(aes) == 2
    file.write_bytes(whole.replace(aes, other))
    words = refused(file, "2.16.840.1.101.3.4.1.127")
    assert "password" not in words


def test_python_writes_what_is_read(tmp_path, own):
    key = serialization.load_pem_private_key(own.key.read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(own.certificate.read_bytes())
    file = tmp_path / "python.p12"
    pbes = pkcs12.PBES
    for algorithm in (pbes.PBESv2SHA256AndAES256CBC, pbes.PBESv1SHA1And3KeyTripleDESCBC):
        encryption = (
            serialization.PrivateFormat.PKCS12.encryption_builder()
            .key_cert_algorithm(algorithm).kdf_rounds(5000).hmac_hash(hashes.SHA256())
            .build(PASSWORD.encode())
        )  # fmt: skip
        file.write_bytes(
            pkcs12.serialize_key_and_certificates(b"name", key, certificate, None, encryption)
        )
        holds(file, own)
        refused(file, "another one", password="wrong")


@pytest.mark.parametrize("cipher", ["aes-256", "3des-pkcs12", "arcfour", "rc2-40"])
def test_gnutls_writes_what_is_read(tmp_path, own, cipher):
    file = tmp_path / "gnutls.p12"
    done = subprocess.run(
        ["certtool", "--to-p12", "--load-certificate", own.certificate, "--load-privkey", own.key,
         "--p12-name", "mine", "--password", "secret", "--pkcs-cipher", cipher, "--outder",
         "--outfile", file],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    holds(file, own, "secret")
    refused(file, "another one", password="wrong")


# PKCS#7 and TRUSTED CERTIFICATE.


@pytest.fixture(scope="module")
def cas(tmp_path_factory):
    """Three CAs."""
    folder = tmp_path_factory.mktemp("authorities")
    return [CA(folder / str(n), f"/O=Handfast/CN=Form CA {n}") for n in range(3)]


def wrapped(kind, cas, folder):
    """The CAs in one file, as other tools put them there."""
    found = [x509.load_pem_x509_certificate(a.certificate.read_bytes()) for a in cas]
    file = folder / f"cas.{kind}"
    if kind == "pem":
        file.write_text("".join(a.certificate.read_text() for a in cas))
    elif kind == "trusted":
        file.write_text(
            "".join(
                openssl("x509", "-in", a.certificate, "-trustout", "-addtrust", "clientAuth")
                for a in cas
            )
        )
    elif kind == "crl2pkcs7":
        options = [o for a in cas for o in ("-certfile", a.certificate)]
        openssl("crl2pkcs7", "-nocrl", *options, "-out", file)
    else:
        encoding = {"p7b": serialization.Encoding.DER, "p7s": serialization.Encoding.PEM}[kind]
        file.write_bytes(pkcs7.serialize_certificates(found, encoding))
    return file


@pytest.mark.parametrize("kind", ["pem", "trusted", "crl2pkcs7", "p7b", "p7s"])
def test_all_cas_of_a_file_are_taken(server, pki, cas, tmp_path, kind):
    file = wrapped(kind, cas, tmp_path)
    leaf = pki.issued("form-leaf", cas[1], subject="/CN=form-leaf")
    client = server.add_client(
        f"ca-{kind}", "--ca-certificate", file, "--subject-dn", "CN=form-leaf"
    )
    assert len(client["ca_certificates"]["keys"]) == 3
    server.handfast("trust-set", "add", f"set-{kind}", "--ca-certificate", file)
    shared = server.add_client(
        f"set-{kind}", "--trust-set", f"set-{kind}", "--subject-dn", "CN=form-leaf"
    )
    for one in (client, shared):
        body = {**CC, "client_id": one["client_id"]}
        expect.eventually(lambda: server.token(body, leaf).status == 200)
        expect.error(server.token(body, pki.self_signed("form-other")), "invalid_client")
    # One certificate is wanted there.
    done = server.handfast("client", "add", "x", "--certificate", file, check=False)
    assert done.returncode == 1 and "3 certificates" in done.stderr


def test_one_that_is_no_ca_spoils_the_file(server, cas, tmp_path):
    own = cas[0].issue("spoiling", subject="/CN=spoiling")
    file = wrapped("pem", cas, tmp_path)
    file.write_text(file.read_text() + own.certificate.read_text())
    options = ["--ca-certificate", file, "--subject-dn", "CN=x"]
    done = server.handfast("client", "add", "spoilt", *options, check=False)
    assert done.returncode == 1 and own.subject in done.stderr
    done = server.handfast("trust-set", "add", "spoilt", "--ca-certificate", file, check=False)
    assert done.returncode == 1 and own.subject in done.stderr


@pytest.mark.parametrize("kind", ["p7b", "p7s", "crl2pkcs7"])
def test_damaged_pkcs7_is_refused(cas, tmp_path, kind):
    file = wrapped(kind, cas, tmp_path)
    whole = file.read_bytes()
    assert take(file, None).stdout.count("BEGIN CERTIFICATE") == 3
    inspected = handfast("certificate", "inspect", file, check=False)
    assert inspected.returncode == 1 and "3 certificates" in inspected.stderr
    for damaged in (whole[:-40], whole[: len(whole) // 2], whole + b"x"):
        file.write_bytes(damaged)
        if kind != "p7b" and damaged.endswith(b"x"):
            continue  # In PEM that is a comment.
        refused(file, password=None)
    openssl("crl2pkcs7", "-nocrl", "-outform", "DER", "-out", file)
    refused(file, "holds no certificates", password=None)


def test_trust_settings_are_minded(server, own, tmp_path):
    file = tmp_path / "trusted.pem"

    def settings(*options):
        file.write_text(openssl("x509", "-in", own.certificate, "-trustout", *options))
        return server.handfast("client", "add", "trusted", "--certificate", file, check=False)

    for other in (
        ["-addtrust", "serverAuth"], ["-addreject", "clientAuth"],
        ["-addtrust", "clientAuth", "-addreject", "anyExtendedKeyUsage"],
    ):  # fmt: skip
        done = settings(*other)
        assert done.returncode == 1 and "openssl x509" in done.stderr, done
    mixed = file.read_text() + own.certificate.read_text()
    file.write_text(mixed)
    refused(file, "trust settings", password=None)
    done = settings("-addtrust", "clientAuth", "-addreject", "serverAuth", "-setalias", "x")
    assert done.returncode == 0, done.stderr
    assert own.thumbprint in server.handfast("client", "show", "trusted").stdout


# PBMAC1 by hand: no program on Debian 12 writes it.

PBMAC1 = bytes.fromhex("06092a864886f70d01050e")
ODD = bytes.fromhex("06092a864886f70d01057f")


def der(tag, *contents):
    content = b"".join(contents)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def number(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def with_pbmac1(own, digest, rounds=2048, key_length=0, right=True):
    """A PKCS#12 file as RFC 9579 wants it: what openssl encrypted, with another MAC."""
    with tempfile.NamedTemporaryFile() as plain:
        openssl(
            "pkcs12", "-export", "-in", own.certificate, "-inkey", own.key, "-nomac", "-certpbe",
            "AES-256-CBC", "-passout", f"pass:{PASSWORD}", "-out", plain.name,
        )  # fmt: skip
        whole = plain.read()
    # SEQUENCE { 3, ContentInfo }; all lengths have three or four octets there.
    info = whole[whole.index(bytes.fromhex("06092a864886f70d010701")) - 4 :]
    content = info[info.index(b"\x04\x82") + 4 :]
    size = hashlib.new(digest).digest_size
    count = size if key_length == 0 else key_length
    salt = b"sixteen bytes of"
    key = hashlib.pbkdf2_hmac(digest, PASSWORD.encode(), salt, rounds, size) if right else b"x"
    code = hmac.new(key, content, digest).digest()
    last = {"sha256": 9, "sha384": 10, "sha512": 11}[digest]
    scheme = der(0x30, bytes.fromhex("06082a864886f70d02") + bytes([last]), b"\x05\x00")
    derivation = der(
        0x30, bytes.fromhex("06092a864886f70d01050c"),
        der(0x30, der(4, salt), number(rounds), number(count) if count else b"", scheme),
    )  # fmt: skip
    algorithm = der(0x30, PBMAC1, der(0x30, derivation, scheme))
    mac = der(0x30, der(0x30, algorithm, der(4, code)), der(4, b"NOT USED"), number(1))
    return der(0x30, number(3), info, mac)
