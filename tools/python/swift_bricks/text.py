"""Decodes strings and JSON texts, as strictly as schemas/CONTAINER.md requires (C10 to C18)."""

import json
import math
import re
from typing import Any

DEEPEST_LEVEL = 512
# Members that may be any JSON. The programs that use them define what null means.
_FREE = ("configuration", "metadata")
# A member in which null is a value: unknown parameters.
_NULLABLE = "parameters_digest"


def text_of(value: Any) -> str:
    """The content of a string, without the NULs at the end, which are padding."""
    if isinstance(value, bytes):
        value = value.decode("utf-8")
    if not isinstance(value, str):
        raise ValueError("it is not a string")
    value.encode("utf-8")  # h5py turns invalid bytes into surrogates.
    value = value.rstrip("\0")
    if "\0" in value:
        raise ValueError("it contains NUL")
    return value


def parse(text: str) -> Any:
    """The value of a JSON text without optional members that are null. Raises a ValueError if the text breaks a rule."""
    level = 0
    for token in re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text, re.S):
        level += (token in "[{") - (token in "]}")
        if level > DEEPEST_LEVEL:
            raise ValueError(f"it nests more than {DEEPEST_LEVEL} levels deep")
    value = json.loads(text, object_pairs_hook=_object, parse_float=_real, parse_constant=_real)
    # Half of a surrogate pair cannot be encoded in UTF-8.
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    _remove_nulls(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object has a key twice")
    return value


def _real(word: str) -> float:
    if not math.isfinite(float(word)):
        raise ValueError(f"{word} is not a finite number")
    return float(word)


def _remove_nulls(value: Any) -> None:
    """Removes optional members that are null from a value, without recursion, because values may nest deeply."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            for key in [key for key in item if item[key] is None and key != _NULLABLE]:
                del item[key]
            pending += [item[key] for key in item if key not in _FREE]
        elif isinstance(item, list):
            pending += item
