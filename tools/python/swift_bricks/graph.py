"""Checks the rules of a graph that its JSON Schema cannot state (schemas/GRAPH.md).

Every function returns a list of problems.
"""

from collections.abc import Iterable, Iterator, Mapping

from .inference import type_problems
from .normalizations import normalization_problems
from .operations import OPERATIONS
from .operations.loops import operand_count
from .roles import PARENTS, root_of
from .types import Entry, Object, computed_type

LONGEST_LINEAGE = 64
LARGEST_CONSTANT = 2**53


def graph_problems(graph: Object, entries: Iterable[Entry]) -> list[str]:
    """All faults of a graph, of the bodies of its loops, and of their tensors in the table of contents."""
    problems = _definition_problems(graph)
    if problems:
        return problems
    defined = defined_roles(graph)
    stored = {entry["path"]: entry for entry in entries if not entry["path"].startswith("/updates/")}
    used: set[str] = set()
    # Bodies of loops are graphs of their own. Together, all graphs use every tensor.
    for part in parts(graph):
        own = _own_problems(part, stored, defined)
        problems += own or type_problems(part)
        used |= {variable["source"]["tensor"] for variable in part["variables"] if "tensor" in variable.get("source", {})}
    for path, entry in stored.items():
        if path not in used:
            problems.append(f"{path}: in the table of contents, but not in the graph")
        if root_of(entry["role"], defined) != path.split("/")[1]:
            problems.append(f"{path}: the role {entry['role']} belongs to another group")
    return problems or normalization_problems(parts(graph), stored, defined)


def parts(graph: Object) -> Iterator[Object]:
    """The graph, then the bodies of its loops."""
    graphs = [graph]
    for part in graphs:
        yield part
        bodies = [node["attributes"].get("body") for node in part["nodes"] if node["operation"] == "scan"]
        graphs += [body for body in bodies if body is not None]


def defined_roles(graph: Object) -> dict[str, str]:
    """The user-defined roles of the graph and of the bodies of its loops, with their parents."""
    return {role: parent for part in parts(graph) for role, parent in part.get("roles", {}).items()}


def _definition_problems(graph: Object) -> list[str]:
    """Finds wrong definitions of roles (G15).

    They differ, define a built-in role again, have an unknown parent, or form a circle or a chain that is too long.
    """
    roles = defined_roles(graph)
    problems = [f"graph: the built-in role {role} is defined again" for role in roles if role in PARENTS]
    for part in parts(graph):
        for role, parent in part.get("roles", {}).items():
            if parent != roles[role]:
                problems.append(f"graph: the role {role} refines {parent} in one graph and {roles[role]} in another")
    parents: dict[str, str | None] = {**roles, **PARENTS}
    problems += [f"graph: the parent of role {role} is unknown" for role in roles if roles[role] not in parents]
    for start in roles:
        ancestor: str | None = start
        length = 0
        while ancestor is not None and length <= LONGEST_LINEAGE:
            ancestor, length = parents.get(ancestor), length + 1
        if length > LONGEST_LINEAGE:
            problems.append(f"graph: the role {start} is its own ancestor, or has too many ancestors")
    return problems


def _own_problems(graph: Object, stored: Mapping[str, Entry], defined: Mapping[str, str]) -> list[str]:
    return (
        _index_problems(graph)
        or _node_problems(graph)
        + _tensor_problems(graph, stored, defined)
        + _port_problems(graph)
        + _variable_problems(graph, defined)
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
    """Checks the order of the nodes, and each node against the table of operations."""
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


def _tensor_problems(graph: Object, stored: Mapping[str, Entry], defined: Mapping[str, str]) -> list[str]:
    """Checks the leaves that read tensors (G9, G10, G16)."""
    problems: list[str] = []
    seen: set[str] = set()
    for variable in graph["variables"]:
        path = variable.get("source", {}).get("tensor")
        if path is None:
            continue
        entry, roles = stored.get(path), variable["roles"]
        if path in seen:
            problems.append(f"{path}: two variables read this tensor")
        elif entry is None:
            problems.append(f"{path}: in the graph, but not in the table of contents")
        elif (variable["type"], variable["shape"]) != (computed_type(entry["type"]), entry["shape"]):
            problems.append(f"{path}: its type or shape differs between the graph and the table of contents")
        elif entry["role"] not in roles:
            problems.append(f"{path}: the role {entry['role']} in the table of contents, {', '.join(roles)} in the graph")
        elif {root_of(role, defined) for role in roles} - {None, path.split("/")[1]}:
            problems.append(f"{path}: the roles {', '.join(roles)} belong to other groups")
        seen.add(path)
    return problems


def _port_problems(graph: Object) -> list[str]:
    """Checks the names of inputs and outputs (G4, G6)."""
    problems = []
    for key in ("inputs", "outputs"):
        if len({port["name"] for port in graph[key]}) != len(graph[key]):
            problems.append(f"graph: two {key} have the same name")
    fed = sorted((port["name"], port["variable"]) for port in graph["inputs"])
    sources = [variable.get("source", {}).get("input") for variable in graph["variables"]]
    if fed != sorted((name, index) for index, name in enumerate(sources) if name is not None):
        problems.append("graph: the inputs are not the variables that are fed")
    return problems


def _variable_problems(graph: Object, defined: Mapping[str, str]) -> list[str]:
    """Checks roles and constants (G7, G15)."""
    problems = []
    for index, variable in enumerate(graph["variables"]):
        unknown = [role for role in variable["roles"] if role not in PARENTS and role not in defined]
        problems += [f"graph: variable {index} has the unknown role {role}" for role in unknown]
        constant = variable.get("source", {}).get("constant")
        if constant is not None and variable["shape"]:
            problems.append(f"graph: variable {index} is a constant, but not a scalar")
        if constant is not None and variable["type"] == "int64":
            if type(constant) is not int or abs(constant) > LARGEST_CONSTANT:
                problems.append(f"graph: variable {index} is the int64 constant {constant}")
    return problems
