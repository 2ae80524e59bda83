# SPDX-License-Identifier: Apache-2.0
"""Three nodes behind HAProxy: replaced one by one, and killed, while clients come."""

import shutil
import signal
import tempfile
import time
from pathlib import Path

import expect
import pytest
from balancer import BalancedNode, Balancer, Clients
from figures import chance, often, spread, told
from parties import Caller
from postgres import issued_everywhere
from wire import Refused


@pytest.fixture(scope="module")
def balanced(fleet):
    """Three nodes; their issuer is the first one's."""
    nodes = []
    for number in range(3):
        node = BalancedNode(fleet, fleet.folder / f"balanced-{number}")
        nodes.append(node)
        node.env["HANDFAST_ISSUER"] = nodes[0].url
        node.start()
    yield nodes
    for node in nodes:
        assert node.running, node.log
        node.signal(signal.SIGTERM)
    for node in nodes:
        assert node.wait() == 0, node.log


@pytest.fixture(scope="module")
def balancer(balanced):
    folder = Path(tempfile.mkdtemp(prefix="handfast-balancer-"))
    folder.chmod(0o755)
    with Balancer(folder, balanced) as one:
        yield one
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def caller(balanced, balancer, pki):
    one = Caller(balanced[0], pki, "balanced")
    issued_everywhere(balanced, one)
    # The balancer takes a node for dead until its checks have seen it twice.
    with Clients(balancer.address, one, 1) as clients:
        expect.eventually(lambda: len(clients.answered) > 20, within=10)
    return one


def serves(node):
    """Whether the node says that it serves."""
    return node.get("/ready").json == {"state": "full"}


@pytest.mark.endurance
def test_a_rolling_restart_refuses_nobody(balanced, balancer, caller):
    with Clients(balancer.address, caller, 3) as clients:
        for _ in range(often(1, 5)):
            for node in balanced:
                served = len(clients.answered)
                assert node.stop() == 0, node.log
                # The others have gone on meanwhile.
                assert len(clients.answered) > served
                node.start()
                expect.eventually(lambda n=node: serves(n), within=10)
                # Until the balancer has seen it twice.
                time.sleep(1.5)
    assert clients.failed == [], clients.failed[:5]
    told(
        f"{3 * often(1, 5)} restarts of nodes behind HAProxy",
        f"{len(clients.answered)} new connections, 0 failed; "
        + spread(took for _, took in clients.answered),
    )


@pytest.mark.endurance
def test_a_killed_node_breaks_its_own_connections_and_no_others(balanced, balancer, caller):
    luck, broken, lines_lost, kept_count = chance("killed behind HAProxy"), 0, 0, 0
    for turn in range(often(2, 20)):
        victim = balanced[turn % 3]
        others = [node for node in balanced if node is not victim]
        kept = [node.connect(caller.credential) for node in others]
        own = victim.connect(caller.credential)
        for line in [*kept, own]:
            expect.token(line.token(caller.body))
        with Clients(balancer.address, caller, 3) as clients:
            time.sleep(luck.uniform(0.3, 0.8))
            victim.kill()
            killed = time.monotonic()
            try:
                for line in kept:
                    for _ in range(10):
                        expect.token(line.token(caller.body))
                with pytest.raises(Refused):
                    own.token(caller.body)
                time.sleep(2)
            finally:
                victim.start()
        for line in [*kept, own]:
            line.close()
        # Those that it had accepted, or its kernel while it died, and none that came later.
        late = [one for one in clients.failed if one[0] > killed]
        assert late == [] and len(clients.failed) <= 6, clients.failed
        assert any(began > killed for began, _ in clients.answered)
        broken += len(clients.failed)
        lines_lost += 1
        kept_count += len(kept) * 10
        expect.eventually(lambda n=victim: serves(n), within=10)
        time.sleep(1.5)
    told(
        f"{lines_lost} nodes killed (SIGKILL) behind HAProxy",
        f"{broken} connections of the killed nodes broken, 0 of others, 0 new ones refused",
    )


def test_without_the_balancer_s_header_its_listener_takes_nobody(balanced, caller):
    """The twin: the address in the header counts because nobody else may send one."""
    node = balanced[0]
    before = node.port
    try:
        node.port = node.balanced
        with pytest.raises((Refused, OSError)):
            node.token(caller.body, caller.credential)
    finally:
        node.port = before
    expect.token(node.token(caller.body, caller.credential))
