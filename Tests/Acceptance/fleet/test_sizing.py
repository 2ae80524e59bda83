# SPDX-License-Identifier: Apache-2.0
"""What a grant costs in the database, and a node in connections and memory."""

import expect
import pytest
from assertions import asserting, known_signer
from figures import often, told
from grants import Browser, Shop
from postgres import issued_everywhere

PASSWORD = "correct horse"
COUNT = often(100, 5_000)
CONNECTIONS_MAX = 5


def size(fleet, table):
    """Its rows, and the bytes of the table with its indexes."""
    fleet.psql(f"VACUUM {table}")
    rows, used = fleet.psql(
        f"SELECT (SELECT count(*) FROM {table}), pg_total_relation_size('{table}')"
    ).split("|")
    return int(rows), int(used)


def connections(fleet):
    """Those of nodes that are open, whoever asks."""
    return int(
        fleet.psql(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'handfast'"
            f" AND datname = '{fleet.name}'"
        )
    )


def bytes_of_a_family(fleet):
    """Of many that are like the first one: of one user at one client, too few are kept."""
    listed = fleet.psql(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = 'refresh_family' ORDER BY ordinal_position"
    ).splitlines()
    other = {
        "grant_id": "substring(sha256(i::text::bytea) FOR 16)",
        "current_digest": "sha256(i::text::bytea)",
    }
    values = ", ".join(other.get(one, one) for one in listed)
    fleet.psql(
        "CREATE TABLE sized (LIKE refresh_family INCLUDING ALL); INSERT INTO sized"
        f" SELECT {values} FROM (SELECT * FROM refresh_family LIMIT 1) AS one,"
        " generate_series(1, 10000) AS i"
    )
    rows, used = size(fleet, "sized")
    fleet.psql("DROP TABLE sized")
    assert rows == 10_000
    return used // rows


@pytest.fixture(scope="module")
def shop(nodes, pki):
    nodes[0].handfast("user", "add", "ann", "--password-stdin", text_input=PASSWORD + "\n")
    one = Shop(nodes[0], pki, "sized", "--refresh-rotation", "on")
    issued_everywhere(nodes, one)
    return one


def test_a_grant_has_a_row_of_its_code_and_one_of_its_family(fleet, nodes, shop):
    browser = Browser(shop, "ann", PASSWORD)
    before = [size(fleet, table)[0] for table in ("authorization_code", "refresh_family")]
    with nodes[1].connect(shop.credential) as line:
        for _ in range(COUNT):
            expect.token(line.token(shop.exchanging(browser.code())))
        # The twin: what needs no row has none.
        for _ in range(20):
            expect.token(line.token(shop.body))
    browser.close()
    codes, families = size(fleet, "authorization_code"), size(fleet, "refresh_family")
    assert codes[0] - before[0] == COUNT
    # Of one user at one client, a hundred families are kept.
    assert families[0] - before[1] == min(COUNT, 100)
    told(
        f"{COUNT} codes that were used once",
        f"{codes[1] // codes[0]} bytes for each code, {bytes_of_a_family(fleet)} for each family, "
        "with their indexes",
    )


def test_an_assertion_has_a_row_until_it_ends(fleet, nodes, tmp_path):
    signer = known_signer(nodes[0], tmp_path)
    expect.eventually(lambda: nodes[1].token(asserting(signer.sign())).status == 200)
    before, _ = size(fleet, "used_assertion")
    with nodes[1].connect() as line:
        for _ in range(COUNT):
            expect.token(line.token(asserting(signer.sign())))
        used = asserting(signer.sign())
        expect.token(line.token(used))
        # The twin: one that is refused has none.
        expect.error(line.token(used), "invalid_client")
    rows, used = size(fleet, "used_assertion")
    # Those that have ended meanwhile are removed.
    assert rows - before <= COUNT + 1
    told(f"{rows} used assertions", f"{used // rows} bytes each, with their index")


def test_a_node_has_five_connections_at_most(fleet, nodes, shop):
    lines = [node.connect(shop.credential) for node in nodes for _ in range(20)]
    try:
        tokens = [shop.log_in("ann", PASSWORD)["refresh_token"] for _ in range(3)]
        for token in tokens:
            answers = shop.at_once(lines, shop.refreshing(token))
            assert {one.status for one in answers} <= {200, 503}
            assert 0 < connections(fleet) <= CONNECTIONS_MAX * len(nodes)
    finally:
        for line in lines:
            line.close()
    told(
        f"{len(nodes)} nodes under {len(lines)} requests at once",
        f"{connections(fleet)} connections to the database; "
        + ", ".join(f"{node.resident_kib // 1024} MiB" for node in nodes) + " resident",
    )
