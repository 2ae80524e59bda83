# SPDX-License-Identifier: Apache-2.0
"""The installed service on a throw-away Debian, as its administrators and its clients see it."""

import json
import shutil

import expect

CONFIGURATION = "/etc/handfast/handfast.yaml"
DATA = "/var/lib/handfast"
CLIENT = "edge"


class Service:
    """handfast.service of a machine; curl of this machine asks it for tokens."""

    def __init__(self, machine, folder, pki):
        self.machine, self.folder = machine, folder
        self.credential = pki.self_signed("packaged", "p256")

    def apt(self, *words):
        return self.machine.run(
            "apt-get", "-y", "-q", "--no-install-recommends", "--allow-downgrades",
            "-o", "Dpkg::Options::=--force-confold", *words,
        )

    def install(self, package):
        """Installs a package, whatever version was there; by apt where libraries are missing."""
        inside = self.machine.copy(package)
        if self.machine.base == "/":
            return self.machine.run("dpkg", "--force-confold", "--install", inside)
        return self.apt("install", inside)

    def systemctl(self, *words, check=True):
        return self.machine.run("systemctl", *words, check=check)

    def shown(self, name):
        return self.systemctl("show", "--value", "-p", name, "handfast").stdout.strip()

    @property
    def is_active(self):
        return self.systemctl("is-active", "handfast", check=False).stdout == "active\n"

    @property
    def journal(self):
        return self.machine.run("journalctl", "--no-pager", "-u", "handfast").stdout

    @property
    def process(self):
        return int(self.shown("MainPID"))

    def status(self, task=None):
        """Members of /proc/PID/status of the process, or of a thread of it."""
        place = f"/proc/{self.process}" + (f"/task/{task}" if task else "")
        lines = self.machine.run("cat", f"{place}/status").stdout.splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def drop_in(self, name, text):
        """Adds to the unit what an administrator would, by `systemctl edit`."""
        folder = self.machine.path("/etc/systemd/system/handfast.service.d")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.conf").write_text(f"[Service]\n{text}\n")
        self.systemctl("daemon-reload")

    @property
    def configuration(self):
        return self.machine.path(CONFIGURATION)

    def register(self, user=None):
        """Registers the client by the command of the package, as root or as another user."""
        inside = self.machine.copy(self.credential.certificate, "/tmp")
        self.machine.path(inside).chmod(0o644)
        self.machine.run(
            "handfast", "client", "add", CLIENT, "--client-id", CLIENT, "--certificate", inside,
            user=user,
        )  # fmt: skip

    def ask(self, path, *options, port=9443):
        """What curl gets, which believes the service's own certificate alone; None if nothing."""
        own = self.folder / "own.pem"
        shutil.copy(self.machine.path(f"{DATA}/server.pem"), own)
        done = self.machine.run(
            "curl", "-s", "--max-time", "10", "--cacert", own, *options,
            f"https://localhost:{port}{path}", root=False, check=False,
        )  # fmt: skip
        return json.loads(done.stdout) if done.returncode == 0 else None

    def token(self, with_certificate=True, port=9443):
        own = ["--cert", self.credential.certificate, "--key", self.credential.key]
        body = f"grant_type=client_credentials&client_id={CLIENT}"
        shown = own if with_certificate else []
        return self.ask("/oauth2/token", *shown, "-d", body, port=port)

    def expect_tokens(self, port=9443):
        """The client gets a token, also just after a change; without its certificate none."""

        def answer():
            return (self.token(port=port) or {}).get("access_token") and self.token(port=port)

        given = expect.eventually(answer, 5)
        assert self.token(with_certificate=False, port=port)["error"] == "invalid_client"
        return given

    @property
    def keys(self):
        """The identifiers of the keys that sign."""
        return [key["kid"] for key in self.ask("/oauth2/jwks")["keys"]]

    def listening(self):
        """The addresses at which anything of the machine listens."""
        rows = self.machine.run("ss", "-Hltn", root=False).stdout.splitlines()
        return {row.split()[3] for row in rows}
