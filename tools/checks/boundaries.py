"""Checks that each target declares the targets that it imports, and imports those that it declares.

SwiftPM lets a target import whatever was built before it, so an import that Package.swift does not name works on some machines only.
"""

import json
import pathlib
import re
import subprocess
import sys

IMPORT = re.compile(r"^(?:@\w+(?:\([^)]*\))? |public |package |internal )*import (?:struct |enum |class |func )?(\w+)", re.M)


def problems() -> list[str]:
    """The imports that are not declared and the declarations that are not imported, as sentences."""
    description = json.loads(subprocess.check_output(["swift", "package", "describe", "--type", "json"]))
    targets = {target["name"]: target for target in description["targets"]}
    found = []
    for name, target in targets.items():
        sources = [pathlib.Path(target["path"]) / source for source in target["sources"] if source.endswith(".swift")]
        imported = {module for source in sources for module in IMPORT.findall(source.read_text())} & set(targets)
        declared = set(target.get("target_dependencies", []))
        found += [f"{name} imports {module} without declaring it" for module in sorted(imported - declared - {name})]
        # Tests that start a program need it to be built, and do not import it.
        unused = {module for module in declared - imported if targets[module]["type"] != "executable"}
        found += [f"{name} declares {module} without importing it" for module in sorted(unused)]
    return found


if __name__ == "__main__":
    for problem in (found := problems()):
        print(problem)
    sys.exit(1 if found else 0)
