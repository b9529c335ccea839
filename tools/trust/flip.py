"""Flips every bit of a file, and cuts it at every length.

Each damage is reported by verify and by loading, or changes no content. If only the names of axes change, loading does not notice it.
"""

import itertools
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import h5py

from .scenario import FIXTURES, ROOT

sys.path.insert(0, str(ROOT / "tools" / "python"))
import swift_bricks  # noqa: E402

# The small files are tortured completely, the large ones by samples.
SMALL = ["valid/spatial-normalization.h5", "valid/update-pairs.h5"]
LARGE = ["digits/snapshot-5.h5", "digits-over-time/rows.h5", "edram/reduced.h5"]
VERIFIED, LOADED, VERIFIED_OBJECT, LOADED_OBJECT = 1, 2, 4, 8


def content(path):
    """Everything that an independent reader finds in a checkpoint, except the names of axes."""
    checkpoint = swift_bricks.read(path)
    with h5py.File(path) as file:
        producer = dict(file.attrs.items()).get("producer")
    tensors = [(tensor.path, tensor.values.dtype.str, tensor.values.shape, tensor.values.tobytes(),
                {name: value for name, value in vars(tensor).items() if name != "values"}) for tensor in checkpoint.tensors]
    rest = {name: value for name, value in vars(checkpoint).items() if name not in ("tensors", "findings")}
    return repr((tensors, rest, producer))


def axes(path):
    """The names that dimension scales give to axes. No reader of checkpoints uses them, but other programs do."""
    with h5py.File(path) as file:
        found = []
        file.visititems(lambda name, thing: found.append((name, [[scale.name for scale in axis.values()] for axis in thing.dims]))
                        if isinstance(thing, h5py.Dataset) else None)
    return found


def difference(read, path, expected):
    """Says what differs for an independent reader; None if nothing differs."""
    try:
        return None if read(path) == expected else "the content changed"
    except Exception as error:  # h5py raises many types for damaged files
        return f"other readers fail: {type(error).__name__}: {error}"


def letters(driver, kind, file, scratch, first, end):
    """Yields the driver's letter for each damage as a number; None if the damage ended the process by a signal."""
    while first < end:
        outcome = subprocess.run(
            [driver, kind, str(file), str(scratch), str(first), str(end)], capture_output=True)
        for letter in outcome.stdout:
            yield letter - ord("A")
        first += len(outcome.stdout)
        if first < end:
            if outcome.returncode >= 0:
                raise SystemExit(f"torture-driver fails: {outcome.stderr.decode()}")
            yield None
            first += 1


def examine(task):
    """Damages one part of a file. Returns counts and problems."""
    driver, kind, file, first, end, folder = task
    scratch = pathlib.Path(folder) / f"{kind}-{first}.h5"
    original = file.read_bytes()
    expected, expected_axes = content(file), axes(file)
    counts, problems = Counter(), []
    for number, letter in zip(itertools.count(first), letters(driver, kind, file, scratch, first, end)):
        name = f"bit {number % 8} of byte {number // 8}" if kind == "flip" else f"cut to {end - 1 - (number - first)} bytes"
        if letter is None:
            counts["ended by a signal"] += 1
            problems.append(f"{name}: the process ended by a signal")
        elif letter & VERIFIED and letter & LOADED:
            named = letter & VERIFIED_OBJECT and letter & LOADED_OBJECT
            counts["reported with the object" if named else "reported for the file"] += 1
        elif kind == "cut":
            counts["silent"] += 1
            problems.append(f"{name}: not reported")
        else:
            damaged = bytearray(original)
            damaged[number // 8] ^= 1 << number % 8
            scratch.write_bytes(damaged)
            change, renaming = difference(content, scratch, expected), difference(axes, scratch, expected_axes)
            if change is None and renaming and letter & VERIFIED and letter & VERIFIED_OBJECT:
                counts["names of axes, reported by verify"] += 1
            elif change or renaming:
                counts["silent"] += 1
                reporters = "verify" if letter & VERIFIED else "loading" if letter & LOADED else "nothing"
                problems.append(f"{name}: {reporters} reports it, but {change or f'names of axes: {renaming}'}")
            else:
                counts["without effect"] += 1
    scratch.unlink(missing_ok=True)
    return counts, problems


def tasks(options, folder, generator):
    driver = str(options.driver.resolve())
    for name in SMALL:
        file = FIXTURES / name
        size = file.stat().st_size
        if options.sample is None:
            for first in range(0, size * 8, 4096):
                yield name, (driver, "flip", file, first, min(first + 4096, size * 8), folder)
            for first in range(0, size, 4096):
                # The lengths end at size - 1: a cut to the full length changes nothing.
                yield name, (driver, "cut", file, first, min(first + 4096, size), folder)
        else:
            for kind, count in (("flip", size * 8), ("cut", size)):
                first = generator.randrange(count - options.sample)
                yield name, (driver, kind, file, first, first + options.sample, folder)
    for name in [] if options.small else LARGE:
        file = FIXTURES / name
        for number in range(options.large):
            first = generator.randrange(file.stat().st_size * 8 - 8)
            yield name, (driver, "flip", file, first, first + 8, folder)


def main(options):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    memory = pathlib.Path("/dev/shm")
    damage_count, problem_count = 0, 0
    with tempfile.TemporaryDirectory(prefix="torture-", dir=memory if memory.is_dir() else None) as folder:
        with ProcessPoolExecutor(options.jobs) as pool:
            work = list(tasks(options, folder, random.Random(options.seed)))
            results = zip(work, pool.map(examine, [task for _, task in work]))
            for (name, kind), group in itertools.groupby(results, lambda result: (result[0][0], result[0][1][1])):
                total = Counter()
                for _, (counts, problems) in group:
                    total.update(counts)
                    problem_count += len(problems)
                    for problem in problems[:5]:
                        print(f"{name}: {problem}", flush=True)
                kinds = ", ".join(f"{count} {what}" for what, count in sorted(total.items()))
                print(f"{name}: {sum(total.values())} {'flipped bits' if kind == 'flip' else 'truncations'}: {kinds}", flush=True)
                damage_count += sum(total.values())
    print(f"{damage_count} damages, {problem_count} violations")
    return 1 if problem_count else 0
