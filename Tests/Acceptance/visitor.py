# SPDX-License-Identifier: Apache-2.0
"""A user's browser without scripts: cookies, pages, and the forms on them."""

import urllib.parse
from html.parser import HTMLParser

from wire import FORM, Connection, form

AUTHORIZE = "/oauth2/authorize"
LOGOUT = "/oauth2/logout"
FORM_COOKIE = "__Host-handfast-form"
SESSION_COOKIE = "__Host-handfast-session"


class Document(HTMLParser):
    """A page as its elements and texts."""

    VOID = {"meta", "input", "br", "link", "img"}

    def __init__(self, response):
        super().__init__(convert_charrefs=True)
        self.response = response
        self.elements = []  # (name, attributes), in their order
        self.texts = {}  # the text within each kind of element
        self.open = []
        self.feed(response.body.decode())
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data):
        for tag in set(self.open):
            self.texts.setdefault(tag, []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag="body"):
        return "".join(self.texts.get(tag, []))

    @property
    def fields(self):
        """The values of the form's fields."""
        return {one["name"]: one.get("value", "") for one in self.all("input")}

    @property
    def actions(self):
        """The buttons of the form."""
        return [one["value"] for one in self.all("button")]


class Visitor:
    """Cookies, and the page that is shown; each request has a connection of its own."""

    def __init__(self, server, address=None):
        self.server = server
        self.address = address or server.address
        self.cookies = {}
        self.target = None
        self.answer = None

    def _ask(self, method, target, body=None, headers=()):
        fields = list(headers)
        if self.cookies:
            pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            fields.append(("Cookie", pairs))
        if body is not None:
            fields.append(("Content-Type", FORM))
        with Connection(self.address) as connection:
            self.answer = connection.request(
                method, target, body, fields, f"localhost:{self.address[1]}"
            )
        self.target = target
        for cookie in self.answer.all("set-cookie"):
            self._keep(cookie)
        return self.answer

    def _keep(self, cookie):
        """RFC 6265bis §4.1.3.2: what a browser demands of the prefix `__Host-`."""
        pair, *attributes = [part.strip() for part in cookie.split(";")]
        name, _, value = pair.partition("=")
        names = [one.lower() for one in attributes]
        assert name.startswith("__Host-") and "secure" in names and "path=/" in names, cookie
        assert "httponly" in names and "samesite=lax" in names, cookie
        assert not any(one.startswith("domain") for one in names), cookie
        if "max-age=0" in names:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value

    def open(self, target, headers=()):
        """Goes to a page; the answer may be a redirection, which is not followed."""
        return self._ask("GET", target, headers=headers)

    def send(self, action, headers=(), without=(), **fields):
        """Sends the form of the page with one of its buttons; `fields` fill it in.

        A page's hidden fields are sent with it, but for those `without`.
        """
        document = self.page
        assert document.all("form") == [{"method": "post"}], document.all("form")
        sent = {**document.fields, **fields, "action": action}
        body = form({name: value for name, value in sent.items() if name not in without})
        return self._ask("POST", self.target, body, headers)

    def sign_in(self, username="alex", password="a walk in the park", **more):
        return self.send("sign-in", username=username, password=password, **more)

    def follow(self):
        """Goes to where the answer leads on this server."""
        assert self.answer.status == 303, (self.answer.status, self.answer.body)
        base = urllib.parse.urljoin(self.server.url, self.target)
        place = urllib.parse.urlsplit(urllib.parse.urljoin(base, self.answer.header("location")))
        assert f"{place.scheme}://{place.netloc}" == self.server.url, place
        return self.open(f"{place.path}?{place.query}")

    @property
    def page(self):
        """The page that is shown."""
        assert self.answer.header("content-type") == "text/html; charset=utf-8", self.answer
        return Document(self.answer)

    @property
    def title(self):
        return self.page.text("title")

    def sent_back(self, redirect_uri):
        """The parameters with which the client gets its user back."""
        assert self.answer.status == 303, (self.answer.status, self.answer.body)
        location = self.answer.header("location")
        joint = "&" if "?" in redirect_uri else "?"
        assert location.startswith(redirect_uri + joint), location
        query = location[len(redirect_uri) + 1 :]
        pairs = urllib.parse.parse_qsl(query, strict_parsing=True)
        assert len(dict(pairs)) == len(pairs), pairs
        return dict(pairs)

    def shows_a_failure(self, *words, status=400):
        """A page that leads nowhere: the user is not sent to a place that nobody vouches for."""
        assert self.answer.status == status, (self.answer.status, self.answer.headers)
        assert not self.answer.all("location")
        assert self.title == "This does not work" and not self.page.all("form")
        for word in words:
            assert word in self.page.text(), self.page.text()
