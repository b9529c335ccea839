"""Checks what tools/install installs: the program, its manual pages, and completions in every shell that is there.

python3 tools/checks/check_installation.py BNTOOL

bash is required; zsh, fish, mandoc and groff are used if they are installed. Prints one line per check and exits with 1 if one
fails. Needs only Python.
"""

import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ["a.h5", "b.hdf5", "c.npy", "d.npz", "e.txt"]
SHELLS = {
    "bash": "share/bash-completion/completions/bntool",
    "zsh": "share/zsh/site-functions/_bntool",
    "fish": "share/fish/vendor_completions.d/bntool.fish",
}
# The typed line, an offer that must appear, and an offer that must not appear.
CASES = [
    ("bntool avera", ["average", "average-stats"], ["inspect"]),
    ("bntool inspect --va", ["--values"], ["--json"]),
    ("bntool inspect --values --verb", ["--verbose"], ["--values"]),
    ("bntool inspect ", ["a.h5", "b.hdf5", "c.npy", "d.npz", "folder/"], ["e.txt"]),
    ("bntool run a.h5 ", ["a.h5", "c.npy", "d.npz", "folder/"], ["e.txt"]),
    ("bntool average-stats --method ", ["mean-of-deviations", "mean-of-variances", "moving-average", "moving-variance", "pooled"], ["a.h5"]),
    ("bntool average-stats a.h5 --output ", ["a.h5", "folder/"], ["c.npy"]),
    ("bntool merge a.h5 --o", ["--output"], ["--json"]),
]


def install(prefix: str, program: str) -> subprocess.CompletedProcess[str]:
    command = [ROOT / "tools/install", "--prefix", prefix, "--program", program]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def contents(folder: str) -> dict[str, tuple[bytes, int]]:
    """Every file's bytes and mode by its path."""
    paths = sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mode & 0o777) for path in paths}


class Bash:
    """A bash whose completion function is called as Readline would."""

    def __init__(self, script: str, folder: str) -> None:
        self.script, self.folder = script, folder

    def __call__(self, typed: str) -> list[str]:
        """The offers. Folders end with a slash, which Readline adds."""
        words = typed.split(" ")
        quoted = " ".join(f"'{word}'" for word in words)
        lines = f"""source '{self.script}'
COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1} COMP_LINE='{typed}' COMP_POINT={len(typed)} COMPREPLY=()
_bntool bntool '{words[-1]}' '{words[-2]}'
printf '%s\\n' "${{COMPREPLY[@]}}" """
        offered = output(["bash", "--norc", "-c", lines], self.folder).splitlines()
        return [f"{word}/" if word and pathlib.Path(self.folder, word).is_dir() else word for word in offered]


class Fish:
    """A fish that is asked for completions."""

    def __init__(self, script: str, folder: str) -> None:
        self.script, self.folder = script, folder

    def __call__(self, typed: str) -> list[str]:
        """The offers, without the descriptions."""
        lines = f"source '{self.script}'; complete --do-complete '{typed}'"
        return [line.split("\t")[0] for line in output(["fish", "--no-config", "-c", lines], self.folder).splitlines()]


def output(command: list[str], folder: str | None = None) -> str:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


class Zsh:
    """An interactive zsh on a terminal."""

    def __init__(self, script: str, folder: str) -> None:
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.environ.update({"TERM": "xterm", "PS1": "> "})
            os.execlp("zsh", "zsh", "-f", "-i")
        # One key lists the offers and says when that is done, however long it takes.
        setup = f"""fpath=('{pathlib.Path(script).parent}' $fpath); autoload -U compinit; compinit -D -u; stty cols 200 rows 60
LISTMAX=1000; zstyle ':completion:*' list-packed false
list() {{ zle list-choices; zle -R; zle -I; print DO''NE; BUFFER=; zle -Rc }}; zle -N list; bindkey '^F' list; print REA''DY
"""
        os.write(self.terminal, setup.encode())
        read_until(self.terminal, b"READY")

    def __call__(self, typed: str) -> list[str]:
        """The words of the list and of the line itself."""
        os.write(self.terminal, f"{typed}\x06".encode())
        screen = read_until(self.terminal, b"DONE").decode(errors="replace")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]", " ", screen).split()

    def close(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


def read_until(terminal: int, text: bytes, seconds: float = 30) -> bytes:
    """The output up to a text."""
    screen = b""
    end = time.monotonic() + seconds
    while text not in screen and select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
        screen += os.read(terminal, 65536)
    return screen


OFFERS = {"bash": Bash, "fish": Fish, "zsh": Zsh}


def completions(prefix: str, folder: str) -> Iterator[tuple[str, bool]]:
    """Pairs of a statement and whether it is true."""
    for name in FILES:
        pathlib.Path(folder, name).touch()
    pathlib.Path(folder, "folder").mkdir()
    for shell, script in SHELLS.items():
        if not shutil.which(shell):
            print(f"       no {shell} here")
            continue
        offers = OFFERS[shell](f"{prefix}/{script}", folder)
        for typed, offered, others in CASES:
            words = offers(typed)
            missing = [word for word in offered if word not in words]
            wrong = [word for word in others if word in words and word not in typed.split()]
            told = f", but {missing} are missing and {wrong} wrong: {words}" if missing or wrong else ""
            yield f"{shell} completes {typed!r}{told}", not told
        if shell == "zsh":
            offers.close()


def pages(prefix: str) -> Iterator[tuple[str, bool]]:
    """Pairs of a statement and whether it is true."""
    paths = sorted(pathlib.Path(prefix, "share/man/man1").iterdir())
    if shutil.which("mandoc"):
        run = subprocess.run(["mandoc", "-Tlint", "-W", "warning,stop", *paths], capture_output=True, text=True, check=False)
        # The date is left out, so that the same program always has the same pages.
        found = [line for line in run.stdout.splitlines() if "missing date" not in line]
        yield f"mandoc finds nothing in {len(paths)} pages {found}", not found
    if shutil.which("groff"):
        run = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww", "-z", *paths], capture_output=True, text=True, check=False
        )
        yield f"groff finds nothing in {len(paths)} pages {run.stderr}", not run.stderr
    subcommands = [path.stem.removeprefix("bntool-") for path in paths if path.stem != "bntool"]
    main = pathlib.Path(prefix, "share/man/man1/bntool.1").read_text().replace("\\-", "-").replace("\\fR", "")
    yield "every command has a page that the main page names", all(f"bntool-{name}(1)" in main for name in subcommands)
    program = pathlib.Path(prefix, "bin/bntool")
    for name in subcommands:
        help_text = output([program, name, "--help"])
        options = set(re.findall(r"--[a-z-]+", help_text[help_text.index("\nUSAGE") :]))
        page = pathlib.Path(prefix, f"share/man/man1/bntool-{name}.1").read_text().replace("\\-", "-")
        missing = sorted(option for option in options if option not in page)
        yield f"the page of {name} has every option {missing}", not missing and ".SH EXAMPLES" in page


def main(bntool: str) -> int:
    checks = []
    with tempfile.TemporaryDirectory() as folder:
        prefix = f"{folder}/some/prefix"
        run = install(prefix, bntool)
        first = contents(folder)
        listed = [pathlib.Path(path).relative_to(folder).as_posix() for path in run.stdout.splitlines()]
        checks.append((f"what was installed is listed {run.stderr}", run.returncode == 0 and listed == sorted(first)))
        install(prefix, bntool)
        checks.append(("installed again, it is the same bytes", contents(folder) == first))
        failures = {"no program": ("/dev/null", prefix, 66), "a file in the way": (bntool, f"{prefix}/bin/bntool/x", 73)}
        for what, (program, place, status) in failures.items():
            run = install(place, program)
            checks.append((f"{what}: {run.stderr.strip()}", run.returncode == status and contents(folder) == first))
        os.makedirs(f"{folder}/half/share/zsh/site-functions/_bntool")
        run = install(f"{folder}/half", bntool)
        kept = [path.name for path in pathlib.Path(folder, "half").iterdir()]
        checks.append(("a failed installation leaves nothing behind", run.returncode == 73 and kept == ["share"]))
        os.mkdir(f"{folder}/work")
        checks += [*completions(prefix, f"{folder}/work"), *pages(prefix)]
    for what, holds in checks:
        print(f"{'ok' if holds else 'WRONG':5}  {what}")
    return 0 if all(holds for _, holds in checks) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(str(pathlib.Path(sys.argv[1]).resolve())))
