"""Checks the Python package: its schema validator against jsonschema, copies of files, and what a refused file leads to.

python tools/checks/check_python.py
"""

import collections
import copy
import json
import pathlib
import random
import sys
import tempfile

import jsonschema
import swift_bricks
from mutate import mutate
from swift_bricks import schema
from swift_bricks.digests import json_text
from swift_bricks.types import Object
from swift_bricks.writing import plan

ROOT = pathlib.Path(__file__).resolve().parents[2]
MUTANTS = 1000


def documents(checkpoint: swift_bricks.Checkpoint) -> dict[str, Object]:
    """The documents of a checkpoint by the names of their schemas."""
    named = {
        "contents": plan(checkpoint).contents,
        "bricks": checkpoint.bricks,
        "graph": checkpoint.graph,
        "provenance": checkpoint.provenance,
    }
    return {name: document for name, document in named.items() if document is not None}


def schema_problems(checkpoints: list[swift_bricks.Checkpoint]) -> list[str]:
    """Mutants of documents that the package's validator and jsonschema do not agree on."""
    validators = {
        name: jsonschema.Draft202012Validator(schema.schema(name)) for name in ("contents", "bricks", "graph", "provenance")
    }
    generator, found, counts = random.Random(1), [], collections.Counter[bool]()
    for _ in range(MUTANTS):
        name, document = generator.choice(list(documents(generator.choice(checkpoints)).items()))
        mutant, change = mutate(copy.deepcopy(document), generator)
        is_valid = validators[name].is_valid(mutant)
        counts[is_valid] += 1
        if is_valid != (not schema.problems(name, mutant)):
            found.append(f"{name}, {change}: jsonschema says {'valid' if is_valid else 'invalid'}; the package disagrees")
    if min(counts[True], counts[False]) < MUTANTS / 10:
        found.append(f"too few valid or too few invalid mutants: {dict(counts)}")
    return found


def copy_problems(checkpoints: list[swift_bricks.Checkpoint], folder: pathlib.Path) -> list[str]:
    """Checkpoints that are others once they are written and read again."""
    found = []
    for number, checkpoint in enumerate(checkpoints):
        path = folder / f"{number}.h5"
        swift_bricks.write(path, checkpoint)
        again = swift_bricks.read(path)
        for name, document in documents(checkpoint).items():
            if json_text(documents(again)[name]) != json_text(document):
                found.append(f"copy {number}: another {name}")
    return found


def refusal_problems() -> list[str]:
    """Malformed files that `verify` answers otherwise than expected, or without a reason."""
    found = []
    for case in json.loads((ROOT / "fixtures/malformed/expectations.json").read_text()):
        verification = swift_bricks.verify(ROOT / "fixtures/malformed" / case["file"])
        if verification.stage != (case["at"] if case["refused"] else None):
            found.append(f"{case['file']}: refused at {verification.stage}")
        if not verification.is_sound and not all(verification.problems):
            found.append(f"{case['file']}: refused without a reason")
    return found


def main() -> int:
    """Prints what is wrong."""
    paths = sorted((ROOT / "fixtures/valid").glob("*.h5"))
    checkpoints = [swift_bricks.read(path) for path in paths if path.name != "expected.h5"]
    with tempfile.TemporaryDirectory() as folder:
        problems = schema_problems(checkpoints) + copy_problems(checkpoints, pathlib.Path(folder)) + refusal_problems()
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
