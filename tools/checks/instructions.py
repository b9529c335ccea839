"""Counts the instructions of bntool's commands, and compares them with the numbers in instructions.json.

    tools/checks/instructions.py .build/release/bntool           exit status 1 if a command needs over a quarter more
    tools/checks/instructions.py .build/release/bntool --write   store the new numbers

The number of instructions does not depend on other work of the machine, so it shows a loss of speed that seconds do not show. The
program is a release build. Needs valgrind.
"""

import argparse
import json
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUDGETS = pathlib.Path(__file__).with_suffix(".json")
# Other processors, libraries and compilers change the number by less.
TOLERANCE = 1.25
DIGITS = "fixtures/digits"
# The order matters, because later commands read the files that earlier ones wrote.
COMMANDS = {
    "inspect": f"inspect {DIGITS}/snapshot-5.h5",
    "verify": f"verify {DIGITS}/snapshot-5.h5",
    "average-stats": f"average-stats {DIGITS}/snapshot-5.h5 --output FOLDER/averaged.h5",
    "extract": f"extract {DIGITS}/snapshot-5.h5 --output FOLDER/pairs.h5",
    "merge": "merge FOLDER/pairs.h5 FOLDER/pairs.h5 --output FOLDER/merged.h5",
    "run": f"run FOLDER/averaged.h5 {DIGITS}/test.h5:images --labels {DIGITS}/test.h5:labels",
    "recalibrate": f"recalibrate FOLDER/averaged.h5 {DIGITS}/train.h5:images --output FOLDER/recalibrated.h5",
    "collect": f"collect FOLDER/averaged.h5 {DIGITS}/train.h5:images --output FOLDER/collected.h5",
    "average": " ".join(["average", *(f"{DIGITS}/late-{i}.h5" for i in range(1, 6)), "--output FOLDER/average.h5"]),
    "diff": f"diff {DIGITS}/late-1.h5 {DIGITS}/late-2.h5",
    "run over time": f"run fixtures/digits-over-time/rows.h5 {DIGITS}/test.h5:images",
}
COUNT = re.compile(r"Collected : (\d+)")


def count(program: str, command: str, folder: str) -> int:
    """The number of instructions of a command. The command must not fail."""
    words = command.replace("FOLDER", folder).split()
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, *words]
    result = subprocess.run(valgrind, cwd=ROOT, capture_output=True, text=True, check=False)
    # diff exits with 1 if files differ.
    if result.returncode not in ((0, 1) if words[0] == "diff" else (0,)):
        raise SystemExit(f"bntool {command}: exit status {result.returncode}\n{result.stderr}")
    return int(COUNT.search(result.stderr).group(1))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="a release build of bntool")
    parser.add_argument("--write", action="store_true", help="store the new numbers in instructions.json")
    arguments = parser.parse_args()
    program = str(pathlib.Path(arguments.program).resolve())
    machine = platform.machine()
    budgets = json.loads(BUDGETS.read_text()) if BUDGETS.exists() else {}
    known = budgets.setdefault(machine, {})
    with tempfile.TemporaryDirectory() as folder:
        # valgrind cannot read the debug information of newer compilers.
        stripped = f"{folder}/bntool"
        subprocess.run(["strip", "-o", stripped, program], check=True)
        program = stripped
        counts = {name: count(program, command, folder) for name, command in COMMANDS.items()}
    if arguments.write:
        budgets[machine] = counts
        BUDGETS.write_text(json.dumps(budgets, indent=2) + "\n")
        return 0
    failed = False
    for name, instructions in counts.items():
        ratio = instructions / known[name] if name in known else 1
        failed = failed or ratio > TOLERANCE
        remark = "too many" if ratio > TOLERANCE else "fewer: store the new numbers with --write" if ratio < 1 / TOLERANCE else ""
        print(f"{name:16} {instructions / 1e6:10.1f} million  {ratio:6.2f} × the stored number  {remark}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
