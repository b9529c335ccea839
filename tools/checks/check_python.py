"""Checks the Python package: its schema validator against jsonschema, copies of files, and the answers to refused files.

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
STAGES = ["open", "load", "run", "average"]


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
    """Mutants of documents on which the package's validator and jsonschema disagree."""
    # For jsonschema 5.0 is an integer, but for the format it is not (C16).
    draft = jsonschema.Draft202012Validator
    types = draft.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    validator = jsonschema.validators.extend(draft, type_checker=types)
    validators = {name: validator(schema.schema(name)) for name in ("contents", "bricks", "graph", "provenance")}
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
    """Checkpoints that differ after they are written and read again."""
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
    """Malformed files for which `verify` gives an unexpected answer or no reason."""
    found = []
    folder = ROOT / "fixtures/malformed"
    for case in json.loads((folder / "expectations.json").read_text()):
        verification = swift_bricks.verify(folder / case["file"])
        is_refused, reported = verification.stage is not None, {text.split(" ")[0] for text in verification.findings}
        if is_refused != case["refused"] or reported != ({case["rule"]} if case["answer"] == "report" else set()):
            found.append(f"{case['file']}: refused at {verification.stage}, reported {verification.findings}")
        if is_refused and STAGES.index(verification.stage) > STAGES.index(case["at"]):
            found.append(f"{case['file']}: refused at {verification.stage}, after {case['at']}")
        if is_refused and not (verification.problems and all(verification.problems)):
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
