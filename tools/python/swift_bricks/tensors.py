"""Checks tensor datasets against their entries in the table, and their values (sections 4.4, 5, 7 and 8)."""

import math

import h5py
import numpy

from .model import NUMPY_TYPES, CheckpointError, Tensor, tensor_digest

# Deflate makes at most 1,032 bytes out of one: a tensor that is larger than that has not been written.
LARGEST_EXPANSION = 1032


def text_of(value):
    """The content of a string: trailing NUL bytes are padding."""
    if isinstance(value, bytes):
        value = value.decode("utf-8")
    if not isinstance(value, str):
        raise ValueError("not a string")
    return value.rstrip("\0")


def check_storage(dataset):
    """Refuses storage that section 1.1 forbids, and a dataset that was never written."""
    creation = dataset.id.get_create_plist()
    if creation.get_layout() == h5py.h5d.VIRTUAL or creation.get_external_count():
        raise ValueError("virtual or external storage")
    known = {h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE}
    if {creation.get_filter(index)[0] for index in range(creation.get_nfilters())} - known:
        raise ValueError("a filter other than shuffle and deflate")
    size = dataset.id.get_storage_size()
    if size * LARGEST_EXPANSION < math.prod(dataset.shape) * dataset.dtype.itemsize:
        raise ValueError("larger than its storage can be: never written")


def read_tensor(file, entry, problems):
    """The tensor of an entry; None, with problems added, where the file disagrees (section 4.4)."""
    path = entry["path"]
    if not isinstance(file.get(path), h5py.Dataset):
        problems.append(f"{path}: in the table, not in the file")
        return None
    dataset = file[path]
    before = len(problems)
    if dataset.dtype != NUMPY_TYPES[entry["type"]] or not dataset.id.get_type() == h5py.h5t.py_create(
        NUMPY_TYPES[entry["type"]]
    ):
        problems.append(f"{path}: type {dataset.dtype} in the file, {entry['type']} in the table")
    if dataset.shape is None or list(dataset.shape) != entry["shape"]:
        problems.append(f"{path}: shape {dataset.shape} in the file, {entry['shape']} in the table")
    problems += _attribute_disagreements(dataset, entry)
    if len(problems) > before:
        return None
    try:
        check_storage(dataset)
        values = dataset[()] if dataset.shape else numpy.asarray(dataset[()])
    except (ValueError, OSError) as error:
        problems.append(f"{path}: {error}")
        return None
    if tensor_digest(values) != entry["digest"]:
        problems.append(f"{path}: the elements' digest is not the table's")
        return None
    return Tensor(
        path, values, entry["role"], entry["brick"], entry["axes"], entry.get("broadcastable"), entry.get("statistic")
    )


def _attribute_disagreements(dataset, entry):
    """Attributes of section 5.2 that are there and say something else than the entry; and the four that must be there."""
    expected = {name: entry[name] for name in ("role", "brick", "digest")}
    if entry["axes"]:
        expected["axes"] = entry["axes"]
    problems = [f"{dataset.name}: attribute {name} is missing" for name in expected if name not in dataset.attrs]
    if "broadcastable" in entry:
        expected["broadcastable"] = [int(flag) for flag in entry["broadcastable"]]
    for name, value in entry.get("statistic", {}).items():
        if name in ("epsilon", "estimator", "parameters_digest", "records", "observation_counts"):
            expected[name] = "" if value is None else value
    for name, value in expected.items():
        if name not in dataset.attrs:
            continue
        try:
            actual = dataset.attrs[name]
            if isinstance(value, str):
                actual = text_of(actual)
            elif value and isinstance(value, list):
                actual = [text_of(item) if isinstance(value[0], str) else item for item in numpy.ravel(actual).tolist()]
            same = bool(actual == value)
        except (ValueError, OSError, TypeError):
            same = False
        if not same:
            problems.append(f"{dataset.name}: the attribute {name} is not what the table says")
    return problems


def check_values(contents, values):
    """Values that statistics and update pairs cannot have (sections 7 and 8)."""
    problems = []
    for entry in contents["tensors"]:
        if entry["path"].startswith("/statistics/"):
            array = values[entry["path"]]
            if not numpy.isfinite(array).all():
                problems.append(f"{entry['path']}: a value that is not finite")
            elif entry["role"] == "BATCH_NORM_POPULATION_STDEV" and not (array > 0).all():
                problems.append(f"{entry['path']}: a standard deviation that is not above 0")
    if problems:
        raise CheckpointError("load", problems)
    for group in contents.get("updates", {}).get("groups", []):
        counts = values[f"{group['path']}/counts"]
        if (counts < 0).any():
            problems.append(f"{group['path']}/counts: a negative count")
        for name in ("minibatch_mean", "minibatch_stdev"):
            array = values.get(f"{group['path']}/{name}")
            if array is None:
                continue
            observed = array[counts > 0]  # values without observations mean nothing
            if not numpy.isfinite(observed).all() or (name == "minibatch_stdev" and (observed < 0).any()):
                problems.append(f"{group['path']}/{name}: a value that is not finite, or a negative standard deviation")
    if problems:
        raise CheckpointError("average", problems)


def notices_of(contents):
    """What loads, but has to be said: statistics never estimated, or stale (section 7)."""
    notices = []
    for entry in contents["tensors"]:
        statistic = entry.get("statistic")
        if statistic is None:
            continue
        if not any(statistic["observation_counts"]):
            notices.append(f"{entry['path']}: never estimated")
        elif statistic["parameters_digest"] != contents.get("parameters_digest"):
            notices.append(f"{entry['path']}: stale")
    return notices
