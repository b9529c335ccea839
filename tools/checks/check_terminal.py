"""Checks that bntool shows colours and progress on a terminal, and only there.

python3 tools/checks/check_terminal.py BNTOOL

A pipe, a file, NO_COLOR and a dumb terminal get the same text without colours. An
interruption removes the progress line and leaves no file behind. Prints one line per check and exits with 1 if one fails. Needs only
Python.
"""

import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = "fixtures/digits/snapshot-5.h5"
TEST = "fixtures/digits/test.h5"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
WIPED = "\r\x1b[K"
# A pass has to take so many seconds that its progress is shown, and that it does not end before it is interrupted.
LONG_ENOUGH = 4


def run(
    arguments: list[str],
    terminals: Sequence[str] = ("out", "err"),
    interrupt_at: bytes | None = None,
    seconds: float | None = None,
    **variables: str,
) -> tuple[int, str, str]:
    """The exit status of a command, and its standard output and error, which may be terminals.

    The process gets SIGINT when `interrupt_at` appears on standard error, or after it wrote nothing for that many seconds.
    """
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
    environment.update({"TERM": "xterm"}, **variables)
    ends = {name: pty.openpty() if name in terminals else os.pipe() for name in ("out", "err")}
    process = subprocess.Popen(
        arguments, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=ends["out"][1], stderr=ends["err"][1],
        # A shell starts background work with interruptions ignored, and bntool respects that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for _, end in ends.values():
        os.close(end)
    names = {end: name for name, (end, _) in ends.items()}
    texts = {"out": b"", "err": b""}
    while names:
        ready = select.select(list(names), [], [], seconds)[0]
        if not ready:
            process.send_signal(signal.SIGINT)
            seconds = None
        for end in ready:
            try:
                data = os.read(end, 65536)
            except OSError:  # the other end of a terminal is closed
                data = b""
            texts[names[end]] += data
            if not data:
                os.close(end)
                del names[end]
        if interrupt_at and interrupt_at in texts["err"]:
            process.send_signal(signal.SIGINT)
            interrupt_at = None
    status = process.wait()
    out, err = (texts[name].decode().replace("\r\n", "\n") for name in ("out", "err"))
    return status, out, err


def colours(bntool: str, folder: str) -> Iterator[tuple[str, bool]]:
    """Pairs of a statement and whether it is true."""
    inspect = [bntool, "inspect", f"{folder}/averaged.h5", MODEL]
    # A new terminal has no size, which counts as 80 columns.
    _, plain, _ = run(inspect, terminals=(), COLUMNS="80")
    _, coloured, _ = run(inspect)
    yield "a pipe without COLUMNS gets long lines", max(map(len, run(inspect, terminals=())[1].splitlines())) > 80
    yield "a terminal gets lines that fit", max(map(len, plain.splitlines())) <= 80
    yield "a pipe gets no escape sequence", "\x1b" not in plain and "✓" in plain
    yield "a terminal shows ✓ green", "\x1b[32m✓\x1b[0m pooled over" in coloured
    yield "a terminal shows ⚠ yellow, up to the comma", "\x1b[33m⚠ never estimated\x1b[0m, ε" in coloured
    yield "without the colours it is the same text", COLOUR.sub("", coloured) == plain
    for value, shown in (("1", False), ("", True)):
        _, text, _ = run(inspect, NO_COLOR=value)
        yield f"NO_COLOR={value!r}: colours {'as ever' if shown else 'off'}", text == (coloured if shown else plain)
    for term in ("dumb", ""):
        yield f"TERM={term!r}: colours off", run(inspect, TERM=term)[1] == plain
    _, json, _ = run([*inspect, "--json"])
    yield "JSON has no colour", "\x1b" not in json and json.startswith("{")

    warned = [bntool, "run", MODEL, f"{TEST}:images"]
    _, out, err = run(warned, terminals=("err",))
    yield "the label of a warning is yellow", err.startswith("\x1b[33mbntool: warning:\x1b[0m fixtures/")
    yield "a result in a pipe is plain while standard error is a terminal", out == "360 examples\n"
    yield "--quiet suppresses warnings", run([*warned, "--quiet"])[1:] == ("360 examples\n", "")
    missing = [bntool, "inspect", "missing.h5"]
    status, out, err = run(missing)
    yield "the label of an error is red", err.startswith("\x1b[31mbntool:\x1b[0m missing.h5") and (status, out) == (66, "")
    yield "--quiet does not suppress errors", run([*missing, "--quiet"])[2] == err
    yield "an error in a file is plain", "\x1b" not in run(missing, terminals=("out",))[2]
    _, out, err = run([*warned, "--verbose"], terminals=())
    yield "--verbose reports steps on standard error", f"bntool: read {MODEL} in " in err and out == "360 examples\n"


def progress(bntool: str, folder: str) -> Iterator[tuple[str, bool]]:
    """Pairs of a statement and whether it is true."""
    images, pairs = f"{folder}/images.npy", f"{folder}/pairs.h5"
    collect = [bntool, "collect", MODEL, images, "--output", pairs]
    count, seconds = 50_000, 0.0
    while seconds < LONG_ENOUGH:
        count *= 2
        write_images(images, count)
        start = time.monotonic()
        run([*collect, "--quiet"])
        seconds = time.monotonic() - start
    os.remove(pairs)
    status, _, err = run(collect, interrupt_at=b"collecting  ")
    line = re.escape(WIPED) + rf"collecting  \d+ %  [\d,]+ of {count:,} examples"
    yield "progress is one line that is overwritten", re.search(line, err)
    yield "an interruption ends the process with its signal", status == -signal.SIGINT
    yield "an interruption removes the line", err.endswith(WIPED)
    yield "an interruption leaves no file behind", sorted(os.listdir(folder)) == ["averaged.h5", "images.npy"]
    start = time.monotonic()
    status, _, err = run(collect)
    changes = err.count(WIPED)
    yield "the line is removed at the end", status == 0 and changes > 1 and err.endswith(WIPED)
    yield "the line changes at most ten times a second", changes <= 10 * (time.monotonic() - start) + 1
    # The run ends at a time when the other runs already show their progress.
    yield "a pipe gets no progress", run(collect, terminals=("out",), seconds=2)[2] == ""
    yield "a dumb terminal gets no progress", run(collect, seconds=2, TERM="dumb")[2] == ""
    yield "--quiet shows no progress", run([*collect, "--quiet"], seconds=2)[2] == ""


def write_images(path: str, count: int) -> None:
    """An .npy file of `count` images of 64 values from 0 to 16, written by the format's definition."""
    header = str({"descr": "|u1", "fortran_order": False, "shape": (count, 64)}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    values = bytes((7 * index + index // 64) % 17 for index in range(64 * 1000)) * (count // 1000)
    pathlib.Path(path).write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + values)


def main(bntool: str) -> int:
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        run([bntool, "average-stats", MODEL, "--output", f"{folder}/averaged.h5"])
        for checks in (colours, progress):
            for what, holds in checks(bntool, folder):
                print(f"{'ok' if holds else 'WRONG':5}  {what}", flush=True)
                failed = failed or not holds
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(str(pathlib.Path(sys.argv[1]).resolve())))
