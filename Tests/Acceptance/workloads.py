# SPDX-License-Identifier: Apache-2.0
"""Workloads as clients (spiffe_x509): a server for them, their registration, and what they ask."""

import contextlib

import expect
from oauth import CC
from server import Server, free_port


def spiffe_server(folder, web=None, more="", **options):
    """A server that takes SVIDs, and trusts this CA's web servers."""
    port = free_port()
    fetch = f"fetch: {{authorities: {web.certificate}}}\n" if web else ""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.yaml").write_text(
        f"listeners: {{main: {{address: '127.0.0.1:{port}'}}}}\n"
        f"authentication: {{spiffe_x509: true}}\n{fetch}{more}"
    )
    return Server(
        folder / "data", ["--config", folder / "server.yaml"], port=port, flags=False, **options
    )


def add_set(server, name, domain, bundle, *options):
    server.handfast(
        "trust-set", "add", name, "--trust-domain", domain, "--spiffe-bundle", bundle, *options
    )


@contextlib.contextmanager
def mesh_server(folder, domain, web=None):
    """A server that runs, with the trust set of the trust domain, by the file of its bundle."""
    with spiffe_server(folder, web) as server:
        add_set(server, "mesh", domain.domain, domain.write())
        yield server
        assert server.running and server.stop() == 0


def add(server, name, spiffe_id, trust_set="mesh", *options):
    """The `client_id` of a new client for this SPIFFE ID, or pattern."""
    return server.add_client(
        name, "--auth-method", "spiffe_x509", "--trust-set", trust_set, "--spiffe-id", spiffe_id,
        "--grant-types", "client_credentials", *options,
    )["client_id"]  # fmt: skip


def ask(server, client_id, svid):
    return server.token({**CC, "client_id": client_id}, svid)


def accepted(server, client_id, svid):
    """The claims of the token that the workload gets, within a second of a change."""
    expect.eventually(lambda: ask(server, client_id, svid).status == 200, within=4)
    answer = expect.token(ask(server, client_id, svid))
    return expect.verified(answer["access_token"], server.address)


def refused(server, client_id, svid, check):
    """The workload gets nothing, and the log says why."""
    before = len(server.stderr)

    def refusal():
        expect.error(ask(server, client_id, svid), "invalid_client")
        return any(f'"check":"{check}"' in line for line in server.stderr[before:])

    expect.eventually(refusal, within=4)
