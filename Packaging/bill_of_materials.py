# SPDX-License-Identifier: Apache-2.0
"""Writes the bill of materials of a Debian package as SPDX 2.3 JSON, for script/package.

usage: bill_of_materials.py --program FILE --package FILE.deb --resolved Package.resolved

The program is the one before its symbols were taken out: they tell which Swift packages are in it.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

# A module of each Swift package that is linked where the package is.
MODULES = {
    "swift-argument-parser": "ArgumentParser",
    "swift-log": "Logging",
    "hdrhistogram-swift": "Histogram",
    "swift-numerics": "RealModule",
}
# Libraries that the program loads when it needs them, by the names under which it asks for them.
LOADED = ("libcurl.so.4", "libpq.so.5")
UNKNOWN = "NOASSERTION"


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def element(name, version, place, purpose="LIBRARY", license_declared=UNKNOWN, reference=None):
    """A package of SPDX, without the analysis of its files."""
    made = {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name),
        "name": name,
        "versionInfo": version,
        "downloadLocation": place,
        "filesAnalyzed": False,
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": license_declared,
        "copyrightText": UNKNOWN,
        "primaryPackagePurpose": purpose,
    }
    if reference:
        made["externalRefs"] = [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": reference,
            }
        ]
    return made


def debian_release():
    lines = Path("/etc/os-release").read_text().splitlines()
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    return f"{fields['ID']}-{fields['VERSION_ID']}".replace('"', "")


def debian(path):
    """The Debian package that a library on this machine is from."""
    for spelling in (path, "/usr" + path, os.path.realpath(path)):
        found = subprocess.run(["dpkg-query", "-S", spelling], capture_output=True, text=True)
        # Lines about diversions (dpkg-divert) stand before those of packages.
        owners = [
            line.split(": ")[0]
            for line in found.stdout.splitlines()
            if not line.startswith("diversion by ")
        ]
        if owners:
            break
    else:
        raise SystemExit(f"{path} belongs to no Debian package")
    owner = owners[0]
    form = "${Package}\t${Version}\t${Architecture}"
    name, version, architecture = said("dpkg-query", "-W", "-f", form, owner).split("\t")
    escaped = version.replace(":", "%3A").replace("+", "%2B")
    reference = (
        f"pkg:deb/debian/{name}@{escaped}?arch={architecture}&distro={debian_release()}"
    )
    return element(name, version, UNKNOWN, reference=reference)


def linked(program):
    """The paths of the libraries that the loader gives the program; Swift's own are in it."""
    found = re.findall(r"=> (/\S+)", said("ldd", program)) + re.findall(
        r"^\s*(/\S+) \(", said("ldd", program), re.M
    )
    return [path for path in found if "/swift/" not in path]


def loaded():
    cached = said("/sbin/ldconfig", "-p")
    for name in LOADED:
        if found := re.search(rf"^\s*{re.escape(name)} .*x86-64.* => (\S+)$", cached, re.M):
            yield found[1]


def swift_packages(program, resolved):
    """The pins of Package.resolved whose modules have symbols in the program."""
    symbols = said("nm", program)
    for pin in json.loads(resolved.read_text())["pins"]:
        identity, state = pin["identity"], pin["state"]
        if identity not in MODULES:
            raise SystemExit(f"{identity}: bill_of_materials.py knows no module of it")
        module = MODULES[identity]
        if f"$s{len(module)}{module}" not in symbols:
            continue
        version = state.get("version", state["revision"])
        place = pin["location"].removeprefix("https://").removesuffix(".git")
        yield element(
            identity, version, f"git+{pin['location']}@{state['revision']}",
            license_declared="Apache-2.0", reference=f"pkg:swift/{place}@{version}",
        )  # fmt: skip


def swift_runtime(program):
    """Swift's standard library and runtime, whose release the compiler has written down."""
    found = re.search(rb"Swift version (\S+) \((swift[\w.-]+)", program.read_bytes())
    if not found:
        raise SystemExit(f"{program} does not say by which Swift it was made")
    version, tag = found[1].decode(), found[2].decode()
    place = f"git+https://github.com/swiftlang/swift@{tag}"
    return element(
        "swift", version, place, license_declared="Apache-2.0 WITH Swift-exception",
        reference=f"pkg:github/swiftlang/swift@{tag}",
    )  # fmt: skip


def bill(program, package, resolved):
    fields = said("dpkg-deb", "-f", package, "Package", "Version").splitlines()
    name, version = (line.partition(": ")[2] for line in fields)
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    moment = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    whole = element(name, version, UNKNOWN, "INSTALL", "Apache-2.0")
    whole["packageFileName"] = package.name
    whole["checksums"] = [{"algorithm": "SHA256", "checksumValue": digest}]
    parts = [(one, "STATIC_LINK") for one in (*swift_packages(program, resolved),)]
    parts.append((swift_runtime(program), "STATIC_LINK"))
    by_loader = {one["name"]: one for one in map(debian, linked(program))}
    parts += [(one, "DYNAMIC_LINK") for _, one in sorted(by_loader.items())]
    for one in map(debian, loaded()):
        if one["name"] not in by_loader:
            parts.append((one, "OPTIONAL_DEPENDENCY_OF"))
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", whole["SPDXID"])]
    for one, relation in parts:
        ends = (whole["SPDXID"], relation, one["SPDXID"])
        relations.append(ends[::-1] if relation.endswith("_OF") else ends)
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": package.name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{package.stem}-{digest[:32]}",
        "creationInfo": {
            "created": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: handfast-script-package"],
        },
        "packages": [whole, *(one for one, _ in parts)],
        "relationships": [
            {"spdxElementId": first, "relationshipType": relation, "relatedSpdxElement": second}
            for first, relation, second in relations
        ],
    }


def main():
    parser = argparse.ArgumentParser()
    for option in ("--program", "--package", "--resolved"):
        parser.add_argument(option, type=Path, required=True)
    given = parser.parse_args()
    json.dump(bill(given.program, given.package, given.resolved), sys.stdout, indent=2)
    print()


main()
