"""Roles, and the root groups in which tensors with these roles are stored (schemas/GRAPH.md, roles; C27)."""

from collections.abc import Mapping

# The parent of each built-in role.
PARENTS: Mapping[str, str | None] = {
    "VARIABLE": None,
    "INPUT": "VARIABLE",
    "OUTPUT": "VARIABLE",
    "COST": "VARIABLE",
    "AUXILIARY": "VARIABLE",
    "DROPOUT": "VARIABLE",
    "COLLECTED": "VARIABLE",
    "PERSISTENT": "VARIABLE",
    "PARAMETER": "PERSISTENT",
    "WEIGHT": "PARAMETER",
    "FILTER": "WEIGHT",
    "BIAS": "PARAMETER",
    "BATCH_NORM_SHIFT_PARAMETER": "BIAS",
    "INITIAL_STATE": "PARAMETER",
    "COLLECTOR": "PARAMETER",
    "BATCH_NORM_SCALE_PARAMETER": "PARAMETER",
    "BATCH_NORM_POPULATION_STATISTICS": "PERSISTENT",
    "BATCH_NORM_POPULATION_MEAN": "BATCH_NORM_POPULATION_STATISTICS",
    "BATCH_NORM_POPULATION_STDEV": "BATCH_NORM_POPULATION_STATISTICS",
    "ALGORITHM_STATE": "VARIABLE",
    "ALGORITHM_HYPERPARAMETER": "ALGORITHM_STATE",
    "ALGORITHM_BUFFER": "ALGORITHM_STATE",
    "BATCH_NORM_GRAPH_VARIABLE": "VARIABLE",
    "BATCH_NORM_OFFSET": "BATCH_NORM_GRAPH_VARIABLE",
    "BATCH_NORM_DIVISOR": "BATCH_NORM_GRAPH_VARIABLE",
    "BATCH_NORM_MINIBATCH_ESTIMATE": "BATCH_NORM_GRAPH_VARIABLE",
}


def descends(role: str, ancestor: str, defined: Mapping[str, str] | None = None) -> bool:
    """Whether a role is the ancestor or one of its descendants; `defined` gives the parents of user-defined roles."""
    parents = {**(defined or {}), **PARENTS}
    seen: set[str] = set()
    current: str | None = role
    while current is not None and current not in seen:
        if current == ancestor:
            return True
        seen.add(current)
        current = parents.get(current)
    return False


def root_of(role: str, defined: Mapping[str, str] | None = None) -> str | None:
    """The root group of tensors with this role; None if the role is not PERSISTENT."""
    if descends(role, "PARAMETER", defined):
        return "parameters"
    if descends(role, "BATCH_NORM_POPULATION_STATISTICS", defined):
        return "statistics"
    return "persistent" if descends(role, "PERSISTENT", defined) else None
