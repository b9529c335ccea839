"""Creates HDF5 objects with h5py's low-level interface, so that equal content becomes equal bytes."""

import os
from collections.abc import Sequence
from typing import Any, TypeAlias

import h5py
import numpy

from .types import Array

# A string, a list of strings, or numbers.
Value: TypeAlias = str | list[str] | numpy.generic | Array
# Identifiers and types of h5py's low-level interface, which has no type annotations.
Identifier: TypeAlias = Any


def create_file(path: str | os.PathLike[str]) -> Identifier:
    """A new file without times, and with checksums of its metadata."""
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
    access.set_alignment(512, 64)
    creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    # No file space strategy: HDF5 would store it in an object of its own, with the time of writing.
    creation.set_obj_track_times(False)
    creation.set_attr_phase_change(64, 32)
    return h5py.h5f.create(os.fspath(path).encode(), h5py.h5f.ACC_TRUNC, creation, access)


def parent_group(file: h5py.File, path: str) -> tuple[Identifier, bytes]:
    """The group of the object `path`, created if it is missing, and the object's own name."""
    *groups, name = path.strip("/").split("/")
    group = h5py.h5g.open(file.id, b"/")
    creation = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
    creation.set_obj_track_times(False)
    for part in (part.encode("utf-8") for part in groups):
        group = h5py.h5g.open(group, part) if part in group else h5py.h5g.create(group, part, gcpl=creation)
    return group, name.encode("utf-8")


def _creation(filters: Sequence[int], shape: Sequence[int]) -> Identifier:
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_obj_track_times(False)
    creation.set_attr_phase_change(64, 32)
    if filters and shape and all(shape):
        creation.set_chunk(tuple(min(extent, 64) for extent in shape))
        for code in filters:
            if code == h5py.h5z.FILTER_DEFLATE:
                creation.set_deflate(6)
            elif code == h5py.h5z.FILTER_SHUFFLE:
                creation.set_shuffle()
            else:
                creation.set_filter(code, h5py.h5z.FLAG_MANDATORY)
    return creation


def _space(shape: Sequence[int]) -> Identifier:
    return h5py.h5s.create_simple(tuple(shape)) if shape else h5py.h5s.create(h5py.h5s.SCALAR)


def create_dataset(
    file: h5py.File,
    path: str,
    file_type: Identifier,
    shape: Sequence[int],
    filters: Sequence[int] = (),
    values: Array | None = None,
    memory_type: Identifier = None,
) -> Identifier:
    """A dataset with the given HDF5 type and dataspace. Without values it is created, but not written."""
    group, name = parent_group(file, path)
    dataset = h5py.h5d.create(group, name, file_type, _space(shape), _creation(filters, shape))
    if values is not None and values.size:
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values, memory_type)
    return dataset


def _text(value: str | list[str], variable_length: bool) -> tuple[Identifier, Identifier, Array]:
    """The type in the file, the type in memory, and the array of one string or a list of strings."""
    encoded = [part.encode("utf-8") for part in ([value] if isinstance(value, str) else value)]
    # HDF5 has no strings of 0 bytes. The empty string is a single NUL, which is padding.
    length = None if variable_length else max([1, *(len(part) for part in encoded)])
    element = h5py.string_dtype("utf-8", length)
    array = numpy.array(encoded, dtype=element)
    array = array.reshape(()) if isinstance(value, str) else array
    return h5py.h5t.py_create(element, logical=True), h5py.h5t.py_create(element), array


def write_text(file: h5py.File, path: str, value: str, variable_length: bool = False) -> Identifier:
    """A scalar dataset of one string."""
    text_type, memory_type, array = _text(value, variable_length)
    return create_dataset(file, path, text_type, array.shape, values=array, memory_type=memory_type)


def write_attribute(identifier: Identifier, name: str, value: Value, variable_length: bool = False) -> None:
    """An attribute of an object."""
    if isinstance(value, (str, list)):
        attribute_type, memory_type, array = _text(value, variable_length)
    else:
        array = numpy.asarray(value)
        attribute_type = memory_type = h5py.h5t.py_create(array.dtype)
    attribute = h5py.h5a.create(identifier, name.encode("utf-8"), attribute_type, _space(array.shape))
    attribute.write(array, memory_type)
