"""The libraries of the package and their symbol graphs."""

import json
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def libraries() -> dict[str, pathlib.Path]:
    """The catalogue of each library product by name. A library comes after those that it imports."""
    description = json.loads(
        subprocess.check_output(["swift", "package", "describe", "--type", "json"], cwd=ROOT, stderr=subprocess.DEVNULL))
    targets = {target["name"]: target for target in description["targets"]}
    products = [product["name"] for product in description["products"] if "library" in product["type"]]
    found: dict[str, pathlib.Path] = {}

    def visit(name: str) -> None:
        for dependency in targets[name].get("target_dependencies", []):
            visit(dependency)
        if name in products:
            found.setdefault(name, ROOT / targets[name]["path"] / f"{name}.docc")

    for name in products:
        visit(name)
    return found


def symbol_graphs(library: str, folder: pathlib.Path) -> pathlib.Path:
    """A folder with only the symbol graphs of a library: its own symbols, and its extensions of other modules."""
    dumped = ROOT / ".build" / "debug" / ".." / "symbolgraph"
    folder.mkdir(parents=True)
    for path in [dumped / f"{library}.symbols.json", *dumped.glob(f"{library}@*.symbols.json")]:
        shutil.copy(path, folder)
    return folder
