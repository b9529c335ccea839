"""Checks the rules of `/contents` and `/model/bricks` that JSON Schemas cannot state (schemas/CONTAINER.md, STATISTICS.md).

Every function returns a list of problems.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy

from .digests import byte_order, parameters_digest
from .examples import range_problems, source_of
from .roles import PARENTS, descends, root_of
from .types import NUMPY_TYPES, SIXTEEN_BIT_TYPES, Array, Entry, Object

NO_UPDATES: Object = {"batches": [], "groups": []}
_ELEMENT_TYPES = {**NUMPY_TYPES, **SIXTEEN_BIT_TYPES}
UPDATE_NAMES = ("minibatch_mean", "minibatch_stdev", "counts")


def contents_problems(contents: Object) -> list[str]:
    """Checks the order, uniqueness, sizes and agreement of the entries in the table of contents."""
    problems = []
    for member in ("tensors", "documents"):
        if not _ascending([byte_order(entry["path"]) for entry in contents[member]]):
            problems.append(f"contents.{member}: the paths are not in ascending order, or a path is repeated")
    for entry in contents["tensors"]:
        problems += [f"{entry['path']}: {problem}" for problem in _entry_problems(entry)]
    if contents["kind"] == "model":
        if parameters_digest(contents["tensors"]) != contents["parameters_digest"]:
            problems.append("contents.parameters_digest: this is not the digest of the listed parameters")
    return problems + _kind_problems(contents) + _updates_problems(contents)


def extension_problems(contents: Object, extensions: set[str]) -> list[str]:
    """Finds 16-bit types that the file does not announce to earlier readers (C45)."""
    needed = {entry["type"] for entry in contents["tensors"]} & SIXTEEN_BIT_TYPES.keys()
    problems = [f"must_understand does not name {element}" for element in sorted(needed - extensions)]
    if needed and int(contents["format_version"].split(".")[1]) < 1:
        problems.append(f"format version {contents['format_version']} has no {min(needed)}")
    return problems


def _kind_problems(contents: Object) -> list[str]:
    """Checks for documents and tensors that only the other kind of file may have (C31)."""
    listed = {document["path"] for document in contents["documents"]}
    is_model = contents["kind"] == "model"
    documents = [path for path in ("/model/bricks", "/model/graph") if (path in listed) != is_model]
    problems = [f"{path}: every model lists this document, and no other file does" for path in documents]
    for entry in contents["tensors"]:
        if not is_model and not entry["path"].startswith("/updates/"):
            problems.append(f"{entry['path']}: this tensor does not belong in a file of update pairs")
    return problems


def _ascending(keys: Sequence[Any]) -> bool:
    return all(a < b for a, b in zip(keys, keys[1:]))


def _entry_problems(entry: Entry) -> list[str]:
    path, shape, axes = entry["path"], entry["shape"], entry["axes"]
    flags = entry.get("broadcastable", [False] * len(shape))
    problems = []
    if math.prod(shape) * _ELEMENT_TYPES[entry["type"]].itemsize >= 2**63:
        problems.append("it has 2⁶³ bytes or more")
    if len(axes) != len(shape) or len(flags) != len(shape):
        problems.append("there is not one name and one broadcast flag for each axis")
    elif any(flag and extent != 1 for flag, extent in zip(flags, shape)):
        problems.append("it is broadcast along an axis whose extent is not 1")
    if path.startswith("/updates/") and entry["type"] in SIXTEEN_BIT_TYPES:
        problems.append(f"update pairs do not have the type {entry['type']}")
    root, owner = path.split("/")[1], "/" + "/".join(path.split("/")[2:-1])
    if (owner if root != "updates" else owner.rsplit("/", 1)[0]) != entry["brick"]:
        problems.append(f"it is not in the brick {entry['brick']}")
    if entry["role"] in PARENTS and root not in ("updates", root_of(entry["role"])):
        problems.append(f"the role {entry['role']} does not belong under /{root}")
    if root == "statistics":
        if entry["type"] == "int64":
            problems.append("a population statistic has integers")
        counts = len(entry["statistic"]["observation_counts"])
        steps = shape[0] if axes[:1] == ["time"] and shape else 1
        if counts != steps:
            problems.append(f"{counts} observation counts instead of {steps}")
    return problems


def _updates_problems(contents: Object) -> list[str]:
    """Checks that the recorded update pairs agree with the table of contents."""
    updates = contents.get("updates", NO_UPDATES)
    entries = {e["path"]: e for e in contents["tensors"] if e["path"].startswith("/updates/")}
    batches, groups, problems = updates["batches"], updates["groups"], []
    keys = [
        (b["sequence"], byte_order(b["batch"]), b["parameters_digest"] or "", byte_order(source_of(b))) for b in batches
    ]
    if not _ascending(keys):
        problems.append("contents.updates.batches: the batches are not in ascending order, or a batch is repeated")
    if len({key[1:] for key in keys}) != len(keys):
        problems.append("contents.updates.batches: two batches have the same identity")
    problems += range_problems(batches)
    if not _ascending([byte_order(group["path"]) for group in groups]):
        problems.append("contents.updates.groups: the groups are not in ascending order, or a group is repeated")
    for group in groups:
        own = {name: entries.pop(f"{group['path']}/{name}", None) for name in UPDATE_NAMES}
        problems += [f"{group['path']}: {problem}" for problem in _group_problems(group, own, len(batches))]
    return problems + [f"{path}: it does not belong to a group of updates" for path in entries]


def _group_problems(group: Object, own: Mapping[str, Entry | None], batch_count: int) -> list[str]:
    rows, problems = group["batches"], []
    if group["path"] != f"/updates{group['brick']}/{group['application']}":
        problems.append("this is not the path of its brick and application")
    if not _ascending(rows) or any(row >= batch_count for row in rows):
        problems.append("the batches are not in ascending order, or are past the end of the table of batches")
    counts = own["counts"]
    values = [entry for name, entry in own.items() if entry is not None and name != "counts"]
    if not values or counts is None:
        return [*problems, "the counts are missing, or both minibatch_mean and minibatch_stdev are"]
    leading, shape = (2 if group["time_steps"] else 1), values[0]["shape"]
    if len(shape) < leading or any(value["shape"] != shape for value in values) or shape[0] != len(rows):
        problems.append(f"minibatch statistics are not of shape ({len(rows)}, …), or differ in shape")
    elif counts["shape"] != shape[:leading] or counts["type"] != "int64":
        problems.append(f"counts are not int64 of shape {shape[:leading]}")
    elif 0 in shape[1:leading]:
        problems.append("there are no time steps")
    if any(value["type"] == "int64" or value["type"] != values[0]["type"] for value in values):
        problems.append("the minibatch statistics have integers, or differ in type")
    return problems


def bricks_problems(bricks: Object) -> list[str]:
    """Finds siblings with the same name."""
    problems, pending = [], [("", bricks["bricks"])]
    while pending:
        path, siblings = pending.pop()
        names = [brick["name"] for brick in siblings]
        twice = sorted({name for name in names if names.count(name) > 1})
        problems += [f"bricks: two bricks have the path {path}/{name}" for name in twice]
        pending += [(f"{path}/{brick['name']}", brick["children"]) for brick in siblings]
    return problems


def statistic_problems(contents: Object, values: Mapping[str, Array], defined: Mapping[str, str]) -> list[str]:
    """Finds values that a population statistic cannot have (S3)."""
    problems = []
    for entry in contents["tensors"]:
        if entry["path"].startswith("/statistics/"):
            array = values[entry["path"]]
            if not numpy.isfinite(array).all():
                problems.append(f"{entry['path']}: a value is not finite")
            elif descends(entry["role"], "BATCH_NORM_POPULATION_STDEV", defined) and not (array > 0).all():
                problems.append(f"{entry['path']}: a standard deviation is not above 0")
    return problems


def update_problems(contents: Object, values: Mapping[str, Array]) -> list[str]:
    """Finds values that update pairs cannot have, and groups that disagree (S13, S14)."""
    problems = []
    for group in contents.get("updates", NO_UPDATES)["groups"]:
        counts = values[f"{group['path']}/counts"]
        if (counts < 0).any():
            problems.append(f"{group['path']}/counts: a count is negative")
        for name in ("minibatch_mean", "minibatch_stdev"):
            array = values.get(f"{group['path']}/{name}")
            if array is None:
                continue
            observed = array[counts > 0]  # Values without observations have no meaning.
            if not numpy.isfinite(observed).all() or (name == "minibatch_stdev" and (observed < 0).any()):
                problems.append(f"{group['path']}/{name}: a value is not finite, or a standard deviation is negative")
    return problems + _disagreeing_groups(contents)


def _disagreeing_groups(contents: Object) -> list[str]:
    """Finds groups of one brick that cannot be averaged together (S14)."""
    entries = {entry["path"]: entry for entry in contents["tensors"]}
    first: dict[str, object] = {}
    problems = []
    for group in contents.get("updates", NO_UPDATES)["groups"]:
        names = [name for name in UPDATE_NAMES[:2] if f"{group['path']}/{name}" in entries]
        shape = entries[f"{group['path']}/{names[0]}"]["shape"][2 if group["time_steps"] else 1 :]
        kind = (names, shape, group["time_steps"], group["epsilon"])
        if first.setdefault(group["brick"], kind) != kind:
            problems.append(f"{group['path']}: differs from another group of {group['brick']}")
    return problems


def notices_of(contents: Object) -> list[str]:
    """The warnings that a reader must give although the file loads: statistics never estimated, or stale (S7)."""
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
