"""Evaluates graphs in NumPy (schemas/OPERATIONS.md)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy

from .model import Checkpoint, CheckpointError
from .operations import OPERATIONS
from .operations.loops import scan
from .types import NUMPY_TYPES, Array, DType, Object

# NumPy's widest floating-point type; its elements are added one after the other on every x86-64 processor.
EXTENDED_TYPES = {name: numpy.dtype(numpy.longdouble) if kind.kind == "f" else kind for name, kind in NUMPY_TYPES.items()}


def run(checkpoint: Checkpoint, inputs: Mapping[str, Any], extended: bool = False) -> dict[str, Array]:
    """The outputs of a model by name, from inputs by name.

    With `extended`, everything is computed in extended precision, and outputs are rounded once. Raises a CheckpointError of
    the stage `run` if the graph cannot be evaluated for these inputs.
    """
    if checkpoint.graph is None:
        raise CheckpointError("run", "update pairs alone have no graph")
    return run_graph(checkpoint.graph, checkpoint.values(), inputs, extended)


def run_on_zeros(checkpoint: Checkpoint) -> dict[str, Array]:
    """The outputs for inputs of zeros, with 2 for every symbolic extent. They show that the graph can be evaluated."""
    inputs = {}
    graph = checkpoint.graph or {"inputs": []}
    for port in graph["inputs"]:
        variable = graph["variables"][port["variable"]]
        shape = [2 if isinstance(extent, str) else extent for extent in variable["shape"]]
        inputs[port["name"]] = numpy.zeros(shape, variable["type"])
    return run(checkpoint, inputs)


def run_graph(
    graph: Object, tensors: Mapping[str, Array], inputs: Mapping[str, Any], extended: bool = False
) -> dict[str, Array]:
    """The outputs of a graph by name, from the stored arrays by dataset path and the inputs by name."""
    types = EXTENDED_TYPES if extended else NUMPY_TYPES
    outputs = _run(graph, tensors, inputs, types)
    declared = {port["name"]: graph["variables"][port["variable"]]["type"] for port in graph["outputs"]}
    return {name: numpy.asarray(values, NUMPY_TYPES[declared[name]]) for name, values in outputs.items()}


def _run(
    graph: Object, tensors: Mapping[str, Array], inputs: Mapping[str, Any], types: Mapping[str, DType]
) -> dict[str, Array]:
    values: dict[int, Array] = {}
    extents: dict[str, int] = {}
    leaves = [(index, variable) for index, variable in enumerate(graph["variables"]) if "source" in variable]
    # Constants come last, because the inputs bind their symbolic extents.
    for index, variable in sorted(leaves, key=lambda leaf: "constant" in leaf[1]["source"]):
        values[index] = _leaf(variable, tensors, inputs, extents).astype(types[variable["type"]])
        _check_shape(variable, values[index], extents, types, f"variable {index}")
    for position, node in enumerate(graph["nodes"]):
        place = f"node {position} ({node['operation']})"
        operands = [values[index] for index in node["inputs"]]
        _check_operands(node, operands, place)
        try:
            with numpy.errstate(all="ignore"):
                results = _results(node, operands, tensors, types)
        except (ValueError, TypeError, IndexError, OverflowError, MemoryError) as error:
            raise CheckpointError("run", f"{place}: {error}") from error
        for output, result in zip(node["outputs"], results, strict=True):
            values[output] = result
            _check_shape(graph["variables"][output], result, extents, types, place)
    return {port["name"]: values[port["variable"]] for port in graph["outputs"]}


def _leaf(variable: Object, tensors: Mapping[str, Array], inputs: Mapping[str, Any], extents: Mapping[str, int]) -> Array:
    source, element = variable["source"], NUMPY_TYPES[variable["type"]]
    if "tensor" in source:
        return tensors[source["tensor"]]
    if "input" in source:
        if source["input"] not in inputs:
            raise CheckpointError("run", f"the input {source['input']} is missing")
        given = numpy.asarray(inputs[source["input"]])
        # Rows of a loop's sequences already have the precision of the evaluation.
        return given if given.dtype == numpy.longdouble else given.astype(element)
    if any(isinstance(extent, str) and extent not in extents for extent in variable["shape"]):
        raise CheckpointError("run", "a constant has a symbolic extent that no input has")
    shape = [extents.get(extent, extent) for extent in variable["shape"]]
    constant = source["constant"]
    with numpy.errstate(over="ignore"):
        return numpy.full(shape, float(constant) if isinstance(constant, str) else constant, element)


def _check_operands(node: Object, operands: Sequence[Array], place: str) -> None:
    if node["operation"] not in OPERATIONS:
        raise CheckpointError("run", f"{place}: unknown operation")
    operation = OPERATIONS[node["operation"]]
    if not operation.mixed and len({operand.dtype for operand in operands}) > 1:
        raise CheckpointError("run", f"{place}: the operands have different types")
    if not operation.integers and any(operand.dtype == numpy.int64 for operand in operands):
        raise CheckpointError("run", f"{place}: the operation does not take integers")


def _results(
    node: Object, operands: Sequence[Array], tensors: Mapping[str, Array], types: Mapping[str, DType]
) -> list[Array]:
    operation, attributes = OPERATIONS[node["operation"]], node["attributes"]
    if operation.function is None:
        return scan(attributes, operands, lambda inputs: _run(attributes["body"], tensors, inputs, types))
    result = operation.function(*operands, **{name: attributes[name] for name in operation.attributes})
    return [numpy.asarray(result, numpy.int64 if node["operation"] == "element_count" else operands[0].dtype)]


def _check_shape(
    variable: Object, value: Array, extents: dict[str, int], types: Mapping[str, DType], place: str
) -> None:
    """Checks type and shape against the variable, and binds symbolic extents on their first use."""
    if value.dtype != types[variable["type"]]:
        raise CheckpointError("run", f"{place}: {value.dtype} instead of {variable['type']}")
    expected = variable["shape"]
    matches = len(expected) == value.ndim and all(
        actual == (extents.setdefault(extent, actual) if isinstance(extent, str) else extent)
        for extent, actual in zip(expected, value.shape)
    )
    if not matches:
        raise CheckpointError("run", f"{place}: shape {value.shape} instead of {expected}")
