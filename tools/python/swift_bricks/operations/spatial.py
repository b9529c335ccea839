"""Operations on images (N, C, H, W), in NumPy, window by window."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy

from ..types import Array
from .table import BOOLEAN, COUNT, PADDING, PAIR, Operation

Pair: TypeAlias = Sequence[int]


def _windows(
    extents: Pair, stride: Pair, counts: Pair, dilation: Pair = (1, 1)
) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
    """The window of every result (i, j), clipped at the end."""
    reach = [(extent - 1) * distance + 1 for extent, distance in zip(extents, dilation)]
    for i in range(counts[0]):
        for j in range(counts[1]):
            y, x = i * stride[0], j * stride[1]
            yield i, j, (slice(None), slice(None), *(slice(s, s + r, d) for s, r, d in zip((y, x), reach, dilation)))


def _padded(a: Array, padding: Pair) -> Array:
    return numpy.pad(a, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))


def _whole(extents: Pair, window: Pair, stride: Pair) -> list[int]:
    """The number of whole windows along both axes."""
    counts = [(extent - size) // step + 1 for extent, size, step in zip(extents, window, stride)]
    if min(extents) < 1 or min(counts) < 1 or any(size > extent for size, extent in zip(window, extents)):
        raise ValueError("no window fits")
    return counts


def convolution(
    images: Array, filters: Array, *, padding: Pair, stride: Pair, groups: int, dilation: Pair = (1, 1)
) -> Array:
    """A true convolution: the filters are flipped."""
    if images.ndim != 4 or filters.ndim != 4 or 0 in images.shape[1:] or 0 in filters.shape:
        raise ValueError("needs images (N, C, H, W) and filters (F, C / groups, h, w) with elements")
    channels, count = images.shape[1], filters.shape[0]
    if channels % groups or count % groups or filters.shape[1] != channels // groups:
        raise ValueError(f"{channels} channels and {count} filters do not form {groups} groups")
    flipped = filters[:, :, ::-1, ::-1].reshape(groups, count // groups, *filters.shape[1:])
    padded = _padded(images, padding)
    reach = [(size - 1) * distance + 1 for size, distance in zip(filters.shape[2:], dilation)]
    counts = _whole(padded.shape[2:], reach, stride)
    result = numpy.empty((len(images), count, *counts), images.dtype)
    for i, j, window in _windows(filters.shape[2:], stride, counts, dilation):
        parts = padded[window].reshape(len(images), groups, channels // groups, *filters.shape[2:])
        result[:, :, i, j] = numpy.einsum("ngchw,gfchw->ngfhwc", parts, flipped).sum((3, 4, 5)).reshape(-1, count)
    return result


def _cut(extents: Pair, window: Pair, step: Pair) -> list[int]:
    """The number of windows along both axes if the windows at the end may be cut."""
    return [
        (extent - 1) // stride + 1 if stride >= size else max(0, -((size - extent) // stride)) + 1
        for extent, size, stride in zip(extents, window, step)
    ]


def _pool(
    images: Array, window: Pair, step: Pair, padding: Pair, ignore_border: bool, summarize: Callable[[Array, Array], Array]
) -> Array:
    """Applies `summarize` to each window: to its elements, and to booleans that say which of them belong to the image."""
    if images.ndim != 4 or 0 in images.shape[1:]:
        raise ValueError("needs images (N, C, H, W) with elements")
    if any(p >= w for p, w in zip(padding, window)) or (any(padding) and not ignore_border):
        raise ValueError("the padding is as large as the window, or given although borders count")
    inside = _padded(numpy.ones_like(images), padding).astype(bool)
    padded = _padded(images, padding)
    extents = padded.shape[2:]
    counts = _whole(extents, window, step) if ignore_border else _cut(extents, window, step)
    result = numpy.empty((*images.shape[:2], *counts), images.dtype)
    for i, j, part in _windows(window, step, counts):
        result[:, :, i, j] = summarize(padded[part], inside[part])
    return result


def max_pool(images: Array, *, window: Pair, step: Pair, padding: Pair, ignore_border: bool) -> Array:
    """The largest element of each window."""

    def summarize(part: Array, inside: Array) -> Array:
        return numpy.where(inside, part, -numpy.inf).max((2, 3))

    return _pool(images, window, step, padding, ignore_border, summarize)


def average_pool(
    images: Array, *, window: Pair, step: Pair, padding: Pair, ignore_border: bool, include_padding: bool
) -> Array:
    """The mean of each window, with or without the zeros of the padding."""

    def summarize(part: Array, inside: Array) -> Array:
        counted = numpy.ones_like(inside) if include_padding else inside
        return part.sum((2, 3)) / counted.sum((2, 3)).astype(part.dtype)

    return _pool(images, window, step, padding, ignore_border, summarize)


def affine_glimpse(images: Array, location: Array, *, extents: Pair) -> Array:
    """The images sampled bilinearly on the affine grids of the locations (N, 6)."""
    if images.ndim != 4 or location.shape != (len(images), 6) or 0 in images.shape[1:]:
        raise ValueError("needs images (N, C, H, W) and locations (N, 6)")
    element = images.dtype
    y, x = (numpy.linspace(numpy.longdouble(-1), 1, extent).astype(element) for extent in extents)
    grid = numpy.stack([g.ravel() for g in numpy.meshgrid(x, y)] + [numpy.ones(len(x) * len(y), element)])
    at = location.reshape(-1, 2, 3) @ grid
    rows, columns = images.shape[2:]

    def neighbours(coordinate: Array, extent: int) -> tuple[Array, Array, Array, Array]:
        """The two neighbouring pixels, and their weights."""
        scaled = (numpy.clip(coordinate, -1, 1) + 1) / 2 * element.type(extent - 1)
        near = numpy.floor(scaled)
        place = numpy.nan_to_num(near).astype(numpy.int64)
        return place, numpy.minimum(place + 1, extent - 1), near + 1 - scaled, scaled - near

    left, right, at_left, at_right = neighbours(at[:, 0], columns)
    top, bottom, at_top, at_bottom = neighbours(at[:, 1], rows)
    example = numpy.arange(len(images))[:, None]
    result = numpy.zeros((*at_left.shape, images.shape[1]), element)
    for row, down in ((top, at_top), (bottom, at_bottom)):
        for column, across in ((left, at_left), (right, at_right)):
            result += (across * down)[:, :, None] * images[example, :, row, column]
    return result.transpose(0, 2, 1).reshape(*images.shape[:2], *extents)


_POOL = {"window": PAIR, "step": PAIR, "padding": PADDING, "ignore_border": BOOLEAN}

OPERATIONS = {
    "convolution": Operation(2, convolution, {"padding": PADDING, "stride": PAIR, "groups": COUNT}),
    "dilated_convolution": Operation(
        2, convolution, {"padding": PADDING, "stride": PAIR, "groups": COUNT, "dilation": PAIR}
    ),
    "max_pool": Operation(1, max_pool, _POOL),
    "average_pool": Operation(1, average_pool, {**_POOL, "include_padding": BOOLEAN}),
    "affine_glimpse": Operation(2, affine_glimpse, {"extents": PAIR}),
}
