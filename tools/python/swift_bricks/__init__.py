"""Checkpoints of swift-bricks in Python, by the pages in schemas/ alone.

checkpoint = read("model.h5")                         # a Checkpoint; CheckpointError if the file is not sound
outputs = run(checkpoint, {"features": images})       # NumPy arrays by name
write("copy.h5", checkpoint)
print(verify("copy.h5"))                              # sound or not, and why
"""

from .digests import parameters_digest, tensor_digest
from .evaluation import run
from .model import Checkpoint, CheckpointError, Tensor
from .reading import read
from .verification import Verification, verify
from .writing import write

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "Tensor",
    "Verification",
    "parameters_digest",
    "read",
    "run",
    "tensor_digest",
    "verify",
    "write",
]
