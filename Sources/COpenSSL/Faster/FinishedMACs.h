// SPDX-License-Identifier: Apache-2.0
// The MACs of Finished messages.
#pragma once

// Has them made here from now on. Call once, when the slim provider is loaded, before other threads run.
void handfast_finished_macs_begin(void);
