// SPDX-License-Identifier: Apache-2.0
// The derivations of the slim provider, found once.
#pragma once

// Looks TLS's two derivations up in the default context and keeps them. Call once, when the slim provider is loaded, before
// other threads run.
void handfast_known_derivations_begin(void);
