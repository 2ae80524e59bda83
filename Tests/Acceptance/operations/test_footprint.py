# SPDX-License-Identifier: Apache-2.0
"""How large the release program is, what is linked into it, and how much memory it takes.

Bars, each with what is measured:

* bytes of a copy of the program after `strip`;
* symbols of ICU, the tables and code that full Foundation would bring;
* anonymous memory (`Anonymous` in smaps_rollup: heap, stacks, data that was written to) of a server
  with ten clients and two reactors, a second after it listens;
* referenced memory of the same server: the pages, the program's own among them, that were touched
  after `clear_refs` while 32 kept-alive connections had their requests served.
"""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from oauth import CC
from wire import FORM, form, message

# Decision 0060 has what takes the room. 21 MB, and two for the administrative interface, the audit
# and files of registrations; one for the console's pages; a quarter for the listener of probes and
# the command that asks it; a fifth for rates, groups of TLS and commands that take on the owner's
# rights; one for trusted issuers, token exchange and workloads with SPIFFE IDs.
STRIPPED_BYTES_MAX = 26_500_000
# 4.9 MB; half a megabyte for the two threads that read and write grants, with their statements;
# as much for the four that work for administrators, with the rings of refusals; and a quarter for
# budgets, trusted issuers, token exchange and SPIFFE IDs (6.75 to 6.84 MB in eight starts).
ANONYMOUS_BYTES_MAX = 7_000_000
# OpenSSL 3.5 keeps more for its default provider: 7.1 MB in all.
ANONYMOUS_BYTES_MAX_3_5 = 7_400_000
REFERENCED_BYTES_MAX = 15_000_000
CLIENTS, CONNECTIONS, ROUNDS = 10, 32, 20
MEASUREMENTS_MAX = 20
ICU = re.compile(r"icudt\d+|_FoundationICU|swift_icu|ucol_|ubrk_|uloc_|u_init")


def test_the_stripped_program_is_small(release, tmp_path):
    copy = tmp_path / "handfast"
    shutil.copy(release, copy)
    subprocess.run(["strip", copy], check=True)
    size = copy.stat().st_size
    print(f"stripped: {size:,} bytes")
    assert size <= STRIPPED_BYTES_MAX


def icu_symbols(program):
    """Names of ICU among the symbols of a program that was not stripped."""
    listed = subprocess.run(["nm", program], capture_output=True, text=True, check=True)
    names = [line.split()[-1] for line in listed.stdout.splitlines() if line.strip()]
    assert len(names) > 1000, "the program was stripped, and tells nothing"
    return [name for name in names if ICU.search(name)]


def test_nothing_of_icu_is_linked_into_the_program(release):
    found = icu_symbols(release)
    assert not found, f"{len(found)} symbols, such as {found[:5]}"


def test_a_symbol_of_icu_would_be_found(tmp_path):
    """The search of the test above finds a symbol of ICU in an object that has one."""
    source = tmp_path / "small.c"
    lines = [f"int filler_{number};" for number in range(1200)]
    source.write_text("\n".join([*lines, "const char _foundation_unicode_icudt74_dat[9];"]))
    made = tmp_path / "small.o"
    compiler = shutil.which("clang") or shutil.which("cc")
    subprocess.run([compiler, "-c", "-o", made, source], check=True)
    assert icu_symbols(made) == ["_foundation_unicode_icudt74_dat"]


def smaps(pid, name):
    """Bytes of one line of smaps_rollup."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except PermissionError:
        pytest.skip("only root may look into the memory of a hardened process")
    (found,) = re.findall(rf"^{name}: +(\d+) kB$", text, re.M)
    return int(found) * 1024


@pytest.fixture(scope="module")
def loaded(release, tmp_path_factory, pki):
    """A server on a directory with ten clients, and the credential and request of one."""
    from server import Server

    server = Server(tmp_path_factory.mktemp("footprint") / "data", reactors=2)
    credential = pki.self_signed("footprint", "p256")
    client = server.add_client("first", "--certificate", credential.certificate)
    for number in range(1, CLIENTS):
        more = pki.self_signed(f"footprint-{number}", "p256", f"/CN=client {number}")
        server.add_client(f"client-{number}", "--certificate", more.certificate)
    body = {**CC, "client_id": client["client_id"]}
    request = message("POST", "/oauth2/token", form(body), [("Content-Type", FORM)])
    with server:
        yield server, credential, request
        assert server.stop() == 0


def test_a_server_with_ten_clients_has_little_memory_of_its_own(loaded):
    from server import openssl_version

    server, *_ = loaded
    time.sleep(1)  # jemalloc gives back within a second what the start has freed
    anonymous = smaps(server.pid, "Anonymous")
    print(f"anonymous at the start: {anonymous:,} bytes")
    is_newer = openssl_version() >= (3, 5)
    assert anonymous <= (ANONYMOUS_BYTES_MAX_3_5 if is_newer else ANONYMOUS_BYTES_MAX)


def test_serving_touches_little_memory(loaded):
    server, credential, request = loaded
    held = [server.connect(credential) for _ in range(CONNECTIONS)]

    def serve():
        for connection in held:
            connection.send(request)
            assert connection.read().status == 200

    def measure():
        try:
            Path(f"/proc/{server.pid}/clear_refs").write_text("1")
        except PermissionError:
            pytest.skip("only root may look into the memory of a hardened process")
        for _ in range(ROUNDS):
            serve()
        return smaps(server.pid, "Referenced")

    serve()
    # Where the kernel has taken pages away meanwhile, those around each fault count as touched too:
    # the least is what was touched.
    measured = [measure()]
    while measured[-1] > REFERENCED_BYTES_MAX and len(measured) < MEASUREMENTS_MAX:
        measured.append(measure())
    for connection in held:
        connection.close()
    print(f"referenced after serving: {measured} bytes")
    assert 0 < min(measured) <= REFERENCED_BYTES_MAX
