// SPDX-License-Identifier: Apache-2.0
// Functions of libcrypto that libssl calls by name and finds here.
#pragma once

// Remembers the derivations that the slim provider offers. Call once, when it is loaded, before other threads run.
void handfast_interposed_begin(void);
