"""tools/torture cycles: opens, reads and closes files many times. Descriptors and memory must stay the same."""

import pathlib
import subprocess

from .fuzz import TEXTS, all_harnesses, seeds

# glibc keeps some freed memory, so the memory of the first half of the reads does not count.
LARGEST_GROWTH = 1 << 20
PAGE = 4096


def problems(rows):
    """Yields the leaks that the measurements show."""
    half, last = rows[len(rows) // 2], rows[-1]
    if last[1] != rows[0][1]:
        yield f"{last[1] - rows[0][1]} descriptors are left"
    if (growth := (last[2] - half[2]) * PAGE) > LARGEST_GROWTH:
        yield f"the second half of the reads left {growth} bytes"


def run(options):
    """Runs the readers, and prints what they leave open."""
    status = 0
    driver = options.fuzz_driver.resolve()
    for harness in [options.harness] if options.harness else all_harnesses(driver):
        files = seeds(driver, harness)
        if not files and harness in TEXTS:
            continue
        # The first half of the reads must open each file at least once.
        files = files[:: -(-len(files) * 4 // options.count)]
        ended = subprocess.run([driver, harness, "cycles", str(options.count), *files], capture_output=True, text=True)
        rows = [[int(word) for word in line.split("\t")] for line in ended.stdout.splitlines()]
        found = list(problems(rows)) if ended.returncode == 0 else [f"exit status {ended.returncode}: {ended.stderr[-500:]}"]
        status |= bool(found)
        memory = f", {rows[len(rows) // 2][2] * PAGE >> 10} and {rows[-1][2] * PAGE >> 10} KiB at half time and at the end" if rows else ""
        descriptors = f", {rows[-1][1]} descriptors" if rows else ""
        print(f"{harness}: {options.count} reads of {len(files)} files{descriptors}{memory}", *found, sep="; ", flush=True)
    return int(status)


def add(commands, program):
    """Adds the command to the parser of tools/torture."""
    parser = commands.add_parser("cycles", help="open and close files many times, to find lost descriptors and memory")
    parser.add_argument("harness", nargs="?", metavar="HARNESS", help="only this reader, as in fuzz")
    parser.add_argument("--count", type=int, default=10_000, help="how often a file is read in each reader")
    parser.add_argument("--fuzz-driver", type=pathlib.Path, default=program("fuzz-driver"), help="the program with the readers")
    parser.set_defaults(main=run)
