# SPDX-License-Identifier: Apache-2.0
"""Sessions and open connections after something changed: what was a proof then is none now.

TLS-13 to 15, and threats 6 to 9, 13 and 14: many pairs of a client that changed and a twin
that did not, by tickets and by the session store, in TLS 1.2 and 1.3.
"""

import contextlib
import itertools

import pytest

import expect
from clock import Timed
from oauth import CC
from pki import CA, Credential
from server import Server, free_port
from wire import VERSIONS, Connection

PAIRS = 25
SUBJECT = "CN=party,O=Handfast"
LEAF = "/O=Handfast/CN=party"


class Changing(Timed):
    """A server whose clients change."""

    def __init__(self, folder, mode):
        super().__init__(folder, mode)
        self.numbers = itertools.count()

    def party(self, credential, *registration):
        """A new client, which need not be known to the server yet."""
        name = f"party-{next(self.numbers)}"
        grants = ("--grant-types", "client_credentials")
        return Party(self, credential, name, self.add_client(name, *registration, *grants))


class Party:
    """A client with an open connection, and so a session, in each version of TLS."""

    def __init__(self, server, credential, name, information):
        self.server, self.credential, self.name = server, credential, name
        self.body = {**CC, "client_id": information["client_id"]}
        self.connections = []

    def again(self):
        """The same client with connections of its own."""
        return Party(self.server, self.credential, self.name, self.body)

    def open(self):
        expect.eventually(lambda: self.server.token(self.body, self.credential).status == 200)
        for version in VERSIONS:
            connection = self.server.connect(self.credential, version)
            self.connections.append(connection)
            assert not connection.resumed
            expect.token(connection.token(self.body))

    def close(self):
        for connection in self.connections:
            connection.close()

    def resume(self, body=None):
        """Resumes each session: whether the server took it, and the answer."""
        for first in self.connections:
            with Connection(
                self.server.address, context=first.context, session=first.session
            ) as again:
                yield again.resumed, again.token(body or self.body)

    def is_refused(self, resumes=True):
        for connection in self.connections:
            expect.eventually(lambda c=connection: c.token(self.body).status == 401)
            expect.error(connection.token(self.body), "invalid_client")
        for resumed, answer in self.resume():
            assert resumes in (resumed, None)
            expect.error(answer, "invalid_client")
        expect.error(self.server.token(self.body, self.credential), "invalid_client")

    def is_served(self, resumes=True):
        for connection in self.connections:
            expect.token(connection.token(self.body))
        for resumed, answer in self.resume():
            assert resumed == resumes
            expect.token(answer)


@contextlib.contextmanager
def opened(*parties):
    """Opens the connections of all, and closes them in the end."""
    with contextlib.ExitStack() as stack:
        for party in parties:
            stack.callback(party.close)
            party.open()
        yield


@pytest.fixture(scope="module", params=["tickets", "store"])
def timed(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"changing-{request.param}")
    with Changing(folder, request.param) as server:
        yield server
        assert server.running, server.log
        assert server.stop() == 0, server.log


def compare(victims, twins, change, resumes=True):
    """After the change the victims are refused and the twins served, each in turn."""
    with opened(*victims, *twins):
        with change() or contextlib.nullcontext():
            for victim, twin in zip(victims, twins, strict=True):
                victim.is_refused(resumes)
                twin.is_served()


def several(server, credential, *registration):
    """As many clients as there are pairs, all registered alike."""
    return [server.party(credential, *registration) for _ in range(PAIRS)]


def copies(server, credential, *registration):
    """One client, as many times as there are pairs: for what befalls all of them at once."""
    one = server.party(credential, *registration)
    return [one.again() for _ in range(PAIRS)]


def test_a_disabled_client(timed, pki):
    own = pki.self_signed("after", "p256")
    registration = ("--certificate", own.certificate)
    victims = several(timed, own, *registration)

    def change():
        for each in victims:
            timed.handfast("client", "disable", each.name)

    compare(victims, copies(timed, own, *registration), change)


def test_a_certificate_that_was_taken_away(timed, pki):
    old, new = pki.self_signed("after", "p256"), pki.self_signed("after-new", "p256")
    registration = ("--certificate", old.certificate, "--certificate", new.certificate)
    victims = several(timed, old, *registration)

    def change():
        for each in victims:
            timed.handfast("client", "update", each.name, "--remove-certificate", old.thumbprint)

    compare(victims, copies(timed, old, *registration), change)
    for each in victims[:3]:
        expect.token(timed.token(each.body, new))


def test_another_ca_of_the_same_name(timed, pki):
    leaf = pki.issued("after", subject=LEAF)
    foreign = pki.issued("after", pki.namesake, subject=LEAF)
    root = Credential(pki.root.certificate, pki.root.key).thumbprint
    registration = ("--ca-certificate", pki.root.certificate, "--subject-dn", SUBJECT)
    victims = several(timed, leaf, *registration)
    twins = copies(timed, leaf, *registration)

    def change():
        for each in victims:
            timed.handfast(
                "client", "update", each.name, "--ca-certificate", pki.namesake.certificate,
                "--remove-ca-certificate", root,
            )  # fmt: skip

    compare(victims, twins, change)
    for each in victims[:3]:
        expect.token(timed.token(each.body, foreign))
    expect.error(timed.token(twins[0].body, foreign), "invalid_client")


def test_another_ca_in_a_shared_set(timed, pki):
    """One command, and every client of the set is refused; those with the CA itself are not."""
    leaf = pki.issued("after", subject=LEAF)
    foreign = pki.issued("after", pki.namesake, subject=LEAF)
    add = ("trust-set", "add", "shared", "--ca-certificate", pki.root.certificate)
    timed.handfast(*add)
    victims = copies(timed, leaf, "--trust-set", "shared", "--subject-dn", SUBJECT)
    registration = ("--ca-certificate", pki.root.certificate, "--subject-dn", SUBJECT)

    def change():
        timed.handfast(
            "trust-set", "update", "shared", "--ca-certificate", pki.namesake.certificate
        )

    compare(victims, copies(timed, leaf, *registration), change)
    expect.token(timed.token(victims[0].body, foreign))


def test_a_certificate_whose_time_is_over(timed, pki):
    brief, lasting = pki.short_lived(f"over-{timed.mode}", 1800), pki.self_signed("after", "p256")
    compare(
        copies(timed, brief, "--certificate", brief.certificate),
        copies(timed, lasting, "--certificate", lasting.certificate),
        lambda: timed.clock.moved(2000),
        resumes=None,
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_ends_with_its_certificate(timed, pki, version):
    """No token either way; a session that outlives its certificate is only of no use."""
    brief = pki.short_lived(f"ends-{timed.mode}-{version}", 1800)
    with timed.connect(brief, version) as first:
        assert first.get("/health").status == 200
        for offset, resumes in (1700, True), (1900, False):
            with timed.clock.moved(offset), Connection(
                timed.address, context=first.context, session=first.session
            ) as again:
                assert again.resumed == resumes


def test_a_certificate_whose_time_has_not_begun(timed, pki):
    """The clock goes back: the session is still good, and what it proves is not yet so."""
    young = pki.short_lived(f"young-{timed.mode}", 86_400, start=-900)
    old = pki.short_lived(f"old-{timed.mode}", 86_400, start=-7200)
    compare(
        copies(timed, young, "--certificate", young.certificate),
        copies(timed, old, "--certificate", old.certificate),
        lambda: timed.clock.moved(-1800),
    )


def test_a_ca_whose_time_is_over(timed, pki):
    """The leaf goes on, so the session is resumed; the chain under it has ended."""
    ca = CA(pki.folder / f"ends-{timed.mode}", "/O=Handfast/CN=Ends")
    brief = ca.folder / "brief.pem"
    ca.sign(
        ca.key, brief, "/O=Handfast/CN=Ends",
        "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n",
        end=1800, itself=True,
    )  # fmt: skip
    leaf = ca.issue("leaf", subject=LEAF)
    compare(
        copies(timed, leaf, "--ca-certificate", brief, "--subject-dn", SUBJECT),
        copies(timed, leaf, "--ca-certificate", ca.certificate, "--subject-dn", SUBJECT),
        lambda: timed.clock.moved(2000),
    )


def test_the_certificate_of_a_victim_in_the_chain_of_a_session(timed, pki):
    """Threat 13: certificates in a session beside the leaf prove nothing (CVE-2023-2422)."""
    root = ("--ca-certificate", pki.root.certificate, "--subject-dn")
    mallory = pki.issued("mallory", subject="/O=Handfast/CN=mallory")
    alice = pki.issued("alice", subject="/O=Handfast/CN=alice")
    pinned = pki.self_signed("pinned-alice", "p256")
    victims = [
        timed.party(alice, *root, "CN=alice,O=Handfast"),
        timed.party(pinned, "--certificate", pinned.certificate),
    ]
    leaf, middle = mallory.certificate.read_text(), pki.root.certificate.read_text()
    for number, (victim, order) in enumerate(itertools.product(victims, ["v", "vm", "mv", "vv"])):
        parts = {"v": victim.credential.certificate.read_text(), "m": middle}
        file = pki.folder / f"mallory-{timed.mode}-{number}.pem"
        file.write_text(leaf + "".join(parts[letter] for letter in order))
        both = Credential(file, mallory.key)
        attacker = timed.party(both, *root, "CN=mallory,O=Handfast")
        with opened(attacker):
            attacker.is_served()
            for connection in attacker.connections:
                expect.error(connection.token(victim.body), "invalid_client")
            for resumed, answer in attacker.resume(victim.body):
                assert resumed
                expect.error(answer, "invalid_client")
            attacker.is_served()
        expect.eventually(lambda v=victim: timed.token(v.body, v.credential).status == 200)


def test_two_cas_of_the_same_name_each_for_its_own(timed, pki):
    """Threat 14: one name, two keys; in both orders, so that no result of one helps the other."""
    one, two = (
        timed.party(
            pki.issued("after", ca, subject=LEAF), "--subject-dn", SUBJECT,
            "--ca-certificate", ca.certificate,
        )
        for ca in (pki.root, pki.namesake)
    )  # fmt: skip
    with opened(one, two):
        for mine, other in [(one, two), (two, one)] * 5:
            mine.is_served()
            for connection in mine.connections:
                expect.error(connection.token(other.body), "invalid_client")
            for resumed, answer in mine.resume(other.body):
                assert resumed
                expect.error(answer, "invalid_client")


def listeners(folder, profiles):
    ports = {name: free_port() for name in profiles}
    text = "reactors: 2\nlisteners:\n"
    for name, profile in profiles.items():
        text += f"  {name}:\n    address: 127.0.0.1:{ports[name]}\n    profile: {profile}\n"
    (folder / "listeners.yaml").write_text(text)
    return ports


@pytest.mark.parametrize("mode", ["tickets", "store"])
def test_a_session_of_one_policy_is_not_resumed_at_another(tmp_path, pki, mode):
    """Threat 9: both listeners ask for a certificate, and what they take differs."""
    profiles = {"main": "standard", "alike": "standard", "strict": "fapi2"}
    ports = listeners(tmp_path, profiles)
    own = pki.self_signed("after", "p256")
    server = Server(
        tmp_path / "data", ["--config", tmp_path / "listeners.yaml"], port=ports["main"],
        flags=False, env={"HANDFAST_TLS_RESUMPTION": mode},
    )  # fmt: skip
    client = server.add_client("crossing", "--certificate", own.certificate)
    body = {**CC, "client_id": client["client_id"]}
    with server:
        for origin, target in itertools.permutations(profiles, 2):
            for version in VERSIONS:
                at = ("127.0.0.1", ports[origin])
                with Connection(at, own, version) as first:
                    expect.token(first.token(body))
                    context, session = first.context, first.session
                    with Connection(at, context=context, session=session) as same:
                        assert same.resumed
                    there = ("127.0.0.1", ports[target])
                    with Connection(there, context=context, session=session) as other:
                        assert not other.resumed
                        expect.token(other.token(body))


def test_a_session_ends_with_its_lifetime_by_the_servers_clock(timed, pki):
    lasting = pki.short_lived(f"lifetime-{timed.mode}", 86_400, start=-7200)
    party = timed.party(lasting, "--certificate", lasting.certificate)
    with opened(party):
        party.is_served()
        with timed.clock.moved(3700):
            party.is_served(resumes=False)
