# SPDX-License-Identifier: Apache-2.0
"""`handfast trust-set`: CAs under one name, and the clients that are registered with them."""

import json
import re

import pytest

import expect
from oauth import CC
from pki import CA, DAY

LEAF = "/O=Handfast/CN=trusted"
SUBJECT = "CN=trusted,O=Handfast"


@pytest.fixture(scope="module")
def crl(tmp_path_factory, pki):
    """The file of a revocation list of the root, with nothing on it."""
    file = tmp_path_factory.mktemp("lists") / "ca.crl"
    file.write_bytes(pki.root.revocation_list(30 * DAY))
    return file


@pytest.fixture(scope="module")
def internal(books, pki):
    books.handfast("trust-set", "add", "internal", "--ca-certificate", pki.root.certificate)
    return "internal"


@pytest.fixture
def refuse(internal, refuse):
    """With the set in place that others are measured by."""
    return refuse


def shown(books, name):
    return json.loads(books.handfast("trust-set", "show", name, "--json").stdout)


def test_a_set_is_made_shown_listed_changed_and_removed(books, pki, crl):
    root, other = pki.root.certificate, pki.namesake.certificate
    done = books.handfast(
        "trust-set", "add", "whole", "--ca-certificate", root, "--ca-certificate", other,
        "--crl", crl, "--crl", "http://crl.example/a.crl", "--json",
    )  # fmt: skip
    made = json.loads(done.stdout)
    assert made["name"] == "whole" and made["revocation"] == "hard"
    assert made["crl"] == [str(crl), "http://crl.example/a.crl"]
    assert len(made["ca_certificates"]["keys"]) == 2
    whole = shown(books, "whole")
    assert [one["source"] for one in whole.pop("crl_lists")] == made["crl"]
    assert {**made, "clients": 0} == whole
    assert made in json.loads(books.handfast("trust-set", "list", "--json").stdout)
    text = books.handfast("trust-set", "show", "whole").stdout
    for word in ("whole", "CN=Root,O=Handfast", str(crl), "http://crl.example/a.crl", "hard"):
        assert word in text
    listed = books.handfast("trust-set", "list").stdout.splitlines()
    assert re.search(r"2 +2 +hard +whole", "\n".join(listed)), listed
    # A named field is replaced, and nothing else changes.
    changed = books.handfast(
        "trust-set", "update", "whole", "--ca-certificate", root, "--json"
    )  # fmt: skip
    assert json.loads(changed.stdout) == {
        **made, "ca_certificates": {"keys": [made["ca_certificates"]["keys"][0]]}
    }  # fmt: skip
    books.handfast("trust-set", "update", "whole", "--crl", "https://crl.example/b")
    assert shown(books, "whole")["crl"] == ["https://crl.example/b"]
    assert books.handfast("trust-set", "remove", "whole").stdout == "removed: whole\n"
    assert "whole" not in books.handfast("trust-set", "list").stdout
    assert books.handfast("trust-set", "show", "whole", check=False).returncode == 1


def test_what_is_checked_for_revocation(books, pki, crl):
    root = ["--ca-certificate", pki.root.certificate]

    def mode(command, name, *options):
        done = books.handfast("trust-set", command, name, *options, "--json")
        return json.loads(done.stdout)["revocation"]

    assert mode("add", "mode-a", *root) == "off"
    assert mode("add", "mode-b", *root, "--crl", crl) == "hard"
    for word in ("off", "soft", "hard"):
        assert mode("add", f"mode-{word}", *root, "--crl", crl, "--revocation", word) == word
    assert mode("update", "mode-soft", "--crl", "https://crl.example/c") == "soft"
    assert mode("update", "mode-off", "--crl", "https://crl.example/c") == "off"
    # The first list of a set counts, unless it is said that it does not.
    assert mode("update", "mode-a", "--crl", crl) == "hard"
    assert mode("update", "mode-a", "--no-crl") == "off"
    assert mode("update", "mode-a", "--crl", crl, "--revocation", "soft") == "soft"


@pytest.mark.parametrize("word", ["soft", "hard"])
def test_nothing_is_checked_without_a_list(refuse, books, pki, crl, word):
    root = ["--ca-certificate", pki.root.certificate]
    refuse("trust-set", "add", "bad", *root, "--revocation", word, words=["--crl"])
    refuse("trust-set", "update", "internal", "--revocation", word, words=["--crl"])
    books.handfast("trust-set", "add", f"listed-{word}", *root, "--crl", crl)
    refuse("trust-set", "update", f"listed-{word}", "--no-crl", "--revocation", word)
    refuse("trust-set", "add", "bad", *root, "--crl", crl, "--revocation", "some", words=["soft"])


def test_names(refuse, books, pki):
    root = ["--ca-certificate", pki.root.certificate]
    for name in ["A", "a.b_c-9", "x" * 64]:
        books.handfast("trust-set", "add", name, *root)
    for name in ["", "two words", "a/b", "caf\u00e9", "a\nb", "x" * 65, "*"]:
        refuse("trust-set", "add", name, *root, words=["name"])
    refuse("trust-set", "add", "A", *root, words=["already", "A"])
    assert books.handfast("trust-set", "add", "b", *root).stdout == "added: b\n"
    for command in (["show"], ["remove"], ["update", *root]):
        refuse("trust-set", command[0], "absent", *command[1:], words=["absent"])
    refuse("trust-set", "update", "A", words=["nothing to change"])
    refuse("trust-set", "update", "A", "--no-crl", "--crl", "https://a.example/", words=["either"])


def test_files_without_a_ca_in_them(refuse, pki, tmp_path):
    good = ["--ca-certificate", pki.root.certificate]
    leaf = pki.issued("trusted", subject=LEAF)
    text, empty, two = (tmp_path / name for name in ("text.pem", "empty.pem", "two.pem"))
    text.write_text("no certificate\n")
    empty.write_text("")
    two.write_text(pki.root.certificate.read_text() + leaf.certificate.read_text())
    weak = CA(tmp_path / "weak", "/CN=weak", algorithm="rsa1024").certificate
    for file in [leaf.certificate, leaf.key, text, empty, two, tmp_path / "absent.pem", weak]:
        done = refuse("trust-set", "add", "bad", *good, "--ca-certificate", file, words=[file.name])
        assert leaf.key.read_text().splitlines()[1] not in done.stderr
        refuse("trust-set", "update", "internal", "--ca-certificate", file, words=[file.name])
    refuse("trust-set", "add", "bad", words=["--ca-certificate"])
    refuse("trust-set", "add", "bad", *good, *good, words=["once"])


def test_as_many_cas_and_lists_as_a_chain_is_checked_with(refuse, books, tmp_path):
    files = [
        CA(tmp_path / f"ca-{number}", f"/CN=ca {number}").certificate for number in range(17)
    ]
    options = [word for file in files for word in ("--ca-certificate", file)]
    lists = [word for number in range(17) for word in ("--crl", f"https://crl.example/{number}")]
    refuse("trust-set", "add", "bad", *options, words=["16"])
    refuse("trust-set", "add", "bad", *options[:2], *lists, words=["16"])
    refuse("trust-set", "add", "bad", *options[:2], *lists[:2], *lists[:2], words=["once"])
    books.handfast("trust-set", "add", "sixteen", *options[:32], *lists[:32])
    assert len(shown(books, "sixteen")["ca_certificates"]["keys"]) == 16
    assert len(shown(books, "sixteen")["crl"]) == 16


def test_where_lists_come_from(refuse, books, pki, crl, tmp_path):
    add = ["trust-set", "add", "bad", "--ca-certificate", pki.root.certificate, "--crl"]
    for source in [
        "ftp://crl.example/a", "file:///etc/crl", "ldap://crl.example/a", "http:crl", "https://",
        "http:///a", "https://u:p@crl.example/", "https://crl.example/#x", "https://crl.example/ a",
        "", "/a\nb", "/" + "x" * 3000, "https://crl.example/" + "x" * 3000, tmp_path,
        # Neither there nor a whole path: most likely a URL without its beginning.
        "crl.example/a.crl", "absent.crl",
    ]:  # fmt: skip
        refuse(*add, source, cwd=tmp_path)
    # A path is kept from the root on, wherever the command ran.
    books.handfast(*add[:2], "relative", *add[3:], f"../{crl.parent.name}/{crl.name}",
                   cwd=crl.parent)  # fmt: skip
    assert shown(books, "relative")["crl"] == [str(crl)]
    later = tmp_path / "later.crl"
    done = books.handfast(*add[:2], "later", *add[3:], later)
    assert shown(books, "later")["crl"] == [str(later)] and str(later) in done.stderr


# Clients


def test_a_client_has_a_set_in_place_of_its_own_cas(refuse, books, internal, pki):
    root = ["--ca-certificate", pki.root.certificate]
    made = books.add_client("shares", "--trust-set", "internal", "--subject-dn", SUBJECT)
    assert made["token_endpoint_auth_method"] == "tls_client_auth"
    assert made["trust_set"] == "internal" and "ca_certificates" not in made
    assert re.search(r"trust set: +internal", books.handfast("client", "show", "shares").stdout)
    assert re.search("shares +trust set internal", books.handfast("client", "list").stdout)
    assert shown(books, "internal")["clients"] == 1
    listed = books.handfast("client", "certificate", "list", "shares", "--ca").stdout
    assert "CN=Root,O=Handfast" in listed
    client = ["client", "add", "bad", "--subject-dn", SUBJECT]
    refuse(*client, "--trust-set", "internal", *root, words=["either"])
    refuse(*client, "--trust-set", "absent", words=["absent", "trust-set list"])
    refuse(*client, "--trust-set", "no name", words=["name"])
    refuse("client", "add", "bad", "--trust-set", "internal", words=["--subject-dn"])
    for method in ("self_signed_tls_client_auth", "client_secret_basic"):
        refuse("client", "add", "bad", "--trust-set", "internal", "--auth-method", method)
    # On its own, the set is not for one client to change.
    for command in ("add", "remove"):
        what = pki.namesake.certificate if command == "add" else "A" * 43
        refuse("client", "certificate", command, "shares", what, "--ca", words=["internal"])
    refuse("client", "update", "shares", "--remove-ca-certificate", "A" * 43, words=["internal"])
    # One takes the place of the other.
    books.handfast("client", "update", "shares", *root)
    own = json.loads(books.handfast("client", "show", "shares", "--json").stdout)
    assert "trust_set" not in own and len(own["ca_certificates"]["keys"]) == 1
    books.handfast("client", "update", "shares", "--trust-set", "internal")
    again = json.loads(books.handfast("client", "show", "shares", "--json").stdout)
    assert again["trust_set"] == "internal" and "ca_certificates" not in again


def test_a_set_in_use_is_not_removed(refuse, books, pki):
    books.handfast("trust-set", "add", "used", "--ca-certificate", pki.root.certificate)
    for number in range(6):
        books.add_client(f"user-{number}", "--trust-set", "used", "--subject-dn", SUBJECT)
    done = refuse("trust-set", "remove", "used", words=[f"user-{n}" for n in range(5)])
    assert "user-5" not in done.stderr and "1 more" in done.stderr
    for number in range(6):
        books.handfast("client", "remove", f"user-{number}")
    books.handfast("trust-set", "remove", "used")


def test_verify_goes_by_the_set(books, internal, pki, crl):
    books.add_client("verified", "--trust-set", "internal", "--subject-dn", SUBJECT)
    good = pki.issued("trusted", subject=LEAF)
    foreign = pki.issued("trusted", pki.namesake, subject=LEAF)

    def verify(credential):
        arguments = ["verify", "--client", "verified", "--certificate", credential.certificate]
        done = books.handfast(*arguments, check=False)
        report = json.loads(books.handfast(*arguments, "--json", check=False).stdout)
        assert done.returncode == (0 if report["authenticated"] else 1)
        return report, done.stdout

    report, text = verify(good)
    assert report["authenticated"] and report["trust_set"] == {
        "name": "internal", "revocation": "off", "unreadable": []
    }  # fmt: skip
    assert re.search(r"trust set: +internal", text)
    report, text = verify(foreign)
    assert report["decided_by"] == "path" and "trust-set update internal" in report["remedy"]
    books.handfast("trust-set", "update", "internal", "--crl", crl)
    content = crl.read_bytes()
    crl.write_bytes(b"")
    report, text = verify(good)
    crl.write_bytes(content)
    # The file has nothing in it any more, and hard refuses what it cannot know.
    assert report["trust_set"]["revocation"] == "hard" and report["decided_by"] == "revocation"
    assert str(crl) in report["trust_set"]["unreadable"][0] and "unreadable" in text
    assert verify(good)[0]["authenticated"]
    books.handfast("trust-set", "update", "internal", "--no-crl")


def test_changes_of_sets_do_not_upset_a_running_server(server, pki, crl):
    own = pki.self_signed("bystander")
    bystander = server.add_client("bystander", "--certificate", own.certificate)
    body = {**CC, "client_id": bystander["client_id"]}
    expect.eventually(lambda: server.token(body, own).status == 200)
    with server.connect(own) as connection:
        for command in [
            ["add", "--ca-certificate", pki.root.certificate],
            ["update", "--ca-certificate", pki.namesake.certificate],
            ["update", "--ca-certificate", pki.root.certificate, "--crl", crl],
            ["update", "--no-crl"],
        ]:
            server.handfast("trust-set", command[0], "living", *command[1:])
            expect.token(connection.token(body))
        server.add_client("lives", "--trust-set", "living", "--subject-dn", SUBJECT)
        refused = server.handfast("trust-set", "remove", "living", check=False)
        assert refused.returncode == 1 and "lives" in refused.stderr
        server.handfast("client", "remove", "lives")
        server.handfast("trust-set", "remove", "living")
        # Later changes still reach the server.
        later = server.add_client("later", "--certificate", own.certificate)
        expect.eventually(
            lambda: connection.token({**CC, "client_id": later["client_id"]}).status == 200
        )
        expect.token(connection.token(body))
    assert server.running
