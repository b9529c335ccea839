"""Runs the ONNX project's own backend tests through swift-bricks.

Each case is a model with inputs and expected outputs. The cases of single operators feed all inputs when the model runs, also shapes,
axes and weights, which real models keep as initializers. If the import refuses such an input, the case runs again with all inputs
except the first as initializers.

    python tools/zoo/onnx_backend.py --driver COMMAND [--pattern TEXT] [--list failed|refused|passed]

COMMAND reads lines `model.onnx TAB folder` from the standard input, and answers each with a line that begins with `ok` or `error`. It
reads `folder/NAME.npy` for each input, and writes `folder/K.out.npy` for output number K. `swift build -c
release --product zoo-driver` builds such a command. Requirements: tools/zoo/requirements.txt.
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy
import onnx
from onnx import numpy_helper
from onnx.backend.test import loader


class Driver:
    """The command that imports and runs models, started once."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.process = self.start()

    def start(self) -> subprocess.Popen:
        return subprocess.Popen(self.command.split(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, model: pathlib.Path, folder: pathlib.Path) -> str:
        self.process.stdin.write(f"{model}\t{folder}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            self.process.wait()
            self.process = self.start()
            return "crash"
        return answer.strip()


def array(value: object) -> numpy.ndarray | None:
    """A value of a case as an array that files can hold; None for sequences, optional values and texts."""
    if not isinstance(value, numpy.ndarray | numpy.generic):
        return None
    value = numpy.asarray(value)
    if value.dtype.kind not in "fiub":
        return None
    return value.astype(numpy.int64) if value.dtype.kind == "b" else value


def cases():
    """The name, the model, the data sets and the tolerances of all cases with numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in loader.load_model_tests(kind="node"):
            yield case.name, case.model, case.data_sets, case.rtol, case.atol
        for kind in ("simple", "pytorch-operator", "pytorch-converted", "light"):
            for case in loader.load_model_tests(kind=kind):
                if case.model_dir is None:
                    continue
                folder = pathlib.Path(case.model_dir)
                model = onnx.load(str(folder / "model.onnx"))
                sets = []
                for data in sorted(folder.glob("test_data_set_*")):
                    values = []
                    for part in ("input", "output"):
                        files = sorted(data.glob(f"{part}_*.pb"), key=lambda path: int(path.stem.split("_")[1]))
                        tensors = [onnx.TensorProto.FromString(path.read_bytes()) for path in files]
                        values.append([numpy_helper.to_array(tensor) for tensor in tensors])
                    sets.append(tuple(values))
                yield case.name, model, sets, case.rtol, case.atol


def fixed(model: onnx.ModelProto, inputs: list) -> onnx.ModelProto:
    """The model with all inputs except the first as initializers."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for value, given in list(zip(model.graph.input, inputs))[1:]:
        copy.graph.initializer.append(numpy_helper.from_array(numpy.asarray(given), value.name))
    del copy.graph.input[1:]
    return copy


def check(driver: Driver, folder: pathlib.Path, model: onnx.ModelProto, data: tuple, rtol: float, atol: float) -> str:
    """Runs a model on one data set: `passed`, `refused: …` or `failed: …`."""
    inputs, outputs = data
    for file in folder.glob("*"):
        file.unlink()
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    initializers = {tensor.name for tensor in model.graph.initializer}
    names = [value.name for value in model.graph.input if value.name not in initializers]
    for name, value in zip(names, inputs):
        content = array(value)
        if content is None:
            return "refused: an input is not a tensor of numbers"
        if content.dtype.kind in "iu":
            content = content.astype(numpy.int64)
        if content.dtype not in (numpy.float32, numpy.float64, numpy.int64):
            content = content.astype(numpy.float32)
        numpy.save(folder / f"{name.replace('/', '_')}.npy", content)
    answer = driver.run(path, folder)
    if answer == "crash":
        return "failed: crash"
    if answer.startswith("error"):
        return f"refused: {answer[6:]}"
    for index, expected in enumerate(outputs):
        wanted = array(expected)
        if wanted is None:
            return "failed: an output is not a tensor of numbers"
        result = numpy.load(folder / f"{index}.out.npy")
        if result.shape != wanted.shape:
            return f"failed: output {index} has the shape {result.shape}, not {wanted.shape}"
        if not numpy.allclose(result, wanted, rtol=max(rtol, 1e-5), atol=max(atol, 1e-5), equal_nan=True):
            return f"failed: output {index} differs by {numpy.nanmax(numpy.abs(result - wanted)):.2e}"
    return "passed"


def category(answer: str) -> str:
    """The reason of a refusal without names."""
    for pattern in (r"the operator ([\w.]+) is not supported", r"elements of type (\w+)", r"in the operator (\w+)", r"version (\d+) of"):
        found = re.search(pattern, answer)
        if found:
            return found.group(0)
    return answer[:100]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driver", required=True, help="the command that runs models")
    parser.add_argument("--pattern", default="", help="only cases whose names contain this text")
    parser.add_argument("--list", choices=["failed", "refused", "passed"], action="append", default=["failed"])
    arguments = parser.parse_args()
    driver = Driver(arguments.driver)
    counts: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for name, model, sets, rtol, atol in cases():
            if arguments.pattern not in name:
                continue
            answers = []
            for data in sets:
                answer = check(driver, folder, model, data, rtol, atol)
                if answer.startswith("refused") and len(data[0]) > 1 and len(model.graph.initializer) == 0:
                    try:
                        again = fixed(model, data[0])
                    except Exception:  # a sequence cannot become an initializer
                        again = None
                    if again is not None:
                        second = check(driver, folder, again, (data[0][:1], data[1]), rtol, atol)
                        answer = second if not second.startswith("refused") else second
                answers.append(answer)
            worst = next((a for a in answers if a.startswith("failed")), None) or next(
                (a for a in answers if a.startswith("refused")), "passed")
            kind = worst.split(":")[0]
            counts[kind] += 1
            if kind == "refused":
                reasons[category(worst)] += 1
            if kind in arguments.list:
                print(f"{name}: {worst[:220]}", flush=True)
    print("\nreasons of refusals:")
    for reason, count in reasons.most_common():
        print(f"  {count:4} {reason}")
    print(f"\n{counts['passed']} passed, {counts['refused']} refused by name, {counts['failed']} failed, {sum(counts.values())} cases")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
