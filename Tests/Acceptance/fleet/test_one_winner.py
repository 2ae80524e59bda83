# SPDX-License-Identifier: Apache-2.0
"""What is used once is used once, whichever node is asked: by the database, never by time."""

import contextlib
import threading

import expect
from assertions import Signer, asserting
from grants import Browser, Shop, rounds
from partners import JWT_BEARER, Partner, presenter

PASSWORD = "correct horse"
MANY = 6


def at_once(asks):
    """The answers to requests that are sent at the same moment, each by a thread."""
    answers = [None] * len(asks)
    gate = threading.Barrier(len(asks))

    def run(index):
        gate.wait()
        answers[index] = asks[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(asks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


@contextlib.contextmanager
def shop_of(nodes, pki, name, *options):
    nodes[0].handfast(
        "user", "add", name, "--password-stdin", text_input=PASSWORD + "\n"
    )
    shop = Shop(nodes[0], pki, "shop-" + name, *options)
    for node in nodes:
        expect.eventually(lambda n=node: n.token(shop.body, shop.credential).status == 200)
    browser = Browser(shop, name, PASSWORD)
    try:
        yield shop, browser
    finally:
        browser.close()


def uses(nodes, shop, parameters):
    return [
        lambda n=nodes[index % len(nodes)]: n.token(parameters, shop.credential)
        for index in range(MANY)
    ]


def test_of_many_uses_of_a_code_on_two_nodes_one_gets_tokens(nodes, pki):
    with shop_of(nodes, pki, "ann") as (shop, browser):
        for _ in range(rounds(10)):
            answers = at_once(uses(nodes, shop, shop.exchanging(browser.code())))
            won = [expect.token(answer) for answer in answers if answer.status == 200]
            assert len(won) == 1
            for answer in answers:
                if answer.status != 200:
                    expect.error(answer, "invalid_grant")
            # A second use ends what the first one got, on every node.
            for node in nodes:
                answer = node.token(shop.refreshing(won[0]["refresh_token"]), shop.credential)
                expect.error(answer, "invalid_grant")
        # The twin: a code that is used once, at the node that did not make it.
        answer = nodes[1].token(shop.exchanging(browser.code()), shop.credential)
        token = expect.token(answer)["refresh_token"]
        expect.token(nodes[0].token(shop.refreshing(token), shop.credential))


def test_many_uses_of_a_refresh_token_on_two_nodes_give_one_successor(nodes, pki):
    with shop_of(nodes, pki, "bob", "--refresh-rotation", "on") as (shop, browser):
        answer = nodes[0].token(shop.exchanging(browser.code()), shop.credential)
        token = expect.token(answer)["refresh_token"]
        for _ in range(rounds(15)):
            answers = at_once(uses(nodes, shop, shop.refreshing(token)))
            successors = {expect.token(answer)["refresh_token"] for answer in answers}
            assert len(successors) == 1 and token not in successors
            token = successors.pop()
        # The twin: the first of them ends the family, since its successor was used.
        older = token
        for node in (nodes[0], nodes[1]):
            token = expect.token(node.token(shop.refreshing(token), shop.credential))[
                "refresh_token"
            ]
        expect.error(nodes[1].token(shop.refreshing(older), shop.credential), "invalid_grant")
        expect.error(nodes[0].token(shop.refreshing(token), shop.credential), "invalid_grant")


def test_of_many_uses_of_an_assertion_on_two_nodes_one_counts(nodes, tmp_path):
    signer = Signer(nodes[0], tmp_path, "ES256", "asserts")
    for node in nodes:
        expect.eventually(lambda n=node: n.token(asserting(signer.sign())).status == 200)
    for _ in range(rounds(15)):
        parameters = asserting(signer.sign())
        asks = [lambda n=nodes[index % 2]: n.token(parameters) for index in range(MANY)]
        answers = at_once(asks)
        assert [answer.status for answer in answers].count(200) == 1
        for answer in answers:
            if answer.status != 200:
                expect.error(answer, "invalid_client")
        # Later too, and on either node.
        for node in nodes:
            expect.error(node.token(parameters), "invalid_client")


def test_a_token_that_one_node_has_revoked_is_revoked_on_every_node(nodes, pki):
    with shop_of(nodes, pki, "eve") as (shop, browser):
        kept = expect.token(nodes[1].token(shop.exchanging(browser.code()), shop.credential))
        for node, other in ((nodes[0], nodes[1]), (nodes[1], nodes[0])):
            token = expect.token(node.token(shop.body, shop.credential))["access_token"]
            asked = {"client_id": shop.client_id, "token": token}
            answer = other.token(asked, shop.credential, target="/oauth2/introspect")
            assert expect.active(answer)
            done = node.token(asked, shop.credential, target="/oauth2/revoke")
            assert done.status == 200
            for one in nodes:
                expect.eventually(
                    lambda n=one: n.token(
                        asked, shop.credential, target="/oauth2/introspect"
                    ).body == expect.INACTIVE
                )
        # The twin: another token of the same client is as good as it was.
        asked = {"client_id": shop.client_id, "token": kept["access_token"]}
        for node in nodes:
            expect.active(node.token(asked, shop.credential, target="/oauth2/introspect"))


def test_of_many_uses_of_a_partner_s_jwt_on_two_nodes_one_gets_a_token(nodes, pki, tmp_path):
    caller = presenter(nodes[0], pki, "billing")
    partner = Partner(nodes[0], tmp_path, "partner", caller, "--expect-audience", "urn:fleet")

    def ask(node, assertion):
        form = {"grant_type": JWT_BEARER, "client_id": caller.client_id, "assertion": assertion}
        return node.token(form, caller.credential)

    def signed():
        return partner.sign(aud="urn:fleet")

    for node in nodes:
        expect.eventually(lambda n=node: ask(n, signed()).status == 200)
    for _ in range(rounds(10)):
        one = signed()
        asks = [lambda n=nodes[index % len(nodes)]: ask(n, one) for index in range(MANY)]
        answers = at_once(asks)
        assert sorted(answer.status for answer in answers) == [200] + [400] * (MANY - 1)
        for answer in answers:
            if answer.status != 200:
                expect.error(answer, "invalid_grant")
        # The twin: another one is good, at the node that comes last.
        expect.token(ask(nodes[-1], signed()))
