# SPDX-License-Identifier: Apache-2.0
"""The servers that FetchTests fetch from: python3 origin.py FOLDER

FOLDER has NAME.pem and NAME-key.pem of each HTTPS server. The ports are printed as one line of
JSON. Ends when standard input does, and takes the folder along.
"""

import gzip
import json
import shutil
import socket
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# How often each path was asked for.
asked = {}
lock = threading.Lock()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        with lock:
            asked[self.path] = asked.get(self.path, 0) + 1
        path = self.path[1:].partition("?")[0]
        name, _, argument = path.partition("/")
        try:
            getattr(self, "get_" + name.replace("-", "_"))(argument)
        except OSError:
            self.close_connection = True  # the client has left, as it should

    def say(self, body=b"hello", status=200, **fields):
        self.start(status, Content_Length=len(body), **fields)
        self.wfile.write(body)

    def start(self, status=200, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def leave(self):
        self.wfile.flush()
        self.close_connection = True

    def get_hello(self, _):
        self.say()

    def get_asked(self, _):
        self.say(str(asked.get(self.path.removeprefix("/asked"), 0)).encode())

    def get_request(self, _):
        lines = [self.requestline] + [f"{name}: {value}" for name, value in self.headers.items()]
        self.say("\n".join(lines).encode())

    def get_body(self, count):
        self.say(b"x" * int(count))

    def get_chunked(self, count):
        self.start(Transfer_Encoding="chunked")
        for _ in range(int(count)):
            self.chunk(b"x")
        self.chunk(b"")

    def get_until_closed(self, count):
        self.start(Connection="close")
        self.wfile.write(b"x" * int(count))
        self.leave()

    def get_endless(self, status):
        """Chunks without an end; with a Location where the status is a redirect's."""
        self.start(int(status or 200), Transfer_Encoding="chunked", Location="/hello")
        while True:
            self.chunk(b"x" * 65536)

    def get_trickle(self, _):
        self.start(Content_Length=1_000_000)
        while True:
            self.wfile.write(b"x")
            time.sleep(0.05)

    def get_slow_fields(self, _):
        self.send_response(200)
        self.flush_headers()
        while True:
            self.wfile.write(b"X: x\r\n")
            time.sleep(0.05)

    def get_fields(self, _):
        self.send_response(200)
        self.flush_headers()
        while True:
            self.wfile.write(b"X: " + b"x" * 1000 + b"\r\n")

    def get_silence(self, _):
        time.sleep(30)

    def get_status(self, status):
        if status == "204":
            self.start(204)
        else:
            self.say(status=int(status))

    def get_missing(self, count):
        """A large page that says that there is none."""
        self.say(b"x" * int(count), status=404)

    def get_cut(self, _):
        self.start(Content_Length=100)
        self.wfile.write(b"x" * 50)
        self.leave()

    def get_cut_chunk(self, _):
        self.start(Transfer_Encoding="chunked")
        self.wfile.write(b"64\r\nxxx")
        self.leave()

    def get_nothing(self, _):
        self.leave()

    def get_ancient(self, version):
        if version != "0.9":
            self.wfile.write(f"HTTP/{version} 200 OK\r\nContent-Length: 5\r\n\r\n".encode())
        self.wfile.write(b"hello")
        self.leave()

    def get_bomb(self, field):
        bomb = gzip.compress(bytes(50_000_000))
        if field == "content":
            self.say(bomb, Content_Encoding="gzip")
        else:
            self.start(Transfer_Encoding="gzip, chunked")
            self.chunk(bomb)
            self.chunk(b"")

    def get_to(self, target):
        self.say(status=302, Location=urllib.parse.unquote(target), Set_Cookie="a=b; Path=/")

    def get_hops(self, count):
        left = int(count)
        self.say(status=302, Location=f"/hops/{left - 1}" if left > 1 else "/hello")

    def get_slow_hops(self, count):
        time.sleep(0.6)
        self.say(status=302, Location=f"/slow-hops/{int(count) - 1}" if count != "1" else "/hello")


def serve(address="127.0.0.1", certificate=None, version=None):
    server = ThreadingHTTPServer((address, 0), Answer, bind_and_activate=False)
    if ":" in address:
        server.socket.close()
        server.socket = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    server.server_bind()
    server.server_activate()
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if version:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
        context.load_cert_chain(certificate, certificate.with_name(f"{certificate.stem}-key.pem"))
        # The handshake belongs to the connection's thread.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    server.handle_error = lambda *_: None  # a refused handshake is what some tests are about
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main(folder):
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))  # and nobody listens
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    silent.listen()  # and nobody accepts: no handshake
    ports = {
        "http": serve(),
        "neighbour": serve("127.0.0.2"),
        "closed": closed.getsockname()[1],
        "silent": silent.getsockname()[1],
        "old": serve(certificate=folder / "good.pem", version=ssl.TLSVersion.TLSv1_1),
        "tls12": serve(certificate=folder / "good.pem", version=ssl.TLSVersion.TLSv1_2),
        "tls13": serve(certificate=folder / "good.pem", version=ssl.TLSVersion.TLSv1_3),
    }
    for name in ("good", "rsa", "ed448", "expired", "foreign", "selfsigned", "client"):
        ports[name] = serve(certificate=folder / f"{name}.pem")
    print(json.dumps(ports), flush=True)
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)


main(Path(sys.argv[1]))
