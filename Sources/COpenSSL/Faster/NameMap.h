// SPDX-License-Identifier: Apache-2.0
// The names by which OpenSSL finds algorithms.
#pragma once

// Fills the default context's map of names while OpenSSL's table of legacy names is still empty, and the table after it.
// Call once, before anything else uses OpenSSL; later it changes nothing.
void handfast_name_map_keep_small(void);
