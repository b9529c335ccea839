"""Digests, and the text they are computed from (schemas/CONTAINER.md, names and digests)."""

import json
from collections.abc import Iterable
from typing import Any

import numpy
import xxhash

from .types import Array, Entry


def digest(data: bytes | memoryview) -> str:
    """The XXH3-128 hash with seed 0, as 32 hexadecimal digits."""
    return xxhash.xxh3_128_hexdigest(data)


def text_digest(text: str) -> str:
    """The digest of a document."""
    return digest(text.encode("utf-8"))


def tensor_digest(values: Array) -> str:
    """The digest of the elements' bytes, little-endian and row-major."""
    # The array's own memory is hashed: a copy of a large tensor would not fit.
    return digest(numpy.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).reshape(-1).view(numpy.uint8).data)


def parameters_digest(entries: Iterable[Entry]) -> str:
    """The digest of one line for each entry under /parameters."""
    parameters = [entry for entry in entries if entry["path"].startswith("/parameters/")]
    lines = (
        f"{entry['path']}\t{entry['type']}\t{','.join(map(str, entry['shape']))}\t{entry['digest']}\n"
        for entry in sorted(parameters, key=lambda entry: byte_order(entry["path"]))
    )
    return text_digest("".join(lines))


def byte_order(path: str) -> bytes:
    """The sorting key of paths: their UTF-8 bytes."""
    return path.encode("utf-8")


def json_text(value: Any) -> str:
    """JSON with sorted keys and without insignificant white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
