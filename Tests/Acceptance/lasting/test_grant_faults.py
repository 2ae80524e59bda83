# SPDX-License-Identifier: Apache-2.0
"""Faults of the disk under grants that last: refused, said, and no token without its row."""

import contextlib

import pytest

import expect
from allocations import library
from database import busy

pytestmark = pytest.mark.waiting

# Each kind of change so many times, on grants of their own.
MANY = 4


class Grants:
    """Codes and families that were there before the fault, and the answers that came in it."""

    def __init__(self, shop):
        self.shop = shop
        begun = [expect.token(shop.exchange(shop.browser.code())) for _ in range(2 * MANY)]
        self.rotating, self.ending = begun[:MANY], begun[MANY:]
        self.codes = [shop.browser.code() for _ in range(MANY)]

    def ask(self):
        """One round of changes: pairs of an answer, and how it is asked for again."""
        shop = self.shop
        for members in self.rotating:
            yield self.ask_one(shop.refresh, members["refresh_token"])
        for code in self.codes:
            yield self.ask_one(shop.exchange, code)
        for members in self.ending:
            yield self.ask_one(shop.revoke, members["refresh_token"])

    @staticmethod
    def ask_one(request, subject):
        return request(subject), request, subject


def refused(answer):
    expect.error(answer, "temporarily_unavailable", 503)
    assert int(answer.header("retry-after")) > 0


def others_go_on(shop, members):
    """Nothing else needs a write: new tokens, introspection, pages."""
    shop.reads(shop.token(), members["access_token"], members["refresh_token"])
    assert shop.browser.shows()


def said_in_the_log(server):
    expect.logged(server, "grants cannot be kept")
    expect.logged(server, '"check":"grant-not-kept"')


def failing(fresh, tmp_path):
    """A server whose disk fails while a file has a word; the server, and the file."""
    file = tmp_path / "failing"
    env = {
        "LD_PRELOAD": str(library("failing_disk.c", tmp_path)), "HANDFAST_FAILING": str(file),
        "HANDFAST_TOKENS_REFRESH_GRACE_SECONDS": "300",
    }  # fmt: skip
    return fresh(env=env).start(), file


def all_is_refused(shop, grants, steady):
    """Each change is refused, on every path; returns how to ask for each again."""
    again = []
    for answer, request, subject in grants.ask():
        refused(answer)
        again.append((request, subject))
    page = shop.browser.submit("allow")
    assert page.status == 503 and int(page.header("retry-after")) > 0
    refused(shop.ask(grant_type="password", username=shop.user, password=shop.password))
    refused(shop.revoke(steady["access_token"]))
    others_go_on(shop, steady)
    said_in_the_log(shop.server)
    # A line for each reason: a sync that failed, and then that one did.
    assert shop.server.log.count("grants cannot be kept") <= 2
    return again


def all_is_done(shop, again):
    """What was refused had changed nothing that a client notices: it is done when asked again."""
    for request, subject in again:
        expect.eventually(lambda r=request, s=subject: r(s).status == 200)


def nothing_is_left_alive(shop, grants):
    shop.refuses(*[members["refresh_token"] for members in grants.ending])
    shop.refuses(*[members["access_token"] for members in grants.ending])


def test_writes_that_fail_refuse_grants_until_they_succeed(fresh, opened, tmp_path):
    server, file = failing(fresh, tmp_path)
    shop = opened(server, "shop", "--refresh-rotation", "on")
    grants, steady = Grants(shop), shop.log_in(shop.user, shop.password)
    file.write_text("write")
    again = all_is_refused(shop, grants, steady)
    file.unlink()
    all_is_done(shop, again)
    nothing_is_left_alive(shop, grants)
    expect.logged(server, "grants are kept again")
    shop.reads(steady["access_token"])


def test_a_failed_sync_refuses_grants_until_a_restart(fresh, opened, tmp_path):
    """The kernel may have dropped what it could not write: a later sync would say nothing of it."""
    server, file = failing(fresh, tmp_path)
    shop = opened(server, "shop", "--refresh-rotation", "on")
    grants, steady = Grants(shop), shop.log_in(shop.user, shop.password)
    file.write_text("sync")
    again = all_is_refused(shop, grants, steady)
    file.unlink()
    # The disk is well, and it stays so.
    for request, subject in again:
        refused(request(subject))
    others_go_on(shop, steady)
    server.kill()
    server.start()
    # The change that was asked for first may stand in the file: a code is then used, and gives
    # no tokens.
    for request, subject in again:
        answer = request(subject)
        if request == shop.exchange and answer.status != 200:
            expect.error(answer, "invalid_grant")
        else:
            assert answer.status == 200, answer.body
    nothing_is_left_alive(shop, grants)
    new = expect.token(shop.exchange(shop.browser.code()))
    shop.reads(steady["access_token"], new["access_token"])


def test_a_database_kept_busy_refuses_grants_and_no_others(fresh, opened):
    server = fresh().start()
    shop = opened(server, "shop", "--refresh-rotation", "on")
    first = expect.token(shop.exchange(shop.browser.code()))
    code = shop.browser.code()
    with busy(server):
        refused(shop.refresh(first["refresh_token"]))
        refused(shop.exchange(code))
        refused(shop.revoke(first["access_token"]))
        others_go_on(shop, first)
        said_in_the_log(server)
    all_is_done(shop, [(shop.refresh, first["refresh_token"]), (shop.exchange, code)])
    assert shop.revoke(first["access_token"]).status == 200
    shop.refuses(first["access_token"])
    expect.logged(server, "grants are kept again")


def test_a_full_disk_refuses_grants_and_no_others(fresh, opened, small_disk):
    server = fresh(data=small_disk.folder / "data").start()
    shop = opened(server, "shop", "--refresh-rotation", "on")
    steady = expect.token(shop.exchange(shop.browser.code()))
    token, codes = shop.log_in(shop.user, shop.password)["refresh_token"], []
    small_disk.fill()
    # Until the pages that the database has left are written too.
    for _ in range(2_000):
        page = shop.browser.submit("allow")
        if page.status == 303:
            codes.append(shop.browser.code_of(page))
        answer = shop.refresh(token)
        if answer.status == 503 and page.status == 503:
            break
        if answer.status == 200:
            token = expect.token(answer)["refresh_token"]
    refused(answer)
    others_go_on(shop, steady)
    said_in_the_log(server)
    reason = next(line for line in server.stderr if "grants cannot be kept" in line)
    assert "full" in reason
    # All that was acknowledged on a disk without room is there after kill -9.
    server.kill()
    small_disk.free()
    server.start()
    token = expect.token(shop.refresh(token))["refresh_token"]
    shop.reads(token, steady["access_token"], steady["refresh_token"])
    for code in codes[-10:]:
        expect.token(shop.exchange(code))


@pytest.fixture
def hanging(fresh, tmp_path):
    file = tmp_path / "hanging"
    env = {
        "LD_PRELOAD": str(library("hanging_sync.c", tmp_path)), "HANDFAST_HANG": str(file),
        **{f"HANDFAST_LIMITS_{name}_SECONDS": "3" for name in ("HEADER", "BODY", "REQUEST")},
    }  # fmt: skip
    yield fresh(env=env).start(), file
    file.unlink(missing_ok=True)


def test_a_disk_that_hangs_is_told_in_time_and_loses_no_grant(hanging, opened):
    server, file = hanging
    shop = opened(server, "shop", "--refresh-rotation", "on")
    token = expect.token(shop.exchange(shop.browser.code()))["refresh_token"]
    steady = shop.log_in(shop.user, shop.password)
    with contextlib.ExitStack() as stack:
        line = stack.enter_context(server.connect(shop.credential))
        file.touch()
        shop.sent([line], shop.refreshing(token))
        others_go_on(shop, steady)
        refused(line.read())
        file.unlink()
    # The rotation was written when the disk went on: the same successor is given again.
    again = [expect.token(shop.refresh(token))["refresh_token"] for _ in range(2)]
    assert again[0] == again[1] != token
    shop.reads(again[0])
