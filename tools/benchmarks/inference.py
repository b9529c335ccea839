"""Compares inference of three networks with onnxruntime, in alternating rounds on one thread.

usage: inference.py DRIVER [--rounds N] [--threads N]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
import onnxruntime
from inference_models import BENCHMARKS


class Ours:
    """The driver, a process that runs the model on request."""

    def __init__(self, driver, model, batches, threads):
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            [driver, model, *batches], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def seconds(self, count):
        return float(self.ask(count))

    def output(self, path):
        self.ask(path)
        return numpy.load(path)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


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
        start = time.perf_counter()
        for _ in range(count):
            self.session.run(None, self.inputs)
        return time.perf_counter() - start


def ratio_and_row(ours, peer, rounds):
    """The ratio, and the cells of a row: both medians, their ratio and its spread.

    A function returns the seconds of a number of calls.
    """
    # A round takes at least a twentieth of a second.
    count = max(1, round(0.05 / peer(3) * 3))
    ours(count), peer(count)
    pairs = [(ours(count) / count, peer(count) / count) for _ in range(rounds)]
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratios = sorted(other / own for own, other in pairs)
    row = f"{mine * 1e3:.3f} ms | {theirs * 1e3:.3f} ms | {theirs / mine:.2f} | {ratios[0]:.2f}–{ratios[-1]:.2f}"
    return theirs / mine, row


def timed(ours, peer, rounds):
    """The cells of a row, as `ratio_and_row` makes them."""
    return ratio_and_row(ours, peer, rounds)[1]


def compare(benchmark, size, folder, arguments):
    batch = numpy.random.default_rng(size).normal(size=(size, *benchmark.example)).astype(numpy.float32)
    path = folder / "batch.npy"
    numpy.save(path, batch)
    ours = Ours(arguments.driver, folder / f"{benchmark.name}.h5", [path], arguments.threads)
    peer = Peer(folder / f"{benchmark.name}.onnx", batch, arguments.threads)
    result = folder / "output.npy"
    result.unlink(missing_ok=True)
    difference = numpy.abs(ours.output(result) - peer.output()).max()
    if not difference < 1e-3:
        sys.exit(f"{benchmark.name}, batch {size}: outputs differ by {difference}")
    row = timed(ours.seconds, peer.seconds, arguments.rounds)
    ours.close()
    print(f"| {benchmark.name}, batch {size} | {row} | {difference:.0e} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("driver")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    print("| network | swift-bricks | onnxruntime | ratio | smallest to largest | difference |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for benchmark in BENCHMARKS:
            benchmark.write(Path(folder))
            for size in benchmark.batches:
                compare(benchmark, size, Path(folder), arguments)


if __name__ == "__main__":
    main()
