"""Finds the faults that readers accept and verification reports: the V rules of the pages in schemas/.

Every finding is a text that begins with the number of its rule.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import h5py
import numpy

from .contents import NO_UPDATES
from .examples import overlaps
from .graph import parts
from .model import TENSOR_ROOTS
from .text import text_of
from .types import Entry, Object

_ATTRIBUTES = ("role", "brick", "axes", "broadcastable")
_STATISTIC_ATTRIBUTES = ("epsilon", "estimator", "parameters_digest", "records", "observation_counts")
_UPDATE_ROLES = {"minibatch_mean": "BATCH_NORM_OFFSET", "minibatch_stdev": "BATCH_NORM_DIVISOR", "counts": "AUXILIARY"}


def findings_of(file: h5py.File, contents: Object, documents: Mapping[str, Any]) -> list[str]:
    """The findings on a file that a reader accepts."""
    found = [*_objects(file, contents), *_documents(file, contents, documents), *_attributes(file, contents)]
    found += _references(file, contents)
    found += _updates(contents)
    if contents["kind"] == "model":
        graph = documents["/model/graph"]
        found += [*_names(documents["/model/bricks"], graph, contents), *_statistics(graph, contents)]
    return found


def _objects(file: h5py.File, contents: Object) -> Iterator[str]:
    """Finds objects with two names, two tensors with one name, and tensors that are scales (C4, C28, C33)."""
    seen: dict[int, str] = {}
    pending = [f"/{root}" for root in TENSOR_ROOTS if root in file]
    while pending:
        path = pending.pop()
        address = _address(file[path])
        if seen.setdefault(address, path) != path:
            yield f"C4 {path}: the object also has the name {seen[address]}"
        if isinstance(file[path], h5py.Group):
            pending += [f"{path}/{name}" for name in file[path]]
    names: dict[str, str] = {}
    for entry in contents["tensors"]:
        root, rest = entry["path"][1:].split("/", 1)
        if root != "updates" and names.setdefault(rest, entry["path"]) != entry["path"]:
            yield f"C28 {entry['path']}: {names[rest]} has the same path in its group"
        if is_scale(file[entry["path"]]):
            yield f"C33 {entry['path']}: the tensor is marked as a dimension scale"


def is_scale(dataset: h5py.Dataset) -> bool:
    """Whether a dataset is marked as a dimension scale."""
    return _repeats(dataset.attrs.get("CLASS", ""), "DIMENSION_SCALE")


def _documents(file: h5py.File, contents: Object, documents: Mapping[str, Any]) -> Iterator[str]:
    """Finds documents that the table lacks, and file names with folders (C32, C43)."""
    listed = {entry["path"] for entry in contents["documents"]}
    for path in ("/model/bricks", "/model/graph", "/provenance"):
        if path in file and path not in listed:
            yield f"C32 {path}: not in the table of contents"
    for step in documents.get("/provenance", {}).get("steps", []):
        for item in step.get("inputs", []):
            if "/" in item["name"]:
                yield f"C43 /provenance: the name {item['name']} has folders"


def _attributes(file: h5py.File, contents: Object) -> Iterator[str]:
    """Finds attributes that should repeat the table of contents but differ from it (C38)."""
    for entry in contents["tensors"]:
        attributes, statistic = file[entry["path"]].attrs, entry.get("statistic", {})
        expected = {name: entry[name] for name in _ATTRIBUTES if name in entry}
        expected |= {name: statistic[name] for name in _STATISTIC_ATTRIBUTES if name in statistic}
        for name, value in expected.items():
            if name in attributes and not _repeats(attributes[name], value):
                yield f"C38 {entry['path']}: the attribute {name} differs from the table of contents"


def _references(file: h5py.File, contents: Object) -> Iterator[str]:
    """Finds references of axes that do not lead to a dimension scale of the axis in the tensor's group (C49)."""
    for entry in contents["tensors"]:
        dataset = file[entry["path"]]
        if "DIMENSION_LIST" not in dataset.attrs:
            continue
        stored = dataset.attrs.get_id("DIMENSION_LIST")
        element = h5py.check_vlen_dtype(stored.dtype)
        if stored.shape != (len(entry["axes"]),) or element is None or h5py.check_ref_dtype(element) is not h5py.Reference:
            yield f"C49 {entry['path']}: DIMENSION_LIST is not a list of references for each axis"
            continue
        for axis, name, extent, references in zip(count(), entry["axes"], entry["shape"], dataset.attrs["DIMENSION_LIST"]):
            longer = re.compile(f"{re.escape(name)}(_{extent}_*)?")
            scales = {
                _address(scale)
                for child, scale in dataset.parent.items()
                if longer.fullmatch(child) and isinstance(scale, h5py.Dataset) and is_scale(scale) and scale.shape == (extent,)
            }
            for reference in references:
                if _target(file, reference) not in scales:
                    yield f"C49 {entry['path']}: the reference for axis {axis} leads to no scale of {name}"


def _target(file: h5py.File, reference: h5py.Reference) -> int | None:
    """The address to which a reference leads, or None if there is no object."""
    try:
        return _address(file[reference])
    except (ValueError, OSError, RuntimeError, KeyError):
        return None


def _address(found: h5py.HLObject) -> int:
    return int(h5py.h5o.get_info(found.id).addr)


def _repeats(actual: Any, value: Any) -> bool:
    """Whether an attribute has the value of the table."""
    try:
        if value is None or isinstance(value, str):
            return text_of(actual) == (value or "")
        if isinstance(value, list) and value and isinstance(value[0], str):
            return [text_of(item) for item in numpy.ravel(actual)] == value
        return bool(numpy.array_equal(numpy.asarray(actual), numpy.asarray(value)))
    except (ValueError, TypeError):
        return False


def _names(bricks: Object, graph: Object, contents: Object) -> Iterator[str]:
    """Finds bricks that the tree lacks, types and names that disagree with it, and wrong names of calls (G2, G3, G11)."""
    types, pending = {}, [("", brick) for brick in bricks["bricks"]]
    while pending:
        parent, brick = pending.pop()
        path = f"{parent}/{brick['name']}"
        types[path] = brick["type"]
        pending += [(path, child) for child in brick["children"]]
    named = {entry["brick"] for entry in contents["tensors"]}
    for part in parts(graph):
        named |= {variable["brick"] for variable in part["variables"] if "brick" in variable}
        for call in part["calls"]:
            named.add(call["brick"])
            if call.get("brick_type", types.get(call["brick"])) != types.get(call["brick"]):
                yield f"G3 {call['brick']}: {call['brick_type']} in the graph, {types.get(call['brick'])} in the tree"
            if not isinstance(call.get("metadata", {}).get("call_id", ""), str):
                yield f"G11 {call['brick']}: a call_id is not a string"
    for path in sorted(named - types.keys()):
        yield f"G3 {path}: the tree does not have this brick"
    for entry in contents["tensors"]:
        if f"/{entry['path'][1:].split('/', 1)[1]}" in types:
            yield f"G2 {entry['path']}: a child of its brick has the same name"


def _statistics(graph: Object, contents: Object) -> Iterator[str]:
    """Finds means and deviations that disagree, wrong origins, and records that fit no normalization (S5, S6, S15)."""
    entries = {entry["path"]: entry for entry in contents["tensors"]}
    normalizations = {
        call["brick"]: call["normalization"]
        for part in parts(graph)
        for call in part["calls"]
        if "normalization" in call
    }
    for brick, normalization in normalizations.items():
        mean, stdev = entries[normalization["population_mean"]], entries.get(normalization.get("population_stdev", ""))
        for name in ("statistic", "axes", "broadcastable"):
            if stdev and mean.get(name) != stdev.get(name):
                yield f"S5 {brick}: {name} of mean and stdev differ"
    for path, entry in entries.items():
        problem = _origin_problem(entry["statistic"]) if "statistic" in entry else None
        if problem:
            yield f"S6 {path}: {problem}"
    for group in contents.get("updates", NO_UPDATES)["groups"]:
        problem = _misfit(group, entries, normalizations.get(group["brick"]))
        if problem:
            yield f"S15 {group['path']}: {problem}"


def _origin_problem(statistic: Object) -> str | None:
    never = not any(statistic["observation_counts"])
    if never != (statistic["estimator"] == "none"):
        return f"the estimator {statistic['estimator']} does not fit {statistic['observation_counts']} observations"
    claims = statistic["records"] or statistic["parameters_digest"] is not None
    return "it has records or parameters, although it was never estimated" if never and claims else None


def _misfit(group: Object, entries: Mapping[str, Entry], normalization: Object | None) -> str | None:
    """The reason why a group does not fit the normalization of its brick."""
    if normalization is None:
        return "its brick is not a normalization"
    mean, stdev = entries[normalization["population_mean"]], entries.get(f"{group['path']}/minibatch_stdev")
    shape = entries.get(f"{group['path']}/minibatch_mean", stdev or {})["shape"]
    leading = 2 if group["time_steps"] else 1
    if group["time_steps"] != ("step" in normalization):
        return "only the group or only the normalization has time steps"
    if shape[leading:] != mean["shape"][leading - 1 :]:
        return "the shapes for one example differ"
    if group["time_steps"] and shape[1] > mean["shape"][0]:
        return "the group has more time steps"
    if group["epsilon"] != normalization["epsilon"]:
        return "the epsilons differ"
    return "it has a stdev, although only the mean is subtracted" if stdev and "divisor" not in normalization else None


def _updates(contents: Object) -> Iterator[str]:
    """Finds wrong roles and axes of update pairs, and minibatches without a record or with common examples (S12, S16, S19)."""
    updates = contents.get("updates", NO_UPDATES)
    entries = {entry["path"]: entry for entry in contents["tensors"]}
    for group in updates["groups"]:
        axes = ["batch", "time"] if group["time_steps"] else ["batch"]
        for name, role in _UPDATE_ROLES.items():
            entry = entries.get(f"{group['path']}/{name}")
            if entry and (entry["role"] != role or entry["axes"][: len(axes)] != axes):
                yield f"S12 {entry['path']}: the role {entry['role']} or the axes {entry['axes']} are wrong"
        for one, other in overlaps([updates["batches"][row] for row in group["batches"]]):
            yield f"S19 {group['path']}: {one['batch']} and {other['batch']} can have examples in common"
    used = {row for group in updates["groups"] for row in group["batches"]}
    for row, batch in enumerate(updates["batches"]):
        if row not in used:
            yield f"S16 /updates: there is no record of {batch['batch']}"
