"""Compares passes in training mode, for the statistics of minibatches, with PyTorch without gradients, in alternating rounds.

usage: training.py DRIVER BNTOOL [--rounds N] [--threads N]

The last row is a whole process of BNTOOL beside torch.optim.swa_utils.update_bn, without the start of Python.
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy
import torch
from inference import Ours, timed
from inference_models import BENCHMARKS
from torch import nn
from torch.optim.swa_utils import update_bn

SIZES = {"mlp": 64, "convolutions": 64, "lstm": 64}


def _normalization(kind, channels):
    # Without momentum, PyTorch averages all batches, as in torch.optim.swa_utils.update_bn.
    return kind(channels, momentum=None)


def perceptron():
    """784-1024-1024-1024-10, tanh."""
    widths, layers = [784, 1024, 1024, 1024, 10], []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:], strict=False)):
        layers += [nn.Linear(inputs, outputs, bias=False), _normalization(nn.BatchNorm1d, outputs)]
        layers += [nn.Tanh()] if i < 3 else []
    return nn.Sequential(*layers)


def convolutions():
    """Six convolutions of 3×3, each normalized and rectified; the mean; ten classes."""
    layers, channels = [], 3
    for filters, stride in [(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1)]:
        layers.append(nn.Conv2d(channels, filters, 3, stride=stride, padding=1, bias=False))
        layers += [_normalization(nn.BatchNorm2d, filters), nn.ReLU()]
        channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


class Recurrent(nn.Module):
    """The batch-normalized LSTM of arXiv 1603.09025 with statistics per step, in its fastest form: one product for all inputs."""

    def __init__(self, steps=28, features=28, units=100):
        super().__init__()
        self.inputs = nn.Linear(features, 4 * units, bias=False)
        self.states = nn.Linear(units, 4 * units)
        self.output = nn.Linear(units, 10)
        terms = (("of_input", 4 * units), ("of_state", 4 * units), ("of_cells", units))
        for name, count in terms:
            norms = [_normalization(nn.BatchNorm1d, count) for _ in range(steps)]
            setattr(self, name, nn.ModuleList(norms))
        self.initial_state = nn.Parameter(torch.randn(units))

    def forward(self, x):
        from_input = self.inputs(x)
        state = self.initial_state.expand(x.shape[0], -1)
        cells = state
        for step in range(x.shape[1]):
            gates = self.of_input[step](from_input[:, step]) + self.of_state[step](self.states(state))
            into, forget, candidate, out = gates.chunk(4, 1)
            cells = torch.sigmoid(forget) * cells + torch.sigmoid(into) * torch.tanh(candidate)
            state = torch.sigmoid(out) * torch.tanh(self.of_cells[step](cells))
        return self.output(state)


NETWORKS = {"mlp": perceptron, "convolutions": convolutions, "lstm": Recurrent}


class Peer:
    """A network of PyTorch in training mode, without gradients."""

    def __init__(self, name, batch):
        self.network = NETWORKS[name]().train()
        self.batch = torch.from_numpy(batch)

    def seconds(self, count):
        with torch.no_grad():
            start = time.perf_counter()
            for _ in range(count):
                self.network(self.batch)
            return time.perf_counter() - start


def compare(benchmark, folder, arguments):
    """Prints a row of the table."""
    size = SIZES[benchmark.name]
    batch = numpy.random.default_rng(size).normal(size=(size, *benchmark.example)).astype(numpy.float32)
    path = folder / "batch.npy"
    numpy.save(path, batch)
    ours = Ours(arguments.driver, folder / f"{benchmark.name}.h5", [path], arguments.threads)
    peer = Peer(benchmark.name, batch)
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

    def ours(rounds):
        start = time.perf_counter()
        for _ in range(rounds):
            subprocess.run(command, check=True, capture_output=True, env=environment)
        return time.perf_counter() - start

    def peer(rounds):
        start = time.perf_counter()
        for _ in range(rounds):
            update_bn(batches, network)
        return time.perf_counter() - start

    row = timed(ours, peer, arguments.rounds)
    print(f"| recalibrate {benchmark.name}, {count:,} examples | {row} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("driver")
    parser.add_argument("bntool")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print("| pass in training mode | swift-bricks | PyTorch | ratio | smallest to largest |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for benchmark in BENCHMARKS:
            benchmark.write(Path(folder))
            compare(benchmark, Path(folder), arguments)
        for benchmark in BENCHMARKS:
            if benchmark.name == "convolutions":
                recalibrate(benchmark, Path(folder), arguments)


if __name__ == "__main__":
    main()
