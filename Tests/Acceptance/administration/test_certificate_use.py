# SPDX-License-Identifier: Apache-2.0
"""When certificates were used and when they end: what operators are told."""

import json
import time

import pytest

import expect
from pki import CA, DAY
from parties import Caller

pytestmark = pytest.mark.waiting


def listed(server, name):
    done = server.handfast("client", "certificate", "list", name, "--json")
    return done.stdout


def test_first_and_last_use_are_listed(server, pki):
    caller = Caller(server, pki, "used")
    unused = pki.self_signed("unused", "p256")
    server.handfast("client", "certificate", "add", "used", unused.certificate)

    def usage(credential):
        keys = json.loads(listed(server, "used"))["keys"]
        return next(key for key in keys if key["x5t#S256"] == credential.thumbprint)

    expect.eventually(lambda: usage(caller.credential)["last_seen"], within=4)
    seen = usage(caller.credential)
    assert seen["first_seen"] <= seen["last_seen"]
    assert usage(unused)["last_seen"] is None
    text = server.handfast("client", "certificate", "list", "used").stdout
    assert "never" in text


def test_a_refused_request_is_no_use(server, pki):
    caller = Caller(server, pki, "refusing")
    other = pki.self_signed("refused", "p256")
    server.handfast("client", "certificate", "add", "refusing", other.certificate)
    server.handfast("client", "disable", "refusing")
    # Each reactor learns of it by itself; until then the other one would be a use.
    for _ in range(6):
        expect.eventually(lambda: caller.ask().status == 401)
    expect.error(caller.ask(other), "invalid_client")
    time.sleep(6)
    keys = json.loads(listed(server, "refusing"))["keys"]
    seen = {key["x5t#S256"]: key.get("last_seen") for key in keys}
    assert seen[other.thumbprint] is None


def test_the_log_warns_before_a_client_s_last_certificate_ends(fresh, pki):
    server = fresh()
    soon = pki.short_lived("soon", 5 * 86_400, subject="/CN=soon")
    later = pki.self_signed("later", "p256")
    server.add_client("ending", "--certificate", soon.certificate)
    server.add_client(
        "renewed", "--certificate", soon.certificate, "--certificate", later.certificate
    )
    server.add_client("lasting", "--certificate", later.certificate)
    with server:
        expect.logged(server, "last certificate ends soon")
        warnings = [line for line in server.stderr if "ends soon" in line]
        assert len(warnings) == 1 and soon.thumbprint in warnings[0]
        assert server.stop() == 0


def test_the_log_warns_before_a_ca_of_clients_ends(fresh, pki, tmp_path):
    server = fresh()
    soon = pki.root.certificate
    lasting = CA(tmp_path / "lasting", "/O=Handfast/CN=Lasting")
    lasting.sign(
        lasting.key, lasting.certificate, "/O=Handfast/CN=Lasting",
        "basicConstraints=critical,CA:true\n", end=400 * DAY, itself=True,
    )  # fmt: skip
    clients = {}
    for name, certificate in (("ending", soon), ("lasting", lasting.certificate)):
        ca = ["--ca-certificate", certificate]
        server.handfast("trust-set", "add", f"{name}-set", *ca)
        clients[name] = server.add_client(f"{name}-own", *ca, "--subject-dn", "CN=a")
        server.add_client(f"{name}-set", "--trust-set", f"{name}-set", "--subject-dn", "CN=a")
    with server:
        expect.eventually(lambda: server.log.count("a CA of clients ends soon") == 2)
        assert server.stop() == 0
    said = [r for r in server.records if "a CA " in r["message"]]
    assert len(said) == 2 and said[0]["trust_set"] == "ending-set"
    assert said[1]["client_id"] == clients["ending"]["client_id"]
    assert all(line["subject"] == "CN=Root,O=Handfast" for line in said)
