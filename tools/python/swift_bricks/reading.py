"""Reads checkpoints strictly: nothing is returned before all checks (schemas/CONTAINER.md, C40)."""

import re
from typing import Any

import h5py

from . import schema
from .contents import (
    NO_UPDATES,
    bricks_problems,
    contents_problems,
    extension_problems,
    notices_of,
    statistic_problems,
    update_problems,
)
from .datasets import check_storage, read_tensor
from .digests import text_digest
from .findings import findings_of, is_scale
from .graph import defined_roles, graph_problems
from .model import FORMAT, TENSOR_ROOTS, Checkpoint, CheckpointError
from .text import parse, text_of
from .types import SIXTEEN_BIT_TYPES, Object, Path

DOCUMENT_SCHEMAS = {"/model/bricks": "bricks", "/model/graph": "graph", "/provenance": "provenance"}
KNOWN_EXTENSIONS = frozenset(SIXTEEN_BIT_TYPES)


def read(path: Path) -> Checkpoint:
    """The checkpoint in a file. Raises a CheckpointError with all problems of the first stage that has any."""
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise CheckpointError("open", f"{path}: not a readable HDF5 file: {error}") from error
    with file:
        return _load(file, _open(file))


def read_contents(path: Path) -> Object:
    """The table of contents of a file, without its tensors. Raises a CheckpointError if the file is not a checkpoint."""
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise CheckpointError("open", f"{path}: not a readable HDF5 file: {error}") from error
    with file:
        return _open(file)


# Stage `open`: the root attributes and /contents.


def _open(file: h5py.File) -> Object:
    """The table of contents."""
    problems: list[str] = []
    kind, version = (_attribute(file, name, problems) for name in ("kind", "format_version"))
    content_digest = _attribute(file, "content_digest", problems)
    if _attribute(file, "format", problems) != FORMAT:
        raise CheckpointError("open", f"{file.filename}: not a swift-bricks checkpoint")
    if version is not None and not re.fullmatch(r"1\.[0-9]+", version):
        raise CheckpointError("open", f"{file.filename}: format version {version}; this reader knows 1.x")
    if kind not in ("model", "update_pairs"):
        problems.append(f"kind {kind!r} is neither model nor update_pairs")
    extensions = _extensions(file, problems)
    problems += [f"the file needs the unknown extension {name}" for name in sorted(extensions - KNOWN_EXTENSIONS)]
    if problems:
        raise CheckpointError("open", problems)
    try:
        text, contents = _document(file, "/contents")
        if text_digest(text) != content_digest:
            raise ValueError("its digest is not the content digest")
        problems = schema.problems("contents", contents) or contents_problems(contents)
        problems = problems or extension_problems(contents, extensions)
    except (ValueError, OSError, RecursionError) as error:
        raise CheckpointError("open", f"/contents: {error}") from error
    for name, value in (("kind", kind), ("format_version", version)):
        if not problems and contents[name] != value:
            problems.append(f"/contents: {name} is {contents[name]!r}, but the root attribute is {value!r}")
    if problems:
        raise CheckpointError("open", problems)
    return contents


def _attribute(file: h5py.File, name: str, problems: list[str]) -> str | None:
    """The text of a scalar root attribute (C20)."""
    if name not in file.attrs:
        problems.append(f"the root attribute {name} is missing")
        return None
    try:
        if file.attrs.get_id(name).shape != ():
            raise ValueError("it is not a scalar")
        return text_of(file.attrs[name])
    except (ValueError, OSError) as error:
        problems.append(f"the root attribute {name}: {error}")
        return None


def _extensions(file: h5py.File, problems: list[str]) -> set[str]:
    """The extensions that a file needs (C20, C23)."""
    if "must_understand" not in file.attrs:
        return set()
    try:
        if len(file.attrs.get_id("must_understand").shape or ()) != 1:
            raise ValueError("it is not a one-dimensional array")
        return {text_of(name) for name in file.attrs["must_understand"]}
    except (ValueError, OSError) as error:
        problems.append(f"the root attribute must_understand: {error}")
        return set()


def _document(file: h5py.File, path: str) -> tuple[str, Any]:
    """The text and the value of a JSON document (C2, C12)."""
    place = ""
    for name in path[1:].split("/"):
        place += f"/{name}"
        link = file.get(place, getlink=True)
        if link is None:
            raise ValueError("it is missing")
        if not isinstance(link, h5py.HardLink):
            raise ValueError("a link that is not a hard link leads to it")
        if place != path and file.get(place, getclass=True) is not h5py.Group:
            raise ValueError("it is missing")
    dataset = file[path]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape != () or h5py.check_string_dtype(dataset.dtype) is None:
        raise ValueError("it is not a scalar dataset of one string")
    check_storage(dataset)
    text = text_of(dataset[()])
    return text, parse(text)


# Stage `load`: everything else.


def _load(file: h5py.File, contents: Object) -> Checkpoint:
    problems = _strays(file, contents)
    if problems:
        raise CheckpointError("load", problems)
    documents = _documents(file, contents, problems)
    is_model = contents["kind"] == "model"
    if not problems and is_model:
        problems += bricks_problems(documents["/model/bricks"])
        problems += graph_problems(documents["/model/graph"], contents["tensors"])
    read_tensors = [read_tensor(file, entry, problems) for entry in contents["tensors"]]
    tensors = [tensor for tensor in read_tensors if tensor is not None]
    if problems:
        raise CheckpointError("load", problems)
    defined = defined_roles(documents["/model/graph"]) if is_model else {}
    values = {tensor.path: tensor.values for tensor in tensors}
    problems = statistic_problems(contents, values, defined)
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
        findings_of(file, contents, documents),
    )


def _documents(file: h5py.File, contents: Object, problems: list[str]) -> dict[str, Any]:
    """The known documents of the table by path; their problems are added."""
    documents = {}
    for entry in contents["documents"]:
        path = entry["path"]
        if path not in DOCUMENT_SCHEMAS:
            continue
        try:
            text, value = _document(file, path)
            if text_digest(text) != entry["digest"]:
                raise ValueError("the digest does not match the text")
            documents[path] = value
            problems += schema.problems(DOCUMENT_SCHEMAS[path], value)
        except (ValueError, OSError, RecursionError) as error:
            problems.append(f"{path}: {error}")
    return documents


def _strays(file: h5py.File, contents: Object) -> list[str]:
    """Finds objects in tensor groups that are not groups, tensors of the table or dimension scales (C2, C3)."""
    tensors = {entry["path"] for entry in contents["tensors"]}
    groups = {path[:end] for path in tensors for end, character in enumerate(path) if character == "/"}
    groups |= {f"/{root}" for root in TENSOR_ROOTS}
    pending = [f"/{root}" for root in TENSOR_ROOTS if file.get(root, getlink=True) is not None]
    problems = []
    while pending:
        path = pending.pop()
        if not isinstance(file.get(path, getlink=True), h5py.HardLink):
            problems.append(f"{path}: a link that is not a hard link")
            continue
        kind = file.get(path, getclass=True)
        if kind is h5py.Group and path in groups:
            pending += [f"{path}/{name}" for name in file[path]]
        elif path not in tensors and not (kind is h5py.Dataset and is_scale(file[path])):
            problems.append(f"{path}: in the file, but not in the table of contents")
    return problems
