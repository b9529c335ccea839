"""The description of an operation: operands, attributes, and the function that computes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..types import Object


@dataclass(frozen=True)
class Kind:
    """The kind of values that an attribute may have."""

    description: str
    accepts: Callable[[Any], bool]


@dataclass(frozen=True)
class Operation:
    """A row of the table of operations (schemas/OPERATIONS.md).

    `function` takes the operands, then the attributes by name. A loop has no function: the evaluation runs the loop's body.
    """

    operands: int | None  # None: one or more
    function: Callable[..., Any] | None
    attributes: Mapping[str, Kind] = field(default_factory=dict)
    integers: bool = False  # int64 operands are allowed
    mixed: bool = False  # operands may have different types
    maskable: bool = False  # a mask may follow
    check: Callable[[Object], str | None] = lambda attributes: None  # finds other problems of the attributes

    def attribute_problem(self, attributes: Object) -> str | None:
        """The problems of a node's attributes."""
        for name, kind in self.attributes.items():
            if not kind.accepts(attributes.get(name)):
                return f"`{name}` is not {kind.description}"
        return self.check(attributes)


def is_integer(value: Any, least: int = 0) -> bool:
    """Whether a value of a JSON document is an integer of at least `least`."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _integers(least: int, count: int | None = None) -> Callable[[Any], bool]:
    def accepts(value: Any) -> bool:
        is_list = isinstance(value, list) and count in (None, len(value))
        return is_list and all(is_integer(item, least) for item in value)

    return accepts


def _are_axes(value: Any) -> bool:
    return _integers(0)(value) and len(set(value)) == len(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


INDEX = Kind("an integer ≥ 0", is_integer)
COUNT = Kind("an integer ≥ 1", lambda value: is_integer(value, 1))
INDICES = Kind("a list of integers ≥ 0", _integers(0))
AXES = Kind("a list of distinct integers ≥ 0", _are_axes)
PADDING = Kind("two integers ≥ 0", _integers(0, 2))
PAIR = Kind("two integers ≥ 1", _integers(1, 2))
BOOLEAN = Kind("a boolean", lambda value: isinstance(value, bool))
NUMBER = Kind("a number", _is_number)
PAST_END = Kind("`clamp_to_last` or `strict`", lambda value: value in ("clamp_to_last", "strict"))
