"""Reductions, with and without a mask, in NumPy."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..types import Array
from .table import AXES, BOOLEAN, Operation


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(a: Array, *, axes: Sequence[int], keep_dimensions: bool) -> Any:
        if function is not numpy.sum and 0 in (a.shape[axis] for axis in axes):
            raise ValueError("there are no elements to reduce")
        return function(a, axis=tuple(axes), keepdims=keep_dimensions)

    return reduce


def _selected(a: Array, mask: Array) -> Array:
    """The elements of a that the mask selects, as booleans of a's shape."""
    if mask.ndim != a.ndim or any(extent not in (1, whole) for extent, whole in zip(mask.shape, a.shape)):
        raise ValueError(f"a mask {mask.shape} does not fit {a.shape}")
    return numpy.broadcast_to(mask != 0, a.shape)


def _maskable(function: Callable[..., Any], masked: Callable[[Array, Array, tuple[int, ...]], Array]) -> Callable[..., Any]:
    """A reduction that may have a mask. If no elements are selected, the result is 0."""
    plain = _plain(function)

    def reduce(a: Array, mask: Array | None = None, *, axes: Sequence[int], keep_dimensions: bool) -> Any:
        if mask is None:
            return plain(a, axes=axes, keep_dimensions=keep_dimensions)
        result = masked(a, _selected(a, mask), tuple(axes))
        return result if keep_dimensions else numpy.squeeze(result, tuple(axes))

    return reduce


def _masked_sum(a: Array, where: Array, axes: tuple[int, ...]) -> Array:
    return numpy.sum(a, axis=axes, keepdims=True, where=where)


def _masked_mean(a: Array, where: Array, axes: tuple[int, ...]) -> Array:
    return _masked_sum(a, where, axes) / numpy.maximum(where.sum(axis=axes, keepdims=True), 1)


def _masked_variance(a: Array, where: Array, axes: tuple[int, ...]) -> Array:
    return _masked_mean((a - _masked_mean(a, where, axes)) ** 2, where, axes)


def element_count(a: Array, mask: Array | None = None, *, axes: Sequence[int]) -> Array:
    """The number of elements along the axes that the mask selects."""
    if mask is None:
        return numpy.asarray(numpy.prod([a.shape[axis] for axis in axes], dtype=numpy.int64))
    if any(extent != 1 for axis, extent in enumerate(mask.shape) if axis not in axes):
        raise ValueError(f"elements are counted over the axes {axes}, but the mask {mask.shape} also varies along other axes")
    others = tuple(0 if axis not in axes else slice(None) for axis in range(a.ndim))
    return numpy.asarray(numpy.count_nonzero(_selected(a, mask)[others]), numpy.int64)


MASKED = {
    "reduce_sum": _maskable(numpy.sum, _masked_sum),
    "reduce_mean": _maskable(numpy.mean, _masked_mean),
    "reduce_variance": _maskable(numpy.var, _masked_variance),
}
PLAIN = {"reduce_maximum": _plain(numpy.max), "reduce_minimum": _plain(numpy.min)}
_ATTRIBUTES = {"axes": AXES, "keep_dimensions": BOOLEAN}

OPERATIONS = {
    **{name: Operation(1, function, _ATTRIBUTES, maskable=True) for name, function in MASKED.items()},
    **{name: Operation(1, function, _ATTRIBUTES) for name, function in PLAIN.items()},
    "element_count": Operation(1, element_count, {"axes": AXES}, integers=True, maskable=True),
}
