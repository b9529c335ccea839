"""The libraries of the package and their symbol graphs."""

import functools
import json
import pathlib
import re
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


def indexed() -> set[str]:
    """The libraries whose documentation the Swift Package Index shows."""
    return set(re.findall(r"^ +- (\w+)$", (ROOT / ".spi.yml").read_text(), re.M))


def symbol_graphs(library: str, folder: pathlib.Path) -> pathlib.Path:
    """A folder with the symbol graphs of a library that was built for debugging: its own symbols, and its extensions of other modules.

    This reads the built module, which takes a fraction of a second. `swift package dump-symbol-graph` would build everything again.
    """
    folder.mkdir(parents=True)
    built = ROOT / ".build/debug"
    maps = [*ROOT.glob("Sources/*/module.modulemap"), *built.glob("*.build/module.modulemap")]
    command = ["swift-symbolgraph-extract", "-module-name", library, "-target", target(), "-I", str(built / "Modules"),
               "-output-dir", str(folder), "-minimum-access-level", "public", "-skip-synthesized-members",
               "-emit-extension-block-symbols", *header_folders()]
    for path in maps:
        command += ["-Xcc", f"-fmodule-map-file={path}"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise SystemExit(f"the symbols of {library} could not be read: {finished.stdout}{finished.stderr}")
    return folder


@functools.cache
def target() -> str:
    """The target of the build, such as x86_64-unknown-linux-gnu."""
    return json.loads(subprocess.check_output(["swift", "-print-target-info"]))["target"]["unversionedTriple"]


@functools.cache
def header_folders() -> list[str]:
    """The options of the C compiler for the headers of HDF5."""
    for name in ("hdf5", "hdf5-serial"):
        found = subprocess.run(["pkg-config", "--cflags-only-I", name], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return found.stdout.split()
    return []
