"""Reads datasets and compares them with their entries in the table of contents (schemas/CONTAINER.md)."""

import math

import h5py
import numpy

from .digests import tensor_digest
from .hdf5 import Identifier
from .model import Tensor
from .text import text_of
from .types import NUMPY_TYPES, SIXTEEN_BIT_TYPES, Array, Entry, widened

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
        problems.append(f"{path}: in the table of contents, but not in the file")
        return None
    found = _type_problems(dataset, entry)
    problems += [f"{path}: {problem}" for problem in found]
    if found:
        return None
    try:
        if text_of(dataset.attrs.get("digest", entry["digest"])) != entry["digest"]:
            raise ValueError("the attribute `digest` differs from the table of contents")
        check_storage(dataset)
        stored = _elements(dataset, entry["type"])
    except (ValueError, OSError) as error:
        problems.append(f"{path}: {error}")
        return None
    if tensor_digest(stored) != entry["digest"]:
        problems.append(f"{path}: the digest does not match the elements")
        return None
    optional = entry.get("broadcastable"), entry.get("statistic")
    stored_type = entry["type"] if entry["type"] in SIXTEEN_BIT_TYPES else None
    values = widened(stored, entry["type"])
    return Tensor(path, values, entry["role"], entry["brick"], entry["axes"], *optional, stored_type)


def _elements(dataset: h5py.Dataset, element: str) -> Array:
    """The stored elements. Elements of bfloat16 are given as bits."""
    if element != "bfloat16":
        return numpy.asarray(dataset[()])
    bits = numpy.empty(dataset.shape, SIXTEEN_BIT_TYPES[element])
    if bits.size:
        dataset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, bits, mtype=stored_datatype(element))
    return bits


def stored_datatype(element: str) -> Identifier:
    """HDF5's type of stored elements (C35)."""
    if element != "bfloat16":
        return h5py.h5t.py_create({**NUMPY_TYPES, **SIXTEEN_BIT_TYPES}[element])
    datatype = h5py.h5t.IEEE_F32LE.copy()
    # Sign 15, exponent from bit 7 with 8 bits, mantissa from bit 0 with 7 bits.
    datatype.set_fields(15, 7, 8, 0, 7)
    datatype.set_size(2)
    datatype.set_ebias(127)
    return datatype


def _type_problems(dataset: h5py.Dataset, entry: Entry) -> list[str]:
    problems = []
    if not dataset.id.get_type() == stored_datatype(entry["type"]):
        problems.append(f"type {dataset.dtype} in the file, {entry['type']} in the table of contents")
    if dataset.shape is None or list(dataset.shape) != entry["shape"]:
        problems.append(f"shape {dataset.shape} in the file, {entry['shape']} in the table of contents")
    return problems
