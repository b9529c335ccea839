"""Saves models of training frameworks as checkpoints, and puts statistics of checkpoints back into them."""

import os
import warnings
from typing import Any

import numpy

from .building import GraphBuilder
from .conversion import ConversionError, convert
from .digests import parameters_digest
from .frameworks import Framework, Normalization, RunningStatistics, framework_of
from .model import Checkpoint, CheckpointError, Tensor, example_axes
from .reading import read
from .recording import observed
from .types import Array, Object, Path
from .writing import write


def save(model: Any, path: Path, *, inputs: Any = None, graph: bool | None = None) -> None:
    """Saves the parameters and population statistics of a model, with the network's graph if it can be made.

    The graph needs bntool: the model is exported (PyTorch to ONNX, Keras to `.keras`), and `bntool convert` makes the checkpoint.
    Without the graph, the checkpoint has the same bricks, but normalizations are not connected: statistics can be averaged, compared
    and put back into the model, but the network cannot be run.

    model: a torch.nn.Module or a keras.Model.
    inputs: a batch of example inputs, which the export of a PyTorch model runs. Several inputs are a tuple.
    graph: True to require the graph, False to leave it out. By default a warning says why it cannot be made.

    Raises a ConversionError if `graph` is True and the graph cannot be made.
    """
    framework = framework_of(model)
    if graph is not False and inputs is None and framework.needs_inputs:
        raise ValueError(
            "the export of the graph needs example inputs; pass inputs=x, or graph=False to leave out the graph"
        )
    if graph is not False:
        try:
            convert(framework, inputs, path)
            _tell_counts(framework, path)
            return
        except ConversionError as error:
            if graph:
                raise
            warnings.warn(f"{error}. {os.fspath(path)} has no graph of the network", stacklevel=2)
    write(path, checkpoint_without_graph(framework))


def _tell_counts(framework: Framework, path: Path) -> None:
    """Writes the known counts of minibatches and observations, which the exported model does not have, into a converted file."""
    origins = {}
    for each in framework.normalizations:
        statistics = framework.statistics(each)
        if statistics.batches is not None and not framework.is_frozen(each):
            origins[each.brick] = (each, statistics)
    if not origins:
        return
    try:
        checkpoint = read(path)
    except CheckpointError as error:  # of a newer bntool
        warnings.warn(f"{os.fspath(path)} does not say from how many minibatches its statistics come: {error}", stacklevel=3)
        return
    for tensor in checkpoint.tensors:
        if tensor.statistic is not None and tensor.brick in origins:
            origin = _origin(*origins[tensor.brick], checkpoint.parameters_digest())
            tensor.statistic = {**origin, "epsilon": tensor.statistic["epsilon"]}
    write(path, checkpoint)


def apply_statistics(model: Any, path: Path) -> None:
    """Puts the population statistics of a checkpoint, such as averaged ones, into a model's running mean and variance.

    The model is the one that the checkpoint was saved from. If the statistics do not fit all its batch normalizations that are
    not frozen, no statistics are changed. The variance is stdev² − epsilon, so that the model divides by the checkpoint's
    deviation. If the checkpoint keeps the variance itself, the variance is copied exactly. A warning names
    statistics that are stale or were never estimated.

    Raises a CheckpointError if the file is not sound, and a ValueError if its statistics do not fit the model.
    """
    framework = framework_of(model)
    checkpoint = read(path)
    tensors = {tensor.path: tensor for tensor in checkpoint.tensors}
    problems: list[str] = []
    found: list[tuple[Normalization, RunningStatistics]] = []
    moving = [each for each in framework.normalizations if not framework.is_frozen(each)]
    for each in moving:
        try:
            found.append((each, _statistics_in(tensors, each)))
        except ValueError as error:
            problems.append(f"{each.brick} {error}")
    expected = {each.brick for each in moving}
    means = {tensor.brick for tensor in checkpoint.tensors if tensor.role == "BATCH_NORM_POPULATION_MEAN"}
    problems += [f"{brick} is not in the model" for brick in sorted(means - expected)]
    if problems:
        raise ValueError(f"{os.fspath(path)} does not fit the model: {'; '.join(problems)}")
    for notice in checkpoint.notices:
        warnings.warn(notice, stacklevel=2)
    for each, statistics in found:
        framework.set_statistics(each, statistics)


def _statistics_in(tensors: dict[str, Tensor], normalization: Normalization) -> RunningStatistics:
    """The statistics of a brick, without epsilon. Raises a ValueError if they do not fit."""
    brick, epsilon = normalization.brick, normalization.epsilon
    mean, stdev = (tensors.get(f"/statistics{brick}/population_{name}") for name in ("mean", "stdev"))
    if mean is None or stdev is None or mean.statistic is None:
        raise ValueError("has no population mean and deviation in the file")
    channels = int(numpy.prod(normalization.shape, dtype=int))
    if mean.axes[:1] == ["time"] or mean.values.size != channels or stdev.values.size != channels:
        raise ValueError(
            f"has statistics of shape {list(mean.values.shape)} in the file, and {channels} channels in the model"
        )
    if not numpy.isclose(mean.statistic["epsilon"], epsilon, rtol=1e-6, atol=0):
        raise ValueError(f"has the epsilon {mean.statistic['epsilon']} in the file, and {epsilon} in the model")
    deviation = stdev.values.reshape(-1)
    variance = numpy.maximum(numpy.square(deviation, dtype=float) - mean.statistic["epsilon"], 0)
    exact = tensors.get(f"/persistent{brick}/moving_variance")
    if exact is not None and exact.values.size == channels:
        kept = exact.values.reshape(-1).astype(float)
        rounded = numpy.sqrt(kept + mean.statistic["epsilon"]).astype(deviation.dtype)
        variance = kept if numpy.array_equal(rounded, deviation) else variance
    return RunningStatistics(mean.values.reshape(-1).astype(float), variance, mean.statistic["records"] or None)


# A checkpoint without the network's graph.


def checkpoint_without_graph(framework: Framework) -> Checkpoint:
    """The parameters and statistics of a model, with a graph that has only its normalizations, each with an input of its own."""
    parameters = {tensor.path: tensor for tensor in framework.parameters()}
    builder = GraphBuilder("float64" if any(tensor.type == "float64" for tensor in parameters.values()) else "float32")
    leaves = {path: builder.tensor(tensor) for path, tensor in parameters.items()}
    builder.tensors += parameters.values()
    digest = parameters_digest(tensor.entry() for tensor in parameters.values())
    for number, each in enumerate(framework.normalizations):
        _add_normalization(builder, framework, each, leaves, number, digest)
    bricks = _tree({tensor.brick for tensor in builder.tensors}, framework.types)
    return Checkpoint(builder.tensors, bricks=bricks, graph=builder.graph, producer="swift-bricks recorder")


def _add_normalization(
    builder: GraphBuilder,
    framework: Framework,
    each: Normalization,
    parameters: dict[str, int],
    number: int,
    digest: str,
) -> None:
    statistics = framework.statistics(each)
    if not (numpy.isfinite(statistics.mean).all() and numpy.isfinite(statistics.variance).all()):
        raise ValueError(
            f"{each.brick}: the running statistics are not finite; reset them, or recalibrate them on sound data"
        )

    def keep(name: str, values: Array) -> None:
        builder.declare("persistent", each.brick, name, values, "PERSISTENT", ["channel"])

    # With this tensor the variance comes back exactly. No output depends on it.
    keep("moving_variance", statistics.variance)
    if framework.is_frozen(each):
        keep("moving_mean", statistics.mean)
        return
    shape, rank = each.shape, len(each.shape)
    axes, broadcastable = example_axes(rank), [axis > 0 for axis in range(rank)]
    statistic = _origin(each, statistics, digest)
    source = builder.input(each.brick[1:], ["batch", shape[0], *(f"{axis}_{number}" for axis in axes[1:])])
    builder.begin_call(each.brick, [source])

    def leaf(name: str, values: Array, role: str) -> tuple[int, int]:
        stored = builder.declare(
            "statistics",
            each.brick,
            name,
            values.reshape(shape),
            role,
            axes,
            broadcastable=broadcastable,
            statistic=statistic,
        )
        roles = ["BATCH_NORM_OFFSET" if name == "population_mean" else "BATCH_NORM_DIVISOR"]
        return stored, builder.apply("expand_dimensions", [stored], [1, *shape], roles=roles, axis=0)

    deviation = numpy.sqrt(statistics.variance + each.epsilon)
    mean, offset = leaf("population_mean", statistics.mean, "BATCH_NORM_POPULATION_MEAN")
    stdev, divisor = leaf("population_stdev", deviation, "BATCH_NORM_POPULATION_STDEV")
    centred = builder.apply("subtract", [source, offset], builder.shape(source))
    output = builder.apply("divide", [centred, divisor], builder.shape(source))
    for name, operation in (("scale", "multiply"), ("shift", "add")):
        parameter = parameters.get(f"/parameters{each.brick}/batch_norm_{name}")
        if parameter is not None:
            expanded = builder.apply("expand_dimensions", [parameter], [1, *shape], axis=0)
            output = builder.apply(operation, [output, expanded], builder.shape(source))
    builder.end_call(
        output,
        normalization={
            "training_mode": False,
            "input": source,
            "offset": offset,
            "divisor": divisor,
            "axes": [0, *range(2, rank + 1)],
            "epsilon": each.epsilon,
            "population_mean": f"/statistics{each.brick}/population_mean",
            "population_stdev": f"/statistics{each.brick}/population_stdev",
        },
    )
    builder.output(f"{each.brick[1:]} normalized", output)


def _origin(normalization: Normalization, statistics: RunningStatistics, digest: str) -> Object:
    """The origin of running statistics beside parameters with a digest.

    Frameworks do not count observations. The count is known if the recorder saw every minibatch. Otherwise, the
    number of minibatches takes its place, or 1 if this number is also unknown.
    """
    batches, count = observed.get(normalization.layer, [0, 0])
    never = statistics.batches == 0 or (
        statistics.batches is None and not statistics.mean.any() and bool((statistics.variance == 1).all())
    )
    if statistics.batches is None or batches != statistics.batches:
        count = statistics.batches or 1
    return {
        "epsilon": normalization.epsilon,
        "observation_counts": [0 if never else count],
        "estimator": "none" if never else "training-average",
        "records": 0 if never else statistics.batches or 0,
        "parameters_digest": None if never else digest,
    }


def _tree(paths: set[str], types: dict[str, str]) -> Object:
    """The tree of all bricks with their parents."""
    root: Object = {"children": []}
    nodes = {"": root}
    prefixes = {path[:end] for path in paths for end in range(1, len(path) + 1) if path[end : end + 1] in ("/", "")}
    for path in sorted(prefixes, key=lambda path: (path.count("/"), path.encode())):
        parent, name = path.rsplit("/", 1)
        node: Object = {"type": types.get(path, "Module"), "name": name, "configuration": {}, "children": []}
        nodes[path] = node
        nodes[parent]["children"].append(node)
    return {"bricks": root["children"]}
