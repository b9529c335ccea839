"""tools/torture fuzz: gives changed inputs to every reader, guided by the code that they reach (libFuzzer in the Swift toolchain)."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build/fuzz"
SECONDS, MEGABYTES, LARGEST = 5, 512, 60_000
# The first inputs of the harnesses that do not begin with files of fixtures.
TEXTS = {
    "selector": ["/mlp/linear_0.W", "/mlp/**.W", "/mlp/linear_*", "/parameters/mlp/linear_0/W", "*.W", "[!a-z]?", "test.h5:images", "[*]"],
    "architecture": [
        '{"brick":{"type":"BatchNormalizedMLP","activations":[{"type":"Tanh"},null],"dimensions":[64,128,10]},"input":{"name":"x","shape":[64]}}',
        '{"brick":{"type":"Bidirectional","prototype":{"type":"BatchNormalizedLSTM","dimension":3,"normalization":{"timeSteps":4}}}}',
    ],
}


def toolchain_library():
    """Finds the libFuzzer library that has no main function."""
    swiftc = pathlib.Path(shutil.which("swiftc") or sys.exit("tools/torture fuzz: swiftc is not on the PATH")).resolve()
    found = sorted((swiftc.parents[1] / "lib/clang").glob("*/lib/*/libclang_rt.fuzzer_no_main*.a"))
    machine = os.uname().machine
    found = [path for path in found if machine in path.name] or found
    return found[0] if found else sys.exit("tools/torture fuzz: this Swift toolchain has no libFuzzer")


def build(configuration):
    """Builds the driver with coverage and libFuzzer, in its own build folder."""
    library = toolchain_library()
    linked = ["--whole-archive", library, "--no-whole-archive", "-lstdc++"]
    command = ["swift", "build", "-c", configuration, "--scratch-path", BUILD, "--product", "fuzz-driver"]
    command += ["-Xswiftc", "-Xfrontend", "-Xswiftc", "-sanitize=fuzzer"]
    command += [word for part in linked for word in ("-Xlinker", part)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    return BUILD / configuration / "fuzz-driver"


def seeds(driver, harness):
    """Returns the files with which the fuzzer begins."""
    listed = subprocess.run([driver, harness, "list"], check=True, capture_output=True, text=True).stdout
    found = set()
    for line in listed.splitlines():
        place, suffix = line.split("\t")
        found |= {path for path in (ROOT / place).glob(f"*{suffix}") if path.stat().st_size <= LARGEST}
    return sorted(found)


def run_harness(driver, harness, runs, seed, folder):
    """Runs one harness until its runs are done, and starts again after a finding. Returns the runs and the findings."""
    work, start, corpus = folder / "work", folder / "seeds", folder / "corpus"
    for path in (work, start, corpus):
        path.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(seeds(driver, harness)):
        shutil.copyfile(path, start / f"{number}-{path.name}")
    for number, text in enumerate(TEXTS.get(harness, [])):
        (start / f"text-{number}").write_text(text)
    findings, done = [], 0
    kept = ROOT / ".build/fuzz-findings"
    kept.mkdir(parents=True, exist_ok=True)
    while done < runs and len(findings) < 20:
        command = [driver, harness, work, "libfuzzer", f"-runs={runs - done}", f"-seed={seed + len(findings)}"]
        command += [f"-timeout={SECONDS}", f"-rss_limit_mb={MEGABYTES}", f"-malloc_limit_mb={MEGABYTES}", f"-max_len={LARGEST}"]
        command += ["-detect_leaks=0", "-print_final_stats=1", f"-artifact_prefix={kept}/{harness}-", corpus, start]
        ended = subprocess.run(
            command, capture_output=True, text=True, errors="replace", env=os.environ | {"SWIFT_BACKTRACE": "enable=no"}
        )
        count = re.search(r"number_of_executed_units: (\d+)", ended.stderr)
        done += int(count[1]) if count else 1
        if ended.returncode == 0:
            break
        what = re.search(r"SUMMARY: libFuzzer: (.*)|ERROR: libFuzzer: (.*)", ended.stderr)
        # The work folder has the last input, and the input of a check of checksums that crashed.
        for path in work.iterdir():
            shutil.copyfile(path, kept / f"{harness}-{seed + len(findings)}-{path.name}")
        findings.append(f"{harness}: {what[1] or what[2] if what else f'exit status {ended.returncode}'}; its input is in {kept}")
    return done, findings


def quick(driver, names, runs, seed):
    """Runs the harnesses of an ordinary build. Coverage does not guide the changes, so each run has the same inputs."""
    failed = False
    for harness in names:
        with tempfile.TemporaryDirectory() as folder:
            texts = []
            for number, text in enumerate(TEXTS.get(harness, [])):
                texts.append(pathlib.Path(folder, f"text-{number}"))
                texts[-1].write_text(text)
            command = [driver, harness, folder, str(runs), str(seed), *seeds(driver, harness), *texts]
            ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
            print(ended.stdout.strip() or f"{harness}: exit status {ended.returncode}")
            if ended.returncode != 0:
                failed = True
                print(ended.stderr[-3000:])
    return 1 if failed else 0


def run(options):
    """Runs the harnesses, and prints the findings."""
    if options.driver_of_tests:
        names = [options.harness] if options.harness else all_harnesses(options.driver_of_tests)
        return quick(options.driver_of_tests.resolve(), names, options.runs, options.seed)
    driver = build("release")
    findings, total = [], 0
    for harness in [options.harness] if options.harness else all_harnesses(driver):
        with tempfile.TemporaryDirectory() as folder:
            done, found = run_harness(driver, harness, options.runs, options.seed, pathlib.Path(folder))
        total += done
        findings += found
        print(f"{harness}: {done:,} inputs, {len(found)} findings", flush=True)
    print(f"{total:,} inputs", *findings, sep="\n")
    return 1 if findings else 0


def all_harnesses(driver):
    return subprocess.run([driver], check=True, capture_output=True, text=True).stdout.split()


def add(commands):
    """Adds the command to the parser of tools/torture."""
    parser = commands.add_parser("fuzz", help="give changed inputs to the readers of all formats")
    parser.add_argument("harness", nargs="?", metavar="HARNESS", help="only this reader")
    parser.add_argument("--runs", type=int, default=100_000, help="inputs for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--driver-of-tests", type=pathlib.Path, metavar="PROGRAM", help="the fuzz-driver of an ordinary build, whose runs have the same inputs"
    )
    parser.set_defaults(main=run)
