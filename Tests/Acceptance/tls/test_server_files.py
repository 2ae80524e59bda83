# SPDX-License-Identifier: Apache-2.0
"""Files of the server's certificates and keys: what clients could not use is refused by name.

At `check`, at the start and at SIGHUP alike.
"""

import base64
import signal

import pytest

import expect
from openssl_client import s_client
from pairs import pair_yaml
from pki import CA, CA_CONFIGURATION, KEY_ALGORITHMS, openssl
from server import Server, handfast

KEYS = {
    **KEY_ALGORITHMS,
    "p521": ["EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "secp256k1": ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "brainpool": ["EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"],
    "ed448": ["ED448"],
    "rsa2040": ["RSA", "-pkeyopt", "rsa_keygen_bits:2040"],
}
SERVER = "basicConstraints=CA:false\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost\n"
FAILED = "configuration not reloaded"


class House:
    """A root, an intermediate and a pair of the server under it, as a configuration names them."""

    def __init__(self, folder):
        self.folder = folder
        self.root = CA(folder / "root", "/CN=Server Root")
        self.between = CA(folder / "between", "/CN=Server CA", parent=self.root)
        self.certificate, self.key = folder / "chain.pem", folder / "key.pem"
        self.path = folder / "server.yaml"
        self.path.write_text(pair_yaml(own=(self.certificate, self.key)))
        self.options = ["--config", self.path]
        self.count = 0
        self.serve(*self.pair())

    def pair(self, algorithm="p256", ca=None, digest="sha256", extensions=SERVER):
        """Leaf and key, as text."""
        self.count += 1
        name = self.folder / f"leaf-{self.count}"
        ca = ca or self.between
        key, request, certificate = (name.with_suffix(s) for s in (".key", ".csr", ".crt"))
        openssl("genpkey", "-algorithm", *KEYS[algorithm], "-out", key)
        openssl("req", "-new", "-key", key, "-subj", f"/CN=server {self.count}", "-out", request)
        name.with_suffix(".ext").write_text(extensions)
        openssl(
            "x509", "-req", "-in", request, "-CA", ca.certificate, "-CAkey", ca.key,
            "-CAcreateserial", f"-{digest}", "-days", "90", "-extfile", name.with_suffix(".ext"),
            "-out", certificate,
        )  # fmt: skip
        return certificate.read_text(), key.read_text()

    @property
    def above(self):
        return self.between.certificate.read_text()

    def serve(self, leaf, key, above=None):
        self.certificate.write_text(leaf + (self.above if above is None else above))
        self.key.write_text(key)

    def check(self):
        return handfast("check", "--config", self.path, check=False)

    def refused(self, words):
        done = self.check()
        assert done.returncode == 1 and not done.stdout, done
        for word in words:
            assert word in done.stderr, (word, done.stderr)
        assert done.stderr.count("\n") == 1
        return done


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return House(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def running(house, tmp_path_factory):
    house.serve(*house.pair())
    with Server(tmp_path_factory.mktemp("running") / "data", house.options) as server:
        yield server
        assert server.running and server.stop() == 0


def handshake(server, *options):
    return s_client(server, "-showcerts", *options)


def subjects(server, *options):
    """The subjects of the chain that openssl's client gets."""
    lines = handshake(server, *options).splitlines()
    return [line.split("s:", 1)[1] for line in lines if line.strip()[1:].startswith(" s:")]


def sent(server):
    return subjects(server)


def cut(text, count):
    return text[:-count]


def without_line(text, number):
    lines = text.splitlines(keepends=True)
    return "".join(lines[:number] + lines[number + 1 :])


def encrypted(house, leaf, key):
    (house.folder / "plain.pem").write_text(key)
    return openssl("pkcs8", "-topk8", "-in", house.folder / "plain.pem", "-passout", "pass:x")


def trusted(house):
    return openssl("x509", "-in", house.between.certificate, "-trustout", "-addtrust", "serverAuth")


def long_der(text):
    """The same block with two bytes behind its DER."""
    first, *body, last = text.splitlines()
    der = base64.b64decode("".join(body)) + b"\0\0"
    return f"{first}\n{base64.encodebytes(der).decode()}{last}\n"


# Damage to leaf, CA above it and key; which file is to blame, and words of the reason.
DAMAGE = {
    "glued": (lambda h, c, a, k: (c.rstrip("\n") + a, k), "chain", ["Block 1, line 1", "END and"]),
    "a lost line": (lambda h, c, a, k: (c + without_line(a, 4), k), "chain", ["Block 2", "short"]),
    "a lost line of the leaf": (lambda h, c, a, k: (without_line(c, 4) + a, k), "chain",
                                ["Block 1, line 1", "cut short"]),
    "cut in the CA": (lambda h, c, a, k: (c + cut(a, 60), k), "chain", ["Block 2", "not end"]),
    "cut in its last line": (lambda h, c, a, k: (c + cut(a, 3), k), "chain", ["Block 2"]),
    "cut in a BEGIN": (lambda h, c, a, k: (c + a[:12], k), "chain", ["looks like a BEGIN"]),
    "hyphens lost": (lambda h, c, a, k: (c + a[1:], k), "chain", ["looks like a BEGIN"]),
    "no END": (lambda h, c, a, k: (c.replace("-----END CERTIFICATE-----\n", "") + a, k), "chain",
               ["Block 1", "does not end before the BEGIN"]),
    "another END": (lambda h, c, a, k: (c + a.replace("END CERT", "END X509 CERT"), k), "chain",
                    ["Block 2", "begins as `CERTIFICATE`"]),
    "BEGIN in text": (lambda h, c, a, k: (c + "# " + a, k), "chain", ["looks like a BEGIN"]),
    "no base64": (lambda h, c, a, k: (c + a[:99] + "*" + a[100:], k), "chain", ["is not base64"]),
    "NULs": (lambda h, c, a, k: (c + a + "\0" * 99, k), "chain", ["no text"]),
    "DER too long": (lambda h, c, a, k: (c + long_der(a), k), "chain", ["Block 2", "Bytes follow"]),
    "trusted form": (lambda h, c, a, k: (c + trusted(h), k), "chain", ["Block 2", "trust set"]),
    "a request": (lambda h, c, a, k: (c + (h.folder / "leaf-1.csr").read_text(), k), "chain",
                  ["Block 2", "signing request"]),
    "empty": (lambda h, c, a, k: ("", k), "chain", ["empty"]),
    "two keys": (lambda h, c, a, k: (c + a, k + k), "key", ["Block 2", "second private key"]),
    "an encrypted key": (lambda h, c, a, k: (c + a, encrypted(h, c, k)), "key", ["is encrypted"]),
    "a cut key": (lambda h, c, a, k: (c + a, cut(k, 30)), "key", ["Block 1, line 1", "not end"]),
    "a key too long": (lambda h, c, a, k: (c + a, long_der(k)), "key", ["Bytes follow"]),
    "no key": (lambda h, c, a, k: (c + a, c), "key", ["no private key"]),
    "another's key": (lambda h, c, a, k: (c + a, h.pair()[1]), "key", ["not this certificate's"]),
    "the CA first": (lambda h, c, a, k: (a + c, k), "key", ["comes first", "block 2"]),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGE)
def test_a_file_that_is_not_understood_is_named_and_the_old_one_stays(house, running, case):
    make, file, words = DAMAGE[case]
    good = house.pair()
    house.serve(*good)
    running.signal(signal.SIGHUP)
    expect.eventually(lambda: len(sent(running)) == 2 and house_subject(house) in sent(running)[0])
    before = sent(running)
    chain, key = make(house, good[0], house.above, good[1])
    house.certificate.write_text(chain)
    house.key.write_text(key)
    path = house.certificate if file == "chain" else house.key
    done = house.refused([str(path), *words])
    setting = "certificate" if file == "chain" else "key"
    assert done.stderr.startswith(f"tls.certificates.own.{setting}: ")
    count = running.log.count(FAILED)
    running.signal(signal.SIGHUP)
    expect.eventually(lambda: running.log.count(FAILED) > count)
    line = next(line for line in reversed(running.stderr) if FAILED in line)
    assert str(path) in line and words[0] in line, line
    assert sent(running) == before
    secret = good[1].splitlines()[1]
    assert secret not in running.log and secret not in done.stderr


def house_subject(house):
    shown = openssl("x509", "-in", house.certificate, "-noout", "-subject")
    return shown.strip().removeprefix("subject=").replace(" = ", "=")


def test_text_parameters_and_a_key_in_the_same_file_are_understood(house, running):
    leaf, key = house.pair()
    parameters = openssl("ecparam", "-name", "prime256v1")
    whole = f"# ours\n{key}{parameters}subject=CN = x\n{leaf}\n---\n{house.above}"
    whole = whole.replace("\n", "\r\n")
    house.certificate.write_text(whole)
    house.key.write_text(whole)
    done = house.check()
    assert done.returncode == 0 and done.stderr == "", done
    running.signal(signal.SIGHUP)
    expect.eventually(lambda: house_subject(house) in str(sent(running)))
    assert len(sent(running)) == 2


def test_a_chain_out_of_order_is_warned_of(house, running):
    leaf, key = house.pair()
    house.serve(leaf, key, house.root.certificate.read_text() + house.above)
    done = house.check()
    assert done.returncode == 0 and done.stdout.endswith(": ok\n")
    assert done.stderr.startswith("warning: tls.certificates.own.certificate: ")
    assert "Block 2, line" in done.stderr and "is not the issuer" in done.stderr
    running.signal(signal.SIGHUP)
    expect.logged(running, "some clients may refuse a certificate chain")
    house.serve(leaf, key, house.above + house.root.certificate.read_text())
    assert house.check().stderr == ""


# Keys


@pytest.mark.parametrize("algorithm", ["rsa2048", "rsapss", "p256", "p384", "p521", "ed25519"])
def test_keys_that_clients_know_are_served_in_both_versions(house, running, algorithm):
    house.serve(*house.pair(algorithm))
    assert house.check().stderr == ""
    running.signal(signal.SIGHUP)
    expect.eventually(lambda: house_subject(house) in str(sent(running)))
    for version in ("-tls1_2", "-tls1_3"):
        assert house_subject(house) in str(subjects(running, version)), version


BAD_KEYS = {
    "p224": ["curve"],
    "secp256k1": ["curve"],
    "brainpool": ["curve"],
    "ed448": ["Ed448"],
    "rsa1024": ["1024 bits"],
    "rsa2040": ["2040 bits"],
}


@pytest.mark.parametrize("algorithm", BAD_KEYS)
def test_keys_that_tls_cannot_use_are_refused_everywhere(house, running, fresh, algorithm):
    before = sent(running)
    house.serve(*house.pair(algorithm))
    house.refused([str(house.certificate), "Block 1, line 1", *BAD_KEYS[algorithm]])
    count = running.log.count(FAILED)
    running.signal(signal.SIGHUP)
    expect.eventually(lambda: running.log.count(FAILED) > count)
    assert sent(running) == before and len(before) == 2
    starting = fresh(options=house.options).launch()
    assert starting.wait() == 1
    expect.logged(starting, str(house.certificate), "Block 1")


def test_sha1_is_refused_on_the_leaf_and_on_an_intermediate(house, running):
    before = sent(running)
    weak = CA(house.folder / "weak", "/CN=Weak CA", parent=house.root)
    text = CA_CONFIGURATION.format(folder=house.root.folder).replace("sha256", "sha1")
    (house.root.folder / "ca.cnf").write_text(text)
    sha1 = CA(house.folder / "sha1", "/CN=SHA-1 CA", parent=house.root)
    (house.root.folder / "ca.cnf").write_text(text.replace("sha1", "sha256"))
    cases = [
        (house.pair(digest="sha1"), house.above, ["Block 1, line 1", "SHA1"]),
        (house.pair(ca=sha1), sha1.certificate.read_text(), ["Block 2, line", "SHA1"]),
    ]
    for pair, above, words in cases:
        house.serve(*pair, above)
        house.refused([str(house.certificate), *words])
        count = running.log.count(FAILED)
        running.signal(signal.SIGHUP)
        expect.eventually(lambda count=count: running.log.count(FAILED) > count)
        assert sent(running) == before
    house.serve(*house.pair(ca=weak), weak.certificate.read_text())
    assert house.check().returncode == 0
    running.signal(signal.SIGHUP)
    expect.eventually(lambda: house_subject(house) in str(sent(running)))


def test_a_key_for_one_version_only_names_the_version(house, running):
    """Without digitalSignature ECDSA is for nothing in TLS 1.2; TLS 1.3 has no such rule."""
    before = sent(running)
    house.serve(*house.pair(extensions=SERVER + "keyUsage=keyAgreement\n"))
    house.refused([str(house.certificate), "works in TLS 1.3 only", "not in TLS 1.2"])
    count = running.log.count(FAILED)
    running.signal(signal.SIGHUP)
    expect.eventually(lambda: running.log.count(FAILED) > count)
    assert sent(running) == before
    text = house.path.read_text()
    try:
        house.path.write_text(text.replace("tls:\n", "tls:\n  minimum_version: '1.3'\n"))
        assert house.check().returncode == 0
    finally:
        house.path.write_text(text)
