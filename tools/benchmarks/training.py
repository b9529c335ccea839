"""Compares passes in training mode, for the statistics of minibatches, with PyTorch without gradients, in alternating rounds.

usage: training.py DRIVER BNTOOL [--rounds N] [--threads N]

The last row is a whole process of BNTOOL beside torch.optim.swa_utils.update_bn, without the start of Python.
"""

import os
import subprocess
import tempfile
from pathlib import Path

import numpy
import torch
from inference_models import BENCHMARKS
from rounds import Ours, parser, random_batch, seconds, show_heading, timed
from torch.optim.swa_utils import update_bn
from torch_networks import NETWORKS
from torch_peer import TorchPeer

SIZES = {"mlp": 64, "convolutions": 64, "lstm": 64}


def compare(benchmark, folder, arguments):
    """Prints a row of the table."""
    size = SIZES[benchmark.name]
    batch, path = random_batch(folder, (size, *benchmark.example))
    ours = Ours(arguments.driver, folder / f"{benchmark.name}.h5", [path], arguments.threads)
    peer = TorchPeer(NETWORKS[benchmark.name]().train(), batch)
    row = timed(lambda count: ours.seconds(f"observe {count}"), peer.seconds, arguments.rounds)
    ours.close()
    print(f"| {benchmark.name}, batch {size} | {row} |", flush=True)


def recalibrate(benchmark, folder, arguments, count=1000, size=64):
    """Prints the row of a recalibration."""
    images = numpy.random.default_rng(count).normal(size=(count, *benchmark.example)).astype(numpy.float32)
    data = folder / "images.npy"
    numpy.save(data, images)
    command = [arguments.bntool, "recalibrate", folder / f"{benchmark.name}.h5", data]
    command += ["--batch-size", str(size), "--output", folder / "recalibrated.h5"]
    environment = os.environ | {"OMP_NUM_THREADS": str(arguments.threads)}
    network = NETWORKS[benchmark.name]()
    batches = torch.from_numpy(images).split(size)

    def ours(count):
        return seconds(count, lambda: subprocess.run(command, check=True, capture_output=True, env=environment))

    def peer(count):
        return seconds(count, lambda: update_bn(batches, network))

    row = timed(ours, peer, arguments.rounds)
    print(f"| recalibrate {benchmark.name}, {count:,} examples | {row} |", flush=True)


def main():
    options = parser(__doc__)
    options.add_argument("bntool")
    arguments = options.parse_args()
    torch.set_num_threads(arguments.threads)
    show_heading("pass in training mode", ["PyTorch"])
    with tempfile.TemporaryDirectory() as folder:
        for benchmark in BENCHMARKS:
            benchmark.write(Path(folder))
            compare(benchmark, Path(folder), arguments)
        for benchmark in BENCHMARKS:
            if benchmark.name == "convolutions":
                recalibrate(benchmark, Path(folder), arguments)


if __name__ == "__main__":
    main()
