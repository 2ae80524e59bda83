# SPDX-License-Identifier: Apache-2.0
"""What requests to the server are made of, in the words of the RFCs, and what it can be set to."""

# RFC 6749 §4.4.2.
CC = {"grant_type": "client_credentials"}
# RFC 7523 §2.2.
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# RFC 8414 §3.
WELL_KNOWN = "/.well-known/oauth-authorization-server"
INTROSPECTION = "/oauth2/introspect"
# `--token-format`.
TOKEN_FORMATS = ["jwt", "sealed"]
# `tls.resumption`.
RESUMPTION_MODES = ["store", "tickets"]
