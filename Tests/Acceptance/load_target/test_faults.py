# SPDX-License-Identifier: Apache-2.0
"""Every fault of a load target as an independent client sees it, as often as its rule says."""

import json
import time

import jwt
import pytest

import expect
from oauth import CC
from seeds import Seeded, client_id, credential
from targets import Rules, claims
from wire import FORM, Refused, form, message


def test_an_error_comes_each_nth_call_of_its_client_alone(tester, app, other):
    tester.add(client="load-app", every=3, fault="oauth_error", error="invalid_scope")
    assert [app.ask().status for _ in range(9)] == [200, 200, 400] * 3
    assert [other.ask().status for _ in range(3)] == [200] * 3
    assert app.ask().status == 200
    counted = tester.counters("load-app")
    assert counted["faults"] == {"oauth_error": 3}
    assert (counted["tokens"], counted["refusals"]) == (7, 3)
    assert tester.counters("load-other")["faults"] == {}
    assert tester.counters()["faults"] == {"oauth_error": 3}
    assert [call["outcome"] for call in tester.calls(client="load-app")].count("invalid_scope") == 3


def test_a_status_with_retry_after(tester, app):
    tester.add(once_at=2, client="load-app", fault="status", status=503, retry_after=7)
    assert app.ask().status == 200
    answer = app.ask()
    assert (answer.status, answer.header("retry-after")) == (503, "7")
    assert app.ask().status == 200


def test_a_percentage_is_the_same_sequence_for_the_same_seed(tester, app):
    sequences = []
    for _ in range(2):
        rule = tester.add(percent=30, seed=5, fault="oauth_error", error="invalid_grant")
        with app.server.connect(app.credential) as connection:
            sequences.append([connection.token(app.body).status for _ in range(200)])
        assert tester.remove(rule) == 204
        assert tester.post("/load-target/reset")[0] == 204
    assert sequences[0] == sequences[1]
    assert 35 < sequences[0].count(400) < 85


def test_a_delay_is_exact_and_holds_nobody_else_up(tester, app, other):
    tester.add(client="load-app", fault="delay", milliseconds=1500)
    with app.server.connect(app.credential) as slow, app.server.connect(other.credential) as fast:
        slow.token(app.body)
        began = time.monotonic()
        answer = slow.token(app.body)
        assert 1.5 <= time.monotonic() - began < 5
        expect.token(answer)
        began = time.monotonic()
        assert fast.token(other.body).status == 200
        assert time.monotonic() - began < 1.2


def test_a_delay_goes_with_another_fault_and_both_are_counted(tester, app):
    tester.add(client="load-app", fault="delay", milliseconds=100)
    tester.add(client="load-app", fault="status", status=503)
    began = time.monotonic()
    assert app.ask().status == 503
    assert time.monotonic() - began >= 0.1
    assert tester.counters("load-app")["faults"] == {"delay": 1, "status": 1}
    assert tester.calls(client="load-app")[0]["fault"] == "status"


def test_pipelined_requests_are_answered_in_their_order_behind_a_delay(tester, app):
    tester.add(client="load-app", once_at=2, fault="delay", milliseconds=200)
    with app.server.connect(app.credential) as connection:
        one = message("POST", "/oauth2/token", form(app.body), [("Content-Type", FORM)])
        connection.send(one * 4)
        for _ in range(4):
            expect.token(connection.read())
    assert [call["fault"] for call in tester.calls()] == [None, "delay", None, None]


def test_malformed_content_has_its_length_and_is_no_json(tester, app):
    tester.add(once_at=1, client="load-app", fault="malformed")
    with app.server.connect(app.credential) as connection:
        answer = connection.token(app.body)
        assert answer.status == 200 and answer.header("content-type") == "application/json"
        with pytest.raises(ValueError):
            json.loads(answer.body)
        expect.token(connection.token(app.body))


def test_a_truncated_answer_ends_before_its_length(tester, app):
    tester.add(once_at=1, client="load-app", fault="truncate")
    with app.server.connect(app.credential) as connection:
        with pytest.raises(Refused, match="closed"):
            connection.token(app.body)
        assert connection.buffer
    expect.token(app.ask())


def test_a_reset_leaves_no_answer(tester, app):
    tester.add(once_at=1, client="load-app", fault="reset")
    with app.server.connect(app.credential) as connection:
        with pytest.raises((Refused, ConnectionResetError)):
            connection.token(app.body)
        assert connection.buffer == b""
    expect.token(app.ask())
    call = tester.calls(client="load-app")[0]
    assert (call["status"], call["outcome"], call["fault"]) == (None, "none", "reset")


def test_an_answer_in_front_of_a_reset_reaches_nobody_else(tester, app, other):
    tester.add(client="load-app", every=2, fault="reset")
    one = message("POST", "/oauth2/token", form(app.body), [("Content-Type", FORM)])
    with app.server.connect(other.credential) as beside:
        own = claims(expect.token(beside.token(other.body))["access_token"])
        for _ in range(20):
            with app.server.connect(app.credential) as connection:
                connection.send(one * 2)
                with pytest.raises((Refused, ConnectionResetError)):
                    connection.read()
                    connection.read()
            found = claims(expect.token(beside.token(other.body))["access_token"])
            assert (found["client_id"], found["cnf"]) == (own["client_id"], own["cnf"])


def test_silence_is_no_answer_and_no_end(tester, app):
    tester.add(once_at=1, client="load-app", fault="silence")
    with app.server.connect(app.credential, timeout=1.5) as connection:
        with pytest.raises(TimeoutError):
            connection.token(app.body)
        assert connection.buffer == b""


def test_a_trickled_answer_comes_whole_and_slowly(tester, app):
    tester.add(once_at=1, client="load-app", fault="trickle", bytes_per_second=600)
    with app.server.connect(app.credential) as connection:
        began = time.monotonic()
        expect.token(connection.token(app.body))
        assert time.monotonic() - began > 1
        began = time.monotonic()
        expect.token(connection.token(app.body))
        assert time.monotonic() - began < 0.9


def test_a_rate_limit_is_429_with_the_time_to_wait(tester, app, other):
    tester.add(client="load-app", fault="rate_limit", requests=2, seconds=60)
    assert [app.ask().status for _ in range(2)] == [200, 200]
    answer = app.ask()
    assert answer.status == 429 and answer.json["error"] == "slow_down"
    assert 1 <= int(answer.header("retry-after")) <= 60
    assert other.ask().status == 200


# Handshakes.


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_an_alert_ends_the_handshake_of_its_client_alone(tester, app, other, version):
    rule = tester.add(client="load-app", fault="tls_alert")
    with pytest.raises(Refused, match="(?i)alert bad record mac|bad_record_mac"):
        with app.server.connect(app.credential, version) as connection:
            connection.token(app.body)
    assert other.ask().status == 200
    assert tester.remove(rule) == 204
    with app.server.connect(app.credential, version) as connection:
        expect.token(connection.token(app.body))


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_slow_handshake_holds_its_client_alone(tester, app, other, version):
    tester.add(client="load-app", fault="slow_handshake", milliseconds=500)
    began = time.monotonic()
    with app.server.connect(app.credential, version) as connection:
        with app.server.connect(other.credential, version) as fast:
            expect.token(fast.token(other.body))
        expect.token(connection.token(app.body))
        assert 0.5 <= time.monotonic() - began < 4
        began = time.monotonic()
        expect.token(connection.token(app.body))
        assert time.monotonic() - began < 0.5


def test_a_handshake_rule_knows_clients_under_a_ca_by_their_subject(tmp_path):
    seed = Seeded(tmp_path, clients=2, options=["--method", "pki"])
    folder = seed.export("pem-folder", tmp_path / "clients")
    with seed.server() as target:
        rules = Rules(target)
        rules.add(client="load-000002", fault="tls_alert")
        expect.token(target.token(CC, credential(folder, 1), client_id=client_id(1)))
        with pytest.raises(Refused):
            target.token(CC, credential(folder, 2), client_id=client_id(2))


def test_a_connection_limit_counts_open_connections(tester, app):
    tester.add(client="load-app", fault="connection_limit", connections=2)
    with app.server.connect(app.credential) as one, app.server.connect(app.credential) as two:
        expect.token(one.token(app.body))
        expect.token(two.token(app.body))
        with pytest.raises(Refused):
            with app.server.connect(app.credential) as third:
                third.token(app.body)
    expect.eventually(lambda: app.ask().status == 200, within=5)


# Tokens.


def test_faulty_tokens_are_what_the_rule_says_and_are_counted(tester, app):
    right = claims(app.token())
    for number, (fault, check) in enumerate(
        [
            ("expired_token", lambda found: found["exp"] < time.time() - 3000),
            ("wrong_cnf", lambda found: found["cnf"] != right["cnf"]),
        ],
        2,
    ):
        tester.add(client="load-app", once_at=number, fault=fault)
        members = app.members()
        assert members["expires_in"] == 3600
        assert check(claims(members["access_token"]))
    tester.add(client="load-app", once_at=4, fault="wrong_signature")
    with pytest.raises(jwt.InvalidSignatureError):
        expect.verified(app.token(), app.server.address)
    tester.add(client="load-app", once_at=5, fault="wrong_kid")
    wrong = app.token()
    assert kid(wrong) not in [key["kid"] for key in app.server.get("/oauth2/jwks").json["keys"]]
    expect.verified(app.token(), app.server.address)
    faults = tester.counters("load-app")["faults"]
    assert faults == {"expired_token": 1, "wrong_cnf": 1, "wrong_signature": 1, "wrong_kid": 1}


def test_a_token_fault_of_a_refused_request_is_not_counted(tester, app):
    tester.add(client="load-app", fault="expired_token")
    assert app.ask(scope="never-registered").status == 400
    assert tester.counters("load-app")["faults"] == {}


def test_keys_rotate_and_old_tokens_verify_on(tester, app):
    before = app.token()
    tester.add(client="load-app", once_at=2, fault="rotate_keys")
    app.token()

    def rotated():
        fresh = app.token()
        return kid(fresh) != kid(before) and fresh

    fresh = expect.eventually(rotated, within=5)
    for token in [before, fresh]:
        expect.verified(token, app.server.address)


def test_keys_are_not_rotated_for_requests_without_a_token(tester, app):
    def count():
        return len(app.server.get("/oauth2/jwks").json["keys"])

    before = count()
    tester.add(every=1, fault="rotate_keys")
    for name in ["stranger", "load-app"]:
        assert app.server.token(CC, client_id=name).status == 401
    time.sleep(1)
    assert count() == before


def kid(token):
    return jwt.get_unverified_header(token)["kid"]
