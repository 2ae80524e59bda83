# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of the tests' own, and servers that share a store in it."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import urllib.parse
from pathlib import Path

import expect
from server import ROOT, Server, environment, freeze, handfast


class Cluster:
    """A server of PostgreSQL in a folder; started and stopped, frozen and killed, as tests ask."""

    def __init__(self, folder, *settings):
        self.folder = Path(folder)
        self.settings = settings
        self.process = None
        self.source = ()

    @property
    def socket(self):
        return self.folder / "socket"

    def speak_tls(self, ca, name):
        """Has it show a certificate of the CA for this host name."""
        self.folder.mkdir(parents=True)
        shown = ca.issue(
            name, subject=f"/CN={name}", eku="serverAuth", extra=f"subjectAltName=DNS:{name}\n"
        )
        files = [self.folder / "server.pem", self.folder / "server.key"]
        for source, file in zip((shown.certificate, shown.key), files, strict=True):
            shutil.copy(source, file)
            file.chmod(0o600)
        self.settings += (f"ssl_cert_file={files[0]}", f"ssl_key_file={files[1]}", "ssl=on")

    def start(self):
        # The server that root asks for runs as another user, who must come by the folder of the
        # test; that of all temporary files is the machine's.
        if os.geteuid() == 0:
            self.folder.parent.chmod(0o711)
        self.process = subprocess.Popen(
            [ROOT / "Tests/postgres-cluster", self.folder, *self.source, *self.settings],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.thaw()
            self.process.terminate()
            self.process.wait(20)
            self.process.stdout.close()
        self.process = None

    def crash(self):
        """What `pg_ctl stop --mode immediate` does: no checkpoint, no good-bye."""
        os.kill(self.postmaster, signal.SIGQUIT)
        self.process.wait(20)
        self.process.stdout.close()
        self.process = None

    @property
    def postmaster(self):
        return int((self.folder / "data/postmaster.pid").read_text().split("\n")[0])

    def _each(self, act):
        main = self.postmaster
        listed = subprocess.run(
            ["pgrep", "--parent", str(main)], capture_output=True, text=True
        ).stdout
        for pid in [main, *map(int, listed.split())]:
            # Those that serve a session may end meanwhile.
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                act(pid)

    def freeze(self):
        """SIGSTOP: its kernel still takes connections and acknowledges what is sent."""
        self._each(freeze)

    def thaw(self):
        self._each(lambda pid: os.kill(pid, signal.SIGCONT))

    def url(self, database, user="postgres", **options):
        host = urllib.parse.quote(str(self.socket), safe="")
        more = "?" + urllib.parse.urlencode(options) if options else ""
        return f"postgresql://{user}@{host}/{database}{more}"

    @property
    def port(self):
        ports = [one.split("=")[1] for one in self.settings if one.startswith("port=")]
        return ports[0] if ports else "5432"

    def psql(self, sql, database="postgres", user="postgres", check=True, timeout=60):
        done = subprocess.run(
            ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--quiet",
             "--set=ON_ERROR_STOP=1", f"--host={self.socket}", f"--port={self.port}",
             f"--username={user}", f"--command={sql}", database],
            capture_output=True,
            text=True,
            timeout=timeout,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip() if check else done

    def session(self, database, user="postgres"):
        """A psql that stays, for statements on its standard input."""
        return subprocess.Popen(
            ["psql", "--no-psqlrc", "--quiet", f"--host={self.socket}", f"--username={user}",
             database],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip

    def dump(self, database, *more):
        done = subprocess.run(
            ["pg_dump", f"--host={self.socket}", "--username=postgres", *more, database],
            capture_output=True,
            check=True,
            timeout=60,
        )
        return done.stdout


class Fleet:
    """A migrated database, its key file, and nodes that share it.

    With an older store's dump and key it is that store, before its migration.
    """

    def __init__(self, cluster, folder, name, dump=None, key=None):
        self.cluster, self.folder, self.name = cluster, Path(folder), name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key = self.folder / "store.key"
        self.nodes = []
        cluster.psql(f"CREATE DATABASE {name}")
        if dump is None:
            self.migrated = handfast(
                "store", "migrate", "--store", self.url, "--new-key-file", self.key
            )
        else:
            self.key.touch(0o600)
            self.key.write_text(f"{key}\n")
            self.psql(dump)

    @property
    def url(self):
        return self.cluster.url(self.name)

    @property
    def schema(self):
        """The number of the newest schema of the program, as the first migration said it."""
        return int(re.search(r"^schema: (\d+), from 0$", self.migrated.stdout, re.M)[1])

    @property
    def settings(self):
        return {"HANDFAST_STORE_URL": self.url, "HANDFAST_STORE_KEY_FILE": str(self.key)}

    def psql(self, sql, **more):
        return self.cluster.psql(sql, self.name, **more)

    def node(self, **more):
        """A node that is not started; all of them have the first one's issuer."""
        node = Node(self, self.folder / f"node-{len(self.nodes)}", **more)
        self.nodes.append(node)
        issuer = self.nodes[0].url
        node.env = {**self.settings, "HANDFAST_ISSUER": issuer, **node.env}
        return node

    def start(self, count):
        return [self.node().start() for _ in range(count)]

    def close(self):
        for node in self.nodes:
            node.kill()


class Node(Server):
    """A server whose commands have its store."""

    def __init__(self, fleet, data, **more):
        super().__init__(data, **more)
        self.fleet = fleet

    def handfast(self, *arguments, env=None, **more):
        settings = {**self.fleet.settings, **(env or {})}
        return handfast(*arguments, "--data", self.data, env=settings, **more)

    def refuses_to_start(self):
        """What it says when it ends instead of serving."""
        done = subprocess.run(
            list(map(str, self.command())),
            capture_output=True,
            text=True,
            timeout=30,
            env=environment(**self.env),
        )
        assert done.returncode == 1, (done.returncode, done.stderr)
        return done.stderr


def issued_everywhere(nodes, caller):
    """Waits until every node knows the client, on every reactor as far as connections can tell."""
    for node in nodes:
        for _ in range(4):
            expect.eventually(
                lambda n=node: n.token(caller.body, caller.credential).status == 200
            )


def switched_in_turns(nodes, caller, turns):
    """Switches a client off on one of two nodes and on again on the other; all go by each."""
    for turn in range(turns):
        nodes[turn % 2].handfast("client", "disable", caller.name)
        for node in nodes:
            expect.everywhere(lambda n=node: n.token(caller.body, caller.credential), 401)
        nodes[1 - turn % 2].handfast("client", "enable", caller.name)
        issued_everywhere(nodes, caller)


class Pooler:
    """PgBouncer in transaction mode before a cluster: each transaction may have another session."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder, self.process = cluster, Path(folder), None

    def start(self):
        self.folder.mkdir()
        settings = self.folder / "pgbouncer.ini"
        users = self.folder / "users.txt"
        users.write_text('"postgres" ""\n')
        settings.write_text(
            f"[databases]\n* = host={self.cluster.socket} port=5432\n"
            f"[pgbouncer]\nunix_socket_dir = {self.folder}\nlisten_port = 5432\n"
            f"auth_type = trust\nauth_file = {users}\npool_mode = transaction\n"
            "default_pool_size = 3\nlogfile =\npidfile =\n"
        )
        # Root is refused: the user of the cluster runs it.
        prefix = []
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "postgres:", self.folder], check=True)
            prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.process = subprocess.Popen(
            [*prefix, "/usr/sbin/pgbouncer", "--quiet", settings], stderr=subprocess.DEVNULL
        )
        expect.eventually(lambda: (self.folder / ".s.PGSQL.5432").exists(), within=5)
        return self

    def url(self, database):
        host = urllib.parse.quote(str(self.folder), safe="")
        return f"postgresql://postgres@{host}/{database}"

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
