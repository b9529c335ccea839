"""Checkpoints of format version 1 in Python, written from schemas/CHECKPOINT.md alone.

checkpoint = read_checkpoint("model.h5")          # a Checkpoint; CheckpointError where the file is not sound
outputs = run_graph(checkpoint.graph, checkpoint.values(), {"features": images})
write_checkpoint("copy.h5", checkpoint)
"""

from .evaluation import run_graph, run_on_zeros
from .model import Checkpoint, CheckpointError, Tensor, parameters_digest, tensor_digest
from .reading import read_checkpoint
from .writing import plan, write_checkpoint, write_plan

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "Tensor",
    "parameters_digest",
    "plan",
    "read_checkpoint",
    "run_graph",
    "run_on_zeros",
    "tensor_digest",
    "write_checkpoint",
    "write_plan",
]
