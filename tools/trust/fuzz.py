"""tools/torture fuzz: gives changed inputs to every reader, guided by the code that they reach (libFuzzer in the Swift toolchain)."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD, KEPT = ROOT / ".build/fuzz", ROOT / ".build/fuzz-findings"
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


class Campaign:
    """One harness with libFuzzer until its inputs or its time are used up. It starts again after a finding."""

    def __init__(self, driver, harness, folder):
        self.driver, self.harness = driver, harness
        self.work, self.start, self.corpus = folder / "work", folder / "seeds", folder / "corpus"
        for path in (self.work, self.start, self.corpus, KEPT):
            path.mkdir(parents=True, exist_ok=True)
        for number, path in enumerate(seeds(driver, harness)):
            shutil.copyfile(path, self.start / f"{number}-{path.name}")
        for number, text in enumerate(TEXTS.get(harness, [])):
            (self.start / f"text-{number}").write_text(text)
        self.count, self.slowest, self.peak, self.findings = 0, 0, 0, []

    def run(self, runs, seconds, seed):
        begin = time.monotonic()
        while self.count < runs and len(self.findings) < 20:
            rest = int(seconds - (time.monotonic() - begin)) if seconds else 0
            if seconds and rest <= 0:
                break
            ended = self.step(runs - self.count, rest, seed + len(self.findings))
            if ended.returncode == 0:
                break
            what = re.search(r"SUMMARY: libFuzzer: (.*)|ERROR: libFuzzer: (.*)", ended.stderr)
            name = f"{self.harness}-{seed + len(self.findings)}"
            # A crash of the check of checksums leaves its input beside the other one.
            for path in self.work.iterdir():
                shutil.copyfile(path, KEPT / f"{name}-{path.name}")
            (KEPT / f"{name}.log").write_text(ended.stderr[-20_000:])
            self.findings.append(f"{name}: {what[1] or what[2] if what else f'exit status {ended.returncode}'}; its input is in {KEPT}")
        self.seconds = time.monotonic() - begin

    def step(self, runs, seconds, seed):
        command = [self.driver, self.harness, self.work, "libfuzzer", f"-runs={runs}", f"-max_total_time={seconds}", f"-seed={seed}"]
        command += [f"-timeout={SECONDS}", f"-rss_limit_mb={MEGABYTES}", f"-malloc_limit_mb={MEGABYTES}", f"-max_len={LARGEST}"]
        command += ["-detect_leaks=0", "-print_final_stats=1", f"-artifact_prefix={KEPT}/{self.harness}-", self.corpus, self.start]
        ended = subprocess.run(
            command, capture_output=True, text=True, errors="replace", env=os.environ | {"SWIFT_BACKTRACE": "enable=no"}
        )

        def statistic(name, otherwise=0):
            found = re.search(rf"stat::{name}: *(\d+)", ended.stderr)
            return int(found[1]) if found else otherwise

        self.count += statistic("number_of_executed_units", 1)
        self.slowest = max(self.slowest, statistic("slowest_unit_time_sec"))
        self.peak = max(self.peak, statistic("peak_rss_mb"))
        return ended

    def __str__(self):
        return (f"{self.harness}: {self.count:,} inputs in {self.seconds:.0f} s, {len(self.findings)} findings, "
                f"slowest {self.slowest} s, peak {self.peak} MB")


def quick(driver, names, runs, seed, environment=None):
    """Runs the harnesses of an ordinary build. Coverage does not guide the changes, so each run has the same inputs."""
    failed = False
    for harness in names:
        with tempfile.TemporaryDirectory() as folder:
            texts = []
            for number, text in enumerate(TEXTS.get(harness, [])):
                texts.append(pathlib.Path(folder, f"text-{number}"))
                texts[-1].write_text(text)
            command = [driver, harness, folder, str(runs), str(seed), *seeds(driver, harness), *texts]
            ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace")
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
    driver = BUILD / "release/fuzz-driver" if options.built else build("release")
    memory = pathlib.Path("/dev/shm")
    findings, total = [], 0
    for harness in [options.harness] if options.harness else all_harnesses(driver):
        with tempfile.TemporaryDirectory(prefix="torture-", dir=memory if memory.is_dir() else None) as folder:
            campaign = Campaign(driver, harness, pathlib.Path(folder))
            campaign.run(options.runs, options.seconds, options.seed)
        total += campaign.count
        findings += campaign.findings
        print(campaign, flush=True)
    print(f"{total:,} inputs", *findings, sep="\n")
    return 1 if findings else 0


def all_harnesses(driver):
    return subprocess.run([driver], check=True, capture_output=True, text=True).stdout.split()


def add(commands):
    """Adds the command to the parser of tools/torture."""
    parser = commands.add_parser("fuzz", help="give changed inputs to the readers of all formats")
    parser.add_argument("harness", nargs="?", metavar="HARNESS", help="only this reader")
    parser.add_argument("--runs", type=int, default=100_000, help="inputs for each reader")
    parser.add_argument("--seconds", type=int, help="the longest time for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--built", action="store_true", help="use the program of the last build")
    parser.add_argument(
        "--driver-of-tests", type=pathlib.Path, metavar="PROGRAM", help="the fuzz-driver of an ordinary build, whose runs have the same inputs"
    )
    parser.set_defaults(main=run)
