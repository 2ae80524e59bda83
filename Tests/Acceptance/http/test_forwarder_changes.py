# SPDX-License-Identifier: Apache-2.0
"""The files by which a proxy is known: what is wrong with them, and how they change."""

import signal

import pytest

import expect
from forwarding import SECRET, SECRET_FIELD, told
from oauth import CC
from server import handfast
from wire import Connection

OTHER_SECRET = SECRET[::-1]


@pytest.fixture
def house(tmp_path, pki):
    """A configuration with one listener for a proxy, and its files."""

    class House:
        path = tmp_path / "handfast.yaml"
        keys = tmp_path / "proxies.pem"
        secret = tmp_path / "secret"
        proxy = pki.self_signed("proxy", "p256", subject="/CN=proxy")
        successor = pki.self_signed("proxy-successor", "p256", subject="/CN=proxy")

        def write(self, port):
            self.path.write_text(f"""
listeners:
  main:
    address: 127.0.0.1:{port}
    forwarded_certificate: haproxy
    forwarder_keys: proxies.pem
    forwarder_networks: 127.0.0.7 10.0.0.0/8
    forwarder_secret: secret
""")

    house = House()
    house.keys.write_text(house.proxy.certificate.read_text())
    house.secret.write_text(SECRET)
    return house


@pytest.fixture
def server(house, fresh, pki):
    """Ready, and not started."""
    server = fresh(options=["--config", house.path], flags=False)
    house.write(server.port)
    server.credential = pki.self_signed("behind", "p256")
    client = server.add_client("behind", "--certificate", server.credential.certificate)
    server.body = {**CC, "client_id": client["client_id"]}
    return server


def ask(server, proxy=None, secret=None, **more):
    fields = told("haproxy", server.credential)
    if secret:
        fields.append((SECRET_FIELD, secret))
    with Connection(server.address, proxy, source=("127.0.0.7", 0)) as connection:
        return connection.token(server.body, headers=fields).status


def test_a_new_key_and_a_new_secret_are_taken_without_a_restart(server, house):
    fields = told("haproxy", server.credential)
    with server, Connection(server.address, house.proxy) as old:
        assert ask(server, house.proxy) == ask(server, None, SECRET) == 200
        assert ask(server, house.successor) == ask(server, None, OTHER_SECRET) == 400
        house.keys.write_text(
            house.proxy.certificate.read_text() + house.successor.certificate.read_text()
        )
        server.signal(signal.SIGHUP)
        expect.eventually(lambda: ask(server, house.successor) == 200)
        expect.token(old.token(server.body, headers=fields))
        house.keys.write_text(house.successor.certificate.read_text())
        house.secret.write_text(OTHER_SECRET + "\n")
        server.signal(signal.SIGHUP)
        expect.eventually(lambda: ask(server, house.proxy) == 400)
        expect.eventually(lambda: ask(server, None, OTHER_SECRET) == 200)
        expect.eventually(lambda: ask(server, None, SECRET) == 400)
        assert ask(server, house.successor) == 200
        # An open connection is looked at anew.
        expect.error(old.token(server.body, headers=fields), "invalid_request")


BROKEN = {
    "no keys": ("keys", None, "proxies.pem"),
    "keys without a certificate": ("keys", "nothing\n", "proxies.pem"),
    "keys that are cut": ("keys", "-----BEGIN CERTIFICATE-----\nMIIB\n", "proxies.pem"),
    "no secret": ("secret", None, "secret"),
    "an empty secret": ("secret", "\n", "32 to 512"),
    "a short secret": ("secret", "x" * 31, "32 to 512"),
    "a long secret": ("secret", "x" * 513, "32 to 512"),
    "a secret of words": ("secret", "correct horse battery staple, with spaces", "visible"),
    "a secret with a tab": ("secret", "\t" + "x" * 40, "visible"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_keeps_the_server_from_starting_and_a_running_one_as_it_is(
    server, house, case
):
    what, text, words = BROKEN[case]
    file = getattr(house, what)
    with server:
        file.unlink() if text is None else file.write_text(text)
        before = len(server.stderr)
        server.signal(signal.SIGHUP)
        expect.eventually(lambda: words in "\n".join(list(server.stderr)[before:]))
        assert ask(server, house.proxy) == ask(server, None, SECRET) == 200
        assert server.stop() == 0
    server.launch()
    assert server.wait() != 0 and words in server.log


@pytest.mark.parametrize("case", BROKEN)
def test_check_reads_the_files_of_a_proxy(server, house, case):
    what, text, words = BROKEN[case]
    assert handfast("check", "--config", house.path).stdout.endswith(": ok\n")
    file = getattr(house, what)
    file.unlink() if text is None else file.write_text(text)
    checked = handfast("check", "--config", house.path, check=False)
    assert checked.returncode == 1 and words in checked.stderr
    key = {"keys": "listeners.main.forwarder_keys", "secret": "listeners.main.forwarder_secret"}
    # A longer value is shown by its first 80 characters.
    shown = f"{str(file)[:80]}…" if len(str(file)) > 80 else str(file)
    assert checked.stderr.startswith(f'{key[what]}: "{shown}" ')
    assert len(checked.stderr.splitlines()) == 1 and str(house.path) in checked.stderr
