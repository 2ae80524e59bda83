# SPDX-License-Identifier: Apache-2.0
"""Pages as trees, and their forms filled in and encoded as a browser without scripts does."""

import re
import secrets
import urllib.parse
from html.parser import HTMLParser

VOID = {"meta", "input", "br", "link", "img", "hr", "wbr", "col"}


class Node:
    """An element of a page."""

    def __init__(self, tag, attributes, parent=None):
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.parts = []  # nodes and texts, in their order

    def __repr__(self):
        return f"<{self.tag} {self.attributes}>"

    def __getitem__(self, name):
        return self.attributes[name]

    def get(self, name, default=None):
        return self.attributes.get(name, default)

    @property
    def nodes(self):
        """All elements within, in their order."""
        for part in self.parts:
            if isinstance(part, Node):
                yield part
                yield from part.nodes

    def all(self, tag=None, **attributes):
        """The elements within that have this name and these attributes; `class_` is one of many."""
        kind = attributes.pop("class_", None)
        return [
            one for one in self.nodes
            if tag in (None, one.tag)
            and (kind is None or kind in (one.get("class") or "").split())
            and all(one.get(name) == value for name, value in attributes.items())
        ]  # fmt: skip

    def one(self, tag=None, **attributes):
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, found)
        return found[0]

    @property
    def raw(self):
        """The text as it stands."""
        return "".join(part.raw if isinstance(part, Node) else part for part in self.parts)

    @property
    def text(self):
        """The text as it is shown, in one line."""
        return " ".join(self.raw.split())

    @property
    def above(self):
        """The elements around it, the nearest first."""
        node = self.parent
        while node:
            yield node
            node = node.parent


class Tree(HTMLParser):
    """A page; its elements must be well nested, their attributes single and their ids unique."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.root = self.here = Node("document", {})
        self.feed(text)
        self.close()
        assert self.here is self.root, f"{self.here} is not closed"
        ids = [one["id"] for one in self.root.nodes if "id" in one.attributes]
        assert len(set(ids)) == len(ids), ids

    def handle_starttag(self, tag, attributes):
        assert len(dict(attributes)) == len(attributes), (tag, attributes)
        node = Node(tag, dict(attributes), self.here)
        self.here.parts.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag):
        assert self.here.tag == tag, f"</{tag}> within {self.here}"
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.parts.append(data)


class Form:
    """A form of a page, filled in by its labels and sent by one of its buttons."""

    def __init__(self, node, page):
        self.node = node
        self.page = page
        self.chosen = {}  # the values by name, where they were changed
        self.files = {}

    @property
    def controls(self):
        return [one for one in self.node.nodes if one.tag in ("input", "textarea", "select")]

    @property
    def buttons(self):
        return [one for one in self.node.all("button") if one.get("type", "submit") == "submit"]

    def labelled(self, label):
        """The control with a label that reads so, or begins so."""
        labels = [one for one in self.node.all("label") if one.text.startswith(label)]
        exact = [one for one in labels if one.text == label]
        assert labels, (label, [one.text for one in self.node.all("label")])
        wanted = (exact or labels)[0]
        (control,) = [one for one in self.controls if one.get("id") == wanted["for"]]
        return control

    def value(self, label):
        """The value that a control has."""
        return self._value(self.labelled(label))

    def fill(self, label, value):
        """Enters a text, chooses an option by its label or value, or ticks (True) a box."""
        control = self.labelled(label)
        if control.tag == "select":
            options = {one.text: one.get("value", one.text) for one in control.all("option")}
            value = options.get(value, value)
            assert value in options.values(), options
        self.chosen[self._key(control)] = value
        return self

    def attach(self, label, name, content):
        """Chooses a file."""
        control = self.labelled(label)
        assert control.get("type") == "file", control
        self.files[control["name"]] = (name, content)
        return self

    @staticmethod
    def _key(control):
        box = control.get("type") in ("checkbox", "radio")
        return (control["name"], control.get("value", "on") if box else None)

    def _value(self, control):
        if self._key(control) in self.chosen:
            return self.chosen[self._key(control)]
        if control.tag == "textarea":
            # HTML §13.1.2.5: a line feed that follows the tag is dropped.
            return control.raw.removeprefix("\n")
        if control.tag == "select":
            options = control.all("option")
            chosen = [one for one in options if "selected" in one.attributes] or options[:1]
            return chosen[0].get("value", chosen[0].text) if chosen else None
        if control.get("type") in ("checkbox", "radio"):
            return "checked" in control.attributes
        return control.get("value", "")

    def entries(self, button):
        """The names and values that are sent (HTML §4.10.22.4)."""
        entries = []
        for control in self.controls:
            name = control.get("name")
            if not name or "disabled" in control.attributes:
                continue
            value, kind = self._value(control), control.get("type")
            if kind in ("checkbox", "radio"):
                if value:
                    entries.append((name, control.get("value", "on")))
            elif kind == "file":
                entries.append((name, self.files.get(name, ("", b""))))
            elif kind not in ("submit", "button", "reset", "image") and value is not None:
                entries.append((name, value))
        if button is not None and button.get("name"):
            entries.append((button["name"], button.get("value", "")))
        return entries

    def button(self, text=None):
        """The button with this text, or the first one, which the Enter key presses."""
        if text is None:
            return self.buttons[0] if self.buttons else None
        found = [one for one in self.buttons if one.text == text]
        assert len(found) == 1, (text, [one.text for one in self.buttons])
        return found[0]

    def request(self, text=None, without=(), more=()):
        """Method, target, content and its type, for the button with this text."""
        button = self.button(text)
        sent = [*self.entries(button), *more]
        entries = [(name, value) for name, value in sent if name not in without]
        action = self.node.get("action")
        if button is not None and button.get("formaction"):
            action = button["formaction"]
        if self.node.get("method", "get").lower() == "get":
            query = urllib.parse.urlencode(entries)
            return "GET", f"{action.partition('?')[0]}?{query}", None, None
        if self.node.get("enctype") == "multipart/form-data":
            content, kind = multipart(entries)
            return "POST", action, content, kind
        plain = [(name, lines(value)) for name, value in entries if isinstance(value, str)]
        content = urllib.parse.urlencode(plain).encode()
        return "POST", action, content, "application/x-www-form-urlencoded"


def lines(text):
    """Line breaks as forms have them."""
    return re.sub(r"\r\n|\r|\n", "\r\n", text)


def multipart(entries):
    """RFC 7578 as browsers write it: the content and its type."""
    boundary = f"----WebKitFormBoundary{secrets.token_hex(8)}"
    content = b""
    for name, value in entries:
        head = f'Content-Disposition: form-data; name="{escaped(name)}"'
        if isinstance(value, str):
            body = lines(value).encode()
        else:
            head += f'; filename="{escaped(value[0])}"\r\nContent-Type: application/octet-stream'
            body = value[1]
        content += f"--{boundary}\r\n{head}\r\n\r\n".encode() + body + b"\r\n"
    return content + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def escaped(name):
    """HTML §4.10.22.8."""
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
