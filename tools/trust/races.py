"""Two writers of one file, and readers of a file that is being replaced."""

import os
import subprocess
import threading

from .scenario import Scenario


def start(workplace, words):
    return subprocess.Popen(
        words, cwd=workplace.folder, env=workplace.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)


def two_writers(workplace, rounds):
    """Two processes save to one path. Both must succeed, and the file must be one of the two."""
    first = Scenario("first", "average IN/plain.h5 IN/stale.h5 --output OUT", "out.h5", "stale.h5")
    second = Scenario("second", "average-stats IN/plain.h5 --output OUT", "out.h5", "stale.h5")
    path = workplace.outputs / first.output
    wanted = []
    for scenario in (first, second):
        workplace.reset(scenario, None)
        workplace.run(workplace.words(scenario), check=True)
        wanted.append(path.read_bytes())
    for number in range(rounds):
        workplace.reset(first, None)
        processes = [start(workplace, workplace.words(scenario)) for scenario in (first, second)]
        for process in processes:
            _, errors = process.communicate()
            if process.returncode != 0:
                yield f"round {number}: status {process.returncode}: {errors.decode()}"
        if not path.exists() or path.read_bytes() not in wanted:
            yield f"round {number}: the file is neither of the two"
        if litter := workplace.litter(first):
            yield f"round {number}: left {litter}"


# Commands that read a checkpoint, and show or write something that depends on its content.
READERS = [
    "inspect FILE --json", "inspect FILE --json --values", "verify FILE --json", "stats FILE --json", "run FILE IN/first.npy --json",
    "average-stats FILE --output OUT", "average FILE IN/stale.h5 --output OUT", "convert FILE OUT", "merge FILE --output OUT",
    "extract FILE --output OUT", "repack FILE --contiguous --output OUT", "recalibrate FILE IN/first.npy --output OUT",
]


def replaced_while_read(workplace, command, rounds):
    """Reads a file that two files replace in turn, all the time. Each result must be that of one of the two files."""
    output = "out.npz" if command.startswith("convert") else "out.h5"
    scenario = Scenario(command, command, output, None)
    moving = workplace.folder / "moving.h5"
    sources = []
    for name in ("plain.h5", "stale.h5"):
        source = workplace.folder / f"source-{name}"
        source.write_bytes((workplace.inputs / name).read_bytes())
        sources.append(source)
    words = [word.replace("FILE", str(moving)) for word in workplace.words(scenario)]

    def result():
        workplace.reset(scenario, None)
        outcome = workplace.run(words)
        path = workplace.outputs / output
        return outcome.returncode, workplace.report(outcome), path.read_bytes() if path.exists() else b"", outcome.stderr

    def replace(source):
        other = workplace.folder / "other.h5"
        os.link(source, other)
        os.replace(other, moving)

    wanted = []
    for source in sources:
        moving.unlink(missing_ok=True)
        replace(source)
        wanted.append(result()[:3])
    stop = threading.Event()

    def keep_replacing():
        number = 0
        while not stop.is_set():
            replace(sources[number % 2])
            number += 1

    thread = threading.Thread(target=keep_replacing)
    thread.start()
    try:
        for number in range(rounds):
            seen = result()
            if seen[:3] not in wanted:
                yield f"round {number}: status {seen[0]}: {seen[3].decode()[:300]}{seen[1].decode()[:300]}"
    finally:
        stop.set()
        thread.join()
        moving.unlink(missing_ok=True)


def all_races(workplace, rounds):
    yield "two writers", rounds, list(two_writers(workplace, rounds))
    for command in READERS:
        yield f"replaced while read by {command.split()[0]}", rounds, list(replaced_while_read(workplace, command, rounds))
