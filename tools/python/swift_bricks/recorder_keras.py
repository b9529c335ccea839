"""Gives the recorder access to Keras models: normalizations, parameters and moving statistics."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

import keras
import numpy

from .frameworks import (
    Normalization,
    Observer,
    RunningStatistics,
    UnsupportedModelError,
    by_path,
    component,
    normalization_parameter,
    plain_parameter,
)
from .model import Tensor
from .types import Array, Path


class KerasModel:
    """A keras.Model. Bricks have the names of its layers. Layers of a nested model are below the model's brick."""

    needs_inputs = False

    def __init__(self, model: Any) -> None:
        if not model.built:
            raise UnsupportedModelError("the model is not built; call it on a batch first")
        self.model = model
        self._layers = by_path(_layers(model))
        self.types = {brick: type(layer).__name__ for brick, layer in self._layers.items()}
        self.normalizations = [
            Normalization(brick, layer, _shape(layer), layer.epsilon)
            for brick, layer in self._layers.items()
            if isinstance(layer, keras.layers.BatchNormalization)
        ]

    def is_frozen(self, normalization: Normalization) -> bool:
        """Whether the layer, or a layer that contains it, is not trainable."""
        return not normalization.layer.trainable

    def parameters(self) -> Iterator[Tensor]:
        """The parameters under the framework's names; the parameters of normalizations have this package's names and shapes."""
        normalizations = {each.brick: each for each in self.normalizations}
        seen: set[int] = set()
        # The inner layers come first, so a variable belongs to the innermost layer that has it.
        for brick, layer in sorted(self._layers.items(), key=lambda item: -item[0].count("/")):
            for variable in layer.weights:
                if id(variable) in seen:
                    continue
                seen.add(id(variable))
                if brick not in normalizations:
                    yield plain_parameter(brick, variable.name, _array(variable), variable.dtype)
                elif variable.name in ("gamma", "beta"):
                    kind: Literal["scale", "shift"] = "scale" if variable.name == "gamma" else "shift"
                    yield normalization_parameter(normalizations[brick], kind, _array(variable), variable.dtype)

    def statistics(self, normalization: Normalization) -> RunningStatistics:
        """The moving mean and the moving variance, which is biased. Keras does not count minibatches."""
        layer = normalization.layer
        return RunningStatistics(_array(layer.moving_mean).astype(float), _array(layer.moving_variance).astype(float), None)

    def set_statistics(self, normalization: Normalization, statistics: RunningStatistics) -> None:
        """Replaces the moving statistics in place."""
        normalization.layer.moving_mean.assign(statistics.mean)
        normalization.layer.moving_variance.assign(statistics.variance)

    @contextmanager
    def observing(self, observer: Observer) -> Iterator[None]:
        """Reports every call of a normalization in training mode. Keras has no hooks, so `call` is wrapped."""

        def observed_model(call: Callable[..., Any]) -> Callable[..., Any]:
            def run(*arguments: Any, **named: Any) -> Any:
                if _is_symbolic(arguments):
                    return call(*arguments, **named)
                observer.begin(lambda: None)
                failed = True
                try:
                    outputs = call(*arguments, **named)
                    failed = False
                    return outputs
                finally:
                    observer.end(failed)

            return run

        def observed_layer(normalization: Normalization, call: Callable[..., Any]) -> Callable[..., Any]:
            layer = normalization.layer

            def run(inputs: Any, training: Any = None, mask: Any = None) -> Any:
                if training and layer.trainable and observer.is_recording() and not _is_symbolic((inputs,)):
                    observer.observe(
                        normalization, *moments(_array(inputs), layer.axis, None if mask is None else _array(mask))
                    )
                return call(inputs, training=training, mask=mask)

            return run

        with ExitStack() as stack:
            stack.enter_context(_wrapped(self.model, observed_model(self.model.call)))
            for each in self.normalizations:
                stack.enter_context(_wrapped(each.layer, observed_layer(each, each.layer.call)))
            yield

    def export(self, inputs: Any, folder: Path) -> str:
        """Writes a `.keras` archive. Example inputs are not needed."""
        path = os.path.join(folder, "model.keras")
        self.model.save(path)
        return path


def moments(values: Array, axis: int, mask: Array | None = None) -> tuple[int, Array, Array]:
    """The number of observations per channel, their mean and their biased variance, in double precision.

    A mask has the leading axes of the values. Elements that it leaves out are not observed.
    """
    values = numpy.moveaxis(values, axis, -1)
    rows = values.reshape(-1, values.shape[-1]) if mask is None else values[mask.astype(bool)].reshape(-1, values.shape[-1])
    mean = rows.mean(0, dtype=float) if len(rows) else numpy.zeros(rows.shape[1])
    parts = numpy.array_split(rows, rows.size // (1 << 22) + 1)
    squares = sum(numpy.square(part.astype(float) - mean).sum(0) for part in parts)
    return len(rows), mean, squares / max(len(rows), 1)


@contextmanager
def _wrapped(layer: Any, call: Callable[..., Any]) -> Iterator[None]:
    """Replaces a layer's `call` by a function while the statement runs."""
    layer.call = call
    try:
        yield
    finally:
        del layer.call


def _layers(model: Any) -> Iterator[tuple[str, Any]]:
    """The layers inside a model by brick path, each layer once, and the model itself under its own name."""
    seen, names, pending = {id(model)}, set(), [("", model)]
    while pending:
        parent, container = pending.pop()
        for child in getattr(container, "layers", None) or container._flatten_layers(include_self=False, recursive=False):
            if id(child) not in seen:
                path = f"{parent}/{component(child.name)}"
                seen.add(id(child))
                names.add(path)
                yield path, child
                pending.append((path, child))
    own = f"/{component(model.name)}"
    while own in names:
        own += "_"
    yield own, model


def _shape(layer: Any) -> tuple[int, ...]:
    """The shape of the normalization's statistics for one example, with the channel first."""
    return (layer.moving_mean.shape[0], *[1] * (layer.input_spec.ndim - 2))


def _is_symbolic(values: Any) -> bool:
    return any(isinstance(leaf, keras.KerasTensor) for leaf in keras.tree.flatten(values))


def _array(value: Any) -> Array:
    """The numbers of a tensor or variable. Numbers of 16 bits are widened."""
    try:
        array = numpy.asarray(keras.ops.convert_to_numpy(value))
    except Exception as error:
        raise RuntimeError(
            "the recorder needs the numbers of every step: compile the model with run_eagerly=True"
        ) from error
    return numpy.ascontiguousarray(
        array if array.dtype.itemsize >= 4 or array.dtype == bool else array.astype(numpy.float32)
    )
