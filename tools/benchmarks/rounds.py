"""The driver, the rounds of two sides, and the options that the benchmarks of networks share."""

import argparse
import os
import statistics
import subprocess
import time

import numpy


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


def seconds(count, call):
    """The time of a number of calls."""
    start = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - start


def measured(ours, peers, rounds):
    """The times of a call in every round, ours and then those of each peer.

    `ours` and each peer are functions that return the seconds for a number of calls.
    """
    # A round takes at least a twentieth of a second.
    count = max(1, round(0.05 / min(peer(3) for peer in peers) * 3))
    sides = [ours, *peers]
    for side in sides:
        side(count)
    return zip(*[[side(count) / count for side in sides] for _ in range(rounds)], strict=True)


def ratio_and_row(ours, peers, rounds):
    """The ratio, and the cells of a row: the medians, the ratio to the fastest peer and the ratio's spread."""
    mine, *others = measured(ours, peers, rounds)
    fastest = min(others, key=statistics.median)
    medians = [statistics.median(times) for times in (mine, *others)]
    ratio = statistics.median(fastest) / medians[0]
    ratios = sorted(other / own for own, other in zip(mine, fastest, strict=True))
    cells = [f"{median * 1e3:.3f} ms" for median in medians] + [f"{ratio:.2f}", f"{ratios[0]:.2f}–{ratios[-1]:.2f}"]
    return ratio, " | ".join(cells)


def timed(ours, peer, rounds):
    """The cells of a row with one peer, as `ratio_and_row` makes them."""
    return ratio_and_row(ours, [peer], rounds)[1]


def random_batch(folder, shape):
    """Normally distributed numbers, and the file `batch.npy` that holds them for the driver."""
    batch = numpy.random.default_rng(shape[0]).normal(size=shape).astype(numpy.float32)
    path = folder / "batch.npy"
    numpy.save(path, batch)
    return batch, path


def parser(documentation):
    """A parser of the path of the driver and of the options that all scripts have."""
    result = argparse.ArgumentParser(description=documentation.splitlines()[0])
    result.add_argument("driver")
    result.add_argument("--rounds", type=int, default=7)
    result.add_argument("--threads", type=int, default=1)
    return result


def show_heading(subject, peers, *columns):
    """Prints the first two lines of a table of rows."""
    cells = [subject, "swift-bricks", *peers, "ratio", "smallest to largest", *columns]
    print(f"| {' | '.join(cells)} |\n| --- |{' ---: |' * (len(cells) - 1)}")
