"""Reads checkpoints strictly: all checks come before anything is returned (schemas/CONTAINER.md, C40)."""

import json
from collections.abc import Collection, Iterator
from typing import Any

import h5py
import numpy

from . import schema
from .contents import (
    NO_UPDATES,
    bricks_problems,
    contents_problems,
    notices_of,
    role_problems,
    statistic_problems,
    update_problems,
)
from .datasets import check_storage, read_tensor, text_of
from .digests import text_digest
from .graph import defined_roles, graph_problems
from .model import FORMAT, TENSOR_ROOTS, Checkpoint, CheckpointError
from .types import Object, Path

DOCUMENT_SCHEMAS = {"/model/bricks": "bricks", "/model/graph": "graph", "/provenance": "provenance"}
KNOWN_EXTENSIONS: frozenset[str] = frozenset()


def read(path: Path) -> Checkpoint:
    """The checkpoint in a file. Raises a CheckpointError with every problem of the first bad stage."""
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise CheckpointError("open", f"{path}: not a readable HDF5 file: {error}") from error
    with file:
        return _load(file, _open(file))


# Stage `open`: the root attributes and /contents.


def _open(file: h5py.File) -> Object:
    """The table of contents."""
    problems: list[str] = []
    kind, version = (_attribute(file, name, problems) for name in ("kind", "format_version"))
    content_digest = _attribute(file, "content_digest", problems)
    if _attribute(file, "format", problems) != FORMAT:
        raise CheckpointError("open", f"{file.filename}: not a swift-bricks checkpoint")
    if version is not None and version.split(".")[0] != "1":
        raise CheckpointError("open", f"{file.filename}: format version {version}; this reader knows 1.x")
    if kind not in ("model", "update_pairs"):
        problems.append(f"kind {kind!r} is neither model nor update_pairs")
    needed = {text_of(name) for name in numpy.ravel(file.attrs.get("must_understand", []))} - KNOWN_EXTENSIONS
    problems += [f"the file needs the unknown extension {name}" for name in sorted(needed)]
    if problems:
        raise CheckpointError("open", problems)
    try:
        text, contents = _document(file, "/contents")
    except (ValueError, OSError) as error:
        raise CheckpointError("open", f"/contents: {error}") from error
    if text_digest(text) != content_digest:
        raise CheckpointError("open", "/contents: its digest is not the content digest")
    try:
        problems = schema.problems("contents", contents) or contents_problems(contents)
    except RecursionError:
        problems = ["/contents: nested too deeply"]
    for name, value in (("kind", kind), ("format_version", version)):
        if not problems and contents[name] != value:
            problems.append(f"/contents: {name} {contents[name]!r}, root attribute {value!r}")
    if problems:
        raise CheckpointError("open", problems)
    return contents


def _attribute(file: h5py.File, name: str, problems: list[str]) -> str | None:
    if name not in file.attrs:
        problems.append(f"the root attribute {name} is missing")
        return None
    try:
        return text_of(file.attrs[name])
    except (ValueError, OSError) as error:
        problems.append(f"the root attribute {name}: {error}")
        return None


def _document(file: h5py.File, path: str) -> tuple[str, Any]:
    """Text and value of a JSON document."""
    link = file.get(path, getlink=True)
    if link is None:
        raise ValueError("it is missing")
    if not isinstance(link, h5py.HardLink):
        raise ValueError("it is not a hard link")
    dataset = file[path]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape != () or h5py.check_string_dtype(dataset.dtype) is None:
        raise ValueError("it is not a scalar dataset of one string")
    check_storage(dataset)
    text = text_of(dataset[()])
    try:
        return text, json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> Object:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object has a key twice")
    return value


# Stage `load`: everything else.


def _load(file: h5py.File, contents: Object) -> Checkpoint:
    problems = _link_problems(file, "/", (*TENSOR_ROOTS, "model"))
    if problems:
        raise CheckpointError("load", problems)
    documents = _documents(file, contents, problems)
    if not problems and contents["kind"] == "model":
        graph = documents["/model/graph"]
        problems += bricks_problems(documents["/model/bricks"])
        problems += graph_problems(graph, contents["tensors"])
        problems += role_problems(contents["tensors"], defined_roles(graph))
    listed = {entry["path"] for entry in contents["tensors"]}
    found = [path for root in TENSOR_ROOTS if root in file for path in _datasets(file, f"/{root}")]
    problems += [f"{path}: in the file, but not in the table" for path in found if path not in listed]
    read_tensors = [read_tensor(file, entry, problems) for entry in contents["tensors"]]
    tensors = [tensor for tensor in read_tensors if tensor is not None]
    if problems:
        raise CheckpointError("load", problems)
    values = {tensor.path: tensor.values for tensor in tensors}
    problems = statistic_problems(contents, values)
    if problems:
        raise CheckpointError("load", problems)
    problems = update_problems(contents, values)
    if problems:
        raise CheckpointError("average", problems)
    updates = contents.get("updates", NO_UPDATES)
    return Checkpoint(
        tensors,
        contents["kind"],
        documents.get("/model/bricks"),
        documents.get("/model/graph"),
        updates["batches"],
        updates["groups"],
        documents.get("/provenance"),
        contents["format_version"],
        _attribute(file, "producer", []) or "unknown",
        _attribute(file, "content_digest", []),
        notices_of(contents),
    )


def _documents(file: h5py.File, contents: Object, problems: list[str]) -> dict[str, Any]:
    """The documents of the table by path; their problems are added."""
    documents = {}
    for entry in contents["documents"]:
        path = entry["path"]
        try:
            text, value = _document(file, path)
        except (ValueError, OSError) as error:
            problems.append(f"{path}: {error}")
            continue
        if text_digest(text) != entry["digest"]:
            problems.append(f"{path}: the digest does not match the text")
            continue
        documents[path] = value
    for path, name in DOCUMENT_SCHEMAS.items():
        if path in file and path not in documents and not problems:
            problems.append(f"{path}: not in the table")
        elif path in documents:
            problems += schema.problems(name, documents[path])
    return documents


def _link_problems(
    file: h5py.File, path: str, descend: Collection[str] | None = None, seen: set[int] | None = None
) -> list[str]:
    """Links below `path` that are not hard ones (C2), and groups that have two names."""
    problems = []
    seen = {h5py.h5o.get_info(file["/"].id).addr} if seen is None else seen
    for name in file[path]:
        link = file[path].get(name, getlink=True)
        child = f"{path.rstrip('/')}/{name}"
        if not isinstance(link, h5py.HardLink):
            problems.append(f"{child}: a {type(link).__name__}")
        elif (descend is None or name in descend) and file[path].get(name, getclass=True) is h5py.Group:
            address = h5py.h5o.get_info(file[child].id).addr
            if address in seen:
                problems.append(f"{child}: a group with a second name")
            else:
                seen.add(address)
                problems += _link_problems(file, child, seen=seen)
    return problems


def _datasets(file: h5py.File, path: str) -> Iterator[str]:
    """The objects below `path` that are neither groups nor dimension scales."""
    for name, item in file[path].items():
        child = f"{path}/{name}"
        if isinstance(item, h5py.Group):
            yield from _datasets(file, child)
        elif not isinstance(item, h5py.Dataset) or item.attrs.get("CLASS") not in (b"DIMENSION_SCALE", "DIMENSION_SCALE"):
            yield child
