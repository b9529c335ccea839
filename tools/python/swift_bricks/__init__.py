"""Checkpoints of swift-bricks in Python, written from the pages in schemas/ alone.

checkpoint = read("model.h5")                         # a Checkpoint; CheckpointError if the file is not sound
outputs = run(checkpoint, {"features": images})       # NumPy arrays by name
write("copy.h5", checkpoint)
print(verify("copy.h5"))                              # sound or not, and why

with record(model, "pairs.h5", batch=lambda step: f"train[{step}]"):  # a torch.nn.Module or a keras.Model in training
    ...
save(model, "epoch-5.h5", inputs=x)
apply_statistics(model, "averaged.h5")
"""

from .conversion import ConversionError
from .digests import parameters_digest, tensor_digest
from .evaluation import run
from .examples import Examples
from .model import Checkpoint, CheckpointError, Tensor
from .reading import read
from .recording import Recorder, record
from .saving import apply_statistics, save
from .verification import Verification, verify
from .writing import write

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "ConversionError",
    "Examples",
    "Recorder",
    "Tensor",
    "Verification",
    "apply_statistics",
    "parameters_digest",
    "read",
    "record",
    "run",
    "save",
    "tensor_digest",
    "verify",
    "write",
]
