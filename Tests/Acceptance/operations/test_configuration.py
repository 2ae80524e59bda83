# SPDX-License-Identifier: Apache-2.0
"""Configuration: file, environment and flags, `handfast check`, and reload by SIGHUP."""

import json
import signal
import ssl

import jwt
import pytest

import expect
from oauth import CC
from pairs import pair, pair_yaml
from server import free_port, handfast
from wire import Refused


def lifetime_of(server, client, credential):
    body = {**CC, "client_id": client["client_id"]}
    return expect.token(server.token(body, credential))["expires_in"]


@pytest.fixture
def write(tmp_path):
    """Writes a configuration file and returns its path."""

    def write(content, name="handfast.yaml"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


GOOD_YAML = """
tokens:
  lifetime: 120
tls:
  slim_provider: false
  resumption: store
"""
GOOD_JSON = {"tokens": {"lifetime": 120}, "tls": {"slim_provider": False, "resumption": "store"}}


@pytest.mark.parametrize("name, content", [("c.yaml", GOOD_YAML), ("c.json", GOOD_JSON)])
def test_a_good_file_is_checked_without_starting_anything(write, name, content, tmp_path):
    path = write(content, name)
    done = handfast("check", "--config", path)
    assert done.returncode == 0
    assert [f.name for f in tmp_path.iterdir()] == [name]


BAD = {
    # name: (content, the words that the error must have)
    "misspelt key": ("tls:\n  slim_provder: false\n", ["tls.slim_provder", "slim_provider"]),
    "unknown section": ("magic:\n  a: 1\n", ["magic"]),
    "not a boolean": ("tls:\n  slim_provider: maybe\n", ["tls.slim_provider", "maybe", "true"]),
    "not one of the words": ("tls:\n  resumption: cache\n", ["tls.resumption", "cache", "tickets"]),
    "not a number": ("tokens:\n  lifetime: soon\n", ["tokens.lifetime", "soon"]),
    "out of range": ("limits:\n  body_bytes: 1\n", ["limits.body_bytes", "1024"]),
    "negative": ("workers:\n  queue: -1\n", ["workers.queue"]),
    "huge": ("workers:\n  queue: 99999999999999999999999\n", ["workers.queue"]),
    "not an issuer": ("issuer: http://a.example\n", ["issuer", "https"]),
    "not an address": ("listeners:\n  main:\n    address: nonsense\n", ["listeners.main.address"]),
    "port out of range": (
        "listeners:\n  main:\n    address: 127.0.0.1:99999\n",
        ["listeners.main.address"],
    ),
    "key without certificate": (
        "tls:\n  certificates:\n    a:\n      key: k.pem\n",
        ["tls.certificates.a.certificate"],
    ),
    "missing certificate file": (
        "tls:\n  certificates:\n    a:\n      key: k.pem\n      certificate: c.pem\n",
        ["c.pem"],
    ),
    "not a mapping": ("- a\n- b\n", []),
    "not YAML": ("tls: [unclosed\n", []),
    "twice": ("tls:\n  resumption: store\ntls:\n  resumption: tickets\n", ["tls"]),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_key_and_the_reason(write, fresh, name):
    content, words = BAD[name]
    path = write(content)
    done = handfast("check", "--config", path, check=False)
    assert done.returncode not in (0, 132, 134, 139, -4, -6, -11)
    for word in [path.name, *words]:
        assert word in done.stderr + done.stdout, done.stderr
    server = fresh(options=["--config", path]).launch()
    assert server.wait(20) != 0
    assert not any("listening" in line for line in server.stdout)
    expect.logged(server, *words)


def test_all_problems_are_named_at_once(write):
    path = write("tls:\n  resumption: cache\n  slim_provider: 7\ntokens:\n  lifetime: 0\n")
    said = handfast("check", "--config", path, check=False).stderr
    for key in ("tls.resumption", "tls.slim_provider", "tokens.lifetime"):
        assert key in said


def test_a_bad_json_file_and_a_missing_file_are_refused(write, tmp_path):
    path = write('{"tls": {', "broken.json")
    done = handfast("check", "--config", path, check=False)
    assert done.returncode != 0 and "broken.json" in done.stderr
    done = handfast("check", "--config", tmp_path / "absent.yaml", check=False)
    assert done.returncode != 0 and "absent.yaml" in done.stderr


def test_flags_are_stronger_than_environment_and_environment_than_file(write, fresh, pki):
    credential = pki.self_signed("playground2")
    path = write(f"tokens:\n  lifetime: 100\nissuer: https://file.example\n"
                 f"listeners:\n  main:\n    address: 127.0.0.1:{free_port()}\n")  # fmt: skip
    server = fresh(
        options=["--config", path],
        env={"HANDFAST_TOKENS_LIFETIME": "200", "HANDFAST_ISSUER": "https://environment.example"},
    )
    client = server.add_client("layers", "--certificate", credential.certificate)
    with server:
        assert lifetime_of(server, client, credential) == 200
        metadata = server.get("/.well-known/oauth-authorization-server").json
        assert metadata["issuer"] == "https://environment.example"
        server.stop()
    server.options += ["--issuer", "https://flag.example"]
    with server:
        metadata = server.get("/.well-known/oauth-authorization-server").json
        assert metadata["issuer"] == "https://flag.example"
        server.stop()
    server.env, server.options = {}, ["--config", path]
    with server:
        assert lifetime_of(server, client, credential) == 100


def test_a_bad_environment_variable_is_named(fresh):
    server = fresh(env={"HANDFAST_TLS_RESUMPTION": "cache"}).launch()
    assert server.wait(20) != 0
    expect.logged(server, "HANDFAST_TLS_RESUMPTION", "cache")


def test_audience_and_realm_are_those_that_are_set(write, fresh, pki):
    credential = pki.self_signed("playground2")
    path = write({"tokens": {"audience": "https://api.example", "realm": "the realm"}}, "c.json")
    server = fresh(options=["--config", path])
    client = server.add_client("aimed", "--certificate", credential.certificate)
    body = {**CC, "client_id": client["client_id"]}
    with server:
        token = expect.token(server.token(body, credential))["access_token"]
        expect.verified(token, server.address, audience="https://api.example")
        with pytest.raises(jwt.InvalidAudienceError):
            expect.verified(token, server.address, audience="https://other.example")
        refused = server.token(CC, basic=("nobody", "x"))
        assert refused.header("www-authenticate") == 'Basic realm="the realm"'


class Reloading:
    """A server with a configuration file that the test rewrites."""

    def __init__(self, fresh, write, pki):
        self.write = write
        self.credential = pki.self_signed("playground2")
        self.path = write("tokens:\n  lifetime: 111\n")
        self.server = fresh(options=["--config", self.path])
        self.client = self.server.add_client("reload", "--certificate", self.credential.certificate)
        self.body = {**CC, "client_id": self.client["client_id"]}

    def rewrite(self, content):
        self.write(content)
        self.server.signal(signal.SIGHUP)


@pytest.fixture
def reloading(fresh, write, pki):
    one = Reloading(fresh, write, pki)
    with one.server:
        yield one


def test_a_good_reload_takes_effect_and_drops_no_connection(reloading):
    server = reloading.server
    kept = server.connect(reloading.credential)
    assert kept.token(reloading.body).json["expires_in"] == 111
    reloading.rewrite("tokens:\n  lifetime: 222\n")
    expect.eventually(lambda: kept.token(reloading.body).json["expires_in"] == 222)
    assert lifetime_of(server, reloading.client, reloading.credential) == 222
    kept.close()


@pytest.mark.smoke
def test_a_bad_reload_keeps_the_old_configuration_and_says_why(reloading):
    server = reloading.server
    kept = server.connect(reloading.credential)
    for name, (content, words) in BAD.items():
        lines = len(server.stderr)
        reloading.rewrite(
            "tokens:\n  lifetime: 333\n" + content if "tokens" not in content else content
        )
        expect.eventually(lambda before=lines: len(server.stderr) > before, within=2)
        expect.eventually(
            lambda b=lines, w=words: all(word in "\n".join(server.stderr[b:]) for word in w), 2
        )
        assert kept.token(reloading.body).json["expires_in"] == 111, name
    reloading.path.unlink()
    server.signal(signal.SIGHUP)
    for _ in range(5):
        assert kept.token(reloading.body).json["expires_in"] == 111
    reloading.rewrite("tokens:\n  lifetime: 444\n")
    expect.eventually(lambda: kept.token(reloading.body).json["expires_in"] == 444)
    kept.close()


def presented(server, **options):
    with server.connect(**options) as connection:
        der = connection.socket.getpeercert(binary_form=True)
    return ssl.DER_cert_to_PEM_cert(der).strip()


def test_a_new_certificate_is_served_after_sighup_and_open_connections_stay(reloading, tmp_path):
    server = reloading.server
    first = pair(tmp_path, "first")
    second = pair(tmp_path, "second")
    kept = server.connect(reloading.credential)
    reloading.rewrite(pair_yaml(only=first))
    expect.eventually(lambda: presented(server) == first[0].read_text().strip())
    expect.token(kept.token(reloading.body))
    # The files changed in place: the same configuration, another certificate.
    first[0].write_text(second[0].read_text())
    first[1].write_text(second[1].read_text())
    server.signal(signal.SIGHUP)
    expect.eventually(lambda: presented(server) == second[0].read_text().strip())
    for _ in range(8):  # on every reactor
        assert presented(server) == second[0].read_text().strip()
    expect.token(kept.token(reloading.body))
    kept.close()


def test_a_certificate_and_a_key_that_do_not_belong_together_are_refused(reloading, tmp_path):
    server = reloading.server
    before = presented(server)
    one, two = pair(tmp_path, "one"), pair(tmp_path, "two")
    lines = len(server.stderr)
    reloading.rewrite(pair_yaml(mixed=(one[0], two[1])))
    expect.eventually(lambda: len(server.stderr) > lines, within=2)
    done = handfast("check", "--config", reloading.path, check=False)
    assert done.returncode != 0 and "mixed" in done.stderr
    for _ in range(4):
        assert presented(server) == before
    expect.token(server.token(reloading.body, reloading.credential))


def test_rsa_and_ecdsa_side_by_side_are_chosen_by_what_the_client_offers(fresh, write, tmp_path):
    import hello

    rsa = pair(tmp_path, "rsa", "rsa2048")
    ecdsa = pair(tmp_path, "ecdsa")
    path = write(pair_yaml(rsa=rsa, ecdsa=ecdsa))
    with fresh(options=["--config", path]) as server:
        for suites, wanted in (
            ([0xC02F, 0xC030], "rsa"),
            ([0xC02B, 0xC02C], "ecdsa"),
            ([0x009E, 0x009F, 0xC02F, 0xC030], "rsa"),
        ):
            answer = hello.offer(server.address, 0x0303, suites)
            assert answer.kind == "hello" and answer.suite in suites, wanted
    path = write(pair_yaml(ecdsa=ecdsa))
    with fresh(options=["--config", path]) as server:
        assert hello.offer(server.address, 0x0303, [0xC02F, 0xC030]).kind == "alert"


def test_only_tls_1_3_where_that_is_the_minimum(write, fresh):
    path = write("tls:\n  minimum_version: '1.3'\n")
    with fresh(options=["--config", path]) as server:
        with server.connect(version="1.3") as connection:
            assert connection.get("/health").status == 200
        with pytest.raises(Refused):
            server.connect(version="1.2")


def test_the_example_file_is_a_good_configuration_with_every_key(write):
    from server import ROOT

    examples = [*ROOT.glob("*.example.yaml"), *ROOT.glob("handfast*.yaml")]
    assert examples, "no example configuration in the tree"
    done = handfast("check", "--config", examples[0], check=False)
    assert done.returncode == 0, done.stderr
    text = examples[0].read_text()
    for key in ("resumption", "slim_provider", "lifetime", "queue", "drain_seconds", "level"):
        assert key in text
