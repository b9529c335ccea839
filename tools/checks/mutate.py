"""Mutates the graphs of fixtures/valid, repairs their digests, and runs bntool on each mutant. It must answer and never crash.

    python tools/checks/mutate.py BNTOOL [--count N] [--seed S] [--keep FOLDER]

Every mutant has one member of the document /model/graph deleted, repeated or replaced. `inspect` and `run` have to end with a
documented exit code. A finding is a signal, another code, no answer in time, or a run of a file that the independent reader refuses.
Findings are kept in FOLDER.
"""

import argparse
import collections
import copy
import json
import pathlib
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import h5py
import numpy
from swift_bricks import CheckpointError, read
from swift_bricks.model import Checkpoint, Tensor
from swift_bricks.types import Array, Object
from swift_bricks.writing import plan, write_plan

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
DOCUMENTED = {0, 1, 65, 66, 74}
INTEGERS = [-1, 0, 1, 2, 3, 5, 7, 1 << 20, 1 << 31, 1 << 40, (1 << 62) + 1, (1 << 63) - 1, -(1 << 63), 1 << 63]
# There is no null, because an optional member that is null is the same as a missing one.
OTHERS = [
    True,
    False,
    0.5,
    -0.0,
    1e300,
    "",
    "batch",
    "x",
    "nan",
    "float64",
    "int64",
    "/",
    "update_0",
    [],
    {},
    [0],
    [1, 1],
]
SECONDS = 20
# The keys and indices that lead to a value of a document.
Place = tuple[Any, ...]


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """The path of every value in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def at(document: Any, path: Place) -> Any:
    for key in path:
        document = document[key]
    return document


def mutate(graph: Object, generator: random.Random) -> tuple[Object, str]:
    """A mutant, and a description of the change."""
    mutant = copy.deepcopy(graph)
    path = generator.choice(list(places(mutant)))
    parent, key = at(mutant, path[:-1]), path[-1]
    value = parent[key]
    kind = generator.choice(["delete", "integer", "other", "elsewhere", "near", "repeat"])
    if kind == "delete":
        del parent[key]
    elif kind == "integer":
        parent[key] = generator.choice(INTEGERS)
    elif kind == "other":
        parent[key] = copy.deepcopy(generator.choice(OTHERS))
    elif kind == "elsewhere":
        # The replacement has the same name, or the same place in its list, so its type mostly fits and its meaning does not.
        same = [place for place in places(graph) if place[-1] == key and place != path]
        parent[key] = copy.deepcopy(at(graph, generator.choice(same))) if same else []
    elif kind == "near" and isinstance(value, int):
        parent[key] = value + generator.choice([-2, -1, 1, 2])
    elif kind == "repeat" and isinstance(parent, list):
        parent.insert(generator.randrange(len(parent) + 1), copy.deepcopy(value))
    else:
        parent[key] = [value]
    return mutant, f"{kind} {'.'.join(map(str, path))}"


def with_one_input(checkpoint: Checkpoint, inputs: dict[str, Array]) -> tuple[Checkpoint, Array]:
    """Makes all inputs except the first saved tensors, because `bntool run` feeds one input. Returns the values of the first, too."""
    graph, extents = checkpoint.graph, {}
    for port in graph["inputs"]:
        shape = graph["variables"][port["variable"]]["shape"]
        extents |= {name: extent for name, extent in zip(shape, inputs[port["name"]].shape) if isinstance(name, str)}
    for place in [place for place in places(graph) if place[-1] == "shape"]:
        at(graph, place[:-1])["shape"] = [extents.get(extent, extent) for extent in at(graph, place)]
    first, *others = graph["inputs"]
    brick = f"/{checkpoint.bricks['bricks'][0]['name']}"
    for port in others:
        values = inputs[port["name"]]
        path = f"/persistent{brick}/fed_{port['name']}"
        axes = [f"axis_{axis}" for axis in range(values.ndim)]
        checkpoint.tensors.append(Tensor(path, values, "PERSISTENT", brick, axes))
        graph["variables"][port["variable"]] |= {"source": {"tensor": path}, "roles": ["PERSISTENT"]}
    graph["inputs"] = [first]
    return checkpoint, inputs[first["name"]]


def call(*arguments: str | pathlib.Path) -> tuple[int | None, str]:
    """The exit code (negative for a signal, None for a timeout) and the text on standard error."""
    try:
        done = subprocess.run(arguments, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None, "timed out"
    return done.returncode, done.stderr.decode(errors="replace")


def is_sound(path: pathlib.Path) -> bool:
    """Whether the independent reader accepts the file."""
    try:
        read(path)
    except CheckpointError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bntool")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path)
    options = parser.parse_args()
    generator, codes, findings = random.Random(options.seed), collections.Counter(), []
    files = sorted(path for path in (FIXTURES / "valid").glob("*.h5") if path.name != "expected.h5")
    sources = []
    with h5py.File(FIXTURES / "valid/expected.h5") as expected:
        for path in files:
            checkpoint = read(path)
            if checkpoint.kind == "model":
                inputs = {name: values[()] for name, values in expected[f"{path.stem}/inputs"].items()}
                sources.append(with_one_input(checkpoint, inputs))
    with tempfile.TemporaryDirectory() as folder:
        model, examples = pathlib.Path(folder, "model.h5"), pathlib.Path(folder, "examples.npy")
        for checkpoint, values in sources:
            write_plan(model, plan(checkpoint, dimension_scales=False))
            numpy.save(examples, values)
            code, text = call(options.bntool, "run", model, examples)
            if code != 0:
                sys.exit(f"{checkpoint.bricks['bricks'][0]['name']} does not run unmutated: exit {code}: {text}")
        for number in range(options.count):
            checkpoint, values = generator.choice(sources)
            mutant, what = mutate(checkpoint.graph, generator)
            planned = plan(checkpoint, dimension_scales=False)
            planned.set_document("/model/graph", json.dumps(mutant, ensure_ascii=False))
            write_plan(model, planned)
            numpy.save(examples, values)
            results = [call(options.bntool, "inspect", model), call(options.bntool, "run", model, examples)]
            codes.update(zip(("inspect", "run"), (code for code, _ in results)))
            trouble = [f"exit {code}: {text[-300:]}" for code, text in results if code not in DOCUMENTED]
            if results[1][0] == 0 and not is_sound(model):
                trouble.append("ran a graph that the independent reader refuses")
            if trouble:
                findings.append(f"mutant {number}, {what}: {'; '.join(trouble)}")
                print(findings[-1], flush=True)
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / f"mutant-{options.seed}-{number}.h5").write_bytes(model.read_bytes())
    for (command, code), count in sorted(codes.items(), key=str):
        print(f"{command} exit {code}: {count}")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
