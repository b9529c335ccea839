"""Checks that NumPy computes from a checkpoint's graph what the model computed.

    python tools/checks/check_outputs.py MODEL VALUES SHAPES

VALUES is JSON, {"inputs": {name: numbers}, "outputs": {name: numbers}}; SHAPES {"inputs": {name: extents}}. Exits with 1 if the
error of a number exceeds 1e-12 (1e-5 in single precision) of 1 plus the number's magnitude.
"""

import json
import pathlib
import sys

import numpy
from swift_bricks import read, run


def main(model: str, values: str, shapes: str) -> None:
    checkpoint = read(model)
    values, shapes = (json.loads(pathlib.Path(path).read_text()) for path in (values, shapes))
    inputs = {name: numpy.reshape(numbers, shapes["inputs"][name]) for name, numbers in values["inputs"].items()}
    outputs = run(checkpoint, inputs)
    if outputs.keys() != values["outputs"].keys():
        sys.exit(f"other outputs: {sorted(outputs)}")
    for name, computed in outputs.items():
        expected = numpy.array(values["outputs"][name])
        tolerance = 1e-5 if computed.dtype == numpy.float32 else 1e-12
        distance = numpy.max(numpy.abs(computed.ravel() - expected) / (1 + numpy.abs(expected)), initial=0)
        if not distance <= tolerance:
            sys.exit(f"{name} is off by {distance}")


if __name__ == "__main__":
    main(*sys.argv[1:])
