# SPDX-License-Identifier: Apache-2.0
"""Examples/prometheus and Examples/grafana: rules and panels, against a Prometheus and a server."""

import contextlib
import json
import re
import shutil
import socket
import ssl
import subprocess
import time

import pytest
import yaml

import database
import expect
from collectors import EXAMPLES, Administrators, Probes, Prometheus
from grants import Shop
from server import ROOT, Server, free_port
from wire import Connection

RULES = EXAMPLES / "handfast.rules.yaml"
DASHBOARD = json.loads((ROOT / "Examples/grafana/handfast.json").read_text())
PAGE = (ROOT / "Documentation/metrics-and-log.md").read_text()
# Ways to the metrics, each of which the test with traffic takes.
WAYS = [Administrators, Probes]
# Alerts without a time to wait, which the traffic provokes.
PROVOKED = ["HandfastFault", "HandfastFull"]


def rules():
    return {rule["alert"]: rule for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]}


def compared(expression):
    """The number that a rule compares with its bound."""
    return re.fullmatch(r"(.*?)\s+(?:==|[<>])\s+[\d.]+", expression, re.S)[1]


def panels():
    """Each query of the dashboard, with its variables as Grafana fills them in."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            text = target["expr"].replace("$job", "handfast").replace("$instance", ".*")
            yield panel["title"], text.replace("$__rate_interval", "15s")


def queries():
    return {**dict(rule_queries()), **{f"{t}: {q}": q for t, q in panels()}}


def rule_queries():
    for name, rule in rules().items():
        yield name, compared(rule["expr"])


def promtool(*arguments):
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)


def test_promtool_accepts_the_rules_and_each_alert_fires_when_it_must(tmp_path):
    for arguments in (
        ("check", "rules", RULES),
        ("check", "config", EXAMPLES / "prometheus.yaml"),
        ("test", "rules", EXAMPLES / "handfast.rules.test.yaml"),
    ):
        done = promtool(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    tested = yaml.safe_load((EXAMPLES / "handfast.rules.test.yaml").read_text())["tests"]
    for one in tested:
        assert {test["alertname"] for test in one["alert_rule_test"]} == rules().keys()
    well, troubled = (one["alert_rule_test"] for one in tested)
    assert not any("exp_alerts" in test for test in well)
    assert all(test["exp_alerts"] for test in troubled)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("/ 86400 < 14", "/ 86400 > 14"),
        ("handfast_switches_not_durable > 0", "handfast_switch_not_durable > 0"),
        ("> 0.25", "> 0.05"),
    ],
)
def test_promtool_refuses_rules_with_another_bound_or_name(tmp_path, text, wrong):
    shutil.copy(EXAMPLES / "handfast.rules.test.yaml", tmp_path)
    assert text in RULES.read_text()
    (tmp_path / RULES.name).write_text(RULES.read_text().replace(text, wrong))
    assert promtool("check", "rules", tmp_path / RULES.name).returncode == 0
    assert promtool("test", "rules", tmp_path / "handfast.rules.test.yaml").returncode != 0


def test_metrics_and_checks_that_queries_name_are_there():
    """Also those that a healthy server does not tell."""
    known = set(re.findall(r"`(handfast_\w+)`", PAGE))
    table = PAGE.partition("### Checks")[2]
    checks = set(re.findall(r"`([a-z-]+)`", table))
    for name, query in queries().items():
        for metric in re.findall(r"handfast_\w+", query):
            assert metric.removesuffix("_bucket") in known, name
        for found in re.findall(r'check=~"([^"]+)"', query):
            assert set(found.split("|")) <= checks, name


def test_the_dashboard_is_one_that_grafana_can_lay_out():
    places = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert (x, y) not in places, panel["title"]
                places.add((x, y))
    identifiers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(identifiers)) == len(identifiers)
    variables = {one["name"] for one in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD["panels"]))) - {"__rate_interval"}
    assert used == variables


class Traffic:
    """Every event that a query counts, again and again: counters are told from the first one on."""

    def __init__(self, server, pki):
        self.server = server
        server.add_user("admin", "admin")
        self.shop = Shop(server, pki, "shop")
        self.stranger = pki.self_signed("stranger", "p256")

    def round(self):
        shop = self.shop
        with self.server.connect(shop.credential) as line:
            token = expect.token(line.token(shop.body))["access_token"]
            with Connection(self.server.address, context=line.context, session=line.session) as two:
                expect.token(two.token(shop.body))
        shop.introspect(token)
        shop.log_in("admin", "admin")
        expect.error(shop.ask(self.stranger), "invalid_client")
        self.fail_handshakes()
        self.fill_the_queue()
        self.fault(token)

    def fail_handshakes(self):
        """One by bytes that are no TLS, one by a client that does not trust the server."""
        with socket.create_connection(self.server.address, 5) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            plain.recv(100)
        careful = ssl.create_default_context()
        with (
            socket.create_connection(self.server.address, 5) as plain,
            contextlib.suppress(ssl.SSLCertVerificationError),
        ):
            careful.wrap_socket(plain, server_hostname="localhost")

    def fill_the_queue(self):
        lines = self.shop.lines(8)
        answers = self.shop.at_once(lines, self.shop.logging_in("admin", "admin"))
        assert 503 in {answer.status for answer in answers}
        for line in lines:
            line.close()

    def fault(self, token):
        """A revocation that the busy database does not take."""
        with database.busy(self.server):
            assert self.shop.revoke(token).status == 503


@pytest.mark.waiting
@pytest.mark.parametrize("way", WAYS)
def test_every_query_has_an_answer_from_a_server_with_traffic(tmp_path, pki, way):
    port = free_port()
    env = {
        **way.environment(port), "HANDFAST_WORKERS_QUEUE": "1", "HANDFAST_WORKERS_THREADS": "1"
    }  # fmt: skip
    with Server(tmp_path / "data", env=env) as server:
        traffic = Traffic(server, pki)
        targets = [f"127.0.0.1:{port}"]
        with Prometheus(tmp_path / "prometheus", targets, way.collecting(server)) as prometheus:
            expect.eventually(lambda: prometheus.query("up") == [1], within=5)
            unanswered = answered(prometheus, traffic)
            assert not unanswered, "\n".join(unanswered)
            assert prometheus.query("handfast_tokens_total") == []
            assert {rule["health"] for rule in prometheus.rules.values()} == {"ok"}
            assert prometheus.rules["HandfastDown"]["state"] == "inactive"
            assert prometheus.rules["HandfastSwitchNotDurable"]["state"] == "inactive"
            server.kill()
            expect.eventually(lambda: prometheus.query("up") == [0], within=5)
            expect.eventually(lambda: prometheus.rules["HandfastDown"]["state"] == "pending", 5)


def answered(prometheus, traffic):
    """Makes traffic until every query has an answer, and the alerts that it provokes fire.

    Returns those that have not after a minute.
    """
    limit = time.monotonic() + 60
    while True:
        traffic.round()
        left = [name for name, query in queries().items() if not prometheus.query(query)]
        left += [name for name in PROVOKED if prometheus.rules[name]["state"] != "firing"]
        if not left or time.monotonic() > limit:
            return left


def test_a_collector_without_the_token_gets_nothing(tmp_path):
    port = free_port()
    with Server(tmp_path / "data", env=Administrators.environment(port)) as server:
        with Prometheus(tmp_path / "prometheus", [f"127.0.0.1:{port}"], {}) as prometheus:
            expect.eventually(lambda: prometheus.query("up") == [0], within=5)
            assert prometheus.query("handfast_clients") == []
        assert server.running
