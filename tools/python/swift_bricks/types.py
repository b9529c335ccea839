"""The names of types that several modules use."""

import os
from typing import Any, TypeAlias

import numpy

Array: TypeAlias = numpy.ndarray[Any, Any]
DType: TypeAlias = numpy.dtype[Any]
Path: TypeAlias = str | os.PathLike[str]
# An object of a JSON document.
Object: TypeAlias = dict[str, Any]
# A tensor's object in the table of contents.
Entry: TypeAlias = Object

# NumPy's type of each element type that a model computes in.
NUMPY_TYPES: dict[str, DType] = {"float32": numpy.dtype("<f4"), "float64": numpy.dtype("<f8"), "int64": numpy.dtype("<i8")}
# NumPy's type of the stored 16-bit elements, whose values are float32. NumPy does not have bfloat16, which is kept as bits.
SIXTEEN_BIT_TYPES: dict[str, DType] = {"float16": numpy.dtype("<f2"), "bfloat16": numpy.dtype("<u2")}


def computed_type(element: str) -> str:
    """The type in which a model computes with stored elements."""
    return "float32" if element in SIXTEEN_BIT_TYPES else element


def widened(stored: Array, element: str) -> Array:
    """The values of stored elements, which are exact in float32."""
    if element == "bfloat16":
        return (stored.astype(numpy.uint32) << 16).view(numpy.float32)
    return stored.astype(numpy.float32) if element == "float16" else stored


def narrowed(values: Array, element: str) -> Array:
    """The stored elements of values: rounded to nearest, ties to even."""
    if element == "bfloat16":
        bits = numpy.ascontiguousarray(values, numpy.float32).view(numpy.uint32).reshape(numpy.shape(values))
        rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
        quiet = bits >> 16 | numpy.where(bits & 0xFFFF, 0x40, 0)
        return numpy.where(numpy.isnan(values), quiet, rounded).astype("<u2")
    return values.astype("<f2") if element == "float16" else values
