"""The three networks of the inference benchmark, each as a checkpoint and as ONNX, with the same random numbers."""

from dataclasses import dataclass
from pathlib import Path

import numpy
import onnx
import swift_bricks
from fixtures.networks import normalized, recurrent
from onnx import TensorProto, helper, numpy_helper
from swift_bricks.building import GraphBuilder
from swift_bricks.model import Checkpoint

EPSILON = 1e-4


@dataclass
class Benchmark:
    """A network with its batch sizes.

    `example` is the shape of one example. `products` are the matrix products for a batch, as rows for each example, inner extent, columns
    and how often.
    """

    name: str
    example: tuple[int, ...]
    batches: tuple[int, ...]
    write: "callable"
    products: tuple[tuple[int, int, int, int], ...] = ()


def _numbers(generator, shape, scale=1.0, shift=0.0):
    return (generator.normal(size=shape) * scale + shift).astype(numpy.float32)


def _statistic(_layer=0):
    return {
        "epsilon": EPSILON,
        "observation_counts": [1000],
        "estimator": "pooled",
        "records": 10,
        "parameters_digest": None,
    }


class Nodes:
    """Nodes and constants of an ONNX graph."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, values):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.array(values, order="C"), name))
        return name

    def add(self, kind, *inputs, outputs=1, **attributes):
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def save(self, path, result, shape):
        self.nodes.append(helper.make_node("Identity", [result], ["output"]))
        graph = helper.make_graph(
            self.nodes,
            "network",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 10])],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))


def write_mlp(folder: Path, width: int = 1024):
    """Writes a perceptron with layers of 784, `width`, `width`, `width` and 10 units, and tanh."""
    generator = numpy.random.default_rng(1)
    widths = [784, width, width, width, 10]
    layers = list(zip(widths, widths[1:], strict=False))
    weights = [_numbers(generator, pair, 1 / numpy.sqrt(pair[0])) for pair in layers]
    scales, shifts, means = ([_numbers(generator, n, 0.2, s) for _, n in layers] for s in (1, 0, 0))
    stdevs = [numpy.abs(_numbers(generator, n, 0.1, 1)) for _, n in layers]
    activations = ["tanh", "tanh", "tanh", "identity"]
    checkpoint = normalized.build(
        weights, scales, shifts, activations, EPSILON, means, stdevs, _statistic, input_name="features"
    )
    swift_bricks.write(folder / "mlp.h5", checkpoint)
    nodes = Nodes()
    value = "input"
    for i, weight in enumerate(weights):
        value = nodes.add("MatMul", value, nodes.constant(weight))
        value = nodes.add(
            "BatchNormalization",
            value,
            *map(nodes.constant, (scales[i], shifts[i], means[i], stdevs[i] ** 2 - numpy.float32(EPSILON))),
            epsilon=EPSILON,
        )
        if activations[i] == "tanh":
            value = nodes.add("Tanh", value)
    nodes.save(folder / "mlp.onnx", value, ["batch", 784])


def write_convolutions(folder: Path):
    """Writes a convolutional network for images of 3×32×32.

    Six convolutions of 3×3 have 64, 64, 128, 128, 256 and 256 filters. The third and the fifth have the stride 2. Each result is
    normalized and rectified. The means of all channels go to a linear map to 10 classes.
    """
    generator = numpy.random.default_rng(2)
    graph, nodes = GraphBuilder("float32"), Nodes()
    variable, value = graph.input("images", ["batch", 3, 32, 32]), "input"
    channels, extent = 3, 32
    for i, (filters, stride) in enumerate([(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1)]):
        weight = _numbers(generator, (filters, channels, 3, 3), 1 / numpy.sqrt(9 * channels))
        scale, shift, mean = (_numbers(generator, filters, 0.2, s) for s in (1, 0, 0))
        stdev = numpy.abs(_numbers(generator, filters, 0.1, 1))
        extent //= stride
        shape = ["batch", filters, extent, extent]
        graph.begin_call(f"/conv_{i}", [variable])
        leaf = graph.declare(
            "parameters", f"/conv_{i}", "W", weight, "FILTER", ["filter", "channel", "height", "width"]
        )
        variable = graph.apply(
            "convolution", [variable, leaf], shape, padding=[1, 1], stride=[stride, stride], groups=1
        )
        graph.end_call(variable)
        variable = _normalized_images(graph, f"/norm_{i}", variable, shape, scale, shift, mean, stdev)
        variable = graph.apply("rectify", [variable], shape)
        # A checkpoint's filters are flipped, those of ONNX are not.
        value = nodes.add(
            "Conv", value, nodes.constant(weight[:, :, ::-1, ::-1]), pads=[1, 1, 1, 1], strides=[stride, stride]
        )
        value = nodes.add(
            "BatchNormalization",
            value,
            *map(nodes.constant, (scale, shift, mean, stdev**2 - numpy.float32(EPSILON))),
            epsilon=EPSILON,
        )
        value = nodes.add("Relu", value)
        channels = filters
    variable = graph.apply("reduce_mean", [variable], ["batch", channels], axes=[2, 3], keep_dimensions=False)
    weight, bias = _numbers(generator, (channels, 10), 0.1), _numbers(generator, 10)
    variable = normalized.linear(graph, "/linear", weight, variable, bias)
    graph.output("logits", variable)
    bricks = [normalized.brick("Convolutional", f"conv_{i}") for i in range(6)]
    bricks += [normalized.brick("BatchNormalization", f"norm_{i}") for i in range(6)]
    bricks.append(normalized.brick("Linear", "linear"))
    swift_bricks.write(
        folder / "convolutions.h5", Checkpoint(graph.tensors, bricks={"bricks": bricks}, graph=graph.graph)
    )
    value = nodes.add("ReduceMean", value, axes=[2, 3], keepdims=0)
    value = nodes.add("Gemm", value, nodes.constant(weight), nodes.constant(bias))
    nodes.save(folder / "convolutions.onnx", value, ["batch", 3, 32, 32])


def _normalized_images(graph, brick, variable, shape, scale, shift, mean, stdev):
    graph.begin_call(brick, [variable])
    count = shape[1]

    def leaf(root, name, values, role, **members):
        axes = ["channel", "height", "width"]
        values = values.reshape(count, 1, 1)
        tensor = graph.declare(root, brick, name, values, role, axes, broadcastable=[False, True, True], **members)
        return graph.apply("expand_dimensions", [tensor], [1, count, 1, 1], axis=0)

    origin = _statistic()
    offset = leaf("statistics", "population_mean", mean, "BATCH_NORM_POPULATION_MEAN", statistic=dict(origin))
    divisor = leaf("statistics", "population_stdev", stdev, "BATCH_NORM_POPULATION_STDEV", statistic=dict(origin))
    result = graph.apply("subtract", [variable, offset], shape)
    result = graph.apply("divide", [result, divisor], shape)
    result = graph.apply(
        "multiply", [result, leaf("parameters", "batch_norm_scale", scale, "BATCH_NORM_SCALE_PARAMETER")], shape
    )
    result = graph.apply(
        "add", [result, leaf("parameters", "batch_norm_shift", shift, "BATCH_NORM_SHIFT_PARAMETER")], shape
    )
    graph.end_call(
        result,
        metadata={"training_mode": False},
        normalization={
            "training_mode": False,
            "input": variable,
            "offset": offset,
            "divisor": divisor,
            "axes": [0, 2, 3],
            "epsilon": EPSILON,
            "population_mean": f"/statistics{brick}/population_mean",
            "population_stdev": f"/statistics{brick}/population_stdev",
        },
    )
    return result


def write_lstm(folder: Path, steps: int = 28):
    """Writes a batch-normalized LSTM (arXiv 1603.09025): steps of 28 numbers, 100 units, statistics per step, 10 classes.

    ONNX has no such layer. The peer gets the unrolled loop in its fastest form: one product for the inputs of all steps.
    """
    generator = numpy.random.default_rng(3)
    features, units = 28, 100
    parameters = {
        "W_state": _numbers(generator, (units, 4 * units), 0.1),
        "W_input": _numbers(generator, (features, 4 * units), 0.1),
        "b": _numbers(generator, 4 * units, 0.1),
        "initial_state": _numbers(generator, units, 0.1),
        "initial_cells": _numbers(generator, units, 0.1),
        "state_scale": _numbers(generator, 4 * units, 0.02, 0.1),
        "input_scale": _numbers(generator, 4 * units, 0.02, 0.1),
        "cells_scale": _numbers(generator, units, 0.02, 0.1),
        "cells_shift": _numbers(generator, units, 0.1),
        "W_output": _numbers(generator, (units, 10), 0.1),
        "b_output": _numbers(generator, 10),
    }
    checkpoint = recurrent.build(parameters, steps, EPSILON)
    statistics = {}
    for tensor in checkpoint.tensors:
        if tensor.path.endswith("population_mean"):
            tensor.values = _numbers(generator, tensor.values.shape, 0.2)
        elif tensor.path.endswith("population_stdev"):
            tensor.values = numpy.abs(_numbers(generator, tensor.values.shape, 0.1, 1))
        else:
            continue
        term = tensor.path.split("/")[-2].removeprefix("normalized_")
        statistics[term, tensor.path.rsplit("_", 1)[1]] = tensor.values
    swift_bricks.write(folder / "lstm.h5", checkpoint)

    nodes = Nodes()

    def affine(value, term, step, scale, shift=None):
        factor = scale / statistics[term, "stdev"][step]
        moved = -statistics[term, "mean"][step] * factor + (0 if shift is None else shift)
        return nodes.add("Add", nodes.add("Mul", value, nodes.constant(factor)), nodes.constant(moved))

    rows = nodes.add("Transpose", "input", perm=[1, 0, 2])
    from_input = nodes.add("MatMul", rows, nodes.constant(parameters["W_input"]))
    pieces = [
        nodes.add("Gather", from_input, nodes.constant(numpy.array(step, numpy.int64)), axis=0) for step in range(steps)
    ]
    ends = [nodes.constant(numpy.array([n], numpy.int64)) for n in (0, units, 1)]
    zero = nodes.add("Mul", nodes.add("Slice", pieces[0], *ends), nodes.constant(numpy.float32(0)))
    state = nodes.add("Add", zero, nodes.constant(parameters["initial_state"]))
    cells = nodes.add("Add", zero, nodes.constant(parameters["initial_cells"]))
    weight = nodes.constant(parameters["W_state"])
    sizes = nodes.constant(numpy.array([units] * 4, numpy.int64))
    for step in range(steps):
        gates = nodes.add(
            "Add",
            affine(nodes.add("MatMul", state, weight), "state", step, parameters["state_scale"]),
            affine(pieces[step], "input", step, parameters["input_scale"], parameters["b"]),
        )
        in_gate, forget_gate, candidate, out_gate = nodes.add("Split", gates, sizes, outputs=4, axis=1)
        kept = nodes.add("Mul", nodes.add("Sigmoid", forget_gate), cells)
        new = nodes.add("Mul", nodes.add("Sigmoid", in_gate), nodes.add("Tanh", candidate))
        cells = nodes.add("Add", kept, new)
        normal = affine(cells, "cells", step, parameters["cells_scale"], parameters["cells_shift"])
        state = nodes.add("Mul", nodes.add("Sigmoid", out_gate), nodes.add("Tanh", normal))
    result = nodes.add("Gemm", state, nodes.constant(parameters["W_output"]), nodes.constant(parameters["b_output"]))
    nodes.save(folder / "lstm.onnx", result, ["batch", steps, features])


BENCHMARKS = [
    Benchmark("mlp", (784,), (1, 64, 1024), write_mlp, ((1, 784, 1024, 1), (1, 1024, 1024, 2), (1, 1024, 10, 1))),
    Benchmark("convolutions", (3, 32, 32), (1, 32), write_convolutions),
    Benchmark("lstm", (28, 28), (1, 64), write_lstm, ((28, 28, 400, 1), (1, 100, 400, 28), (1, 100, 10, 1))),
]
