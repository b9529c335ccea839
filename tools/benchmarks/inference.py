"""Compares inference of three networks with onnxruntime, in alternating rounds on one thread.

usage: inference.py DRIVER [--rounds N] [--threads N]
"""

import sys
import tempfile
from pathlib import Path

import numpy
import onnxruntime
import rounds
from inference_models import BENCHMARKS
from rounds import Ours, parser, random_batch, show_heading, timed


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


def compare(benchmark, size, folder, arguments):
    batch, path = random_batch(folder, (size, *benchmark.example))
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
    arguments = parser(__doc__).parse_args()
    show_heading("network", "onnxruntime", "difference")
    with tempfile.TemporaryDirectory() as folder:
        for benchmark in BENCHMARKS:
            benchmark.write(Path(folder))
            for size in benchmark.batches:
                compare(benchmark, size, Path(folder), arguments)


if __name__ == "__main__":
    main()
