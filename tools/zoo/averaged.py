"""Compares averaged update pairs with the statistics that a framework computes for the same batch."""

import pathlib
import subprocess
from collections.abc import Mapping
from typing import Any

import h5py
import numpy

# The mean, the biased variance and epsilon of the normalization of each brick.
Statistics = Mapping[str, tuple[Any, Any, float]]


def difference(bntool: str, model: pathlib.Path, images: pathlib.Path, folder: pathlib.Path, expected: Statistics) -> float:
    """The `distance` between expected statistics and those that `bntool collect` and `average-stats` compute."""
    pairs, averaged = folder / "pairs.h5", folder / "averaged.h5"
    count = len(numpy.load(images, mmap_mode="r"))
    for command in (
        ["collect", model, images, "--batch-size", count, "--output", pairs],
        ["average-stats", pairs, "--model", model, "--output", averaged],
    ):
        result = subprocess.run([bntool, *map(str, command)], capture_output=True, text=True)
        if result.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    with h5py.File(averaged) as file:
        found = {}
        for brick, (_, _, epsilon) in expected.items():
            group = file[f"statistics{brick}"]
            mean, deviation = (numpy.asarray(group[f"population_{name}"], float).reshape(-1) for name in ("mean", "stdev"))
            found[brick] = (mean, deviation**2 - epsilon, epsilon)
    for path in (pairs, averaged):
        path.unlink()
    return distance(found, expected)


def distance(found: Statistics, expected: Statistics) -> float:
    """The largest difference of statistics: of means in units of the expected deviation, and of deviations relative to it."""
    largest = 0.0
    for brick, (mean, variance, epsilon) in expected.items():
        deviation = numpy.sqrt(numpy.asarray(variance, float) + epsilon)
        shift = (numpy.asarray(found[brick][0], float) - mean) / deviation
        ratio = numpy.sqrt(numpy.asarray(found[brick][1], float) + epsilon) / deviation - 1
        # Python's max() can lose a NaN.
        largest = float(numpy.max([largest, numpy.abs(shift).max(), numpy.abs(ratio).max()]))
    return largest
