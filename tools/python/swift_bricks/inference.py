"""Infers the types and shapes of operations' results. Extents are numbers or names (G13, G17, G19 to G21, G26 to G30)."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from .operations import OPERATIONS
from .operations.elementwise import BINARY, UNARY
from .operations.layout import COMPARISONS, spread_extents
from .operations.loops import operand_count
from .operations.reductions import MASKED, PLAIN
from .types import Object

# Extents: numbers, or names of symbolic extents.
Shape: TypeAlias = list[int | str]
Type: TypeAlias = tuple[str, Shape]

LARGEST = 2**63


class Mismatch(Exception):
    """Operands that do not fit an operation."""


def type_problems(graph: Object) -> list[str]:
    """Finds nodes of a graph whose operands do not fit, or whose results differ from the declared variables."""
    problems = []
    for position, node in enumerate(graph["nodes"]):
        if node["operation"] not in OPERATIONS:
            continue
        operands, declared = ([_type(graph["variables"][index]) for index in node[key]] for key in ("inputs", "outputs"))
        try:
            results = _results(node["operation"], operands, node["attributes"])
            if results != declared:
                raise Mismatch(f"the results are {results}, but the graph declares {declared}")
        except Mismatch as error:
            problems.append(f"graph: node {position} ({node['operation']}): {error}")
    return problems


def _type(variable: Object) -> Type:
    return variable["type"], list(variable["shape"])


def _need(condition: bool, problem: str) -> None:
    if not condition:
        raise Mismatch(problem)


def _numbers(shape: Sequence[int | str], what: str) -> list[int]:
    numbers = [extent for extent in shape if isinstance(extent, int)]
    _need(len(numbers) == len(shape), f"{what} must be known: {shape}")
    return numbers


def _results(operation: str, operands: list[Type], attributes: Object) -> list[Type]:
    if operation == "scan":
        return _scan(operands, attributes)
    row = OPERATIONS[operation]
    element = operands[0][0]
    _need(row.mixed or all(other == element for other, _ in operands), "the operands have different types")
    _need(element != "int64" or row.integers, "does not take integers")
    result = _shape(operation, [list(shape) for _, shape in operands], attributes, operands)
    _need(all(extent < LARGEST for extent in result if isinstance(extent, int)), "an extent exceeds 64 bits")
    return [("int64" if operation == "element_count" else element, result)]


def _shape(operation: str, shapes: list[Shape], attributes: Object, operands: list[Type]) -> Shape:
    shape, axis = shapes[0], attributes.get("axis", 0)
    if operation in BINARY or operation in COMPARISONS or operation == "select":
        return _broadcast(shapes)
    if operation in MASKED or operation in PLAIN or operation == "element_count":
        return _reduced(operation, shapes, attributes)
    if operation in UNARY or operation == "clip":
        _need(bool(shape) or "softmax" not in operation, "a scalar has no last axis")
        return shape
    if operation == "matrix_product":
        _need(len(shape) >= 2 and len(shapes[1]) == 2 and shape[-1] == shapes[1][0], f"no product of {shape} and {shapes[1]}")
        return shape[:-1] + shapes[1][1:]
    if operation == "take_step":
        _need(bool(shape) and operands[1] == ("int64", []), f"needs (T, …) and an int64 scalar, not {operands}")
        return shape[1:]
    if operation == "gather":
        _need(bool(shape) and operands[1][0] == "int64", f"needs int64 indices, and an operand with at least one axis, not {operands}")
        return shapes[1] + shape[1:]
    if operation in SPATIAL:
        return SPATIAL[operation](shapes, attributes)
    if operation in ("expand_dimensions", "stack"):
        _need(axis <= len(shape) and all(other == shape for other in shapes), f"the axis {axis} does not fit {shapes}")
        return shape[:axis] + [len(shapes) if operation == "stack" else 1] + shape[axis:]
    if operation == "reshape":
        return _reshaped(shape, attributes["keep_axes"], attributes["shape"])
    if operation == "pad":
        return _padded(operands[0], attributes)
    if operation == "transpose":
        permutation = attributes["permutation"]
        _need(sorted(permutation) == list(range(len(shape))), f"{permutation} is not a permutation of {len(shape)} axes")
        return [shape[i] for i in permutation]
    _need(axis < len(shapes[-1] if operation == "repeat_like" else shape), f"no axis {axis} in {shapes}")
    if operation == "repeat_like":
        return [shapes[1][axis]] + shape
    if operation == "slice":
        end = attributes["start"] + attributes["count"]
        _need(not isinstance(shape[axis], int) or end <= shape[axis], f"{end} is past the end of {shape[axis]} elements")
        return shape[:axis] + [attributes["count"]] + shape[axis + 1 :]
    return _joined(shapes, axis) if operation == "concatenate" else shape


def _broadcast(shapes: list[Shape]) -> Shape:
    result: Shape = []
    for place in range(1, max(map(len, shapes)) + 1):
        extents = [shape[-place] for shape in shapes if place <= len(shape)]
        others = {extent for extent in extents if extent != 1}
        _need(len(others) <= 1, f"{shapes} do not broadcast together")
        result.insert(0, others.pop() if others else 1)
    return result


def _reduced(operation: str, shapes: list[Shape], attributes: Object) -> Shape:
    shape, axes = shapes[0], attributes["axes"]
    _need(all(axis < len(shape) for axis in axes), f"no axes {axes} in {shape}")
    if len(shapes) == 2:
        fits = len(shapes[1]) == len(shape) and all(
            extent == 1 or (extent == whole and (operation != "element_count" or axis in axes))
            for axis, (extent, whole) in enumerate(zip(shapes[1], shape))
        )
        _need(fits, f"a mask {shapes[1]} does not fit {shape}")
    if operation == "element_count":
        return []
    kept = attributes["keep_dimensions"]
    return [1 if axis in axes else extent for axis, extent in enumerate(shape) if kept or axis not in axes]


def _reshaped(shape: Shape, kept: int, rest: list[int]) -> Shape:
    _need(kept <= len(shape), f"cannot keep {kept} of {len(shape)} axes")
    replaced = _numbers(shape[kept:], "replaced extents")
    _need(math.prod(replaced) == math.prod(rest) < LARGEST, f"{replaced} cannot become {rest}")
    return [*shape[:kept], *rest]


def _padded(operand: Type, attributes: Object) -> Shape:
    element, shape = operand
    low, high, interior, value = (attributes[key] for key in ("low", "high", "interior", "value"))
    _need(len(low) == len(shape), f"there are {len(low)} numbers for {len(shape)} axes")
    whole = element != "int64" or (value == int(value) and abs(value) <= 2**53)
    _need(whole, f"{value} cannot be put between integers")
    kept = [numbers == (0, 0, 0) for numbers in zip(low, high, interior)]
    known = iter(_numbers([extent for extent, same in zip(shape, kept) if not same], "changed extents"))
    spread = [extent if same else spread_extents([next(known)], [i])[0] for extent, same, i in zip(shape, kept, interior)]
    return [extent if same else l + int(extent) + h for extent, same, l, h in zip(spread, kept, low, high)]


def _joined(shapes: list[Shape], axis: int) -> Shape:
    if len(shapes) == 1:
        return shapes[0]
    others = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
    _need(all(len(shape) == len(shapes[0]) for shape in shapes) and len(others) == 1, f"{shapes} do not join along axis {axis}")
    extents = _numbers([shape[axis] for shape in shapes], "joined extents")
    return [*shapes[0][:axis], sum(extents), *shapes[0][axis + 1 :]]


def _image(shape: Shape) -> tuple[int | str, list[int]]:
    """N, and the extents after it."""
    _need(len(shape) == 4, f"{shape} is not (N, C, H, W)")
    rest = _numbers(shape[1:], "extents of images")
    _need(min(rest) > 0, f"{shape} has no elements")
    return shape[0], rest


def _windows(extents: Sequence[int], windows: Sequence[int], steps: Sequence[int], padding: Sequence[int]) -> list[int]:
    counts = [(e + 2 * p - w) // s + 1 for e, w, s, p in zip(extents, windows, steps, padding)]
    _need(min(counts) > 0, "no window fits")
    return counts


def _convolution(shapes: list[Shape], attributes: Object) -> Shape:
    batch, (channels, *image) = _image(shapes[0])
    filters, groups = _numbers(shapes[1], "extents of filters"), attributes["groups"]
    _need(len(filters) == 4 and min(filters) > 0, f"{filters} is not (F, C/groups, h, w)")
    _need(channels % groups == 0 == filters[0] % groups and filters[1] == channels // groups, f"{groups} groups do not fit")
    reach = [(size - 1) * distance + 1 for size, distance in zip(filters[2:], attributes.get("dilation", (1, 1)))]
    return [batch, filters[0], *_windows(image, reach, attributes["stride"], attributes["padding"])]


def _pooling(shapes: list[Shape], attributes: Object) -> Shape:
    batch, (channels, *image) = _image(shapes[0])
    window, step, padding = (attributes[key] for key in ("window", "step", "padding"))
    _need(all(p < w for p, w in zip(padding, window)), "the padding is as large as the window")
    if attributes["ignore_border"]:
        return [batch, channels, *_windows(image, window, step, padding)]
    _need(padding == [0, 0], "padding is not allowed if borders count")
    counts = [-(-e // s) if s >= w else max(0, -(-(e - w) // s)) + 1 for e, w, s in zip(image, window, step)]
    return [batch, channels, *counts]


def _glimpse(shapes: list[Shape], attributes: Object) -> Shape:
    batch, (channels, *_) = _image(shapes[0])
    _need(shapes[1] == [batch, 6], f"{shapes[1]} is not (N, 6)")
    return [batch, channels, *attributes["extents"]]


SPATIAL: Mapping[str, Callable[[list[Shape], Any], Shape]] = {
    "convolution": _convolution,
    "dilated_convolution": _convolution,
    "max_pool": _pooling, "average_pool": _pooling, "affine_glimpse": _glimpse}


def _scan(operands: list[Type], attributes: Object) -> list[Type]:
    _need(len(operands) == operand_count(attributes), f"a loop cannot have {len(operands)} operands")
    body = attributes["body"]
    inputs, outputs = (
        {port["name"]: _type(body["variables"][port["variable"]]) for port in body[key]} for key in ("inputs", "outputs")
    )
    rows, others = operands[: len(attributes["sequences"])], operands[len(attributes["sequences"]) :]
    _need(all(bool(shape) for _, shape in rows), "a sequence has no axis of time")
    steps: set[int | str] = {shape[0] for _, shape in rows} or {attributes["step_count"]}
    _need(len(steps) == 1, "the sequences have different lengths")
    for name, (element, shape) in zip(attributes["sequences"], rows):
        _need(inputs[name] == (element, shape[1:]), f"{name} does not take rows {(element, shape[1:])}")
    states = [state["input"] for state in attributes["states"]]
    for name, given in zip(states + attributes["captures"], others):
        _need(inputs[name] == given, f"{name} does not take {given}")
    for state, given in zip(attributes["states"], others):
        _need(outputs[state["output"]] == given, f"the initial state {state['input']} is {given}, unlike its next value")
    return [(outputs[name][0], [*steps, *outputs[name][1]]) for name in attributes["outputs"]]
