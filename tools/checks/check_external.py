"""Builds and runs Examples/External, a package that depends on this one by a tagged version, and compares the output of its programs.
Also compares the packages that docs/getting-started.md tells users of the library to install with those that tools/setup installs.

python3 tools/checks/check_external.py

The package is copied to .build/external. Its dependency's address leads to a clone of this repository with the working tree's
tracked files under a new tag. The build is a release build, and `bntool` is a part of it: its instructions are counted. Later
runs compile only changed files. Needs only Python, git and Swift.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "Examples/External"
FOLDER = ROOT / ".build/external"
ADDRESS = "https://example.org/swift-bricks"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
# The programs with their arguments, in order. FOLDER is a temporary folder.
RUNS = [
    ("record-and-average", ["FOLDER"]),
    ("load-and-run", ["FOLDER/averaged.h5"]),
    ("own-brick", ["FOLDER"]),
]


def run(*command: object) -> str:
    """The output of a command. The command must succeed."""
    result = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def prepare() -> tuple[pathlib.Path, str]:
    """A copy of the package whose dependency is a clone of this repository, and the commit of the clone's only tag."""
    clone, package = FOLDER / "swift-bricks", FOLDER / "package"
    FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(clone, ignore_errors=True)
    # A commit of the working tree, which nothing refers to; the last commit if nothing has changed.
    commit = run("git", "stash", "create").strip() or run("git", "rev-parse", "HEAD").strip()
    run("git", "clone", "--quiet", "--bare", "--shared", ROOT, clone)
    for tag in run("git", "-C", clone, "tag").split():
        run("git", "-C", clone, "tag", "--delete", tag)
    run("git", "-C", clone, "tag", f"0.1.{int(time.time())}", commit)
    shutil.copytree(EXAMPLE, package, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.txt"))
    run(
        "swift", "package", "--package-path", package, "config", "set-mirror", "--original", ADDRESS, "--mirror", clone.as_uri()
    )
    return package, commit


def packages_agree() -> bool:
    """Whether the page names the same Debian packages as the part of tools/setup that does not concern tests."""
    page = (ROOT / "docs/getting-started.md").read_text()
    named = re.search(r"`apt-get install ([^`]+)`", page)
    installed = re.findall(r"^need (\S+)", (ROOT / "tools/setup").read_text(), re.MULTILINE)
    return named is not None and sorted(named.group(1).split()) == sorted(installed)


def agree(printed: str, expected: str) -> bool:
    """Whether two texts differ at most in the last digits of single precision. The expected numbers are those of NumPy."""
    if NUMBER.sub("#", printed) != NUMBER.sub("#", expected):
        return False
    pairs = zip(NUMBER.findall(printed), NUMBER.findall(expected), strict=True)
    return all(abs(float(left) - float(right)) <= 1e-6 * (1 + abs(float(right))) for left, right in pairs)


def main() -> int:
    """Prints the differences."""
    if not packages_agree():
        print("docs/getting-started.md and tools/setup name different packages for building the library")
        return 1
    package, commit = prepare()
    start = time.monotonic()
    paths = ["--package-path", package, "--scratch-path", FOLDER / "build"]
    # Debug information takes time to make, and nobody debugs these programs.
    build = ["swift", "build", "--configuration", "release", "-debug-info-format", "none", *paths]
    # A build alone keeps the version of the last time.
    run("swift", "package", *paths, "update")
    pins = json.loads((package / "Package.resolved").read_text())["pins"]
    if {pin["identity"]: pin["state"]["revision"] for pin in pins}["swift-bricks"] != commit:
        print("Examples/External does not depend on the working tree's commit")
        return 1
    run(*build)
    run(*build, "--product", "bntool")
    print(f"Examples/External was built in {time.monotonic() - start:.0f} s")
    binaries = pathlib.Path(run(*build, "--show-bin-path").strip())
    printed = ""
    with tempfile.TemporaryDirectory() as folder:
        for program, arguments in RUNS:
            printed += f"$ {program}\n" + run(binaries / program, *(part.replace("FOLDER", folder) for part in arguments))
    expected = (EXAMPLE / "expected.txt").read_text()
    if not agree(printed, expected):
        print(f"Examples/External prints\n{printed}\ninstead of\n{expected}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
