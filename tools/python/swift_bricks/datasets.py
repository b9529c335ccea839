"""Reads datasets and holds them against their entries in the table (schemas/CONTAINER.md)."""

import math
from typing import Any

import h5py
import numpy

from .digests import tensor_digest
from .model import Tensor
from .types import NUMPY_TYPES, Entry

# Deflate makes at most 1,032 bytes out of one: a dataset that is larger was never written.
LARGEST_EXPANSION = 1032
FILTERS = {h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE}
_STATISTIC_ATTRIBUTES = ("epsilon", "estimator", "parameters_digest", "records", "observation_counts")


def text_of(value: Any) -> str:
    """The content of a string: trailing NUL bytes are padding."""
    if isinstance(value, bytes):
        value = value.decode("utf-8")
    if not isinstance(value, str):
        raise ValueError("it is not a string")
    return value.rstrip("\0")


def check_storage(dataset: h5py.Dataset) -> None:
    """Refuses forbidden storage (C7), and a dataset that was never written."""
    creation = dataset.id.get_create_plist()
    if creation.get_layout() == h5py.h5d.VIRTUAL or creation.get_external_count():
        raise ValueError("virtual or external storage")
    if {creation.get_filter(index)[0] for index in range(creation.get_nfilters())} - FILTERS:
        raise ValueError("a filter other than shuffle and deflate")
    if dataset.id.get_storage_size() * LARGEST_EXPANSION < math.prod(dataset.shape) * dataset.dtype.itemsize:
        raise ValueError("its storage is too small for its shape: it was never written")


def read_tensor(file: h5py.File, entry: Entry, problems: list[str]) -> Tensor | None:
    """The tensor of an entry. If the file disagrees, the problems are added, and the result is None."""
    path = entry["path"]
    dataset = file.get(path)
    if not isinstance(dataset, h5py.Dataset):
        problems.append(f"{path}: in the table, but not in the file")
        return None
    found = [*_type_problems(dataset, entry), *_attribute_problems(dataset, entry)]
    problems += [f"{path}: {problem}" for problem in found]
    if found:
        return None
    try:
        check_storage(dataset)
        values = numpy.asarray(dataset[()])
    except (ValueError, OSError) as error:
        problems.append(f"{path}: {error}")
        return None
    if tensor_digest(values) != entry["digest"]:
        problems.append(f"{path}: the digest does not match the elements")
        return None
    optional = entry.get("broadcastable"), entry.get("statistic")
    return Tensor(path, values, entry["role"], entry["brick"], entry["axes"], *optional)


def _type_problems(dataset: h5py.Dataset, entry: Entry) -> list[str]:
    problems = []
    if not dataset.id.get_type() == h5py.h5t.py_create(NUMPY_TYPES[entry["type"]]):
        problems.append(f"type {dataset.dtype} in the file, {entry['type']} in the table")
    if dataset.shape is None or list(dataset.shape) != entry["shape"]:
        problems.append(f"shape {dataset.shape} in the file, {entry['shape']} in the table")
    return problems


def _attribute_problems(dataset: h5py.Dataset, entry: Entry) -> list[str]:
    """Attributes that disagree with the entry (C36, C38), and attributes that every writer gives but are missing."""
    expected = {name: entry[name] for name in ("role", "brick", "digest")}
    if entry["axes"]:
        expected["axes"] = entry["axes"]
    problems = [f"the attribute {name} is missing" for name in expected if name not in dataset.attrs]
    if "broadcastable" in entry:
        expected["broadcastable"] = [int(flag) for flag in entry["broadcastable"]]
    for name, value in entry.get("statistic", {}).items():
        if name in _STATISTIC_ATTRIBUTES:
            expected[name] = "" if value is None else value
    differing = [name for name, value in expected.items() if name in dataset.attrs and not _says(dataset, name, value)]
    return problems + [f"the attribute {name} differs from the table" for name in differing]


def _says(dataset: h5py.Dataset, name: str, value: Any) -> bool:
    """Whether an attribute has the value of the table."""
    try:
        actual = dataset.attrs[name]
        if isinstance(value, str):
            return text_of(actual) == value
        if isinstance(value, list):
            items = numpy.ravel(actual).tolist()
            return [text_of(item) if isinstance(value[0], str) else item for item in items] == value if value else not items
        return bool(actual == value)
    except (ValueError, OSError, TypeError):
        return False
