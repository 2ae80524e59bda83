# SPDX-License-Identifier: Apache-2.0
"""Prometheus, as Examples/prometheus configures it, which collects from servers."""

import json
import subprocess
import urllib.parse
import urllib.request

import yaml

import expect
from server import ROOT, free_port

EXAMPLES = ROOT / "Examples/prometheus"


class Administrators:
    """The way to the metrics by the administrators' listener, on loopback, with its token."""

    @staticmethod
    def environment(port):
        return {"HANDFAST_ADMINISTRATION_ADDRESS": f"127.0.0.1:{port}"}

    @staticmethod
    def collecting(server):
        token = server.data / "admin.token"
        return {"authorization": {"type": "Bearer", "credentials_file": str(token)}}


class Probes:
    """The way to the metrics by the listener for probes, as the example has it."""

    @staticmethod
    def environment(port):
        return {"HANDFAST_PROBE_ADDRESS": f"127.0.0.1:{port}", "HANDFAST_PROBE_METRICS": "true"}

    @staticmethod
    def collecting(_):
        return {}


class Prometheus:
    """Debian's Prometheus, which asks every second. A context manager."""

    def __init__(self, folder, targets, more):
        folder.mkdir()
        self.folder = folder
        self.port = free_port()
        configuration = yaml.safe_load((EXAMPLES / "prometheus.yaml").read_text())
        configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        configuration["rule_files"] = [str(EXAMPLES / name) for name in configuration["rule_files"]]
        (job,) = configuration["scrape_configs"]
        job["static_configs"] = [{"targets": targets}]
        job |= more
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration))

    def __enter__(self):
        self.log = (self.folder / "log").open("w")
        self.process = subprocess.Popen(
            [
                "prometheus", f"--config.file={self.folder}/prometheus.yaml",
                f"--storage.tsdb.path={self.folder}/data",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            stdout=self.log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        expect.eventually(self.is_ready, within=10)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def is_ready(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            return self._get("/-/ready")
        except OSError:
            return None

    def _get(self, target):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{target}", timeout=10) as answer:
            return answer.read().decode()

    def _ask(self, target):
        answer = json.loads(self._get(target))
        assert answer["status"] == "success"
        return answer["data"]

    def query(self, expression):
        """The numbers of an instant query, without those that are none (0/0)."""
        found = self._ask("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        if found["resultType"] == "scalar":
            return [float(found["result"][1])]
        return [float(one["value"][1]) for one in found["result"] if one["value"][1] != "NaN"]

    @property
    def rules(self):
        """The alerts of the rules, by their names."""
        groups = self._ask("/api/v1/rules")["groups"]
        return {rule["name"]: rule for group in groups for rule in group["rules"]}
