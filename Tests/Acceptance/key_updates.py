# SPDX-License-Identifier: Apache-2.0
"""A client that sends KeyUpdates without end (RFC 8446 §4.6.3), by tlslite."""

import socket

from tlslite.api import HandshakeSettings, TLSConnection
from tlslite.errors import TLSAbruptCloseError, TLSLocalAlert, TLSRemoteAlert

ENDED = (ConnectionError, TLSAbruptCloseError, TLSRemoteAlert, TLSLocalAlert)


def are_ended(server):
    """Whether the server ends the connection, rather than answer behind 3,000 of them."""
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = (3, 4)
    connection = TLSConnection(socket.create_connection(server.address, 10))
    connection.handshakeClientCert(settings=settings)
    connection.closeSocket = True
    try:
        for _ in range(3000):
            for _ in connection.send_keyupdate_request(0):
                pass
        connection.send(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        return not connection.recv(100)
    except ENDED:
        return True
