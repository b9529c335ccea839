"""Adds files to fixtures/compatibility, and never changes one: python tools/trust/freeze.py FILE…

Prints the lines for the table in CompatibilityTests.swift. The values in expected.json are read by h5py. With --plain OUTPUT a file is first
copied object by object, with the default bounds of h5py's HDF5 library.
"""

import hashlib
import json
import pathlib
import sys

import h5py

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "compatibility"
ROOTS = ("parameters", "statistics", "persistent", "updates")


def values(path):
    """The elements of all tensors, as JSON numbers that are exact."""
    tensors = {}

    def visit(name, node):
        if isinstance(node, h5py.Dataset) and name.split("/")[0] in ROOTS and "CLASS" not in node.attrs:
            if node.dtype.kind in "fi" and node.id.get_type().get_size() == node.dtype.itemsize:
                tensors[f"/{name}"] = [str(value) for value in node.astype("f8" if node.dtype.kind == "f" else "i8")[()].ravel().tolist()]

    with h5py.File(path) as file:
        file.visititems(visit)
    return tensors


def copy_plainly(source, target):
    """Copies every object with the library's defaults."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        for name, value in old.attrs.items():
            new.attrs[name] = value

        def visit(name, node):
            if isinstance(node, h5py.Group):
                created = new.require_group(name)
            elif "CLASS" in node.attrs:
                return
            else:
                created = new.create_dataset(name, data=node[()], dtype=node.dtype)
            for key, value in node.attrs.items():
                if key not in ("DIMENSION_LIST", "REFERENCE_LIST"):
                    created.attrs[key] = value

        old.visititems(visit)


def main(words):
    if words[0] == "--plain":
        copy_plainly(words[2], words[1])
        return
    expected = json.loads((FOLDER / "expected.json").read_text()) if (FOLDER / "expected.json").exists() else {}
    for path in map(pathlib.Path, words):
        if path.name in expected:
            sys.exit(f"{path.name} is frozen and must not change; give the new file another name")
        expected[path.name] = values(path)
        print(f'  "{path.name}": "{hashlib.sha256(path.read_bytes()).hexdigest()}",')
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


main(sys.argv[1:])
