"""The commands that are tortured, and the folder in which one of them runs."""

import os
import pathlib
import resource
import shutil
import struct
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"


def array(path, rows):
    """Writes an array of float32 as .npy."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    values = b"".join(struct.pack("<f", value) for row in rows for value in row)
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + values)


class Scenario:
    """A command that writes OUT. IN/… names an input. If the first word is `driver`, the program is torture-driver, otherwise bntool."""

    def __init__(self, name, command, output, former):
        self.name, self.command, self.output, self.former = name, command.split(), output, former


# The last column is the file that the command replaces.
SCENARIOS = [
    Scenario("average-stats", "average-stats IN/plain.h5 --output OUT", "out.h5", "stale.h5"),
    Scenario("average", "average IN/plain.h5 IN/stale.h5 --output OUT", "out.h5", "stale.h5"),
    Scenario("merge", "merge IN/first-pairs.h5 IN/second-pairs.h5 --output OUT", "out.h5", "first-pairs.h5"),
    Scenario("recalibrate", "recalibrate IN/plain.h5 IN/first.npy --batch-size 8 --output OUT", "out.h5", "stale.h5"),
    Scenario("repack", "repack IN/plain.h5 --compress 1 --output OUT", "out.h5", "stale.h5"),
    Scenario("run to HDF5", "run IN/plain.h5 IN/first.npy --output OUT", "out.h5", "stale.h5"),
    Scenario("run to NumPy", "run IN/plain.h5 IN/first.npy --output OUT", "out.npy", "second.npy"),
    Scenario("save", "driver save OUT", "out.h5", "stale.h5"),
    Scenario("convert to a checkpoint", "convert IN/dense.keras OUT", "out.h5", "stale.h5"),
    Scenario("convert to keras", "convert IN/dense.keras OUT", "out.keras", "chain.keras"),
    Scenario("convert to safetensors", "convert IN/plain.h5 OUT", "out.safetensors", "one.safetensors"),
    Scenario("convert to npz", "convert IN/arrays.npz OUT", "out.npz", "compressed.npz"),
    Scenario("convert to onnx", "convert IN/plain.h5 OUT", "out.onnx", "arrangements.onnx"),
]

INPUTS = {
    "plain.h5": "valid/plain.h5", "stale.h5": "valid/stale.h5",
    "dense.keras": "keras/dense.keras", "chain.keras": "keras/chain.keras", "one.safetensors": "foreign/one.safetensors",
    "arrays.npz": "foreign/arrays.npz", "compressed.npz": "foreign/compressed.npz",
    "arrangements.onnx": "onnx/arrangements.onnx",
}


class Workplace:
    """A folder with inputs, the folder of the output, and the folder for temporary files."""

    def __init__(self, folder, programs, number=0):
        self.folder, self.programs = pathlib.Path(folder), programs
        processors = sorted(os.sched_getaffinity(0))
        self.processor = processors[number % len(processors)]
        self.inputs, self.outputs, self.temporary = (self.folder / name for name in ("in", "out", "tmp"))
        for path in (self.inputs, self.outputs, self.temporary):
            path.mkdir(parents=True)
        for name, source in INPUTS.items():
            shutil.copy(FIXTURES / source, self.inputs / name)
        # Without this variable, dictionaries have another order in each run, and so have some reads.
        self.environment = {
            **os.environ, "TMPDIR": str(self.temporary), "COLUMNS": "80", "SWIFT_DETERMINISTIC_HASHING": "1"}
        self.environment.pop("SOURCE_DATE_EPOCH", None)
        for seed, name in enumerate(("first", "second")):
            rows = [[(row * 7 + column * 3 + seed) % 11 / 5 - 1 for column in range(3)] for row in range(32)]
            array(self.inputs / f"{name}.npy", rows)
            command = f"collect IN/plain.h5 IN/{name}.npy --batch-size 16 --output IN/{name}-pairs.h5"
            self.run(self.words(Scenario("collect", command, "", None)), check=True)
        self.original = self.contents(self.inputs)

    @staticmethod
    def contents(folder):
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def words(self, scenario):
        program, *rest = scenario.command if scenario.command[0] == "driver" else ["bntool", *scenario.command]
        return [str(self.programs[program])] + [
            word.replace("IN/", f"{self.inputs}/").replace("OUT", str(self.outputs / scenario.output)) for word in rest]

    def run(self, words, limit=None, **options):
        """Runs a program on one processor, so that it has one thread and makes the same calls each time."""

        def prepare():
            os.sched_setaffinity(0, {self.processor})
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.run(
            words, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
            preexec_fn=prepare, **options)

    def report(self, outcome):
        """The standard output of a run, without the name of the folder."""
        return outcome.stdout.replace(str(self.folder).encode(), b"")

    def reset(self, scenario, former):
        """Empties the folders of the output and of temporary files, and puts the former file at the path of the output."""
        for folder in (self.outputs, self.temporary):
            for path in folder.iterdir():
                path.unlink()
        if former is not None:
            (self.outputs / scenario.output).write_bytes(former)

    def litter(self, scenario):
        return sorted(
            path.name for folder in (self.outputs, self.temporary) for path in folder.iterdir()
            if path.name != scenario.output)
