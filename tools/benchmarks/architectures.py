"""Compares inference of torchvision's architectures with onnxruntime, in alternating rounds, with the geometric mean of the ratios.

usage: architectures.py DRIVER BNTOOL [--model NAME…] [--batch N…] [--rounds N] [--threads N] [--folder FOLDER]

The models have random weights and random statistics. PyTorch's exporter writes them as ONNX, and `bntool convert` as checkpoints.
"""

import argparse
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import torch
from inference import Peer
from onnx_zoo import MODELS, export, network
from rounds import Ours, ratio_and_row

BATCHES = (1, 16)


def size(name):
    """The rows and columns of the images that an architecture is made for."""
    return 299 if name == "inception_v3" else 224


def prepare(name, folder, bntool):
    """Writes a model as ONNX and as a checkpoint, unless an earlier run wrote them. Returns whether the peer has a file."""
    path = folder / f"{name}.onnx"
    if not path.exists():
        export(network(name), torch.zeros(2, 3, size(name), size(name)), "torchscript", path)
    if not path.with_suffix(".h5").exists():
        subprocess.run([bntool, "convert", "-q", path, path.with_suffix(".h5")], check=True, stdout=subprocess.DEVNULL)
    return True


def compare(name, shape, folder, arguments):
    """Prints a row of the table for images of a shape and returns the ratio."""
    batch_size = shape[0]
    images = numpy.random.default_rng(batch_size).normal(size=shape).astype(numpy.float32)
    path, result = folder / "batch.npy", folder / "output.npy"
    numpy.save(path, images)
    ours = Ours(arguments.driver, folder / f"{name}.h5", [path], arguments.threads)
    peer = Peer(folder / f"{name}.onnx", images, arguments.threads)
    result.unlink(missing_ok=True)
    expected = peer.output()
    difference = numpy.abs(ours.output(result) - expected).max() / max(1, numpy.abs(expected).max())
    if not difference < 1e-3:
        sys.exit(f"{name}, batch {batch_size}: outputs differ by {difference}")
    ratio, row = ratio_and_row(ours.seconds, [peer.seconds], arguments.rounds)
    ours.close()
    print(f"| {name}, batch {batch_size} | {row} | {difference:.0e} |", flush=True)
    return ratio


def run(description, models, prepare, shape):
    """Parses the arguments, prepares the models and prints the table.

    `shape` returns the extents of one image for the name of a model.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("driver")
    parser.add_argument("bntool")
    parser.add_argument("--model", nargs="*", choices=models, default=models)
    parser.add_argument("--batch", nargs="*", type=int, default=BATCHES)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", help="the folder where the models are kept for the next run")
    arguments = parser.parse_args()
    print("| network | swift-bricks | onnxruntime | ratio | smallest to largest | difference |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments.folder or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        names = [name for name in arguments.model if prepare(name, folder, arguments.bntool)]
        for batch_size in arguments.batch:
            ratios = [compare(name, (batch_size, *shape(name)), folder, arguments) for name in names]
            mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
            print(f"| **geometric mean, batch {batch_size}** | | | **{mean:.2f}** | {min(ratios):.2f}–{max(ratios):.2f} | |", flush=True)


if __name__ == "__main__":
    run(__doc__.splitlines()[0], list(MODELS), prepare, lambda name: (3, size(name), size(name)))
