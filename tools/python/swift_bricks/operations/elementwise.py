"""Elementwise operations, the matrix product and softmax, in NumPy."""

from collections.abc import Callable
from typing import Any

import numpy

from ..types import Array
from .table import Operation


def logistic(a: Array) -> Array:
    """1/(1+e⁻ᵃ) without overflow, because no exponent is positive."""
    exponential = numpy.exp(-numpy.abs(a))
    return numpy.where(a >= 0, 1, exponential) / (1 + exponential)


def error_function(a: Array) -> Array:
    """erf a = 2/√π · e^(−a²) · Σ 2ⁿ a²ⁿ⁺¹ / (1 · 3 · … · (2n + 1)), in extended precision; all terms have one sign."""
    # From 7 on the result is ±1 in every type.
    x = numpy.clip(a.astype(numpy.longdouble), -7, 7)
    term, total = x, x
    for n in range(1, 250):
        term = term * (2 * x * x / (2 * n + 1))
        total = total + term
    root = numpy.sqrt(4 * numpy.arctan(numpy.longdouble(1)))
    return numpy.clip(2 / root * numpy.exp(-x * x) * total, -1, 1).astype(a.dtype)


def log_softmax(a: Array) -> Array:
    """The logarithm of softmax over the last axis."""
    if a.ndim == 0:
        raise ValueError("a scalar has no last axis")
    shifted = a - a.max(axis=-1, keepdims=True)
    return shifted - numpy.log(numpy.exp(shifted).sum(axis=-1, keepdims=True))


def matrix_product(a: Array, b: Array) -> Array:
    """The matrix product of a (…, k) and b (k, n)."""
    if a.ndim < 2 or b.ndim != 2:
        raise ValueError("the operands are not (…, k) and (k, n)")
    return numpy.matmul(a, b)


def _checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of two operands that refuses integers beyond 64 bits (G22)."""

    def combine(a: Array, b: Array) -> Any:
        if a.dtype == numpy.int64:
            exact = numpy.asarray(function(a.astype(object), b.astype(object)))
            if any(not -(2**63) <= value < 2**63 for value in exact.flat):
                raise OverflowError("an integer exceeds 64 bits")
        return function(a, b)

    return combine


BINARY: dict[str, Callable[..., Any]] = {
    "add": _checked(numpy.add),
    "subtract": _checked(numpy.subtract),
    "multiply": _checked(numpy.multiply),
    "divide": numpy.divide,
    "maximum": numpy.maximum,
    "minimum": numpy.minimum,
    "power": numpy.power,
}
UNARY: dict[str, Callable[..., Any]] = {
    "negate": numpy.negative,
    "square_root": numpy.sqrt,
    "exponential": numpy.exp,
    "logarithm": numpy.log,
    "hyperbolic_tangent": numpy.tanh,
    "logistic": logistic,
    "rectify": lambda a: numpy.maximum(a, 0),
    "square": numpy.square,
    "reciprocal": numpy.reciprocal,
    "absolute": numpy.abs,
    "error_function": error_function,
    "floor": numpy.floor,
    "softmax": lambda a: numpy.exp(log_softmax(a)),
    "log_softmax": log_softmax,
}
_WITH_INTEGERS = ("add", "subtract", "multiply")

OPERATIONS = {
    **{name: Operation(2, function, integers=name in _WITH_INTEGERS) for name, function in BINARY.items()},
    **{name: Operation(1, function) for name, function in UNARY.items()},
    "matrix_product": Operation(2, matrix_product),
}
