// SPDX-License-Identifier: Apache-2.0
#include "Shortcuts.h"

#include <openssl/crypto.h>

#include "Library.h"

// The first version of OpenSSL with which a shortcut gains less than 1 % (README.md); 0 where none is known.
static const unsigned long useless_from[HANDFAST_SHORTCUTS_COUNT] = {
    [HANDFAST_SMALL_NAME_MAP] = 0x30500000,
    [HANDFAST_FINISHED_MACS] = 0x30500000,
};

static int is_switched_off[HANDFAST_SHORTCUTS_COUNT]; // written before other threads run, and never after
static _Thread_local unsigned long takings[HANDFAST_SHORTCUTS_COUNT], misses[HANDFAST_SHORTCUTS_COUNT];

void handfast_shortcut_switch_off(handfast_shortcut shortcut) { is_switched_off[shortcut] = 1; }

int handfast_shortcut_is_on(handfast_shortcut shortcut) {
    if (is_switched_off[shortcut] || !handfast_library_is_tested()) return 0;
    // The library that runs may be newer than the headers that this was compiled with.
    return !useless_from[shortcut] || OpenSSL_version_num() < useless_from[shortcut];
}

void handfast_shortcut_taken(handfast_shortcut shortcut) { takings[shortcut]++; }
void handfast_shortcut_missed(handfast_shortcut shortcut) { misses[shortcut]++; }

void handfast_shortcut_counts(handfast_shortcut shortcut, unsigned long *taken, unsigned long *missed) {
    *taken = takings[shortcut];
    *missed = misses[shortcut];
}
