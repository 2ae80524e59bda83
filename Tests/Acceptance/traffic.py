# SPDX-License-Identifier: Apache-2.0
"""Requests of every kind to nodes of a fleet, one after the other, and what was acknowledged."""

import contextlib
import itertools
import threading
import time

import expect
from assertions import Signer, asserting
from figures import spread
from grants import Browser, Shop
from postgres import issued_everywhere
from wire import Connection, Refused, client_context

PASSWORD = "correct horse"
# A rotation whose answer was lost is answered once more, for longer than a database is away.
ENVIRONMENT = {"HANDFAST_TOKENS_REFRESH_GRACE_SECONDS": "300"}


class Worker:
    """Requests on kept-alive connections to all nodes in turns.

    `answered` and `refused` have, for each node, when a request began and how long it took.
    """

    needs_a_row = True

    def __init__(self, nodes, credential):
        self.nodes = nodes
        self.context = client_context(credential)
        self.lines = {}
        self.turns = itertools.cycle(nodes)
        self.answered, self.refused, self.wrong = [], [], []
        # Nodes that are killed, and when they were.
        self.gone, self.killed = set(), {}
        self.opened = {}

    def ask(self, node, parameters, **more):
        """An answer with 200 or 400; None where the node refuses for now."""
        began = time.monotonic()
        try:
            if node not in self.lines:
                self.opened[node] = began
                self.lines[node] = Connection(node.address, context=self.context)
            answer = self.lines[node].token(parameters, **more)
        except (OSError, Refused) as error:
            self.forget(node)
            self.broken(node, began, error)
            return None
        took = time.monotonic() - began
        if answer.header("connection") == "close":
            self.forget(node)
        if answer.status == 503:
            if int(answer.header("retry-after") or 0) < 1:
                self.wrong.append("503 without Retry-After")
            self.refused.append((node, began, took))
            return None
        self.answered.append((node, began, took))
        return answer

    def broken(self, node, began, error):
        """A connection that ended without an answer."""
        if node in self.gone or self.opened.get(node, began) <= self.killed.get(node, 0):
            self.refused.append((node, began, 0.0))
        else:
            self.wrong.append(f"{type(self).__name__}: {error!r}")

    def forget(self, node):
        if line := self.lines.pop(node, None):
            line.close()

    def run(self, done):
        while not done.is_set():
            node = next(self.turns)
            refused = len(self.refused)
            self.once(node)
            # One that is refused comes again, as Retry-After asks, but sooner.
            done.wait(0.02 if len(self.refused) > refused else 0.004)
        for node in list(self.lines):
            self.forget(node)

    def recovered(self, since):
        """The moment at which every node had answered a request that began after `since`."""
        firsts = []
        for node in set(self.nodes) - self.gone:
            after = [b + t for n, b, t in list(self.answered) if n is node and b > since]
            if not after:
                return None
            firsts.append(min(after))
        return max(firsts, default=since)

    def check(self):
        assert self.wrong == [], self.wrong[:5]


class RowFree(Worker):
    """Client credentials by certificate: a signed token, without a row."""

    needs_a_row = False

    def __init__(self, nodes, shop):
        super().__init__(nodes, shop.credential)
        self.shop = shop

    def once(self, node):
        # A new connection now and then: handshakes need no row either.
        if len(self.answered) % 20 == 0:
            self.forget(node)
        answer = self.ask(node, self.shop.body)
        if answer is None and (self.gone or self.killed):
            return  # `broken` and `check` judge it
        if answer is None or answer.status != 200:
            self.wrong.append(f"row-free: {answer and answer.body}")

    def check(self):
        super().check()
        # Those of a killed node took no time.
        assert not any(took for _, _, took in self.refused)


class Rotation(Worker):
    """Refreshes one family again and again, at one node after the other."""

    def __init__(self, nodes, shop, user):
        super().__init__(nodes, shop.credential)
        self.shop, self.user = shop, user
        self.begin()

    def begin(self):
        self.tokens = [self.shop.log_in(self.user, PASSWORD)["refresh_token"]]

    def once(self, node):
        answer = self.ask(node, self.shop.refreshing(self.tokens[-1]))
        if answer is None:
            return
        if answer.status != 200:
            self.wrong.append(f"an acknowledged successor: {answer.body}")
            return
        successor = answer.json["refresh_token"]
        if successor in self.tokens:
            self.wrong.append("a successor that was one before")
        self.tokens.append(successor)

    def check(self):
        """The last one acknowledged is good at every node."""
        super().check()
        for node in self.nodes:
            answer = node.token(self.shop.refreshing(self.tokens[-1]), self.shop.credential)
            self.tokens.append(expect.token(answer)["refresh_token"])

    def ends_by_an_old_one(self, chance):
        """The twin: one that was replaced long ago is refused, and ends the family everywhere."""
        old = chance.choice(self.tokens[:-3])
        for token in (old, self.tokens[-1]):
            for node in self.nodes:
                answer = node.token(self.shop.refreshing(token), self.shop.credential)
                expect.error(answer, "invalid_grant")
        self.begin()


class Purchase(Worker):
    """Gets codes and uses most of them, each at another node than the one that made it."""

    def __init__(self, nodes, shop, user):
        super().__init__(nodes, shop.credential)
        self.shop = shop
        self.browser = Browser(shop, user, PASSWORD)
        self.used, self.unknown, self.kept = [], [], []

    def once(self, node):
        try:
            allowed = self.browser.submit("allow")
        except (OSError, Refused) as error:
            self.broken(self.shop.server, time.monotonic(), error)
            return
        if allowed.status != 303:
            if allowed.status != 503:
                self.wrong.append(f"a page: {allowed.status} {allowed.body[:200]}")
            return
        code = Browser.code_of(allowed)
        if len(self.used) % 4 == 3 and len(self.kept) < 3:
            self.kept.append(code)
            return
        answer = self.ask(node, self.shop.exchanging(code))
        if answer is None:
            self.unknown.append(code)
        elif answer.status == 200:
            self.used.append(code)
        else:
            self.wrong.append(f"a new code: {answer.body}")

    def check(self):
        """None is used twice, none that was given is lost; what was not answered counts once."""
        super().check()
        places = itertools.cycle(self.nodes)

        def use(code):
            return next(places).token(self.shop.exchanging(code), self.shop.credential)

        for code in self.kept:
            expect.token(use(code))
        for code in self.used[-20:] + self.kept:
            for _ in self.nodes:
                expect.error(use(code), "invalid_grant")
        for code in self.unknown[-20:]:
            assert [use(code).status for _ in range(2)] in ([200, 400], [400, 400])
        self.used, self.unknown, self.kept = [], [], []


class Assertions(Worker):
    """Client credentials by an assertion, each of which counts once among all nodes."""

    def __init__(self, nodes, signer):
        super().__init__(nodes, None)
        self.signer = signer
        self.used, self.unknown = [], []

    def once(self, node):
        parameters = asserting(self.signer.sign())
        answer = self.ask(node, parameters)
        if answer is None:
            self.unknown.append(parameters)
        elif answer.status == 200:
            self.used.append(parameters)
        else:
            self.wrong.append(f"a new assertion: {answer.body}")

    def check(self):
        super().check()
        for parameters in self.used[-20:]:
            for node in self.nodes:
                expect.error(node.token(parameters), "invalid_client")
        for parameters in self.unknown[-20:]:
            twice = [node.token(parameters).status for node in self.nodes[:2]]
            assert twice in ([200, 401], [401, 401]), twice
        self.used, self.unknown = [], []


class Traffic:
    """All kinds at once, on nodes that share a store."""

    def __init__(self, nodes, pki, folder, name="shop"):
        first = nodes[0]
        first.handfast("user", "add", name, "--password-stdin", text_input=PASSWORD + "\n")
        self.nodes = nodes
        self.shop = Shop(first, pki, name, "--refresh-rotation", "on")
        issued_everywhere(nodes, self.shop)
        self.signer = Signer(first, folder, "ES256", f"{name}-signs")
        for node in nodes:
            expect.eventually(
                lambda n=node: n.token(asserting(self.signer.sign())).status == 200
            )
        self.free = [RowFree([node], self.shop) for node in nodes]
        self.rotations = [Rotation(nodes, self.shop, name) for _ in range(2)]
        self.purchase = Purchase(nodes, self.shop, name)
        self.workers = [
            *self.free, *self.rotations, self.purchase, Assertions(nodes, self.signer)
        ]  # fmt: skip

    @property
    def rowed(self):
        return [one for one in self.workers if one.needs_a_row]

    @contextlib.contextmanager
    def running(self):
        """Lets all of them work meanwhile."""
        done = threading.Event()
        threads = [threading.Thread(target=one.run, args=(done,)) for one in self.workers]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            done.set()
            for thread in threads:
                thread.join(30)
                assert not thread.is_alive()

    def recovers(self, since, within=5.0):
        """Waits until each kind is answered by each node; the moment at which all were."""
        for one in self.workers:
            expect.eventually(lambda w=one: w.recovered(since), within=within)
        return max(one.recovered(since) for one in self.workers)

    def lose(self, node):
        """Kills a node; requests to it may fail until it is found again."""
        for one in self.workers:
            one.gone.add(node)
        node.kill()
        for one in self.workers:
            one.killed[node] = time.monotonic()

    def found(self, node):
        for one in self.workers:
            one.gone.discard(node)

    def clear(self):
        """Forgets what was counted so far."""
        for one in self.workers:
            one.answered, one.refused = [], []

    def slowest_refusal(self):
        return max((took for one in self.rowed for _, _, took in one.refused), default=0.0)

    def refusals(self):
        """How soon those came that need a row and had none."""
        took = [took for one in self.rowed for _, _, took in one.refused]
        return spread(took) if took else "none"

    def check(self):
        """Row-free answers were 100 %, and nothing acknowledged is lost or used twice."""
        for one in self.workers:
            one.check()

    def tally(self):
        free = sum(len(one.answered) for one in self.free)
        rows = sum(len(one.answered) for one in self.rowed)
        refused = sum(len(one.refused) for one in self.rowed)
        return f"{free} row-free all answered, {rows} with a row answered, {refused} refused"
