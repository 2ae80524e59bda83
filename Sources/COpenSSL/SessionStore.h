// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "Session.h"

/// Takes over the caller's reference to a session that takes so many bytes; 0 when it does not.
int handfast_session_store_insert(handfast_session_store *store, SSL_SESSION *session, size_t bytes);
/// A reference that the caller owns, and the bytes that it was put in with; or NULL.
SSL_SESSION *handfast_session_store_find(handfast_session_store *store, const uint8_t *id, size_t length, size_t *bytes);
