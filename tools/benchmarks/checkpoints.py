"""Compares bntool's work on checkpoints with scripts that use h5py and NumPy, in alternating rounds. Prints a Markdown table.

usage: checkpoints.py BNTOOL [--only ROWS ...] [--rounds N] [--mebibytes N] [--folder FOLDER]

A time of bntool is that of a whole process. A time of a peer is that of a function in this process, so the start of Python and its
imports do not count. Both leave their results on the disk. All files are in a temporary folder, which is deleted at the end.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import checkpoint_peers as peers
import h5py
import numpy
import xxhash

HERE = Path(__file__).resolve().parent


class Benchmark:
    """A row: the arguments of bntool, and the peer as a function without arguments, or None."""

    def __init__(self, name, arguments, peer, statuses=(0,)):
        self.name, self.arguments, self.peer, self.statuses = name, arguments, peer, statuses

    def seconds(self, bntool):
        """The wall time of one run."""
        null = os.open(os.devnull, os.O_WRONLY)
        silence = [(os.POSIX_SPAWN_DUP2, null, stream) for stream in (1, 2)]
        start = time.perf_counter()
        process = os.posix_spawn(bntool, [bntool, *self.arguments], os.environ, file_actions=silence)
        _, status = os.waitpid(process, 0)
        wall = time.perf_counter() - start
        os.close(null)
        if os.waitstatus_to_exitcode(status) not in self.statuses:
            sys.exit(f"bntool {' '.join(self.arguments)} failed")
        return wall

    def peer_seconds(self):
        start = time.perf_counter()
        result = self.peer()
        seconds = time.perf_counter() - start
        del result
        return seconds


def make(kind, *arguments):
    """Makes files in a separate process, so that this process stays small."""
    subprocess.run([sys.executable, HERE / "checkpoint_files.py", kind, *map(str, arguments)], check=True)


def pair_rows(folder, steps):
    """100,000 update pairs in four files."""
    make("pairs", folder, 10, 16 if steps else 32, 10_000, 4, *([steps] if steps else []))
    inputs = [f"{folder}/pairs-{number}.h5" for number in range(4)]
    model, out, other = f"{folder}/model.h5", f"{folder}/out.h5", f"{folder}/peer.h5"
    kind = f", {steps} time steps" if steps else ""
    yield Benchmark(
        f"merge 100,000 pairs{kind}", ["merge", *inputs, "--output", out], lambda: peers.merge(other, *inputs)
    )
    yield Benchmark(
        f"average-stats of 100,000 pairs{kind}",
        ["average-stats", *inputs, "--model", model, "--output", out],
        lambda: peers.average_stats(other, model, *inputs),
    )


def collect_rows(folder):
    """10,000 minibatches of 16 examples through 10 normalized layers: 100,000 pairs."""
    make("pairs", folder, 10, 32, 4, 4)
    model, data, out, other = (f"{folder}/{name}" for name in ("model.h5", "data.npy", "out.h5", "peer.h5"))
    numpy.save(data, numpy.random.default_rng(1).normal(size=(160_000, 32)).astype(numpy.float32))
    yield Benchmark(
        "collect 100,000 pairs",
        ["collect", model, data, "--batch-size", "16", "--output", out],
        lambda: peers.collect(other, model, data, 16),
    )


def large_rows(folder, mebibytes):
    """Models of 256 MiB, or of the requested size."""
    layers = max(2, mebibytes // 64)
    inputs = [f"{folder}/{seed}.h5" for seed in range(8)]
    for seed, path in enumerate(inputs):
        make("model", path, layers, 4096, seed)
    with_pairs = f"{folder}/pairs.h5"
    make("model", with_pairs, layers, 4096, 8, 64)
    out, other, packed, peer_packed = (
        f"{folder}/{name}.h5" for name in ("out", "peer", "packed", "peer-packed")
    )
    size = f"{64 * layers} MiB"
    yield Benchmark(
        f"average 8 × {size}", ["average", *inputs, "--output", out], lambda: peers.average(other, *inputs)
    )
    yield Benchmark(
        f"average-stats of {size}, 64 batches",
        ["average-stats", with_pairs, "--output", out],
        lambda: peers.average_stats(other, with_pairs, with_pairs),
    )
    # A command that reads the whole model and writes nothing.
    yield Benchmark(
        f"load {size} (rename --dry-run)",
        ["rename", inputs[0], "/mlp/linear_0", "/mlp/first", "--dry-run"],
        lambda: peers.load(inputs[0]),
    )
    yield Benchmark(f"verify {size}, beside its digest", ["verify", inputs[0]], lambda: digest(inputs[0]), (0, 1))
    yield Benchmark(
        f"repack --compress 4 of {size}",
        ["repack", inputs[0], "--compress", "4", "--output", packed],
        lambda: peers.compress(peer_packed, inputs[0]),
    )
    yield Benchmark(
        f"verify {size}, compressed, beside reading", ["verify", packed], lambda: peers.load(peer_packed), (0, 1)
    )


def digest(path):
    """The digest of a file's bytes, read in blocks."""
    hasher = xxhash.xxh3_128()
    with open(path, "rb") as file:
        while block := file.read(1 << 18):
            hasher.update(block)
    return hasher.digest()


def many_rows(folder):
    """10,000 tensors of a perceptron with 2,000 layers."""
    layers = 2000
    config, model, out = f"{folder}/config.json", f"{folder}/model.h5", f"{folder}/out.h5"
    brick = {
        "type": "BatchNormalizedMLP",
        "dimensions": [16] * (layers + 1),
        "activations": [{"type": "Tanh"}] * layers,
        "weightsInitialization": {"isotropicGaussian": {"mean": 0, "standardDeviation": 0.1}},
    }
    Path(config).write_text(json.dumps({"brick": brick, "input": {"name": "features", "shape": [16]}}))
    yield Benchmark("10,000 tensors: init", ["init", config, "--seed", "1", "--output", model], None)
    yield Benchmark("10,000 tensors: inspect", ["inspect", model], lambda: listing(model))
    yield Benchmark("10,000 tensors: verify", ["verify", model], None, (0, 1))
    yield Benchmark("10,000 tensors: repack", ["repack", model, "--contiguous", "--output", out], None)
    yield Benchmark("10,000 tensors: average of two", ["average", model, model, "--output", out], None)


def listing(path):
    """The names and shapes of all datasets."""
    with h5py.File(path) as file:
        return [file[name].shape for name in peers.datasets(file, "parameters", "statistics")]


def row(benchmark, bntool, rounds):
    """Times a benchmark and prints its row."""
    benchmark.seconds(bntool)
    if benchmark.peer:
        benchmark.peer_seconds()
    ours, theirs = [], []
    for number in range(rounds):
        for mine in (True, False) if number % 2 == 0 else (False, True):
            if mine:
                ours.append(benchmark.seconds(bntool))
            elif benchmark.peer:
                theirs.append(benchmark.peer_seconds())
    own = statistics.median(ours)
    cells = [f"{own:.3f} s", f"{min(ours):.3f}–{max(ours):.3f}"]
    if theirs:
        ratios = sorted(peer / mine for mine, peer in zip(ours, theirs, strict=True))
        peer = statistics.median(theirs)
        cells += [f"{peer:.3f} s", f"{peer / own:.2f}", f"{ratios[0]:.2f}–{ratios[-1]:.2f}"]
    else:
        cells += ["", "", ""]
    print(f"| {benchmark.name} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bntool", metavar="BNTOOL")
    parser.add_argument("--only", action="append", choices=["pairs", "steps", "collect", "large", "many"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--mebibytes", type=int, default=256, help="the size of a large model; 64 MiB a layer")
    parser.add_argument("--folder", help="where the temporary folder is made")
    options = parser.parse_args()
    groups = {
        "pairs": lambda folder: pair_rows(folder, None),
        "steps": lambda folder: pair_rows(folder, 8),
        "collect": collect_rows,
        "large": lambda folder: large_rows(folder, options.mebibytes),
        "many": many_rows,
    }
    print("| work | bntool | least to greatest | peer | ratio | least to greatest |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in options.only or groups:
        folder = tempfile.mkdtemp(prefix="bntool-benchmark-", dir=options.folder)
        try:
            for benchmark in groups[name](folder):
                row(benchmark, options.bntool, options.rounds)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
