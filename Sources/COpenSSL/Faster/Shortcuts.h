// SPDX-License-Identifier: Apache-2.0
// Counters of the shortcuts.
#pragma once
#include "Faster.h"

// Counts for this thread that a shortcut was taken, or was missed.
void handfast_shortcut_taken(handfast_shortcut shortcut);
void handfast_shortcut_missed(handfast_shortcut shortcut);
