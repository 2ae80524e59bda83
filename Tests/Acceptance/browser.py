# SPDX-License-Identifier: Apache-2.0
"""Chromium without a window, driven over WebDriver (https://www.w3.org/TR/webdriver2) by urllib."""

import base64
import json
import shutil
import subprocess
import urllib.error
import urllib.request

import expect
from server import free_port

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One browser with a profile of its own. A context manager."""

    def __init__(self, folder, width=1000, height=900):
        driver, program = shutil.which("chromedriver"), shutil.which("chromium")
        assert driver and program, "no Chromium: script/test installs chromium and chromium-driver"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = folder / "chromedriver.log"
        port = self.url.rpartition(":")[2]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [driver, f"--port={port}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.session = ""
        arguments = [
            "--headless=new", f"--user-data-dir={folder / 'profile'}", "--disable-gpu",
            f"--window-size={width},{height}", "--hide-scrollbars", "--disable-dev-shm-usage",
            # The tests run as root, where Chromium has no sandbox.
            "--no-sandbox",
        ]  # fmt: skip
        wanted = {
            "browserName": "chrome",
            # The server's certificate is self-signed.
            "acceptInsecureCerts": True,
            "goog:chromeOptions": {"binary": program, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        try:
            expect.eventually(self._is_ready, within=10)
            made = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
            self.session = f"/session/{made['sessionId']}"
        except BaseException:
            self.process.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.ask("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait(10)

    def _is_ready(self):
        try:
            return self.ask("GET", "/status")["ready"]
        except OSError:
            return False

    def ask(self, method, path, content=None):
        """A command; errors have the driver's words."""
        body = None if method == "GET" else json.dumps(content or {}).encode()
        request = urllib.request.Request(
            self.url + self.session + path, body, {"Content-Type": "application/json"},
            method=method,
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            said = json.load(error)["value"]
            raise AssertionError(f"{said['error']}: {said['message']}") from error

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    @property
    def address(self):
        return self.ask("GET", "/url")

    @property
    def title(self):
        return self.ask("GET", "/title")

    def _find(self, css):
        found = self.ask("POST", "/element", {"using": "css selector", "value": css})
        return f"/element/{found[ELEMENT]}"

    def text(self, css="body"):
        return self.ask("GET", f"{self._find(css)}/text")

    def type(self, css, text):
        self.ask("POST", f"{self._find(css)}/value", {"text": text})

    def click(self, css, title):
        """Clicks, and waits for the page with this title."""
        self.ask("POST", f"{self._find(css)}/click")
        expect.eventually(lambda: self.title == title or self._stuck(title), within=10)

    def _stuck(self, title):
        """Never true: with it the driver's log has the title that was there instead."""
        with self.log.open("a") as log:
            log.write(f"waiting for {title!r} at {self.address}: {self.title!r}\n")
        return False

    def cookies(self):
        return {one["name"]: one for one in self.ask("GET", "/cookie")}

    @property
    def complaints(self):
        """Errors that pages have caused, such as what a policy has refused."""
        return [one["message"] for one in self.ask("POST", "/se/log", {"type": "browser"})]

    def picture(self, path):
        """The window as PNG."""
        path.write_bytes(base64.b64decode(self.ask("GET", "/screenshot")))
