"""The command line of tools/torture."""

import argparse
import os
import pathlib
import sys

from . import crash, cycles, fuzz, sanitize, words
from .scenario import ROOT


def program(name):
    """Returns the path of a program of the newest build."""
    candidates = [ROOT / ".build" / configuration / name for configuration in ("release", "debug")]
    built = [path for path in candidates if path.exists()]
    return max(built, key=lambda path: path.stat().st_mtime) if built else candidates[0]


def flip(options):
    try:
        from .flip import main
    except ImportError as error:
        raise SystemExit(f"tools/torture flip: {error}; set SWIFT_BRICKS_PYTHON to a Python with h5py, NumPy, xxhash and jsonschema")

    return main(options)


def main():
    parser = argparse.ArgumentParser(
        prog="tools/torture", description="Tests the promises of docs/promises.md by causing crashes, faults and damage.")
    parser.add_argument("--bntool", type=pathlib.Path, default=program("bntool"), help="the program to torture")
    parser.add_argument("--driver", type=pathlib.Path, default=program("torture-driver"), help="the program that uses the library")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8), help="how many processes run at a time")
    parser.add_argument("--seed", type=int, default=1, help="the seed of --sample")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    faults = commands.add_parser("crash", help="let every system call fail, and kill the process at each")
    faults.add_argument("--sample", type=int, help="test only this number of faults of each scenario, chosen at random")
    faults.add_argument("--rounds", type=int, default=20, help="how often each race is run")
    faults.add_argument("--only", action="append", metavar="SCENARIO", help="only this scenario, without races; may be repeated")
    faults.set_defaults(main=crash.main)
    damages = commands.add_parser("flip", help="flip every bit of small files, and cut them at every length")
    damages.add_argument("--sample", type=int, help="damage only this number of consecutive bits and lengths of each small file")
    damages.add_argument("--small", action="store_true", help="leave out the large files")
    damages.add_argument("--large", type=int, default=1000, help="how many bytes of each large file are damaged")
    damages.set_defaults(main=flip)
    fuzz.add(commands)
    sanitize.add(commands)
    cycles.add(commands, program)
    words.add(commands)
    options = parser.parse_args()
    sys.exit(options.main(options))


main()
