# SPDX-License-Identifier: Apache-2.0
"""The rules of a load target, its bill and its clock: accepted and refused texts."""

import json

import pytest

import expect
from administrator import Administrator
from oauth import CC
from seeds import Seeded, client_id, credential
from targets import Rules, Target


def test_the_bill_counts_each_kind_and_is_said_at_the_end(tmp_path):
    seed = Seeded(tmp_path, clients=1)
    folder = seed.export("pem-folder", tmp_path / "clients")
    target = seed.server().start()
    try:
        with target.connect(credential(folder, 1)) as connection:
            for _ in range(5):
                expect.token(connection.token(CC, client_id=client_id(1)))
            context, session = connection.context, connection.session
        with target.connect(context=context, session=session) as connection:
            assert connection.resumed
            expect.token(connection.token(CC, client_id=client_id(1)))
        bill = Rules(target).json("/load-target/summary")
        assert (bill["handshakes_full"], bill["handshakes_resumed"]) == (1, 1)
        assert (bill["tokens"], bill["requests_kept_alive"]) == (6, 4)
        times = bill["service_time_us"]
        assert 0 < times["p50"] <= times["p90"] <= times["p99"] <= times["p99_9"]
        assert bill["cpu_us"]["handshake_full"] > 0 and bill["cpu_us"]["handshake_resumed"] > 0
        assert target.stop() == 0
    finally:
        target.kill()
    assert any(line.startswith("6 tokens and 0 refusals in ") for line in target.stdout)
    assert "1 full handshakes, 1 resumed, 4 requests on kept connections" in target.stdout


# The rules themselves.


@pytest.mark.parametrize(
    "content, member",
    [
        ("{}", "fault"), ("[]", None), ("nonsense", None), ("", None),
        ('{"fault": "delay"}', "milliseconds"),
        ('{"fault": "reset", "percent": 0}', "percent"),
        ('{"fault": "reset", "percent": 10, "every": 2}', None),
        ('{"fault": "reset", "milliseconds": 3}', "milliseconds"),
        ('{"fault": "status", "status": 99}', "status"),
        ('{"fault": "reset", "unknown": 1}', "unknown"),
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused_with_its_member(tester, content, member):
    findings = tester.refusal(content)
    if member:
        assert member in [finding.get("member") for finding in findings]
    for finding in findings:
        assert finding["problem"] and finding["remedy"]
    assert tester.json("/load-target/faults")["rules"] == []


def test_rules_come_from_a_file_and_wrong_ones_are_refused_with_their_lines(tmp_path, target):
    folder = Seeded(tmp_path, clients=1).data
    rules = tmp_path / "faults.yaml"
    rules.write_text("- fault: delay\n  milliseconds: 5\n- client: load-*\n  fault: reset\n")
    with Target(folder, options=["--faults", rules]) as started:
        listed = Rules(started).json("/load-target/faults")["rules"]
        assert [rule["fault"] for rule in listed] == ["delay", "reset"]
    rules.write_text("- fault: delay\n  milliseconds: 5\n- fault: dalay\n  every: 0\n")
    one = Target(folder, options=["--faults", rules]).launch()
    assert one.wait() != 0
    expect.logged(one, f"{rules}, line 3", f"{rules}, line 4")


@pytest.mark.parametrize(
    "offset", [-(2**63), 2**63 - 1, -(10**9), 10**10, 2**63, "1", 0.5, None, [], True]
)
def test_a_time_that_nothing_can_say_is_refused(tester, offset):
    content = json.dumps({"offset_seconds": offset})
    assert tester.post("/load-target/clock", "-d", content)[0] == 400
    assert tester.json("/load-target/clock")["offset_seconds"] == 0


def test_a_query_of_calls_is_judged_and_names_are_safe_on_a_terminal(tester, app):
    odd = "a\u009b2J\u202e\"\\"
    assert app.server.token(CC, client_id=odd).status == 401
    status, _, body = tester.curl("/load-target/calls")
    assert status == 200 and body.isascii()
    assert json.loads(body)["calls"][-1]["client"] == odd
    for query in ["since=x", "limit=0", "limit=100001", "since=-1"]:
        assert tester.curl(f"/load-target/calls?{query}")[0] == 400


def test_the_routes_need_the_token_and_are_not_there_on_other_servers(tester, fresh):
    assert tester.curl("/load-target/faults", fields=[])[0] == 401
    assert tester.remove(999) == 404
    with fresh() as server:
        assert Administrator(server).curl("/load-target/faults")[0] == 404
