"""Operations that arrange, choose or compare elements, in NumPy."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..types import Array, Object
from .table import INDEX, INDICES, NUMBER, PAST_END, Operation


def _slice(a: Array, *, axis: int, start: int, count: int) -> Array:
    if start + count > a.shape[axis]:
        raise ValueError(f"cannot take {count} elements from {start} of an axis of {a.shape[axis]}")
    return numpy.take(a, range(start, start + count), axis=axis)


def _reshape(a: Array, *, keep_axes: int, shape: Sequence[int]) -> Array:
    if keep_axes > a.ndim:
        raise ValueError(f"cannot keep {keep_axes} of {a.ndim} axes")
    return a.reshape(*a.shape[:keep_axes], *shape)


def _gather(a: Array, rows: Array) -> Array:
    if rows.dtype != numpy.int64 or (rows.size and not 0 <= rows.min() <= rows.max() < len(a)):
        raise ValueError("an index selects a row that does not exist")
    return a[rows]


def _take_step(a: Array, step: Array, *, past_end: str) -> Array:
    if step.dtype != numpy.int64 or step.shape != ():
        raise ValueError("the step is not an int64 scalar")
    if step < 0 or (past_end == "strict" and step >= len(a)):
        raise ValueError(f"there is no step {step} among {len(a)}")
    return a[min(int(step), len(a) - 1)]


def _repeat_like(a: Array, other: Array, *, axis: int) -> Array:
    return numpy.broadcast_to(a, (other.shape[axis], *a.shape)).copy()


def _clip(a: Array, *, minimum: float, maximum: float) -> Array:
    return numpy.clip(a, minimum, maximum)


def _clip_problem(attributes: Object) -> str | None:
    return "`minimum` is above `maximum`" if attributes["minimum"] > attributes["maximum"] else None


def pad(a: Array, *, low: Sequence[int], high: Sequence[int], interior: Sequence[int], value: float) -> Array:
    """An array padded with a value around it and between its elements, like XLA's `pad` without negative numbers."""
    if not len(low) == len(high) == len(interior) == a.ndim:
        raise ValueError(f"the padding {low}, {high}, {interior} does not fit {a.ndim} axes")
    extents = [sum(numbers) for numbers in zip(low, high, spread_extents(a.shape, interior))]
    result = numpy.full(extents, value, a.dtype)
    result[tuple(slice(l, e - h, i + 1) for l, e, h, i in zip(low, extents, high, interior))] = a
    return result


def spread_extents(shape: Sequence[int], interior: Sequence[int]) -> list[int]:
    """The extents of an array after elements are put between its own."""
    return [extent + max(extent - 1, 0) * between for extent, between in zip(shape, interior)]


def _pad_problem(attributes: Object) -> str | None:
    lengths = {len(attributes[key]) for key in ("low", "high", "interior")}
    return None if len(lengths) == 1 else "`low`, `high` and `interior` are not equally long"


def _compared(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, b: function(a, b).astype(a.dtype)


COMPARISONS = {
    "greater": numpy.greater,
    "greater_or_equal": numpy.greater_equal,
    "less": numpy.less,
    "less_or_equal": numpy.less_equal,
    "equal": numpy.equal,
    "not_equal": numpy.not_equal,
}

OPERATIONS = {
    "slice": Operation(1, _slice, {"axis": INDEX, "start": INDEX, "count": INDEX}, integers=True),
    "concatenate": Operation(
        None, lambda *parts, axis: numpy.concatenate(parts, axis=axis), {"axis": INDEX}, integers=True
    ),
    "stack": Operation(None, lambda *parts, axis: numpy.stack(parts, axis=axis), {"axis": INDEX}, integers=True),
    "reverse": Operation(1, lambda a, axis: numpy.flip(a, axis=axis), {"axis": INDEX}, integers=True),
    "reshape": Operation(1, _reshape, {"keep_axes": INDEX, "shape": INDICES}, integers=True),
    "transpose": Operation(
        1, lambda a, permutation: numpy.transpose(a, permutation), {"permutation": INDICES}, integers=True
    ),
    "expand_dimensions": Operation(1, lambda a, axis: numpy.expand_dims(a, axis), {"axis": INDEX}, integers=True),
    "take_step": Operation(2, _take_step, {"past_end": PAST_END}, integers=True, mixed=True),
    "repeat_like": Operation(2, _repeat_like, {"axis": INDEX}, integers=True, mixed=True),
    "pad": Operation(
        1, pad, {"low": INDICES, "high": INDICES, "interior": INDICES, "value": NUMBER}, integers=True, check=_pad_problem
    ),
    "gather": Operation(2, _gather, integers=True, mixed=True),
    "select": Operation(3, lambda mask, a, b: numpy.where(mask != 0, a, b), integers=True),
    "clip": Operation(1, _clip, {"minimum": NUMBER, "maximum": NUMBER}, check=_clip_problem),
    **{name: Operation(2, _compared(function), integers=True) for name, function in COMPARISONS.items()},
}
