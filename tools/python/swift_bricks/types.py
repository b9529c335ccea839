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

# NumPy's type of each element type.
NUMPY_TYPES: dict[str, DType] = {"float32": numpy.dtype("<f4"), "float64": numpy.dtype("<f8"), "int64": numpy.dtype("<i8")}
