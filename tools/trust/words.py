"""tools/torture words: runs bntool with changed command lines. It must accept each, or refuse it with a message, and keep the inputs."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading

from .scenario import FIXTURES, Scenario, Workplace

SECONDS, MEGABYTES = 5, 512
STATUSES = {0, 1, 64, 65, 66, 73, 74, 75}
# The user `nobody`, so that a command line with a wrong path cannot change files of this machine.
USER = 65534
LINES = [
    "inspect IN/plain.h5 IN/first-pairs.h5 --values",
    "run IN/plain.h5 IN/first.npy --output OUT.npy",
    "run IN/plain.h5 IN/arrays.npz:truth --labels IN/second.npy --step 1",
    "check IN/plain.h5 IN/first.npy --max-drift 0.5 --until-error 0.1 --batch-size 8 --seed 3 --batches 2",
    "diff IN/plain.h5 IN/stale.h5 --tolerance 1e-3 --ignore *.W",
    "verify IN/plain.h5 IN/first.npy --strict",
    "stats IN/plain.h5 --stationary-tolerance 0.1",
    "report IN/plain.h5 IN/stale.h5 --output OUT.html --data IN/first.npy --select /mlp/** --batch-size 4",
    "plot IN/plain.h5 /mlp/batch_norm_activation_0/batchnormalization --figure deviations --scale 2 --output OUT.svg",
    "collect IN/plain.h5 IN/first.npy --batch-size 16 --shard 1/2 --output OUT-{shard}.h5",
    "collect IN/plain.h5 IN/first.npy --seed 7 --batches 3 --output OUT.h5",
    "recalibrate IN/plain.h5 IN/first.npy --method moving-average --smoothing-factor 0.1 --select ** --batch-size 8 --output OUT.h5",
    "extract IN/first-pairs.h5 --brick /mlp/* --role BATCH_NORM_POPULATION_MEAN --output OUT.h5",
    "merge IN/first-pairs.h5 IN/second-pairs.h5 --expect 2 --output OUT.h5",
    "average-stats IN/first-pairs.h5 --model IN/plain.h5 --method pooled --weights 1 --threads 1 --output OUT.h5",
    "average IN/plain.h5 IN/stale.h5 --weights 1,0.5 --select **.W --statistics copy:1 --output OUT.h5",
    "average IN/plain.h5 IN/stale.h5 --ema-decay 0.9 --output OUT.h5",
    "soup IN/plain.h5 IN/stale.h5 --held-out IN/first.npy --labels IN/second.npy --output OUT.h5",
    "fold IN/plain.h5 --partial --output OUT.h5",
    "set-epsilon IN/plain.h5 1e-3 --output OUT.h5",
    "repack IN/plain.h5 --compress 4 --output OUT.h5",
    "init IN/network.json --seed 5 --output OUT.h5",
    "convert IN/plain.h5 OUT.npz --to npz",
    "convert IN/arrangements.onnx OUT.h5 --input-shape x=2,3,4 --allow-loss",
    "set IN/plain.h5 /mlp/batch_norm_activation_0/batchnormalization.population_mean --value 0.5 --observations 7 --output OUT.h5",
    "rename IN/plain.h5 /mlp/linear_0 /mlp/first --output OUT.h5",
    "drop IN/plain.h5 *.b --updates --output OUT.h5",
    "help run",
]
VALUES = [
    "", "0", "-1", "1", "3", "0.5", "-0.0", "1e400", "1e-400", "nan", "-inf", "0x10", "1_000", "+1", " 1", "１", "é", "e\u0301", "\u202e",
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551616", "*", "**", "?", "[", "[!", "[]", "{",
    "{shard}", "/", "//", "/mlp/", ".", "..", ",", "1,,2", "1,", "-1,2", "1/0", "0/1", "3/2", "1/9223372036854775807", "auto", "x=1", "=",
    "=x", "x=", "x=2,-3", "x=2,9223372036854775807", "[0:0]", "[1:0]", "[-1:]", "[::]", "[0:99999999999999999999]", ":", ":images", "a" * 5000,
    "[" * 600, "--", "-", "--json", "-h", "--quiet", "--output", "\udcff",
]


def options_of(bntool):
    """The names of the options of each command."""
    described = json.loads(subprocess.run([bntool, "--experimental-dump-help"], check=True, capture_output=True).stdout)
    return {
        command["commandName"]: [
            f"--{name['name']}" for argument in command.get("arguments", []) for name in argument.get("names", [])
            if name["kind"] == "long"]
        for command in described["command"]["subcommands"]}


def change_word(word, generator):
    """Returns the word with an inserted, removed or repeated part."""
    place = generator.randrange(len(word) + 1)
    kind = generator.randrange(4)
    if kind == 0:
        return word[:place] + generator.choice(VALUES) + word[place:]
    if kind == 1:
        return word[:place] + word[place + generator.randrange(1, 4):]
    if kind == 2:
        return word[:place] + chr(generator.choice([0x20, 0x2C, 0x2D, 0x2F, 0x3A, 0x3D, 0x5B, 0x5D, 0x2A, 0x30, 0x39, 0x65])) + word[place:]
    return word + word


def changed(words, options, generator):
    """Returns a changed command line. No file name is replaced or removed, so that commands find most files."""
    words = list(words)
    for _ in range(generator.choice([1, 1, 2, 3])):
        place = generator.randrange(1, len(words) + 1)
        kind = generator.randrange(6)
        if kind == 0:
            words.insert(place, generator.choice(VALUES))
        elif kind == 1:
            words[place:place] = [generator.choice(options), generator.choice(VALUES)]
        elif kind == 2:
            words[place:place] = [f"{generator.choice(options)}={generator.choice(VALUES)}"]
        elif place < len(words):
            if words[place].startswith("OUT"):
                continue
            if words[place].startswith("IN/"):
                words[place] += generator.choice(VALUES)
            elif kind == 3:
                words[place] = generator.choice(VALUES)
            elif kind == 4:
                words[place] = change_word(words[place], generator)
            else:
                del words[place]
    return words


class Shell:
    """A folder in which command lines run as nobody, if this process may choose the user."""

    def __init__(self, workplace):
        self.workplace = workplace
        shutil.copy(FIXTURES / "foreign/network.json", workplace.inputs / "network.json")
        workplace.original = workplace.contents(workplace.inputs)
        self.user = {}
        if os.getuid() == 0:
            self.user = {"user": USER, "group": USER, "extra_groups": []}
            for folder in (workplace.folder, workplace.inputs, workplace.outputs, workplace.temporary):
                for path in (folder, *(path for path in folder.iterdir() if path.is_file())):
                    os.chown(path, USER, USER)

    def run(self, words):
        """Runs a command line, and yields its problems."""
        workplace = self.workplace
        workplace.reset(Scenario("", "", "", None), None)
        line = [word.replace("IN/", f"{workplace.inputs}/").replace("OUT", f"{workplace.outputs}/out") for word in words]
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                [workplace.programs["bntool"], *(os.fsencode(word) for word in line)], cwd=workplace.outputs, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=errors, env=workplace.environment, **self.user)
            timer = threading.Timer(600, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            message = errors.read().decode(errors="replace")
        if process.returncode < 0:
            yield f"signal {-process.returncode}: {message[-500:]}"
        elif process.returncode not in STATUSES:
            yield f"status {process.returncode}"
        elif process.returncode > 1 and not message:
            yield f"status {process.returncode} without a message"
        if usage.ru_utime + usage.ru_stime > SECONDS:
            yield f"{usage.ru_utime + usage.ru_stime:.1f} s"
        if usage.ru_maxrss > MEGABYTES << 10:
            yield f"{usage.ru_maxrss >> 10} MB"
        after = workplace.contents(workplace.inputs)
        for name, content in workplace.original.items():
            if after.get(name) != content:
                path = str(workplace.inputs / name)
                # A file may be replaced if it is only the output.
                if sum(path in word for word in line) > 1 or not ("--output" in words or words[0] == "convert"):
                    yield f"{name} was changed"
                (workplace.inputs / name).write_bytes(content)
        for name in after.keys() - workplace.original.keys():
            (workplace.inputs / name).unlink()


def run(options):
    """Runs the changed command lines, and prints their problems."""
    generator = random.Random(options.seed)
    memory = pathlib.Path("/dev/shm")
    bntool = options.bntool.resolve()
    known, found = options_of(bntool), 0
    with tempfile.TemporaryDirectory(prefix="torture-", dir=memory if memory.is_dir() else None) as folder:
        os.chmod(folder, 0o755)
        shell = Shell(Workplace(pathlib.Path(folder) / "words", {"bntool": bntool}))
        for number in range(options.runs):
            line = LINES[number % len(LINES)].split()
            # The unchanged lines come first.
            words = line if number < len(LINES) else changed(line, known.get(line[0]) or ["--json"], generator)
            for problem in shell.run(words):
                found += 1
                print(f"{words}: {problem}", flush=True)
    print(f"{options.runs} command lines, {found} findings")
    return 1 if found else 0


def add(commands):
    """Adds the command to the parser of tools/torture."""
    parser = commands.add_parser("words", help="give changed command lines to bntool")
    parser.add_argument("--runs", type=int, default=20_000, help="how many command lines")
    parser.set_defaults(main=run)
