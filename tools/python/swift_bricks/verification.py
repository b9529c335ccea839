"""Says whether a file is a sound checkpoint, and reports problems that readers accept."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .evaluation import run_on_zeros
from .model import Checkpoint, CheckpointError, Stage
from .reading import read
from .types import Path


@dataclass
class Verification:
    """The findings on one file. `stage` and `problems` say at which stage and why a reader must refuse it.

    `findings` break rules that readers do not check; each begins with the number of its rule.
    """

    path: Path
    checkpoint: Checkpoint | None = None
    stage: Stage | None = None
    problems: Sequence[str] = ()
    findings: Sequence[str] = ()
    outputs: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Whether the file breaks no rule."""
        return self.stage is None and not self.findings

    def __str__(self) -> str:
        """The findings in lines of text."""
        checkpoint = self.checkpoint
        if checkpoint is None or self.stage is not None:
            return "\n  ".join([f"{self.path}: NOT SOUND (at {self.stage})", *self.problems])
        elements = sum(tensor.values.size for tensor in checkpoint.tensors)
        return "\n  ".join(
            [
                f"{self.path}: {'sound' if self.is_sound else 'NOT SOUND'}, {checkpoint.kind}, format {checkpoint.format_version}, "
                f"content {checkpoint.content_digest}",
                f"{len(checkpoint.tensors)} tensors with {elements} elements, {len(checkpoint.groups)} groups of update "
                f"pairs from {len(checkpoint.batches)} batches",
                *(f"the graph runs: {name} {shape} for a batch of 2" for name, shape in self.outputs.items()),
                *self.findings,
                *checkpoint.notices,
            ]
        )


def verify(path: Path) -> Verification:
    """Reads the file, and runs its graph on zeros."""
    verification = Verification(path)
    try:
        verification.checkpoint = read(path)
        verification.findings = verification.checkpoint.findings
        outputs = run_on_zeros(verification.checkpoint) if verification.checkpoint.kind == "model" else {}
        verification.outputs = {name: values.shape for name, values in outputs.items()}
    except CheckpointError as error:
        verification.stage, verification.problems = error.stage, error.problems
    return verification
