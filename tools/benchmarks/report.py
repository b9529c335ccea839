"""Runs benchmarks and writes their tables to BENCHMARKS.md, with the date, the machine and the versions.

usage: report.py ROOT [SECTION...]
"""

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

INTRODUCTION = """# Benchmarks

`tools/benchmark` writes this page. It runs `bntool` or the library and a peer in alternating rounds, at least seven after a warm-up. A
ratio is the peer's median time divided by ours, so we are faster if it is above 1. The spread is from the smallest to the largest ratio
of a round. Both sides compute with one thread, and their files are in the page cache.
"""


@dataclass
class Section:
    """A table of the page."""

    name: str
    title: str
    text: str
    script: str
    arguments: tuple[str, ...]


SECTIONS = [
    Section(
        "inference",
        "Inference",
        "Networks with random numbers, the same in ONNX. The peer is onnxruntime with all its optimizations.",
        "inference.py",
        ("DRIVER",),
    ),
    Section(
        "architectures",
        "Architectures of torchvision",
        "Models with random weights at the size of their training images, written by PyTorch's exporter and read by `bntool convert`. The "
        "peer is onnxruntime with all its optimizations. A last row has the geometric mean of the ratios for each batch.",
        "architectures.py",
        ("DRIVER", "BNTOOL"),
    ),
    Section(
        "edram",
        "EDRAM",
        "The attention model of [Examples/EDRAM](Examples/EDRAM) at its published size: images of 100×100, eight looks, four convolutions. "
        "The peer is the same network in PyTorch. In training mode, both compute the statistics of the minibatch without gradients.",
        "edram.py",
        ("DRIVER", "EXAMPLE"),
    ),
    Section(
        "growth",
        "Growth of inference",
        "Our time for each size, and the exponent of its growth: the slope of log time over log size, where 1 is linear. Small batches "
        "share the reading of the weights, so that exponents are below 1.",
        "growth.py",
        ("DRIVER",),
    ),
    Section(
        "training",
        "Passes in training mode",
        "The statistics of minibatches with frozen parameters. The peer is PyTorch in training mode without gradients, as "
        "`torch.optim.swa_utils.update_bn` uses it.",
        "training.py",
        ("DRIVER",),
    ),
    Section(
        "checkpoints",
        "Checkpoints",
        "Whole processes of `bntool`, which check all digests and sync their files. The peers are functions with h5py and NumPy, "
        "which check no digests; the start of Python does not count.",
        "checkpoints.py",
        ("BNTOOL",),
    ),
]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def _facts() -> str:
    packages = ["numpy", "h5py", "torch", "onnxruntime", "safetensors"]
    versions = [f"{name} {importlib.metadata.version(name)}" for name in packages]
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    date = datetime.datetime.now(datetime.UTC).date()
    return f"Measured on {date}: {_processor()}, {os.cpu_count()} processors, {swift}, {', '.join(versions)}.\n"


def main() -> None:
    root = Path(sys.argv[1])
    wanted = sys.argv[2:] or [section.name for section in SECTIONS]
    unknown = set(wanted) - {section.name for section in SECTIONS}
    if unknown:
        sys.exit(f"there is no section {', '.join(sorted(unknown))}; there are {', '.join(s.name for s in SECTIONS)}")
    programs = {"DRIVER": "benchmark-driver", "BNTOOL": "bntool", "EXAMPLE": "edram-example"}
    places = {argument: root / ".build/release" / name for argument, name in programs.items()}
    parts = [INTRODUCTION, _facts()]
    for section in SECTIONS:
        if section.name not in wanted:
            continue
        command = [sys.executable, root / "tools/benchmarks" / section.script]
        command += [places.get(argument, argument) for argument in section.arguments]
        print(f"== {section.title}", file=sys.stderr)
        table = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        parts.append(f"## {section.title}\n\n{section.text}\n\n{table}")
    (root / "BENCHMARKS.md").write_text("\n".join(parts))


if __name__ == "__main__":
    main()
