#pragma once
#include "Session.h"

/// Takes over the caller's reference; 0 when it does not.
int handfast_session_store_insert(handfast_session_store *store, SSL_SESSION *session);
/// A reference that the caller owns, or NULL.
SSL_SESSION *handfast_session_store_find(handfast_session_store *store, const uint8_t *id, size_t length);
