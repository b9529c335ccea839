"""Averages the parameters of checkpoints with h5py and NumPy, like a user's own script: block by block, summed in double
precision, into a file with the same datasets. It checks no digests and writes none.

    average_peer.py OUTPUT INPUT…
    average_peer.py --compare FILE FILE
"""
import os
import sys

import h5py
import numpy

BLOCK = 1 << 20


def datasets(file):
    """The paths of parameters and statistics."""
    paths = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and item.attrs.get("CLASS") != b"DIMENSION_SCALE":
            paths.append(name)

    for root in ("parameters", "statistics"):
        file[root].visititems(lambda name, item, root=root: visit(f"{root}/{name}", item))
    return paths


def average(output, inputs):
    files = [h5py.File(path) for path in inputs]
    with h5py.File(output, "w") as result:
        for path in datasets(files[-1]):
            last = files[-1][path]
            target = result.create_dataset(path, last.shape, last.dtype)
            if not path.startswith("parameters/") or last.dtype.kind != "f":
                target[()] = last[()]
                continue
            rows = max(1, BLOCK * last.shape[0] // max(last.size, 1))
            block = numpy.empty((rows, *last.shape[1:]), last.dtype)
            total = numpy.empty(block.shape, numpy.float64)
            for start in range(0, last.shape[0], rows):
                count = min(rows, last.shape[0] - start)
                part, sums = block[:count], total[:count]
                sums[:] = 0
                for file in files:
                    file[path].read_direct(part, numpy.s_[start : start + count])
                    sums += part
                sums /= len(files)
                target[start : start + count] = sums
    # The same as in bntool: a file is written when it is on the disk.
    with open(output, "rb+") as written:
        os.fsync(written.fileno())


def compare(left, right):
    with h5py.File(left) as first, h5py.File(right) as second:
        return all(
            numpy.array_equal(first[path][()], second[path][()])
            for path in datasets(first)
            if path.startswith("parameters/")
        )


if __name__ == "__main__":
    if sys.argv[1] == "--compare":
        sys.exit(0 if compare(*sys.argv[2:]) else 1)
    average(sys.argv[1], sys.argv[2:])
