# SPDX-License-Identifier: Apache-2.0
"""Which of Server's folders use which: a frozen list that may become shorter, and never longer.

Server is one module, in which the compiler checks no floors. A use is a type of one folder that a
file of another one names; calls of members, which may stand in extensions, are not looked for.
"""

import re
from collections import defaultdict
from pathlib import Path

from test_tidy import BARE, report

HOME = "Sources/Server/"
# The files beside the folders put the parts together: they may use every folder, and none uses
# them.
TOP = ""

# A ring is among these: Logging and Configuration use each other. A type that is not used any more
# leaves the list in the same change.
USES = {
    ("Configuration", "Logging"): {"LogFormat", "LogText"},
    ("Logging", "Configuration"): {"Limits"},
    ("State", "Configuration"): {
        "CertificatePairProblem", "CertificatePairReport", "ServerConfiguration",
    },
}  # fmt: skip

KIND = r"(?:struct|class|enum|protocol|actor|typealias)"
# Types of a file's own level are those that other files can name alone.
OUTERMOST = re.compile(rf"^(?:[\w()]+ )*{KIND}\s+(\w+)", re.M)
ANY = re.compile(rf"\b{KIND}\s+(\w+)")


def folder_of(name):
    parts = Path(name.removeprefix(HOME)).parts
    return parts[0] if len(parts) > 1 else TOP


def uses(files):
    """(folder, used folder) to the types, each with a file that names it."""
    home = {
        found: folder_of(name) for name, text in files.items() for found in OUTERMOST.findall(text)
    }
    found = defaultdict(dict)
    for name, text in files.items():
        for word in set(re.findall(r"(?<!\.)\b[A-Z]\w*", text)) - set(ANY.findall(text)):
            if word in home and home[word] != folder_of(name):
                found[folder_of(name), home[word]][word] = name
    return found


# A module may have the name of a type.
FILES = {
    name: re.sub(r"^\w+ import \w+$", "", text, flags=re.M)
    for name, text in BARE.items() if re.match(rf"{HOME}.*\.swift$", name)
}  # fmt: skip


def test_no_folder_uses_more_of_another_than_it_did():
    report(
        [
            f"{name}: {folder} did not use {word} of {used or 'the files above it'} before"
            for (folder, used), words in uses(FILES).items()
            if folder != TOP
            for word, name in sorted(words.items())
            if word not in USES.get((folder, used), set())
        ]
    )


def test_the_list_has_no_use_that_is_gone():
    found = uses(FILES)
    report(
        [
            f"USES: {folder} does not use {word} of {used} any more"
            for (folder, used), words in USES.items()
            for word in sorted(words - set(found.get((folder, used), {})))
        ]
    )


def test_a_use_is_seen_where_a_file_names_a_type_of_another_folder():
    made = {
        f"{HOME}Store/Rows.swift": "struct Rows {\n    enum Kind { case a }\n}",
        f"{HOME}Wire/Frame.swift": "final class Frame {\n    var rows: Rows?\n}",
        f"{HOME}Wire/Own.swift": "enum Own {\n    struct Rows {}\n    let rows: Rows\n}",
        f"{HOME}Wire/Member.swift": "let kind = other.Rows()\nenum Kind {}\nlet one: Kind",
        f"{HOME}Server.swift": "struct Server { var frame: Frame }",
        f"{HOME}Wire/Ring.swift": "func serve(_ server: Server) {}",
    }
    assert uses(made) == {
        ("Wire", "Store"): {"Rows": f"{HOME}Wire/Frame.swift"},
        ("", "Wire"): {"Frame": f"{HOME}Server.swift"},
        ("Wire", ""): {"Server": f"{HOME}Wire/Ring.swift"},
    }


def test_there_are_folders_to_look_at():
    folders = {folder_of(name) for name in FILES}
    assert {folder for pair in USES for folder in pair} | {TOP} == folders
