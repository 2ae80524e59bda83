# SPDX-License-Identifier: Apache-2.0
"""Ansible configures nodes as Examples/edge says, and stops at the first that fails."""

import grp
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pki import openssl
from releases import with_rounds
from server import BINARY, ROOT, environment, free_port

EDGE = ROOT / "Examples/edge"
HOSTS = ["edge-01.example.com", "edge-02.example.com"]
# Ansible's own start takes seconds, each task of a node some more.
pytestmark = [pytest.mark.endurance, with_rounds]
ANSIBLE = Path(sys.executable).parent / "ansible-playbook"


class Fleet:
    """Two nodes that are folders of this machine; the playbook does all but packages there."""

    def __init__(self, folder):
        self.folder = folder
        self.own = {host: {} for host in HOSTS}
        for host in HOSTS:
            pair = folder / host / "etc/tls/current"
            pair.mkdir(parents=True)
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 9,
                    "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}",
                    "-keyout", pair / "privkey.pem", "-out", pair / "fullchain.pem")  # fmt: skip

    def run(self, *options, **more):
        name = "{{ inventory_hostname }}"
        here = f"{self.folder}/{name}"
        settings = {
            "edge_become": False, "edge_etc": f"{here}/etc", "edge_default": f"{here}/default",
            "edge_program": str(BINARY), "edge_group": grp.getgrgid(os.getgid()).gr_name,
            "edge_data": f"{here}/data", "edge_applies": False,
            "edge_address": f"127.0.0.1:{free_port()}",
            "edge_restart": ["sh", "-c", f"echo {name} >>{self.folder}/order"],
            "ansible_connection": "local", "ansible_python_interpreter": sys.executable, **more,
        }  # fmt: skip
        extra = self.folder / "extra.json"
        extra.write_text(json.dumps(settings))
        return subprocess.run(
            [ANSIBLE, "-i", EDGE / "inventory.yaml", "--limit", ",".join(HOSTS),
             "--extra-vars", f"@{extra}", *options, EDGE / "playbook.yaml"],
            cwd=self.folder, capture_output=True, text=True, timeout=300,
            env=environment(
                ANSIBLE_HOME=str(self.folder / "ansible"), ANSIBLE_PIPELINING="true",
                LC_ALL="C.UTF-8",
            ),
        )  # fmt: skip

    def configuration(self, host):
        file = self.folder / host / "etc/handfast.yaml"
        return file.read_text() if file.exists() else None

    @property
    def restarted(self):
        file = self.folder / "order"
        return file.read_text().split() if file.exists() else []


@pytest.fixture
def fleet(tmp_path):
    return Fleet(tmp_path)


def test_every_task_is_understood_and_none_is_left_without_a_tag(fleet):
    done = fleet.run("--syntax-check")
    assert done.returncode == 0, done.stdout + done.stderr
    listed = fleet.run("--list-tasks").stdout
    assert all(f"TAGS: [{tag}]" in listed for tag in ("package", "certbot", "clients", "ready"))


def test_nodes_are_configured_one_by_one_and_restarted_where_something_changed(fleet):
    done = fleet.run("--tags", "configuration")
    assert done.returncode == 0, done.stdout + done.stderr
    assert fleet.restarted == HOSTS
    for host in HOSTS:
        text = fleet.configuration(host)
        assert yaml.safe_load(text)["issuer"] == f"https://{host}:9443"
        file = fleet.folder / host / "etc/handfast.yaml"
        assert file.stat().st_mode & 0o777 == 0o640
        subprocess.run([BINARY, "check", "--config", file], check=True, capture_output=True)


def test_a_configuration_that_the_program_refuses_ends_the_run_at_its_node(fleet):
    wrong = "{{ 'nonsense' if inventory_hostname == 'edge-01.example.com' else '127.0.0.1:9443' }}"
    done = fleet.run("--tags", "configuration", edge_address=wrong)
    assert done.returncode != 0 and "failed to validate" in done.stdout
    assert fleet.restarted == [] and all(fleet.configuration(host) is None for host in HOSTS)
    assert "PLAY RECAP" in done.stdout and HOSTS[1] not in done.stdout


def test_a_node_that_is_not_ready_ends_the_run(fleet):
    done = fleet.run(
        "--tags", "ready", edge_ready=f"https://localhost:{free_port()}/ready",
        edge_ready_trusted=str(fleet.folder / HOSTS[0] / "etc/tls/current/fullchain.pem"),
        edge_looks=1,
    )  # fmt: skip
    assert done.returncode != 0
    assert HOSTS[0] in done.stdout and f"fatal: [{HOSTS[1]}" not in done.stdout


def test_a_store_that_is_only_read_is_configured_so(fleet):
    url = "postgresql://handfast_reader@db.example.com/handfast?sslmode=verify-full"
    (fleet.folder / HOSTS[0] / "etc/store.key").write_text("")
    done = fleet.run("--tags", "configuration", edge_store=url)
    # The key file of the store is empty, which the program notices before the file is in use.
    assert done.returncode != 0 and "store.key" in done.stdout
    assert fleet.configuration(HOSTS[0]) is None


def test_prometheus_finds_the_nodes_in_a_file(tmp_path):
    (tmp_path / "nodes").write_text("# name, address\nnode-1 edge-01.example.com:9443\n")
    program = [sys.executable, EDGE / "nodes_for_prometheus.py", "nodes", "9480", "nodes.json"]
    subprocess.run(program, cwd=tmp_path, check=True)
    written = json.loads((tmp_path / "nodes.json").read_text())
    assert written == [{"targets": ["edge-01.example.com:9480"], "labels": {"node": "node-1"}}]
    (tmp_path / "nodes").write_text("# none\n")
    done = subprocess.run(program, cwd=tmp_path, capture_output=True)
    assert done.returncode != 0
    assert json.loads((tmp_path / "nodes.json").read_text()) == written


def test_promtool_accepts_the_configuration_and_finds_a_mistake(tmp_path):
    text = (EDGE / "prometheus.yml").read_text()
    for name in ("handfast-client.pem", "handfast-client.key", "handfast-nodes.json"):
        (tmp_path / name).write_text("[]")
    text = text.replace("/etc/prometheus", str(tmp_path))
    for content, good in ((text, True), (text.replace("file_sd_configs", "file_sd"), False)):
        (tmp_path / "prometheus.yml").write_text(content)
        done = subprocess.run(
            ["promtool", "check", "config", tmp_path / "prometheus.yml"], capture_output=True
        )
        assert (done.returncode == 0) == good, done.stderr
