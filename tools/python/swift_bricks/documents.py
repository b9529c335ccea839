"""What the documents of a checkpoint must fulfil beyond their JSON Schemas. Every function returns a list of problems."""

import functools
import json
import math
import pathlib

import jsonschema

from .evaluation import MASKABLE, OPERATIONS, attribute_problem
from .loops import operand_count
from .model import NUMPY_TYPES, ROLE_PARENTS, byte_order, parameters_digest, root_of_role

SCHEMAS = pathlib.Path(__file__).resolve().parents[3] / "schemas"


@functools.cache
def _validator(name):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def schema_problems(name, value):
    errors = sorted(_validator(name).iter_errors(value), key=lambda error: error.json_path)
    return [f"{name}{error.json_path[1:]}: {error.message[:200]}" for error in errors]


def contents_problems(contents):
    """Order, uniqueness, sizes and agreement of the table's entries (sections 2, 4, 7)."""
    problems = []
    for member in ("tensors", "documents"):
        paths = [byte_order(entry["path"]) for entry in contents[member]]
        if any(a >= b for a, b in zip(paths, paths[1:])):
            problems.append(f"contents.{member}: not in ascending order of the paths, or a path twice")
    for entry in contents["tensors"]:
        path, rank = entry["path"], len(entry["shape"])
        if math.prod(entry["shape"]) * NUMPY_TYPES[entry["type"]].itemsize >= 2**63:
            problems.append(f"{path}: 2⁶³ bytes or more")
        if len(entry["axes"]) != rank or len(entry.get("broadcastable", entry["axes"])) != rank:
            problems.append(f"{path}: not one name and one broadcast flag per axis")
        elif any(flag and extent != 1 for flag, extent in zip(entry.get("broadcastable", []), entry["shape"])):
            problems.append(f"{path}: broadcast along an axis whose extent is not 1")
        root, parent = path.split("/")[1], path[: path.rindex("/")]
        parent = parent.removeprefix(f"/{root}")
        if not (parent == entry["brick"] if root != "updates" else parent.rsplit("/", 1)[0] == entry["brick"]):
            problems.append(f"{path}: does not lie in the brick {entry['brick']}")
        if entry["role"] in ROLE_PARENTS and root != "updates" and root_of_role(entry["role"]) != root:
            problems.append(f"{path}: the role {entry['role']} does not belong under /{root}")
        if root == "statistics":
            if entry["type"] == "int64":
                problems.append(f"{path}: a population statistic of integers")
            counts = len(entry["statistic"]["observation_counts"])
            steps = entry["shape"][0] if "time" in entry["axes"][:1] else 1
            if counts != steps:
                problems.append(f"{path}: {counts} observation counts instead of {steps}")
    if contents["kind"] == "model":
        if parameters_digest(contents["tensors"]) != contents["parameters_digest"]:
            problems.append("contents.parameters_digest: not that of the table's parameters")
        missing = {"/model/bricks", "/model/graph"} - {document["path"] for document in contents["documents"]}
        problems += [f"{path}: not listed among the documents" for path in sorted(missing)]
    return problems + updates_problems(contents)


def updates_problems(contents):
    """Agreement of the recorded update pairs with the table (section 8)."""
    updates = contents.get("updates", {"batches": [], "groups": []})
    entries = {e["path"]: e for e in contents["tensors"] if e["path"].startswith("/updates/")}
    batches, groups, problems = updates["batches"], updates["groups"], []
    keys = [(b["sequence"], byte_order(b["batch"]), b["parameters_digest"] or "") for b in batches]
    if any(a >= b for a, b in zip(keys, keys[1:])):
        problems.append("contents.updates.batches: not in ascending order, or a batch twice")
    if len({key[1:] for key in keys}) != len(keys):
        problems.append("contents.updates.batches: one identity twice")
    paths = [byte_order(group["path"]) for group in groups]
    if any(a >= b for a, b in zip(paths, paths[1:])):
        problems.append("contents.updates.groups: not in ascending order, or a group twice")
    for group in groups:
        path, rows = group["path"], group["batches"]
        if path != f"/updates{group['brick']}/{group['application']}":
            problems.append(f"{path}: not the path of its brick and application")
        if any(a >= b for a, b in zip(rows, rows[1:])) or any(row >= len(batches) for row in rows):
            problems.append(f"{path}: batches not ascending, or past the end of the table of batches")
        own = {name: entries.pop(f"{path}/{name}", None) for name in ("minibatch_mean", "minibatch_stdev", "counts")}
        values = [own[name] for name in ("minibatch_mean", "minibatch_stdev") if own[name]]
        if not values or not own["counts"]:
            problems.append(f"{path}: without counts, or with neither minibatch_mean nor minibatch_stdev")
            continue
        leading = 2 if group["time_steps"] else 1
        shape = values[0]["shape"]
        if len(shape) < leading or any(value["shape"] != shape for value in values) or shape[0] != len(rows):
            problems.append(f"{path}: minibatch statistics are not of shape ({len(rows)}, …), or differ")
        elif own["counts"]["shape"] != shape[:leading] or own["counts"]["type"] != "int64":
            problems.append(f"{path}/counts: not int64 of shape {shape[:leading]}")
        if any(value["type"] == "int64" for value in values):
            problems.append(f"{path}: minibatch statistics that are integers")
    return problems + [f"{path}: belongs to no group of updates" for path in entries]


def bricks_problems(bricks):
    """Sibling names (section 2)."""
    problems, pending = [], [("", bricks["bricks"])]
    while pending:
        path, siblings = pending.pop()
        names = [brick["name"] for brick in siblings]
        problems += [
            f"bricks: two bricks are named {path}/{name}" for name in sorted(set(names)) if names.count(name) > 1
        ]
        pending += [(f"{path}/{brick['name']}", brick["children"]) for brick in siblings]
    return problems


def graph_problems(graph, entries):
    """Indices, order, producers, arity, attributes, roles, and that tensors and table are one set (sections 6.2 to 6.4)."""
    stored = {entry["path"]: entry for entry in entries if not entry["path"].startswith("/updates/")}
    problems, used = [], set()
    # Bodies of loops are graphs of their own; together they use every tensor.
    for part in _parts(graph):
        problems += _own_problems(part, stored, used)
    if not problems:
        problems += _ambiguous_roles(graph)
    return problems + [f"{path}: in the table, not in the graph" for path in stored if path not in used]


def _parts(graph):
    """The graph, then the bodies of its loops."""
    graphs = [graph]
    for part in graphs:
        yield part
        graphs += [node["attributes"]["body"] for node in part["nodes"] if node["operation"] == "scan"]


def defined_roles(graph):
    """User-defined roles with their parents, of the graph and of the bodies of its loops."""
    return {role: parent for part in _parts(graph) for role, parent in part.get("roles", {}).items()}


def _ambiguous_roles(graph):
    """Names by which the graph and the bodies of its loops mean two roles."""
    roles = defined_roles(graph)
    return [
        f"graph: the role {role} refines {parent} in one graph and {roles[role]} in another"
        for part in _parts(graph)
        for role, parent in part.get("roles", {}).items()
        if parent != roles[role]
    ]


def _own_problems(graph, stored, tensors):
    variables, nodes, calls = graph["variables"], graph["nodes"], graph["calls"]
    used = [index for node in nodes for index in node["inputs"] + node["outputs"]]
    used += [port["variable"] for port in graph["inputs"] + graph["outputs"]]
    used += [index for call in calls for index in call["inputs"] + call["outputs"]]
    for call in calls:
        normalization = call.get("normalization", {})
        used += [normalization[key] for key in ("input", "offset", "divisor", "mask", "step") if key in normalization]
    if any(index >= len(variables) for index in used):
        return ["graph: a variable's index is past the end"]
    problems = []
    if any(variable.get("call", 0) >= max(len(calls), 1) for variable in variables):
        problems.append("graph: a call's index is past the end")
    ready = {index for index, variable in enumerate(variables) if "source" in variable}
    for position, node in enumerate(nodes):
        what = f"graph: node {position} ({node['operation']})"
        if any(index not in ready for index in node["inputs"]):
            problems.append(f"{what} uses a variable that nothing has computed before it")
        if any(index in ready for index in node["outputs"]) or len(set(node["outputs"])) != len(node["outputs"]):
            problems.append(f"{what} computes a variable that has a value already")
        ready.update(node["outputs"])
        if node["operation"] in OPERATIONS:
            if not _has_arity(node):
                problems.append(f"{what} has {len(node['inputs'])} inputs and {len(node['outputs'])} outputs")
            if attribute_problem(node):
                problems.append(f"{what}: {attribute_problem(node)}")
    problems += [f"graph: variable {index} comes from nowhere" for index in range(len(variables)) if index not in ready]
    return problems + _leaf_problems(graph, stored, tensors) + _mode_problems(graph) + _role_problems(graph)


def _mode_problems(graph):
    """Masks that do not fit what is normalized, and modes that do not exist (section 6.4)."""
    problems = []
    for position, call in enumerate(graph["calls"]):
        normalization = call.get("normalization", {})
        if normalization.get("training_mode"):
            problems.append(f"graph: call {position} is in training mode")
        if normalization.get("inference_only") and normalization["training_mode"]:
            problems.append(f"graph: call {position} is for inference only, and in training mode")
        if "mask" in normalization:
            value, mask = (graph["variables"][normalization[key]] for key in ("input", "mask"))
            extents = enumerate(zip(mask["shape"], value["shape"]))
            if (mask["type"], len(mask["shape"])) != (value["type"], len(value["shape"])) or any(
                extent != 1 and (axis not in normalization["axes"] or extent != whole) for axis, (extent, whole) in extents
            ):
                problems.append(f"graph: the mask of call {position} does not fit its input")
    return problems


def _has_arity(node):
    count, results = OPERATIONS[node["operation"]][0], 1
    if node["operation"] == "scan":
        if attribute_problem(node):
            return True
        count, results = operand_count(node["attributes"]), len(node["attributes"]["outputs"])
    operands = len(node["inputs"]) - (len(node["inputs"]) == 2 and node["operation"] in MASKABLE)
    return len(node["outputs"]) == results and (operands == count or (count is None and operands))


def _leaf_problems(graph, stored, tensors):
    problems, seen = [], set()
    for variable in graph["variables"]:
        path = variable.get("source", {}).get("tensor")
        if path is None:
            continue
        if path in seen:
            problems.append(f"{path}: the tensor of two variables")
        elif path not in stored:
            problems.append(f"{path}: in the graph, not in the table")
        elif (variable["type"], variable["shape"]) != (stored[path]["type"], stored[path]["shape"]):
            problems.append(f"{path}: another type or shape in the graph than in the table")
        seen.add(path)
    tensors |= seen
    fed = {port["name"]: port["variable"] for port in graph["inputs"]}
    sources = {v["source"]["input"]: i for i, v in enumerate(graph["variables"]) if "input" in v.get("source", {})}
    if fed != sources or len(fed) != len(graph["inputs"]):
        problems.append("graph: inputs are not the variables that are fed")
    for call in graph["calls"]:
        for key in ("population_mean", "population_stdev"):
            path = call.get("normalization", {}).get(key)
            if path is not None and path not in stored:
                problems.append(f"{path}: named by a normalization, not in the table")
            elif path is not None and stored[path].get("statistic", {}).get("epsilon") != call["normalization"]["epsilon"]:
                problems.append(f"{path}: another epsilon in the table than in its normalization")
    return problems


def _role_problems(graph):
    roles = graph.get("roles", {})
    known = ROLE_PARENTS.keys() | roles.keys()
    problems = [f"graph: the parent of role {role} is unknown" for role, parent in roles.items() if parent not in known]
    for start in roles:
        role, steps = start, 0
        while role in roles and steps <= len(roles):
            role, steps = roles[role], steps + 1
        if steps > len(roles):
            problems.append(f"graph: role {start} is its own ancestor")
    used = {role for variable in graph["variables"] for role in variable["roles"]}
    return problems + [f"graph: unknown role {role}" for role in sorted(used - known)]
