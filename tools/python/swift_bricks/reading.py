"""Reads checkpoints strictly: everything that schemas/CHECKPOINT.md, section 9.2, asks is checked before anything is returned."""

import json

import h5py
import numpy

from .documents import bricks_problems, contents_problems, defined_roles, graph_problems, schema_problems
from .model import FORMAT, TENSOR_ROOTS, Checkpoint, CheckpointError, digest, root_of_role
from .tensors import check_storage, check_values, notices_of, read_tensor, text_of

DOCUMENT_SCHEMAS = {"/model/bricks": "bricks", "/model/graph": "graph", "/provenance": "provenance"}
KNOWN_EXTENSIONS = frozenset()


def read_checkpoint(path):
    """The checkpoint in the file `path`, wholly checked; a CheckpointError lists every problem of the first bad stage."""
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise CheckpointError("open", f"{path}: not a readable HDF5 file: {error}") from error
    with file:
        contents, text = _open(file)
        return _load(file, contents, text)


def _attribute(holder, name, problems, default=None):
    if name not in holder.attrs:
        if default is None:
            problems.append(f"{holder.name}: attribute {name} is missing")
        return default
    try:
        return text_of(holder.attrs[name])
    except (ValueError, OSError) as error:
        problems.append(f"{holder.name}: attribute {name}: {error}")
        return default


def _document(file, path):
    """Text and value of a JSON document."""
    holder = file.get(path, getlink=True)
    if holder is None:
        raise ValueError("is missing")
    if not isinstance(holder, h5py.HardLink):
        raise ValueError("is not a hard link")
    dataset = file[path]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape != () or h5py.check_string_dtype(dataset.dtype) is None:
        raise ValueError("is not a scalar dataset of one string")
    check_storage(dataset)
    text = text_of(dataset[()])
    try:
        return text, json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def _object(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def _open(file):
    """The table of contents and its text (sections 1 and 4)."""
    problems = []
    kind, version = (_attribute(file, name, problems) for name in ("kind", "format_version"))
    content_digest = _attribute(file, "content_digest", problems)
    if _attribute(file, "format", problems) != FORMAT:
        raise CheckpointError("open", f"{file.filename}: not a swift-bricks checkpoint")
    if version is not None and version.split(".")[0] != "1":
        raise CheckpointError("open", f"{file.filename}: format version {version}, this reads 1.x")
    if kind not in ("model", "update_pairs"):
        problems.append(f"kind {kind!r} is neither model nor update_pairs")
    needed = {text_of(name) for name in numpy.ravel(file.attrs.get("must_understand", []))} - KNOWN_EXTENSIONS
    problems += [f"needs the unknown extension {name}" for name in sorted(needed)]
    if problems:
        raise CheckpointError("open", problems)
    try:
        text, contents = _document(file, "/contents")
    except (ValueError, OSError) as error:
        raise CheckpointError("open", f"/contents: {error}") from error
    if digest(text.encode("utf-8")) != content_digest:
        raise CheckpointError("open", "/contents: its digest is not the content digest")
    try:
        problems = schema_problems("contents", contents) or contents_problems(contents)
    except RecursionError:
        problems = ["/contents: nested too deeply"]
    for name, value in (("kind", kind), ("format_version", version)):
        if not problems and contents[name] != value:
            problems.append(f"/contents: {name} {contents[name]!r}, root attribute {value!r}")
    if problems:
        raise CheckpointError("open", problems)
    return contents, text


def _link_problems(file, path, descend=None, seen=None):
    """Links that are not hard ones, below `path` (section 1.1), and groups that can be reached in two ways."""
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


def _load(file, contents, text):
    problems, documents = _link_problems(file, "/", (*TENSOR_ROOTS, "model")), {}
    if problems:
        raise CheckpointError("load", problems)
    for entry in contents["documents"]:
        try:
            document, value = _document(file, entry["path"])
        except (ValueError, OSError) as error:
            problems.append(f"{entry['path']}: {error}")
            continue
        if digest(document.encode("utf-8")) != entry["digest"]:
            problems.append(f"{entry['path']}: another digest than in the table")
            continue
        documents[entry["path"]] = value
    for path, name in DOCUMENT_SCHEMAS.items():
        if path in file and path not in documents and not problems:
            problems.append(f"{path}: not in the table")
        elif path in documents:
            problems += schema_problems(name, documents[path])
    if not problems and contents["kind"] == "model":
        problems += bricks_problems(documents["/model/bricks"])
        problems += graph_problems(documents["/model/graph"], contents["tensors"])
        roles = defined_roles(documents["/model/graph"])
        for entry in contents["tensors"]:
            root = entry["path"].split("/")[1]
            if root != "updates" and root_of_role(entry["role"], roles) != root:
                problems.append(f"{entry['path']}: the role {entry['role']} does not belong under /{root}")
    listed = {entry["path"] for entry in contents["tensors"]}
    found = [path for root in TENSOR_ROOTS if root in file for path in _datasets(file, f"/{root}")]
    problems += [f"{path}: in the file, not in the table" for path in found if path not in listed]
    tensors = [read_tensor(file, entry, problems) for entry in contents["tensors"]]
    if problems:
        raise CheckpointError("load", problems)
    check_values(contents, {tensor.path: tensor.values for tensor in tensors})
    updates = contents.get("updates", {"batches": [], "groups": []})
    return Checkpoint(
        tensors,
        contents["kind"],
        documents.get("/model/bricks"),
        documents.get("/model/graph"),
        updates["batches"],
        updates["groups"],
        documents.get("/provenance"),
        contents["format_version"],
        _attribute(file, "producer", [], "unknown"),
        digest(text.encode("utf-8")),
        notices_of(contents),
    )


def _datasets(file, path):
    for name, item in file[path].items():
        child = f"{path}/{name}"
        if isinstance(item, h5py.Group):
            yield from _datasets(file, child)
        elif not isinstance(item, h5py.Dataset) or item.attrs.get("CLASS") not in (
            b"DIMENSION_SCALE",
            "DIMENSION_SCALE",
        ):
            yield child
