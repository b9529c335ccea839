"""tools/torture sanitize: runs the tests that read and write files under ThreadSanitizer and AddressSanitizer."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The tests of targets that read and write files, and of checkpoints on several threads.
TESTS = r"HDF5Tests\.|InterchangeTests\.|PlatformTests\.|JSONTests\.|ConcurrencyTests|MappedTensorTests|MalformedTests|SavingTests"


def run(options):
    """Runs the tests under each sanitizer."""
    status = 0
    for name in options.only or ["thread", "address"]:
        command = ["swift", "test", "--sanitize", name, "--scratch-path", ROOT / f".build/{name}", "--filter", options.tests]
        command += options.swift
        environment = os.environ | {"TSAN_OPTIONS": "halt_on_error=1", "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=0"}
        ended = subprocess.run(command, cwd=ROOT, env=environment)
        print(f"{name} sanitizer: {'clean' if ended.returncode == 0 else 'FAILED'}", flush=True)
        status |= ended.returncode != 0
    return int(status)


def add(commands):
    """Adds the command to the parser of tools/torture."""
    parser = commands.add_parser("sanitize", help="run the tests that read and write files under ThreadSanitizer and AddressSanitizer")
    parser.add_argument("--only", action="append", choices=["thread", "address"], help="only this sanitizer")
    parser.add_argument("--tests", default=TESTS, help="the tests to run, as for swift test --filter")
    parser.add_argument("--swift", action="append", default=[], metavar="ARGUMENT", help="one more argument for swift test; may be repeated")
    parser.set_defaults(main=run)
