"""Reads datasets and compares them with their entries in the table (schemas/CONTAINER.md)."""

import math

import h5py
import numpy

from .digests import tensor_digest
from .model import Tensor
from .text import text_of
from .types import NUMPY_TYPES, Entry

FILTERS = {h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE}
# The size of a string of variable length in its dataset: a length, an address, an index.
REFERENCE_SIZE = 16


def check_storage(dataset: h5py.Dataset) -> None:
    """Refuses forbidden storage, and elements that were not written (C7, C8)."""
    creation = dataset.id.get_create_plist()
    layout = creation.get_layout()
    if layout == h5py.h5d.VIRTUAL or creation.get_external_count():
        raise ValueError("its storage is virtual or external")
    if {creation.get_filter(index)[0] for index in range(creation.get_nfilters())} - FILTERS:
        raise ValueError("it has a filter other than shuffle and deflate")
    text = h5py.check_string_dtype(dataset.dtype)
    size = REFERENCE_SIZE if text and text.length is None else dataset.id.get_type().get_size()
    count = math.prod(dataset.shape)
    if layout == h5py.h5d.CONTIGUOUS and dataset.id.get_storage_size() != count * size:
        raise ValueError("it was never written")
    if layout == h5py.h5d.CHUNKED and count:
        chunks = math.prod(-(-extent // chunk) for extent, chunk in zip(dataset.shape, dataset.chunks))
        if dataset.id.get_num_chunks() != chunks:
            raise ValueError(f"{dataset.id.get_num_chunks()} of {chunks} chunks were written")


def read_tensor(file: h5py.File, entry: Entry, problems: list[str]) -> Tensor | None:
    """The tensor of an entry. If the file disagrees, the problems are added, and the result is None."""
    path = entry["path"]
    dataset = file.get(path)
    if not isinstance(dataset, h5py.Dataset):
        problems.append(f"{path}: in the table, but not in the file")
        return None
    found = _type_problems(dataset, entry)
    problems += [f"{path}: {problem}" for problem in found]
    if found:
        return None
    try:
        if text_of(dataset.attrs.get("digest", entry["digest"])) != entry["digest"]:
            raise ValueError("the attribute `digest` differs from the table")
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
