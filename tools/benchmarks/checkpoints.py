"""Compares work on checkpoints with scripts that use h5py and NumPy, in alternating rounds. Prints Markdown tables.

usage: checkpoints.py BNTOOL DRIVER [--only ROWS ...] [--rounds N] [--mebibytes N] [--folder FOLDER]

Times of bntool are of whole processes. Loading, mapping and verifying run inside the process of DRIVER. Times of a peer are of functions
in this process, so the start of Python and its imports do not count. A time includes writing to the disk, not only to memory. All files
are in a temporary folder, which is deleted at the end.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import checkpoint_peers as peers
import numpy
import xxhash

HERE = Path(__file__).resolve().parent


def run(command, statuses=(0,)):
    """The wall time of one process."""
    null = os.open(os.devnull, os.O_WRONLY)
    silence = [(os.POSIX_SPAWN_DUP2, null, stream) for stream in (1, 2)]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=silence)
    _, status = os.waitpid(process, 0)
    wall = time.perf_counter() - start
    os.close(null)
    if os.waitstatus_to_exitcode(status) not in statuses:
        sys.exit(f"{' '.join(command)} failed")
    return wall


# Linux counts the memory of a process that starts another one as the other's, so a small process starts the measured one.
MEASURE_MEMORY = """
import os, resource, sys
if os.spawnvp(os.P_WAIT, sys.argv[1], sys.argv[1:]) != 0:
    sys.exit(1)
sys.stderr.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
"""


def peak_memory(command):
    """The peak memory in bytes of one process."""
    starter = [sys.executable, "-I", "-S", "-c", MEASURE_MEMORY, *command]
    done = subprocess.run(starter, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    return int(done.stderr.splitlines()[-1]) * 1024


class Programs:
    """The measured programs."""

    def __init__(self, bntool, driver):
        self.bntool = str(bntool)
        self.driver = subprocess.Popen([driver, "files"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def command(self, *arguments, statuses=(0,)):
        """Returns a function that runs bntool and returns the seconds that it took."""
        return lambda: run([self.bntool, *arguments], statuses)

    def memory(self, *arguments):
        """The peak memory of a command in bytes."""
        return peak_memory([self.bntool, *arguments])

    def inside(self, work, path):
        """Returns a function that lets the driver do some work and returns the seconds that it took."""

        def seconds():
            self.driver.stdin.write(f"{work} {path}\n")
            self.driver.stdin.flush()
            return float(self.driver.stdout.readline())

        return seconds


def timed(function):
    """Returns a function that calls the given function and returns the seconds that it took."""

    def seconds():
        start = time.perf_counter()
        result = function()
        wall = time.perf_counter() - start
        del result
        return wall

    return seconds


@dataclass
class Row:
    """Work, measured beside a peer. The goal is a ratio, or a time in seconds if there is no peer; None if there is no goal."""

    name: str
    ours: Callable[[], float]
    peer: Callable[[], float] | None
    goal: float | None


@dataclass
class Series:
    """The same work at several sizes, with the peak memory of each if it is known."""

    name: str
    sizes: list[tuple[float, Callable[[], float]]]
    memory: list[int] | None = None


def make(kind, *arguments):
    """Makes files in a separate process, so that this process stays small."""
    subprocess.run([sys.executable, HERE / "checkpoint_files.py", kind, *map(str, arguments)], check=True)


def pair_rows(programs, folder, steps):
    """Rows for 100,000 update pairs in four files, and for fewer pairs."""
    sizes = [12_500, 25_000, 50_000, 100_000] if not steps else [100_000]
    merges, averages = [], []
    for pairs in sizes:
        place = Path(folder, str(pairs))
        place.mkdir()
        make("pairs", place, 10, 16 if steps else 32, pairs // 10, 4, *([steps] if steps else []))
        inputs = [f"{place}/pairs-{number}.h5" for number in range(4)]
        model, out, other = f"{place}/model.h5", f"{place}/out.h5", f"{place}/peer.h5"
        merges.append((pairs, programs.command("merge", *inputs, "--output", out)))
        averages.append((pairs, programs.command("average-stats", *inputs, "--model", model, "--output", out)))
    kind = f", {steps} time steps" if steps else ""
    yield Row(f"merge 100,000 pairs{kind}", merges[-1][1], timed(lambda: peers.merge(other, *inputs)), 2)
    yield Row(
        f"average-stats of 100,000 pairs{kind}", averages[-1][1],
        timed(lambda: peers.average_stats(other, model, *inputs)), 2,
    )  # fmt: skip
    if not steps:
        yield Series("merge, by pairs", merges)
        yield Series("average-stats, by pairs", averages)


def collect_rows(programs, folder):
    """Rows for collecting 100,000 pairs: 10,000 minibatches of 16 examples in 10 normalized layers."""
    make("pairs", folder, 10, 32, 4, 4)
    model, out, other = (f"{folder}/{name}" for name in ("model.h5", "out.h5", "peer.h5"))
    numbers = numpy.random.default_rng(1).normal(size=(160_000, 32)).astype(numpy.float32)
    sizes = []
    for pairs in (25_000, 50_000, 100_000):
        data = f"{folder}/{pairs}.npy"
        numpy.save(data, numbers[: pairs * 16 // 10])
        sizes.append((pairs, programs.command("collect", model, data, "--batch-size", "16", "--output", out)))
    yield Row("collect 100,000 pairs", sizes[-1][1], timed(lambda: peers.collect(other, model, data, 16)), 2)
    yield Series("collect, by pairs", sizes)


def large_rows(programs, folder, mebibytes):
    """Rows for models of 256 MiB, or of the requested size, and for a model of four times this size."""
    layers = max(2, mebibytes // 64)
    inputs = [f"{folder}/{seed}.h5" for seed in range(8)]
    for seed, path in enumerate(inputs):
        make("model", path, layers, 4096, seed)
    out, other, packed, peer_packed = (f"{folder}/{name}.h5" for name in ("out", "peer", "packed", "peer-packed"))
    size = f"{64 * layers} MiB"
    probe = f"{folder}/probe"
    subprocess.run(["cc", "-O3", "-march=native", HERE / "probe.c", "-o", probe], check=True)

    def averages(count):
        return ["average", *inputs[:count], "--output", out]

    def least():
        text = subprocess.run([probe, other, *inputs], capture_output=True, text=True, check=True).stdout
        return float(text)

    yield Row(f"average 8 × {size}, beside a C program", programs.command(*averages(8)), least, 0.7)
    yield Row(
        f"average 8 × {size}, beside h5py", programs.command(*averages(8)), timed(lambda: peers.average(other, *inputs)), None
    )
    counts = (2, 4, 8)
    yield Series(
        "average, by checkpoints", [(count, programs.command(*averages(count))) for count in counts],
        [programs.memory(*averages(count)) for count in counts],
    )  # fmt: skip
    with_pairs = f"{folder}/pairs.h5"
    make("model", with_pairs, layers, 4096, 8, 64)
    yield Row(
        f"average-stats of {size}, 64 batches", programs.command("average-stats", with_pairs, "--output", out),
        timed(lambda: peers.average_stats(other, with_pairs, with_pairs)), 2,
    )  # fmt: skip
    compress = programs.command("repack", inputs[0], "--compress", "4", "--output", packed)
    yield Row(f"repack --compress 4 of {size}", compress, timed(lambda: peers.compress(peer_packed, inputs[0])), 6)
    yield Row(f"load the compressed {size}", programs.inside("load", packed), timed(lambda: peers.load(peer_packed)), 4)
    sizes = f"{os.path.getsize(packed) / 1e6:.1f} and {os.path.getsize(peer_packed) / 1e6:.1f} MB"
    print(f"compressed sizes: {sizes}", file=sys.stderr)
    for path in (*inputs[1:], with_pairs, packed, peer_packed, out, other):
        if os.path.exists(path):
            os.remove(path)
    yield from reading_rows(programs, folder, layers)


def reading_rows(programs, folder, layers):
    """Rows for loading, mapping and verifying a model of 1 GiB and smaller models."""
    paths = {}
    for count in (layers, 2 * layers, 4 * layers):
        paths[64 * count] = f"{folder}/{64 * count}.h5"
        make("model", paths[64 * count], count, 4096, 0)
    largest = paths[256 * layers]
    mapped = f"{folder}/mapped.safetensors"
    run([programs.bntool, "convert", largest, mapped])
    name = f"{256 * layers} MiB"
    yield Row(f"load {name}, beside read_direct", programs.inside("load", largest), timed(lambda: peers.load(largest)), 1.5)
    yield Row(
        f"map {name} and touch every page, beside safetensors", programs.inside("map", largest),
        timed(lambda: peers.touch(mapped)), 0.7,
    )  # fmt: skip
    yield Row(
        f"verify {name}, beside its digest", programs.inside("verify", largest), timed(lambda: digest(largest)), 1 / 1.3
    )
    for work in ("load", "map", "verify"):
        yield Series(f"{work}, by MiB", [(size, programs.inside(work, path)) for size, path in paths.items()])


def digest(path):
    """The digest of a file's bytes, read in blocks."""
    hasher = xxhash.xxh3_128()
    with open(path, "rb") as file:
        while block := file.read(1 << 18):
            hasher.update(block)
    return hasher.digest()


def many_rows(programs, folder):
    """Rows for the 10,000 tensors of a perceptron with 2,000 layers, and for smaller perceptrons."""
    series = {}
    for layers in (500, 1000, 2000):
        config, model, out = (f"{folder}/{layers}{name}" for name in (".json", ".h5", "-out.h5"))
        brick = {
            "type": "BatchNormalizedMLP",
            "dimensions": [16] * (layers + 1),
            "activations": [{"type": "Tanh"}] * layers,
            "weightsInitialization": {"isotropicGaussian": {"mean": 0, "standardDeviation": 0.1}},
        }
        Path(config).write_text(json.dumps({"brick": brick, "input": {"name": "features", "shape": [16]}}))
        commands = {
            "init": programs.command("init", config, "--seed", "1", "--output", model),
            "inspect": programs.command("inspect", model),
            "verify": programs.command("verify", model, statuses=(0, 1)),
            "repack": programs.command("repack", model, "--contiguous", "--output", out),
            "average of two": programs.command("average", model, model, "--output", out),
        }
        for name, command in commands.items():
            series.setdefault(name, []).append((5 * layers, command))
        commands["init"]()
    yield Row("10,000 tensors: inspect, beside h5ls", series["inspect"][-1][1], lambda: run(["h5ls", "-r", model]), 5)
    for name in ("init", "verify", "repack", "average of two"):
        yield Row(f"10,000 tensors: {name}", series[name][-1][1], None, 2)
    for name, sizes in series.items():
        yield Series(f"{name}, by tensors", sizes)


def small_rows(programs):
    """The row for a small file."""
    path = str(HERE.parents[1] / "fixtures/digits/snapshot-5.h5")
    yield Row("inspect a small file, beside h5ls", programs.command("inspect", path), lambda: run(["h5ls", "-r", path]), 1)


def measure(row, rounds):
    """Times a row and returns its line in the table."""
    row.ours()
    if row.peer:
        row.peer()
    ours, theirs = [], []
    for number in range(rounds):
        for mine in (True, False) if number % 2 == 0 else (False, True):
            if mine:
                ours.append(row.ours())
            elif row.peer:
                theirs.append(row.peer())
    own = statistics.median(ours)
    if not theirs:
        reach = "yes" if own <= row.goal else "no"
        return f"| {row.name} | {own:.3f} s | – | – | – | ≤ {row.goal:g} s | {reach} |"
    ratios = sorted(peer / mine for mine, peer in zip(ours, theirs, strict=True))
    peer = statistics.median(theirs)
    goal, reach = "–", "–"
    if row.goal is not None:
        goal, reach = f"≥ {row.goal:.2g}", "yes" if peer / own >= row.goal else "no"
    return (
        f"| {row.name} | {own:.3f} s | {peer:.3f} s | {peer / own:.2f} | {ratios[0]:.2f}–{ratios[-1]:.2f} "
        f"| {goal} | {reach} |"
    )


def grow(series, rounds):
    """Times a series and returns its line in the table. The slope is of log time over log size, so 1 is linear."""
    for _, work in series.sizes:
        work()
    times = [[work() for _, work in series.sizes] for _ in range(rounds)]
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    x = [math.log(size) for size, _ in series.sizes]
    y = [math.log(seconds) for seconds in medians]
    slope = numpy.polyfit(x, y, 1)[0]
    sizes = ", ".join(f"{size:,}" for size, _ in series.sizes)
    seconds = ", ".join(f"{value:.3f}" for value in medians)
    memory = ", ".join(f"{value / 1e6:.0f} MB" for value in series.memory or []) or "–"
    return f"| {series.name} | {sizes} | {seconds} | {slope:.2f} | {memory} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bntool", metavar="BNTOOL")
    parser.add_argument("driver", metavar="DRIVER")
    parser.add_argument("--only", action="append", choices=["small", "pairs", "steps", "collect", "large", "many"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--mebibytes", type=int, default=256, help="the size of a large model; 64 MiB a layer")
    parser.add_argument("--folder", help="where the temporary folder is made")
    options = parser.parse_args()
    programs = Programs(options.bntool, options.driver)
    groups = {
        "small": lambda folder: small_rows(programs),
        "pairs": lambda folder: pair_rows(programs, folder, None),
        "steps": lambda folder: pair_rows(programs, folder, 8),
        "collect": lambda folder: collect_rows(programs, folder),
        "large": lambda folder: large_rows(programs, folder, options.mebibytes),
        "many": lambda folder: many_rows(programs, folder),
    }
    print("| work | swift-bricks | peer | ratio | smallest to largest | goal | reached |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- |", flush=True)
    growth = []
    for name in options.only or groups:
        folder = tempfile.mkdtemp(prefix="bntool-benchmark-", dir=options.folder)
        try:
            for row in groups[name](folder):
                if isinstance(row, Row):
                    print(measure(row, options.rounds), flush=True)
                else:
                    growth.append(grow(row, min(options.rounds, 3)))
        finally:
            shutil.rmtree(folder)
    print("\nHow the time grows. A slope of 1 is linear.\n")
    print("| work, and what grows | sizes | seconds | slope | peak memory |")
    print("| --- | --- | --- | ---: | --- |")
    print("\n".join(growth))


if __name__ == "__main__":
    main()
