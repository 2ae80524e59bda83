# SPDX-License-Identifier: Apache-2.0
"""Keys of trusted issuers at a jwks_uri: fetched, renewed, and a day later they do not count."""

import json
import time

import pytest

import expect
from assertions import KEYS, public_jwk
from clock import Clock
from origin import Origin, fetching_server, web_pair
from partners import Partner, presenter, refused
from server import Server, free_port

pytestmark = pytest.mark.waiting
DAY = 86_400


@pytest.fixture(scope="module")
def fetching(tmp_path_factory, ca):
    with fetching_server(tmp_path_factory.mktemp("fetching"), ca) as server:
        yield server
        assert server.running and server.stop() == 0


class Publishing(Partner):
    """A partner that publishes its keys."""

    def __init__(self, server, folder, origin, name, caller, *options, published=True):
        self.origin, self.path, self.published = origin, f"/{name}.jwks", published
        super().__init__(
            server, folder, name, caller, "--jwks-uri", origin.url(self.path), *options
        )

    def announce(self):
        if self.published:
            self.publish()

    def publish(self, *more):
        self.origin.content[self.path] = json.dumps({"keys": [self.jwk, *more]}).encode()

    def turn(self):
        """Publishes a new key alone, and signs by it from now on."""
        self.key, self.kid = KEYS["ES256"](), "turned"
        self.jwk = public_jwk(self.key, "ES256", self.kid)
        self.publish()

    @property
    def fetches(self):
        return self.origin.asked.count(self.path)

    def shown(self):
        return json.loads(self.server.handfast("issuer", "show", self.name, "--json").stdout)


def test_keys_are_fetched_and_a_new_key_is_fetched_by_the_first_request(
    fetching, origin, pki, tmp_path
):
    caller = presenter(fetching, pki, "first")
    partner = Publishing(fetching, tmp_path, origin, "first", caller)
    origin.settled(partner.path)
    expect.eventually(lambda: partner.ask().status == 200, within=3)
    count = partner.fetches
    for _ in range(5):
        expect.token(partner.ask())
    # A JWT by a known key that is wrong otherwise costs no fetch.
    expect.error(partner.ask(partner.sign(aud="https://other.example")), "invalid_grant")
    assert partner.fetches == count
    shown = partner.shown()
    assert shown["fetched_jwks"]["keys"][0]["kid"] == partner.kid
    assert abs(shown["fetched_at"] - time.time()) < 60
    # The issuer turns its key; the request with the unknown one waits for the new set.
    old = partner.key, partner.kid
    partner.turn()
    claims, _ = partner.token()
    assert claims["sub"] == "first:alice" and partner.fetches == count + 1
    refused(partner, partner.sign(old[0], headers={"kid": old[1]}))
    # Unknown keys cause one fetch a minute.
    count = partner.fetches
    for _ in range(10):
        expect.error(partner.ask(partner.sign(headers={"kid": "nobody's"})), "invalid_grant")
    assert partner.fetches <= count + 1


def test_beyond_its_rate_a_client_has_no_keys_fetched(fetching, origin, pki, tmp_path):
    caller = presenter(fetching, pki, "spent")
    partner = Publishing(fetching, tmp_path, origin, "spent", caller)
    origin.settled(partner.path)
    expect.eventually(lambda: partner.ask().status == 200, within=3)
    caller.update("--rate", "1/3600")
    expect.eventually(lambda: partner.ask().status == 429)
    partner.turn()
    count = partner.fetches
    for _ in range(5):
        expect.error(partner.ask(), "slow_down", 429)
    assert partner.fetches == count
    # Its twin: within its rate the same client has them fetched.
    caller.update("--rate", "default")
    expect.eventually(lambda: partner.ask().status == 200, within=5)
    assert partner.fetches == count + 1


def test_without_keys_there_is_503_and_the_jwt_is_good_later(fetching, origin, pki, tmp_path):
    caller = presenter(fetching, pki, "late")
    partner = Publishing(fetching, tmp_path, origin, "late", caller, published=False)
    one = partner.sign(exp=int(time.time()) + 280)
    expect.eventually(lambda: partner.ask(one).status == 503, within=3)
    answer = partner.ask(one)
    expect.error(answer, "temporarily_unavailable", 503)
    assert int(answer.header("retry-after")) > 0
    expect.logged(fetching, "issuer-keys")
    # A claim that is wrong is told apart: it would be refused with keys, too.
    expect.error(partner.ask(partner.sign(aud="https://other.example")), "invalid_grant")
    partner.publish()
    # Its backoff is ten seconds at first.
    expect.eventually(lambda: partner.ask(one).status == 200, within=20)
    refused(partner, one)


def test_keys_that_could_not_be_fetched_for_a_day_do_not_count(ca, pki, tmp_path):
    with Origin(web_pair(ca, "old")) as origin:
        clock, port = Clock(tmp_path), free_port()
        (tmp_path / "server.yaml").write_text(f"""
listeners:
  main:
    address: 127.0.0.1:{port}
fetch:
  authorities: {ca.certificate}
  networks: 127.0.0.0/8 ::1
""")
        server = Server(
            tmp_path / "data", ["--config", tmp_path / "server.yaml"], port=port, flags=False,
            env=clock.environment,
        )  # fmt: skip
        with server:
            caller = presenter(server, pki, "aged")
            partner = Publishing(server, tmp_path, origin, "aged", caller)
            fixed = Partner(server, tmp_path, "fixed", caller).wait()
            expect.eventually(lambda: partner.ask().status == 200, within=3)
            origin.content[partner.path] = 500

            def ask(one, hours):
                """A request of a time that is so many hours away, with a JWT of then."""
                with clock.moved(hours * 3600):
                    now = int(clock.now)
                    return one.ask(one.sign(iat=now, exp=now + 60))

            # A day is not over yet.
            assert ask(partner, 23).status == 200
            answer = ask(partner, 25)
            expect.error(answer, "temporarily_unavailable", 503)
            # Registered keys do not age, and the fetched ones are there still.
            assert ask(fixed, 25).status == 200
            assert ask(partner, 0).status == 200
            assert server.stop() == 0
        # Nor does a restart make them younger.
        with clock.moved(25 * 3600):
            server.start()
            now = int(clock.now)
            answer = partner.ask(partner.sign(iat=now, exp=now + 60))
            expect.error(answer, "temporarily_unavailable", 503)
            assert server.stop() == 0


def test_a_bad_set_leaves_the_last_good_one(fetching, origin, pki, tmp_path):
    caller = presenter(fetching, pki, "good")
    partner = Publishing(fetching, tmp_path, origin, "good", caller)
    expect.eventually(lambda: partner.ask().status == 200, within=3)
    secret = {"kty": "oct", "k": "AAAA", "kid": "secret"}
    partner.publish(secret)
    # An unknown key has the set fetched, which is refused as a whole.
    expect.error(partner.ask(partner.sign(headers={"kid": "new"})), "invalid_grant")
    expect.token(partner.ask())
    assert partner.shown()["fetched_jwks"]["keys"] == [partner.jwk]


def test_another_uri_forgets_the_keys_of_the_old_one(fetching, origin, pki, tmp_path):
    caller = presenter(fetching, pki, "moved")
    partner = Publishing(fetching, tmp_path, origin, "moved", caller)
    expect.eventually(lambda: partner.ask().status == 200, within=3)
    partner.update("--jwks-uri", origin.url("/nothing.jwks"))
    expect.eventually(lambda: partner.ask().status == 503, within=3)
    partner.update("--jwks", partner.file)
    expect.eventually(lambda: partner.ask().status == 200, within=3)
