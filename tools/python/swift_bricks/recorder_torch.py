"""Gives the recorder access to PyTorch models: normalizations, parameters and running statistics."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy
import torch
from torch.nn.modules.batchnorm import _BatchNorm, _LazyNormBase

from .export_torch import export_onnx
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

# Per-example shapes: averaged axes have extent 1. BatchNorm1d normalizes vectors (and sequences), SyncBatchNorm mostly images.
AVERAGED_AXES = {torch.nn.BatchNorm2d: 2, torch.nn.SyncBatchNorm: 2, torch.nn.BatchNorm3d: 3}
# Elements that are converted to double precision at a time.
CHUNK = 1 << 22


class TorchModel:
    """A torch.nn.Module. Bricks have the paths of its modules."""

    needs_inputs = True

    def __init__(self, model: Any) -> None:
        if isinstance(model, (torch.nn.parallel.DistributedDataParallel, torch.nn.DataParallel)):
            model = model.module
        if hasattr(model, "_orig_mod"):
            raise UnsupportedModelError(
                "a compiled model does not report its normalizations; give the model before torch.compile"
            )
        self.model: torch.nn.Module = model
        # The brick for the model's own tensors. No module has its name.
        self._root = type(model).__name__
        while self._root in dict(model.named_children()):
            self._root += "_"
        modules = by_path((self._brick(name), module) for name, module in model.named_modules())
        self.types = {brick: type(module).__name__ for brick, module in modules.items()}
        self.normalizations = [
            _normalization(brick, module)
            for brick, module in modules.items()
            if isinstance(module, _BatchNorm) and module.track_running_stats
        ]

    def _brick(self, module: str) -> str:
        return "".join(f"/{component(name)}" for name in (module or self._root).split("."))

    def is_frozen(self, normalization: Normalization) -> bool:
        """False, because evaluation mode belongs to the whole model and not to a normalization."""
        return False

    def parameters(self) -> Iterator[Tensor]:
        """The parameters under the framework's names; the parameters of normalizations have this package's names and shapes."""
        normalizations = {each.brick: each for each in self.normalizations}
        for path, parameter in self.model.named_parameters():
            module, _, name = path.rpartition(".")
            brick, values, element = self._brick(module), _array(parameter), str(parameter.dtype).removeprefix("torch.")
            if brick in normalizations and name in ("weight", "bias"):
                yield normalization_parameter(
                    normalizations[brick], "scale" if name == "weight" else "shift", values, element
                )
            else:
                yield plain_parameter(brick, name, values, element)

    def statistics(self, normalization: Normalization) -> RunningStatistics:
        """The running mean, and the running variance, which is unbiased in this framework."""
        layer = normalization.layer
        tracked = layer.num_batches_tracked
        mean, variance = (_array(each.double()) for each in (layer.running_mean, layer.running_var))
        return RunningStatistics(mean, variance, None if tracked is None else int(tracked))

    def set_statistics(self, normalization: Normalization, statistics: RunningStatistics) -> None:
        """Replaces the running statistics in place."""
        layer = normalization.layer
        with torch.no_grad():
            layer.running_mean.copy_(torch.from_numpy(statistics.mean))
            layer.running_var.copy_(torch.from_numpy(statistics.variance))
            if statistics.batches is not None and layer.num_batches_tracked is not None:
                layer.num_batches_tracked.fill_(statistics.batches)

    @contextmanager
    def observing(self, observer: Observer) -> Iterator[None]:
        """Reports every call of a normalization in training mode."""
        known = {each.layer: each for each in self.normalizations}
        handled: list[BaseException | None] = []

        def begin(module: Any, arguments: Any, named: Any) -> None:
            if module is self.model:  # a copy of the model has copies of the hooks
                handled.append(sys.exception())
                observer.begin(lambda: (_examples(arguments), _examples(named)))

        def end(module: Any, _arguments: Any, _outputs: Any) -> None:
            if module is self.model:
                observer.end(failed=sys.exception() is not handled.pop())

        def observe(module: Any, arguments: Any, named: Any) -> None:
            normalization = known.get(module)
            if normalization is not None and module.training and observer.is_recording():
                values = arguments[0] if arguments else named["input"]
                observer.observe(normalization, *moments(values.detach()))

        handles = [
            self.model.register_forward_pre_hook(begin, with_kwargs=True, prepend=True),
            self.model.register_forward_hook(end, always_call=True),
            *(each.layer.register_forward_pre_hook(observe, with_kwargs=True) for each in self.normalizations),
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def export(self, inputs: Any, folder: Path) -> str:
        """Writes an ONNX file that keeps all normalizations.

        Example inputs are arguments, or a pair of arguments and keyword arguments.
        """
        path = os.path.join(folder, "model.onnx")
        export_onnx(self.model, inputs, path)
        return path


def _normalization(brick: str, module: Any) -> Normalization:
    if isinstance(module, _LazyNormBase):
        raise UnsupportedModelError(f"{brick} does not know its channels yet; run the model on a batch first")
    averaged = next((count for kind, count in AVERAGED_AXES.items() if isinstance(module, kind)), 0)
    return Normalization(brick, module, (module.num_features, *[1] * averaged), module.eps)


def moments(values: torch.Tensor) -> tuple[int, Array, Array]:
    """The number of observations per channel, their mean and their biased variance, in double precision.

    Parts of the batch are merged by the method of Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances" (1979).
    """
    channels, count = values.shape[1], 0
    if values.device.type == "mps":  # has no double precision
        values = values.cpu()
    mean = squares = torch.zeros(channels, dtype=torch.float64, device=values.device)
    for part in values.split(max(1, CHUNK * len(values) // max(values.numel(), 1))):
        rows = part.transpose(0, 1).reshape(channels, -1).double()
        size = rows.shape[1]
        part_mean = rows.mean(1)
        difference, total = part_mean - mean, count + size
        squares = squares + (rows - part_mean[:, None]).square().sum(1) + difference.square() * (count * size / total)
        mean = mean + difference * (size / total)
        count = total
    return count, _array(mean), _array(squares / count)


def _array(tensor: torch.Tensor) -> Array:
    tensor = tensor.detach().cpu()
    if tensor.dtype in (torch.float16, torch.bfloat16):
        tensor = tensor.float()
    return numpy.ascontiguousarray(tensor.numpy())


def _examples(value: Any) -> Any:
    """The first two examples of every tensor in the arguments of a call."""
    if isinstance(value, torch.Tensor):
        return value[:2].detach().clone() if value.dim() else value.detach().clone()
    if isinstance(value, dict):
        return {name: _examples(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        examples = [_examples(each) for each in value]
        return type(value)(*examples) if hasattr(value, "_fields") else type(value)(examples)
    return value
