# SPDX-License-Identifier: Apache-2.0
"""`trust-set add --crl` reads the file; `show` and `verify` say why a list does not count."""

import json

import pytest

import expect
from origin import Origin
from revocation import Lists

LEAF = "/O=Handfast/CN=listed"
SUBJECT = "CN=listed,O=Handfast"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A CA with a current list, and one with the same name and another key."""
    folder = tmp_path_factory.mktemp("house")
    lists = Lists(folder, "house")
    (folder / "other").mkdir()
    lists.forger = Lists(folder / "other", "house")
    lists.stranger = Lists(folder, "stranger")
    return lists


@pytest.fixture(scope="module")
def internal(books, house):
    """The set that refusals must leave alone."""
    ca = house.ca.certificate
    books.handfast("trust-set", "add", "internal", "--ca-certificate", ca, "--crl", house.file)
    return "internal"


def said(done):
    """The lines on standard error, but for those that tests' short-lived CAs get."""
    return [line for line in done.stderr.splitlines() if "It expires at" not in line]


def with_extensions(lists, text):
    """A list with other extensions."""
    configuration = lists.ca.folder / "ca.cnf"
    whole = configuration.read_text()
    try:
        configuration.write_text(
            whole.replace("[tests]\n", "[tests]\ncrl_extensions = e\n") + f"[e]\n{text}\n"
        )
        return lists.pem()
    finally:
        configuration.write_text(whole)


def element(tag, *content):
    """DER of one element below 64 KiB."""
    whole = b"".join(content)
    size = len(whole)
    length = bytes([size]) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + whole


def without_end(_):
    """An unsigned list without nextUpdate, which openssl cannot make."""
    algorithm = element(0x30, bytes.fromhex("06032b6570"))
    name = element(0x30, bytes.fromhex("0603550403"), element(0x0C, b"house"))
    body = element(
        0x30, element(0x02, b"\x01"), algorithm, element(0x30, element(0x31, name)),
        element(0x17, b"260101000000Z"),
    )  # fmt: skip
    return element(0x30, body, algorithm, element(0x03, bytes(65)))


NEVER = {
    "a web page": (lambda h: b"<!DOCTYPE html><html><body>404</body></html>", ["HTML"]),
    "nothing": (lambda h: b"", ["empty"]),
    "text": (lambda h: b"no list\n", ["neither PEM nor DER"]),
    "a certificate": (lambda h: h.ca.certificate.read_bytes(), ["Block 1", "a certificate"]),
    "a cut list": (lambda h: h.pem()[:-60], ["Block 1, line 1", "does not end"]),
    "glued lists": (lambda h: h.pem().rstrip(b"\n") + h.pem(), ["END and the next BEGIN"]),
    "a delta": (lambda h: with_extensions(h, "deltaCRL=critical,DER:020101"), ["delta"]),
    "an indirect list": (
        lambda h: with_extensions(
            h, "issuingDistributionPoint=critical,@p\n[p]\nindirectCRL=TRUE"
        ),
        ["indirect"],
    ),
    "no nextUpdate": (without_end, ["nextUpdate"]),
    "another's signature": (lambda h: h.forger.pem(), ["does not count", "not signed by CN=house"]),
}


@pytest.mark.parametrize("case", NEVER)
@pytest.mark.parametrize("command", ["add", "update"])
def test_what_never_counts_is_refused(refuse, internal, house, tmp_path, case, command):
    make, words = NEVER[case]
    file = tmp_path / "never.crl"
    file.write_bytes(make(house))
    if command == "add":
        arguments = ["add", "bad", "--ca-certificate", house.ca.certificate]
    else:
        arguments = ["update", internal]
    refuse("trust-set", *arguments, "--crl", file, words=[str(file), *words])


def test_a_ca_that_may_not_sign_lists(refuse, internal, books, tmp_path):
    """RFC 5280 §4.2.1.3: a key usage without cRLSign forbids it."""
    lists = Lists(tmp_path, "mute")
    mute = lists.ca
    mute.sign(
        mute.key, tmp_path / "mute.pem", "/O=Handfast/CN=mute",
        "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n", itself=True,
    )  # fmt: skip
    arguments = ["trust-set", "add", "mute", "--crl", lists.file, "--ca-certificate"]
    refuse(*arguments, tmp_path / "mute.pem", words=[str(lists.file), "cRLSign"])
    assert said(books.handfast(*arguments, mute.certificate)) == []


def test_a_good_list_is_taken_without_a_word(books, house):
    root = ["--ca-certificate", house.ca.certificate]
    for command, name in (("add", "quiet"), ("update", "quiet")):
        done = books.handfast("trust-set", command, name, *root, "--crl", house.file)
        assert said(done) == []


NOT_NOW = {
    "ended": (lambda h: h.pem(start=-600, seconds=-60), "it ended at"),
    "not begun": (lambda h: h.pem(start=4000), "it begins at"),
    "of a stranger": (lambda h: h.stranger.pem(), "it is of CN=stranger,O=Handfast, which is"),
}


@pytest.mark.parametrize("case", NOT_NOW)
def test_what_does_not_count_now_is_taken_with_a_warning(books, house, tmp_path, case):
    make, words = NOT_NOW[case]
    file = tmp_path / "later.crl"
    file.write_bytes(make(house))
    name = case.replace(" ", "-")
    root = ["--ca-certificate", house.ca.certificate]
    for command in ("add", "update"):
        done = books.handfast("trust-set", command, name, *root, "--crl", file)
        (line,) = said(done)
        assert line.startswith(f"warning: {file}: a list does not count: {words}")
    shown = books.handfast("trust-set", "show", name)
    assert f"does not count: {words}" in shown.stdout and not shown.stderr
    (listed,) = json.loads(books.handfast("trust-set", "show", name, "--json").stdout)["crl_lists"]
    assert listed["counts"] is False and listed["reason"].startswith(words)
    assert listed["source"] == str(file) and listed["issuer"].startswith("CN=")


def test_a_ca_that_is_changed_under_its_list_is_warned_of(books, house, pki):
    root = ["--ca-certificate", house.ca.certificate]
    books.handfast("trust-set", "add", "turned", *root, "--crl", house.file)
    done = books.handfast("trust-set", "update", "turned", "--ca-certificate", pki.root.certificate)
    assert "it is of CN=house,O=Handfast, which is no CA" in done.stderr
    done = books.handfast("trust-set", "update", "turned", *root)
    assert said(done) == []
    forged = house.forger.ca.certificate
    done = books.handfast("trust-set", "update", "turned", "--ca-certificate", forged)
    assert "not signed by CN=house" in done.stderr
    # Another mode makes another use of the same list.
    for word in ("soft", "hard"):
        done = books.handfast("trust-set", "update", "turned", "--revocation", word)
        assert len(said(done)) == 1 and "not signed by CN=house" in done.stderr


@pytest.fixture
def dated(books, house, tmp_path):
    """A set with a list of now, and an older list of the same CA in another file."""
    new, old = tmp_path / "new.crl", tmp_path / "old.crl"
    new.write_bytes(house.pem())
    old.write_bytes(house.pem(start=-600))
    root = ["--ca-certificate", house.ca.certificate]
    name = f"dated-{tmp_path.name}"
    books.handfast("trust-set", "add", name, *root, "--crl", new)
    return name, new, old


def test_an_older_list_in_the_place_of_a_newer_one_is_warned_of(books, dated):
    name, new, old = dated
    (line,) = said(books.handfast("trust-set", "update", name, "--crl", old))
    assert line.startswith(f"warning: {old}: the list of CN=house,O=Handfast, of 20")
    assert f"is older than that in {new}, of 20" in line
    assert "the older one counts from now on" in line
    # The twins: back to the newer one, and the same again.
    assert said(books.handfast("trust-set", "update", name, "--crl", new)) == []
    assert said(books.handfast("trust-set", "update", name, "--crl", new)) == []


def test_an_older_list_beside_the_newer_one_is_warned_of(books, house, dated):
    name, new, old = dated
    both = ["--crl", new, "--crl", old]
    (line,) = said(books.handfast("trust-set", "update", name, *both))
    assert "is older than" in line and "the newer one stays in force beside it" in line
    assert said(books.handfast("trust-set", "update", name, *both)) == []


def test_a_list_of_another_ca_or_of_another_key_is_no_newer_one(books, house, dated):
    name, new, old = dated
    for other in (house.stranger, house.forger):
        new.write_bytes(other.pem())
        assert said(books.handfast("trust-set", "update", name, "--crl", old)) == []
        new.write_bytes(house.pem())
        books.handfast("trust-set", "update", name, "--crl", new)


def test_show_says_what_lists_there_are_now(books, house, tmp_path):
    file, missing = tmp_path / "now.crl", tmp_path / "missing.crl"
    file.write_bytes(house.pem())
    with Origin() as origin:
        url = origin.url("/ca.crl")
        sources = [word for source in (file, missing, url) for word in ("--crl", source)]
        root = ["--ca-certificate", house.ca.certificate]
        done = books.handfast("trust-set", "add", "shown", *root, *sources)
        (line,) = said(done)
        assert "there is no file" in line
        one, two, three = show(books, "shown")["crl_lists"]
        assert one["counts"] and one["entries"] == 0 and one["issuer"] == "CN=house,O=Handfast"
        assert "reason" not in one
        assert two["counts"] is False and "No such file" in two["reason"]
        assert three["source"] == url and "counts" not in three
        text = books.handfast("trust-set", "show", "shown").stdout
        assert "counts until" in text and "fetched by the server" in text
        # A file that is changed later is read anew.
        file.write_bytes(b"<html></html>")
        assert "HTML" in show(books, "shown")["crl_lists"][0]["reason"]
        file.write_bytes(house.forger.pem())
        assert "not signed by" in books.handfast("trust-set", "show", "shown").stdout
        assert origin.asked == []


def show(books, name):
    return json.loads(books.handfast("trust-set", "show", name, "--json").stdout)


def test_verify_says_why_a_list_does_not_count(books, house, tmp_path):
    file = tmp_path / "verified.crl"
    file.write_bytes(house.pem())
    leaf = house.ca.issue("verified", subject=LEAF)
    root = ["--ca-certificate", house.ca.certificate]
    books.handfast("trust-set", "add", "verified", *root, "--crl", file)
    books.add_client("verified", "--trust-set", "verified", "--subject-dn", SUBJECT)

    def verify(*options):
        arguments = ["verify", "--client", "verified", "--certificate", leaf.certificate, *options]
        report = json.loads(books.handfast(*arguments, "--json", check=False).stdout)
        return report, books.handfast(*arguments, check=False).stdout

    report, text = verify()
    assert report["authenticated"] and "not_counting" not in report["trust_set"]
    assert "does not count" not in text
    assert "on none of the revocation lists that were checked" in text
    books.handfast("trust-set", "add", "listless", *root)
    books.add_client("listless", "--trust-set", "listless", "--subject-dn", SUBJECT)
    bare = books.handfast("verify", "--client", "listless", "--certificate", leaf.certificate)
    assert "no revocation list was checked" in bare.stdout
    for content, words in [
        (house.forger.pem(), "not signed by"), (house.pem(start=-600, seconds=-60), "it ended at"),
        (house.stranger.pem(), "which is no CA"),
    ]:  # fmt: skip
        file.write_bytes(content)
        report, text = verify()
        assert report["decided_by"] == "revocation"
        (reason,) = report["trust_set"]["not_counting"]
        assert str(file) in reason and words in reason and words in text
    for content, words in [(b"<html>", "HTML"), (with_extensions(house, NEVER_DELTA), "delta")]:
        file.write_bytes(content)
        report, text = verify()
        assert report["decided_by"] == "revocation"
        assert words in report["trust_set"]["unreadable"][0] and words in text


NEVER_DELTA = "deltaCRL=critical,DER:020101"


def test_the_list_of_an_intermediate_that_is_sent_counts(books, tmp_path):
    top = Lists(tmp_path, "top")
    between = Lists(tmp_path, "between", parent=top.ca)
    leaf = between.issue("leaf", chain=[between.ca])
    root = ["--ca-certificate", top.ca.certificate]
    done = books.handfast(
        "trust-set", "add", "tree", *root, "--crl", top.file, "--crl", between.file
    )
    (line,) = said(done)
    assert "which is no CA of the trust set" in line
    books.add_client("tree", "--trust-set", "tree", "--subject-dn", "CN=revocable,O=Handfast")
    done = books.handfast("verify", "--client", "tree", "--certificate", leaf.certificate, "--json")
    report = json.loads(done.stdout)
    assert report["authenticated"] and "not_counting" not in report["trust_set"]


def test_the_log_of_a_server_has_the_same_reason(fresh, tmp_path):
    lists = Lists(tmp_path, "logged")
    server = fresh()
    root = ["--ca-certificate", lists.ca.certificate]
    server.handfast("trust-set", "add", "logged", *root, "--crl", lists.file)
    lists.file.write_bytes(b"<html></html>")
    with server:
        expect.logged(server, "as the error page of a server is", within=4)
        assert server.stop() == 0


def test_a_key_and_a_stranger_s_certificate_stay_out_of_the_words(refuse, internal, house):
    key = house.ca.key
    ca = ["--ca-certificate", house.ca.certificate]
    done = refuse("trust-set", "add", "bad", *ca, "--crl", key, words=["private key"])
    assert key.read_text().splitlines()[1] not in done.stderr
