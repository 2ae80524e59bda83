# SPDX-License-Identifier: Apache-2.0
"""The server's own certificates end: `check`, the log and the metrics say so in time."""

import signal
import ssl

import pytest

import expect
from administrator import Administrator
from clock import Timed
from pairs import pair_yaml
from pki import DAY, openssl
from server import Server, handfast

SERIES = "handfast_server_certificate_not_after_seconds"
DATES = {
    "ended": {"start": -2 * DAY, "seconds": -DAY},
    "early": {"start": DAY, "seconds": 400 * DAY + 3600},
    "soon": {"start": -DAY, "seconds": 9 * DAY + 3600},
    "good": {"start": -DAY, "seconds": 400 * DAY},
}
CHECKED = {
    "ended": "ended at ",
    "early": "is not valid before ",
    "soon": "days left: 9;",
    "good": None,
}
LOGGED = {
    "ended": "a certificate of the server has ended",
    "early": "a certificate of the server is not valid yet",
    "soon": "a certificate of the server ends soon",
    "good": None,
}


@pytest.fixture
def made(pki, tmp_path):
    """Makes a certificate with the dates of its kind, and tells its end."""
    count = iter(range(99))

    def make(kind):
        name = f"{tmp_path.name}-{next(count)}"
        credential = pki.short_lived(name, subject=f"/CN={kind}", **DATES[kind])
        shown = openssl("x509", "-in", credential.certificate, "-noout", "-enddate")
        return credential, ssl.cert_time_to_seconds(shown.strip().removeprefix("notAfter="))

    return make


class Watched:
    """A configuration with one certificate of the server, under the name `own`."""

    def __init__(self, folder, credential, days=10):
        self.credential = credential
        self.path = folder / "own.yaml"
        self.write(days)
        self.options = ["--config", self.path]

    def write(self, days):
        self.path.write_text(
            f"certificates:\n  expiry_warning_days: {days}\n"
            + pair_yaml(own=(self.credential.certificate, self.credential.key))
        )


def warnings(server):
    return [r for r in server.records if "a certificate of the server" in r["message"]]


def ticked(server):
    """The main thread has taken another turn, with its look at the certificates."""
    before = Administrator(server).metrics["handfast_clients"]
    server.add_client(f"tick-{before}", "--auth-method", "client_secret_basic",
                      "--grant-types", "client_credentials")  # fmt: skip
    expect.eventually(lambda: Administrator(server).metrics["handfast_clients"] == before + 1)


def ends(server):
    samples = Administrator(server).samples
    return {one.labels["name"]: one.value for one in samples if one.name == SERIES}


@pytest.mark.parametrize("kind", DATES)
def test_check_warns_of_dates_and_says_ok_all_the_same(made, tmp_path, kind):
    credential, _ = made(kind)
    done = handfast("check", "--config", Watched(tmp_path, credential).path)
    assert done.stdout.endswith(": ok\n")
    if words := CHECKED[kind]:
        assert done.stderr.startswith("warning: tls.certificates.own.certificate: "), done.stderr
        # Long values are cut short.
        assert words in done.stderr and str(credential.certificate)[:40] in done.stderr
        assert done.stderr.count("\n") == 1
    else:
        assert done.stderr == ""


@pytest.mark.parametrize("kind", DATES)
def test_check_warns_of_the_dates_of_the_pair_of_probes(made, tmp_path, kind):
    credential, _ = made(kind)
    path = tmp_path / "probe.yaml"
    path.write_text(
        "certificates:\n  expiry_warning_days: 10\nprobe:\n  address: 127.0.0.1:9445\n"
        f"  certificate: {credential.certificate}\n  key: {credential.key}\n"
    )
    done = handfast("check", "--config", path)
    assert done.stdout.endswith(": ok\n")
    if words := CHECKED[kind]:
        assert done.stderr.startswith("warning: probe.certificate: "), done.stderr
        assert words in done.stderr and done.stderr.count("\n") == 1
    else:
        assert done.stderr == ""


def test_check_goes_by_the_days_that_are_set(made, tmp_path):
    watched = Watched(tmp_path, made("soon")[0], days=9)
    assert handfast("check", "--config", watched.path).stderr == ""
    watched.write(days=10)
    assert "days left: 9;" in handfast("check", "--config", watched.path).stderr


@pytest.mark.parametrize("kind", DATES)
def test_a_start_warns_once_serves_and_tells_the_end(made, fresh, tmp_path, kind):
    credential, end = made(kind)
    with fresh(options=Watched(tmp_path, credential).options) as server:
        ticked(server)
        ticked(server)
        assert server.get("/health").status == 200
        assert ends(server) == {"own": end}
        assert server.stop() == 0
    said = warnings(server)
    assert [line["message"] for line in said] == ([LOGGED[kind]] if LOGGED[kind] else [])
    for line in said:
        assert line["level"] == "warning" and line["name"] == "own"
        assert line["certificate"] == str(credential.certificate)
        assert line["days_left"] == {"ended": "0", "early": "400", "soon": "9"}[kind]


def test_a_reload_warns_anew_and_a_renewal_ends_it(made, fresh, tmp_path):
    credential, _ = made("soon")
    watched = Watched(tmp_path, credential)
    with fresh(options=watched.options) as server:
        ticked(server)
        server.signal(signal.SIGHUP)
        expect.eventually(lambda: len(warnings(server)) == 2)
        renewed, end = made("good")
        credential.certificate.write_bytes(renewed.certificate.read_bytes())
        # Certificate and key do not belong together: the old pair is served on, and told before.
        server.signal(signal.SIGHUP)
        expect.eventually(lambda: "configuration not reloaded" in server.log)
        ticked(server)
        assert ends(server)["own"] != end
        # The whole pair is noticed without another signal.
        credential.key.write_bytes(renewed.key.read_bytes())
        expect.eventually(lambda: ends(server) == {"own": end}, within=10)
        ticked(server)
        assert server.stop() == 0
    assert len(warnings(server)) == 2


def test_the_log_warns_again_after_a_day_and_when_the_certificate_ends(made, tmp_path):
    server = Timed(tmp_path, "off")
    server.options = Watched(tmp_path, made("soon")[0]).options
    # How many warnings there are when the clock has come to each time; the last two are of an end.
    times = [(0, 1), (3600, 1), (DAY - 60, 1), (DAY + 60, 2), (9 * DAY, 3), (10 * DAY, 4),
             (10 * DAY + 3600, 4), (11 * DAY + 60, 5)]  # fmt: skip
    try:
        server.start()
        for moment, count in times:
            server.clock.move(moment)
            ticked(server)
            expect.eventually(lambda count=count: len(warnings(server)) >= count)
            assert len(warnings(server)) == count, (moment, server.log)
        assert server.get("/health").status == 200
        assert server.stop() == 0
    finally:
        server.kill()
    said = [line["message"] for line in warnings(server)]
    assert said == [LOGGED["soon"]] * 3 + [LOGGED["ended"]] * 2


def test_the_generated_certificate_is_watched_too(tmp_path):
    data = tmp_path / "data"
    with Server(data) as server:
        ticked(server)
        assert list(ends(server)) == ["generated"]
        assert server.stop() == 0
    assert not warnings(server)
    later = Timed(tmp_path, "off")
    later.clock.move(3640 * DAY)
    try:
        later.start()
        ticked(later)
        assert later.stop() == 0
    finally:
        later.kill()
    (line,) = warnings(later)
    assert line["message"] == LOGGED["soon"]
    assert line["name"] == "generated" and line["certificate"] == str(data / "server.pem")
