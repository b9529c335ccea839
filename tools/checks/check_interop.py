"""Checks that other programs read the checkpoints that swift-bricks writes: h5py, h5dump, and xarray through h5netcdf and netCDF4.

    python tools/checks/check_interop.py FILE…

Prints what was checked and exits with 1 if a file was misread. Says "skipped" and exits with 0 if h5py or xarray is missing.
A missing h5dump or engine is skipped alone.
"""

import importlib.util
import shutil
import subprocess
import sys
from typing import Any

NEEDED = ["h5py", "jsonschema", "numpy", "swift_bricks", "xarray", "xxhash"]
ENGINES = {"h5netcdf": "h5netcdf", "netcdf4": "netCDF4"}


def check_reader(path: str) -> list[str]:
    """The independent reader accepts the file, and the graph runs."""
    import swift_bricks

    verification = swift_bricks.verify(path)
    print(verification)
    return list(verification.problems)


def check_h5dump(path: str) -> list[str]:
    """h5dump shows every tensor."""
    if shutil.which("h5dump") is None:
        print("  h5dump: skipped, not installed")
        return []
    import swift_bricks

    run = subprocess.run(["h5dump", "-n", "1", path], capture_output=True, text=True)
    header = subprocess.run(["h5dump", "-H", path], capture_output=True, text=True)
    problems = [f"h5dump fails: {result.stderr.strip()}" for result in (run, header) if result.returncode or result.stderr]
    missing = [tensor.path for tensor in swift_bricks.read(path).tensors if tensor.path not in run.stdout]
    print("  h5dump: read")
    return problems + [f"h5dump does not show {name}" for name in missing]


def check_xarray(path: str, engine: str) -> list[str]:
    """xarray opens every group, with the axes' names as dimensions, and the values that h5py reads."""
    if importlib.util.find_spec(ENGINES[engine]) is None:
        print(f"  xarray with {engine}: skipped, not installed")
        return []
    import numpy
    import swift_bricks
    import xarray

    problems, count = [], 0
    for tensor in swift_bricks.read(path).tensors:
        group, name = tensor.path.rsplit("/", 1)
        with xarray.open_dataset(path, engine=engine, group=group, mask_and_scale=False) as dataset:
            if name not in dataset.variables:
                problems.append(f"xarray with {engine} does not show {tensor.path}")
                continue
            variable = dataset.variables[name]
            if not numpy.array_equal(variable.values, tensor.values):
                problems.append(f"xarray with {engine} reads other values of {tensor.path}")
            if not dimensions_fit(variable, tensor):
                problems.append(f"{tensor.path}: dimensions {variable.dims} in xarray with {engine}, axes {tensor.axes}")
            count += 1
    print(f"  xarray with {engine}: {count} tensors with named dimensions")
    return problems


def dimensions_fit(variable: Any, tensor: Any) -> bool:
    """Whether each dimension has the axis's name, possibly followed by `_` and the extent."""
    if len(variable.dims) != len(tensor.axes):
        return False
    for name, axis, extent in zip(variable.dims, tensor.axes, variable.shape):
        if name not in (axis, f"{axis}_{extent}"):
            return False
    return True


def main(paths: list[str]) -> int:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(f"skipped: Python lacks {', '.join(missing)}")
        return 0
    problems = []
    for path in paths:
        found = check_reader(path)
        if not found:
            found = check_h5dump(path)
            for engine in ENGINES:
                found += check_xarray(path, engine)
        problems += [f"{path}: {problem}" for problem in found]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
