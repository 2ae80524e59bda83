# SPDX-License-Identifier: Apache-2.0
"""Answers that wait until the use of their assertion is durable (Decision 0025, RFC 7523 §3)."""

import contextlib
import select
import time

import pytest

import expect
from administrator import Administrator, everything
from assertions import asserting, known_signer
from database import busy
from oauth import CC, INTROSPECTION
from wire import FORM, basic_credentials, form, message

TARGETS = ["/oauth2/token", INTROSPECTION]


@pytest.fixture
def signing(fresh, tmp_path):
    """A server with one reactor, and on it a client that signs assertions and one with a secret."""
    server = fresh(reactors=1).start()
    one = known_signer(server, tmp_path)
    one.admin = Administrator(server)
    secret = server.add_client("secret", "--grant-types", "client_credentials", "--no-bound-tokens")
    one.other_id, one.secret = secret["client_id"], secret["client_secret"]
    expect.eventually(lambda: ask_by_secret(one).status == 200)
    return one


def ask_by_secret(one, secret=None):
    return one.server.token(CC, basic=(one.other_id, secret or one.secret))


def post(body, headers=(), target="/oauth2/token"):
    return message("POST", target, body, [("Content-Type", FORM), *headers])


def by_assertion(assertion, target="/oauth2/token"):
    more = {"token": "x"} if target == INTROSPECTION else {}
    return post(form(asserting(assertion), **more), target=target)


def by_secret(one, secret=None):
    credentials = basic_credentials(one.other_id, secret or one.secret)
    return post(form(CC), [("Authorization", credentials)])


def is_silent(line):
    return not line.buffer and not select.select([line.socket], [], [], 0)[0]


@contextlib.contextmanager
def held(one, data):
    """A connection whose first answer waits for the store, and the call that ends the waiting."""
    with one.server.connect() as line, one.server.connect() as later:
        # Reads the tickets too, so that what can be read afterwards is an answer.
        line.get("/health")
        with busy(one.server) as release:
            line.send(data)
            # There is one reactor: by the second answer it has decided about what came before.
            for _ in range(2):
                assert later.get("/health").status == 200
            yield line, release


@contextlib.contextmanager
def nothing(one):
    yield


@contextlib.contextmanager
def switching_off(one, client_id, is_off):
    """The emergency switch, which works before it is written; left when it is answered."""
    with one.admin.connect() as admin:
        target = f"/clients/{client_id}/disable"
        admin.sendall(one.admin.request(target, "POST", "Connection: close\r\n"))
        expect.eventually(is_off)
        yield
        assert everything(admin).split(b" ")[1] in (b"202", b"204")


def switching_itself_off(one):
    seen = len(one.server.records)

    def is_off():
        # Refused for its time or for its client, and the store is not asked.
        assert one.ask(one.sign(exp=int(time.time()) - 600)).status == 401
        return refusals(one, seen, "client-disabled")

    return switching_off(one, one.id, is_off)


def switching_another_off(one):
    return switching_off(one, one.other_id, lambda: ask_by_secret(one).status == 401)


@contextlib.contextmanager
def another_asking(one):
    """The reactor's last request is another client's, and its last token too, by the end."""
    expect.token(ask_by_secret(one))
    expect.error(ask_by_secret(one, "wrong"), "invalid_client")
    yield


@contextlib.contextmanager
def switching_itself_off_while_another_asks(one):
    with switching_itself_off(one), another_asking(one):
        yield


def refusals(one, start, check):
    """The clients that were refused for this since the log had so many records."""
    told = one.server.records[start:]
    return [record["client_id"] for record in told if record.get("check") == check]


def tokens(one, method):
    labels = {"listener": "main", "grant": "client_credentials", "method": method}
    return one.admin.series("listener_tokens_issued_total", **labels)


METHODS = ("private_key_jwt", "client_secret_basic")


class Outcome:
    """The answers to pipelined requests of which the first one waited for the store."""

    def __init__(self, one, behind, meanwhile, target):
        self.one = one
        self.assertion = one.sign(exp=int(time.time()) + 300)
        self.start = len(one.server.records)
        before = [tokens(one, method) for method in METHODS]
        data = by_assertion(self.assertion, target) + b"".join(behind)
        with held(one, data) as (line, release), meanwhile(one):
            has_waited = is_silent(line)
            release()
            self.answers = [line.read() for _ in range(1 + len(behind))]
        assert has_waited or self.answers[0].status == 503
        self.issued = [tokens(one, m) - b for m, b in zip(METHODS, before)]

    def refused(self, check, count):
        """The clients of that many refusals for this."""

        def find():
            found = refusals(self.one, self.start, check)
            return found if len(found) >= count else None

        return expect.eventually(find)

    def has_no_refusal(self, check):
        return not refusals(self.one, self.start, check)


def outcome(one, meanwhile, behind=(), target="/oauth2/token"):
    """The outcome of one attempt in time.

    Where a busy machine takes longer than the server waits for the store, the first answer is 503
    and nothing was decided: that is tried again.
    """
    for _ in range(5):
        found = Outcome(one, behind, meanwhile, target)
        if found.answers[0].status != 503:
            return found
        for client_id in (one.id, one.other_id):
            expect.eventually(lambda c=client_id: switch_on(one, c))
        expect.eventually(lambda: one.ask().status == ask_by_secret(one).status == 200)
    raise AssertionError("the store was busy for too long each time")


def switch_on(one, client_id):
    return one.admin.post(f"/clients/{client_id}/enable")[0] == 204


@pytest.mark.parametrize("target", TARGETS)
def test_a_client_that_is_switched_off_meanwhile_gets_nothing(signing, target):
    found = outcome(signing, switching_itself_off, target=target)
    expect.error(found.answers[0], "invalid_client")
    assert found.refused("client-changed", 1) == [signing.id]
    assert found.issued == [0, 0]
    # The use is durable, whatever was answered.
    assert switch_on(signing, signing.id)
    expect.eventually(lambda: signing.ask().status == 200)
    expect.error(signing.ask(found.assertion), "invalid_client")
    assert found.refused("assertion-repeated", 1) == [signing.id]


@pytest.mark.parametrize("meanwhile", [nothing, switching_another_off])
@pytest.mark.parametrize("target", TARGETS)
def test_the_answer_comes_where_its_client_stays_on(signing, target, meanwhile):
    found = outcome(signing, meanwhile, target=target)
    if target == "/oauth2/token":
        expect.token(found.answers[0])
        assert found.issued == [1, 0]
    else:
        expect.inactive(found.answers[0])
        assert found.issued == [0, 0]
    expect.error(signing.ask(found.assertion), "invalid_client")
    assert found.refused("assertion-repeated", 1) == [signing.id]
    assert found.has_no_refusal("client-changed")


def behind(one):
    """Requests of another client on the same connection, and one that is no client's."""
    health = message("GET", "/health")
    return [by_secret(one, "wrong"), by_secret(one), health]


def test_requests_behind_it_count_for_their_own_clients(signing):
    found = outcome(signing, another_asking, behind(signing))
    first, wrong, right, health = found.answers
    expect.token(first)
    expect.error(wrong, "invalid_client")
    expect.token(right)
    assert health.json == {"status": "ok"}
    # One behind it, and one on another connection while it waited.
    assert found.refused("secret-wrong", 2) == [signing.other_id] * 2
    assert found.issued == [1, 2]


def test_requests_behind_one_that_is_refused_count_for_their_own_clients(signing):
    found = outcome(signing, switching_itself_off_while_another_asks, behind(signing))
    first, wrong, right, health = found.answers
    expect.error(first, "invalid_client")
    expect.error(wrong, "invalid_client")
    expect.token(right)
    assert health.json == {"status": "ok"}
    assert found.refused("client-changed", 1) == [signing.id]
    assert found.refused("secret-wrong", 2) == [signing.other_id] * 2
    assert found.issued == [0, 2]
