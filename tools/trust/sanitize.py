"""tools/torture sanitize: runs tests and readers under ThreadSanitizer and AddressSanitizer, which first have to find planted faults."""

import os
import pathlib
import subprocess
import sys

from .fuzz import all_harnesses, quick, seeds

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ROOT / "tools/trust/sanitizer"
# The tests of targets that read and write files, and of checkpoints on several threads.
TESTS = r"HDF5Tests\.|InterchangeTests\.|PlatformTests\.|JSONTests\.|ConcurrencyTests|MappedTensorTests|MalformedTests|SavingTests"
OPTIONS = {
    "thread": {"TSAN_OPTIONS": "halt_on_error=1"},
    "address": {
        "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=0",
        "LSAN_OPTIONS": f"suppressions={SOURCES / 'leaks.txt'}:print_suppressions=0",
    },
}
# What a sanitizer says about the faults of planted.swift; None if nothing is wrong.
PLANTED = {
    "thread": {"race": "ThreadSanitizer:", "mutex": None},
    "address": {"overflow": "heap-buffer-overflow", "leak": "byte(s) leaked in 10 allocation(s)", "mutex": None},
}


def environment(name, folder):
    """The variables of programs with a sanitizer."""
    variables = os.environ | OPTIONS[name]
    if name == "thread" and sys.platform == "linux":
        library = folder / "mutex.so"
        subprocess.run(["clang", "-shared", "-fPIC", "-O2", "-o", library, SOURCES / "mutex.c"], check=True)
        variables["LD_PRELOAD"] = str(library)
    return variables


def planted_problems(name, folder, variables):
    """Planted faults that the sanitizer does not find, and its reports about a program without faults."""
    program = folder / "planted"
    # The linker warns of symbols of the sanitizer.
    subprocess.run(["swiftc", f"-sanitize={name}", "-o", program, SOURCES / "planted.swift"], check=True, stderr=subprocess.DEVNULL)
    for fault, report in PLANTED[name].items():
        ended = subprocess.run([program, fault], env=variables, capture_output=True, text=True, errors="replace")
        found = ended.returncode != 0 if report is None else report not in ended.stderr
        if found:
            yield f"{name} sanitizer, planted {fault}: exit status {ended.returncode}: {ended.stderr[:2000]}"


def reads(driver, name, runs, variables):
    """Whether the readers are clean: on several threads for ThreadSanitizer, with changed files for AddressSanitizer."""
    if name == "address":
        return quick(driver, all_harnesses(driver), runs, 1, variables) == 0
    clean = True
    for harness in all_harnesses(driver):
        files = seeds(driver, harness)
        if files:
            ended = subprocess.run(
                [driver, harness, "threads", str(max(runs, 2 * len(files))), *files], env=variables, capture_output=True, text=True, errors="replace")
            clean &= ended.returncode == 0
            print(f"{harness}: {len(files)} files on several threads, exit status {ended.returncode}{ended.stderr[-3000:]}", flush=True)
    return clean


def run(options):
    """Runs the tests under each sanitizer."""
    status = 0
    for name in options.only or ["thread", "address"]:
        folder = ROOT / f".build/{name}"
        folder.mkdir(parents=True, exist_ok=True)
        variables = environment(name, folder)
        problems = list(planted_problems(name, folder, variables))
        print(*problems or [f"{name} sanitizer: finds what is planted, and nothing else"], sep="\n", flush=True)
        command = ["swift", "build", "--build-tests", "--sanitize", name, "--scratch-path", folder, *options.swift]
        built = subprocess.run(command, cwd=ROOT)
        command = ["swift", "test", "--skip-build", "--sanitize", name, "--scratch-path", folder, "--filter", options.tests, *options.swift]
        failed = built.returncode != 0 or subprocess.run(command, cwd=ROOT, env=variables).returncode != 0
        driver = folder / "debug/fuzz-driver"
        failed |= built.returncode != 0 or not reads(driver, name, options.runs, variables)
        print(f"{name} sanitizer: {'FAILED' if failed else 'clean'}", flush=True)
        status |= failed or bool(problems)
    return int(status)


def add(commands):
    """Adds the command to the parser of tools/torture."""
    parser = commands.add_parser("sanitize", help="run the tests that read and write files under ThreadSanitizer and AddressSanitizer")
    parser.add_argument("--only", action="append", choices=["thread", "address"], help="only this sanitizer")
    parser.add_argument("--tests", default=TESTS, help="the tests to run, as for swift test --filter")
    parser.add_argument("--runs", type=int, default=300, help="changed inputs for each reader, as in fuzz")
    parser.add_argument("--swift", action="append", default=[], metavar="WORD", help="one more argument for swift build and swift test; may be repeated")
    parser.set_defaults(main=run)
