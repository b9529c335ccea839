"""What a graph must fulfil beyond its JSON Schema (schemas/GRAPH.md).

Every function returns a list of problems.
"""

from collections.abc import Iterable, Iterator

from .operations import OPERATIONS
from .operations.loops import operand_count
from .roles import PARENTS
from .types import Entry, Object


def graph_problems(graph: Object, entries: Iterable[Entry]) -> list[str]:
    """Indices, order, producers, operands, attributes and roles; and that graph and table hold the same tensors."""
    stored = {entry["path"]: entry for entry in entries if not entry["path"].startswith("/updates/")}
    problems: list[str] = []
    used: set[str] = set()
    # Bodies of loops are graphs of their own; together they use every tensor.
    for part in _parts(graph):
        problems += _own_problems(part, stored)
        used |= {variable["source"]["tensor"] for variable in part["variables"] if "tensor" in variable.get("source", {})}
    if not problems:
        problems += _ambiguous_roles(graph)
    return problems + [f"{path}: in the table, but not in the graph" for path in stored if path not in used]


def _parts(graph: Object) -> Iterator[Object]:
    """The graph, then the bodies of its loops."""
    graphs = [graph]
    for part in graphs:
        yield part
        bodies = [node["attributes"].get("body") for node in part["nodes"] if node["operation"] == "scan"]
        graphs += [body for body in bodies if body is not None]


def defined_roles(graph: Object) -> dict[str, str]:
    """User-defined roles with their parents, of the graph and of the bodies of its loops."""
    return {role: parent for part in _parts(graph) for role, parent in part.get("roles", {}).items()}


def _ambiguous_roles(graph: Object) -> list[str]:
    """Roles that refine one role in the graph and another in the body of a loop."""
    roles = defined_roles(graph)
    return [
        f"graph: the role {role} refines {parent} in one graph and {roles[role]} in another"
        for part in _parts(graph)
        for role, parent in part.get("roles", {}).items()
        if parent != roles[role]
    ]


def _own_problems(graph: Object, stored: dict[str, Entry]) -> list[str]:
    return (
        _index_problems(graph)
        or _node_problems(graph)
        + _tensor_problems(graph, stored)
        + _input_problems(graph)
        + _normalization_problems(graph, stored)
        + _role_problems(graph)
    )


def _index_problems(graph: Object) -> list[str]:
    variables, nodes, calls = graph["variables"], graph["nodes"], graph["calls"]
    used = [index for node in nodes for index in node["inputs"] + node["outputs"]]
    used += [port["variable"] for port in graph["inputs"] + graph["outputs"]]
    used += [index for call in calls for index in call["inputs"] + call["outputs"]]
    for call in calls:
        normalization = call.get("normalization", {})
        used += [normalization[key] for key in ("input", "offset", "divisor", "mask", "step") if key in normalization]
    if any(index >= len(variables) for index in used):
        return ["graph: a variable's index is past the end"]
    if any(variable.get("call", 0) >= max(len(calls), 1) for variable in variables):
        return ["graph: a call's index is past the end"]
    return []


def _node_problems(graph: Object) -> list[str]:
    """The order of the nodes, and each node against the table of operations."""
    problems = []
    ready = {index for index, variable in enumerate(graph["variables"]) if "source" in variable}
    for position, node in enumerate(graph["nodes"]):
        name = f"graph: node {position} ({node['operation']})"
        if any(index not in ready for index in node["inputs"]):
            problems.append(f"{name} uses a variable before it is computed")
        if any(index in ready for index in node["outputs"]) or len(set(node["outputs"])) != len(node["outputs"]):
            problems.append(f"{name} computes a variable that has a value already")
        ready.update(node["outputs"])
        if node["operation"] in OPERATIONS:
            problem = OPERATIONS[node["operation"]].attribute_problem(node["attributes"])
            if problem:
                problems.append(f"{name}: {problem}")
            elif not _has_arity(node):
                problems.append(f"{name} has {len(node['inputs'])} inputs and {len(node['outputs'])} outputs")
    missing = [index for index in range(len(graph["variables"])) if index not in ready]
    return problems + [f"graph: nothing computes variable {index}" for index in missing]


def _has_arity(node: Object) -> bool:
    operation, given = OPERATIONS[node["operation"]], len(node["inputs"])
    if node["operation"] == "scan":
        attributes = node["attributes"]
        return (given, len(node["outputs"])) == (operand_count(attributes), len(attributes["outputs"]))
    if operation.operands is None:
        return given > 0 and len(node["outputs"]) == 1
    most = operation.operands + (1 if operation.maskable else 0)
    return operation.operands <= given <= most and len(node["outputs"]) == 1


def _tensor_problems(graph: Object, stored: dict[str, Entry]) -> list[str]:
    problems: list[str] = []
    seen: set[str] = set()
    for variable in graph["variables"]:
        path = variable.get("source", {}).get("tensor")
        if path is None:
            continue
        if path in seen:
            problems.append(f"{path}: the tensor of two variables")
        elif path not in stored:
            problems.append(f"{path}: in the graph, but not in the table")
        elif (variable["type"], variable["shape"]) != (stored[path]["type"], stored[path]["shape"]):
            problems.append(f"{path}: another type or shape in the graph than in the table")
        seen.add(path)
    return problems


def _input_problems(graph: Object) -> list[str]:
    fed = {port["name"]: port["variable"] for port in graph["inputs"]}
    sources = {v["source"]["input"]: i for i, v in enumerate(graph["variables"]) if "input" in v.get("source", {})}
    same = fed == sources and len(fed) == len(graph["inputs"])
    return [] if same else ["graph: the inputs are not the variables that are fed"]


def _normalization_problems(graph: Object, stored: dict[str, Entry]) -> list[str]:
    """Modes that must not be stored, masks that do not fit, and statistics that are missing or disagree."""
    problems = []
    for position, call in enumerate(graph["calls"]):
        normalization = call.get("normalization")
        if normalization is None:
            continue
        if normalization["training_mode"]:
            problems.append(f"graph: call {position} is in training mode")
        if "mask" in normalization and not _mask_fits(graph, normalization):
            problems.append(f"graph: the mask of call {position} does not fit its input")
        for key in ("population_mean", "population_stdev"):
            path = normalization.get(key)
            if path is not None and path not in stored:
                problems.append(f"{path}: a normalization names it, but it is not in the table")
            elif path is not None and stored[path].get("statistic", {}).get("epsilon") != normalization["epsilon"]:
                problems.append(f"{path}: another epsilon in the table than in its normalization")
    return problems


def _mask_fits(graph: Object, normalization: Object) -> bool:
    value, mask = (graph["variables"][normalization[key]] for key in ("input", "mask"))
    if mask["type"] != value["type"] or len(mask["shape"]) != len(value["shape"]):
        return False
    return all(
        extent == 1 or (axis in normalization["axes"] and extent == whole)
        for axis, (extent, whole) in enumerate(zip(mask["shape"], value["shape"]))
    )


def _role_problems(graph: Object) -> list[str]:
    roles = graph.get("roles", {})
    known = PARENTS.keys() | roles.keys()
    problems = [f"graph: the parent of role {role} is unknown" for role, parent in roles.items() if parent not in known]
    for start in roles:
        role, steps = start, 0
        while role in roles and steps <= len(roles):
            role, steps = roles[role], steps + 1
        if steps > len(roles):
            problems.append(f"graph: role {start} is its own ancestor")
    used = {role for variable in graph["variables"] for role in variable["roles"]}
    return problems + [f"graph: unknown role {role}" for role in sorted(used - known)]
