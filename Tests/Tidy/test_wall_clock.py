# SPDX-License-Identifier: Apache-2.0
"""No file but Reactor's WallClock asks the machine for the time of day.

A test or a load target turns the clock that is handed in; whoever asks the machine would go by
another time than the rest. `Clock` is the monotonic one, for deadlines.
"""

import re

import pytest
from tree import BARE, TEXT, report

ASKING = re.compile(
    r"handfast_wall_\w+|\bCLOCK_REALTIME\w*|\bclock_gettime\b|\btimespec_get\b|\bgettimeofday\b"
    # libc's time(): Swift has methods of that name, with other arguments.
    r"|(?<![.\w])time\((?=\s*(?:nil|NULL|0|&\s*\w+)\s*\))"
    # OpenSSL's: the last two take NULL for now.
    r"|\bX509_cmp_current_time\b|\bX509_gmtime_adj\b|\bX509_time_adj(?:_ex)?\([^;]*?NULL\s*\)"
    r"|\bASN1_TIME_diff\([^;]*?NULL|\bASN1_TIME_cmp_time_t\b"
    r"|(?<![.\w])Date\(\)|\bDate\.now\b|\btimeIntervalSinceNow\b"
)
# SQLite's, which stand in strings.
ASKING_SQL = re.compile(r"\bCURRENT_(?:TIMESTAMP|TIME|DATE)\b|\bunixepoch\(|'now'|\bstrftime\(")

# How often each may stand in a file, with the reason.
MAY = {
    ("Sources/Reactor/WallClock.swift", "handfast_wall_seconds"): (1, "the clock itself"),
    ("Sources/Reactor/WallClock.swift", "handfast_wall_milliseconds"): (1, "the clock itself"),
    ("Sources/CLinux/CLinux.c", "handfast_wall_seconds"): (1, "what the clock calls"),
    ("Sources/CLinux/CLinux.c", "handfast_wall_milliseconds"): (1, "what the clock calls"),
    ("Sources/CLinux/CLinux.c", "CLOCK_REALTIME"): (2, "what the clock calls"),
    ("Sources/CLinux/CLinux.c", "clock_gettime"): (1, "of the clocks above, and monotonic ones"),
    ("Sources/CLinux/include/CLinux.h", "handfast_wall_seconds"): (1, "their declarations"),
    ("Sources/CLinux/include/CLinux.h", "handfast_wall_milliseconds"): (1, "their declarations"),
    ("Sources/CLinux/Lock.c", "clock_gettime"): (1, "the monotonic clock, for a wait that ends"),
    ("Sources/COpenSSL/Callbacks.c", "ASN1_TIME_diff"): (
        1,
        "libssl ends sessions by a time of its own; requests look at the certificate again",
    ),
}


def asked(name):
    """Counts of the calls in a file that read the machine's clock."""
    found = [match[0] for match in ASKING.finditer(BARE[name])]
    found += [match[0] for match in ASKING_SQL.finditer(TEXT[name])]
    words = [re.match(r"[\w.']+", text)[0] for text in found]
    return {word: words.count(word) for word in words}


SOURCES = [name for name in BARE if name.startswith("Sources/")]


def test_no_file_asks_the_machine_for_the_time_of_day():
    report(
        [
            f"{name}: {word} stands {count} times: the time is a WallClock's, handed in"
            for name in SOURCES
            for word, count in asked(name).items()
            if count > MAY.get((name, word), (0,))[0]
        ]
    )


def test_the_list_has_nothing_that_is_gone():
    report(
        [
            f"{name}: {word} may stand {count} times, and does not"
            for (name, word), (count, _) in MAY.items()
            if name not in BARE or asked(name).get(word, 0) != count
        ]
    )


@pytest.mark.parametrize(
    "text",
    [
        "handfast_wall_seconds()",
        "clock_gettime(CLOCK_REALTIME, &t)",
        "time(nil)",
        "time(NULL)",
        "time( &now )",
        "gettimeofday(&t, NULL)",
        "X509_gmtime_adj(a, -300)",
        "X509_time_adj_ex(X509_getm_notAfter(c), days, 0, NULL)",
        "ASN1_TIME_diff(&days, &seconds, NULL, time)",
        "let now = Date()",
        "Date.now",
    ],
)
def test_a_question_is_seen(text):
    assert ASKING.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "clock.seconds",
        "Clock.milliseconds",
        "time(record.notBefore)",
        "X509_time_adj_ex(a, days, 0, &from)",
        "ASN1_TIME_diff(&days, &seconds, from, to)",
        "DateField()",
        "steady.time(nil)",
    ],
)
def test_what_is_no_question_is_not(text):
    assert not ASKING.search(text)


def test_a_question_to_sqlite_is_seen():
    assert ASKING_SQL.search("DEFAULT CURRENT_TIMESTAMP") and ASKING_SQL.search("unixepoch('now')")
    assert not ASKING_SQL.search("WHERE until < :now")
