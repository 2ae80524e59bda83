# SPDX-License-Identifier: Apache-2.0
"""Sessions of TLS that are tried elsewhere than where they were opened."""

from wire import Connection

VERSIONS = ["1.2", "1.3"]


def resumed(address, first):
    """A connection that comes with the session of an earlier one, to whatever node."""
    return Connection(address, context=first.context, session=first.session)


def is_resumed(one, two, credential=None, version=None):
    """Whether `two` resumes a session of `one`; addresses."""
    with Connection(one, credential, version) as first:
        assert not first.resumed
        first.get("/health")
        return comes_back(two, first)


def comes_back(address, first):
    """Whether the session of `first` is resumed there; either way there is an answer."""
    with resumed(address, first) as second:
        assert second.get("/health").status == 200
        return second.resumed
