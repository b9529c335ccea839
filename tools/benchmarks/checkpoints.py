"""Compares work on checkpoints with scripts that use h5py and NumPy, in alternating rounds. Prints Markdown tables.

usage: checkpoints.py BNTOOL DRIVER [--only ROWS ...] [--rounds N] [--mebibytes N] [--folder FOLDER]

Times of bntool are of whole processes. Loading, mapping and verifying run inside the process of DRIVER. Times of a peer are of functions
in this process, so the start of Python and its imports do not count. A time includes writing to the disk, not only to memory. All files
are in a temporary folder, which is deleted at the end.
"""

import argparse
import math
import shutil
import statistics
import tempfile

import checkpoint_rows as rows
import numpy
from programs import Programs


def measure(row, rounds):
    """Times a row and returns its line in the table."""
    sides = [side for side in (row.ours, row.peer, row.least) if side]
    for side in sides:
        side()
    times = {side: [] for side in sides}
    for number in range(rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            times[side].append(side())
    own, peer, least = (statistics.median(times[side]) if side else None for side in (row.ours, row.peer, row.least))
    ratio, spread = "–", "–"
    if row.peer:
        ratios = sorted(other / mine for mine, other in zip(times[row.ours], times[row.peer], strict=True))
        ratio, spread = f"{peer / own:.2f}", f"{ratios[0]:.2f}–{ratios[-1]:.2f}"
    goal, reach = "–", "–"
    if row.goal is not None:
        wanted = peer / row.goal if row.peer else row.goal
        goal = f"≥ {row.goal:.2g}" if row.peer else f"≤ {row.goal:g} s"
        reach = "yes" if own <= wanted else "no" if least is None or least < wanted else "out of reach"
    seconds = ["–" if time is None else f"{time:.3f} s" for time in (own, peer, least)]
    return f"| {row.name} | {seconds[0]} | {seconds[1]} | {ratio} | {spread} | {goal} | {reach} | {seconds[2]} |"


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


GROUPS = {
    "small": lambda programs, folder, options: rows.small_rows(programs, folder),
    "cold": lambda programs, folder, options: rows.cold_rows(programs, folder),
    "pairs": lambda programs, folder, options: rows.pair_rows(programs, folder),
    "steps": lambda programs, folder, options: rows.step_rows(programs, folder),
    "collect": lambda programs, folder, options: rows.collect_rows(programs, folder),
    "large": lambda programs, folder, options: rows.large_rows(programs, folder, options.mebibytes),
    "many": lambda programs, folder, options: rows.many_rows(programs, folder),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bntool", metavar="BNTOOL")
    parser.add_argument("driver", metavar="DRIVER")
    parser.add_argument("--only", action="append", choices=list(GROUPS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--mebibytes", type=int, default=256, help="the size of a large model; 64 MiB a layer")
    parser.add_argument("--folder", help="where the temporary folder is made")
    options = parser.parse_args()
    programs = Programs(options.bntool, options.driver)
    print("| work | swift-bricks | peer | ratio | smallest to largest | goal | reached | least |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: |", flush=True)
    growth = []
    for name in options.only or GROUPS:
        folder = tempfile.mkdtemp(prefix="bntool-benchmark-", dir=options.folder)
        try:
            for row in GROUPS[name](programs, folder, options):
                if isinstance(row, rows.Row):
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
