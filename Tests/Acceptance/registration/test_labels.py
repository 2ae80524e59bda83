# SPDX-License-Identifier: Apache-2.0
"""Labels of clients, users and trust sets, by commands."""

import json


def shown(books, *what):
    return json.loads(books.handfast(*what, "--json").stdout).get("labels")


def test_labels_are_given_replaced_and_taken_away(books, refuse, pki):
    books.handfast("client", "add", "web", "--label", "team=a", "--label", "stage=a=b")
    assert shown(books, "client", "show", "web") == {"team": "a", "stage": "a=b"}
    books.handfast("client", "update", "web", "--label", "team=b", "--no-label", "stage")
    assert shown(books, "client", "show", "web") == {"team": "b"}
    assert "team=b" in books.handfast("client", "show", "web").stdout
    refuse("client", "update", "web", "--no-label", "stage", words=["stage"])
    refuse("client", "update", "web", "--label", "a b=c", words=["label"])
    refuse("client", "update", "web", "--label", "novalue", words=["--label"])
    refuse("client", "update", "web", "--label", "a=1", "--label", "a=2", words=["once"])
    root = pki.root.certificate
    books.handfast("trust-set", "add", "set", "--ca-certificate", root, "--label", "team=a")
    books.handfast("trust-set", "update", "set", "--no-label", "team")
    assert shown(books, "trust-set", "show", "set") is None
    books.handfast(
        "user", "add", "ann", "--password-stdin", "--label", "team=a", text_input="secret"
    )
    users = json.loads(books.handfast("user", "list", "--json").stdout)
    assert [user.get("labels") for user in users] == [{"team": "a"}]
