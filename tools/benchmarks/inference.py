"""Compares inference of three networks with onnxruntime and PyTorch, in alternating rounds on one thread.

usage: inference.py DRIVER [--rounds N] [--threads N]
"""

import statistics
import sys
import tempfile
from pathlib import Path

import numpy
import onnxruntime
import rounds
import torch
import torch_networks
from inference_models import BENCHMARKS
from rounds import Ours, parser, random_batch, ratio_and_row, show_heading
from torch_peer import CompiledPeer, TorchPeer


class Peer:
    """onnxruntime with all its optimizations."""

    def __init__(self, model, batch, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.inputs = {self.session.get_inputs()[0].name: batch}

    def output(self):
        return self.session.run(None, self.inputs)[0]

    def seconds(self, count):
        return rounds.seconds(count, self.output)


def products(benchmark, size, arguments):
    """The time that PyTorch takes for the matrix products of the network alone; a dash for a network of convolutions."""
    if not benchmark.products:
        return "–"
    work = []
    for rows, inner, columns, count in benchmark.products:
        # Each product has its own matrix, as in the network.
        for _ in range(count if inner * columns > 1 << 16 else 1):
            numbers, matrix = torch.randn(rows * size, inner), torch.randn(inner, columns)
            times = 1 if inner * columns > 1 << 16 else count
            work += [(numbers, matrix, torch.empty(rows * size, columns))] * times

    def multiply():
        for numbers, matrix, result in work:
            torch.mm(numbers, matrix, out=result)

    count = max(1, round(0.05 / rounds.seconds(3, multiply) * 3))
    return f"{statistics.median(rounds.seconds(count, multiply) / count for _ in range(arguments.rounds)) * 1e3:.3f} ms"


def compare(benchmark, size, folder, arguments):
    """Prints a row of the table."""
    batch, path = random_batch(folder, (size, *benchmark.example))
    checkpoint = folder / f"{benchmark.name}.h5"
    ours = Ours(arguments.driver, checkpoint, [path], arguments.threads)
    network = torch_networks.load(benchmark.name, checkpoint)
    peers = [
        Peer(folder / f"{benchmark.name}.onnx", batch, arguments.threads),
        TorchPeer(network, batch),
        CompiledPeer(network, batch),
    ]
    result = folder / "output.npy"
    result.unlink(missing_ok=True)
    output = ours.output(result)
    difference = max(float(numpy.abs(output - peer.output()).max()) for peer in peers)
    if not difference < 1e-3:
        sys.exit(f"{benchmark.name}, batch {size}: outputs differ by {difference}")
    _, row = ratio_and_row(ours.seconds, [peer.seconds for peer in peers], arguments.rounds)
    ours.close()
    alone = products(benchmark, size, arguments)
    print(f"| {benchmark.name}, batch {size} | {row} | {difference:.0e} | {alone} |", flush=True)


def main():
    arguments = parser(__doc__).parse_args()
    torch.set_num_threads(arguments.threads)
    show_heading("network", ["onnxruntime", "PyTorch", "PyTorch, compiled"], "difference", "products alone")
    with tempfile.TemporaryDirectory() as folder:
        for benchmark in BENCHMARKS:
            benchmark.write(Path(folder))
            for size in benchmark.batches:
                compare(benchmark, size, Path(folder), arguments)


if __name__ == "__main__":
    main()
