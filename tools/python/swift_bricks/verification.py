"""Says whether a file is a sound checkpoint, and what is worth knowing about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .evaluation import run_on_zeros
from .model import Checkpoint, CheckpointError, Stage
from .reading import read
from .types import Path


@dataclass
class Verification:
    """The findings on one file. `stage` and `problems` say at which stage a reader must refuse it, and why."""

    path: Path
    checkpoint: Checkpoint | None = None
    stage: Stage | None = None
    problems: Sequence[str] = ()
    outputs: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Whether the file is sound."""
        return self.stage is None

    def __str__(self) -> str:
        """The findings in lines of text."""
        checkpoint = self.checkpoint
        if checkpoint is None or not self.is_sound:
            return "\n  ".join([f"{self.path}: NOT SOUND (at {self.stage})", *self.problems])
        elements = sum(tensor.values.size for tensor in checkpoint.tensors)
        return "\n  ".join(
            [
                f"{self.path}: sound, {checkpoint.kind}, format {checkpoint.format_version}, "
                f"content {checkpoint.content_digest}",
                f"{len(checkpoint.tensors)} tensors with {elements} elements, {len(checkpoint.groups)} groups of update "
                f"pairs from {len(checkpoint.batches)} batches",
                *(f"the graph runs: {name} {shape} for a batch of 2" for name, shape in self.outputs.items()),
                *checkpoint.notices,
            ]
        )


def verify(path: Path) -> Verification:
    """Reads the file, and runs its graph on zeros."""
    verification = Verification(path)
    try:
        verification.checkpoint = read(path)
        outputs = run_on_zeros(verification.checkpoint) if verification.checkpoint.kind == "model" else {}
        verification.outputs = {name: values.shape for name, values in outputs.items()}
    except CheckpointError as error:
        verification.stage, verification.problems = error.stage, error.problems
    return verification
