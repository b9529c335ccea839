"""The rows of the table of checkpoints: the work, its peer and its goal, on files in a temporary folder."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import checkpoint_peers as peers
import numpy
import torch
import torch_networks
import xxhash
from inference_models import write_mlp
from programs import run, timed

HERE = Path(__file__).resolve().parent


@dataclass
class Row:
    """Work, measured beside a peer. The goal is a ratio, or a time in seconds if there is no peer; None if there is no goal.

    `least` is the part of the work that cannot be left out, as a C program.
    """

    name: str
    ours: Callable[[], float]
    peer: Callable[[], float] | None
    goal: float | None
    least: Callable[[], float] | None = None


@dataclass
class Series:
    """The same work at several sizes, with the peak memory of each if it is known."""

    name: str
    sizes: list[tuple[float, Callable[[], float]]]
    memory: list[int] | None = None


def compiled(name, folder):
    """Compiles a C program of this folder."""
    program = f"{folder}/{name}"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "hdf5"], capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["cc", "-O3", "-march=native", HERE / f"{name}.c", *flags, "-lpthread", "-o", program], check=True)
    return program


class Least:
    """The C program of the least work."""

    def __init__(self, folder):
        self.program = compiled("least", folder)

    def process(self, *arguments):
        """Returns a function that does some work in a new process, and returns the seconds of the process."""
        return lambda: run([self.program, *arguments])

    def inside(self, *arguments):
        """The same, with the seconds of the work alone."""

        def seconds():
            done = subprocess.run([self.program, *arguments], capture_output=True, text=True, check=True)
            return float(done.stdout)

        return seconds


def make(kind, *arguments):
    """Makes files in a separate process, so that this process stays small."""
    subprocess.run([sys.executable, HERE / "checkpoint_files.py", kind, *map(str, arguments)], check=True)


class Pairs:
    """A model with ten normalized layers and update pairs of it in four files, and the commands that merge and average them."""

    def __init__(self, programs, folder, pairs, width, steps=None):
        place = Path(folder, f"{pairs}-{steps}")
        place.mkdir()
        make("pairs", place, 10, width, pairs // 10, 4, *([steps] if steps else []))
        self.least = Least(place)
        self.inputs = [f"{place}/pairs-{number}.h5" for number in range(4)]
        self.model, out, self.other = f"{place}/model.h5", f"{place}/out.h5", f"{place}/peer.h5"
        self.merge = programs.command("merge", *self.inputs, "--output", out)
        self.average = programs.command("average-stats", *self.inputs, "--model", self.model, "--output", out)

    def rows(self, name):
        """A row for each of the two commands."""
        merge = timed(lambda: peers.merge(self.other, *self.inputs))
        average = timed(lambda: peers.average_stats(self.other, self.model, *self.inputs))
        return [
            Row(f"merge {name}", self.merge, merge, 2, self.least.process("join", self.other, *self.inputs)),
            Row(f"average-stats of {name}", self.average, average, 2),
        ]


def pair_rows(programs, folder):
    """Rows for 100,000 update pairs in four files, and for fewer pairs."""
    made = {count: Pairs(programs, folder, count, 32) for count in (12_500, 25_000, 50_000, 100_000)}
    yield from made[100_000].rows("100,000 pairs")
    yield Series("merge, by pairs", [(count, pairs.merge) for count, pairs in made.items()])
    yield Series("average-stats, by pairs", [(count, pairs.average) for count, pairs in made.items()])


def step_rows(programs, folder):
    """Rows for 100,000 update pairs with statistics per time step, and for fewer steps."""
    made = {steps: Pairs(programs, folder, 100_000, 16, steps) for steps in (1, 2, 4, 8)}
    yield from made[8].rows("100,000 pairs, 8 time steps")
    yield Series("merge, by time steps", [(steps, pairs.merge) for steps, pairs in made.items()])
    yield Series("average-stats, by time steps", [(steps, pairs.average) for steps, pairs in made.items()])


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
    probe, least = compiled("probe", folder), Least(folder)

    def averages(count):
        return ["average", *inputs[:count], "--output", out]

    def average():
        text = subprocess.run([probe, other, *inputs], capture_output=True, text=True, check=True).stdout
        return float(text)

    yield Row(f"average 8 × {size}, beside a C program", programs.command(*averages(8)), average, 0.7)
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
        timed(lambda: peers.average_stats(other, with_pairs, with_pairs)), 2, least.process("copy", with_pairs, other),
    )  # fmt: skip
    compress = programs.command("repack", inputs[0], "--compress", "4", "--output", packed)
    yield Row(f"repack --compress 4 of {size}", compress, timed(lambda: peers.compress(peer_packed, inputs[0])), 6)
    yield Row(f"load the compressed {size}", programs.inside("load", packed), timed(lambda: peers.load(peer_packed)), 4)
    yield from smaller_series(programs, folder, layers)
    sizes = f"{os.path.getsize(packed) / 1e6:.1f} and {os.path.getsize(peer_packed) / 1e6:.1f} MB"
    print(f"compressed sizes: {sizes}", file=sys.stderr)
    for path in (*inputs[1:], with_pairs, packed, peer_packed, out, other):
        if os.path.exists(path):
            os.remove(path)
    yield from reading_rows(programs, folder, layers, least)


def smaller_series(programs, folder, layers):
    """Series of average-stats, compressing and expanding for models of a quarter of the size, half of it and all of it."""
    averages, compressions, expansions = [], [], []
    for count in (layers // 4, layers // 2, layers):
        model, packed, out = (f"{folder}/{name}-{count}.h5" for name in ("part", "part-packed", "part-out"))
        make("model", model, count, 4096, 8, 64)
        compress = programs.command("repack", model, "--compress", "4", "--output", packed)
        compress()
        averages.append((64 * count, programs.command("average-stats", model, "--output", out)))
        compressions.append((64 * count, compress))
        expansions.append((64 * count, programs.inside("load", packed)))
    yield Series("average-stats with 64 batches, by MiB", averages)
    yield Series("repack --compress 4, by MiB", compressions)
    yield Series("load compressed, by MiB", expansions)


def reading_rows(programs, folder, layers, least):
    """Rows for loading, mapping and verifying a model of 1 GiB and smaller models."""
    paths = {}
    for count in (layers, 2 * layers, 4 * layers):
        paths[64 * count] = f"{folder}/{64 * count}.h5"
        make("model", paths[64 * count], count, 4096, 0)
    largest = paths[256 * layers]
    mapped = f"{folder}/mapped.safetensors"
    run([programs.bntool, "convert", largest, mapped])
    name = f"{256 * layers} MiB"
    yield Row(
        f"load {name}, beside read_direct", programs.inside("load", largest), timed(lambda: peers.load(largest)), 1.5,
        least.inside("load", largest),
    )  # fmt: skip
    yield Row(
        f"map {name} and touch every page, beside safetensors", programs.inside("map", largest),
        timed(lambda: peers.touch(mapped)), 0.7, least.inside("hash", largest),
    )  # fmt: skip
    yield Row(
        f"verify {name}, beside its digest", programs.inside("verify", largest), timed(lambda: digest(largest)), 1 / 1.3,
        least.inside("hash", largest),
    )  # fmt: skip
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
    least, many = Least(folder), compiled("many", folder)
    written = lambda: run([many, f"{folder}/many.h5", "2000"])  # noqa: E731
    opened = least.process("open", model)
    yield Row("10,000 tensors: inspect, beside h5ls", series["inspect"][-1][1], lambda: run(["h5ls", "-r", model]), 5, opened)
    for name, work in (("init", written), ("verify", None), ("repack", written), ("average of two", written)):
        yield Row(f"10,000 tensors: {name}", series[name][-1][1], None, 2, work)
    for name, sizes in series.items():
        yield Series(f"{name}, by tensors", sizes)


def small_rows(programs, folder):
    """The row for a small file."""
    path = str(HERE.parents[1] / "fixtures/digits/snapshot-5.h5")
    yield Row(
        "inspect a small file, beside h5ls", programs.command("inspect", path), lambda: run(["h5ls", "-r", path]), 1,
        Least(folder).process("open", path),
    )  # fmt: skip


def cold_rows(programs, folder):
    """Rows for a new process that loads a perceptron of 12 MB and runs one example, and for smaller and larger perceptrons."""
    series = []
    for width in (256, 512, 1024, 2048):
        place = Path(folder, str(width))
        place.mkdir()
        write_mlp(place, width)
        example = f"{place}/example.npy"
        numpy.save(example, numpy.zeros((1, 784), numpy.float32))
        size = round(os.path.getsize(place / "mlp.h5") / 1e6, 1)
        series.append((size, programs.command("run", f"{place}/mlp.h5", example, "--output", f"{place}/out.npy")))
    place = Path(folder, "1024")
    torch.save(torch_networks.load("mlp", place / "mlp.h5").state_dict(), place / "mlp.pt")
    series[2][1]()
    for peer, goal in (("onnxruntime", 6.2), ("PyTorch", 53), ("h5py and NumPy", 5.2)):
        script = [sys.executable, str(HERE / "cold_peers.py"), peer.split()[0].lower(), str(place)]
        run(script)
        difference = numpy.abs(numpy.load(place / "out.npy") - numpy.load(place / "peer.npy")).max()
        if not difference < 1e-4:
            sys.exit(f"one example: outputs differ from those of {peer} by {difference}")
        yield Row(f"new process, 12 MB, one example, beside {peer}", series[2][1], lambda script=script: run(script), goal)
    yield Series("new process, by MB", series)
