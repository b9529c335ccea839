"""A reader that knows only schemas/CONTAINER.md: it lists, checks and reads the tensors of checkpoints. Comments name the rules.

python tools/python/examples/container.py FILE…

It shares no code with the package swift_bricks.
"""

import json
import math
import pathlib
import re
import sys

import h5py
import jsonschema
import numpy as np
from xxhash import xxh3_128_hexdigest as digest

SCHEMAS = pathlib.Path(__file__).resolve().parents[3] / "schemas"
TENSOR_GROUPS = ("parameters", "statistics", "persistent", "updates")
DOCUMENTS = {"/model/bricks": "bricks", "/model/graph": "graph", "/provenance": "provenance"}
SCALE = "DIMENSION_SCALE"
# C44 to C46: the types of version 1.1, named in must_understand.
BFLOAT16 = h5py.h5t.IEEE_F32LE.copy()
BFLOAT16.set_fields(15, 7, 8, 0, 7)
BFLOAT16.set_size(2)
BFLOAT16.set_ebias(127)
EXTENSIONS = {"float16": h5py.h5t.py_create("<f2"), "bfloat16": BFLOAT16}
TYPES = EXTENSIONS | {"float32": h5py.h5t.IEEE_F32LE, "float64": h5py.h5t.IEEE_F64LE, "int64": h5py.h5t.STD_I64LE}


class Refused(Exception):
    """The problems of a file, one line for each."""


def need(condition, problem):
    if not condition:
        raise Refused(problem)


def parse(text, schema):
    """The object in a JSON text that fits a schema."""
    level = 0
    for token in re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text, re.S):
        level += (token in "[{") - (token in "]}")
        need(level <= 512, "nests more than 512 levels deep")  # C14, C15

    def members(pairs):
        need(len({key for key, _ in pairs}) == len(pairs), "repeats a key")  # C13
        # C18, except for the one member in which null is a value.
        return {key: value for key, value in pairs if value is not None or key == "parameters_digest"}

    def number(word):
        need(math.isfinite(float(word)), f"{word} is not a number")  # C16; NaN and Infinity are not JSON
        return float(word)

    value = json.loads(text, object_pairs_hook=members, parse_float=number, parse_constant=number)
    need(isinstance(value, dict), "is not a JSON object")
    json.dumps(value, ensure_ascii=False).encode()  # C17
    problem = jsonschema.exceptions.best_match(validator(schema).iter_errors(value))
    need(problem is None, problem and f"{problem.json_path}: {problem.message[:200]}")  # C12, C25
    return value


def validator(name):
    def is_integer(_, value):
        return type(value) is int and -(2**63) <= value < 2**63  # C16

    def pattern(_, expression, value, __):
        if isinstance(value, str) and not re.search(expression.replace("$", r"\Z"), value):
            yield jsonschema.ValidationError(f"{value!r} does not match {expression!r}")

    draft = jsonschema.Draft202012Validator
    types = draft.TYPE_CHECKER.redefine("integer", is_integer)
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    return jsonschema.validators.extend(draft, {"pattern": pattern}, type_checker=types)(schema)


def string(value):
    """The content of a string (C10, C11)."""
    need(isinstance(value, (bytes, str)), "is not a string")
    text = (value if isinstance(value, bytes) else value.encode()).decode().rstrip("\0")
    need("\0" not in text, "contains NUL")
    return text


def root_attributes(file):
    values = {}
    for name in ("format", "format_version", "kind", "content_digest"):  # C20
        need(name in file.attrs and file.attrs.get_id(name).shape == (), f"{name} is missing or not one string")
        values[name] = string(file.attrs[name])
    need(values["format"] == "swift-bricks checkpoint", "is not a checkpoint")
    need(re.fullmatch(r"1\.[0-9]+", values["format_version"]), "is not of version 1")  # C21, C22
    need(values["kind"] in ("model", "update_pairs"), "is of an unknown kind")
    if "must_understand" in file.attrs:  # C23
        need(len(file.attrs.get_id("must_understand").shape) == 1, "must_understand is not a list")
    values["extensions"] = {string(name) for name in file.attrs.get("must_understand", [])}
    need(values["extensions"] <= EXTENSIONS.keys(), f"needs {values['extensions']}")
    return values


def dataset(file, path):
    """A dataset of the format: its data is in this file and complete."""
    place = ""
    for name in path[1:].split("/"):
        place += "/" + name
        need(isinstance(file.get(place, getlink=True), h5py.HardLink), f"{place} is missing, or not a hard link")  # C2
        need(place == path or isinstance(file[place], h5py.Group), f"{place} is not a group")
    need(isinstance(found := file[path], h5py.Dataset) and found.shape is not None, f"{path} is not a dataset with elements")
    creation = found.id.get_create_plist()
    filters = {creation.get_filter(index)[0] for index in range(creation.get_nfilters())}
    outside = creation.get_layout() == h5py.h5d.VIRTUAL or creation.get_external_count()
    need(not outside and filters <= {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE}, f"{path} has forbidden storage or filters")  # C7
    text = h5py.check_string_dtype(found.dtype)
    size = 16 if text and text.length is None else found.id.get_type().get_size()
    if creation.get_layout() == h5py.h5d.CONTIGUOUS:  # C8
        need(found.id.get_storage_size() == found.size * size, f"{path} is not completely written")
    elif creation.get_layout() == h5py.h5d.CHUNKED and found.size:
        chunks = math.prod(-(-extent // chunk) for extent, chunk in zip(found.shape, found.chunks))
        need(found.id.get_num_chunks() == chunks, f"{path} is not completely written")
    return found


def document(file, path, expected, schema):
    found = dataset(file, path)
    need(found.shape == () and h5py.check_string_dtype(found.dtype), f"{path} is not a string")  # C12
    need(found.dtype.itemsize <= 1 << 30, f"{path} is too large")  # C41, C42
    text = string(found[()])
    need(digest(text.encode()) == expected, f"{path} is damaged")  # C29
    return parse(text, schema)


def tensor(file, entry):
    found = dataset(file, entry["path"])
    need(found.id.get_type() == TYPES[entry["type"]], "has a different type than the table of contents says")  # C35
    need(list(found.shape) == entry["shape"], "has a different shape than the table of contents says")
    recorded = string(found.attrs.get("digest", entry["digest"]))  # C36, C37
    need(recorded == entry["digest"], "has a different digest than the table of contents says")
    stored = np.empty(found.shape, f"V{TYPES[entry['type']].get_size()}")
    found.id.read(h5py.h5s.ALL, h5py.h5s.ALL, stored, mtype=TYPES[entry["type"]])
    need(digest(stored.tobytes()) == entry["digest"], "is damaged")  # C29
    return found[()]


def check_table(contents, attributes):
    kind, tensors, documents = contents["kind"], contents["tensors"], contents["documents"]
    need(kind == attributes["kind"] and contents["format_version"] == attributes["format_version"], "the kind or version differs")  # C30
    for entries in (tensors, documents):
        paths = [entry["path"].encode() for entry in entries]
        need(all(a < b for a, b in zip(paths, paths[1:])), "the paths do not ascend")
    lines = ""
    for entry in tensors:
        path, rank = entry["path"], len(entry["shape"])
        _, group, *names = path.split("/")
        need(entry["brick"] == "/" + "/".join(names[: -2 if group == "updates" else -1]), f"{path} is not in its brick")  # C27
        need(kind == "model" or group == "updates", f"{path} in a file of update pairs")  # C31
        flags = entry.get("broadcastable", [False] * rank)
        need(len(entry["axes"]) == len(flags) == rank, f"{path}: not one element for each axis")  # C34
        need(not any(flag and extent != 1 for flag, extent in zip(flags, entry["shape"])), f"{path}: broadcastable")
        need(math.prod(entry["shape"]) * TYPES[entry["type"]].get_size() < 2**63, f"{path} is too large")
        if entry["type"] in EXTENSIONS:
            need(group != "updates", f"{path}: update pairs of 16 bits")  # C44
            need(entry["type"] in attributes["extensions"], f"must_understand does not name {entry['type']}")  # C45
            need(attributes["format_version"] != "1.0", "version 1.0 has no 16-bit tensors")
        if group == "parameters":
            lines += f"{path}\t{entry['type']}\t{','.join(map(str, entry['shape']))}\t{entry['digest']}\n"
    listed = {"/model/bricks", "/model/graph"} & {entry["path"] for entry in documents}
    need(len(listed) == (2 if kind == "model" else 0), "lists too few documents, or too many")  # C31
    need(kind != "model" or contents["parameters_digest"] == digest(lines.encode()), "parameters_digest is wrong")  # C30


def strays(file, contents):
    """Finds objects in tensor groups that are not groups, tensors or scales (C2, C3)."""
    tensors = {entry["path"] for entry in contents["tensors"]}
    groups = {path[:end] for path in tensors for end in range(len(path)) if path[end] == "/"}
    pending = [f"/{name}" for name in TENSOR_GROUPS if name in file]
    while pending:
        path = pending.pop()
        need(isinstance(file.get(path, getlink=True), h5py.HardLink), f"{path} is not a hard link")
        kind = file.get(path, getclass=True)
        if kind is h5py.Group and (path in groups or path[1:] in TENSOR_GROUPS):
            pending += [f"{path}/{name}" for name in file[path]]
        elif path not in tensors and not (kind is h5py.Dataset and string(file[path].attrs.get("CLASS", "")) == SCALE):
            yield f"{path} is not in the table of contents"


def read(path):
    """The table, and the tensors by path. Raises Refused with all problems of the tensors (C40)."""
    try:
        with h5py.File(path) as file:
            attributes = root_attributes(file)
            contents = document(file, "/contents", attributes["content_digest"], "contents")
            check_table(contents, attributes)
            for entry in contents["documents"]:
                if entry["path"] in DOCUMENTS:  # C6
                    document(file, entry["path"], entry["digest"], DOCUMENTS[entry["path"]])
            problems, tensors = list(strays(file, contents)), {}
            for entry in contents["tensors"]:
                try:
                    tensors[entry["path"]] = tensor(file, entry)
                except (Refused, ValueError, OSError) as error:
                    problems.append(f"{entry['path']}: {error}")
            need(not problems, "\n".join(problems))
            return contents, tensors
    except (OSError, ValueError, KeyError, RuntimeError, MemoryError) as error:
        raise Refused(f"cannot be read: {error}") from error


if __name__ == "__main__":
    for name in sys.argv[1:]:
        try:
            print(f"{name}: sound, {len(read(name)[1])} tensors")
        except Refused as refusal:
            print(f"{name}: refused: {refusal}")
