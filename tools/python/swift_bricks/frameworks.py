"""Models of training frameworks, as the recorder sees them: normalizations, parameters and running statistics."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from .model import Tensor, example_axes
from .types import SIXTEEN_BIT_TYPES, Array, Path

# The characters that names in files do not contain (C25).
FORBIDDEN = re.compile(r"[/.|\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, eq=False)
class Normalization:
    """A batch normalization of a model. `shape` is the shape of one example's statistics, with extent 1 on averaged axes."""

    brick: str
    layer: Any
    shape: tuple[int, ...]
    epsilon: float


@dataclass
class RunningStatistics:
    """The running mean and the running variance, without epsilon, of a normalization.

    `batches` is the number of minibatches that they come from, or None if the framework does not count them. If it is 0, nothing was
    observed.
    """

    mean: Array
    variance: Array
    batches: int | None


def component(name: str) -> str:
    """A name that files can have: each forbidden character becomes `_`, the same as in bntool."""
    return FORBIDDEN.sub("_", name) or "_"


def by_path(parts: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Modules or layers by brick. Raises an UnsupportedModelError if two have the same path."""
    found: dict[str, Any] = {}
    for path, part in parts:
        if path in found:
            raise UnsupportedModelError(f"two parts of the model have the path {path}; give them different names")
        found[path] = part
    return found


def plain_parameter(brick: str, name: str, values: Array, element: str) -> Tensor:
    """A parameter under the framework's own name and in its layout."""
    role = "BIAS" if "bias" in name else "FILTER" if values.ndim > 2 else "WEIGHT"
    path = f"/parameters{brick}/{component(name)}"
    return Tensor(path, values, role, brick, [f"axis_{axis}" for axis in range(values.ndim)], stored_type=_stored(element))


def normalization_parameter(
    normalization: Normalization, kind: Literal["scale", "shift"], values: Array, element: str
) -> Tensor:
    """The scale or shift of a normalization, in the shape of its statistics."""
    brick, shape = normalization.brick, normalization.shape
    path, role = f"/parameters{brick}/batch_norm_{kind}", f"BATCH_NORM_{kind.upper()}_PARAMETER"
    broadcastable = [axis > 0 for axis in range(len(shape))]
    axes = example_axes(len(shape))
    return Tensor(path, values.reshape(shape), role, brick, axes, broadcastable, stored_type=_stored(element))


def _stored(element: str) -> str | None:
    """The type in the file if it is narrower than the type of the values; None otherwise."""
    return element if element in SIXTEEN_BIT_TYPES else None


class Observer(Protocol):
    """Takes the minibatch statistics that an observed model computes."""

    def begin(self, inputs: Callable[[], Any]) -> None:
        """The model begins to process a minibatch; `inputs` makes examples of it for the export, or None."""

    def is_recording(self) -> bool:
        """Whether the model processes a minibatch, so that `observe` may be called."""

    def observe(self, normalization: Normalization, count: int, mean: Array, variance: Array) -> None:
        """One call of a normalization: observations per channel, mean and biased variance in double precision."""

    def end(self, failed: bool) -> None:
        """The model has processed the minibatch, or has failed."""


class Framework(Protocol):
    """A model of a training framework."""

    normalizations: list[Normalization]
    # Whether `export` runs the model on example inputs.
    needs_inputs: bool

    @property
    def types(self) -> dict[str, str]:
        """The class of each brick, by path."""

    def is_frozen(self, normalization: Normalization) -> bool:
        """Whether a normalization uses its running statistics in training, too, because it is frozen."""

    def parameters(self) -> Iterator[Tensor]:
        """The parameters, as a checkpoint without the model's graph stores them."""

    def statistics(self, normalization: Normalization) -> RunningStatistics:
        """The running statistics of a normalization, in double precision."""

    def set_statistics(self, normalization: Normalization, statistics: RunningStatistics) -> None:
        """Replaces the running statistics. `batches` of None keeps the framework's own number."""

    def observing(self, observer: Observer) -> AbstractContextManager[None]:
        """Reports every call of a normalization in training mode to the observer."""

    def export(self, inputs: Any, folder: Path) -> str:
        """Writes the model to a file in the framework's own format or in ONNX, and returns the file's path."""


class UnsupportedModelError(TypeError):
    """A model that the recorder cannot work with."""


def framework_of(model: Any) -> Framework:
    """The `Framework` of a torch.nn.Module or keras.Model. Imports only that framework's recorder."""
    bases = {f"{base.__module__.split('.')[0]}.{base.__name__}" for base in type(model).__mro__}
    for name, load in _LOADERS.items():
        if name in bases:
            return load(model)
    raise UnsupportedModelError(
        f"cannot work with {type(model).__module__}.{type(model).__name__}: give a torch.nn.Module or a keras.Model"
    )


def _torch(model: Any) -> Framework:
    from .recorder_torch import TorchModel

    return TorchModel(model)


def _keras(model: Any) -> Framework:
    from .recorder_keras import KerasModel

    return KerasModel(model)


# A Keras model of the torch backend is a torch.nn.Module, too, so Keras comes first.
_LOADERS: Mapping[str, Callable[[Any], Framework]] = {"keras.Model": _keras, "torch.Module": _torch}
