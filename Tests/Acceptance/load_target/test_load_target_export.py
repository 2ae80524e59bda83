# SPDX-License-Identifier: Apache-2.0
"""`handfast load-target export`: each form, read by the programs that read it."""

import csv
import filecmp
import hashlib
import json
import re
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)

from clock import Clock
from pki import openssl
from seeds import PASSWORD, Seeded, client_id, credential
from server import handfast

IDS = [client_id(number) for number in range(1, 51)]
SAME_EVERYWHERE = ["pem-folder", "csv", "jsonl", "jks"]


def keytool(*arguments, password=PASSWORD, check=True):
    done = subprocess.run(
        ["keytool", *map(str, arguments), "-storepass", password],
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def public(key):
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def consistent(chain, key, name):
    """A leaf and its CA: the leaf is the client's, is signed by the CA, and has the key."""
    leaf, above = chain
    leaf.verify_directly_issued_by(above)
    assert leaf.subject.rfc4514_string() == f"CN={name}"
    assert public(leaf.public_key()) == public(key.public_key())
    assert 0 < leaf.serial_number < 1 << 159
    return leaf


@pytest.fixture(scope="module")
def chains(folder):
    """Chain and key of each client, from the PEM files."""
    return {
        name: (
            x509.load_pem_x509_certificates((folder / f"{name}.pem").read_bytes()),
            load_pem_private_key((folder / f"{name}.key").read_bytes(), None),
        )
        for name in IDS
    }


def same(one, other):
    if one.is_file():
        return one.read_bytes() == other.read_bytes()
    names = sorted(file.name for file in one.iterdir())
    assert names == sorted(file.name for file in other.iterdir())
    return filecmp.cmpfiles(one, other, names, shallow=False)[0] == names


def export(seeded, form, out, *options):
    return handfast(
        "load-target", "export", "--data", seeded.data, "--format", form, "--out", out, *options,
        check=False,
    )  # fmt: skip


def test_the_folder_has_the_clients_and_the_cas_and_is_the_owners(folder):
    expected = {f"{name}.{ending}" for name in IDS for ending in ("pem", "key")} | {"ca.pem"}
    assert {file.name for file in folder.iterdir()} == expected
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_the_chains_lead_to_the_root_and_the_keys_belong_to_them(folder, chains):
    root, intermediate = x509.load_pem_x509_certificates((folder / "ca.pem").read_bytes())
    intermediate.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    for name, (chain, key) in chains.items():
        consistent(chain, key, name)
        assert chain[1] == intermediate
    kinds = {type(key).__name__ for _, key in chains.values()}
    assert len(kinds) == 3
    assert len({chain[0].serial_number for chain, _ in chains.values()}) == 50


@pytest.mark.parametrize("number", [1, 2, 3])
def test_openssl_verifies_the_chains(folder, number):
    own = credential(folder, number)
    said = openssl(
        "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", folder / "ca.pem",
        "-untrusted", own.certificate, own.certificate,
    )  # fmt: skip
    assert said.endswith(": OK\n")


def test_csv_and_jsonl_have_the_same_as_the_folder(seeded, folder, tmp_path):
    with seeded.export("csv", tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with seeded.export("jsonl", tmp_path / "out.jsonl").open() as file:
        objects = [json.loads(line) for line in file]
    assert rows == objects
    assert [row["client_id"] for row in rows] == IDS
    for row in rows:
        assert row.keys() == {"client_id", "certificate_pem", "key_pem"}
        name = row["client_id"]
        assert row["certificate_pem"] == (folder / f"{name}.pem").read_text()
        assert row["key_pem"] == (folder / f"{name}.key").read_text()
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o600


@pytest.fixture(scope="module")
def stores(seeded, tmp_path_factory):
    return seeded.export("pkcs12", tmp_path_factory.mktemp("stores") / "p12")


def test_pkcs12_has_the_same_keys_and_chains(stores, chains):
    assert {file.name for file in stores.iterdir()} == {f"{name}.p12" for name in IDS}
    for name, (chain, _) in chains.items():
        store = pkcs12.load_pkcs12((stores / f"{name}.p12").read_bytes(), PASSWORD.encode())
        found = [store.cert.certificate, *(one.certificate for one in store.additional_certs)]
        assert found == chain and store.cert.friendly_name == name.encode()
        consistent(found, store.key, name)


def test_openssl_reads_pkcs12_and_refuses_another_password(stores):
    file = stores / "load-000003.p12"
    shown = openssl("pkcs12", "-in", file, "-passin", f"pass:{PASSWORD}", "-nodes")
    assert shown.count("BEGIN CERTIFICATE") == 2 and "BEGIN PRIVATE KEY" in shown
    with pytest.raises(AssertionError, match="invalid password"):
        openssl("pkcs12", "-in", file, "-passin", "pass:other", "-nodes")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_java_reads_pkcs12(stores, number):
    shown = keytool("-list", "-v", "-keystore", stores / f"{client_id(number)}.p12").stdout
    assert f"Alias name: {client_id(number)}\n" in shown
    assert "PrivateKeyEntry" in shown and "Certificate chain length: 2" in shown


@pytest.fixture(scope="module")
def jks(seeded, tmp_path_factory):
    return seeded.export("jks", tmp_path_factory.mktemp("jks") / "clients.jks")


def test_java_finds_every_client_in_the_keystore(jks, folder):
    shown = keytool("-list", "-keystore", jks).stdout
    assert "Keystore type: JKS" in shown and "contains 50 entries" in shown
    entries = re.findall(r"(load-\d+), Jan 1, 2026, PrivateKeyEntry, \n.*SHA-256\): (\S+)", shown)
    assert sorted(name for name, _ in entries) == IDS
    for name, thumbprint in entries[:5]:
        der = openssl("x509", "-in", folder / f"{name}.pem", "-noout", "-fingerprint", "-sha256")
        assert der.strip().endswith(thumbprint)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_java_decrypts_the_keys_of_the_keystore(jks, chains, tmp_path, number):
    name = client_id(number)
    keytool(
        "-importkeystore", "-srckeystore", jks, "-srcstorepass", PASSWORD, "-srcalias", name,
        "-destkeystore", tmp_path / "out.p12", "-deststoretype", "PKCS12",
        "-deststorepass", PASSWORD, "-noprompt",
    )  # fmt: skip
    store = pkcs12.load_pkcs12((tmp_path / "out.p12").read_bytes(), PASSWORD.encode())
    assert public(store.key.public_key()) == public(chains[name][1].public_key())
    assert [store.cert.certificate, *(one.certificate for one in store.additional_certs)] == (
        chains[name][0]
    )


def test_java_refuses_another_password_and_a_changed_keystore(jks, tmp_path):
    assert keytool("-list", "-keystore", jks, password="another", check=False).returncode != 0
    bytes_ = bytearray(jks.read_bytes())
    bytes_[len(bytes_) // 2] ^= 1
    changed = tmp_path / "changed.jks"
    changed.write_bytes(bytes_)
    assert keytool("-list", "-keystore", changed, check=False).returncode != 0


def test_handfast_reads_the_certificates_of_the_keystore(jks, folder):
    done = handfast(
        "certificate", "import", jks, "--password-stdin", "--alias", client_id(4),
        text_input=PASSWORD + "\n",
    )  # fmt: skip
    assert credential(folder, 4).thumbprint in done.stdout


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    """The same seed once more, 200 days later."""
    folder = tmp_path_factory.mktemp("later")
    clock = Clock(folder)
    clock.move(200 * 86_400)
    options = ("--key", "mix", "--method", "mix")
    again = Seeded(folder, options=options, env=clock.environment)
    again.environment = clock.environment
    return again


@pytest.mark.parametrize("form", SAME_EVERYWHERE)
def test_the_same_seed_has_the_same_bytes_on_another_day(seeded, later, tmp_path, form):
    one = seeded.export(form, tmp_path / "one", "--first", 9)
    other = later.export(form, tmp_path / "other", "--first", 9, env=later.environment)
    assert same(one, other)


def test_the_bytes_are_those_of_every_machine(seeded, tmp_path):
    """Another version of the derivation has another digest; this one has it everywhere."""
    made = seeded.export("csv", tmp_path / "out", "--first", 6).read_bytes()
    assert hashlib.sha256(made).hexdigest() == (
        "b51f7b8a89b3e0c2289caf7723d418fa52b24af185e6ce5e823ecf82bf90316b"
    )


@pytest.fixture(scope="module")
def eighth(tmp_path_factory):
    return Seeded(tmp_path_factory.mktemp("eighth"), seed=8, clients=3, options=("--key", "mix"))


@pytest.mark.parametrize("form", SAME_EVERYWHERE)
def test_another_seed_has_other_bytes(seeded, eighth, tmp_path, form):
    one = seeded.export(form, tmp_path / "one", "--first", 3)
    assert not same(one, eighth.export(form, tmp_path / "other"))


def test_an_export_needs_the_manifest_alone(seeded, folder, tmp_path):
    shutil.copy(seeded.data / "load-target.json", tmp_path)
    out = tmp_path / "out"
    handfast("load-target", "export", "--data", tmp_path, "--format", "pem-folder", "--out", out)
    assert same(folder, out)


def test_the_first_clients_are_the_same_as_of_all(seeded, folder, tmp_path):
    out = seeded.export("pem-folder", tmp_path / "out", "--first", 3)
    names = sorted(file.name for file in out.iterdir())
    assert len(names) == 7
    assert filecmp.cmpfiles(folder, out, names, shallow=False)[0] == names


@pytest.mark.parametrize("first", ["0", "51", "-1", "few"])
def test_more_clients_than_there_are_or_none_are_refused(seeded, tmp_path, first):
    done = export(seeded, "csv", tmp_path / "out", f"--first={first}")
    assert done.returncode == 64 and ("from 1 to as many" in done.stderr or "few" in done.stderr)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", ["csv", "jsonl", "jks"])
def test_a_file_is_not_overwritten(seeded, tmp_path, form):
    (tmp_path / "out").write_text("mine")
    done = export(seeded, form, tmp_path / "out")
    assert done.returncode == 1 and "is there already" in done.stderr
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("form", ["pem-folder", "pkcs12"])
def test_a_folder_is_filled_only_where_it_is_empty(seeded, tmp_path, form):
    assert export(seeded, form, tmp_path, "--first", 1).returncode == 0
    before = sorted(tmp_path.iterdir())
    done = export(seeded, form, tmp_path)
    assert done.returncode == 1 and "has files already" in done.stderr
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("form", ["pem-folder", "csv"])
def test_a_place_that_is_not_there_is_said(seeded, tmp_path, form):
    done = export(seeded, form, tmp_path / "missing/out")
    assert done.returncode == 1 and "No such file" in done.stderr


@pytest.mark.parametrize("form", ["pem-folder", "csv", "jks"])
def test_a_full_disk_is_said_and_nothing_is_left(seeded, small_disk, form):
    small_disk.fill()
    out = small_disk.folder / "out"
    done = export(seeded, form, out, "--first", 3)
    assert done.returncode == 1 and "No space left" in done.stderr
    assert [file.name for file in small_disk.folder.iterdir()] == ["filler"]


def test_a_directory_that_is_no_load_target_is_refused(server, tmp_path):
    for data in (server.data, tmp_path, tmp_path / "missing"):
        done = handfast(
            "load-target", "export", "--data", data, "--format", "csv", "--out", tmp_path / "out",
            check=False,
        )  # fmt: skip
        assert done.returncode == 1 and "is no load target" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [('"version" : 1', '"version" : 2', "version 2"), ('"seed"', '"sead"', "is damaged")],
)
def test_a_manifest_of_another_version_or_damaged_is_refused(seeded, tmp_path, old, new, words):
    text = (seeded.data / "load-target.json").read_text()
    assert old in text
    (tmp_path / "load-target.json").write_text(text.replace(old, new))
    done = handfast(
        "load-target", "export", "--data", tmp_path, "--format", "csv", "--out", tmp_path / "out",
        check=False,
    )  # fmt: skip
    assert done.returncode == 1 and words in done.stderr
