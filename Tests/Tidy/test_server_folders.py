# SPDX-License-Identifier: Apache-2.0
"""Server's folders use each other in one direction: each only those before it in a list.

Server is one module, in which the compiler checks no floors. A use is a type of one folder that a
file of another one names; calls of members, which may stand in extensions, are not looked for.
"""

import re
from pathlib import Path

from tree import BARE, report

HOME = "Sources/Server/"
# The files beside the folders put the parts together: they may use every folder, and none uses
# them.
TOP = ""
FOLDERS = ["Logging", "Certificates", "Configuration", TOP]

KIND = r"(?:struct|class|enum|protocol|actor|typealias)"
# Types of a file's own level are those that other files can name alone.
OUTERMOST = re.compile(rf"^(?:[\w()]+ )*{KIND}\s+(\w+)", re.M)
ANY = re.compile(rf"\b{KIND}\s+(\w+)")
# A module may have the name of a type.
IMPORT = re.compile(r"^\w+ import \w+$", re.M)


def folder_of(name):
    parts = Path(name.removeprefix(HOME)).parts
    return parts[0] if len(parts) > 1 else TOP


def uses(files):
    """Each file with the types of other folders that it names: (file, folder, type, its folder)."""
    home = {
        found: folder_of(name) for name, text in files.items() for found in OUTERMOST.findall(text)
    }
    return [
        (name, folder_of(name), word, home[word])
        for name, text in files.items()
        for word in sorted(set(re.findall(r"(?<!\.)\b[A-Z]\w*", text)) - set(ANY.findall(text)))
        if word in home and home[word] != folder_of(name)
    ]


def upward(files, folders):
    return [
        f"{name}: {folder or 'Server'} may not use {word} of {used or 'the files above it'}"
        for name, folder, word, used in uses(files)
        if folders.index(used) > folders.index(folder)
    ]


FILES = {
    name: IMPORT.sub("", text)
    for name, text in BARE.items()
    if re.match(rf"{HOME}.*\.swift$", name)
}


def test_folders_use_only_those_before_them():
    report(upward(FILES, FOLDERS))


def test_the_list_has_every_folder_and_no_other():
    assert sorted({folder_of(name) for name in FILES}) == sorted(FOLDERS)


def test_a_use_is_seen_where_a_file_names_a_type_of_another_folder():
    made = {
        f"{HOME}Store/Rows.swift": "struct Rows {\n    enum Kind { case a }\n}",
        f"{HOME}Wire/Frame.swift": "final class Frame {\n    var rows: Rows?\n}",
        f"{HOME}Wire/Own.swift": "enum Own {\n    struct Rows {}\n    let rows: Rows\n}",
        f"{HOME}Wire/Member.swift": "let kind = other.Rows()\nenum Kind {}\nlet one: Kind",
        f"{HOME}Server.swift": "struct Server { var frame: Frame }",
        f"{HOME}Wire/Ring.swift": "func serve(_ server: Server) {}",
    }
    assert uses(made) == [
        (f"{HOME}Wire/Frame.swift", "Wire", "Rows", "Store"),
        (f"{HOME}Server.swift", TOP, "Frame", "Wire"),
        (f"{HOME}Wire/Ring.swift", "Wire", "Server", TOP),
    ]
    ring = f"{HOME}Wire/Ring.swift: Wire may not use Server of the files above it"
    assert upward(made, ["Store", "Wire", TOP]) == [ring]
    frame = f"{HOME}Wire/Frame.swift: Wire may not use Rows of Store"
    assert upward(made, ["Wire", "Store", TOP]) == [frame, ring]
