# SPDX-License-Identifier: Apache-2.0
"""Parts of requests to the server, in the terms of the RFCs, and of its configuration."""

# RFC 6749 §4.4.2.
CC = {"grant_type": "client_credentials"}
# RFC 7523 §2.2.
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# RFC 8414 §3.
WELL_KNOWN = "/.well-known/oauth-authorization-server"
INTROSPECTION = "/oauth2/introspect"
REVOCATION = "/oauth2/revoke"
# `--token-format`.
TOKEN_FORMATS = ["jwt", "sealed"]
# `tls.resumption`.
RESUMPTION_MODES = ["store", "tickets"]
