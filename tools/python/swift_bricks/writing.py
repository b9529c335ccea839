"""Writes checkpoints.

`plan` turns a checkpoint into everything that the file will contain: attributes, documents, datasets. `write_plan` writes it. To
write a file that breaks a rule, edit the plan in between.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy

from .digests import byte_order, json_text, parameters_digest, text_digest
from .hdf5 import Identifier, Value, create_dataset, create_file, write_attribute, write_text
from .datasets import stored_datatype
from .model import FORMAT, FORMAT_VERSION, SIXTEEN_BIT_VERSION, Checkpoint
from .types import Array, Entry, Object, Path


@dataclass
class DatasetPlan:
    """A tensor's dataset."""

    path: str
    values: Array
    attributes: dict[str, Value]
    axes: list[str]
    file_type: Identifier = None  # an HDF5 type that is not the type of the values
    shape: tuple[int, ...] | None = None  # a shape that is not the shape of the values: the dataset is then not written
    skipped: bool = False  # a step of `finish` creates it
    filters: Sequence[int] = ()  # HDF5 filter codes; without filters, the storage is contiguous
    are_bits: bool = False  # the values are the bits of the file type, and are not converted


@dataclass
class Plan:
    """Everything that a file will contain."""

    root_attributes: dict[str, Any]  # None: left out
    contents: Any  # a value that becomes JSON, or text that is written as it is
    documents: dict[str, str]  # by path
    datasets: list[DatasetPlan]
    dimension_scales: bool = True
    variable_length_text: bool = False
    finish: list[Callable[[h5py.File], Any]] = field(default_factory=list)  # called last

    def entry(self, path: str) -> Entry:
        """A tensor's entry in the table of contents."""
        return next(entry for entry in self.contents["tensors"] if entry["path"] == path)

    def dataset(self, path: str) -> DatasetPlan:
        """A tensor's dataset."""
        return next(dataset for dataset in self.datasets if dataset.path == path)

    def set_document(self, path: str, content: Any) -> None:
        """Replaces a document (text, or a value that becomes JSON) together with its digest in the table of contents."""
        self.documents[path] = content if isinstance(content, str) else json_text(content)
        for document in self.contents["documents"]:
            if document["path"] == path:
                document["digest"] = text_digest(self.documents[path])


def write(path: Path, checkpoint: Checkpoint, **options: Any) -> None:
    """Writes a checkpoint to a file. The options are the same as for `plan`."""
    write_plan(path, plan(checkpoint, **options))


def plan(
    checkpoint: Checkpoint,
    filters: Sequence[int] = (),
    dimension_scales: bool = True,
    variable_length_text: bool = False,
) -> Plan:
    """Everything that the file of a checkpoint will contain."""
    tensors = sorted(checkpoint.tensors, key=lambda tensor: byte_order(tensor.path))
    entries = [tensor.entry() for tensor in tensors]
    documents = {
        path: json_text(value)
        for path, value in (
            ("/model/bricks", checkpoint.bricks),
            ("/model/graph", checkpoint.graph),
            ("/provenance", checkpoint.provenance),
        )
        if value is not None
    }
    extensions = checkpoint.extensions()
    version = checkpoint.format_version
    if extensions and version == FORMAT_VERSION:
        version = SIXTEEN_BIT_VERSION
    contents: Object = {
        "format_version": version,
        "kind": checkpoint.kind,
        "documents": [
            {"path": path, "digest": text_digest(documents[path])} for path in sorted(documents, key=byte_order)
        ],
        "tensors": entries,
    }
    if checkpoint.kind == "model":
        contents["parameters_digest"] = parameters_digest(entries)
    if checkpoint.groups or checkpoint.kind == "update_pairs":
        contents["updates"] = {"batches": checkpoint.batches, "groups": checkpoint.groups}
    datasets = [
        DatasetPlan(
            tensor.path,
            tensor.stored,
            _attributes_of(entry),
            tensor.axes,
            stored_datatype(tensor.type) if tensor.type == "bfloat16" else None,
            filters=filters,
            are_bits=tensor.type == "bfloat16",
        )
        for tensor, entry in zip(tensors, entries)
    ]
    root_attributes = {
        "format": FORMAT,
        "format_version": version,
        "kind": checkpoint.kind,
        "producer": checkpoint.producer,
        "must_understand": extensions or None,
    }
    return Plan(root_attributes, contents, documents, datasets, dimension_scales, variable_length_text)


def _attributes_of(entry: Entry) -> dict[str, Value]:
    """The attributes that repeat an entry for people who look into the file."""
    attributes = {"role": entry["role"], "brick": entry["brick"], "digest": entry["digest"]}
    if entry["axes"]:
        attributes["axes"] = entry["axes"]
    if entry.get("broadcastable"):
        attributes["broadcastable"] = numpy.array(entry["broadcastable"], numpy.int8)
    statistic = entry.get("statistic")
    if statistic:
        attributes["epsilon"] = numpy.float64(statistic["epsilon"])
        attributes["estimator"] = statistic["estimator"]
        attributes["parameters_digest"] = statistic["parameters_digest"] or ""
        attributes["records"] = numpy.int64(statistic["records"])
        if len(statistic["observation_counts"]) <= 4096:
            attributes["observation_counts"] = numpy.array(statistic["observation_counts"], numpy.int64)
    return attributes


def write_plan(path: Path, plan: Plan) -> None:
    """Writes a plan to a temporary file beside the final one and renames it, so that no half-written file gets the name."""
    temporary = f"{os.fspath(path)}.{os.getpid()}.tmp"
    try:
        with h5py.File(create_file(temporary)) as file:
            _fill(file, plan)
        with open(temporary, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def _fill(file: h5py.File, plan: Plan) -> None:
    text = plan.contents if isinstance(plan.contents, str) else json_text(plan.contents)
    attributes = {"content_digest": text_digest(text), **plan.root_attributes}
    for name in sorted(attributes):
        if attributes[name] is not None:
            write_attribute(file.id, name, attributes[name], plan.variable_length_text)
    for document, content in [("/contents", text), *sorted(plan.documents.items())]:
        write_text(file, document, content, plan.variable_length_text)
    created = [(each, _create_tensor(file, each, plan.variable_length_text)) for each in plan.datasets if not each.skipped]
    if plan.dimension_scales:
        for each, dataset in created:
            _attach_scales(file, each, dataset)
    for function in plan.finish:
        function(file)


def _create_tensor(file: h5py.File, each: DatasetPlan, variable_length: bool) -> Identifier:
    file_type = each.file_type or h5py.h5t.py_create(each.values.dtype)
    shape = each.values.shape if each.shape is None else each.shape
    values = numpy.ascontiguousarray(each.values).reshape(shape) if each.shape is None else None
    memory_type = file_type if each.are_bits else None
    dataset = create_dataset(file, each.path, file_type, shape, each.filters, values, memory_type)
    for name in sorted(each.attributes):
        write_attribute(dataset, name, each.attributes[name], variable_length)
    return dataset


def _attach_scales(file: h5py.File, each: DatasetPlan, dataset: Identifier) -> None:
    """Adds named dimensions by netCDF-4's convention: a scale for each name and extent in a group."""
    group = file[each.path.rsplit("/", 1)[0]]
    for axis, (name, extent) in enumerate(zip(each.axes, each.values.shape)):
        for candidate in (name, f"{name}_{extent}"):
            if candidate not in group:
                element = h5py.h5t.IEEE_F32BE  # netCDF-4 reads this class with the name below as a dimension without coordinates
                scale = create_dataset(file, f"{group.name}/{candidate}", element, (extent,))
                h5py.h5ds.set_scale(scale, b"This is a netCDF dimension but not a netCDF variable. %10d" % extent)
                break
            found = group[candidate]
            if isinstance(found, h5py.Dataset) and h5py.h5ds.is_scale(found.id) and found.shape == (extent,):
                scale = found.id
                break
        else:
            raise ValueError(f"no name is left for the dimension scale {name} of {each.path}")
        h5py.h5ds.attach_scale(dataset, scale, axis)
