"""Verifies checkpoints: python -m swift_bricks FILE… Exits with 1 if a file is not sound."""

import sys

from .verification import verify


def main(paths: list[str]) -> int:
    """Prints the findings on each file."""
    if not paths:
        print(__doc__)
        return 64
    findings = [verify(path) for path in paths]
    print("\n".join(map(str, findings)))
    return 0 if all(each.is_sound for each in findings) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
