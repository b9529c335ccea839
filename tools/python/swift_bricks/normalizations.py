"""Checks that the normalizations of a graph fit its variables and the table (schemas/STATISTICS.md, G34 to G39; OPERATIONS.md, G26)."""

from collections.abc import Iterable, Mapping

from .roles import descends
from .types import Entry, Object

# The member that names a statistic, the variable that uses it, and its role.
STATISTICS = (
    ("population_mean", "offset", "BATCH_NORM_POPULATION_MEAN"),
    ("population_stdev", "divisor", "BATCH_NORM_POPULATION_STDEV"),
)


def normalization_problems(graphs: Iterable[Object], stored: Mapping[str, Entry], defined: Mapping[str, str]) -> list[str]:
    """The problems of the normalizations in a graph and the bodies of its loops. The rest of the graph was checked before."""
    problems: list[str] = []
    of_brick: dict[str, list[object]] = {}
    for graph in graphs:
        producers = {output: node for node in graph["nodes"] for output in node["outputs"]}
        for position, call in enumerate(graph["calls"]):
            normalization = call.get("normalization")
            if normalization is None:
                continue
            own = _problems(graph, producers, call, stored, defined)
            kind = [normalization.get(name) for name in ("population_mean", "population_stdev", "epsilon")]
            kind.append("step" in normalization)
            if of_brick.setdefault(call["brick"], kind) != kind:
                own.append(f"names different statistics or a different epsilon than another call of {call['brick']}")
            problems += [f"graph: the normalization of call {position} {problem}" for problem in own]
    return problems


def _problems(
    graph: Object,
    producers: Mapping[int, Object],
    call: Object,
    stored: Mapping[str, Entry],
    defined: Mapping[str, str],
) -> list[str]:
    variables, normalization = graph["variables"], call["normalization"]
    operand, axes = variables[normalization["input"]], normalization["axes"]
    if any(axis >= len(operand["shape"]) for axis in axes):
        return ["averages over axes that its input does not have"]
    problems = []
    if "step" in normalization and _type(variables[normalization["step"]]) != ("int64", []):
        problems.append("has a step that is not an int64 scalar")
    if "mask" in normalization and not _mask_fits(operand, variables[normalization["mask"]], axes):
        problems.append("has a mask that does not fit its input")
    kept = [1 if axis in axes else extent for axis, extent in enumerate(operand["shape"])]
    for key, use, role in STATISTICS:
        if key not in normalization:
            continue
        path, entry = normalization[key], stored.get(normalization[key])
        leaves = [i for i, variable in enumerate(variables) if variable.get("source", {}).get("tensor") == path]
        if entry is None or not leaves:
            problems.append(f"names {path}, which is not a leaf of the same graph")
            continue
        problems += _entry_problems(entry, key, role, call, defined)
        if _type(variables[normalization[use]]) != (operand["type"], kept):
            problems.append(f"has {use} whose type or shape differs from its input's statistics")
        elif not _is_in_use(normalization[use], leaves[0], normalization.get("step"), producers):
            problems.append(f"has {use} that is not {path}")
    return problems


def _entry_problems(entry: Entry, key: str, role: str, call: Object, defined: Mapping[str, str]) -> list[str]:
    """The problem of the entry that a normalization names."""
    path, normalization, problems = entry["path"], call["normalization"], []
    if path.rsplit("/", 1)[0] != f"/statistics{call['brick']}":
        problems.append(f"names {path}, which belongs to another brick")
    if not descends(entry["role"], role, defined):
        problems.append(f"names {path} as {key}, although its role is {entry['role']}")
    if ("time" in entry["axes"][:1]) != ("step" in normalization):
        problems.append(f"has a step although {path} has no axis of time, or has no step although {path} has this axis")
    if entry["statistic"]["epsilon"] != normalization["epsilon"]:
        problems.append(f"has a different epsilon than {path}")
    return problems


def _type(variable: Object) -> tuple[str, list[int | str]]:
    return variable["type"], variable["shape"]


def _mask_fits(operand: Object, mask: Object, axes: list[int]) -> bool:
    return (mask["type"], len(mask["shape"])) == (operand["type"], len(operand["shape"])) and all(
        extent == 1 or (axis in axes and extent == whole)
        for axis, (extent, whole) in enumerate(zip(mask["shape"], operand["shape"]))
    )


def _is_in_use(variable: int, leaf: int, step: int | None, producers: Mapping[int, Object]) -> bool:
    """Whether a variable is a statistic's leaf, at a step if there is one, with axes put in front (G37)."""
    while variable in producers and producers[variable]["operation"] == "expand_dimensions":
        if producers[variable]["attributes"]["axis"] != 0:
            return False
        variable = producers[variable]["inputs"][0]
    if step is None:
        return variable == leaf
    node = producers.get(variable, {"operation": None, "inputs": []})
    return node["operation"] == "take_step" and node["inputs"] == [leaf, step]
