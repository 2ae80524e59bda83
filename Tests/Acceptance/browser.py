# SPDX-License-Identifier: Apache-2.0
"""Chromium without a window, driven over WebDriver (https://www.w3.org/TR/webdriver2) by urllib."""

import base64
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import expect
from server import free_port

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One browser with a profile of its own. A context manager."""

    def __init__(self, folder, width=1000, height=900, scripts=True):
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
        # 2 blocks the scripts of pages, as a user's setting does.
        setting = "profile.managed_default_content_settings.javascript"
        preferences = {} if scripts else {setting: 2}
        wanted = {
            "browserName": "chrome",
            # The server's certificate is self-signed.
            "acceptInsecureCerts": True,
            "goog:chromeOptions": {"binary": program, "args": arguments, "prefs": preferences},
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

    def _element(self, css, method, path, content=None):
        """A command to an element, once there is one: between two pages there is no body either."""
        limit = time.monotonic() + 5
        while True:
            try:
                found = self.ask("POST", "/element", {"using": "css selector", "value": css})
                return self.ask(method, f"/element/{found[ELEMENT]}/{path}", content)
            except AssertionError as error:
                between = any(word in str(error) for word in ("stale element", "no such element"))
                if not between or time.monotonic() > limit:
                    raise
            time.sleep(0.05)

    def text(self, css="body"):
        return self._element(css, "GET", "text")

    def clear(self, css):
        self._element(css, "POST", "clear")

    def type(self, css, text):
        self._element(css, "POST", "value", {"text": text})

    def click(self, css, title):
        """Clicks, and waits for the page with this title."""
        self._element(css, "POST", "click")
        expect.eventually(lambda: self.title == title or self._stuck(title), within=10)

    def _stuck(self, title):
        """Never true: with it the driver's log has the title that was there instead."""
        with self.log.open("a") as log:
            log.write(f"waiting for {title!r} at {self.address}: {self.title!r}\n")
        return False

    def find(self, text, tag="*"):
        """The element of a link or button with this text, or of the field with this label."""
        quoted = f"normalize-space(.)={literal(text)}"
        path = (
            f"//{tag}[(self::a or self::button or self::summary) and {quoted}]"
            f" | //*[@id=//label[{quoted}]/@for]"
        )
        limit = time.monotonic() + 5
        while not (found := self.ask("POST", "/elements", {"using": "xpath", "value": path})):
            assert time.monotonic() < limit, (text, self.address, self.text())
            time.sleep(0.05)
        return f"/element/{found[0][ELEMENT]}"

    def press(self, text):
        """Clicks a link, button or field; where that leads to another page, it is loaded then."""
        self.ask("POST", f"{self.find(text)}/click")

    def enter(self, label, text):
        """Replaces what stands in a field, as by pasting."""
        element = self.find(label)
        self.ask("POST", f"{element}/clear")
        self.ask("POST", f"{element}/click")
        self.devtools("Input.insertText", text=text)

    def choose(self, label, file):
        """Chooses a file."""
        self.ask("POST", f"{self.find(label)}/value", {"text": str(file)})

    def run(self, script, *arguments):
        """What a script returns; `arguments` are those of a function."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def later(self, script, *arguments):
        """What a script gives to the function that is its last argument."""
        return self.ask("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def devtools(self, command, **parameters):
        """A command of the DevTools Protocol."""
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def prefer(self, scheme):
        """Light or dark colours, as the system's setting would have it; and nothing that moves."""
        features = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        named = [{"name": name, "value": value} for name, value in features.items()]
        self.devtools("Emulation.setEmulatedMedia", features=named)

    def resize(self, width, height=900):
        """The size of the page's window."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def key(self, name):
        """Presses a key, such as Tab or Enter."""
        code = {"Tab": 9, "Enter": 13, "Escape": 27}[name]
        text = {"text": "\r"} if name == "Enter" else {}
        pressed = {"key": name, "code": name, "windowsVirtualKeyCode": code}
        self.devtools("Input.dispatchKeyEvent", type="keyDown", **pressed, **text)

    @property
    def has_alert(self):
        """Whether a script has opened a window of its own."""
        try:
            self.ask("GET", "/alert/text")
        except AssertionError as error:
            assert "no such alert" in str(error), error
            return False
        return True

    def cookies(self):
        return {one["name"]: one for one in self.ask("GET", "/cookie")}

    @property
    def complaints(self):
        """Errors that pages have caused, such as what a policy has refused."""
        return [one["message"] for one in self.ask("POST", "/se/log", {"type": "browser"})]

    def picture(self, path):
        """The window as PNG."""
        path.write_bytes(base64.b64decode(self.ask("GET", "/screenshot")))

    def whole(self, path):
        """The page as PNG, with what is below the window."""
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        taken = self.devtools("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))


def literal(text):
    """A string of XPath 1.0, which has no escapes."""
    if "'" not in text:
        return f"'{text}'"
    return "concat(" + ', "\'", '.join(f"'{part}'" for part in text.split("'")) + ")"
