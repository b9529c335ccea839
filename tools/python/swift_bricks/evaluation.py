"""Evaluates a graph in NumPy: every operation of schemas/CHECKPOINT.md, section 6.3."""

import numpy

from . import loops
from .layout import LAYOUT, MIXED
from .model import NUMPY_TYPES, CheckpointError
from .spatial import SPATIAL, SPATIAL_ATTRIBUTES, spatial_attribute_problem


def _logistic(a):
    # 1/(1+e⁻ᵃ) without overflow: e of a number that is never positive.
    exponential = numpy.exp(-numpy.abs(a))
    return numpy.where(a >= 0, 1, exponential) / (1 + exponential)


def _log_softmax(a):
    if a.ndim == 0:
        raise ValueError("a scalar has no last axis")
    shifted = a - a.max(axis=-1, keepdims=True)
    return shifted - numpy.log(numpy.exp(shifted).sum(axis=-1, keepdims=True))


def _take_step(a, step, past_end):
    if step.dtype != numpy.int64 or step.shape != ():
        raise CheckpointError("run", "take_step: the step is not an int64 scalar")
    if step < 0 or (past_end == "strict" and step >= len(a)):
        raise CheckpointError("run", f"take_step: step {step} of {len(a)}")
    return a[min(int(step), len(a) - 1)]


def _matrix_product(a, b):
    if a.ndim < 2 or b.ndim != 2:
        raise ValueError("operands are not (…, k) and (k, n)")
    return numpy.matmul(a, b)


def _reduction(function):
    def reduce(a, axes, keep_dimensions):
        if function is not numpy.sum and 0 in (a.shape[axis] for axis in axes):
            raise ValueError("a summary of no elements")
        return function(a, axis=tuple(axes), keepdims=keep_dimensions)

    return reduce


def _selected(a, mask):
    """Where a mask selects the elements of a: of its rank, each extent 1 or equal."""
    if mask.ndim != a.ndim or any(extent not in (1, whole) for extent, whole in zip(mask.shape, a.shape)):
        raise ValueError(f"a mask {mask.shape} of {a.shape}")
    return numpy.broadcast_to(mask != 0, a.shape)


def _maskable(function, masked):
    """A reduction that may have a mask; over no selected elements it is 0."""
    plain = _reduction(function)

    def reduce(a, mask=None, *, axes, keep_dimensions):
        if mask is None:
            return plain(a, axes, keep_dimensions)
        result = masked(a, _selected(a, mask), tuple(axes))
        return result if keep_dimensions else numpy.squeeze(result, tuple(axes))

    return reduce


def _masked_sum(a, where, axes):
    return numpy.sum(a, axis=axes, keepdims=True, where=where)


def _masked_mean(a, where, axes):
    return _masked_sum(a, where, axes) / numpy.maximum(where.sum(axis=axes, keepdims=True), 1)


def _masked_variance(a, where, axes):
    return _masked_mean((a - _masked_mean(a, where, axes)) ** 2, where, axes)


def _element_count(a, mask=None, *, axes):
    if mask is None:
        return numpy.int64(numpy.prod([a.shape[axis] for axis in axes], dtype=numpy.int64))
    if any(extent != 1 for axis, extent in enumerate(mask.shape) if axis not in axes):
        raise ValueError(f"a mask {mask.shape} counted over {axes}")
    others = tuple(0 if axis not in axes else slice(None) for axis in range(a.ndim))
    return numpy.int64(numpy.count_nonzero(_selected(a, mask)[others]))


BINARY = {
    "add": numpy.add,
    "subtract": numpy.subtract,
    "multiply": numpy.multiply,
    "divide": numpy.divide,
    "maximum": numpy.maximum,
    "minimum": numpy.minimum,
    "power": numpy.power,
}
UNARY = {
    "negate": numpy.negative,
    "square_root": numpy.sqrt,
    "exponential": numpy.exp,
    "logarithm": numpy.log,
    "hyperbolic_tangent": numpy.tanh,
    "logistic": _logistic,
    "rectify": lambda a: numpy.maximum(a, 0),
    "square": numpy.square,
    "reciprocal": numpy.reciprocal,
    "absolute": numpy.abs,
    "softmax": lambda a: numpy.exp(_log_softmax(a)),
    "log_softmax": _log_softmax,
}
REDUCTIONS = {
    "reduce_sum": _maskable(numpy.sum, _masked_sum),
    "reduce_mean": _maskable(numpy.mean, _masked_mean),
    "reduce_variance": _maskable(numpy.var, _masked_variance),
    "reduce_maximum": _reduction(numpy.max),
    "reduce_minimum": _reduction(numpy.min),
}
MASKABLE = ("reduce_sum", "reduce_mean", "reduce_variance", "element_count")
# Name: number of operands (None: one or more; a mask may follow), function.
SPECIAL = {
    "matrix_product": (2, _matrix_product),
    "expand_dimensions": (1, lambda a, axis: numpy.expand_dims(a, axis)),
    "take_step": (2, _take_step),
    "element_count": (1, _element_count),
    "scan": (None, None),
}
OPERATIONS = {name: (2, function) for name, function in BINARY.items()}
OPERATIONS |= {name: (1, function) for name, function in (UNARY | REDUCTIONS).items()}
OPERATIONS |= SPECIAL | SPATIAL
OPERATIONS |= {name: (count, function) for name, (count, function, _) in LAYOUT.items()}
INTEGER = {"add", "subtract", "multiply", "expand_dimensions", "take_step", "element_count", "scan"} | LAYOUT.keys() - {"clip"}


def _is_index(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_axes(value):
    return isinstance(value, list) and all(_is_index(axis) for axis in value) and len(set(value)) == len(value)


def attribute_problem(node):
    """What is wrong with the attributes of a node whose operation is known, or None."""
    operation, attributes = node["operation"], node["attributes"]
    if operation in REDUCTIONS:
        if not _are_axes(attributes.get("axes")):
            return "`axes` is not a list of distinct integers ≥ 0"
        if not isinstance(attributes.get("keep_dimensions"), bool):
            return "`keep_dimensions` is not a boolean"
    elif operation == "element_count":
        if not _are_axes(attributes.get("axes")):
            return "`axes` is not a list of distinct integers ≥ 0"
    elif operation == "scan":
        return loops.attribute_problem(attributes)
    elif operation in LAYOUT:
        for name, is_sound in LAYOUT[operation][2].items():
            if not is_sound(attributes.get(name)):
                return f"`{name}` is missing or of another kind"
        if operation == "clip" and attributes["minimum"] > attributes["maximum"]:
            return "`minimum` is above `maximum`"
    elif operation == "expand_dimensions" and not _is_index(attributes.get("axis")):
        return "`axis` is not an integer ≥ 0"
    elif operation == "take_step" and attributes.get("past_end") not in ("clamp_to_last", "strict"):
        return "`past_end` is neither clamp_to_last nor strict"
    elif operation in SPATIAL:
        return spatial_attribute_problem(operation, attributes)
    return None


def _used_attributes(node):
    names = {"expand_dimensions": ("axis",), "take_step": ("past_end",), "element_count": ("axes",)}
    names = names.get(node["operation"], ())
    if node["operation"] in LAYOUT:
        names = LAYOUT[node["operation"]][2]
    if node["operation"] in REDUCTIONS:
        names = ("axes", "keep_dimensions")
    elif node["operation"] in SPATIAL:
        names = SPATIAL_ATTRIBUTES[node["operation"]]
    return {name: node["attributes"][name] for name in names}


def _check_shape(variable, value, extents, what):
    """Checks type and shape against the variable; binds symbolic extents on their first use."""
    if value.dtype != NUMPY_TYPES[variable["type"]]:
        raise CheckpointError("run", f"{what}: {value.dtype} instead of {variable['type']}")
    expected = variable["shape"]
    matches = len(expected) == value.ndim and all(
        actual == (extents.setdefault(extent, actual) if isinstance(extent, str) else extent)
        for extent, actual in zip(expected, value.shape)
    )
    if not matches:
        raise CheckpointError("run", f"{what}: shape {value.shape} instead of {expected}")


def _leaf(variable, tensors, inputs, extents):
    source, element = variable["source"], NUMPY_TYPES[variable["type"]]
    if "tensor" in source:
        return tensors[source["tensor"]]
    if "input" in source:
        if source["input"] not in inputs:
            raise CheckpointError("run", f"no input {source['input']}")
        return numpy.asarray(inputs[source["input"]], element)
    if any(isinstance(extent, str) and extent not in extents for extent in variable["shape"]):
        raise CheckpointError("run", "a constant's symbolic extent that no input has")
    shape = [extents.get(extent, extent) for extent in variable["shape"]]
    constant = source["constant"]
    return numpy.full(shape, float(constant) if isinstance(constant, str) else constant, element)


def _results(node, operands, tensors):
    if node["operation"] == "scan":
        body = node["attributes"]["body"]
        return loops.scan(node["attributes"], operands, lambda inputs: run_graph(body, tensors, inputs))
    result = OPERATIONS[node["operation"]][1](*operands, **_used_attributes(node))
    return [numpy.asarray(result, numpy.int64 if node["operation"] == "element_count" else operands[0].dtype)]


def run_graph(graph, tensors, inputs):
    """The graph's outputs by name, from the stored arrays by dataset path and the inputs by name."""
    values, extents = {}, {}
    leaves = [(index, variable) for index, variable in enumerate(graph["variables"]) if "source" in variable]
    # Constants last: a symbolic extent of theirs is bound by the inputs.
    for index, variable in sorted(leaves, key=lambda leaf: "constant" in leaf[1]["source"]):
        values[index] = _leaf(variable, tensors, inputs, extents)
        _check_shape(variable, values[index], extents, f"variable {index}")
    for position, node in enumerate(graph["nodes"]):
        what = f"node {position} ({node['operation']})"
        if node["operation"] not in OPERATIONS:
            raise CheckpointError("run", f"{what}: unknown operation")
        operands = [values[index] for index in node["inputs"]]
        if node["operation"] not in MIXED and len({operand.dtype for operand in operands}) > 1:
            raise CheckpointError("run", f"{what}: operands of different types")
        if node["operation"] not in INTEGER and any(operand.dtype == numpy.int64 for operand in operands):
            raise CheckpointError("run", f"{what}: is not for integers")
        try:
            with numpy.errstate(all="ignore"):
                results = _results(node, operands, tensors)
        except (ValueError, TypeError, IndexError, OverflowError, MemoryError) as error:
            raise CheckpointError("run", f"{what}: {error}") from error
        for output, result in zip(node["outputs"], results, strict=True):
            values[output] = result
            _check_shape(graph["variables"][output], values[output], extents, what)
    return {output["name"]: values[output["variable"]] for output in graph["outputs"]}


def run_on_zeros(checkpoint):
    """The outputs for inputs of zeros, with 2 for every symbolic extent: shows that the graph can be evaluated."""
    inputs = {}
    for port in checkpoint.graph["inputs"]:
        variable = checkpoint.graph["variables"][port["variable"]]
        shape = [2 if isinstance(extent, str) else extent for extent in variable["shape"]]
        inputs[port["name"]] = numpy.zeros(shape, variable["type"])
    return run_graph(checkpoint.graph, checkpoint.values(), inputs)
