# SPDX-License-Identifier: Apache-2.0
"""Which sessions nodes that share a store have in common: listeners, policies, clocks."""

import signal

import expect
import pytest
from clock import Clock
from server import free_port
from sessions import VERSIONS, comes_back, is_resumed
from wire import Connection, Refused

pytestmark = pytest.mark.waiting

PERIOD = 60


# Listeners and policies.


class Listening:
    """Nodes whose listeners are told by files."""

    def __init__(self, fleet, folder):
        self.fleet, self.folder = fleet, folder

    def node(self, name, modes, profile="standard"):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        addresses = {one: ("127.0.0.1", free_port()) for one in modes}
        node = self.fleet.node(
            options=["--config", folder / "node.yaml"],
            flags=False,
            port=addresses[next(iter(modes))][1],
            env={"HANDFAST_REACTORS": "2"},
        )
        node.addresses = addresses
        node.file = folder / "node.yaml"
        self.write(node, modes, profile)
        return node

    @staticmethod
    def write(node, modes, profile="standard"):
        text = "listeners:\n"
        for name, mode in modes.items():
            text += f"  {name}:\n    address: 127.0.0.1:{node.addresses[name][1]}\n"
            text += f"    client_certificate: {mode}\n    profile: {profile}\n"
        node.file.write_text(text)


@pytest.fixture(scope="module")
def credential(pki):
    return pki.self_signed("listened", "p256")


@pytest.fixture
def listening(fleet, tmp_path):
    return Listening(fleet, tmp_path)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_of_one_listener_is_none_of_another_s(listening, credential, version):
    """The listeners are alike in all but their names."""
    modes = {"main": "want", "inner": "want"}
    with listening.node("one", modes) as one, listening.node("two", modes) as two:
        for here in modes:
            for there in modes:
                for origin, target in ((one, one), (one, two), (two, one)):
                    found = is_resumed(
                        origin.addresses[here], target.addresses[there], credential, version
                    )
                    assert found == (here == there), (here, there)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "there", [("need", "standard"), ("none", "standard"), ("want", "fapi2")]
)
def test_a_session_of_one_policy_is_none_of_another_s(listening, credential, version, there):
    """CVE-2025-23419: a session that was opened where less was asked opens nothing elsewhere."""
    modes = {"main": "want"}
    one = listening.node("one", modes)
    two = listening.node("two", {"main": there[0]}, there[1])
    with one, two:
        for shown in (credential, None):
            with Connection(one.addresses["main"], shown, version) as first:
                first.get("/health")
                assert comes_back(one.addresses["main"], first)
                try:
                    assert not comes_back(two.addresses["main"], first)
                except Refused:
                    assert there[0] == "need" and not shown


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reload_of_another_policy_ends_sessions_of_the_old_one(listening, credential, version):
    want, need = {"main": "want"}, {"main": "need"}
    one, two = listening.node("one", want), listening.node("two", want)
    with one, two:
        address = two.addresses["main"]

        def reload(modes):
            told = two.log.count("configuration reloaded")
            listening.write(two, modes)
            two.signal(signal.SIGHUP)
            expect.eventually(lambda: two.log.count("configuration reloaded") > told)

        with Connection(one.addresses["main"], credential, version) as first:
            first.get("/health")
            assert comes_back(address, first)
            reload(need)
            # A reactor may take the settings a moment later.
            expect.eventually(lambda: not any(comes_back(address, first) for _ in range(8)))
            # New sessions of the node are of its new policy, and no good elsewhere.
            assert is_resumed(address, address, credential, version)
            assert not is_resumed(address, one.addresses["main"], credential, version)
            reload(want)
            expect.eventually(lambda: all(comes_back(address, first) for _ in range(8)))


# Clocks.


@pytest.fixture
def shifted(fleet, tmp_path):
    """Makes nodes with a clock of their own each; periods of a minute."""

    def node(name, **more):
        (tmp_path / name).mkdir()
        clock = Clock(tmp_path / name)
        env = {
            **clock.environment, "HANDFAST_TLS_TICKET_KEY_ROTATION": str(PERIOD),
            "HANDFAST_TLS_SESSION_LIFETIME": str(2 * PERIOD), **more,
        }  # fmt: skip
        one = fleet.node(env=env)
        one.clock = clock
        return one

    return node


@pytest.mark.parametrize("version", VERSIONS)
def test_clocks_that_differ_by_a_period_force_no_full_handshake(shifted, version):
    true, other = shifted("true"), shifted("other")
    for seconds in (PERIOD, -PERIOD):
        other.clock.move(seconds)
        with true, other:
            assert is_resumed(true.address, other.address, None, version), seconds
            assert is_resumed(other.address, true.address, None, version), seconds
    # The twin: three periods ahead, where keys are not known yet, or not any more.
    other.clock.move(3 * PERIOD)
    with true, other:
        assert not is_resumed(other.address, true.address, None, version)
        assert not is_resumed(true.address, other.address, None, version)
        assert is_resumed(other.address, other.address, None, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_keys_follow_a_clock_that_is_set_forwards_and_back(shifted, version):
    true, other = shifted("true"), shifted("other")
    with true, other:
        assert is_resumed(other.address, true.address, None, version)
        for seconds in (10 * PERIOD, 0, -10 * PERIOD, 0):
            other.clock.move(seconds)

            def follows(same=seconds == 0):
                return all(
                    is_resumed(other.address, true.address, None, version) == same
                    for _ in range(8)
                )

            # The keys change with the second after.
            expect.eventually(follows, within=4)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_ticket_outlives_the_end_of_its_period(shifted, version):
    """Both nodes' clocks go on by a period: the key is an earlier one, and still there."""
    lifetime = {"HANDFAST_TLS_SESSION_LIFETIME": str(4 * PERIOD)}
    one, two = shifted("one", **lifetime), shifted("two", **lifetime)
    with one, two, one.connect(None, version) as first:
        first.get("/health")
        for seconds, lives in ((PERIOD, True), (3 * PERIOD, True), (5 * PERIOD, False)):
            for node in (one, two):
                node.clock.move(seconds)
            # A new ticket of the one on the other: both are in the new period.
            expect.eventually(
                lambda: all(is_resumed(one.address, two.address) for _ in range(4)), within=4
            )
            assert comes_back(two.address, first) == lives, seconds
