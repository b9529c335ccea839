"""The operations of a graph (schemas/OPERATIONS.md), in NumPy."""

from . import elementwise, layout, loops, reductions, spatial
from .table import Operation

OPERATIONS: dict[str, Operation] = {
    **elementwise.OPERATIONS,
    **reductions.OPERATIONS,
    **layout.OPERATIONS,
    **spatial.OPERATIONS,
    **loops.OPERATIONS,
}

__all__ = ["OPERATIONS", "Operation"]
