"""Validates documents by the JSON Schemas of the format. Only the parts of JSON Schema that they use are supported.

The package needs no other validator, so reading is equally strict wherever it is installed. An unknown keyword in a schema is an
error, so that no rule is skipped silently.
"""

import functools
import importlib.resources
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from .types import Object

# Pairs of a place in the document and the problem there.
Found: TypeAlias = Iterator[tuple[str, str]]
# Checks one keyword. The arguments are its rule, the value, the whole schema, the value's place, and the neighbouring rules.
Check: TypeAlias = Callable[[Any, Any, Object, str, Object], Found]

_ANNOTATIONS = {"$schema", "$defs", "title", "description", "then", "else"}
_TYPES: dict[str, type] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


@functools.cache
def schema(name: str) -> Any:
    """The JSON Schema of a document: contents, bricks, graph or provenance."""
    return json.loads(importlib.resources.files(__package__).joinpath(f"schemas/{name}.schema.json").read_text("utf-8"))


def problems(name: str, value: Any) -> list[str]:
    """The problems of the structure of a document."""
    root = schema(name)
    return [f"{name}{place}: {problem}" for place, problem in sorted(_problems(root, value, root, ""))]


def _holds(rules: Any, value: Any, root: Object) -> bool:
    return next(_problems(rules, value, root, ""), None) is None


def _problems(rules: Any, value: Any, root: Object, place: str) -> Found:
    if isinstance(rules, bool):
        if not rules:
            yield place, "is not allowed"
        return
    for keyword, rule in rules.items():
        if keyword in _ANNOTATIONS:
            continue
        if keyword not in _KEYWORDS:
            raise NotImplementedError(f"the keyword {keyword} of JSON Schema")
        yield from _KEYWORDS[keyword](rule, value, root, place, rules)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_type(name: str, value: Any) -> bool:
    if name == "number":
        return _is_number(value)
    if name == "integer":
        return type(value) is int  # 5.0 is not an integer (C16)
    return isinstance(value, _TYPES[name])


def _equal(a: Any, b: Any) -> bool:
    """Equality in JSON, where true is not 1."""
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _reference(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    target: Any = root
    for part in rule.removeprefix("#/").split("/") if rule != "#" else ():
        target = target[part]
    yield from _problems(target, value, root, place)


def _type(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if not _is_type(rule, value):
        yield place, f"is not of the type {rule}"


def _enum(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if not any(_equal(value, item) for item in rule):
        yield place, f"is not one of {', '.join(map(str, rule))}"


def _const(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if not _equal(value, rule):
        yield place, f"is not {rule}"


def _required(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if isinstance(value, dict):
        yield from ((place, f"`{name}` is missing") for name in rule if name not in value)


def _dependent(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if isinstance(value, dict):
        for name, others in rule.items():
            if name in value:
                yield from _required(others, value, root, place, rules)


def _properties(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if isinstance(value, dict):
        for name, inner in rule.items():
            if name in value:
                yield from _problems(inner, value[name], root, f"{place}.{name}")


def _additional(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if isinstance(value, dict):
        for name in value.keys() - rules.get("properties", {}).keys():
            yield from _problems(rule, value[name], root, f"{place}.{name}")


def _items(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems(rule, item, root, f"{place}[{index}]")


def _contains(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if isinstance(value, list) and not any(_holds(rule, item, root) for item in value):
        yield place, "lacks a required item"


def _unique(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if rule and isinstance(value, list):
        if any(_equal(a, b) for index, a in enumerate(value) for b in value[:index]):
            yield place, "has an item twice"


def _length(kind: type[list[Any]] | type[str], longest: bool) -> Check:
    def check(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
        if isinstance(value, kind) and (len(value) > rule if longest else len(value) < rule):
            yield place, f"has {len(value)} elements instead of at {'most' if longest else 'least'} {rule}"

    return check


def _pattern(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    # In JSON Schema $ is the end of the text; in Python a line feed may follow.
    if isinstance(value, str) and not re.search(rule.replace("$", r"\Z"), value):
        yield place, f"does not match {rule}"


def _bound(largest: bool) -> Check:
    def check(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
        if _is_number(value) and (value > rule if largest else value < rule):
            yield place, f"is {'above' if largest else 'below'} {rule}"

    return check


def _all(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    for inner in rule:
        yield from _problems(inner, value, root, place)


def _any(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if not any(_holds(inner, value, root) for inner in rule):
        yield place, "fits none of the allowed forms"


def _one(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if sum(_holds(inner, value, root) for inner in rule) != 1:
        yield place, "does not fit exactly one of the allowed forms"


def _if(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    branch = "then" if _holds(rule, value, root) else "else"
    yield from _problems(rules.get(branch, True), value, root, place)


def _not(rule: Any, value: Any, root: Object, place: str, rules: Object) -> Found:
    if _holds(rule, value, root):
        yield place, "has a form that is not allowed"


_KEYWORDS: dict[str, Check] = {
    "$ref": _reference,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "required": _required,
    "dependentRequired": _dependent,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "contains": _contains,
    "uniqueItems": _unique,
    "minItems": _length(list, longest=False),
    "maxItems": _length(list, longest=True),
    "minLength": _length(str, longest=False),
    "pattern": _pattern,
    "minimum": _bound(largest=False),
    "maximum": _bound(largest=True),
    "allOf": _all,
    "anyOf": _any,
    "oneOf": _one,
    "if": _if,
    "not": _not,
}
