# SPDX-License-Identifier: Apache-2.0
"""A web server on loopback that counts what it is asked and serves what a test gives it."""

import http.server
import ssl
import threading
import time

import expect
from server import Server, free_port


def web_pair(ca, name="origin"):
    """A certificate for the web server on loopback."""
    return ca.issue(
        name, subject="/CN=localhost", eku="serverAuth", extra="subjectAltName=DNS:localhost\n"
    )


def fetching_server(folder, ca, networks="127.0.0.0/8 ::1", refresh=3600):
    """A server that fetches from loopback and trusts this CA's web servers."""
    port = free_port()
    networks = f"networks: {networks}" if networks else ""
    (folder / "server.yaml").write_text(f"""
listeners:
  main:
    address: 127.0.0.1:{port}
fetch:
  refresh_seconds: {refresh}
  authorities: {ca.certificate}
  {networks}
""")
    return Server(folder / "data", ["--config", folder / "server.yaml"], port=port, flags=False)


class Origin:
    """Serves `content` (path -> bytes, or a status number) over https, or http without a pair."""

    def __init__(self, credential=None, port=0):
        self.content = {}
        self.redirects = {}
        self.asked = []
        self.delay = 0.0
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                origin.asked.append(self.path)
                threading.Event().wait(origin.delay)
                if target := origin.redirects.get(self.path):
                    self.send_response(302)
                    self.send_header("Location", target)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                content = origin.content.get(self.path, 404)
                status = content if isinstance(content, int) else 200
                body = b"" if isinstance(content, int) else content
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.scheme = "http"
        if credential:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(credential.certificate, credential.key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def settled(self, path):
        """Waits until the first fetch of a path is over, and what came of it is in force.

        A request before that asks for another fetch, and there is one a minute.
        """
        expect.eventually(lambda: path in self.asked, within=5)
        time.sleep(self.delay + 1)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def port(self):
        return self.server.server_port

    def url(self, path):
        return f"{self.scheme}://localhost:{self.port}{path}"
