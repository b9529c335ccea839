"""Breaks every constraint of the JSON Schemas of documents (rule C12), one at a time, in checkpoints of fixtures/valid.

    python tools/checks/documents.py BNTOOL

`bntool verify` and the independent reader must refuse each of these files. The digests of the files are right.
"""

import copy
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import swift_bricks
from swift_bricks import schema
from swift_bricks.digests import json_text
from swift_bricks.types import Object
from swift_bricks.writing import Plan, plan, write_plan

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
DOCUMENTS = {"/contents": "contents", "/model/bricks": "bricks", "/model/graph": "graph", "/provenance": "provenance"}
# A value of another type.
OTHERS = {"object": 7, "array": 7, "string": 7, "boolean": "yes", "integer": 0.5, "number": "much", "null": 7}

# A break: the name of the constraint, the place in the document, and the value there, or a function that changes the object there.
Break = tuple[str, tuple[Any, ...], Any]


def holds(rules: Any, value: Any, root: Object) -> bool:
    """Whether a value obeys a schema."""
    return schema._holds(rules, value, root)


def breaks(value: Any, rules: Any, root: Object, name: str, place: tuple[Any, ...] = ()) -> Iterator[Break]:
    """The breaks of all constraints that a schema makes on a value and its parts."""
    if not isinstance(rules, dict):
        return
    if "$ref" in rules:
        # "#/$defs/NAME", or "#" for the whole schema.
        target = rules["$ref"].rpartition("/")[2]
        yield from breaks(value, root["$defs"].get(target, root), root, target, place)
    for keyword, rule in rules.items():
        label = f"{name}/{keyword}"
        if keyword == "type":
            for kind in [rule] if isinstance(rule, str) else rule[:1]:
                yield label, place, OTHERS[kind]
        elif keyword == "required":
            for member in rule:
                if isinstance(value, dict) and member in value:
                    yield f"{label}/{member}", (*place, member), DELETED
        elif keyword == "enum":
            yield label, place, "another" if all(isinstance(item, str) for item in rule) else 7777
        elif keyword == "const":
            yield label, place, "another"
        elif keyword == "pattern":
            yield label, place, "//"
        elif keyword == "minLength":
            yield label, place, ""
        elif keyword in ("minimum", "exclusiveMinimum"):
            yield label, place, rule - (keyword == "minimum")
        elif keyword == "maximum" and rule < 2**53:
            yield label, place, rule + 1
        elif keyword == "minItems" and rule > 0:
            yield label, place, value[: rule - 1]
        elif keyword == "maxItems" and value:
            yield label, place, value + value[:1] * (rule + 1 - len(value))
        elif keyword == "uniqueItems" and value:
            yield label, place, value + value[:1]
        elif keyword == "properties" and isinstance(value, dict):
            for member, inner in rule.items():
                if member in value:
                    yield from breaks(value[member], inner, root, f"{label}/{member}", (*place, member))
        elif keyword == "items" and isinstance(value, list):
            for index, item in enumerate(value):
                yield from breaks(item, rule, root, f"{label}", (*place, index))
        elif keyword == "additionalProperties" and isinstance(value, dict):
            for member, item in value.items():
                if member not in rules.get("properties", {}):
                    yield from breaks(item, rule, root, label, (*place, member))
        elif keyword == "allOf":
            for index, inner in enumerate(rule):
                yield from breaks(value, inner, root, f"{label}/{index}", place)
        elif keyword in ("anyOf", "oneOf"):
            for index, inner in enumerate(rule):
                if holds(inner, value, root):
                    yield from breaks(value, inner, root, f"{label}/{index}", place)
        elif keyword == "if" and "then" in rules and holds(rule, value, root):
            yield from breaks(value, rules["then"], root, f"{name}/then", place)
        elif keyword == "if" and "else" in rules and not holds(rule, value, root):
            yield from breaks(value, rules["else"], root, f"{name}/else", place)


DELETED = object()


def broken(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy of a document with another value at a place."""
    if not place:
        return value
    changed = copy.deepcopy(document)
    parent = changed
    for key in place[:-1]:
        parent = parent[key]
    if value is DELETED:
        del parent[place[-1]]
    else:
        parent[place[-1]] = value
    return changed


def cases() -> Iterator[tuple[str, Callable[[pathlib.Path], None]]]:
    """A file for each constraint that a sound file can break."""
    seen: set[str] = set()
    paths = [path for path in sorted((FIXTURES / "valid").glob("*.h5")) if path.name != "expected.h5"]
    for path in [*paths, FIXTURES / "edram/reduced.h5", FIXTURES / "digits/snapshot-1.h5"]:
        checkpoint = swift_bricks.read(path)
        sound = plan(checkpoint, dimension_scales=False)
        values = {"/contents": sound.contents, "/model/bricks": checkpoint.bricks, "/model/graph": checkpoint.graph,
                  "/provenance": checkpoint.provenance}
        for document, name in DOCUMENTS.items():
            if values[document] is None:
                continue
            root = schema.schema(name)
            for label, place, value in breaks(values[document], root, root, name):
                label = f"{name}: {label}"
                if label in seen:
                    continue
                changed = broken(values[document], place, value)
                if not schema.problems(name, changed):
                    continue
                seen.add(label)
                yield f"{label} (of {path.name}, at {'/'.join(map(str, place))})", writer(checkpoint, document, changed)


def writer(checkpoint: swift_bricks.Checkpoint, document: str, changed: Any) -> Callable[[pathlib.Path], None]:
    """A function that writes a checkpoint with another document, and right digests."""

    def write(path: pathlib.Path) -> None:
        planned: Plan = plan(checkpoint, dimension_scales=False)
        if document == "/contents":
            planned.contents = json_text(changed)
        else:
            planned.set_document(document, changed)
        write_plan(path, planned)

    return write


def main() -> int:
    bntool = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:

        def problem(case: tuple[int, tuple[str, Callable[[pathlib.Path], None]]]) -> list[str]:
            number, (label, _) = case
            path = pathlib.Path(folder) / f"{number}.h5"
            ended = subprocess.run([bntool, "verify", path], capture_output=True, text=True)
            found = [] if ended.returncode in (1, 65) else [f"{label}: bntool verify ends with {ended.returncode}"]
            if swift_bricks.verify(path).stage is None:
                found.append(f"{label}: the independent reader accepts it")
            path.unlink()
            return found

        numbered = list(enumerate(cases()))
        for number, (_, write) in numbered:
            write(pathlib.Path(folder) / f"{number}.h5")
        with ThreadPoolExecutor(2) as pool:
            found = [line for lines in pool.map(problem, numbered) for line in lines]
    print(f"{len(numbered)} constraints", *found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
