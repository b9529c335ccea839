"""Writes checkpoints with h5py's low-level interface, so that equal content becomes equal bytes.

Two steps: `plan` turns a `Checkpoint` into everything the file will hold (attributes, documents, datasets), `write_plan`
writes it. The malformed corpus edits the plan in between.
"""

import os
from dataclasses import dataclass, field

import h5py
import numpy

from .model import FORMAT, byte_order, digest, json_text, parameters_digest


@dataclass
class DatasetPlan:
    path: str
    values: numpy.ndarray
    attributes: dict
    axes: list
    file_type: object = None  # an HDF5 type other than that of the values
    shape: tuple | None = None  # a dataspace other than that of the values: the dataset is then created, not written
    skipped: bool = False  # left for a `finish` step to create
    filters: tuple = ()  # HDF5 filter codes; without any, the storage is contiguous


@dataclass
class Plan:
    root_attributes: dict
    contents: object  # a value that becomes JSON, or text that is written as it is
    documents: dict  # path → text
    datasets: list
    dimension_scales: bool = True
    variable_length_text: bool = False
    finish: list = field(default_factory=list)  # functions of the open file, called last


def attributes_of(entry):
    """The attributes that repeat an entry (section 5.2)."""
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


def plan(checkpoint, filters=(), dimension_scales=True, variable_length_text=False):
    """Everything that the file of `checkpoint` will hold."""
    tensors = sorted(checkpoint.tensors, key=lambda tensor: byte_order(tensor.path))
    entries = [tensor.entry() for tensor in tensors]
    documents = {}
    if checkpoint.bricks is not None:
        documents["/model/bricks"] = json_text(checkpoint.bricks)
    if checkpoint.graph is not None:
        documents["/model/graph"] = json_text(checkpoint.graph)
    if checkpoint.provenance is not None:
        documents["/provenance"] = json_text(checkpoint.provenance)
    contents = {
        "format_version": checkpoint.format_version,
        "kind": checkpoint.kind,
        "documents": [
            {"path": path, "digest": digest(documents[path].encode("utf-8"))}
            for path in sorted(documents, key=byte_order)
        ],
        "tensors": entries,
    }
    if checkpoint.kind == "model":
        contents["parameters_digest"] = parameters_digest(entries)
    if checkpoint.groups or checkpoint.kind == "update_pairs":
        contents["updates"] = {"batches": checkpoint.batches, "groups": checkpoint.groups}
    datasets = [
        DatasetPlan(tensor.path, tensor.values, attributes_of(entry), tensor.axes, filters=filters)
        for tensor, entry in zip(tensors, entries)
    ]
    root_attributes = {
        "format": FORMAT,
        "format_version": checkpoint.format_version,
        "kind": checkpoint.kind,
        "producer": checkpoint.producer,
    }
    return Plan(root_attributes, contents, documents, datasets, dimension_scales, variable_length_text)


def set_document(planned, path, content):
    """Replaces a document (text, or a value that becomes JSON) together with its digest in the table."""
    text = content if isinstance(content, str) else json_text(content)
    planned.documents[path] = text
    for document in planned.contents["documents"]:
        if document["path"] == path:
            document["digest"] = digest(text.encode("utf-8"))


def write_checkpoint(path, checkpoint, **options):
    """Writes `checkpoint` to the file `path`; `options` are those of `plan`."""
    write_plan(path, plan(checkpoint, **options))


def write_plan(path, plan):
    """Writes a plan to a sibling of `path`, which is then renamed (section 9.1)."""
    path = os.fspath(path)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with h5py.File(create_file(temporary)) as file:
            _fill(file, plan)
        with open(temporary, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def _fill(file, plan):
    text = plan.contents if isinstance(plan.contents, str) else json_text(plan.contents)
    attributes = dict(plan.root_attributes)
    attributes.setdefault("content_digest", digest(text.encode("utf-8")))
    for name in sorted(attributes):
        if attributes[name] is not None:
            write_attribute(file.id, name, attributes[name], plan.variable_length_text)
    for document, content in [("/contents", text), *sorted(plan.documents.items())]:
        write_text(file, document, content, plan.variable_length_text)
    created = [
        (item, _create_tensor(file, item, plan.variable_length_text)) for item in plan.datasets if not item.skipped
    ]
    if plan.dimension_scales:
        for item, dataset in created:
            _attach_scales(file, item, dataset)
    for function in plan.finish:
        function(file)


def create_file(path):
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
    access.set_alignment(512, 64)
    creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    # No file space strategy: HDF5 would store it in an object of its own, with the time of writing.
    creation.set_obj_track_times(False)
    creation.set_attr_phase_change(64, 32)
    return h5py.h5f.create(path.encode(), h5py.h5f.ACC_TRUNC, creation, access)


def parent_group(file, path):
    """The group that the object `path` goes into, made where it is missing, and the object's own name."""
    *groups, name = path.strip("/").split("/")
    group = file.id
    creation = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
    creation.set_obj_track_times(False)
    for part in (part.encode("utf-8") for part in groups):
        known = (
            isinstance(group, h5py.h5f.FileID)
            and part in h5py.h5g.open(group, b"/")
            or (isinstance(group, h5py.h5g.GroupID) and part in group)
        )
        group = h5py.h5g.open(group, part) if known else h5py.h5g.create(group, part, gcpl=creation)
    return group, name.encode("utf-8")


def _creation(filters=(), shape=()):
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


def create_dataset(file, path, file_type, shape, filters=(), values=None, memory_type=None):
    """A dataset with the given HDF5 type and dataspace; written where there are values."""
    group, name = parent_group(file, path)
    space = h5py.h5s.create_simple(shape) if shape else h5py.h5s.create(h5py.h5s.SCALAR)
    dataset = h5py.h5d.create(group, name, file_type, space, _creation(filters, shape))
    if values is not None and values.size:
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values, memory_type)
    return dataset


def _text(value, variable_length):
    """HDF5's type in the file, its type in memory, and the array, of one string or a list of them."""
    encoded = [part.encode("utf-8") for part in ([value] if isinstance(value, str) else value)]
    # HDF5 has no strings of no bytes; the empty one is a single NUL, which is padding.
    length = None if variable_length else max([1, *(len(part) for part in encoded)])
    element = h5py.string_dtype("utf-8", length)
    array = numpy.array(encoded, dtype=element)
    array = array.reshape(()) if isinstance(value, str) else array
    return h5py.h5t.py_create(element, logical=True), h5py.h5t.py_create(element), array


def write_text(file, path, value, variable_length=False):
    text_type, memory_type, array = _text(value, variable_length)
    return create_dataset(file, path, text_type, array.shape, values=array, memory_type=memory_type)


def write_attribute(identifier, name, value, variable_length=False):
    if isinstance(value, (str, list)):
        attribute_type, memory_type, array = _text(value, variable_length)
    else:
        array = numpy.asarray(value)
        attribute_type = memory_type = h5py.h5t.py_create(array.dtype)
    space = h5py.h5s.create_simple(array.shape) if array.shape else h5py.h5s.create(h5py.h5s.SCALAR)
    attribute = h5py.h5a.create(identifier, name.encode("utf-8"), attribute_type, space)
    attribute.write(array, memory_type)


def _create_tensor(file, item, variable_length):
    file_type = item.file_type or h5py.h5t.py_create(item.values.dtype)
    shape = item.values.shape if item.shape is None else item.shape
    values = numpy.ascontiguousarray(item.values).reshape(shape) if item.shape is None else None
    dataset = create_dataset(file, item.path, file_type, shape, item.filters, values)
    for name in sorted(item.attributes):
        write_attribute(dataset, name, item.attributes[name], variable_length)
    return dataset


def _attach_scales(file, item, dataset):
    """Named dimensions after netCDF-4's convention (section 5.3)."""
    group = file[item.path.rsplit("/", 1)[0]]
    for axis, (name, extent) in enumerate(zip(item.axes, item.values.shape)):
        for candidate in (name, f"{name}_{extent}"):
            if candidate not in group:
                element = h5py.h5t.IEEE_F32BE  # netCDF-4 takes it and the name below as a dimension without coordinates
                scale = create_dataset(file, f"{group.name}/{candidate}", element, (extent,))
                h5py.h5ds.set_scale(scale, b"This is a netCDF dimension but not a netCDF variable. %10d" % extent)
                break
            found = group[candidate]
            if isinstance(found, h5py.Dataset) and h5py.h5ds.is_scale(found.id) and found.shape == (extent,):
                scale = found.id
                break
        else:
            raise ValueError(f"no name left for the dimension scale {name} of {item.path}")
        h5py.h5ds.attach_scale(dataset, scale, axis)
