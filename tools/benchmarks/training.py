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
from torch import nn
from torch_peer import TorchPeer
from torch.optim.swa_utils import update_bn

SIZES = {"mlp": 64, "convolutions": 64, "lstm": 64}


def _normalization(kind, channels):
    # Without momentum, PyTorch averages all batches, as in torch.optim.swa_utils.update_bn.
    return kind(channels, momentum=None)


def perceptron():
    """A perceptron with layers of 784, 1024, 1024, 1024 and 10 units, and tanh."""
    widths, layers = [784, 1024, 1024, 1024, 10], []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:], strict=False)):
        layers += [nn.Linear(inputs, outputs, bias=False), _normalization(nn.BatchNorm1d, outputs)]
        layers += [nn.Tanh()] if i < 3 else []
    return nn.Sequential(*layers)


def convolutions():
    """Six convolutions of 3×3, each normalized and rectified, then the mean of each channel, then ten classes."""
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
    show_heading("pass in training mode", "PyTorch")
    with tempfile.TemporaryDirectory() as folder:
        for benchmark in BENCHMARKS:
            benchmark.write(Path(folder))
            compare(benchmark, Path(folder), arguments)
        for benchmark in BENCHMARKS:
            if benchmark.name == "convolutions":
                recalibrate(benchmark, Path(folder), arguments)


if __name__ == "__main__":
    main()
