# SPDX-License-Identifier: Apache-2.0
"""How often a client may ask, and how often an address may fail: 429, and who is served on."""

import subprocess
import time

import httpx
import pytest

import expect
from administrator import Administrator
from oauth import CC, INTROSPECTION, REVOCATION
from parties import Caller
from server import free_port
from wire import Connection, client_context

HOUR = 3600
PUSH = "/oauth2/par"


def slowed(answer):
    """The members of an answer that asks to slow down."""
    members = expect.error(answer, "slow_down", 429)
    assert 1 <= int(answer.header("retry-after")) <= HOUR
    return members


def statuses(connection, body, many, **more):
    return [connection.token(body, **more).status for _ in range(many)]


@pytest.fixture
def rated(fresh, pki):
    """Makes a server that is up with clients of these names and options."""

    def rated(env=None, reactors=2, **clients):
        server = fresh(env=env, reactors=reactors)
        found = [Caller(server, pki, name, *options) for name, options in clients.items()]
        server.start()
        return server, *found

    return rated


# A client.


@pytest.mark.smoke
def test_beyond_its_rate_a_client_is_slowed_down_on_a_connection_that_stays(rated):
    server, app, free = rated(app=("--rate", f"5/{HOUR}"), free=())
    with server.connect(app.credential) as connection:
        assert statuses(connection, app.body, 5) == [200] * 5
        for _ in range(20):
            slowed(connection.token(app.body))
        assert connection.get("/health").status == 200
    # The twin: one without a rate gets as many as it asks for.
    with server.connect(free.credential) as connection:
        assert statuses(connection, free.body, 100) == [200] * 100


def test_all_reactors_spend_one_bucket(rated):
    server, app = rated(app=("--rate", f"20/{HOUR}"), reactors=4)
    lines = [server.connect(app.credential) for _ in range(12)]
    answered = [line.token(app.body).status for _ in range(5) for line in lines]
    assert answered.count(200) == 20 and answered.count(429) == 40
    for line in lines:
        line.close()


def test_one_kept_alive_connection_gets_the_full_rate_and_no_more(rated):
    many = 50
    server, app = rated(app=("--rate", f"{many}/1"))
    with server.connect(app.credential) as connection:
        began, served = time.monotonic(), 0
        while time.monotonic() < began + 3:
            answer = connection.token(app.body)
            served += answer.status == 200
            if answer.status != 200:
                slowed(answer)
        elapsed = time.monotonic() - began
    assert 0.9 * many * elapsed <= served <= many * (1 + elapsed) + 1


def test_curl_keeps_its_connection_through_429(rated, pki):
    server, app = rated(app=("--rate", f"2/{HOUR}"))
    url = f"{server.url}/oauth2/token"
    done = subprocess.run(
        [
            "curl", "-sk", "--cert", app.credential.certificate, "--key", app.credential.key,
            "-d", f"grant_type=client_credentials&client_id={app.client_id}",
            "-w", "%{stderr}%{http_code} %{num_connects} %header{retry-after}\n", *[url] * 4,
        ],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    lines = [line.split() for line in done.stderr.splitlines()]
    assert [line[0] for line in lines] == ["200", "200", "429", "429"], done.stderr
    assert [line[1] for line in lines] == ["1", "0", "0", "0"]
    assert all(1 <= int(line[2]) <= HOUR // 2 for line in lines[2:])


def test_httpx_comes_again_when_it_was_told_to(rated):
    server, app = rated(app=("--rate", "1/2"))
    with httpx.Client(verify=client_context(app.credential), timeout=15) as client:
        assert client.post(f"{server.url}/oauth2/token", data=app.body).status_code == 200
        refused = client.post(f"{server.url}/oauth2/token", data=app.body)
        assert refused.status_code == 429 and refused.json()["error"] == "slow_down"
        time.sleep(int(refused.headers["retry-after"]))
        assert client.post(f"{server.url}/oauth2/token", data=app.body).status_code == 200


def test_a_stranger_who_knows_the_client_id_spends_nothing_of_it(rated, pki):
    server, app = rated(app=("--rate", f"5/{HOUR}"))
    stranger = pki.self_signed("rates-stranger", "p256")
    for credential in (stranger, None):
        with server.connect(credential) as connection:
            for number in range(50):
                expect.error(connection.token(app.body), "invalid_client")
                guess = {**app.body, "client_secret": f"guess {number}"}
                expect.error(connection.token(guess), "invalid_client")
                basic = connection.token(CC, basic=(app.client_id, f"guess {number}"))
                expect.error(basic, "invalid_client")
    with server.connect(app.credential) as connection:
        assert statuses(connection, app.body, 5) == [200] * 5
        slowed(connection.token(app.body))
        # Nor does a stranger learn that it is spent.
        with server.connect(stranger) as other:
            expect.error(other.token(app.body), "invalid_client")


def test_every_request_of_the_client_counts_at_every_endpoint(rated):
    server, app, other = rated(app=("--rate", f"6/{HOUR}"), other=("--introspect",))
    name = {"client_id": app.client_id}
    with server.connect(app.credential) as connection:
        token = expect.token(connection.token(app.body))["access_token"]
        assert connection.token({**name, "token": token}, target=INTROSPECTION).status == 200
        assert connection.token({**name, "token": "x"}, target=REVOCATION).status == 200
        assert connection.token(name, target=PUSH).status == 400
        assert connection.token({**app.body, "scope": "foreign"}).status == 400
        assert connection.token(name).status == 400
        for target in ("/oauth2/token", INTROSPECTION, REVOCATION, PUSH):
            slowed(connection.token({**app.body, "token": token}, target=target))
    # The refused revocation was not made: the token is as good as before.
    expect.active(other.introspect(token))


def test_a_password_is_not_looked_at_beyond_the_rate(rated):
    server, app = rated(app=("--rate", f"3/{HOUR}", "--grant-types", "password"))
    server.add_user("ann", "correct horse")
    login = {**app.body, "grant_type": "password", "username": "ann"}
    with server.connect(app.credential) as connection:
        for number in range(3):
            wrong = connection.token({**login, "password": f"guess {number}"})
            expect.error(wrong, "invalid_grant")
        began = server.cpu_seconds
        for _ in range(200):
            slowed(connection.token({**login, "password": "correct horse"}))
        # A hash takes tens of milliseconds.
        assert server.cpu_seconds - began < 2


def test_the_server_s_rate_is_that_of_clients_without_one(rated):
    env = {"HANDFAST_LIMITS_CLIENT_RATE": f"3/{HOUR}"}
    server, app, wider = rated(env, app=(), wider=("--rate", f"8/{HOUR}"))
    for one, many in ((app, 3), (wider, 8)):
        with server.connect(one.credential) as connection:
            assert statuses(connection, one.body, 10) == [200] * many + [429] * (10 - many)


def test_a_public_client_is_not_counted_and_can_have_no_rate(rated):
    env = {"HANDFAST_LIMITS_CLIENT_RATE": f"1/{HOUR}", "HANDFAST_AUTHENTICATION_NONE": "true"}
    server, *_ = rated(env)
    client = server.add_client("open", "--auth-method", "none")
    server.add_user("ben", "correct horse")
    login = {
        "grant_type": "password", "client_id": client["client_id"], "username": "ben",
        "password": "correct horse",
    }  # fmt: skip
    expect.eventually(lambda: server.token(login).status == 200)
    for _ in range(5):
        expect.token(server.token(login))
    done = server.handfast("client", "update", "open", "--rate", "5/60", check=False)
    assert done.returncode == 64 and "--rate" in done.stderr and "none" in done.stderr


def test_a_change_of_the_registration_fills_no_bucket(rated):
    server, app = rated(app=("--rate", f"3/{HOUR}", "--scope", "read write"))
    with server.connect(app.credential) as connection:
        assert statuses(connection, app.body, 4) == [200] * 3 + [429]
        app.update("--scope", "read")
        expect.logged(server, "registration changed")
        end = time.monotonic() + 2
        while time.monotonic() < end:
            slowed(connection.token(app.body))
        # Another rate counts from the next request on, and so does none.
        app.update("--rate", "1000/1")
        expect.eventually(lambda: connection.token(app.body).status == 200)
        assert expect.token(connection.token(app.body))["scope"] == "read"
        app.update("--rate", f"1/{HOUR}")
        expect.eventually(lambda: connection.token(app.body).status == 429)
        app.update("--rate", "default")
        expect.eventually(lambda: statuses(connection, app.body, 5) == [200] * 5)


def test_a_reload_takes_another_rate_over(fresh, pki, tmp_path):
    port, file = free_port(), tmp_path / "handfast.yaml"

    def write(rate):
        file.write_text(
            f"listeners: {{main: {{address: '127.0.0.1:{port}'}}}}\n"
            f"limits: {{client_rate: {rate}}}\n"
        )

    write("none")
    server = fresh(options=["--config", file], port=port, flags=False)
    app = Caller(server, pki, "app")
    server.start()
    with server.connect(app.credential) as connection:
        assert statuses(connection, app.body, 20) == [200] * 20
        write(f"2/{HOUR}")
        server.signal(1)
        expect.eventually(lambda: connection.token(app.body).status == 429)
        write("2/minute")
        server.signal(1)
        expect.eventually(lambda: "configuration not reloaded" in server.log)
        slowed(connection.token(app.body))


# An address.


FAILURES = {"HANDFAST_LIMITS_ADDRESS_RATE": f"4/{HOUR}"}


def test_what_fails_is_charged_to_its_address_and_who_authenticates_is_served(rated, pki):
    server, app = rated(FAILURES, app=())
    stranger = pki.self_signed("failing", "p256")
    with server.connect(stranger) as failing, server.connect(app.credential) as working:
        for number in range(4):
            expect.error(failing.token({**CC, "client_id": f"guess-{number}"}), "invalid_client")
        for _ in range(10):
            answer = failing.token(app.body)
            slowed(answer)
            assert not answer.all("www-authenticate")
            expect.token(working.token(app.body))
        assert failing.get("/health").status == 200
    # Its twin comes from elsewhere.
    with server.connect(stranger, source=("127.0.0.2", 0)) as other:
        expect.error(other.token(app.body), "invalid_client")


def test_what_an_authenticated_client_asks_wrongly_is_not_charged(rated):
    server, app = rated(FAILURES, app=())
    with server.connect(app.credential) as connection:
        for _ in range(10):
            expect.error(connection.token({**app.body, "scope": "foreign"}), "invalid_scope")
        expect.error(connection.token({**CC, "client_id": "nobody"}), "invalid_client")


def test_no_address_is_counted_where_the_configuration_does_not_say_so(rated):
    server, app = rated(app=())
    with server.connect(app.credential) as connection:
        assert statuses(connection, {**CC, "client_id": "nobody"}, 100) == [401] * 100


def test_the_address_is_the_one_that_a_balancer_tells(fresh, pki, tmp_path):
    port, file = free_port(), tmp_path / "handfast.yaml"
    file.write_text(
        f"listeners: {{main: {{address: '127.0.0.1:{port}', proxies: 127.0.0.0/8}}}}\n"
        f"limits: {{address_rate: 2/{HOUR}}}\n"
    )
    server = fresh(options=["--config", file], port=port, flags=False).start()

    def ask(source, family="TCP4", target="203.0.113.1"):
        line = f"PROXY {family} {source} {target} 40000 443\r\n".encode()
        with Connection(server.address, introduction=line) as connection:
            return connection.token({**CC, "client_id": "nobody"}).status

    assert [ask("198.51.100.7") for _ in range(4)] == [401, 401, 429, 429]
    assert ask("198.51.100.8") == 401
    # An IPv6 network of 64 bits is one address.
    networks = ["2001:db8:0:1::", "2001:db8:0:1:ffff::", "2001:db8:0:1:0:1::", "2001:db8:0:2::"]
    six = [ask(f"{one}{number}", "TCP6", "2001:db8::1") for number, one in enumerate(networks)]
    assert six == [401, 401, 429, 401]


def test_nothing_is_charged_where_a_proxy_hands_certificates_on(fresh, pki, tmp_path):
    main, port, file = free_port(), free_port(), tmp_path / "handfast.yaml"
    proxy = pki.self_signed("rates-proxy", "p256", subject="/CN=proxy")
    file.write_text(f"""
listeners:
  main:
    address: 127.0.0.1:{main}
  behind:
    address: 127.0.0.1:{port}
    forwarded_certificate: nginx
    forwarder_keys: {proxy.certificate}
limits:
  address_rate: 2/{HOUR}
""")
    server = fresh(options=["--config", file], port=main, flags=False).start()
    body = {**CC, "client_id": "nobody"}
    with Connection(("127.0.0.1", port), proxy) as connection:
        assert statuses(connection, body, 10) == [401] * 10
    with server.connect() as connection:
        assert statuses(connection, body, 4) == [401, 401, 429, 429]


def test_nothing_is_charged_on_a_unix_socket_which_has_no_address(fresh, tmp_path):
    main, path, file = free_port(), str(tmp_path / "listener.sock"), tmp_path / "handfast.yaml"
    file.write_text(f"""
listeners:
  main: {{address: "127.0.0.1:{main}"}}
  local: {{address: "unix:{path}"}}
limits: {{address_rate: 2/{HOUR}}}
""")
    server = fresh(options=["--config", file], port=main, flags=False).start()
    body = {**CC, "client_id": "nobody"}
    with Connection(path) as connection:
        assert statuses(connection, body, 10) == [401] * 10
    with server.connect() as connection:
        assert statuses(connection, body, 4) == [401, 401, 429, 429]


# Administrators.


def test_administrators_see_who_is_slowed_down_and_metrics_name_nobody(rated):
    env = {"HANDFAST_LIMITS_ADDRESS_RATE": f"1/{HOUR}"}
    server, app, calm = rated(env, app=("--rate", f"3/{HOUR}"), calm=())
    admin = Administrator(server)
    assert admin.json(f"/clients/{app.client_id}")["rate"] == f"3/{HOUR}"
    assert "activity" not in admin.json(f"/clients/{app.client_id}")
    with server.connect(app.credential) as connection:
        assert statuses(connection, app.body, 5) == [200] * 3 + [429] * 2
        nobody = {**CC, "client_id": "nobody"}
        assert statuses(connection, nobody, 2) == [401, 429]
    calm.token()
    # Each of the three tokens would have done.
    activity = admin.json(f"/clients/{app.client_id}")["activity"]
    assert activity["slowed_down"] == 2 and activity["tokens_issued_early"] == 2
    assert activity["last_slowed_down"].endswith("Z")
    assert "activity" not in admin.json(f"/clients/{calm.client_id}")
    kept = admin.json(f"/refusals?client={app.client_id}")["refusals"]
    assert [one["check"] for one in kept] == ["client-rate"] * 2
    assert all("rate" in one["meaning"] and one["remedy"] for one in kept)
    address = admin.json("/refusals?check=address-rate")["refusals"]
    assert [one["peer"] for one in address] == ["127.0.0.1"]
    for check, many in (("client-rate", 2), ("address-rate", 1)):
        assert admin.series("listener_refusals_total", listener="main", check=check) == many
    assert app.client_id not in admin.metrics_text


# The registration.


@pytest.mark.parametrize("rate", ["0/1", "1/0", "100", "1/86401", "1000001/1", "1/minute", " 1/1"])
def test_a_rate_that_makes_no_sense_is_refused(fresh, rate):
    server = fresh()
    done = server.handfast("client", "add", "app", "--rate", rate, check=False)
    assert done.returncode == 64 and "--rate is N/SECONDS" in done.stderr


def test_a_rate_is_shown_exported_applied_and_written_to_the_audit(fresh, tmp_path):
    server = fresh()
    server.handfast("client", "add", "app", "--rate", "100/60")
    assert "100/60 s" in server.handfast("client", "show", "app").stdout
    exported = server.handfast("export").stdout
    assert "rate: 100/60" in exported or 'rate: "100/60"' in exported
    file = tmp_path / "clients.yaml"
    file.write_text(exported)
    assert "100/60" not in server.handfast("apply", "-f", file).stdout
    file.write_text(exported.replace("100/60", "7/60"))
    server.handfast("apply", "-f", file)
    assert '"7/60"' in server.handfast("client", "show", "app", "--json").stdout
    listed = server.handfast("audit", "list", "--json").stdout
    assert "7/60" in listed and "100/60" in listed
    file.write_text(exported.replace("100/60", "7 a minute"))
    assert server.handfast("apply", "-f", file, check=False).returncode != 0
