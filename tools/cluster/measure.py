#!/usr/bin/env python3
"""Measures the memory and the processor time of bntool merge and bntool average-stats for many shards and many pairs.

python3 tools/cluster/measure.py [--bntool PROGRAM] [--shards COUNT…] [--pairs COUNT…]

Prints a table for tools/cluster/README.md. Peak memory is the greatest resident set, as the system counts it (ru_maxrss).
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from test_data import write_data

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command: str) -> tuple[float, float, float]:
    """Runs a program: its peak memory in MB, its processor time and its time in seconds."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, errors.decode()
    return usage.ru_maxrss / 1000, usage.ru_utime + usage.ru_stime, time.monotonic() - started


def collect(bntool: str, folder: pathlib.Path, pairs: int, shards: int) -> list[str]:
    """Writes the shards of a pass with a number of batches of two examples."""
    data = folder / f"x-{pairs}.npy"
    if not data.exists():
        write_data(str(data), 2 * pairs)
    files = [str(folder / f"{pairs}-{number}-of-{shards}.h5") for number in range(1, shards + 1)]
    for number, file in enumerate(files, 1):
        run(bntool, "collect", str(ROOT / "fixtures/digits/snapshot-5.h5"), str(data), "--batch-size", "2",
            "--shard", f"{number}/{shards}", "--output", file)  # fmt: skip
    return files


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bntool", default=str(ROOT / ".build/release/bntool"))
    parser.add_argument("--shards", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--pairs", type=int, nargs="+", default=[10_000, 100_000])
    arguments = parser.parse_args()
    bntool = os.path.abspath(arguments.bntool)
    print("| pairs of each normalization | shards | bytes | merge: memory, processor | average-stats: memory, processor |")
    print("| --- | --- | --- | --- | --- |")
    for pairs in arguments.pairs:
        for shards in arguments.shards:
            with tempfile.TemporaryDirectory(prefix="bntool-measure-") as name:
                folder = pathlib.Path(name)
                files = collect(bntool, folder, pairs, shards)
                size = sum(os.path.getsize(file) for file in files) / 1e6
                model = str(ROOT / "fixtures/digits/snapshot-5.h5")
                merge = run(bntool, "merge", *files, "--output", str(folder / "merged.h5"))
                average = run(bntool, "average-stats", *files, "--model", model, "--output", str(folder / "averaged.h5"))
                cells = [f"{memory:.0f} MB, {used:.1f} s" for memory, used, _ in (merge, average)]
                print(f"| {pairs:,} | {shards:,} | {size:.0f} MB | {cells[0]} | {cells[1]} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
