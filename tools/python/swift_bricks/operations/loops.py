"""Checks the attributes of the loop `scan`, and evaluates it step by step."""

from collections.abc import Callable, Iterator, Sequence

import numpy

from ..types import Array, Object
from .table import Operation

RunBody = Callable[[dict[str, Array]], dict[str, Array]]


def _lists_problem(attributes: Object) -> str | None:
    for key in ("sequences", "captures", "outputs"):
        names = attributes.get(key)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            return f"`{key}` is not a list of names"
    states = attributes.get("states")
    if not isinstance(states, list) or not all(isinstance(s, dict) and {"input", "output"} <= set(s) for s in states):
        return "`states` is not a list of pairs of input and output"
    return None if isinstance(attributes.get("reversed"), bool) else "`reversed` is not a boolean"


def attribute_problem(attributes: Object) -> str | None:
    """The problems of the attributes of a loop."""
    problem = _lists_problem(attributes)
    if problem:
        return problem
    body, states, outputs = attributes["body"], attributes["states"], attributes["outputs"]
    step_input = attributes.get("step_input")
    fed = [*attributes["sequences"], *(state["input"] for state in states), *attributes["captures"]]
    fed += [step_input] if step_input is not None else []
    if sorted(fed) != sorted(port["name"] for port in body["inputs"]):
        return "not every input of the body is fed exactly once"
    yielded = {port["name"] for port in body["outputs"]}
    if not {state["output"] for state in states} | set(outputs) <= yielded:
        return "the body lacks an output"
    if not outputs or len(set(outputs)) != len(outputs):
        return "`outputs` is empty, or names an output twice"
    if bool(attributes["sequences"]) == (attributes.get("step_count") is not None):
        return "it needs either sequences or `step_count`"
    for port in body["inputs"]:
        if port["name"] == step_input:
            variable = body["variables"][port["variable"]]
            if (variable["type"], variable["shape"]) != ("int64", []):
                return "`step_input` names an input that is not an int64 scalar"
    if any(name.startswith("update_") for name in yielded):
        return "an output of the body has a name that begins with `update_`"
    return None


def operand_count(attributes: Object) -> int:
    """The number of a loop's operands."""
    return sum(len(attributes[key]) for key in ("sequences", "states", "captures"))


def _step_inputs(
    attributes: Object, operands: Sequence[Array], states: Sequence[Array], count: int, step: int
) -> Iterator[tuple[str, Array]]:
    """The inputs of the body at a step."""
    sequences, captures = attributes["sequences"], attributes["captures"]
    row = count - 1 - step if attributes["reversed"] else step
    yield from zip(captures, operands[len(operands) - len(captures) :])
    yield from ((name, operand[row]) for name, operand in zip(sequences, operands))
    yield from ((state["input"], value) for state, value in zip(attributes["states"], states))
    if attributes.get("step_input") is not None:
        yield attributes["step_input"], numpy.asarray(step, numpy.int64)


def scan(attributes: Object, operands: Sequence[Array], run_body: RunBody) -> list[Array]:
    """The results of a loop. `run_body` evaluates the body's outputs by name from its inputs by name."""
    rows = operands[: len(attributes["sequences"])]
    states = list(operands[len(rows) : len(rows) + len(attributes["states"])])
    count = attributes["step_count"] if not rows else len(rows[0])
    if count == 0 or any(len(sequence) != count for sequence in rows):
        raise ValueError("there are no steps, or the sequences have different lengths")
    stacked: list[Array] = []
    for step in range(count):
        outputs = run_body(dict(_step_inputs(attributes, operands, states, count, step)))
        states = [outputs[state["output"]] for state in attributes["states"]]
        yielded = [numpy.asarray(outputs[name]) for name in attributes["outputs"]]
        # All memory is allocated at once, because a file may ask for any number of steps.
        stacked = stacked or [numpy.empty((count, *value.shape), value.dtype) for value in yielded]
        for results, value in zip(stacked, yielded):
            results[step] = value
    return stacked


OPERATIONS = {"scan": Operation(None, None, integers=True, mixed=True, check=attribute_problem)}
