"""Lets every system call that touches a file fail in turn, and checks what is left."""

import itertools
import pathlib
import queue
import random
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor

from . import races, trace
from .scenario import SCENARIOS, Workplace

ERRORS = ["ENOSPC", "EIO", "EINTR", "EDQUOT"]


class Fault:
    """A fault at a system call: an error, a signal, or a write that claims a count and writes nothing."""

    def __init__(self, call, kind, place, follower=None):
        self.call, self.kind, self.place = call, kind, place
        # A fault "after" a call happens at the next call of the thread. The files do not change in between.
        self.target = follower or call

    @property
    def injection(self):
        kind = self.kind
        if kind.startswith("KILL"):
            kind = "signal=KILL"
        elif kind in ("TERM", "INT"):
            kind = f"signal={kind}"
        elif kind.startswith("E"):
            kind = f"error={kind}"
        return f"inject={self.target.name}:{kind}:when={self.target.number}"

    def __str__(self):
        return f"{self.kind} at {self.call}"


def faults(calls, folder):
    """All faults of a run."""
    for place, call in enumerate(calls):
        if not trace.touches(call, folder):
            continue
        if not call.is_changing:
            if call.name in trace.READING | {"openat"}:
                yield Fault(call, "EIO", place)
            continue
        for error in ERRORS:
            yield Fault(call, error, place)
        for signal_name in ("KILL before", "TERM", "INT"):
            yield Fault(call, signal_name, place)
        follower = next(
            (later for later in calls[place + 1:]
             if later.thread == call.thread and later.name in trace.CHANGING | trace.READING | {"exit_group"}), None)
        if follower:
            yield Fault(call, "KILL after", place, follower)
        # A program cannot read back what it wrote to standard output or error, so it cannot notice a lost write.
        if call.written_count > 0 and not trace.is_message(call):
            for count in {call.written_count, call.written_count // 2} - {0}:
                yield Fault(call, f"retval={count}", place)


class Torture:
    """The faults of one scenario. Each worker injects them in its own workplace."""

    def __init__(self, scenario, workplaces):
        self.scenario, self.workplaces = scenario, workplaces
        first = workplaces[0]
        self.former = (first.inputs / scenario.former).read_bytes()
        first.reset(scenario, self.former)
        log = first.folder / "trace"
        clean = first.run(["strace", "-f", "-y", "-s", "16", "-o", str(log), *first.words(scenario)])
        if clean.returncode != 0:
            raise SystemExit(f"{scenario.name} fails without any fault: {clean.stderr.decode()}")
        self.output, self.calls = first.report(clean), trace.calls(log.read_text())
        path = first.outputs / scenario.output
        self.new = path.read_bytes()
        if self.new == self.former:
            raise SystemExit(f"{scenario.name}: the new file is the same as the former one, so nothing would be tested")
        self.closes = trace.closes_of_writers(self.calls, path)
        self.problems = [] if self.closes else ["no descriptor of the new file is closed"]
        if problem := trace.order_problem(self.calls, path):
            self.problems.append(f"loss of power: {problem}")
        if path.suffix == ".h5":
            for content in (self.former, self.new):
                path.write_bytes(content)
                if (outcome := first.run([str(first.programs["bntool"]), "verify", str(path)])).returncode != 0:
                    self.problems.append(f"verify: {outcome.stdout.decode()}{outcome.stderr.decode()}")
        self.renaming = next((place for place, call in enumerate(self.calls) if call.name.startswith("rename")
                              and f'"{path}"' in call.text), len(self.calls))
        # The library does not handle SIGTERM and SIGINT, so the driver, which uses only the library, does not get them.
        self.faults = [fault for fault in faults(self.calls, first.folder)
                       if scenario.command[0] != "driver" or fault.kind not in ("TERM", "INT")]

    def check(self, workplace, status, outcome, *, kind, renamed, mentions=True, call="", changing=True):
        """The problems of a run with a fault, and of the next run."""
        scenario = self.scenario
        path = workplace.outputs / scenario.output
        content = path.read_bytes() if path.exists() else None
        killed = kind.startswith("KILL")
        litter = workplace.litter(scenario)
        if content not in (self.former, self.new):
            yield f"the file has {'no' if content is None else len(content)} bytes, and is neither the old nor the new one"
        if workplace.contents(workplace.inputs) != workplace.original:
            yield "an input was changed"
        if status == 0:
            if content != self.new:
                yield "it reports success, but the file is not the new one"
            if changing and workplace.report(outcome) != self.output:
                yield "it reports success, but its report is not complete"
            if litter and call not in ("unlink", "unlinkat"):
                yield f"it reports success, but leaves {litter}"
        elif status < 0:
            if not killed and -status not in (signal.SIGTERM, signal.SIGINT):
                yield f"it ends by signal {-status}"
        else:
            if content == self.new and not renamed:
                yield f"it ends with status {status}, but the file is the new one"
            if status not in (65, 66, 73, 74):
                yield f"its status is {status}"
            if mentions and not outcome.stderr:
                yield "it fails without a message"
            if litter and call not in ("unlink", "unlinkat"):
                yield f"it leaves {litter}"
        if litter:
            again = workplace.run(workplace.words(scenario))
            if again.returncode != 0 or not path.exists() or path.read_bytes() != self.new:
                yield f"the next run fails: {again.stderr.decode()}"
            if rest := workplace.litter(scenario):
                yield f"the next run does not remove {rest}"

    def inject(self, workplace, fault):
        workplace.reset(self.scenario, self.former)
        log = workplace.folder / "trace"
        log.unlink(missing_ok=True)
        outcome = workplace.run([
            "strace", "-f", "-qq", "-s", "0", "-o", str(log), "-e", f"trace={fault.target.name}", "-e", fault.injection,
            *workplace.words(self.scenario)])
        text = log.read_text()
        if fault.kind.startswith("KILL"):
            happened = "killed by SIGKILL" in text
        elif fault.kind in ("TERM", "INT"):
            happened = f"SIG{fault.kind}" in text
        else:
            happened = "(INJECTED)" in text
        if not happened:
            return ["the fault did not happen"]
        # strace ends by the signal that ended the program.
        problems = list(self.check(
            workplace, outcome.returncode, outcome, kind=fault.kind, renamed=fault.place >= self.renaming,
            mentions=not fault.call.text.startswith("2<"), call=fault.call.name, changing=fault.call.is_changing))
        if outcome.returncode == 0 and fault.call in self.closes and fault.kind in ("ENOSPC", "EIO", "EDQUOT"):
            problems.append("it reports success, but closing the new file failed")
        return problems

    def limit(self, workplace, byte_count):
        """Runs the command with a limit on the size of files, so that a write really is short. Returns the problems."""
        workplace.reset(self.scenario, self.former)
        outcome = workplace.run(workplace.words(self.scenario), limit=byte_count)
        return list(self.check(workplace, outcome.returncode, outcome, kind="limit", renamed=False))


def torture(scenario, workplaces, sample, generator):
    """Runs a scenario with all faults, or with `sample` of them. Returns how many ran, how many there are, their kinds, and the problems."""
    work = Torture(scenario, workplaces)
    limits = list(range(0, len(work.new), max(1, len(work.new) // 64)))
    jobs = [(work.inject, fault, str(fault)) for fault in work.faults]
    jobs += [(work.limit, count, f"limit of {count} bytes") for count in limits]
    found = len(jobs)
    if sample is not None:
        jobs = generator.sample(jobs, min(sample, len(jobs)))
    free = queue.SimpleQueue()
    for workplace in workplaces:
        free.put(workplace)

    def run(job):
        act, argument, name = job
        workplace = free.get()
        try:
            return [f"{name}: {problem}" for problem in act(workplace, argument)]
        finally:
            free.put(workplace)

    with ThreadPoolExecutor(len(workplaces)) as pool:
        problems = work.problems + list(itertools.chain.from_iterable(pool.map(run, jobs)))
    kinds = {}
    for _, argument, _ in jobs:
        kind = (argument.kind.split("=")[0] if isinstance(argument, Fault) else "limit").replace("retval", "lost write")
        kinds[kind] = kinds.get(kind, 0) + 1
    return len(jobs), found, kinds, problems


def main(options):
    programs = {"bntool": options.bntool.resolve(), "driver": options.driver.resolve()}
    generator = random.Random(options.seed)
    chosen = [scenario for scenario in SCENARIOS if not options.only or scenario.name in options.only]
    total, problem_count = 0, 0
    memory = pathlib.Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="torture-", dir=memory if memory.is_dir() else None) as folder:
        workplaces = [
            Workplace(pathlib.Path(folder) / str(number), programs, number)
            for number in range(options.jobs)]
        for scenario in chosen:
            count, found, kinds, problems = torture(scenario, workplaces, options.sample, generator)
            total += count
            problem_count += len(problems)
            share = "" if count == found else f" of {found}"
            print(f"{scenario.name}: {count}{share} faults, {len(problems)} violations "
                  f"({', '.join(f'{kind} {number}' for kind, number in sorted(kinds.items()))})", flush=True)
            for problem in problems:
                print(f"  {problem}", flush=True)
        if not options.only:
            for name, count, problems in races.all_races(workplaces[0], rounds=options.rounds):
                problem_count += len(problems)
                print(f"{name}: {count} rounds, {len(problems)} violations", flush=True)
                for problem in problems:
                    print(f"  {problem}", flush=True)
    print(f"{total} faults, {problem_count} violations")
    return 1 if problem_count else 0
