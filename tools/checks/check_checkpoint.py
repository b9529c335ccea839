"""Checks checkpoint files against schemas/CHECKPOINT.md and says what was found. Exits with 1 where a file is not sound.

python tools/checks/check_checkpoint.py FILE…
"""

import sys

from swift_bricks import CheckpointError, read_checkpoint, run_on_zeros


def check(path):
    """Whether the file is sound; prints the findings."""
    try:
        checkpoint = read_checkpoint(path)
        outputs = run_on_zeros(checkpoint) if checkpoint.kind == "model" else {}
    except CheckpointError as error:
        print(f"{path}: NOT SOUND (at {error.stage})")
        for problem in error.problems:
            print(f"  {problem}")
        return False
    print(f"{path}: sound, {checkpoint.kind}, format {checkpoint.format_version}, content {checkpoint.content_digest}")
    stored = sum(tensor.values.size for tensor in checkpoint.tensors)
    print(
        f"  {len(checkpoint.tensors)} tensors with {stored} elements, {len(checkpoint.groups)} groups of update pairs"
        f" from {len(checkpoint.batches)} batches"
    )
    for name, values in outputs.items():
        print(f"  the graph runs: {name} {values.shape} for a batch of 2")
    for notice in checkpoint.notices:
        print(f"  {notice}")
    return True


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(0 if all([check(path) for path in sys.argv[1:]]) else 1)
