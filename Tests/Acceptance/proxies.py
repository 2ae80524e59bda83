# SPDX-License-Identifier: Apache-2.0
"""Real nginx, HAProxy and Apache, configured as Documentation/behind-a-proxy.md says."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from forwarding import binding, refusal
from oauth import CC
from server import ROOT, Server, free_port
from wire import Connection

PAGE = (ROOT / "Documentation/behind-a-proxy.md").read_text()
PROGRAMS = ("nginx", "haproxy", "apache")
SECRET = "A-SECRET-OF-32-CHARACTERS-OR-MORE"
SOCKET = "/run/handfast/proxy.sock"
# A superuser starts them as this one, for whom nothing is open but what it is given.
UNPRIVILEGED = "nobody"


def snippet(name):
    """A configuration out of the page."""
    found = re.findall(rf"<!-- {name} -->\n```\w+\n(.*?)```", PAGE, re.S)
    assert len(found) == 1, f"{len(found)} blocks named {name}"
    return found[0]


def told_besides(line):
    """A line that the page gives besides the blocks."""
    assert f"`{line}`" in PAGE, line
    return line


def replaced(text, changes):
    """The text with each of the changes, every one of which must find something to change.

    A number is changed as a whole: the port 443 is not a part of one that begins so.
    """
    for old, new in changes:
        before = r"(?<!\d)" if old[0].isdigit() else ""
        behind = r"(?!\d)" if old[-1].isdigit() else ""
        text, count = re.subn(before + re.escape(old) + behind, lambda _, new=new: new, text)
        assert count, old
    return text


def without(text, word):
    """The text without the lines that begin with the word."""
    kept, count = re.subn(rf"(?m)^ *{word} .*\n", "", text)
    assert count == 1, word
    return kept


CRT = " crt /etc/proxy/proxy-and-key.pem"


def nginx(way):
    text = snippet("nginx terminating")
    if way == "keys":
        return text
    text = without(without(text, "proxy_ssl_certificate"), "proxy_ssl_certificate_key")
    if way == "socket":
        return replaced(text, [("server 127.0.0.1:9444;", told_besides(f"server unix:{SOCKET};"))])
    line = told_besides(f'proxy_set_header Handfast-Proxy-Secret "{SECRET}";')
    return replaced(text, [('proxy_set_header Handfast-Proxy-Secret "";', line)])


def haproxy(way):
    text = snippet("haproxy terminating")
    if way == "keys":
        return text
    if way == "socket":
        line = told_besides(
            f"server one unix@{SOCKET} ssl ca-file /etc/proxy/handfast.pem verify required"
            " verifyhost localhost sni str(localhost)"
        )
        return without(text, "server") + f"    {line}\n"
    line = told_besides(f'http-request set-header Handfast-Proxy-Secret "{SECRET}"')
    return replaced(
        text, [("http-request del-header Handfast-Proxy-Secret", line), (CRT, "")]
    )  # fmt: skip


def apache(way):
    text = snippet("apache terminating")
    if way == "keys":
        return text
    text = without(text, "SSLProxyMachineCertificateFile")
    if way == "socket":
        line = told_besides(f"ProxyPass / unix:{SOCKET}|https://localhost/")
        return replaced(text, [("ProxyPass / https://localhost:9444/", line)])
    line = told_besides(f'RequestHeader set Handfast-Proxy-Secret "{SECRET}"')
    return replaced(text, [("RequestHeader unset Handfast-Proxy-Secret", line)])


TERMINATING = {"nginx": nginx, "haproxy": haproxy, "apache": apache}

# The needed parts of Debian's own files, for a user who may not write there.
AROUND = {
    "nginx": """
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
worker_processes 2;
pid FOLDER/nginx.pid;
error_log FOLDER/error.log info;
events { worker_connections 128; }
""",
    "haproxy": """
defaults
    timeout connect 5s
    timeout client 20s
    timeout server 20s
""",
    "apache": """
ServerRoot FOLDER
DefaultRuntimeDir FOLDER
PidFile FOLDER/apache.pid
Mutex file:FOLDER default
ErrorLog FOLDER/error.log
LogLevel info
ServerName localhost
Listen 127.0.0.1:443
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_host_module /usr/lib/apache2/modules/mod_authz_host.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule socache_shmcb_module /usr/lib/apache2/modules/mod_socache_shmcb.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule proxy_connect_module /usr/lib/apache2/modules/mod_proxy_connect.so
SSLSessionCache shmcb:FOLDER/sessions(512000)
""",
}
IN_HTTP = """
http {
access_log off;
client_body_temp_path FOLDER/body;
proxy_temp_path FOLDER/proxy;
fastcgi_temp_path FOLDER/fastcgi;
uwsgi_temp_path FOLDER/uwsgi;
scgi_temp_path FOLDER/scgi;
BODY
}
"""
COMMANDS = {
    "nginx": ["nginx", "-p", "FOLDER", "-c", "FOLDER/proxy.cfg", "-e", "FOLDER/error.log"],
    "haproxy": ["haproxy", "-db", "-f", "FOLDER/proxy.cfg"],
    "apache": ["apache2", "-DFOREGROUND", "-f", "FOLDER/proxy.cfg"],
}


def account():
    """The user and group for a child process; empty where the tests do not run as root."""
    if os.geteuid():
        return {}
    entry = pwd.getpwnam(UNPRIVILEGED)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Folder:
    """A directory that an unprivileged proxy can read, as pytest's own is not."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="handfast-proxy-"))
        self.path.chmod(0o700)
        self.give(self.path)

    @staticmethod
    def give(path):
        """Makes the unprivileged account the owner."""
        if who := account():
            os.chown(path, who["user"], who["group"])

    def directory(self, name):
        path = self.path / name
        path.mkdir(mode=0o700)
        self.give(path)
        return path

    def write(self, name, text):
        path = self.path / name
        path.write_text(text)
        path.chmod(0o600)
        self.give(path)
        return path

    def copy(self, name, *sources):
        return self.write(name, "".join(Path(source).read_text() for source in sources))

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Proxy:
    """One of the programs in the foreground; a context manager, ended by its process id."""

    environment = {}
    # Debian's programs are given another user; those of `.venv` may be out of its reach.
    is_packaged = True

    def __init__(self, kind, folder, text, changes):
        """`changes` turn the page's addresses into those of this run."""
        self.kind = kind
        self.port = free_port()
        self.home = folder.directory(f"{kind}-{self.port}")
        around = AROUND[kind]
        if kind == "nginx" and "stream {" not in text:
            text = IN_HTTP.replace("BODY", text)
        text = replaced(text, changes)
        if kind == "apache" and "VirtualHost" in text:
            around = around.replace("LoadModule proxy_connect", "# LoadModule proxy_connect")
        listening = {
            "nginx": ("listen 443", f"listen 127.0.0.1:{self.port}"),
            "haproxy": ("bind :443", f"bind 127.0.0.1:{self.port}"),
            "apache": (":443", f":{self.port}"),
        }
        text = replaced(around + text, [listening[kind]])
        text = text.replace("/etc/proxy/", f"{folder.path}/").replace("FOLDER", str(self.home))
        folder.write(self.home / "proxy.cfg", text)

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def __enter__(self):
        words = [word.replace("FOLDER", str(self.home)) for word in COMMANDS[self.kind]]
        search = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        program = shutil.which(words[0], path=search)
        assert program, f"{words[0]} is not installed"
        self.log = open(self.home / "output.log", "wb")
        self.process = subprocess.Popen(
            [program, *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            cwd=self.home,
            env={**os.environ, **self.environment},
            **(account() if self.is_packaged else {}),
        )
        limit = time.monotonic() + 20
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > limit:
                self.__exit__()
                raise AssertionError(f"{self.kind} does not serve:\n{self.said()}")
            time.sleep(0.02)
        return self

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(self.address) == 0

    def said(self):
        """The proxy's own output, for failures."""
        files = [self.home / "output.log", self.home / "error.log"]
        texts = [file.read_text(errors="replace") for file in files if file.exists()]
        return "\n".join("".join(texts).splitlines()[-20:])

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Front(Proxy):
    """A proxy that ends TLS before the backend."""

    def __init__(self, kind, way, folder, backend):
        changes = [("9444", str(backend.ports[kind, way]))]
        if way == "socket":
            changes = [("/run/handfast/", f"{folder.path}/{kind}-")]
        super().__init__(kind, folder, TERMINATING[kind](way), changes)
        self.backend = backend

    def ask(self, credential=None, body=None, version=None, **more):
        with Connection(self.address, credential, version) as connection:
            return connection.token(body or self.backend.body, **more)

    def binding(self, *arguments, **more):
        return binding(self.backend, self.ask(*arguments, **more))

    def refusal(self, check, *arguments, code="invalid_client", **more):
        return refusal(self.backend, lambda: self.ask(*arguments, **more), code, check)


class Backend(Server):
    """A server with a listener for each way of each proxy, and one behind tunnels."""

    def register(self, name, *options):
        return {**CC, "client_id": self.add_client(name, *options)["client_id"]}


def listener(block, name, changes):
    """A listener as the page has it, under another name and with this run's addresses."""
    text = snippet(f"listener {block}").removeprefix("listeners:\n")
    for old, new in changes:
        text = text.replace(old, new)
    first, _, rest = text.partition("\n")
    assert first in ("  main:", "  proxied:")
    return f"  {name}:\n{rest}"


def register(server, pki):
    """The clients: self-signed, of a CA, with a secret, and the proxy itself."""
    root, middle = pki.root.certificate, pki.intermediate.certificate
    subject = ["--subject-dn", "CN=proxied,O=Handfast"]
    server.credential = pki.self_signed("proxied", "p256")
    server.other = pki.self_signed("not-proxied", "p256")
    server.body = server.register("proxied", "--certificate", server.credential.certificate)
    server.others = server.register("other", "--certificate", server.other.certificate)
    server.own = server.register("proxy", "--certificate", server.proxy.certificate)
    server.authority = server.register("authority", "--ca-certificate", root, *subject)
    server.authorities = server.register(
        "authorities", "--ca-certificate", root, "--ca-certificate", middle, *subject
    )
    secretive = server.add_client("secretive", "--auth-method", "client_secret_basic")
    server.basic = (secretive["client_id"], secretive["client_secret"])


def furnish(folder, server, pki):
    """The files of /etc/proxy."""
    front = pki.issued("front", subject="/CN=localhost", eku="serverAuth")
    folder.copy("server.pem", front.certificate)
    folder.copy("server.key", front.key)
    folder.copy("server-and-key.pem", front.certificate, front.key)
    folder.copy("proxy.pem", server.proxy.certificate)
    folder.copy("proxy.key", server.proxy.key)
    folder.copy("proxy-and-key.pem", server.proxy.certificate, server.proxy.key)
    folder.copy("client-authorities.pem", pki.root.certificate)
    folder.copy("handfast.pem", server.data / "server.pem")
