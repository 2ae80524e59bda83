# SPDX-License-Identifier: Apache-2.0
"""Seeds of the target actor-chain: claims of exchanged tokens (RFC 8693 §4)."""

import base64
import json

# RFC 8693 §2.1.
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


def actor_chains(issuer):
    """Behind the kind of the subject; with the highest bit, of a sealed token."""

    def nested(names):
        first, *others = names
        inner = {"act": nested(others)} if others else {}
        return {"sub": first, "iss": "i", **inner}

    gateway = {"sub": "gateway", "iss": issuer}
    texts = {
        "one": (2, {"act": gateway}),
        "four": (1, {"act": nested("dcba")}),
        "five": (1, {"act": nested("edcba")}),
        "may-act": (3, {"may_act": gateway, "scope": "read"}),
        "no-issuer": (2, {"act": {"sub": "gateway"}}),
        "sealed": (0x82, {"act": nested("a"), "may_act": gateway}),
    }
    made = {
        name: bytes([kind]) + json.dumps(value, separators=(",", ":")).encode()
        for name, (kind, value) in texts.items()
    }
    return made | {"identifier": b"\2" + base64.urlsafe_b64encode(b"\2" + b"\7" * 16).rstrip(b"=")}
